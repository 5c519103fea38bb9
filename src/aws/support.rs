//! The steps that create, locate and import of every type have in common.

use super::errors::ApiError;
use super::shape::Attrs;
use super::waiter::{Poll, interval};
use super::{clients::Aws, region, shape, tags};
use crate::addr::InstanceAddr;
use crate::provider::{
    Applied, Checkpoint, Ctx, ErrorKind, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType, UpdateRequest,
};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, TypeRules, string};
use crate::value::{Members, Path, Value};
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

/// How long IAM and S3 may take to spread a change.
pub const SPREADING: Duration = Duration::from_secs(120);

/// `name` and `schema` of an `impl ResourceType`: the type's name and the function that builds its
/// schema once.
macro_rules! basics {
    ($name:literal, $build:path) => {
        fn name(&self) -> &'static str {
            $name
        }

        fn schema(&self) -> std::sync::Arc<crate::schema::ResourceSchema> {
            static SCHEMA: std::sync::OnceLock<std::sync::Arc<crate::schema::ResourceSchema>> = std::sync::OnceLock::new();
            SCHEMA.get_or_init(|| std::sync::Arc::new($build())).clone()
        }
    };
}
pub(crate) use basics;

/// A block with what nearly every type has: `id` and `region`.
#[must_use]
pub fn base() -> BlockSchema {
    BlockSchema::new().attr("id", string().optional().computed()).attr("region", region::attribute())
}

/// [`base`] with `tags`, `tags_all` and `arn`.
#[must_use]
pub fn tagged() -> BlockSchema {
    base().attr("arn", string().computed()).attr("tags", tags::attribute()).attr("tags_all", tags::all_attribute())
}

/// The rules that every type has: region, tags. A type appends its own
/// with `rules.customize.push(..)`; they run after these.
#[must_use]
pub fn rules() -> TypeRules {
    TypeRules { customize: vec![region::plan, tags::plan], ..TypeRules::default() }
}

/// Makes a half-made object: what was planned and is known, with `id` and `region`.
#[must_use]
pub fn started(schema: &ResourceSchema, ctx: &Ctx<'_>, planned: &Value, id: &str) -> Object {
    let attrs = Attrs::over(schema, planned).text("id", Some(id)).text("region", Some(region::of(ctx)));
    Object::new(attrs.finish())
}

/// Reads an object that was just made or changed, over `base`; a new one may take a while to be seen.
///
/// # Errors
/// What the read said; not visible within two minutes.
pub async fn read_back(ty: &dyn ResourceType, ctx: &Ctx<'_>, addr: &InstanceAddr, base: &Object) -> Result<Object, ProviderError> {
    let what = format!("{addr} to be seen by the API");
    let look = || async {
        let prior = Prior { addr, object: base };
        match ty.read(ctx, std::slice::from_ref(&prior)).await.pop() {
            Some(ReadOutcome::Found(object)) => Poll::Ready(*object),
            Some(ReadOutcome::Failed(error)) => Poll::Failed(error),
            Some(ReadOutcome::Gone) | None => Poll::Pending,
        }
    };
    Aws::of(ctx)?.wait(&what, Duration::from_secs(120)).until(look).await
}

/// Ends a create or update: the object as it reads now, or what is known with the error.
pub async fn finish(ty: &dyn ResourceType, ctx: &Ctx<'_>, addr: &InstanceAddr, base: Object, done: Result<(), ProviderError>) -> Applied {
    let read = read_back(ty, ctx, addr, &base).await;
    match (done, read) {
        (Ok(()), Ok(object)) => Applied::ok(object),
        (Ok(()), Err(error)) => Applied::partial(base, error),
        (Err(error), Ok(object)) => Applied::partial(object, error),
        (Err(error), Err(_)) => Applied::partial(base, error),
    }
}

/// Ends an update: reads over what was planned (so that what a read does not set follows the
/// plan) when all was done, else over the prior object.
pub async fn finish_update(ty: &dyn ResourceType, ctx: &Ctx<'_>, request: &UpdateRequest<'_>, done: Result<(), ProviderError>) -> Applied {
    let attributes = if done.is_ok() { over_plan(&ty.schema(), request) } else { request.prior.attributes.clone() };
    let base = Object { attributes, private: request.prior.private.clone() };
    finish(ty, ctx, request.addr, base, done).await
}

