//! Creating and finding EC2 objects that carry the intent tag until they are saved, and those that cannot.
//!
//! Organisations allow certain tags only, or none, and an object takes fifty. Then the ids of all objects of the type
//! become durable first, and the object is made without the tag. Should the run die, recovery takes what is new since, is
//! as planned and is used by nobody; where that is not certain (others made objects that look the same, or one that is
//! nearly the same), it takes none and names them.
//!
//! That a type's tag is denied is asked once a run; what is denied to one type may be allowed to another, and an object
//! that can be found by its tag is worth a call.

use super::clients::Aws;
use super::errors::{ApiError, call};
use super::{ec2, shape, support, tags};
use crate::provider::{CreateRequest, Ctx, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType};
use crate::schema::ResourceSchema;
use crate::value::Value;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{ResourceType as Kind, TagSpecification};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

/// A type whose objects carry the intent tag.
#[derive(Clone, Copy)]
pub struct Traced {
    /// What its ids begin with: `vpc`, `igw`.
    pub prefix: &'static str,
    /// Attributes that only later steps set: an object that has one is in use, and none that a create left behind.
    pub uses: &'static [&'static str],
}

/// Sends a create with the intent tag; without it where the tag has no room or is denied. `doing` is what failed when it
/// fails.
///
/// # Errors
/// The failing call; the journal could not be written.
pub async fn create<T, F>(
    ctx: &Ctx<'_>,
    request: &CreateRequest<'_>,
    (kind, traced, doing): (Kind, Traced, &str),
    send: impl Fn(Option<Vec<TagSpecification>>) -> F + Send,
) -> Result<T, ProviderError>
where
    T: Send,
    F: Future<Output = Result<T, ApiError>> + Send,
{
    let tags = |token| ec2::tag_specification(ctx, kind.clone(), request.planned, token);
    let aws = Aws::of(ctx)?;
    let mut denied = None;
    if tags::has_room(request.planned, ctx.facts) && !aws.intent_tag_denied(traced.prefix) {
        match send(tags(Some(&request.intent.token))).await {
            Err(e) if e.denied() => denied = Some(e),
            answer => return answer.map_err(|e| e.while_doing(doing)),
        }
    }
    let was_denied = denied.is_some();
    let existing = all_ids(&Aws::ec2_of(ctx)?, traced.prefix).await.map_err(|e| denied.unwrap_or(e).while_doing(doing))?;
    request.checkpoint.untraced(existing).await?;
    let made = send(tags(None)).await.map_err(|e| e.while_doing(doing))?;
    if was_denied {
        aws.deny_intent_tag(traced.prefix);
    }
    Ok(made)
}

/// Answers `locate` of such a type.
///
/// # Errors
/// The failing call.
pub async fn locate(ty: &dyn ResourceType, ctx: &Ctx<'_>, traced: Traced, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
    let client = Aws::ec2_of(ctx)?;
    let tagged: Vec<Intent> = intents.iter().filter(|i| i.existing.is_none()).cloned().collect();
    let mut ids = ec2::ids_by_intent(&client, traced.prefix, &tagged).await?;
    let untraced: Vec<&Intent> = intents.iter().filter(|i| i.existing.is_some()).collect();
    let mut doubtful = BTreeMap::new();
    if !untraced.is_empty() {
        // Whoever made what carries such a tag finds it by that.
        let theirs = ec2::ids_with_intent(&client, traced.prefix).await?;
        let all = all_ids(&client, traced.prefix).await?.difference(&theirs).cloned().collect();
        let mut wanted = Vec::new();
        for intent in &untraced {
            wanted.push(candidates(ty, ctx, traced, intent, &all).await?);
        }
        for (intent, answer) in untraced.iter().zip(assign(&wanted)) {
            match answer {
                Assigned::One(id) => drop(ids.insert(intent.token.clone(), id)),
                Assigned::None => {}
                Assigned::Doubtful(several) => drop(doubtful.insert(intent.token.clone(), several)),
            }
        }
    }
    let mut answers = support::located(ty, ctx, intents, &ids).await?;
    for (intent, answer) in intents.iter().zip(&mut answers) {
        if let Some(several) = doubtful.remove(&intent.token) {
            *answer = Located::Doubtful(several);
        }
    }
    Ok(answers)
}

