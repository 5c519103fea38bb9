//! `aws_security_group_rule`: rules with common ports in one direction of a group.
//!
//! # Quirks
//! The id is a number made from the arguments, the same as the provider's. A rule is there when
//! all its peers are listed in the group; only the description changes in place.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html>.

use crate::aws::clients::Aws;
use crate::aws::resources::security_group::change::{self, Direction};
use crate::aws::resources::security_group::rules::{Atom, Atoms, Peer, Ports, protocol};
use crate::aws::resources::security_group::{NOT_FOUND, check, listed};
use crate::aws::shape::{self, Attrs};
use crate::aws::{groups, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, boolean, list_of, number, string};
use crate::value::{Members, Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::types::SecurityGroupRule as Sdk;

/// `aws_security_group_rule`
pub struct SecurityGroupRule;

const PEERS: [&str; 4] = ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "source_security_group_id"];

fn build() -> ResourceSchema {
    let cidrs = || list_of(Type::String).optional().force_new();
    let block = support::base()
        .attr("cidr_blocks", cidrs())
        .attr("description", string().optional())
        .attr("from_port", number().required().force_new())
        .attr("ipv6_cidr_blocks", cidrs())
        .attr("prefix_list_ids", cidrs())
        .attr("protocol", string().required().force_new())
        .attr("security_group_id", string().required().force_new())
        .attr("security_group_rule_id", string().computed())
        .attr("self", boolean().optional().default(Value::bool(false)).force_new())
        .attr("source_security_group_id", string().optional().computed().force_new())
        .attr("to_port", number().required().force_new())
        .attr("type", string().required().force_new())
        .block("timeouts", timeouts::block(&["create"]));
    let mut schema = ResourceSchema::new(2, block);
    schema.rules.customize.push(region::plan);
    schema.rules.customize.push(plan);
    schema.rules.validate.push(validate);
    schema.rules.equal = Some(|path, prior, planned| match (prior.as_str(), planned.as_str()) {
        (Some(a), Some(b)) => path.schema_key() == "protocol" && protocol(a) == protocol(b),
        _ => false,
    });
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let error = |at: &str, message: String| RuleError { path: Path::attr(at), message };
    let mut errors = Vec::new();
    if shape::text(config, "type").is_some_and(|t| !["ingress", "egress"].contains(&t)) {
        errors.push(error("type", "The type of a rule is `ingress` or `egress`.".into()));
    }
    let written = |n: &str| config.get(n).is_some_and(|v| !v.is_null());
    if !PEERS.iter().any(|n| written(n)) && !written("self") {
        errors.push(error(
            "type",
            "One of `cidr_blocks`, `ipv6_cidr_blocks`, `prefix_list_ids`, `self` and `source_security_group_id` is needed.".into(),
        ));
    }
    let own = shape::flag(config, "self") == Some(true);
    let others = ["cidr_blocks", "ipv6_cidr_blocks", "source_security_group_id"]
        .into_iter()
        .filter(|n| written(n) && (own || *n != "source_security_group_id"));
    if own && written("source_security_group_id")
        || (written("source_security_group_id") && (written("cidr_blocks") || written("ipv6_cidr_blocks")))
    {
        let names = others.map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        errors.push(error(
            "source_security_group_id",
            format!("A rule has addresses, `self` or `source_security_group_id`; here are also {names}."),
        ));
    }
    let port = |n: &str| config.get(n).and_then(Value::as_i64);
    // All protocols: AWS keeps no ports, and configurations write 0, -1 or 65535 here.
    let narrow = shape::text(config, "protocol").filter(|p| protocol(p) != "-1");
    if let Some(message) = narrow.and_then(|p| check::ports(p, port("from_port"), port("to_port"))) {
        errors.push(error("protocol", message));
    }
    for (name, six) in [("cidr_blocks", false), ("ipv6_cidr_blocks", true)] {
        errors.extend(shape::strings(config, name).iter().filter_map(|c| check::network(c, six)).map(|m| error(name, m)));
    }
    errors.extend(shape::text(config, "description").and_then(check::description).map(|m| error("description", m)));
    errors
}

