//! Creating and finding EC2 objects that carry the intent tag until they are saved, and those that cannot.
//!
//! Organisations allow certain tags only, or none, and an object takes fifty. Then the ids of all objects of the type
//! become durable first, and the object is made without the tag. Should the run die, recovery takes what is new since and
//! is as planned; where others made objects that look the same meanwhile, it takes none and names them.
//!
//! The tag is tried with each object anew: what is denied to one type may be allowed to another, and an object that can
//! be found by its tag is worth a call.

use super::clients::Aws;
use super::errors::{ApiError, call};
use super::{ec2, shape, support, tags};
use crate::provider::{CreateRequest, Ctx, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType};
use crate::schema::ResourceSchema;
use crate::value::Value;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{ResourceType as Kind, TagSpecification};
use std::collections::BTreeSet;
use std::future::Future;

/// Sends a create with the intent tag; without it where the tag has no room or is denied. `prefix` is that of the type's
/// ids (`vpc`, `igw`), `doing` what failed when it fails.
///
/// # Errors
/// The failing call; the journal could not be written.
pub async fn create<T, F>(
    ctx: &Ctx<'_>,
    request: &CreateRequest<'_>,
    (kind, prefix, doing): (Kind, &str, &str),
    send: impl Fn(Option<Vec<TagSpecification>>) -> F + Send,
) -> Result<T, ProviderError>
where
    T: Send,
    F: Future<Output = Result<T, ApiError>> + Send,
{
    let tags = |token| ec2::tag_specification(ctx, kind.clone(), request.planned, token);
    let mut denied = None;
    if tags::has_room(request.planned, ctx.facts) {
        match send(tags(Some(&request.intent.token))).await {
            Err(e) if e.denied() => denied = Some(e),
            answer => return answer.map_err(|e| e.while_doing(doing)),
        }
    }
    let existing = all_ids(&Aws::ec2_of(ctx)?, prefix).await.map_err(|e| denied.unwrap_or(e).while_doing(doing))?;
    request.checkpoint.untraced(existing).await?;
    send(tags(None)).await.map_err(|e| e.while_doing(doing))
}

/// Answers `locate` of such a type.
///
/// # Errors
/// The failing call.
pub async fn locate(ty: &dyn ResourceType, ctx: &Ctx<'_>, prefix: &str, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
    let client = Aws::ec2_of(ctx)?;
    let traced: Vec<Intent> = intents.iter().filter(|i| i.existing.is_none()).cloned().collect();
    let ids = ec2::ids_by_intent(&client, prefix, &traced).await?;
    let mut answers = support::located(ty, ctx, intents, &ids).await?;
    let untraced: Vec<(usize, &Intent)> = intents.iter().enumerate().filter(|(_, i)| i.existing.is_some()).collect();
    if untraced.is_empty() {
        return Ok(answers);
    }
    let all = all_ids(&client, prefix).await?;
    let mut fitting = Vec::new();
    for (_, intent) in &untraced {
        fitting.push(new_and_as_planned(ty, ctx, intent, &all).await?);
    }
    for ((i, _), answer) in untraced.iter().zip(assign(&fitting)) {
        if let Some(slot) = answers.get_mut(*i) {
            *slot = answer;
        }
    }
    Ok(answers)
}

async fn new_and_as_planned(
    ty: &dyn ResourceType,
    ctx: &Ctx<'_>,
    intent: &Intent,
    all: &BTreeSet<String>,
) -> Result<Vec<Object>, ProviderError> {
    let schema = ty.schema();
    let new = all.iter().filter(|id| intent.existing.as_ref().is_some_and(|e| !e.contains(*id)));
    let started: Vec<Object> = new.map(|id| support::started(&schema, ctx, &intent.planned, id)).collect();
    if started.is_empty() {
        return Ok(Vec::new());
    }
    let priors: Vec<Prior<'_>> = started.iter().map(|object| Prior { addr: &intent.addr, object }).collect();
    let mut fitting = Vec::new();
    for outcome in ty.read(ctx, &priors).await {
        match outcome {
            ReadOutcome::Found(object) if fits(&schema, ctx, &intent.planned, &object.attributes) => fitting.push(*object),
            ReadOutcome::Found(_) | ReadOutcome::Gone => {}
            ReadOutcome::Failed(error) => return Err(error),
        }
    }
    Ok(fitting)
}

