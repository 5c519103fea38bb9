//! What the RDS types share: tags.

use super::errors::{ApiError, call};
use super::tags::{self, TagChange, TagRules, Tags};
use crate::provider::{Ctx, ErrorKind, ProviderError};
use crate::value::Value;
use aws_sdk_rds::Client;
use aws_sdk_rds::types::Tag;

/// Tags of an answer.
#[must_use]
pub fn tags_of(tags: &[Tag]) -> Tags {
    tags.iter().filter_map(|t| Some((t.key()?.to_string(), t.value().unwrap_or_default().to_string()))).collect()
}

/// `tags` and `tags_all` of an object, given its tags and what it was.
#[must_use]
pub fn observed(ctx: &Ctx<'_>, remote: &[Tag], base: &Value) -> (Value, Value) {
    TagRules::from_facts(ctx.facts).observed(&tags_of(remote), base)
}

/// The tags of a create call.
#[must_use]
pub fn for_create(ctx: &Ctx<'_>, planned: &Value) -> Vec<Tag> {
    to_sdk(&tags::for_create(planned, ctx.facts, None))
}

fn to_sdk(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

/// Brings the tags of the object with this ARN from the prior to the planned ones.
///
/// # Errors
/// The failing call.
pub async fn update_tags(ctx: &Ctx<'_>, client: &Client, arn: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let change = TagChange::between(prior, planned, ctx.facts);
    if !change.remove.is_empty() {
        let request = client.remove_tags_from_resource().resource_name(arn).set_tag_keys(Some(change.remove));
        call("rds:RemoveTagsFromResource", request.send()).await.map_err(|e| e.while_doing("Removing tags"))?;
    }
    if !change.set.is_empty() {
        let request = client.add_tags_to_resource().resource_name(arn).set_tags(Some(to_sdk(&change.set)));
        call("rds:AddTagsToResource", request.send()).await.map_err(|e| e.while_doing("Setting tags"))?;
    }
    Ok(())
}

/// Marks the refusal to remove a group that a database still has as one that passes.
#[must_use]
pub fn in_use(mut error: ApiError) -> ApiError {
    if error.is(&["InvalidDBParameterGroupState", "InvalidDBParameterGroupStateFault"]) {
        error.kind = ErrorKind::InUse;
    }
    error
}
