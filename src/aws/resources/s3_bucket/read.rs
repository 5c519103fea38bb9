//! How a bucket is read: whether it is there, and then a call for each part, all at once.

use super::{blocks, names, website};
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::policy_json::kept;
use crate::aws::s3::{self, NO_BUCKET};
use crate::aws::shape::{self, Attrs};
use crate::aws::tags::{TagRules, Tags};
use crate::aws::{generated, region};
use crate::provider::Ctx;
use crate::schema::ResourceSchema;
use crate::value::{Type, Value};
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput;
use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput;
use aws_sdk_s3::types::{
    CorsRule, Grant, LifecycleRule, LoggingEnabled, ObjectLockConfiguration, ObjectLockEnabled, ServerSideEncryptionRule,
};
use futures::future::BoxFuture;
use std::future::Future;

pub(super) const ACTIONS: &[&str] = &[
    "s3:ListBucket",
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketPolicy",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
];

/// Codes of parts that a region or another maker's S3 does not have.
const NOT_OFFERED: &[&str] = &["MethodNotAllowed", "NotImplemented", "UnsupportedArgument", "UnsupportedOperation", "XNotImplemented"];

/// A part of a bucket; `None` where it may not be read: it stays as the state has it.
type Seen<T> = Option<T>;

/// A bucket with all that is read of it.
#[derive(Default)]
pub(super) struct Full {
    pub(super) region: Option<String>,
    pub(super) tags: Tags,
    pub(super) policy: Seen<Option<String>>,
    pub(super) grants: Seen<Vec<Grant>>,
    pub(super) cors: Seen<Vec<CorsRule>>,
    pub(super) website: Seen<Option<GetBucketWebsiteOutput>>,
    pub(super) versioning: Seen<Option<GetBucketVersioningOutput>>,
    pub(super) acceleration: Seen<Option<String>>,
    pub(super) payer: Seen<Option<String>>,
    pub(super) logging: Seen<Option<LoggingEnabled>>,
    pub(super) lifecycle: Seen<Vec<LifecycleRule>>,
    pub(super) encryption: Seen<Vec<ServerSideEncryptionRule>>,
    pub(super) lock: Seen<Option<ObjectLockConfiguration>>,
}

/// A call on the heap: a dozen of them at once would be much for a thread's stack.
fn boxed<'a, A>(call: impl Future<Output = Result<A, ApiError>> + Send + 'a) -> BoxFuture<'a, Result<A, ApiError>> {
    Box::pin(call)
}

/// Runs the call for a part: `none` are the codes of "there is none".
async fn part<A, T: Default>(
    none: &[&str],
    send: impl Future<Output = Result<A, ApiError>> + Send,
    take: impl FnOnce(A) -> T + Send,
) -> Result<Seen<T>, ApiError> {
    match send.await {
        Ok(answer) => Ok(Some(take(answer))),
        Err(e) if e.is(none) || e.is(NOT_OFFERED) => Ok(Some(T::default())),
        Err(e) if e.denied() => Ok(None),
        Err(e) => Err(e),
    }
}

