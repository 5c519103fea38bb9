//! Which backends a module was used with before.
//!
//! `tofu init -backend-config=...` is remembered per folder. envctl needs no `init`, but it must
//! not guess between two states: whoever used a module with two backends says which one is meant.

use crate::config::model::Backend;
use crate::config::report::assignment;
use crate::diag::Diagnostic;
use crate::value::Value;
use serde::{Deserialize, Serialize};

/// One use of a module; the list lies in `.envctl/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// [`identity`] of the backend that was used.
    pub identity: String,
    /// What `-backend-config` was given, paths relative to the root module.
    pub arguments: Vec<String>,
}

/// Settings that are never written down.
const SECRET: [&str; 4] = ["access_key", "secret_key", "token", "sse_customer_key"];

impl Remembered {
    /// What to remember of a use; secrets among the arguments are left out.
    #[must_use]
    pub fn of(backend: &Backend, arguments: &[String]) -> Self {
        let secret = |text: &&String| assignment(text).is_some_and(|(key, _)| SECRET.contains(&key));
        Remembered { identity: identity(backend), arguments: arguments.iter().filter(|a| !secret(a)).cloned().collect() }
    }
}

/// What says where a state lies.
const PLACE: [&str; 8] = ["path", "workspace_dir", "bucket", "key", "region", "workspace_key_prefix", "endpoint", "endpoints"];
/// What else is needed to open it, without anything that could be a secret: tokens, external ids and proxies with passwords
/// are left out.
const OPEN: [&str; 9] = [
    "profile",
    "role_arn",
    "use_path_style",
    "force_path_style",
    "dynamodb_endpoint",
    "dynamodb_table",
    "use_lockfile",
    "encrypt",
    "kms_key_id",
];

/// The settings of a backend that may be written down: enough to find its state again.
#[must_use]
pub fn findable(backend: &Backend) -> serde_json::Map<String, serde_json::Value> {
    let open = |key: &str| PLACE.contains(&key) || OPEN.contains(&key);
    let kept = backend.settings.iter().filter(|(key, value)| open(key) && !value.has_sensitive());
    kept.map(|(key, value)| (key.to_string(), crate::value::to_json(value, &value.ty()))).collect()
}

/// Whether two backends keep their states in the same place.
#[must_use]
pub fn same_place(a: &Backend, b: &Backend) -> bool {
    a.kind == b.kind && PLACE.iter().all(|key| a.settings.get(*key) == b.settings.get(*key))
}

/// Where a backend's state lies, as people are shown it: `s3://bucket/key (eu-west-1)`.
#[must_use]
pub fn identity(backend: &Backend) -> String {
    let text = |key: &str| backend.settings.get(key).and_then(Value::as_str);
    if backend.kind.as_ref() == "s3" {
        let region = text("region").map_or_else(String::new, |r| format!(" ({r})"));
        return format!("s3://{}/{}{region}", text("bucket").unwrap_or("?"), text("key").unwrap_or("?"));
    }
    format!("{}: {}", backend.kind, text("path").unwrap_or("terraform.tfstate"))
}

/// The arguments to use when none are given: those of the one backend that was used before.
///
/// # Errors
/// When several were, and at least one of them by `-backend-config`: the error lists them all.
pub fn recall(given: bool, remembered: &[Remembered]) -> Result<Option<&[String]>, Diagnostic> {
    if given || remembered.iter().all(|r| r.arguments.is_empty()) {
        return Ok(None);
    }
    let mut distinct: Vec<&Remembered> = Vec::new();
    for one in remembered {
        if distinct.iter().all(|seen| seen.identity != one.identity) {
            distinct.push(one);
        }
    }
    match distinct.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(&only.arguments)),
        several => Err(ambiguous(several)),
    }
}

fn ambiguous(several: &[&Remembered]) -> Diagnostic {
    let line = |r: &&Remembered| {
        let flags: Vec<String> = r.arguments.iter().map(|a| format!("-backend-config={a}")).collect();
        let how = if flags.is_empty() { "the backend block alone".to_string() } else { flags.join(" ") };
        format!("  {} with {how}", r.identity)
    };
    let lines: Vec<String> = several.iter().map(line).collect();
    Diagnostic::error(
        "Several backends for one module",
        format!(
            "This root module was used with {} backends, and no -backend-config says which one is meant:\n{}",
            several.len(),
            lines.join("\n")
        ),
    )
    .help("Repeat the call with the -backend-config of the one you mean.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(identity: &str, arguments: &[&str]) -> Remembered {
        Remembered { identity: identity.into(), arguments: arguments.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn one_backend_is_recalled_and_two_are_an_error_that_lists_both() {
        let stage = used("s3://b/stage", &["backend-stage.hcl"]);
        let prod = used("s3://b/prod", &["backend-prod.hcl"]);
        assert_eq!(recall(false, &[]), Ok(None));
        assert_eq!(recall(false, std::slice::from_ref(&stage)), Ok(Some(&stage.arguments[..])));
        let both = [stage, prod];
        assert_eq!(recall(true, &both), Ok(None));
        let error = recall(false, &both).unwrap_err();
        assert!(error.detail.contains("s3://b/stage with -backend-config=backend-stage.hcl"), "{}", error.detail);
        assert!(error.detail.contains("s3://b/prod with -backend-config=backend-prod.hcl"), "{}", error.detail);
    }

    #[test]
    fn secrets_are_not_remembered() {
        let backend = Backend { kind: "s3".into(), settings: std::collections::BTreeMap::new(), span: None };
        let given = ["key=k".to_string(), "secret_key=hunter2".to_string()];
        assert_eq!(Remembered::of(&backend, &given).arguments, ["key=k"]);
    }

    #[test]
    fn a_block_that_was_edited_is_no_question() {
        assert_eq!(recall(false, &[used("s3://old/k", &[]), used("s3://new/k", &[])]), Ok(None));
        assert!(recall(false, &[used("s3://b/k", &[]), used("s3://b/other", &["key=other"])]).is_err());
    }
}
