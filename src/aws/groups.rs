//! Plural reads: many objects in few calls, and no object lost by a wrong conclusion.
//!
//! A filter takes up to 200 values and silently leaves out what does not exist; so an object that
//! a group answer misses is asked for by its id, and only its own NotFound code makes it gone. A
//! group call that is denied falls back to reads by id.

use super::errors::ApiError;
use super::shape;
use crate::provider::{ErrorKind, Object, Prior, ProviderError, ReadOutcome};
use crate::value::Value;
use futures::StreamExt;
use std::collections::BTreeMap;
use std::future::Future;

/// Values a filter takes.
pub const CHUNK: usize = 200;
/// Reads by id under way at once.
const AT_ONCE: usize = 8;

/// What became of each id: there, confirmed gone, or a failure.
pub type Found<T> = BTreeMap<String, Result<Option<T>, ApiError>>;

/// Escapes `*`, `?` and `\`, which filters take as wildcards.
#[must_use]
pub fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '*' | '?' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Reads all `ids`: `many` answers a chunk (id and object; absent ones left out), `one` a single
/// id with `None` for the type's own NotFound code.
pub async fn find_all<T, M, MF, O, OF>(ids: &[String], many: M, one: O) -> Found<T>
where
    M: Fn(Vec<String>) -> MF + Sync,
    MF: Future<Output = Result<Vec<(String, T)>, ApiError>> + Send,
    O: Fn(String) -> OF + Sync,
    OF: Future<Output = Result<Option<T>, ApiError>> + Send,
    T: Send,
{
    let mut found = Found::new();
    let mut unique: Vec<String> = ids.to_vec();
    unique.sort_unstable();
    unique.dedup();
    let mut alone = Vec::new();
    for chunk in unique.chunks(CHUNK) {
        match many(chunk.to_vec()).await {
            Ok(items) => {
                found.extend(items.into_iter().map(|(id, item)| (id, Ok(Some(item)))));
                alone.extend(chunk.iter().filter(|id| !found.contains_key(*id)).cloned());
            }
            Err(e) if e.denied() => alone.extend(chunk.iter().cloned()),
            Err(e) => found.extend(chunk.iter().map(|id| (id.clone(), Err(e.clone())))),
        }
    }
    found.extend(each(alone, one).await);
    found
}

/// Runs `one` for each id, a few at once.
pub async fn each<T, O, OF>(ids: Vec<String>, one: O) -> Found<T>
where
    O: Fn(String) -> OF + Sync,
    OF: Future<Output = Result<Option<T>, ApiError>> + Send,
    T: Send,
{
    let mut calls = Vec::with_capacity(ids.len());
    for id in ids {
        let call = one(id.clone());
        calls.push(async move { (id, call.await) });
    }
    futures::stream::iter(calls).buffer_unordered(AT_ONCE).collect().await
}

/// The ids of the objects, those without one left out.
#[must_use]
pub fn ids(priors: &[Prior<'_>]) -> Vec<String> {
    priors.iter().filter_map(|p| p.object.id()).map(str::to_string).collect()
}

/// One outcome for each prior, in order: `flatten` makes the attributes of an object that is there.
pub fn outcomes<T>(priors: &[Prior<'_>], found: &Found<T>, flatten: impl Fn(&Value, &T) -> Value) -> Vec<ReadOutcome> {
    outcomes_by(priors, found, |prior| prior.id().map(str::to_string), flatten)
}

/// The same where the key into `found` is not the id.
pub fn outcomes_by<T>(
    priors: &[Prior<'_>],
    found: &Found<T>,
    key: impl Fn(&Object) -> Option<String>,
    flatten: impl Fn(&Value, &T) -> Value,
) -> Vec<ReadOutcome> {
    let one = |prior: &Prior<'_>| match key(prior.object).map(|k| found.get(&k)) {
        None => ReadOutcome::Failed(incomplete(prior)),
        Some(Some(Ok(Some(item)))) => {
            let attributes = flatten(&prior.object.attributes, item);
            ReadOutcome::Found(Box::new(Object { attributes, private: prior.object.private.clone() }))
        }
        Some(Some(Ok(None))) => ReadOutcome::Gone,
        Some(Some(Err(e))) => ReadOutcome::Failed(e.clone().while_doing("Reading the object")),
        Some(None) => ReadOutcome::Failed(unanswered(prior)),
    };
    priors.iter().map(one).collect()
}

/// Every object failed for the same reason.
#[must_use]
pub fn all_failed(priors: &[Prior<'_>], error: &ProviderError) -> Vec<ReadOutcome> {
    priors.iter().map(|_| ReadOutcome::Failed(error.clone())).collect()
}

fn incomplete(prior: &Prior<'_>) -> ProviderError {
    let has: Vec<&str> = ["id", "name", "arn"].into_iter().filter(|n| shape::text(&prior.object.attributes, n).is_some()).collect();
    let detail = format!(
        "{} has nothing in the state that identifies it (it has: {}).",
        prior.addr,
        if has.is_empty() { "no id".into() } else { has.join(", ") }
    );
    ProviderError::new(ErrorKind::Invalid, "An object cannot be looked up", detail)
        .help("Remove it from the state (`envctl state rm`) and import it again.")
}

fn unanswered(prior: &Prior<'_>) -> ProviderError {
    let detail = format!("The API's answers do not mention {}.", prior.addr);
    ProviderError::new(ErrorKind::Other, "An object was not answered", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn denied() -> ApiError {
        ApiError {
            action: "ec2:DescribeVpcs",
            code: "UnauthorizedOperation".into(),
            message: String::new(),
            request_id: None,
            kind: ErrorKind::Denied,
        }
    }
    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("vpc-{i:04}")).collect()
    }

    #[test]
    fn wildcards_are_escaped() {
        assert_eq!(escape(r"a*b?c\"), r"a\*b\?c\\");
    }

    #[tokio::test]
    async fn chunks_and_confirms_what_is_missing() {
        let calls = Mutex::new(Vec::new());
        let found = find_all(
            &names(450),
            |chunk| {
                calls.lock().unwrap().push(chunk.len());
                async move { Ok(chunk.into_iter().filter(|id| id != "vpc-0007").map(|id| (id, 1)).collect()) }
            },
            |id| async move { if id == "vpc-0007" { Ok(None) } else { Err(denied()) } },
        )
        .await;
        assert_eq!(*calls.lock().unwrap(), vec![200, 200, 50]);
        assert_eq!(found.len(), 450);
        assert!(matches!(found.get("vpc-0007"), Some(Ok(None))));
        assert!(found.iter().all(|(id, f)| id == "vpc-0007" || matches!(f, Ok(Some(1)))));
    }

    #[tokio::test]
    async fn a_denied_group_falls_back_to_single_reads_and_other_failures_do_not() {
        let one = |id: String| async move { Ok(Some(id)) };
        let found = find_all(&names(3), |_| async { Err(denied()) }, one).await;
        assert!(found.values().all(|f| matches!(f, Ok(Some(_)))));
        let broken = ApiError { kind: ErrorKind::Unsettled, ..denied() };
        let found = find_all(
            &names(3),
            |_| {
                let e = broken.clone();
                async move { Err(e) }
            },
            one,
        )
        .await;
        assert!(found.values().all(Result::is_err));
    }
}