/// The protocol is planned as it will be read. A rule for all protocols has no ports, so another number is no change.
fn plan(draft: &mut DiffDraft<'_>) {
    let all = |v: Option<&Value>| v.and_then(Value::as_str).is_some_and(|p| protocol(p) == "-1");
    if all(draft.prior("protocol")) && all(draft.planned("protocol")) {
        for port in ["from_port", "to_port"] {
            if let Some(old) = draft.prior(port).cloned() {
                draft.set(port, old);
            }
        }
    }
    let Some(written) = draft.planned("protocol") else { return };
    let Some(normal) = written.as_str().map(|p| Value::string(protocol(p)).mark(written.marks())) else { return };
    draft.set("protocol", normal);
}

fn direction(object: &Value) -> Direction {
    if shape::text(object, "type") == Some("egress") { Direction::Out } else { Direction::In }
}

fn wanted(object: &Value) -> Atoms {
    let number = |n: &str| object.get(n).and_then(Value::as_i64).unwrap_or(0);
    let protocol = protocol(shape::text(object, "protocol").unwrap_or_default());
    let port = |n: &str| if protocol == "-1" { 0 } else { number(n) };
    let ports = Ports { from: port("from_port"), to: port("to_port"), protocol: protocol.clone() };
    let group = shape::text(object, "security_group_id");
    let mut peers: Vec<Peer> = shape::strings(object, "cidr_blocks").into_iter().map(Peer::Cidr4).collect();
    peers.extend(shape::strings(object, "ipv6_cidr_blocks").into_iter().map(Peer::Cidr6));
    peers.extend(shape::strings(object, "prefix_list_ids").into_iter().map(Peer::PrefixList));
    if shape::flag(object, "self") == Some(true) {
        peers.push(Peer::Own);
    } else if let Some(source) = shape::text(object, "source_security_group_id") {
        peers.push(if Some(source) == group { Peer::Own } else { Peer::Group(source.to_string()) });
    }
    let description = shape::text(object, "description").unwrap_or_default();
    peers.into_iter().map(|peer| Atom { ports: ports.clone(), peer, description: description.to_string() }).collect()
}

/// The provider's id: a checksum of group, ports, protocol, type and sorted peers.
fn id_of(object: &Value) -> String {
    let group = shape::text(object, "security_group_id").unwrap_or_default();
    let wanted = wanted(object);
    let mut parts = vec![group.to_string()];
    if let Some(atom) = wanted.first() {
        parts.extend([atom.ports.from, atom.ports.to].into_iter().filter(|p| *p > 0).map(|p| p.to_string()));
        parts.push(atom.ports.protocol.clone());
    }
    parts.push(direction(object).name().to_string());
    let mut text = parts.join("-") + "-";
    for atom in &wanted {
        match &atom.peer {
            Peer::Cidr4(p) | Peer::Cidr6(p) | Peer::PrefixList(p) => text += &format!("{p}-"),
            Peer::Group(g) => text += &format!("{}--", g.rsplit('/').next().unwrap_or(g)),
            Peer::Own => text += &format!("{group}--"),
        }
    }
    format!("sgrule-{}", support::hashcode(&text))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, rules: &[&Sdk]) -> Value {
    let one = if let [rule] = rules { rule.security_group_rule_id() } else { None };
    let description = rules.first().and_then(|r| r.description());
    let number = |n: &str| base.get(n).and_then(Value::as_i64);
    let normal = protocol(shape::text(base, "protocol").unwrap_or_default());
    let source = shape::text(base, "source_security_group_id");
    let attrs = Attrs::over(schema, base)
        .text("id", Some(&id_of(base)))
        .text("region", Some(region::of(ctx)))
        .text("description", description)
        .int("from_port", number("from_port"))
        .int("to_port", number("to_port"))
        .text("protocol", Some(&normal))
        .text("security_group_rule_id", one)
        .flag("self", shape::flag(base, "self"));
    match source {
        Some(source) => attrs.text("source_security_group_id", Some(source)).finish(),
        None => attrs.put("source_security_group_id", Value::null(Type::String)).finish(),
    }
}

