//! What all EC2 types share: filters, tags, and finding objects by the intent tag.

use super::errors::{ApiError, call};
use super::groups;
use super::tags::{self, INTENT, TagChange, TagRules, Tags};
use crate::provider::{Ctx, Intent, ProviderError};
use crate::value::Value;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use std::collections::{BTreeMap, BTreeSet};

/// A filter on values as they are (wildcards escaped).
#[must_use]
pub fn filter<S: AsRef<str>>(name: &str, values: impl IntoIterator<Item = S>) -> Filter {
    let values = values.into_iter().map(|v| groups::escape(v.as_ref())).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

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

/// The tags of a create call: what is planned, and the intent tag when `token` is given.
/// `None` when there are none (the API refuses an empty specification).
#[must_use]
pub fn tag_specification(ctx: &Ctx<'_>, kind: ResourceType, planned: &Value, token: Option<&str>) -> Option<Vec<TagSpecification>> {
    let tags = to_sdk(&tags::for_create(planned, ctx.facts, token));
    if tags.is_empty() {
        return None;
    }
    Some(vec![TagSpecification::builder().resource_type(kind).set_tags(Some(tags)).build()])
}

fn to_sdk(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

/// Brings an object's tags from the prior to the planned ones.
///
/// # Errors
/// The failing call.
pub async fn update_tags(ctx: &Ctx<'_>, client: &Client, id: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let change = TagChange::between(prior, planned, ctx.facts);
    if !change.remove.is_empty() {
        let gone = change.remove.iter().map(|k| Tag::builder().key(k).build()).collect();
        call("ec2:DeleteTags", client.delete_tags().resources(id).set_tags(Some(gone)).send())
            .await
            .map_err(|e| e.while_doing("Removing tags"))?;
    }
    if !change.set.is_empty() {
        call("ec2:CreateTags", client.create_tags().resources(id).set_tags(Some(to_sdk(&change.set))).send())
            .await
            .map_err(|e| e.while_doing("Setting tags"))?;
    }
    Ok(())
}

/// Removes the intent tag from objects whose state is saved, up to 500 a call; objects that are
/// gone meanwhile do not matter.
///
/// # Errors
/// The failing call.
pub async fn remove_intent_tags(client: &Client, ids: &[String]) -> Result<(), ProviderError> {
    for chunk in ids.chunks(500) {
        let tag = Tag::builder().key(INTENT).build();
        let sent = call("ec2:DeleteTags", client.delete_tags().set_resources(Some(chunk.to_vec())).tags(tag.clone()).send()).await;
        match sent {
            Ok(_) => {}
            Err(e) if e.code.contains("NotFound") || e.is(&["InvalidID"]) => {
                for id in chunk {
                    let one = call("ec2:DeleteTags", client.delete_tags().resources(id).tags(tag.clone()).send()).await;
                    one.map(|_| ()).or_else(|e| if e.code.contains("NotFound") || e.is(&["InvalidID"]) { Ok(()) } else { Err(e) })?;
                }
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// Ids of the objects that carry the tokens of `intents` in their intent tag, by token. `prefix` is
/// that of the type's ids (`vpc`, `igw`).
///
/// # Errors
/// The failing call.
pub async fn ids_by_intent(client: &Client, prefix: &str, intents: &[Intent]) -> Result<BTreeMap<String, String>, ApiError> {
    let mut ids = BTreeMap::new();
    for chunk in intents.chunks(groups::CHUNK) {
        let pages = client
            .describe_tags()
            .filters(filter("key", [INTENT]))
            .filters(filter("value", chunk.iter().map(|i| i.token.as_str())))
            .into_paginator()
            .items()
            .send();
        let tags = call("ec2:DescribeTags", pages.collect::<Result<Vec<_>, _>>()).await?;
        let ours = |id: &str| id.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'));
        let found = tags.iter().filter_map(|t| Some((t.value()?.to_string(), t.resource_id()?.to_string())));
        ids.extend(found.filter(|(_, id)| ours(id)));
    }
    Ok(ids)
}

/// Ids of all objects of a type that carry an intent tag, whoever's it is.
///
/// # Errors
/// The failing call.
pub async fn ids_with_intent(client: &Client, prefix: &str) -> Result<BTreeSet<String>, ApiError> {
    let pages = client.describe_tags().filters(filter("key", [INTENT])).into_paginator().items().send();
    let tags = call("ec2:DescribeTags", pages.collect::<Result<Vec<_>, _>>()).await?;
    let ours = |id: &&str| id.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'));
    Ok(tags.iter().filter_map(|t| t.resource_id()).filter(ours).map(str::to_string).collect())
}

/// The ARN of an EC2 object.
#[must_use]
pub fn arn(ctx: &Ctx<'_>, owner: Option<&str>, resource: &str) -> String {
    let region = super::region::of(ctx);
    let partition = ctx.facts.str("partition").unwrap_or("aws");
    let account = owner.or_else(|| ctx.facts.str("account_id")).unwrap_or_default();
    format!("arn:{partition}:ec2:{region}:{account}:{resource}")
}
