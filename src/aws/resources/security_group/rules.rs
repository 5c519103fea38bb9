//! Rules of a security group, taken apart.
//!
//! AWS keeps one rule for each protocol, port range and peer, and answers them grouped by ports;
//! a configuration groups them as it likes. Both are compared as sets of [`Atom`]s, and what is
//! read is put together as it was written, as far as it is still there.

use crate::aws::shape;
use crate::value::{Members, Type, Value};
use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use std::collections::{BTreeMap, BTreeSet};

/// Who is at the other end of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// IPv4 addresses.
    Cidr4(String),
    /// IPv6 addresses.
    Cidr6(String),
    /// A prefix list.
    PrefixList(String),
    /// Another group, `OWNER/ID` when it is another account's.
    Group(String),
    /// The group itself.
    Own,
}

/// Ports of a protocol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ports {
    /// Normalised, see [`protocol`].
    pub protocol: String,
    /// First port, or ICMP type; 0 for all protocols.
    pub from: i64,
    /// Last port, or ICMP code; 0 for all protocols.
    pub to: i64,
}

/// One rule as AWS keeps it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Atom {
    /// What is allowed.
    pub ports: Ports,
    /// From or to whom.
    pub peer: Peer,
    /// Free text; no part of the rule's identity.
    pub description: String,
}

/// Rules of one direction.
pub type Atoms = BTreeSet<Atom>;

/// The type of an element of `ingress` and `egress`.
#[must_use]
pub fn rule_type() -> Type {
    Type::object([
        ("cidr_blocks", Type::list(Type::String)),
        ("description", Type::String),
        ("from_port", Type::Number),
        ("ipv6_cidr_blocks", Type::list(Type::String)),
        ("prefix_list_ids", Type::list(Type::String)),
        ("protocol", Type::String),
        ("security_groups", Type::set(Type::String)),
        ("self", Type::Bool),
        ("to_port", Type::Number),
    ])
}

/// The name that AWS answers for a protocol, however it is written (`6` is `tcp`, `all` is `-1`).
#[must_use]
pub fn protocol(written: &str) -> String {
    let lower = written.to_lowercase();
    let name = match lower.as_str() {
        "all" => "-1",
        "1" => "icmp",
        "6" => "tcp",
        "17" => "udp",
        "58" => "icmpv6",
        other => other,
    };
    name.to_string()
}

/// The atoms of an `ingress` or `egress` value.
#[must_use]
pub fn atoms(rules: &Value) -> Atoms {
    rules.items().unwrap_or(&[]).iter().flat_map(rule_atoms).collect()
}

fn rule_atoms(rule: &Value) -> Vec<Atom> {
    let number = |n: &str| rule.get(n).and_then(Value::as_i64).unwrap_or(0);
    let ports =
        Ports { protocol: protocol(shape::text(rule, "protocol").unwrap_or_default()), from: number("from_port"), to: number("to_port") };
    let description = shape::text(rule, "description").unwrap_or_default();
    let many = |name: &str, peer: fn(String) -> Peer| shape::strings(rule, name).into_iter().map(peer).collect::<Vec<_>>();
    let mut peers = many("cidr_blocks", Peer::Cidr4);
    peers.extend(many("ipv6_cidr_blocks", Peer::Cidr6));
    peers.extend(many("prefix_list_ids", Peer::PrefixList));
    peers.extend(many("security_groups", Peer::Group));
    peers.extend(shape::flag(rule, "self").unwrap_or(false).then_some(Peer::Own));
    peers.into_iter().map(|peer| Atom { ports: ports.clone(), peer, description: description.to_string() }).collect()
}

/// The atoms of an answer about the group `own` of the account `owner`.
#[must_use]
pub fn remote(permissions: &[IpPermission], own: &str, owner: &str) -> Atoms {
    let mut all = Atoms::new();
    for p in permissions {
        let port = |n: Option<i32>| n.map_or(0, i64::from);
        let ports = Ports { protocol: protocol(p.ip_protocol().unwrap_or_default()), from: port(p.from_port), to: port(p.to_port) };
        let mut add = |peer: Peer, description: Option<&str>| {
            all.insert(Atom { ports: ports.clone(), peer, description: description.unwrap_or_default().to_string() });
        };
        for r in p.ip_ranges() {
            add(Peer::Cidr4(r.cidr_ip().unwrap_or_default().to_string()), r.description());
        }
        for r in p.ipv6_ranges() {
            add(Peer::Cidr6(r.cidr_ipv6().unwrap_or_default().to_string()), r.description());
        }
        for r in p.prefix_list_ids() {
            add(Peer::PrefixList(r.prefix_list_id().unwrap_or_default().to_string()), r.description());
        }
        for g in p.user_id_group_pairs() {
            let id = g.group_id().unwrap_or_default();
            let peer = match g.user_id().filter(|u| !u.is_empty() && *u != owner) {
                _ if id == own => Peer::Own,
                Some(user) => Peer::Group(format!("{user}/{id}")),
                None => Peer::Group(id.to_string()),
            };
            add(peer, g.description());
        }
    }
    all
}