/// How well an object fits what was planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    /// What the create fixed for good, and the tags.
    Whole,
    /// As far as the API tells, or with tags that somebody added.
    Nearly,
    No,
}

/// What is new since the intent and fits, with how well.
async fn candidates(
    ty: &dyn ResourceType,
    ctx: &Ctx<'_>,
    traced: Traced,
    intent: &Intent,
    all: &BTreeSet<String>,
) -> Result<Vec<(String, Fit)>, ProviderError> {
    let schema = ty.schema();
    let new: Vec<&String> = all.iter().filter(|id| intent.existing.as_ref().is_some_and(|e| !e.contains(*id))).collect();
    // Nothing but the id: what the API does not answer must not look as planned.
    let started: Vec<Object> = new.iter().map(|id| support::started(&schema, ctx, &Value::dynamic(), id)).collect();
    let priors: Vec<Prior<'_>> = started.iter().map(|object| Prior { addr: &intent.addr, object }).collect();
    let mut found = Vec::new();
    if priors.is_empty() {
        return Ok(found);
    }
    for (id, outcome) in new.into_iter().zip(ty.read(ctx, &priors).await) {
        match outcome {
            ReadOutcome::Found(object) => match fit(&schema, ctx, traced, &intent.planned, &object.attributes) {
                Fit::No => {}
                fit => found.push((id.clone(), fit)),
            },
            ReadOutcome::Gone => {}
            ReadOutcome::Failed(error) => return Err(error),
        }
    }
    Ok(found)
}

