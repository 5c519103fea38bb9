//! Family: commands that switch off what protects them.

use super::rules::Finding;
use super::source::{Kind, Source};
use regex::Regex;
use std::sync::LazyLock;

/// Rule, form, what it is.
const FORMS: &[(&str, &str, &str)] = &[
    ("host-key-off", r"(?i)StrictHostKeyChecking\s*[= ]\s*(?:no|off)\b", "host keys are not checked"),
    ("host-key-off", r"(?i)UserKnownHostsFile\s*[= ]\s*/dev/null", "host keys are forgotten"),
    ("host-key-off", r"(?i)host_key_checking\s*[=:]\s*false", "host keys are not checked"),
    ("tls-off", r"\bcurl\b[^|;&]*\s(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure)(?:\s|$)", "curl does not check certificates"),
    ("tls-off", r"\bwget\b[^|;&]*\s--no-check-certificate\b", "wget does not check certificates"),
    ("tls-off", r"NODE_TLS_REJECT_UNAUTHORIZED\s*[=:]\s*.?0", "node does not check certificates"),
    ("tls-off", r"(?i)http\.sslVerify\s*[= ]\s*.?false|GIT_SSL_NO_VERIFY\s*=\s*.?(?:1|true)", "git does not check certificates"),
    (
        "pipe-to-shell",
        r"\b(?:curl|wget)\b[^|;]*\bhttp://[^|;]*\|\s*(?:sudo\s+(?:-[A-Za-z]+\s+)*)?(?:ba|z|da|k)?sh\b",
        "what comes over plain http is run at once",
    ),
];

static EACH: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| FORMS.iter().map(|(_, form, _)| Regex::new(form).ok()).collect());

/// Everything of this family in a file.
pub fn check(source: &Source, out: &mut Vec<Finding>) {
    if source.ignored || matches!(source.kind(), Kind::Docs | Kind::Made) || source.is_test() {
        return;
    }
    for (number, line) in source.live_lines().filter(|(_, l)| l.len() < 4000) {
        let mut told: Vec<&str> = Vec::new();
        for ((rule, _, what), form) in FORMS.iter().zip(EACH.iter()) {
            if !told.contains(rule) && form.as_ref().is_some_and(|f| f.is_match(line)) {
                out.push(Finding::new(rule, &source.path, number, *what));
                told.push(rule);
            }
        }
    }
}