/// The listed rules that make up the object; `None` unless all are there.
fn present<'a>(object: &Value, all: &'a [Sdk]) -> Option<Vec<&'a Sdk>> {
    let direction = direction(object);
    let found = wanted(object)
        .iter()
        .map(|w| all.iter().find(|r| listed::direction(r) == direction && listed::same(&listed::atom(r), w)))
        .collect::<Option<Vec<_>>>()?;
    Some(found).filter(|f| !f.is_empty())
}

fn group_of(object: &Object) -> String {
    object.str("security_group_id").unwrap_or_default().to_string()
}

/// An import id: `sg-1_ingress_tcp_80_443_10.0.0.0/8_self_sg-2`.
fn parse(id: &str) -> Option<Members> {
    let (id, region) = region::split_import(id);
    let mut parts = id.split('_');
    let mut next = || parts.next().filter(|p| !p.is_empty());
    let (group, kind, written, from, to) = (next()?, next()?, next()?, next()?, next()?);
    let port = |p: &str| if p == "all" { Some(0) } else { p.parse::<i64>().ok() };
    let peers: Vec<&str> = parts.collect();
    if !["ingress", "egress"].contains(&kind) || !group.starts_with("sg-") || peers.is_empty() {
        return None;
    }
    let list = |fits: fn(&str) -> bool| Value::list(Type::String, peers.iter().filter(|p| fits(p)).map(Value::string).collect());
    let source = peers.iter().find(|p| p.contains("sg-"));
    let mut members: Members = [
        ("security_group_id".into(), Value::string(group)),
        ("type".into(), Value::string(kind)),
        ("protocol".into(), Value::string(protocol(written))),
        ("from_port".into(), Value::int(port(from)?)),
        ("to_port".into(), Value::int(port(to)?)),
        ("cidr_blocks".into(), list(|p| p.contains('/') && !p.contains(':') && !p.contains("sg-"))),
        ("ipv6_cidr_blocks".into(), list(|p| p.contains(':'))),
        ("prefix_list_ids".into(), list(|p| p.starts_with("pl-"))),
        ("self".into(), Value::bool(peers.contains(&"self"))),
    ]
    .into();
    if let Some(source) = source {
        members.insert("source_security_group_id".into(), Value::string(source));
    }
    if let Some(region) = region {
        members.insert("region".into(), Value::string(region));
    }
    let id = id_of(&Value::object(members.clone()));
    members.insert("id".into(), Value::string(id));
    Some(members)
}

#[async_trait]
impl ResourceType for SecurityGroupRule {
    support::basics!("aws_security_group_rule", build);

