//! What a provider call can fail with.

use crate::value::Path;

/// What kind of failure; the engine decides by it, people read the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The object does not exist.
    NotFound,
    /// It exists already (name or natural key taken).
    AlreadyExists,
    /// Credentials or permissions.
    Denied,
    /// Still in use by something else.
    InUse,
    /// The request is wrong.
    Invalid,
    /// The API asked us to slow down and did not relent.
    Throttled,
    /// Nobody knows whether it happened (time-out, lost answer, 5xx).
    Unsettled,
    /// A wait ran out of time.
    Timeout,
    /// The run was interrupted.
    Cancelled,
    /// Anything else.
    Other,
}

/// A failed provider call.
#[derive(Clone, Debug)]
pub struct ProviderError {
    /// What kind.
    pub kind: ErrorKind,
    /// Fixed short text: "Creating the VPC failed".
    pub summary: String,
    /// What the API said, with its code and request id; never a secret.
    pub detail: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The attribute concerned.
    pub path: Option<Path>,
}

impl ProviderError {
    /// A failure of a kind.
    pub fn new(kind: ErrorKind, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        ProviderError { kind, summary: summary.into(), detail: detail.into(), help: None, path: None }
    }
    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// Names the attribute.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.path = Some(Path::parse(path));
        self
    }
}
