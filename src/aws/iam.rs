//! What all IAM types share: the client, names, tags, policy documents, waiting for what IAM has not
//! spread yet.
//!
//! IAM is one for all regions and eventually consistent: what was just made may be unknown for a
//! while. Its plural calls answer less than the single ones, so objects are read one by one, a few
//! at once. Objects are found again by their name, which we choose.

use super::clients::Aws;
use super::errors::ApiError;
use super::go_json::normalized;
pub use super::support::{SPREADING, retried};
use super::tags::{TagChange, TagRules, Tags};
use super::{generated, groups, policy_json, region, shape};
use crate::provider::{Ctx, Prior, ProviderError};
use crate::schema::{DiffDraft, RuleError};
use crate::value::{Path, Value};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use std::future::Future;

/// The codes of "does not exist".
pub const NOT_FOUND: &[&str] = &["NoSuchEntity"];

/// The client of a call's partition.
///
/// # Errors
/// As [`Aws::of`].
pub fn client(ctx: &Ctx<'_>) -> Result<Client, ProviderError> {
    Ok(Aws::of(ctx)?.iam(Some(region::of(ctx))))
}

/// The ARN of an IAM object: `policy/path/name`.
///
/// # Errors
/// The account is not known and STS does not say it.
pub async fn arn(ctx: &Ctx<'_>, resource: &str) -> Result<String, ProviderError> {
    let account = match ctx.facts.str("account_id").filter(|a| !a.is_empty()) {
        Some(known) => known.to_string(),
        None => Aws::of(ctx)?.caller().await?.account.clone(),
    };
    Ok(format!("arn:{}:iam::{account}:{resource}", ctx.facts.str("partition").unwrap_or("aws")))
}

/// The ids of the objects, each once.
#[must_use]
pub fn distinct_ids(priors: &[Prior<'_>]) -> Vec<String> {
    let mut ids = groups::ids(priors);
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Tags for a create call; `None` when there are none.
#[must_use]
pub fn sdk_tags(tags: &Tags) -> Option<Vec<Tag>> {
    let tags: Vec<Tag> = tags.iter().filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok()).collect();
    Some(tags).filter(|t| !t.is_empty())
}

/// `tags` and `tags_all` of an object, given its tags and what it was.
#[must_use]
pub fn observed(ctx: &Ctx<'_>, remote: &[Tag], base: &Value) -> (Value, Value) {
    let tags = remote.iter().map(|t| (t.key().to_string(), t.value().to_string())).collect();
    TagRules::from_facts(ctx.facts).observed(&tags, base)
}

/// Brings tags from the prior to the planned ones: `untag` gets the keys to remove, `tag` what to set.
///
/// # Errors
/// The failing call.
pub async fn update_tags<U, UF, T, TF, A, B>(ctx: &Ctx<'_>, prior: &Value, planned: &Value, untag: U, tag: T) -> Result<(), ProviderError>
where
    U: FnOnce(Vec<String>) -> UF + Send,
    UF: Future<Output = Result<A, ApiError>> + Send,
    T: FnOnce(Vec<Tag>) -> TF + Send,
    TF: Future<Output = Result<B, ApiError>> + Send,
{
    let change = TagChange::between(prior, planned, ctx.facts);
    if !change.remove.is_empty() {
        untag(change.remove).await.map_err(|e| e.while_doing("Removing tags").at("tags"))?;
    }
    if let Some(set) = sdk_tags(&change.set) {
        tag(set).await.map_err(|e| e.while_doing("Setting tags").at("tags"))?;
    }
    Ok(())
}

/// Undoes the percent encoding in which IAM answers documents.
#[must_use]
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|p| std::str::from_utf8(p).ok()).and_then(|p| u8::from_str_radix(p, 16).ok());
        match (first, pair) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = after;
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The document as the state keeps it: the text that was there where IAM's means the same.
#[must_use]
pub fn kept(before: Option<&str>, answered: &str, form: fn(&str) -> String) -> String {
    let answered = decoded(answered);
    match before {
        Some(before) if policy_json::equivalent(before, &answered) => before.to_string(),
        _ => form(&answered),
    }
}

/// Normal text with `Version` first, as the provider keeps inline policies.
#[must_use]
pub fn version_first(text: &str) -> String {
    let plain = normalized(text);
    let version = r#""Version":"2012-10-17""#;
    match plain.split_once(version) {
        Some((before, after)) if before.starts_with('{') && before.len() > 1 && top_level(before) => {
            let others = before.trim_start_matches('{').trim_end_matches(',');
            format!("{{{version},{others}{after}")
        }
        _ => plain,
    }
}

/// Whether a JSON text that stops between two members stops in the outermost object.
fn top_level(before: &str) -> bool {
    let mut depth = 0usize;
    let mut quoted = false;
    let mut escaped = false;
    for c in before.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth == 1 && !quoted
}

/// A rule: plans a document in the form in which the state keeps it.
pub fn normalize(draft: &mut DiffDraft<'_>, name: &str, form: fn(&str) -> String) {
    let Some(planned) = draft.planned(name) else { return };
    let Some(text) = planned.as_str() else { return };
    if draft.prior(name).and_then(Value::as_str) == Some(text) {
        return;
    }
    let normal = Value::string(form(text)).mark(planned.marks());
    draft.set(name, normal);
}

/// Whether two documents at a path mean the same, for the rule `equal`.
#[must_use]
pub fn same_policy(prior: &Value, planned: &Value) -> bool {
    matches!((prior.as_str(), planned.as_str()), (Some(a), Some(b)) if policy_json::equivalent(a, b))
}

/// Errors of a document that is no JSON object.
#[must_use]
pub fn check_policy(config: &Value, name: &str) -> Vec<RuleError> {
    let Some(text) = config.get(name).and_then(Value::as_str) else { return Vec::new() };
    let message = match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) if json.is_object() => return Vec::new(),
        Ok(_) => "A policy document is a JSON object.".to_string(),
        Err(e) => format!("Not JSON: {e}. Use `jsonencode` or `data.aws_iam_policy_document`."),
    };
    vec![RuleError { path: Path::attr(name), message }]
}