/// What was planned; prior values where the plan does not know.
fn over_plan(schema: &ResourceSchema, request: &UpdateRequest<'_>) -> Value {
    let planned = request.planned.members().into_iter().flatten();
    let members = planned.map(|(n, v)| {
        let unknown = v.is_unknown().then(|| request.prior.attributes.get(n)).flatten();
        (n.clone(), unknown.unwrap_or(v).clone())
    });
    Attrs::over(schema, &Value::object(members.collect())).finish()
}

/// The error for arguments of which exactly one must be written; unknown ones count as written.
#[must_use]
pub fn exactly_one(config: &Value, names: &[&str]) -> Vec<RuleError> {
    let written: Vec<&str> = names.iter().copied().filter(|n| config.get(n).is_some_and(|v| !v.is_null())).collect();
    let list = names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    match (written.first(), written.len()) {
        (_, 1) => Vec::new(),
        (None, _) => vec![RuleError { path: Path::default(), message: format!("One of {list} is needed.") }],
        (Some(first), _) => vec![RuleError { path: Path::attr(*first), message: format!("Only one of {list} can be set.") }],
    }
}

/// The errors for pairs of arguments that exclude each other.
#[must_use]
pub fn conflicts(config: &Value, pairs: &[(&str, &str)]) -> Vec<RuleError> {
    let written = |n: &str| config.get(n).is_some_and(|v| !v.is_null());
    let both = pairs.iter().filter(|(a, b)| written(a) && written(b));
    both.map(|(a, b)| RuleError { path: Path::attr(*a), message: format!("`{a}` and `{b}` exclude each other.") }).collect()
}

/// The errors for arguments that need another one.
#[must_use]
pub fn needs(config: &Value, pairs: &[(&str, &str)]) -> Vec<RuleError> {
    let written = |n: &str| config.get(n).is_some_and(|v| !v.is_null());
    let alone = pairs.iter().filter(|(a, b)| written(a) && !written(b));
    alone.map(|(a, b)| RuleError { path: Path::attr(*a), message: format!("`{a}` needs `{b}`.") }).collect()
}

/// The CRC-32 that the provider builds some ids from.
#[must_use]
pub fn hashcode(text: &str) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    crc.sum()
}

/// Makes a new object durable before the next step of its create.
///
/// # Errors
/// The state could not be written.
pub async fn reached(checkpoint: &dyn Checkpoint, object: &Object) -> Result<(), ProviderError> {
    checkpoint.reached(object.clone()).await
}

/// Sends a delete, again while something that is being removed still uses the object; one of the
/// `gone` codes is success.
///
/// # Errors
/// What the API answered, also when the dependency stays until `timeout`.
pub async fn delete_when_free<T, F, Fut>(aws: &Aws, doing: &str, timeout: Duration, gone: &[&str], mut send: F) -> Result<(), ProviderError>
where
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<T, ApiError>> + Send,
{
    let mut waited = Duration::ZERO;
    for attempt in 0.. {
        match send().await {
            Ok(_) => break,
            Err(e) if e.is(gone) => break,
            Err(e) if e.kind == ErrorKind::InUse && waited < timeout => {}
            Err(e) => return Err(e.while_doing(doing)),
        }
        let pause = interval(attempt);
        tokio::time::sleep(pause.mul_f64(aws.settings().scale())).await;
        waited += pause;
    }
    Ok(())
}

/// Sends a call, again for a while as long as `again` says that a change has not spread yet.
///
/// # Errors
/// What the API answered, also when the time is over.
pub async fn retried<T, A, F, Fut>(aws: &Aws, doing: &str, again: A, mut send: F) -> Result<T, ProviderError>
where
    A: Fn(&ApiError) -> bool + Send,
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<T, ApiError>> + Send,
{
    let mut waited = Duration::ZERO;
    let mut attempt = 0;
    loop {
        match send().await {
            Err(e) if again(&e) && waited < SPREADING => {}
            answer => return answer.map_err(|e| e.while_doing(doing)),
        }
        let pause = interval(attempt);
        tokio::time::sleep(pause.mul_f64(aws.settings().scale())).await;
        waited += pause;
        attempt += 1;
    }
}

