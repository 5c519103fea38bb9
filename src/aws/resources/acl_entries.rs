//! Entries of network ACLs, shared by the ACL types and `aws_network_acl_rule`.
//!
//! The API speaks protocol numbers, and so does the state: a configured `tcp` is planned as `6`. The
//! last entries (32767, 32768) are AWS's own. For protocol -1 the API keeps no ports.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html>.

use crate::aws::ec2;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::shape;
use crate::provider::{ErrorKind, ProviderError};
use crate::schema::{DiffDraft, RuleError};
use crate::value::{Members, Path, Type, Value};
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{IcmpTypeCode, NetworkAcl, NetworkAclAssociation, NetworkAclEntry, PortRange, RuleAction};

/// Answers that mean "no such ACL".
pub const NO_ACL: &[&str] = &["InvalidNetworkAclID.NotFound"];
/// Entries that AWS makes and keeps.
const FIRST_OWN: i32 = 32767;

/// Protocol names that the console and people use; the API answers numbers
/// (<https://www.iana.org/assignments/protocol-numbers/>).
const PROTOCOLS: &[(&str, i32)] = &[
    ("all", -1),
    ("ah", 51),
    ("egp", 8),
    ("esp", 50),
    ("eigrp", 88),
    ("etherip", 97),
    ("ggp", 3),
    ("gre", 47),
    ("hmp", 20),
    ("hopopt", 0),
    ("icmp", 1),
    ("icmpv6", 58),
    ("idrp", 45),
    ("igmp", 2),
    ("igp", 9),
    ("ipcomp", 108),
    ("ipip", 94),
    ("ipv4", 4),
    ("ipv6", 41),
    ("ipv6-frag", 44),
    ("ipv6-icmp", 58),
    ("ipv6-nonxt", 59),
    ("ipv6-opts", 60),
    ("ipv6-route", 43),
    ("isis", 124),
    ("l2tp", 115),
    ("ospf", 89),
    ("pim", 103),
    ("rdp", 27),
    ("rsvp", 46),
    ("sctp", 132),
    ("tcp", 6),
    ("udp", 17),
    ("udplite", 136),
    ("vrrp", 112),
];

/// The number of a protocol given by name or number.
#[must_use]
pub fn protocol_number(text: &str) -> Option<i32> {
    match text.parse::<i32>() {
        Ok(n) if (-1..=255).contains(&n) => Some(n),
        Ok(_) => None,
        Err(_) => PROTOCOLS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, n)| *n),
    }
}

/// A protocol as the state holds it: the number as text; unknown names as they are.
#[must_use]
pub fn protocol_text(text: &str) -> String {
    protocol_number(text).map_or_else(|| text.to_string(), |n| n.to_string())
}

/// An element of `ingress` or `egress`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whether it is for outgoing traffic.
    pub egress: bool,
    /// Its number.
    pub number: i32,
    /// `allow` or `deny`
    pub action: String,
    /// Protocol number.
    pub protocol: i32,
    /// Ports.
    pub ports: (i32, i32),
    /// ICMP type and code.
    pub icmp: (i32, i32),
    /// IPv4 block.
    pub cidr: Option<String>,
    /// IPv6 block.
    pub cidr6: Option<String>,
}

impl Entry {
    /// From an element of a rule set.
    #[must_use]
    pub fn of(element: &Value, egress: bool) -> Option<Self> {
        let int = |n: &str| shape::int(element, n).unwrap_or(0);
        Some(Entry {
            egress,
            number: shape::int(element, "rule_no")?,
            action: shape::text(element, "action")?.to_lowercase(),
            protocol: protocol_number(shape::text(element, "protocol")?)?,
            ports: (int("from_port"), int("to_port")),
            icmp: (int("icmp_type"), int("icmp_code")),
            cidr: shape::string(element, "cidr_block"),
            cidr6: shape::string(element, "ipv6_cidr_block"),
        })
    }

