//! Health checks and hooks as commands, and what their answers mean.

use super::commands::quote_path;
use super::health::{Check, HealthSpec};
use super::hook::HookSpec;
use super::shell::{RemoteCommand, exports, quote};
use super::spec::AppSpec;

/// What an HTTP request found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Status code.
    pub status: u16,
    /// The body, as much of it as was read.
    pub body: String,
    /// How many days the server's certificate is still valid, where one was seen.
    pub tls_days: Option<i64>,
}

/// How long a command may take where the block does not say it.
const COMMAND_TIMEOUT: u64 = 30;

impl HealthSpec {
    /// How long one attempt may take, in whole seconds.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        let asked = self.timeout.as_secs().max(1);
        if matches!(self.check, Check::Command { .. }) { asked.max(COMMAND_TIMEOUT) } else { asked }
    }

    /// Whether an answer is what the block asks for.
    ///
    /// # Errors
    /// In words, what it is instead. The body is not repeated: it may hold anything.
    pub fn judge(&self, answer: &HttpAnswer) -> Result<(), String> {
        let Check::Http { status, body, tls_days, .. } = &self.check else { return Ok(()) };
        let good = status.map_or((200..300).contains(&answer.status), |wanted| wanted == answer.status);
        if !good {
            let wanted = status.map_or_else(|| "200 to 299".into(), |s| s.to_string());
            return Err(format!("status {}, not {wanted}", answer.status));
        }
        if let Some(wanted) = body.as_ref().filter(|wanted| !wanted.known().is_some_and(|w| answer.body.contains(w))) {
            return Err(format!("status {}, but the body does not contain {wanted}", answer.status));
        }
        match (tls_days, answer.tls_days) {
            (Some(wanted), Some(left)) if left < i64::from(*wanted) => {
                Err(format!("the certificate is valid for {left} more days, not {wanted}"))
            }
            (Some(_), None) => Err("no certificate was seen".into()),
            _ => Ok(()),
        }
    }
}

/// The command that asks from the host; `None` while something in it is unknown.
#[must_use]
pub fn health(spec: &AppSpec, check: &HealthSpec) -> Option<RemoteCommand> {
    let seconds = check.seconds();
    Some(match &check.check {
        Check::Command { command, sudo } => {
            let script = format!("{}{}\n", in_source(spec), command.known()?);
            if *sudo {
                RemoteCommand::root_script(script)
            } else {
                let limited = format!("timeout -k 1 {seconds} sh -c 'eval \"$ENVCTL_CHECK\"'");
                let plain = "sh -c 'eval \"$ENVCTL_CHECK\"'";
                let choose = format!("if command -v timeout >/dev/null 2>&1; then {limited}; else {plain}; fi\n");
                RemoteCommand::script(format!("{}{choose}", exports([("ENVCTL_CHECK", script.as_str())])))
            }
        }
        Check::Tcp(address) => {
            let (host, port) = address.known()?.rsplit_once(':')?;
            let (host, port) = (quote(host.trim_start_matches('[').trim_end_matches(']')), quote(port));
            RemoteCommand::script(format!("timeout {seconds} bash -c 'exec 3<>\"/dev/tcp/$0/$1\"' {host} {port}\n"))
        }
        Check::Http { url, .. } => {
            let url = url.known()?.replace('\\', "\\\\").replace('"', "\\\"");
            RemoteCommand::script(format!(
                "curl --silent --show-error --max-time {seconds} --write-out '\\n%{{http_code}}' --config - <<'ENVCTL'\nurl = \"{url}\"\nENVCTL\n"
            ))
        }
    })
}

/// The answer of `curl` in [`health`]: body, then the status on a line of its own.
#[must_use]
pub fn parse_curl(answer: &str) -> Option<HttpAnswer> {
    let (body, status) = answer.trim_end().rsplit_once('\n').unwrap_or(("", answer.trim()));
    Some(HttpAnswer { status: status.trim().parse().ok()?, body: body.to_string(), tls_days: None })
}

/// A hook that runs on the host, in the folder of the source when that is there.
#[must_use]
pub fn hook(spec: &AppSpec, hook: &HookSpec, variables: &[(String, String)]) -> RemoteCommand {
    let env = hook_environment(hook, variables);
    let env = exports(env.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    let script = format!("{}{env}{}\n", in_source_if_there(spec), hook.command.known().unwrap_or(""));
    if hook.sudo { RemoteCommand::root_script(script) } else { RemoteCommand::script(script) }
}

/// The whole environment of a hook: ours, and what the block adds.
#[must_use]
pub fn hook_environment(hook: &HookSpec, variables: &[(String, String)]) -> Vec<(String, String)> {
    let own = hook.env.iter().filter_map(|(name, value)| Some((name.clone(), value.known()?.to_string())));
    variables.iter().cloned().chain(own).collect()
}

fn in_source(spec: &AppSpec) -> String {
    let root = spec.source.as_ref().and_then(super::SourceSpec::root);
    root.map(|root| format!("cd {} || exit 1\n", quote_path(&root))).unwrap_or_default()
}

fn in_source_if_there(spec: &AppSpec) -> String {
    let root = spec.source.as_ref().and_then(super::SourceSpec::root);
    root.map(|root| quote_path(&root)).map(|root| format!("if [ -d {root} ]; then cd {root} || exit 1; fi\n")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Text;
    use crate::diag::{FileId, Span};
    use std::time::Duration;

    fn spec(check: Check) -> HealthSpec {
        let span = Span::new(FileId(0), 0, 1);
        let second = Duration::from_secs(1);
        HealthSpec { check, from_host: true, interval: second, deadline: second, timeout: second, stable: 1, span }
    }

    fn http(status: Option<u16>, body: Option<&str>, tls_days: Option<u32>) -> HealthSpec {
        spec(Check::Http { url: Text::plain("https://x/"), status, body: body.map(Text::plain), tls_days })
    }

    #[test]
    fn an_answer_is_what_was_asked_for_or_says_what_it_is() {
        let answer = HttpAnswer { status: 200, body: "all ok".into(), tls_days: Some(13) };
        assert_eq!(http(None, Some("ok"), Some(13)).judge(&answer), Ok(()));
        assert_eq!(http(Some(204), None, None).judge(&answer).unwrap_err(), "status 200, not 204");
        assert_eq!(http(None, Some("fine"), None).judge(&answer).unwrap_err(), "status 200, but the body does not contain fine");
        assert_eq!(http(None, None, Some(14)).judge(&answer).unwrap_err(), "the certificate is valid for 13 more days, not 14");
        let moved = HttpAnswer { status: 302, ..answer };
        assert_eq!(http(None, None, None).judge(&moved).unwrap_err(), "status 302, not 200 to 299");
    }

    #[test]
    fn curl_answers_with_body_and_status() {
        let answer = parse_curl("one\ntwo\n200").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, "one\ntwo"));
        assert_eq!(parse_curl("\n503").unwrap().status, 503);
        assert_eq!(parse_curl("curl: no"), None);
    }

    #[test]
    fn nothing_that_is_asked_stands_in_an_argument() {
        let app = AppSpec::new("web".into(), Span::new(FileId(0), 0, 1), Text::plain("h"));
        let check = Check::Command { command: Text::secret("check hunter22"), sudo: false };
        for check in [spec(check), spec(Check::Http { url: Text::secret("http://x/hunter22"), status: None, body: None, tls_days: None })] {
            let command = health(&app, &check).unwrap();
            assert!(!command.shell.contains("hunter22"), "{}", command.shell);
            assert!(String::from_utf8(command.stdin.unwrap()).unwrap().contains("hunter22"));
        }
    }
}
