//! Reading parameters: values, metadata, tags.

use super::NOT_FOUND;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups::{self, Found};
use crate::aws::region;
use crate::aws::shape::{self, Attrs};
use crate::aws::tags::{TagRules, Tags};
use crate::provider::Ctx;
use crate::schema::ResourceSchema;
use crate::value::{Type, Value};
use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{Parameter, ParameterMetadata, ParameterStringFilter, ParameterTier, ParameterType, ResourceTypeForTagging};
use std::collections::BTreeMap;

/// Names a call for values takes.
const VALUES: usize = 10;
/// Names a filter takes.
const NAMES: usize = 50;

/// A parameter with what further calls say about it.
pub(super) struct Full {
    parameter: Parameter,
    metadata: ParameterMetadata,
    tags: Tags,
}

async fn many(client: Client, names: Vec<String>) -> Result<Vec<(String, Parameter)>, ApiError> {
    let mut all = Vec::new();
    for chunk in names.chunks(VALUES) {
        let request = client.get_parameters().set_names(Some(chunk.to_vec())).with_decryption(true);
        let answer = call("ssm:GetParameters", request.send()).await?;
        all.extend(answer.parameters.unwrap_or_default().into_iter().filter_map(|p| Some((p.name.clone()?, p))));
    }
    Ok(all)
}

/// One parameter with its value in clear; `None`: it does not exist.
///
/// # Errors
/// The failing call.
pub async fn one(client: Client, name: String, decrypt: bool) -> Result<Option<Parameter>, ApiError> {
    let answer = call("ssm:GetParameter", client.get_parameter().name(name).with_decryption(decrypt).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.parameter))
}

/// The value that a parameter has.
pub(super) async fn value(client: &Client, name: &str) -> Result<Option<String>, ApiError> {
    Ok(one(client.clone(), name.to_string(), true).await?.and_then(|p| p.value))
}

/// What is known of the parameters besides their values, by name.
async fn metadata(client: &Client, names: &[String]) -> Result<BTreeMap<String, ParameterMetadata>, ApiError> {
    let mut all = BTreeMap::new();
    for chunk in names.chunks(NAMES) {
        let filter = ParameterStringFilter::builder().key("Name").option("Equals").set_values(Some(chunk.to_vec())).build();
        let request = client.describe_parameters().set_parameter_filters(filter.ok().map(|f| vec![f])).max_results(50);
        let pages = call("ssm:DescribeParameters", request.into_paginator().send().collect::<Result<Vec<_>, _>>()).await?;
        let found = pages.into_iter().flat_map(|p| p.parameters.unwrap_or_default());
        all.extend(found.filter_map(|m| Some((m.name.clone()?, m))));
    }
    Ok(all)
}

async fn tags(client: Client, name: String) -> Result<Option<Tags>, ApiError> {
    let request = client.list_tags_for_resource().resource_type(ResourceTypeForTagging::Parameter).resource_id(name);
    let answer = absent(call("ssm:ListTagsForResource", request.send()).await, &["InvalidResourceId"])?;
    Ok(answer.map(|a| a.tag_list.unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect()))
}

/// Reads parameters by name.
pub(super) async fn all(client: &Client, names: &[String]) -> Found<Full> {
    let found = groups::find_all(names, |names| many(client.clone(), names), |name| one(client.clone(), name, true)).await;
    let there: Vec<String> = found.iter().filter(|(_, f)| matches!(f, Ok(Some(_)))).map(|(n, _)| n.clone()).collect();
    if there.is_empty() {
        return found.into_iter().map(|(n, f)| (n, f.map(|_| None))).collect();
    }
    let (metadata, tags) = tokio::join!(metadata(client, &there), groups::each(there.clone(), |n| tags(client.clone(), n)));
    let whole = |name: &str, parameter: Result<Option<Parameter>, ApiError>| {
        let Some(parameter) = parameter? else { return Ok(None) };
        let known = metadata.as_ref().map_err(Clone::clone)?;
        let tags = tags.get(name).cloned().unwrap_or(Ok(None))?.unwrap_or_default();
        // One that was deleted between the calls.
        Ok(known.get(name).map(|m| Full { parameter, metadata: m.clone(), tags }))
    };
    found.into_iter().map(|(name, parameter)| (name.clone(), whole(&name, parameter))).collect()
}

pub(super) fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let (p, m) = (&full.parameter, &full.metadata);
    let (tags, tags_all) = TagRules::from_facts(ctx.facts).observed(&full.tags, base);
    let name = p.name().unwrap_or_default();
    let attrs = Attrs::over(schema, base)
        .text("id", Some(name))
        .text("region", Some(region::of(ctx)))
        .text("allowed_pattern", m.allowed_pattern())
        .text("arn", p.arn())
        .text("data_type", m.data_type().or(p.data_type()))
        .text("description", m.description())
        .text("key_id", m.key_id())
        .text("name", Some(name))
        .text("tier", m.tier().map(ParameterTier::as_str))
        .text("type", p.r#type().map(ParameterType::as_str))
        .int("version", Some(p.version()))
        .put("tags", tags)
        .put("tags_all", tags_all);
    let secure = p.r#type() == Some(&ParameterType::SecureString);
    let null = || Value::null(Type::String);
    let hidden = base.get("value_wo_version").is_some_and(|v| !v.is_null());
    let (value, insecure, wo) = if hidden {
        (null(), null(), Value::bool(true))
    } else if !secure && shape::text(base, "insecure_value").is_some() {
        (null(), Value::string(p.value().unwrap_or_default()), Value::null(Type::Bool))
    } else {
        (Value::string(p.value().unwrap_or_default()), null(), Value::null(Type::Bool))
    };
    attrs.put("value", value).put("insecure_value", insecure).put("has_value_wo", wo).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::ResourceType;
    use crate::schema::ProviderFacts;

    #[test]
    fn the_value_stays_where_it_was_written_and_a_write_only_one_nowhere() {
        let facts = ProviderFacts([("region".into(), Value::string("eu-west-1"))].into());
        let ctx = Ctx { configured: &(), facts: &facts, region: None };
        let schema = super::super::SsmParameter.schema();
        let parameter = Parameter::builder().name("a").value("hush").r#type(ParameterType::String).build();
        let full = Full { parameter, metadata: ParameterMetadata::builder().name("a").build(), tags: Tags::new() };
        let read = |name: &str, value: Value| flatten(&ctx, &schema, &Value::object([(name.into(), value)].into()), &full);
        let places = |v: &Value| ["value", "insecure_value"].map(|n| shape::string(v, n));
        let hush = || Some("hush".to_string());
        assert_eq!(places(&read("value", Value::string("old"))), [hush(), None]);
        assert_eq!(places(&read("insecure_value", Value::string("old"))), [None, hush()]);
        assert_eq!(places(&read("value_wo_version", Value::int(1))), [None, None]);
    }
}
