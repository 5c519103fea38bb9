//! Rules that are objects of their own: what AWS lists about a group, for the types that keep one
//! rule each.

use super::change::Direction;
use super::rules::{Atom, Peer, Ports, protocol};
use crate::aws::ec2;
use crate::aws::errors::{ApiError, call};
use crate::aws::groups;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::SecurityGroupRule as Sdk;
use std::collections::BTreeMap;

/// The rules of all these groups, by group.
///
/// # Errors
/// The failing call.
pub async fn of_groups(client: &Client, ids: &[String]) -> Result<BTreeMap<String, Vec<Sdk>>, ApiError> {
    let mut unique: Vec<String> = ids.iter().filter(|id| !id.is_empty()).cloned().collect();
    unique.sort_unstable();
    unique.dedup();
    let mut all: BTreeMap<String, Vec<Sdk>> = BTreeMap::new();
    for chunk in unique.chunks(groups::CHUNK) {
        let pages = client.describe_security_group_rules().filters(ec2::filter("group-id", chunk)).into_paginator().items().send();
        for rule in call("ec2:DescribeSecurityGroupRules", pages.collect::<Result<Vec<_>, _>>()).await? {
            all.entry(rule.group_id().unwrap_or_default().to_string()).or_default().push(rule);
        }
    }
    Ok(all)
}

/// Which direction a listed rule has.
#[must_use]
pub fn direction(rule: &Sdk) -> Direction {
    if rule.is_egress() == Some(true) { Direction::Out } else { Direction::In }
}

/// A listed rule as an atom. Listed rules of all protocols have ports -1, others have 0 there.
#[must_use]
pub fn atom(rule: &Sdk) -> Atom {
    let protocol = protocol(rule.ip_protocol().unwrap_or_default());
    let port = |n: Option<i32>| if protocol == "-1" { 0 } else { n.map_or(0, i64::from) };
    let ports = Ports { from: port(rule.from_port()), to: port(rule.to_port()), protocol: protocol.clone() };
    Atom { ports, peer: peer(rule), description: rule.description().unwrap_or_default().to_string() }
}

fn peer(rule: &Sdk) -> Peer {
    if let Some(cidr) = rule.cidr_ipv4() {
        return Peer::Cidr4(cidr.to_string());
    }
    if let Some(cidr) = rule.cidr_ipv6() {
        return Peer::Cidr6(cidr.to_string());
    }
    if let Some(list) = rule.prefix_list_id() {
        return Peer::PrefixList(list.to_string());
    }
    let group = rule.referenced_group_info();
    let id = group.and_then(|g| g.group_id()).unwrap_or_default();
    if Some(id) == rule.group_id() {
        return Peer::Own;
    }
    let another = |user: &&str| !user.is_empty() && rule.group_owner_id().is_some_and(|owner| owner != *user);
    match group.and_then(|g| g.user_id()).filter(another) {
        Some(user) => Peer::Group(format!("{user}/{id}")),
        None => Peer::Group(id.to_string()),
    }
}

/// Whether two rules are the same but for their description.
#[must_use]
pub fn same(a: &Atom, b: &Atom) -> bool {
    a.ports == b.ports && a.peer == b.peer
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::ReferencedSecurityGroup;

    #[test]
    fn listed_rules_read_as_atoms() {
        let all = Sdk::builder()
            .group_id("sg-1")
            .group_owner_id("1")
            .ip_protocol("-1")
            .from_port(-1)
            .to_port(-1)
            .cidr_ipv4("0.0.0.0/0")
            .is_egress(true)
            .build();
        assert_eq!(direction(&all), Direction::Out);
        assert_eq!(atom(&all).ports, Ports { protocol: "-1".into(), from: 0, to: 0 });
        let info = |id: &str, user: &str| ReferencedSecurityGroup::builder().group_id(id).user_id(user).build();
        let of = |id: &str, user: &str| {
            Sdk::builder().group_id("sg-1").group_owner_id("1").ip_protocol("tcp").referenced_group_info(info(id, user)).build()
        };
        assert_eq!(atom(&of("sg-1", "1")).peer, Peer::Own);
        assert_eq!(atom(&of("sg-2", "1")).peer, Peer::Group("sg-2".into()));
        assert_eq!(atom(&of("sg-2", "9")).peer, Peer::Group("9/sg-2".into()));
        let unowned = Sdk::builder().group_id("sg-1").ip_protocol("tcp").referenced_group_info(info("sg-2", "1")).build();
        assert_eq!(atom(&unowned).peer, Peer::Group("sg-2".into()), "who does not name the owner names nobody else");
    }
}