/// Errors of `name` and `name_prefix`: both, characters, length.
#[must_use]
pub fn check_names(config: &Value, most: usize) -> Vec<RuleError> {
    let mut errors = super::support::conflicts(config, &[("name", "name_prefix")]);
    for (name, most) in [("name", most), ("name_prefix", most.saturating_sub(generated::SUFFIX))] {
        let Some(text) = shape::text(config, name) else { continue };
        let odd = text.chars().find(|c| !(c.is_ascii_alphanumeric() || "+=,.@-_".contains(*c)));
        let message = match odd {
            Some(odd) => format!("`{odd}` is not allowed: letters, digits and + = , . @ - _ are."),
            None if text.chars().count() > most => format!("`{name}` has at most {most} characters."),
            None => continue,
        };
        errors.push(RuleError { path: Path::attr(name), message });
    }
    errors
}

/// A time as the provider writes it.
#[must_use]
pub fn time(at: &aws_sdk_iam::primitives::DateTime) -> String {
    let whole = aws_sdk_iam::primitives::DateTime::from_secs(at.secs());
    whole.fmt(aws_sdk_iam::primitives::DateTimeFormat::DateTime).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_and_kept() {
        assert_eq!(decoded("%7B%22a%22%3A+%22%C3%A9%22%7D%2"), "{\"a\": \"é\"}%2");
        let before = r#"{"Statement":{"Effect":"Allow","Action":["a"],"Resource":"*"}}"#;
        let same = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22a%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
        assert_eq!(kept(Some(before), same, normalized), before);
        assert_eq!(kept(None, "{ \"b\": 1, \"a\": 2 }", normalized), r#"{"a":2,"b":1}"#);
    }

    #[test]
    fn the_version_of_the_document_comes_first() {
        assert_eq!(
            version_first(r#"{"Statement":[{"Sid":"x"}], "Version":"2012-10-17"}"#),
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"x"}]}"#
        );
        assert_eq!(
            version_first(r#"{"Id":"i","Statement":[],"Version":"2012-10-17"}"#),
            r#"{"Version":"2012-10-17","Id":"i","Statement":[]}"#
        );
        assert_eq!(version_first(r#"{"Version":"2012-10-17"}"#), r#"{"Version":"2012-10-17"}"#);
        let inner = r#"{"Statement":[{"Version":"2012-10-17"}]}"#;
        assert_eq!(version_first(inner), inner);
    }

    #[test]
    fn names_and_documents_are_checked() {
        let config = |n: &str, v: &str| Value::object([(n.into(), Value::string(v))].into());
        assert!(check_names(&config("name", "ci-role_1@x"), 64).is_empty());
        assert_eq!(check_names(&config("name", "a b"), 64).len(), 1);
        assert_eq!(check_names(&config("name_prefix", &"a".repeat(39)), 64).len(), 1);
        assert!(check_policy(&config("policy", "{}"), "policy").is_empty());
        assert_eq!(check_policy(&config("policy", "[]"), "policy").len(), 1);
        assert_eq!(check_policy(&config("policy", "{"), "policy").len(), 1);
    }
}