    /// From an answer.
    #[must_use]
    pub fn of_sdk(entry: &NetworkAclEntry) -> Self {
        let ports = entry.port_range().map(|p| (p.from().unwrap_or(0), p.to().unwrap_or(0)));
        let icmp = entry.icmp_type_code().map(|i| (i.r#type().unwrap_or(0), i.code().unwrap_or(0)));
        Entry {
            egress: entry.egress().unwrap_or(false),
            number: entry.rule_number().unwrap_or(0),
            action: entry.rule_action().map(RuleAction::as_str).unwrap_or_default().to_string(),
            protocol: entry.protocol().and_then(protocol_number).unwrap_or(-1),
            ports: ports.unwrap_or_default(),
            icmp: icmp.unwrap_or_default(),
            cidr: entry.cidr_block().map(str::to_string),
            cidr6: entry.ipv6_cidr_block().map(str::to_string),
        }
    }

    /// As an element of a rule set.
    #[must_use]
    pub fn value(&self) -> Value {
        let text = |t: Option<&str>| Value::string(t.unwrap_or_default());
        let int = |n: i32| Value::int(i64::from(n));
        let members: Members = [
            ("action".into(), Value::string(&self.action)),
            ("cidr_block".into(), text(self.cidr.as_deref())),
            ("from_port".into(), int(self.ports.0)),
            ("icmp_code".into(), int(self.icmp.1)),
            ("icmp_type".into(), int(self.icmp.0)),
            ("ipv6_cidr_block".into(), text(self.cidr6.as_deref())),
            ("protocol".into(), Value::string(self.protocol.to_string())),
            ("rule_no".into(), int(self.number)),
            ("to_port".into(), int(self.ports.1)),
        ]
        .into();
        Value::object(members)
    }
}

/// Members of an element with their types.
pub const MEMBERS: [(&str, Type); 9] = [
    ("action", Type::String),
    ("cidr_block", Type::String),
    ("from_port", Type::Number),
    ("icmp_code", Type::Number),
    ("icmp_type", Type::Number),
    ("ipv6_cidr_block", Type::String),
    ("protocol", Type::String),
    ("rule_no", Type::Number),
    ("to_port", Type::Number),
];

/// `ingress` or `egress` of an ACL, without AWS's own entries.
#[must_use]
pub fn flatten(acl: &NetworkAcl, egress: bool) -> Value {
    let own = acl.entries().iter().filter(|e| e.egress() == Some(egress) && e.rule_number().unwrap_or(0) < FIRST_OWN);
    Value::set(Type::object(MEMBERS), own.map(|e| Entry::of_sdk(e).value()).collect())
}

/// Plans the rule sets as the state will hold them: numbers for protocols, lower case for actions.
pub fn plan(draft: &mut DiffDraft<'_>) {
    for (name, egress) in [("ingress", false), ("egress", true)] {
        let Some(set) = draft.planned(name).cloned() else { continue };
        let canonical = set.map_children(&mut |element| {
            if !element.is_wholly_known() {
                return element.clone();
            }
            Entry::of(element, egress).map_or_else(|| element.clone(), |e| e.value())
        });
        draft.set(name, canonical);
    }
}

/// Checks the rule sets: known protocols, ports 0 for protocol -1, numbers, one block each.
#[must_use]
pub fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = Vec::new();
    for set in ["ingress", "egress"] {
        for (i, element) in shape::objects(config, set).iter().enumerate() {
            let mut complain =
                |member: &str, message: String| errors.push(RuleError { path: Path::attr(set).index(i).then(member), message });
            let protocol = shape::text(element, "protocol");
            if let Some(text) = protocol.filter(|t| protocol_number(t).is_none()) {
                complain("protocol", format!("`{text}` is no protocol: give its number, or a name such as `tcp`."));
            }
            let ports = ["from_port", "to_port"].iter().any(|p| shape::int(element, p).is_some_and(|n| n != 0));
            if protocol.and_then(protocol_number) == Some(-1) && ports {
                complain("from_port", "`from_port` and `to_port` must be 0 for the protocol -1 (all).".into());
            }
            if shape::int(element, "rule_no").is_some_and(|n| !(1..FIRST_OWN).contains(&n)) {
                complain("rule_no", "A rule number lies between 1 and 32766.".into());
            }
            if shape::text(element, "action").is_some_and(|a| !["allow", "deny"].contains(&a.to_lowercase().as_str())) {
                complain("action", "An action is `allow` or `deny`.".into());
            }
        }
    }
    errors
}

/// Makes an entry.
///
/// # Errors
/// The failing call.
pub async fn create(client: &Client, acl: &str, entry: &Entry) -> Result<(), ApiError> {
    let ports = PortRange::builder().from(entry.ports.0).to(entry.ports.1).build();
    let icmp = IcmpTypeCode::builder().r#type(entry.icmp.0).code(entry.icmp.1).build();
    let request = client
        .create_network_acl_entry()
        .network_acl_id(acl)
        .egress(entry.egress)
        .rule_number(entry.number)
        .protocol(entry.protocol.to_string())
        .rule_action(RuleAction::from(entry.action.as_str()))
        .port_range(ports)
        .set_cidr_block(entry.cidr.clone())
        .set_ipv6_cidr_block(entry.cidr6.clone())
        .set_icmp_type_code([1, 58].contains(&entry.protocol).then_some(icmp));
    call("ec2:CreateNetworkAclEntry", request.send()).await.map(|_| ())
}

/// Removes an entry; one that is not there is no error.
///
/// # Errors
/// The failing call.
pub async fn delete(client: &Client, acl: &str, egress: bool, number: i32) -> Result<(), ApiError> {
    let request = client.delete_network_acl_entry().network_acl_id(acl).egress(egress).rule_number(number);
    let gone: Vec<&str> = ["InvalidNetworkAclEntry.NotFound"].iter().chain(NO_ACL).copied().collect();
    absent(call("ec2:DeleteNetworkAclEntry", request.send()).await, &gone).map(|_| ())
}

/// Brings the entries of an ACL from the prior to the planned sets: removes first, since numbers
/// are unique.
///
/// # Errors
/// The failing call.
pub async fn update(client: &Client, acl: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    for (set, egress) in [("ingress", false), ("egress", true)] {
        if !shape::changed(prior, planned, set) {
            continue;
        }
        let of = |v: &Value| shape::objects(v, set).iter().filter_map(|e| Entry::of(e, egress)).collect::<Vec<_>>();
        let (old, new) = (of(prior), of(planned));
        for entry in old.iter().filter(|e| !new.contains(e)) {
            delete(client, acl, egress, entry.number).await.map_err(|e| e.while_doing("Removing a rule of the network ACL").at(set))?;
        }
        for entry in new.iter().filter(|e| !old.contains(e)) {
            create(client, acl, entry).await.map_err(|e| e.while_doing("Adding a rule to the network ACL").at(set))?;
        }
    }
    Ok(())
}

/// ACLs that a filter finds.
///
/// # Errors
/// The failing call.
pub async fn acls(client: &Client, name: &str, values: &[String]) -> Result<Vec<NetworkAcl>, ApiError> {
    let mut found = Vec::new();
    for chunk in values.chunks(crate::aws::groups::CHUNK) {
        let pages = client.describe_network_acls().filters(ec2::filter(name, chunk)).into_paginator().items().send();
        found.extend(call("ec2:DescribeNetworkAcls", pages.collect::<Result<Vec<_>, _>>()).await?);
    }
    Ok(found)
}

/// ACLs by id, as a group answer.
///
/// # Errors
/// The failing call.
pub async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, NetworkAcl)>, ApiError> {
    let acls = acls(&client, "network-acl-id", &ids).await?;
    Ok(acls.into_iter().filter_map(|a| Some((a.network_acl_id()?.to_string(), a))).collect())
}