/// Whether an object has what its create fixed for good, and the tags: what further steps set may be missing.
fn fits(schema: &ResourceSchema, ctx: &Ctx<'_>, planned: &Value, object: &Value) -> bool {
    let fixed = schema.block.attrs.iter().filter(|(_, a)| a.force_new).map(|(name, _)| name.as_ref());
    let same = |name: &str| match (planned.get(name), object.get(name)) {
        (Some(want), Some(have)) if want.is_wholly_known() && !want.is_null() => want.unmark_deep().0 == have.unmark_deep().0,
        _ => true,
    };
    let has = object.get("tags_all").map(shape::string_map).unwrap_or_default();
    fixed.filter(|name| *name != "region").all(same) && has == tags::wanted(planned, ctx.facts)
}

/// Hands candidates to intents that ask for the same ones: all of them, or none where there are more than intents.
fn assign(fitting: &[Vec<Object>]) -> Vec<Located> {
    let ids = |objects: &[Object]| -> Vec<String> { objects.iter().filter_map(Object::id).map(str::to_string).collect() };
    let wanted: Vec<Vec<String>> = fitting.iter().map(|f| ids(f)).collect();
    let overlaps = |a: &[String], b: &[String]| a != b && a.iter().any(|id| b.contains(id));
    let answer = |(i, own): (usize, &Vec<String>)| {
        let rivals = wanted.iter().filter(|w| *w == own).count();
        let place = wanted.iter().take(i).filter(|w| *w == own).count();
        match fitting.get(i).and_then(|f| f.get(place)) {
            _ if own.len() > rivals || wanted.iter().any(|w| overlaps(w, own)) => Located::Doubtful(own.clone()),
            Some(object) => Located::Found(Box::new(object.clone())),
            None => Located::NotFound,
        }
    };
    wanted.iter().enumerate().map(answer).collect()
}

/// Ids of all objects of the type with this prefix, whoever's they are.
async fn all_ids(client: &Client, prefix: &str) -> Result<BTreeSet<String>, ApiError> {
    macro_rules! list {
        ($action:literal, $operation:ident, $id:ident) => {
            call($action, client.$operation().into_paginator().items().send().collect::<Result<Vec<_>, _>>())
                .await?
                .iter()
                .filter_map(|o| o.$id())
                .map(str::to_string)
                .collect()
        };
    }
    Ok(match prefix {
        "vpc" => list!("ec2:DescribeVpcs", describe_vpcs, vpc_id),
        "subnet" => list!("ec2:DescribeSubnets", describe_subnets, subnet_id),
        "igw" => list!("ec2:DescribeInternetGateways", describe_internet_gateways, internet_gateway_id),
        "dopt" => list!("ec2:DescribeDhcpOptions", describe_dhcp_options, dhcp_options_id),
        "acl" => list!("ec2:DescribeNetworkAcls", describe_network_acls, network_acl_id),
        "nat" => list!("ec2:DescribeNatGateways", describe_nat_gateways, nat_gateway_id),
        "rtb" => list!("ec2:DescribeRouteTables", describe_route_tables, route_table_id),
        "eigw" => {
            list!("ec2:DescribeEgressOnlyInternetGateways", describe_egress_only_internet_gateways, egress_only_internet_gateway_id)
        }
        _ => {
            let answer = call("ec2:DescribeAddresses", client.describe_addresses().send()).await?;
            answer.addresses().iter().filter_map(|a| a.allocation_id()).map(str::to_string).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(ids: &[&str]) -> Vec<Object> {
        ids.iter().map(|id| Object::new(Value::object([("id".into(), Value::string(id))].into_iter().collect()))).collect()
    }

    fn shown(answers: Vec<Located>) -> Vec<String> {
        let show = |a: &Located| match a {
            Located::Found(o) => o.id().unwrap().to_string(),
            Located::NotFound => "none".to_string(),
            Located::Doubtful(ids) => format!("? {}", ids.join(" ")),
        };
        answers.iter().map(show).collect()
    }

    #[test]
    fn what_is_new_goes_to_those_who_miss_it() {
        assert_eq!(shown(assign(&[objects(&["a"]), objects(&["b"]), objects(&[])])), ["a", "b", "none"]);
        // Two elastic IPs that are planned alike.
        assert_eq!(shown(assign(&[objects(&["a", "b"]), objects(&["a", "b"])])), ["a", "b"]);
        assert_eq!(shown(assign(&[objects(&["a"]), objects(&["a"])])), ["a", "none"]);
    }

    #[test]
    fn nothing_is_taken_where_a_stranger_may_have_made_it() {
        assert_eq!(shown(assign(&[objects(&["a", "b"])])), ["? a b"]);
        assert_eq!(shown(assign(&[objects(&["a"]), objects(&["a", "b"])])), ["? a", "? a b"]);
    }
}