/// All of a bucket; `None` when it does not exist.
pub(super) async fn whole(client: Client, name: String) -> Result<Option<Full>, ApiError> {
    let head = call("s3:ListBucket", client.head_bucket().bucket(&name).send()).await;
    let Some(head) = absent(head, NO_BUCKET)? else { return Ok(None) };
    let tags = Box::pin(s3::tags_of(&client, &name));
    match tokio::try_join!(Box::pin(access(&client, &name)), Box::pin(storage(&client, &name)), tags) {
        Ok((access, storage, tags)) => Ok(Some(Full {
            region: head.bucket_region,
            tags,
            policy: access.policy,
            grants: access.grants,
            cors: access.cors,
            website: access.website,
            payer: access.payer,
            ..storage
        })),
        Err(e) if e.is(&["NoSuchBucket"]) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Who may use it, and how.
async fn access(c: &Client, name: &str) -> Result<Full, ApiError> {
    let policy = boxed(call("s3:GetBucketPolicy", c.get_bucket_policy().bucket(name).send()));
    let acl = boxed(call("s3:GetBucketAcl", c.get_bucket_acl().bucket(name).send()));
    let cors = boxed(call("s3:GetBucketCORS", c.get_bucket_cors().bucket(name).send()));
    let site = boxed(call("s3:GetBucketWebsite", c.get_bucket_website().bucket(name).send()));
    let payer = boxed(call("s3:GetBucketRequestPayment", c.get_bucket_request_payment().bucket(name).send()));
    let (policy, grants, cors, website, payer) = tokio::try_join!(
        part(&["NoSuchBucketPolicy"], policy, |a| a.policy.filter(|p| !p.is_empty())),
        part(&[], acl, |a| a.grants.unwrap_or_default()),
        part(&["NoSuchCORSConfiguration"], cors, |a| a.cors_rules.unwrap_or_default()),
        part(&["NoSuchWebsiteConfiguration"], site, Some),
        part(&[], payer, |a| a.payer.map(|p| p.as_str().to_string())),
    )?;
    Ok(Full { policy, grants, cors, website, payer, ..Full::default() })
}

/// What becomes of its objects.
async fn storage(c: &Client, name: &str) -> Result<Full, ApiError> {
    let versioning = boxed(call("s3:GetBucketVersioning", c.get_bucket_versioning().bucket(name).send()));
    let acceleration = boxed(call("s3:GetAccelerateConfiguration", c.get_bucket_accelerate_configuration().bucket(name).send()));
    let logging = boxed(call("s3:GetBucketLogging", c.get_bucket_logging().bucket(name).send()));
    let lifecycle = boxed(call("s3:GetLifecycleConfiguration", c.get_bucket_lifecycle_configuration().bucket(name).send()));
    let encryption = boxed(call("s3:GetEncryptionConfiguration", c.get_bucket_encryption().bucket(name).send()));
    let lock = boxed(call("s3:GetBucketObjectLockConfiguration", c.get_object_lock_configuration().bucket(name).send()));
    let rules = |a: aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput| {
        a.server_side_encryption_configuration.map(|c| c.rules).unwrap_or_default()
    };
    let (versioning, acceleration, logging, lifecycle, encryption, lock) = tokio::try_join!(
        part(&[], versioning, Some),
        part(&[], acceleration, |a| a.status.map(|s| s.as_str().to_string())),
        part(&[], logging, |a| a.logging_enabled),
        part(&["NoSuchLifecycleConfiguration"], lifecycle, |a| a.rules.unwrap_or_default()),
        part(&["ServerSideEncryptionConfigurationNotFoundError"], encryption, rules),
        part(&["ObjectLockConfigurationNotFoundError"], lock, |a| a
            .object_lock_configuration
            .filter(|l| l.object_lock_enabled() == Some(&ObjectLockEnabled::Enabled))),
    )?;
    Ok(Full { versioning, acceleration, logging, lifecycle, encryption, lock, ..Full::default() })
}

/// Whose name space a name lies in: those of an account end in account, region and `-an`.
fn namespace(name: &str, region: &str) -> &'static str {
    let account = name.strip_suffix("-an").and_then(|n| n.strip_suffix(region)).and_then(|n| n.strip_suffix('-'));
    let digits = account.and_then(|n| n.rsplit('-').next()).filter(|d| d.len() == 12 && d.bytes().all(|b| b.is_ascii_digit()));
    if digits.is_some() { "account-regional" } else { "global" }
}

/// A bucket as the provider's state writes it.
pub(super) fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, name: &str, full: &Full) -> Value {
    let (tags, tags_all) = TagRules::from_facts(ctx.facts).observed(&full.tags, base);
    let home = full.region.as_deref().filter(|r| !r.is_empty()).unwrap_or(region::of(ctx));
    let attrs = Attrs::over(schema, base)
        .text("id", Some(name))
        .text("bucket", Some(name))
        .text("bucket_prefix", Some(generated::prefix_of(name)))
        .text("bucket_namespace", Some(namespace(name, home)))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&format!("arn:{}:s3:::{name}", region::partition(home))))
        .text("bucket_domain_name", Some(&names::global(name, home)))
        .text("bucket_region", Some(home))
        .text("bucket_regional_domain_name", Some(&names::regional(name, home)))
        .text("hosted_zone_id", Some(names::hosted_zone(home)))
        .flag("force_destroy", shape::flag(base, "force_destroy"))
        .put("tags", tags)
        .put("tags_all", tags_all);
    parts(attrs, base, name, home, full).finish()
}

fn parts(attrs: Attrs, base: &Value, name: &str, home: &str, full: &Full) -> Attrs {
    let put = |attrs: Attrs, name: &str, value: Option<Value>| match value {
        Some(value) => attrs.put(name, value),
        None => attrs,
    };
    let text = |t: &Option<String>| Value::string(t.as_deref().unwrap_or_default());
    let policy = full.policy.as_ref().map(|p| Value::string(p.as_ref().map_or_else(String::new, |p| kept(shape::text(base, "policy"), p))));
    let grants = full.grants.as_ref().map(|g| Value::set(blocks::grant().ty(), blocks::grants(g)));
    let cors = full.cors.as_ref().map(|c| blocks::list(&blocks::cors(), c.iter().map(blocks::cors_rule)));
    let site = full.website.as_ref().map(|w| blocks::list(&blocks::website(), w.iter().map(website::block)));
    let versions = full.versioning.as_ref().map(|v| blocks::list(&blocks::versioning(), v.iter().map(versioning)));
    let logs = full.logging.as_ref().map(|l| blocks::list(&blocks::logging(), l.iter().map(blocks::logs)));
    let lifecycle = full.lifecycle.as_ref().map(|l| blocks::list(&blocks::lifecycle(), l.iter().map(blocks::lifecycle_rule)));
    let encryption = full.encryption.as_ref().map(|e| blocks::list(&blocks::encryption(), blocks::encrypted(e)));
    let lock = full.lock.as_ref().map(|l| blocks::list(&blocks::lock(), l.iter().map(blocks::lock_configuration)));
    let locked = full.lock.as_ref().map(|l| Value::bool(l.is_some()));
    let domain = names::website(home);
    let hosts = full.website.as_ref().map(|w| match w {
        Some(_) => (Value::string(format!("{name}.{domain}")), Value::string(domain)),
        None => (Value::null(Type::String), Value::null(Type::String)),
    });
    let (endpoint, domain) = hosts.unzip();
    [
        ("policy", policy),
        ("grant", grants),
        ("cors_rule", cors),
        ("website", site),
        ("website_endpoint", endpoint),
        ("website_domain", domain),
        ("versioning", versions),
        ("acceleration_status", full.acceleration.as_ref().map(text)),
        ("request_payer", full.payer.as_ref().map(text)),
        ("logging", logs),
        ("lifecycle_rule", lifecycle),
        ("server_side_encryption_configuration", encryption),
        ("object_lock_configuration", lock),
        ("object_lock_enabled", locked),
    ]
    .into_iter()
    .fold(attrs, |attrs, (name, value)| put(attrs, name, value))
}

fn versioning(v: &GetBucketVersioningOutput) -> Value {
    let on = |t: Option<&str>| Value::bool(t == Some("Enabled"));
    let members = [("enabled", on(v.status().map(|s| s.as_str()))), ("mfa_delete", on(v.mfa_delete().map(|m| m.as_str())))];
    blocks::object(&blocks::versioning(), members)
}
