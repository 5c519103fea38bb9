//! The blocks in which the older provider kept parts of a bucket: their schemas, and how S3's
//! answers read in them.

use crate::aws::shape::filled;
use crate::schema::{BlockSchema, boolean, list_of, map_of, number, set_of, string};
use crate::value::{Members, Type, Value};
use aws_sdk_s3::types::{
    CorsRule, DefaultRetention, Grant, LifecycleRule, LoggingEnabled, ObjectLockConfiguration, ServerSideEncryptionRule, Tag,
};
use std::collections::BTreeMap;

pub(super) fn cors() -> BlockSchema {
    let texts = || list_of(Type::String);
    BlockSchema::new()
        .attr("allowed_headers", texts().optional())
        .attr("allowed_methods", texts().required())
        .attr("allowed_origins", texts().required())
        .attr("expose_headers", texts().optional())
        .attr("max_age_seconds", number().optional())
}

pub(super) fn grant() -> BlockSchema {
    BlockSchema::new()
        .attr("id", string().optional())
        .attr("permissions", set_of(Type::String).required())
        .attr("type", string().required())
        .attr("uri", string().optional())
}

fn expiration() -> BlockSchema {
    BlockSchema::new()
        .attr("date", string().optional())
        .attr("days", number().optional())
        .attr("expired_object_delete_marker", boolean().optional())
}

fn noncurrent_transition() -> BlockSchema {
    BlockSchema::new().attr("days", number().optional()).attr("storage_class", string().required())
}

fn transition() -> BlockSchema {
    noncurrent_transition().attr("date", string().optional())
}

pub(super) fn lifecycle() -> BlockSchema {
    BlockSchema::new()
        .attr("abort_incomplete_multipart_upload_days", number().optional())
        .attr("enabled", boolean().required())
        .attr("id", string().optional().computed())
        .attr("prefix", string().optional())
        .attr("tags", map_of(Type::String).optional())
        .block("expiration", expiration().list(0, 1))
        .block("noncurrent_version_expiration", days().list(0, 1))
        .block("noncurrent_version_transition", noncurrent_transition().set(0, 0))
        .block("transition", transition().set(0, 0))
}

fn days() -> BlockSchema {
    BlockSchema::new().attr("days", number().optional())
}

pub(super) fn logging() -> BlockSchema {
    BlockSchema::new().attr("target_bucket", string().required()).attr("target_prefix", string().optional())
}

fn retention() -> BlockSchema {
    BlockSchema::new().attr("days", number().optional()).attr("mode", string().required()).attr("years", number().optional())
}

fn lock_rule() -> BlockSchema {
    BlockSchema::new().block("default_retention", retention().list(1, 1))
}

pub(super) fn lock() -> BlockSchema {
    BlockSchema::new().attr("object_lock_enabled", string().optional().deprecated("")).block("rule", lock_rule().list(0, 1))
}

pub(super) fn replication() -> BlockSchema {
    let timed = || BlockSchema::new().attr("minutes", number().optional()).attr("status", string().optional()).list(0, 1);
    let destination = BlockSchema::new()
        .attr("account_id", string().optional())
        .attr("bucket", string().required())
        .attr("replica_kms_key_id", string().optional())
        .attr("storage_class", string().optional())
        .block("access_control_translation", BlockSchema::new().attr("owner", string().required()).list(0, 1))
        .block("metrics", timed())
        .block("replication_time", timed());
    let filter = BlockSchema::new().attr("prefix", string().optional()).attr("tags", map_of(Type::String).optional());
    let encrypted = BlockSchema::new().attr("enabled", boolean().required()).list(0, 1);
    let rule = BlockSchema::new()
        .attr("delete_marker_replication_status", string().optional())
        .attr("id", string().optional())
        .attr("prefix", string().optional())
        .attr("priority", number().optional())
        .attr("status", string().required())
        .block("destination", destination.list(1, 1))
        .block("filter", filter.list(0, 1))
        .block("source_selection_criteria", BlockSchema::new().block("sse_kms_encrypted_objects", encrypted).list(0, 1));
    BlockSchema::new().attr("role", string().required()).block("rules", rule.set(1, 0))
}

fn encryption_default() -> BlockSchema {
    BlockSchema::new().attr("kms_master_key_id", string().optional()).attr("sse_algorithm", string().required())
}

fn encryption_rule() -> BlockSchema {
    BlockSchema::new()
        .attr("bucket_key_enabled", boolean().optional())
        .block("apply_server_side_encryption_by_default", encryption_default().list(1, 1))
}

pub(super) fn encryption() -> BlockSchema {
    BlockSchema::new().block("rule", encryption_rule().list(1, 1))
}

pub(super) fn versioning() -> BlockSchema {
    let off = || boolean().optional().default(Value::bool(false));
    BlockSchema::new().attr("enabled", off()).attr("mfa_delete", off())
}

pub(super) fn website() -> BlockSchema {
    ["error_document", "index_document", "redirect_all_requests_to", "routing_rules"]
        .iter()
        .fold(BlockSchema::new(), |b, n| b.attr(n, string().optional()))
}

pub(super) fn object<const N: usize>(block: &BlockSchema, members: [(&str, Value); N]) -> Value {
    filled(block, members.into_iter().map(|(n, v)| (n.into(), v)).collect::<Members>())
}

pub(super) fn list(block: &BlockSchema, items: impl IntoIterator<Item = Value>) -> Value {
    Value::list(block.ty(), items.into_iter().collect())
}

pub(super) fn text(text: Option<&str>) -> Value {
    Value::string(text.unwrap_or_default())
}

fn whole(number: Option<i32>) -> Value {
    Value::int(number.unwrap_or(0).into())
}

fn texts(items: &[String]) -> Value {
    Value::list(Type::String, items.iter().map(Value::string).collect())
}