/// Puts rules together as `base` (what was planned or is in the state) has them; what it does not
/// have is grouped by ports and description.
#[must_use]
pub fn arrange(base: Option<&Value>, remote: Atoms) -> Value {
    let mut left = remote;
    let mut rules = Vec::new();
    for rule in base.and_then(Value::items).unwrap_or(&[]) {
        let wanted: Atoms = rule_atoms(rule).into_iter().collect();
        if !wanted.is_empty() && wanted.is_subset(&left) {
            left.retain(|a| !wanted.contains(a));
            rules.push(normal(rule));
        }
    }
    let mut groups: BTreeMap<(Ports, String), Vec<Peer>> = BTreeMap::new();
    for atom in left {
        groups.entry((atom.ports, atom.description)).or_default().push(atom.peer);
    }
    rules.extend(groups.into_iter().map(|((ports, description), peers)| grouped(&ports, &description, &peers)));
    Value::set(rule_type(), rules)
}

/// A rule with its protocol normalised and zero values for what is not written.
#[must_use]
pub fn normal(rule: &Value) -> Value {
    let (Type::Object(ty), Some(members)) = (rule_type(), rule.members()) else { return rule.clone() };
    let mut all = Members::new();
    for (name, member) in &ty.attrs {
        let value = members.get(name).filter(|v| !v.is_null()).cloned().unwrap_or_else(|| shape::zero(member));
        let value = match value.as_str().filter(|_| &**name == "protocol") {
            Some(written) => Value::string(protocol(written)).mark(value.marks()),
            None => value,
        };
        all.insert(name.clone(), value);
    }
    Value::object(all).mark(rule.marks())
}

fn grouped(ports: &Ports, description: &str, peers: &[Peer]) -> Value {
    let list = |pick: fn(&Peer) -> Option<&String>| peers.iter().filter_map(pick).map(Value::string).collect::<Vec<_>>();
    let cidr4 = list(|p| if let Peer::Cidr4(c) = p { Some(c) } else { None });
    let cidr6 = list(|p| if let Peer::Cidr6(c) = p { Some(c) } else { None });
    let prefixes = list(|p| if let Peer::PrefixList(c) = p { Some(c) } else { None });
    let groups = list(|p| if let Peer::Group(c) = p { Some(c) } else { None });
    let members: [(&str, Value); 9] = [
        ("cidr_blocks", Value::list(Type::String, cidr4)),
        ("description", Value::string(description)),
        ("from_port", Value::int(ports.from)),
        ("ipv6_cidr_blocks", Value::list(Type::String, cidr6)),
        ("prefix_list_ids", Value::list(Type::String, prefixes)),
        ("protocol", Value::string(&ports.protocol)),
        ("security_groups", Value::set(Type::String, groups)),
        ("self", Value::bool(peers.contains(&Peer::Own))),
        ("to_port", Value::int(ports.to)),
    ];
    Value::object(members.into_iter().map(|(n, v)| (n.into(), v)).collect())
}

/// The API's permissions for rules of the group `own`.
#[must_use]
pub fn permissions<'a>(atoms: impl IntoIterator<Item = &'a Atom>, own: &str) -> Vec<IpPermission> {
    let mut groups: BTreeMap<&Ports, Vec<&Atom>> = BTreeMap::new();
    for atom in atoms {
        groups.entry(&atom.ports).or_default().push(atom);
    }
    groups.into_iter().map(|(ports, atoms)| permission(ports, &atoms, own)).collect()
}

fn permission(ports: &Ports, atoms: &[&Atom], own: &str) -> IpPermission {
    let port = |n: i64| i32::try_from(n).ok().filter(|_| ports.protocol != "-1");
    let mut p = IpPermission::builder().ip_protocol(&ports.protocol).set_from_port(port(ports.from)).set_to_port(port(ports.to));
    for atom in atoms {
        let description = Some(atom.description.clone()).filter(|d| !d.is_empty());
        p = match &atom.peer {
            Peer::Cidr4(c) => p.ip_ranges(IpRange::builder().cidr_ip(c).set_description(description).build()),
            Peer::Cidr6(c) => p.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(c).set_description(description).build()),
            Peer::PrefixList(l) => p.prefix_list_ids(PrefixListId::builder().prefix_list_id(l).set_description(description).build()),
            Peer::Group(g) => p.user_id_group_pairs(pair(g, description)),
            Peer::Own => p.user_id_group_pairs(pair(own, description)),
        };
    }
    p.build()
}