/// Answers `locate`: reads the objects that were found (by token of their intent, `id` each) over
/// what was planned.
///
/// # Errors
/// A read that failed.
pub async fn located(
    ty: &dyn ResourceType,
    ctx: &Ctx<'_>,
    intents: &[Intent],
    found: &BTreeMap<String, String>,
) -> Result<Vec<Located>, ProviderError> {
    let schema = ty.schema();
    let candidates: Vec<(usize, Object)> = intents
        .iter()
        .enumerate()
        .filter_map(|(i, intent)| Some((i, started(&schema, ctx, &intent.planned, found.get(&intent.token)?))))
        .collect();
    located_as(ty, ctx, intents, candidates).await
}

/// The same for objects whose id is an argument: an adopted object is always found.
///
/// # Errors
/// A read that failed.
pub async fn located_by(ty: &dyn ResourceType, ctx: &Ctx<'_>, intents: &[Intent], argument: &str) -> Result<Vec<Located>, ProviderError> {
    let id = |i: &Intent| Some((i.token.clone(), shape::string(&i.planned, argument)?));
    located(ty, ctx, intents, &intents.iter().filter_map(id).collect()).await
}

/// The same for objects that are identified by more than an id: each with its intent's position.
///
/// # Errors
/// A read that failed.
pub async fn located_as(
    ty: &dyn ResourceType,
    ctx: &Ctx<'_>,
    intents: &[Intent],
    candidates: Vec<(usize, Object)>,
) -> Result<Vec<Located>, ProviderError> {
    let mut answers: Vec<Located> = intents.iter().map(|_| Located::NotFound).collect();
    let priors: Vec<Prior<'_>> = candidates.iter().filter_map(|(i, object)| Some(Prior { addr: &intents.get(*i)?.addr, object })).collect();
    if priors.is_empty() {
        return Ok(answers);
    }
    for ((i, _), outcome) in candidates.iter().zip(ty.read(ctx, &priors).await) {
        match outcome {
            ReadOutcome::Found(object) => {
                if let Some(slot) = answers.get_mut(*i) {
                    *slot = Located::Found(object);
                }
            }
            ReadOutcome::Gone => {}
            ReadOutcome::Failed(error) => return Err(error),
        }
    }
    Ok(answers)
}

/// The object of an import id `ID` or `ID@REGION`.
///
/// # Errors
/// An empty id.
pub fn import(schema: &ResourceSchema, id: &str) -> Result<Object, ProviderError> {
    let (id, region) = region::split_import(id);
    imported(schema, region, &[("id", id)])
}

/// The object of an import id that was taken apart: text members by name.
///
/// # Errors
/// An empty part.
pub fn imported(schema: &ResourceSchema, region: Option<&str>, parts: &[(&str, &str)]) -> Result<Object, ProviderError> {
    if parts.iter().any(|(_, v)| v.is_empty()) {
        return Err(import_error("it is empty, or a part of it is"));
    }
    let mut members: Members = parts.iter().map(|(n, v)| ((*n).into(), Value::string(v))).collect();
    if let Some(region) = region {
        members.insert("region".into(), Value::string(region));
    }
    Ok(Object::new(Attrs::over(schema, &Value::object(members)).finish()))
}

/// An import id that has not the form the type needs.
#[must_use]
pub fn import_error(why: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, "The import id has not the right form", format!("The id cannot be used: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_the_provider_does() {
        assert_eq!(hashcode("123456789"), 0xcbf4_3926);
    }

    #[test]
    fn exactly_one_counts_unknown_as_written() {
        let object = |pairs: &[(&str, Value)]| Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect());
        let unknown = Value::unknown(crate::value::Type::String);
        assert!(exactly_one(&object(&[("a", unknown.clone())]), &["a", "b"]).is_empty());
        assert_eq!(exactly_one(&object(&[]), &["a", "b"]).len(), 1);
        assert_eq!(exactly_one(&object(&[("a", unknown.clone()), ("b", unknown)]), &["a", "b"]).len(), 1);
    }

    #[test]
    fn import_ids_may_carry_a_region() {
        let schema = ResourceSchema::new(0, base());
        let object = import(&schema, "vpc-1@us-east-1").unwrap();
        assert_eq!((object.id(), object.str("region")), (Some("vpc-1"), Some("us-east-1")));
        assert!(import(&schema, "").is_err());
    }
}