pub(super) fn cors_rule(rule: &CorsRule) -> Value {
    let members = [
        ("allowed_headers", texts(rule.allowed_headers())),
        ("allowed_methods", texts(rule.allowed_methods())),
        ("allowed_origins", texts(rule.allowed_origins())),
        ("expose_headers", texts(rule.expose_headers())),
        ("max_age_seconds", whole(rule.max_age_seconds())),
    ];
    object(&cors(), members)
}

/// Grants, those of one grantee together.
pub(super) fn grants(all: &[Grant]) -> Vec<Value> {
    let mut by_grantee: BTreeMap<[String; 3], Vec<Value>> = BTreeMap::new();
    for grant in all {
        let Some(grantee) = grant.grantee() else { continue };
        let key = [grantee.id().unwrap_or_default(), grantee.r#type().as_str(), grantee.uri().unwrap_or_default()].map(str::to_string);
        by_grantee.entry(key).or_default().extend(grant.permission().map(|p| Value::string(p.as_str())));
    }
    let one = |([id, kind, uri], permissions): ([String; 3], Vec<Value>)| {
        let permissions = Value::set(Type::String, permissions);
        object(
            &grant(),
            [("id", Value::string(id)), ("type", Value::string(kind)), ("uri", Value::string(uri)), ("permissions", permissions)],
        )
    };
    by_grantee.into_iter().map(one).collect()
}

pub(super) fn logs(l: &LoggingEnabled) -> Value {
    object(&logging(), [("target_bucket", Value::string(l.target_bucket())), ("target_prefix", Value::string(l.target_prefix()))])
}

pub(super) fn lock_configuration(l: &ObjectLockConfiguration) -> Value {
    let keep = |r: &DefaultRetention| {
        let mode = text(r.mode().map(|m| m.as_str()));
        object(&retention(), [("days", whole(r.days())), ("mode", mode), ("years", whole(r.years()))])
    };
    let rule =
        l.rule().and_then(|r| r.default_retention()).map(|r| object(&lock_rule(), [("default_retention", list(&retention(), [keep(r)]))]));
    let on = text(l.object_lock_enabled().map(|e| e.as_str()));
    object(&lock(), [("object_lock_enabled", on), ("rule", list(&lock_rule(), rule))])
}

/// The encryption as a whole: its first rule.
pub(super) fn encrypted(rules: &[ServerSideEncryptionRule]) -> Option<Value> {
    let rule = rules.first()?;
    let default = rule.apply_server_side_encryption_by_default().map(|d| {
        let members = [("kms_master_key_id", text(d.kms_master_key_id())), ("sse_algorithm", Value::string(d.sse_algorithm().as_str()))];
        object(&encryption_default(), members)
    });
    let members = [
        ("bucket_key_enabled", Value::bool(rule.bucket_key_enabled().unwrap_or(false))),
        ("apply_server_side_encryption_by_default", list(&encryption_default(), default)),
    ];
    Some(object(&encryption(), [("rule", list(&encryption_rule(), [object(&encryption_rule(), members)]))]))
}

fn tag_map<'a>(tags: impl IntoIterator<Item = &'a Tag>) -> Value {
    let members = tags.into_iter().map(|t| (t.key().into(), Value::string(t.value())));
    Value::map(Type::String, members.collect())
}

fn date(at: Option<&aws_sdk_s3::primitives::DateTime>) -> Value {
    let text = at.and_then(|d| d.fmt(aws_sdk_s3::primitives::DateTimeFormat::DateTime).ok()).unwrap_or_default();
    Value::string(text.split('T').next().unwrap_or_default())
}

/// A rule as the older block has it: prefix and tags, wherever S3 keeps them.
#[allow(deprecated)]
pub(super) fn lifecycle_rule(rule: &LifecycleRule) -> Value {
    let filter = rule.filter();
    let all = filter.and_then(|f| f.and());
    let prefix = all.and_then(|a| a.prefix()).or_else(|| filter.and_then(|f| f.prefix())).or_else(|| rule.prefix());
    let tags = all.map(|a| a.tags()).unwrap_or_default().iter().chain(filter.and_then(|f| f.tag()));
    let ends = rule.expiration().map(|e| {
        let marker = Value::bool(e.expired_object_delete_marker().unwrap_or(false));
        object(&expiration(), [("date", date(e.date())), ("days", whole(e.days())), ("expired_object_delete_marker", marker)])
    });
    let older_ends = rule.noncurrent_version_expiration().map(|e| object(&days(), [("days", whole(e.noncurrent_days()))]));
    let older = rule.noncurrent_version_transitions().iter().map(|t| {
        let class = text(t.storage_class().map(|c| c.as_str()));
        object(&noncurrent_transition(), [("days", whole(t.noncurrent_days())), ("storage_class", class)])
    });
    let moves = rule.transitions().iter().map(|t| {
        let class = text(t.storage_class().map(|c| c.as_str()));
        object(&transition(), [("date", date(t.date())), ("days", whole(t.days())), ("storage_class", class)])
    });
    let abort = rule.abort_incomplete_multipart_upload().and_then(|a| a.days_after_initiation());
    let members = [
        ("abort_incomplete_multipart_upload_days", whole(abort)),
        ("enabled", Value::bool(rule.status().as_str() == "Enabled")),
        ("id", text(rule.id())),
        ("prefix", text(prefix)),
        ("tags", tag_map(tags)),
        ("expiration", list(&expiration(), ends)),
        ("noncurrent_version_expiration", list(&days(), older_ends)),
        ("noncurrent_version_transition", Value::set(noncurrent_transition().ty(), older.collect())),
        ("transition", Value::set(transition().ty(), moves.collect())),
    ];
    object(&lifecycle(), members)
}