fn pair(group: &str, description: Option<String>) -> UserIdGroupPair {
    let (owner, id) = group.split_once('/').map_or((None, group), |(o, g)| (Some(o.to_string()), g));
    UserIdGroupPair::builder().group_id(id).set_user_id(owner).set_description(description).build()
}

/// What brings rules from `old` to `new`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// To allow.
    pub add: Atoms,
    /// To forbid.
    pub remove: Atoms,
    /// The same rules with another description.
    pub describe: Atoms,
}

impl Change {
    /// Compares two sets of rules.
    #[must_use]
    pub fn between(old: &Atoms, new: &Atoms) -> Self {
        let bare = |all: &Atoms| all.iter().map(|a| (a.ports.clone(), a.peer.clone())).collect::<BTreeSet<_>>();
        let (before, after) = (bare(old), bare(new));
        let key = |a: &Atom| (a.ports.clone(), a.peer.clone());
        Change {
            add: new.iter().filter(|a| !before.contains(&key(a))).cloned().collect(),
            remove: old.iter().filter(|a| !after.contains(&key(a))).cloned().collect(),
            describe: new.iter().filter(|a| before.contains(&key(a)) && !old.contains(*a)).cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(members: &[(&str, Value)]) -> Value {
        normal(&Value::object(members.iter().map(|(n, v)| ((*n).into(), v.clone())).collect()))
    }
    fn list(items: &[&str]) -> Value {
        Value::list(Type::String, items.iter().map(Value::string).collect())
    }
    fn web(cidrs: &[&str], protocol: &str) -> Value {
        rule(&[
            ("from_port", Value::int(443)),
            ("to_port", Value::int(443)),
            ("protocol", Value::string(protocol)),
            ("cidr_blocks", list(cidrs)),
        ])
    }
    fn set(rules: Vec<Value>) -> Value {
        Value::set(rule_type(), rules)
    }

    #[test]
    fn protocols_have_one_name() {
        assert_eq!(["6", "TCP", "all", "-1", "17", "58", "50"].map(protocol), ["tcp", "tcp", "-1", "-1", "udp", "icmpv6", "50"]);
    }

    #[test]
    fn unwritten_members_are_zero_values() {
        let rule = web(&["10.0.0.0/8"], "6");
        assert_eq!(rule.ty(), rule_type());
        assert_eq!(rule.get("protocol"), Some(&Value::string("tcp")));
        assert_eq!(rule.get("description"), Some(&Value::string("")));
        assert_eq!(rule.get("self"), Some(&Value::bool(false)));
    }

    #[test]
    fn what_is_read_is_arranged_as_it_was_written() {
        let written = set(vec![web(&["10.1.0.0/16", "10.0.0.0/16"], "tcp"), web(&["10.2.0.0/16"], "tcp")]);
        let answer = permissions(&atoms(&written), "sg-1");
        assert_eq!(answer.len(), 1);
        let seen = remote(&answer, "sg-1", "1");
        assert_eq!(arrange(Some(&written), seen.clone()), written);
        let fresh = arrange(None, seen);
        assert_eq!(fresh.items().map(<[_]>::len), Some(1));
        assert_eq!(atoms(&fresh), atoms(&written));
    }

    #[test]
    fn a_rule_that_lost_an_address_shows_what_is_left() {
        let written = set(vec![web(&["10.0.0.0/16", "10.1.0.0/16"], "tcp")]);
        let mut seen = atoms(&written);
        seen.pop_first();
        assert_eq!(arrange(Some(&written), seen), set(vec![web(&["10.1.0.0/16"], "tcp")]));
    }

    #[test]
    fn the_group_itself_and_groups_of_others_are_told_apart() {
        let groups = Value::set(Type::String, vec![Value::string("sg-2"), Value::string("999/sg-3")]);
        let written = set(vec![rule(&[("protocol", Value::string("-1")), ("self", Value::bool(true)), ("security_groups", groups)])]);
        let answer = permissions(&atoms(&written), "sg-1");
        assert_eq!(answer.first().and_then(|p| p.from_port), None);
        assert_eq!(arrange(None, remote(&answer, "sg-1", "1")), written);
    }

    #[test]
    fn another_description_is_no_other_rule() {
        let with = |text: &str| {
            let rule = web(&["10.0.0.0/16"], "tcp");
            let mut members = rule.members().cloned().unwrap();
            members.insert("description".into(), Value::string(text));
            atoms(&set(vec![Value::object(members)]))
        };
        let change = Change::between(&with("a"), &with("b"));
        assert_eq!((change.add.len(), change.remove.len(), change.describe.len()), (0, 0, 1));
        let change = Change::between(&with("a"), &Atoms::new());
        assert_eq!((change.add.len(), change.remove.len(), change.describe.len()), (0, 1, 0));
    }
}