/// One ACL by id.
///
/// # Errors
/// The failing call.
pub async fn describe_one(client: Client, id: String) -> Result<Option<NetworkAcl>, ApiError> {
    let answer = call("ec2:DescribeNetworkAcls", client.describe_network_acls().network_acl_ids(id).send()).await;
    Ok(absent(answer, NO_ACL)?.and_then(|a| a.network_acls.unwrap_or_default().pop()))
}

/// Associations of these subnets.
///
/// # Errors
/// The failing call.
pub async fn of_subnets(client: &Client, subnets: &[String]) -> Result<Vec<NetworkAclAssociation>, ApiError> {
    let acls = acls(client, "association.subnet-id", subnets).await?;
    let all = acls.into_iter().flat_map(|a| a.associations.unwrap_or_default());
    Ok(all.filter(|a| a.subnet_id().is_some_and(|s| subnets.iter().any(|x| x == s))).collect())
}

/// Gives a subnet another ACL; the new association's id. A subnet always has exactly one.
///
/// # Errors
/// The failing call; a subnet that does not exist.
pub async fn associate(client: &Client, subnet: &str, acl: &str) -> Result<String, ProviderError> {
    let doing = "Giving a subnet its network ACL";
    for attempt in 0..3 {
        let now = of_subnets(client, &[subnet.to_string()]).await.map_err(|e| e.while_doing(doing))?;
        let Some(now) = now.into_iter().next() else {
            return Err(ProviderError::new(ErrorKind::NotFound, format!("{doing} failed"), format!("There is no subnet {subnet}.")));
        };
        let id = now.network_acl_association_id().unwrap_or_default().to_string();
        if now.network_acl_id() == Some(acl) {
            return Ok(id);
        }
        let sent = client.replace_network_acl_association().association_id(id).network_acl_id(acl);
        match call("ec2:ReplaceNetworkAclAssociation", sent.send()).await {
            Ok(made) => return Ok(made.new_association_id.unwrap_or_default()),
            Err(e) if e.is(&["InvalidAssociationID.NotFound"]) && attempt < 2 => {}
            Err(e) => return Err(e.while_doing(doing)),
        }
    }
    Err(ProviderError::new(ErrorKind::Unsettled, format!("{doing} failed"), format!("The association of {subnet} changes all the time.")))
}

