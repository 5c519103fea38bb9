//! Rules as the provider's state writes them.

use super::plan;
use crate::aws::shape::filled;
use crate::aws::tags::to_value;
use crate::schema::BlockSchema;
use crate::value::{Members, Type, Value};
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::{LifecycleExpiration, LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter, Tag, Transition};

fn object<const N: usize>(block: &BlockSchema, members: [(&str, Value); N]) -> Value {
    filled(block, members.into_iter().map(|(n, v)| (n.into(), v)).collect::<Members>())
}

fn list(block: &BlockSchema, items: impl IntoIterator<Item = Value>) -> Value {
    Value::list(block.ty(), items.into_iter().collect())
}

fn text(text: Option<&str>) -> Value {
    Value::string(text.unwrap_or_default())
}

fn number<N: Into<i64>>(number: Option<N>) -> Value {
    number.map_or_else(|| Value::null(Type::Number), |n| Value::int(n.into()))
}

fn date(at: Option<&DateTime>) -> Value {
    let text = at.and_then(|d| d.fmt(DateTimeFormat::DateTime).ok());
    text.map_or_else(|| Value::null(Type::String), Value::string)
}

fn expiration(e: &LifecycleExpiration) -> Value {
    let members = [
        ("date", date(e.date())),
        ("days", Value::int(e.days().unwrap_or(0).into())),
        ("expired_object_delete_marker", Value::bool(e.expired_object_delete_marker().unwrap_or(false))),
    ];
    object(&plan::expiration(), members)
}

fn tag(tag: &Tag) -> Value {
    object(&plan::tag(), [("key", Value::string(tag.key())), ("value", Value::string(tag.value()))])
}

fn and(all: &LifecycleRuleAndOperator) -> Value {
    let tags: crate::aws::tags::Tags = all.tags().iter().map(|t| (t.key().to_string(), t.value().to_string())).collect();
    let tags = if tags.is_empty() { Value::null(Type::map(Type::String)) } else { to_value(&tags) };
    let members = [
        ("object_size_greater_than", Value::int(all.object_size_greater_than().unwrap_or(0))),
        ("object_size_less_than", Value::int(all.object_size_less_than().unwrap_or(0))),
        ("prefix", text(all.prefix())),
        ("tags", tags),
    ];
    object(&plan::and(), members)
}

/// A filter without any condition reads as none.
fn filter(f: &LifecycleRuleFilter) -> Option<Value> {
    if *f == LifecycleRuleFilter::builder().build() {
        return None;
    }
    let members = [
        ("object_size_greater_than", number(f.object_size_greater_than())),
        ("object_size_less_than", number(f.object_size_less_than())),
        ("prefix", f.prefix().map_or_else(|| Value::null(Type::String), Value::string)),
        ("and", list(&plan::and(), f.and().map(and))),
        ("tag", list(&plan::tag(), f.tag().map(tag))),
    ];
    Some(object(&plan::filter(), members))
}

fn transition(t: &Transition) -> Value {
    let members = [("date", date(t.date())), ("days", number(t.days())), ("storage_class", text(t.storage_class().map(|c| c.as_str())))];
    object(&plan::transition(), members)
}

pub(super) fn rule(rule: &LifecycleRule) -> Value {
    let abort = rule.abort_incomplete_multipart_upload();
    let abort = abort.map(|a| object(&plan::abort(), [("days_after_initiation", number(a.days_after_initiation()))]));
    let gone = rule.noncurrent_version_expiration().map(|e| {
        let members =
            [("newer_noncurrent_versions", number(e.newer_noncurrent_versions())), ("noncurrent_days", number(e.noncurrent_days()))];
        object(&plan::noncurrent_expiration(), members)
    });
    let older = rule.noncurrent_version_transitions().iter().map(|t| {
        let members = [
            ("newer_noncurrent_versions", number(t.newer_noncurrent_versions())),
            ("noncurrent_days", number(t.noncurrent_days())),
            ("storage_class", text(t.storage_class().map(|c| c.as_str()))),
        ];
        object(&plan::noncurrent_transition(), members)
    });
    let members = [
        ("id", text(rule.id())),
        ("status", text(Some(rule.status().as_str()))),
        ("prefix", old_prefix(rule)),
        ("abort_incomplete_multipart_upload", list(&plan::abort(), abort)),
        ("expiration", list(&plan::expiration(), rule.expiration().map(expiration))),
        ("filter", list(&plan::filter(), rule.filter().and_then(filter))),
        ("noncurrent_version_expiration", list(&plan::noncurrent_expiration(), gone)),
        ("noncurrent_version_transition", Value::set(plan::noncurrent_transition().ty(), older.collect())),
        ("transition", Value::set(plan::transition().ty(), rule.transitions().iter().map(transition).collect())),
    ];
    object(&plan::rule(), members)
}

/// The prefix beside a filter, which S3 still answers for old rules.
#[allow(deprecated)]
fn old_prefix(rule: &LifecycleRule) -> Value {
    text(rule.prefix())
}
