//! Faults on demand: throttling, errors, latency, lost and cut answers.

use super::answer::Answer;
use super::call::Call;
use serde::Deserialize;

/// What happens to a matching call.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", tag = "action")]
pub enum Action {
    /// Refused with the service's throttling code.
    Throttle,
    /// A server error.
    Error {
        /// HTTP status.
        #[serde(default = "internal")]
        status: u16,
    },
    /// A server error, although AWS has done it.
    ErrorAfter {
        /// HTTP status.
        #[serde(default = "internal")]
        status: u16,
        /// Error code.
        #[serde(default = "internal_error")]
        code: String,
    },
    /// Refused with a code of the test's choosing.
    Code {
        /// Error code.
        code: String,
        /// Error message.
        #[serde(default)]
        message: String,
        /// HTTP status.
        #[serde(default = "refused")]
        status: u16,
    },
    /// Answered later.
    Latency {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection closes before AWS sees the call.
    DropBefore,
    /// AWS has done it; the answer is lost.
    DropAfter,
    /// Half of the answer arrives.
    Truncate,
}

/// A fault and the calls that it spoils.
#[derive(Clone, Debug, Deserialize)]
pub struct Fault {
    operation: String,
    /// Strikes only calls with this text in path, query or body.
    #[serde(default)]
    about: String,
    /// Strikes only calls without this text there (empty: all).
    #[serde(default)]
    unless: String,
    #[serde(default = "first")]
    from: usize,
    #[serde(default = "always")]
    to: usize,
    #[serde(flatten)]
    action: Action,
    #[serde(skip)]
    seen: usize,
}

fn first() -> usize {
    1
}

fn always() -> usize {
    usize::MAX
}

fn internal() -> u16 {
    500
}

fn refused() -> u16 {
    400
}

fn internal_error() -> String {
    "InternalError".to_owned()
}

/// Whether `ec2/RunInstances` matches `ec2/RunInstances`, `ec2/*` or `*`.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}

/// Every fault that strikes this call, counting it.
pub fn strike(faults: &mut [Fault], call: &Call) -> Vec<Action> {
    let name = call.name();
    faults
        .iter_mut()
        .filter(|fault| {
            matches(&fault.operation, &name) && tells(call, &fault.about) && (fault.unless.is_empty() || !tells(call, &fault.unless))
        })
        .filter_map(|fault| {
            fault.seen += 1;
            (fault.from..=fault.to).contains(&fault.seen).then(|| fault.action.clone())
        })
        .collect()
}

/// The error that stands for the answer of a call that was done.
pub fn denied_after(actions: &[Action], call: &Call) -> Option<Answer> {
    actions.iter().find_map(|action| match action {
        Action::ErrorAfter { status, code } => Some(Answer::error(call, *status, code, "An internal error has occurred")),
        _ => None,
    })
}

/// Whether path, query or body of a call contain a text.
fn tells(call: &Call, text: &str) -> bool {
    text.is_empty() || call.target.contains(text) || call.body.windows(text.len()).any(|part| part == text.as_bytes())
}

/// The refusal of a throttled call, by service.
pub fn throttled(call: &Call) -> Answer {
    let (status, code) = match call.service.as_str() {
        "ec2" => (503, "RequestLimitExceeded"),
        "s3" => (503, "SlowDown"),
        "dynamodb" => (400, "ThrottlingException"),
        _ => (400, "Throttling"),
    };
    Answer::error(call, status, code, "Rate exceeded")
}