fn fit(schema: &ResourceSchema, ctx: &Ctx<'_>, traced: Traced, planned: &Value, object: &Value) -> Fit {
    let is_empty = |value: &Value| value.is_null() || value.as_str() == Some("") || value.items().is_some_and(<[Value]>::is_empty);
    if traced.uses.iter().any(|name| object.get(name).is_some_and(|v| !is_empty(v))) {
        return Fit::No;
    }
    let mut fit = Fit::Whole;
    for (name, _) in schema.block.attrs.iter().filter(|(name, a)| a.force_new && name.as_ref() != "region") {
        match (planned.get(name), object.get(name)) {
            (Some(want), Some(have)) if want.is_wholly_known() && !is_empty(want) => {
                if have.is_null() {
                    fit = Fit::Nearly;
                } else if want.unmark_deep().0 != have.unmark_deep().0 {
                    return Fit::No;
                }
            }
            _ => {}
        }
    }
    let has = object.get("tags_all").map(shape::string_map).unwrap_or_default();
    let wants = tags::wanted(planned, ctx.facts);
    match wants.iter().all(|(key, value)| has.get(key) == Some(value)) {
        true if has.len() == wants.len() => fit,
        true => Fit::Nearly,
        false => Fit::No,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Assigned {
    One(String),
    None,
    Doubtful(Vec<String>),
}

/// Hands candidates to intents. Those that ask for some of the same are one group: it gets all of them, or none where
/// there are more than intents, or one fits only nearly.
fn assign(wanted: &[Vec<(String, Fit)>]) -> Vec<Assigned> {
    let mut answers: Vec<Assigned> = wanted.iter().map(|_| Assigned::None).collect();
    let mut open: BTreeSet<usize> = (0..wanted.len()).filter(|i| wanted.get(*i).is_some_and(|w| !w.is_empty())).collect();
    let of = |i: usize| wanted.get(i).into_iter().flatten();
    while let Some(first) = open.pop_first() {
        let (mut group, mut ids) = (vec![first], of(first).map(|(id, _)| id.clone()).collect::<BTreeSet<_>>());
        while let Some(next) = open.iter().copied().find(|i| of(*i).any(|(id, _)| ids.contains(id))) {
            open.remove(&next);
            group.push(next);
            ids.extend(of(next).map(|(id, _)| id.clone()));
        }
        let is_sure = ids.len() <= group.len() && group.iter().all(|i| of(*i).all(|(_, fit)| *fit == Fit::Whole));
        // Who has the smallest choice chooses first.
        group.sort_by_key(|i| of(*i).count());
        for i in group {
            let answer = match of(i).find(|(id, _)| ids.contains(id)) {
                _ if !is_sure => Assigned::Doubtful(of(i).map(|(id, _)| id.clone()).collect()),
                Some((id, _)) => Assigned::One(id.clone()),
                None => Assigned::None,
            };
            if let Assigned::One(id) = &answer {
                ids.remove(id);
            }
            if let Some(slot) = answers.get_mut(i) {
                *slot = answer;
            }
        }
    }
    answers
}

fn is<T>(object: &T, wanted: impl Fn(&T) -> bool) -> bool {
    wanted(object)
}

/// Ids of all objects of the type with this prefix, whoever's they are; the main route table and the default network ACL
/// of a VPC come with it and are left out.
async fn all_ids(client: &Client, prefix: &str) -> Result<BTreeSet<String>, ApiError> {
    macro_rules! list {
        ($action:literal, $operation:ident, $id:ident) => {
            list!($action, $operation, $id, |_| true)
        };
        ($action:literal, $operation:ident, $id:ident, $wanted:expr) => {
            call($action, client.$operation().into_paginator().items().send().collect::<Result<Vec<_>, _>>())
                .await?
                .iter()
                .filter(|o| is(o, $wanted))
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
        "acl" => list!("ec2:DescribeNetworkAcls", describe_network_acls, network_acl_id, |a| a.is_default() != Some(true)),
        "nat" => list!("ec2:DescribeNatGateways", describe_nat_gateways, nat_gateway_id),
        "rtb" => list!("ec2:DescribeRouteTables", describe_route_tables, route_table_id, |t| !t
            .associations()
            .iter()
            .any(|a| a.main() == Some(true))),
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

    fn whole(ids: &[&str]) -> Vec<(String, Fit)> {
        ids.iter().map(|id| ((*id).to_string(), Fit::Whole)).collect()
    }

    fn shown(wanted: &[Vec<(String, Fit)>]) -> Vec<String> {
        let show = |a: &Assigned| match a {
            Assigned::One(id) => id.clone(),
            Assigned::None => "none".to_string(),
            Assigned::Doubtful(ids) => format!("? {}", ids.join(" ")),
        };
        assign(wanted).iter().map(show).collect()
    }

    #[test]
    fn what_is_new_goes_to_those_who_miss_it() {
        assert_eq!(shown(&[whole(&["a"]), whole(&["b"]), whole(&[])]), ["a", "b", "none"]);
        // Two elastic IPs that are planned alike; the list of the second may have the first.
        assert_eq!(shown(&[whole(&["a", "b"]), whole(&["a", "b"])]), ["a", "b"]);
        assert_eq!(shown(&[whole(&["a", "b"]), whole(&["b"])]), ["a", "b"]);
        assert_eq!(shown(&[whole(&["a"]), whole(&["a"])]), ["a", "none"]);
    }

    #[test]
    fn nothing_is_taken_where_it_is_not_certain() {
        assert_eq!(shown(&[whole(&["a", "b"])]), ["? a b"]);
        assert_eq!(shown(&[whole(&["a", "b", "c"]), whole(&["c"])]), ["? a b c", "? c"]);
        assert_eq!(shown(&[vec![("a".to_string(), Fit::Nearly)]]), ["? a"]);
    }

    #[test]
    fn what_is_in_use_or_tagged_otherwise_is_a_strangers() {
        let facts = crate::schema::ProviderFacts::default();
        let ctx = Ctx { configured: &(), facts: &facts, region: None };
        let schema = crate::aws::resources::eip::Eip.schema();
        let traced = Traced { prefix: "eipalloc", uses: &["instance"] };
        let tags = |pairs: &[(&str, &str)]| {
            let members = pairs.iter().map(|(k, v)| ((*k).into(), Value::string(v))).collect();
            Value::map(crate::value::Type::String, members)
        };
        let object = |instance: &str, pairs: &[(&str, &str)]| {
            let members = [("domain", Value::string("vpc")), ("instance", Value::string(instance)), ("tags_all", tags(pairs))];
            Value::object(members.into_iter().map(|(n, v)| (n.into(), v)).collect())
        };
        let planned = object("", &[("Name", "a")]);
        let fits = |object: &Value| fit(&schema, &ctx, traced, &planned, object);
        assert_eq!(fits(&object("", &[("Name", "a")])), Fit::Whole);
        assert_eq!(fits(&object("i-1", &[("Name", "a")])), Fit::No);
        assert_eq!(fits(&object("", &[("Name", "b")])), Fit::No);
        assert_eq!(fits(&object("", &[("Name", "a"), ("CreatedBy", "x")])), Fit::Nearly);
    }
}
