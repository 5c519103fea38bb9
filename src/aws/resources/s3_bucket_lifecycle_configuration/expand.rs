//! Rules as S3 wants them.

use crate::aws::s3::lacks;
use crate::aws::shape::{self, first, flag, int, objects, string, text};
use crate::provider::ProviderError;
use crate::value::Value;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter,
    NoncurrentVersionExpiration, NoncurrentVersionTransition, Tag, Transition, TransitionStorageClass,
};

/// A moment in RFC 3339.
pub(super) fn moment(text: &str) -> Option<DateTime> {
    DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()
}

fn date(object: &Value) -> Option<DateTime> {
    text(object, "date").and_then(moment)
}

fn long(object: &Value, name: &str) -> Option<i64> {
    object.get(name).and_then(Value::as_i64)
}

fn tag(key: &str, value: &str) -> Result<Tag, ProviderError> {
    Tag::builder().key(key).value(value).build().map_err(|e| lacks(&e))
}

fn expiration(block: &Value) -> LifecycleExpiration {
    let (date, days) = (date(block), int(block, "days").filter(|d| *d != 0));
    let marker = (date.is_none() && days.is_none()).then(|| flag(block, "expired_object_delete_marker").unwrap_or(false));
    LifecycleExpiration::builder().set_date(date).set_days(days).set_expired_object_delete_marker(marker).build()
}

fn and(block: &Value) -> Result<LifecycleRuleAndOperator, ProviderError> {
    let tags = block.get("tags").map(shape::string_map).unwrap_or_default();
    let tags = tags.iter().map(|(k, v)| tag(k, v)).collect::<Result<Vec<_>, _>>()?;
    let size = |n: &str| long(block, n).filter(|n| *n > 0);
    Ok(LifecycleRuleAndOperator::builder()
        .set_prefix(string(block, "prefix"))
        .set_tags(Some(tags).filter(|t| !t.is_empty()))
        .set_object_size_greater_than(size("object_size_greater_than"))
        .set_object_size_less_than(size("object_size_less_than"))
        .build())
}

/// One condition; an empty block is the empty prefix.
fn filter(block: &Value) -> Result<LifecycleRuleFilter, ProviderError> {
    let start = LifecycleRuleFilter::builder();
    if let Some(all) = first(block, "and") {
        return Ok(start.and(and(all)?).build());
    }
    if let Some(one) = first(block, "tag") {
        return Ok(start.tag(tag(text(one, "key").unwrap_or_default(), text(one, "value").unwrap_or_default())?).build());
    }
    let (above, below) = (long(block, "object_size_greater_than"), long(block, "object_size_less_than"));
    if above.is_some() || below.is_some() {
        return Ok(start.set_object_size_greater_than(above).set_object_size_less_than(below).build());
    }
    Ok(start.prefix(text(block, "prefix").unwrap_or_default()).build())
}

fn transition(block: &Value) -> Transition {
    let date = date(block);
    let days = int(block, "days").or_else(|| date.is_none().then_some(0));
    let class = text(block, "storage_class").map(TransitionStorageClass::from);
    Transition::builder().set_date(date).set_days(days.filter(|_| date.is_none())).set_storage_class(class).build()
}

fn noncurrent_transition(block: &Value) -> NoncurrentVersionTransition {
    NoncurrentVersionTransition::builder()
        .set_newer_noncurrent_versions(int(block, "newer_noncurrent_versions").filter(|n| *n > 0))
        .set_noncurrent_days(int(block, "noncurrent_days"))
        .set_storage_class(text(block, "storage_class").map(TransitionStorageClass::from))
        .build()
}

fn noncurrent_expiration(block: &Value) -> NoncurrentVersionExpiration {
    NoncurrentVersionExpiration::builder()
        .set_newer_noncurrent_versions(int(block, "newer_noncurrent_versions").filter(|n| *n > 0))
        .set_noncurrent_days(int(block, "noncurrent_days"))
        .build()
}

/// Also writes the deprecated prefix beside a filter, as older configurations have it.
#[allow(deprecated)]
pub(super) fn rule(object: &Value) -> Result<LifecycleRule, ProviderError> {
    let prefix = string(object, "prefix");
    let filter = match first(object, "filter") {
        Some(block) => Some(filter(block)?),
        None => prefix.is_none().then(|| LifecycleRuleFilter::builder().build()),
    };
    let abort = first(object, "abort_incomplete_multipart_upload")
        .map(|b| AbortIncompleteMultipartUpload::builder().set_days_after_initiation(int(b, "days_after_initiation")).build());
    let transitions: Vec<Transition> = objects(object, "transition").iter().map(transition).collect();
    let older: Vec<NoncurrentVersionTransition> =
        objects(object, "noncurrent_version_transition").iter().map(noncurrent_transition).collect();
    LifecycleRule::builder()
        .set_id(string(object, "id"))
        .set_status(text(object, "status").map(ExpirationStatus::from))
        .set_prefix(prefix)
        .set_filter(filter)
        .set_abort_incomplete_multipart_upload(abort)
        .set_expiration(first(object, "expiration").map(expiration))
        .set_noncurrent_version_expiration(first(object, "noncurrent_version_expiration").map(noncurrent_expiration))
        .set_noncurrent_version_transitions(Some(older).filter(|o| !o.is_empty()))
        .set_transitions(Some(transitions).filter(|t| !t.is_empty()))
        .build()
        .map_err(|e| lacks(&e))
}