/// The default ACL of a VPC.
///
/// # Errors
/// The failing call.
pub async fn default_of(client: &Client, vpc: &str) -> Result<Option<String>, ApiError> {
    let request = client.describe_network_acls().filters(ec2::filter("vpc-id", [vpc])).filters(ec2::filter("default", ["true"]));
    let acls = call("ec2:DescribeNetworkAcls", request.send()).await?.network_acls.unwrap_or_default();
    Ok(acls.into_iter().next().and_then(|a| a.network_acl_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_by_name_and_number() {
        assert_eq!(protocol_number("tcp"), Some(6));
        assert_eq!(protocol_number("TCP"), Some(6));
        assert_eq!(protocol_number("-1"), Some(-1));
        assert_eq!(protocol_number("all"), Some(-1));
        assert_eq!(protocol_number("256"), None);
        assert_eq!(protocol_text("6"), "6");
    }

    fn element(protocol: &str, port: i64, number: i64) -> Value {
        let entry = Entry {
            egress: false,
            number: 1,
            action: "allow".into(),
            protocol: 6,
            ports: (0, 0),
            icmp: (0, 0),
            cidr: Some("10.0.0.0/8".into()),
            cidr6: None,
        };
        let mut members = entry.value().members().cloned().unwrap();
        members.insert("protocol".into(), Value::string(protocol));
        members.insert("from_port".into(), Value::int(port));
        members.insert("rule_no".into(), Value::int(number));
        members.insert("icmp_type".into(), Value::null(Type::Number));
        Value::object(members)
    }

    #[test]
    fn rule_sets_are_planned_as_the_state_holds_them() {
        let config = Value::object([("ingress".into(), Value::set(Type::object(MEMBERS), vec![element("tcp", 80, 1)]))].into());
        let facts = crate::schema::ProviderFacts::default();
        let mut draft =
            DiffDraft { config: &config, prior: None, planned: config.clone(), provider: &facts, replace: vec![], notes: vec![] };
        plan(&mut draft);
        let rule = shape::first(&draft.planned, "ingress").unwrap();
        assert_eq!(shape::text(rule, "protocol"), Some("6"));
        assert_eq!(rule.get("icmp_type"), Some(&Value::int(0)));
    }

    #[test]
    fn rules_are_checked() {
        let of = |e: Value| validate(&Value::object([("egress".into(), Value::set(e.ty(), vec![e]))].into())).len();
        assert_eq!(of(element("-1", 80, 1)), 1);
        assert_eq!(of(element("-1", 0, 1)), 0);
        assert_eq!(of(element("tpc", 0, 1)), 1);
        assert_eq!(of(element("6", 0, 32767)), 1);
    }

    #[test]
    fn entries_of_aws_are_not_read() {
        let entry = |n: i32| {
            NetworkAclEntry::builder()
                .egress(false)
                .rule_number(n)
                .protocol("-1")
                .rule_action(RuleAction::Deny)
                .cidr_block("0.0.0.0/0")
                .build()
        };
        let acl = NetworkAcl::builder().entries(entry(100)).entries(entry(32767)).build();
        let set = flatten(&acl, false);
        assert_eq!(set.items().unwrap().len(), 1);
        assert_eq!(shape::int(&set.items().unwrap()[0], "from_port"), Some(0));
    }
}