    fn shows_in(&self) -> &'static [&'static str] {
        &["aws_security_group"]
    }

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeSecurityGroupRules"],
            create: &["ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress"],
            update: &["ec2:UpdateSecurityGroupRuleDescriptionsIngress", "ec2:UpdateSecurityGroupRuleDescriptionsEgress"],
            delete: &["ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let ids: Vec<String> = priors.iter().map(|p| group_of(p.object)).collect();
        let all = match listed::of_groups(&client, &ids).await {
            Ok(all) => all,
            Err(error) => return groups::all_failed(priors, &error.while_doing("Reading the rule")),
        };
        let schema = self.schema();
        let one = |prior: &Prior<'_>| {
            let rules = all.get(&group_of(prior.object)).map(Vec::as_slice).unwrap_or_default();
            match present(&prior.object.attributes, rules) {
                Some(rules) => {
                    let attributes = flatten(ctx, &schema, &prior.object.attributes, &rules);
                    ReadOutcome::Found(Box::new(Object { attributes, private: prior.object.private.clone() }))
                }
                None => ReadOutcome::Gone,
            }
        };
        priors.iter().map(one).collect()
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let planned = request.planned;
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return Applied::failed(error),
        };
        let group = shape::text(planned, "security_group_id").unwrap_or_default();
        if let Err(error) = change::allow_new(&client, group, direction(planned), &wanted(planned)).await {
            return Applied::failed(error.while_doing("Creating the rule"));
        }
        let object = support::started(&self.schema(), ctx, planned, &id_of(planned));
        let done = support::reached(request.checkpoint, &object).await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let (prior, planned) = (&request.prior.attributes, request.planned);
        let group = group_of(request.prior);
        let done = match Aws::ec2_of(ctx) {
            Ok(client) => change::apply(&client, &group, direction(planned), &wanted(prior), &wanted(planned)).await,
            Err(error) => Err(error),
        };
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let prior = &request.prior.attributes;
        match change::forbid(&client, &group_of(request.prior), direction(prior), &wanted(prior)).await {
            Err(e) if e.is(NOT_FOUND) => Ok(()),
            other => other.map_err(|e| e.while_doing("Deleting the rule")),
        }
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let schema = self.schema();
        let candidates =
            intents.iter().enumerate().map(|(i, intent)| (i, support::started(&schema, ctx, &intent.planned, &id_of(&intent.planned))));
        support::located_as(self, ctx, intents, candidates.collect()).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let wrong = || support::import_error("it is GROUP_TYPE_PROTOCOL_FROM_TO_PEER..., as in `sg-1_ingress_tcp_80_443_10.0.0.0/8`");
        let members = parse(id).ok_or_else(wrong)?;
        Ok(Object::new(Attrs::over(&self.schema(), &Value::object(members)).finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str) -> Value {
        SecurityGroupRule.import(id).unwrap().attributes
    }

    #[test]
    fn import_ids_are_taken_apart() {
        let web = rule("sg-1_ingress_6_80_443_10.0.0.0/8_::/0");
        assert_eq!(shape::strings(&web, "cidr_blocks"), ["10.0.0.0/8"]);
        assert_eq!(shape::strings(&web, "ipv6_cidr_blocks"), ["::/0"]);
        assert_eq!(shape::text(&web, "protocol"), Some("tcp"));
        assert_eq!(shape::flag(&rule("sg-1_egress_all_0_0_self"), "self"), Some(true));
        assert_eq!(shape::text(&rule("sg-1_egress_all_0_0_9/sg-2"), "source_security_group_id"), Some("9/sg-2"));
        assert!(SecurityGroupRule.import("sg-1_both_tcp_1_2_self").is_err());
    }

    #[test]
    fn ids_do_not_depend_on_the_order_of_peers() {
        let id = |text: &str| id_of(&rule(text));
        assert_eq!(id("sg-1_ingress_tcp_80_80_10.1.0.0/16_10.0.0.0/16"), id("sg-1_ingress_tcp_80_80_10.0.0.0/16_10.1.0.0/16"));
        assert_ne!(id("sg-1_ingress_tcp_80_80_10.1.0.0/16"), id("sg-1_egress_tcp_80_80_10.1.0.0/16"));
        let expected = format!("sgrule-{}", support::hashcode("sg-1-80-80-tcp-ingress-10.0.0.0/16-"));
        assert_eq!(id("sg-1_ingress_tcp_80_80_10.0.0.0/16"), expected);
    }

    #[test]
    fn a_rule_needs_a_peer() {
        let config = Value::object([("type".into(), Value::string("ingress")), ("protocol".into(), Value::string("tcp"))].into());
        assert_eq!(validate(&config).len(), 1);
    }
}
