//! `aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`: one rule of a
//! group, known by its own id.
//!
//! # Quirks
//! A rule changes in place as long as the kind of its peer stays. A rule for all protocols reads
//! with ports -1, whatever was written: the state keeps what was written. Protocols have numbers
//! and names that mean the same. A lost create is found by what the rule says, since a group
//! cannot have two rules that say the same.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::resources::security_group::change::{Direction, MISSING};
use crate::aws::resources::security_group::rules::protocol;
use crate::aws::resources::security_group::{check, listed};
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, groups, region, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, map_of, number, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType as Kind, SecurityGroupRule as Sdk, SecurityGroupRuleRequest,
    SecurityGroupRuleUpdate, UserIdGroupPair,
};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// A rule of a direction: `aws_vpc_security_group_ingress_rule`, `aws_vpc_security_group_egress_rule`.
pub struct Rule(pub Direction);

const PEERS: [&str; 4] = ["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"];
const NOT_FOUND: &[&str] = &["InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound", "InvalidGroupId.NotFound"];

fn build() -> ResourceSchema {
    let block = PEERS
        .iter()
        .fold(support::tagged(), |b, n| b.attr(n, string().optional()))
        .attr("description", string().optional())
        .attr("from_port", number().optional())
        .attr("id", string().computed())
        .attr("ip_protocol", string().required())
        .attr("security_group_id", string().required().force_new())
        .attr("security_group_rule_id", string().computed())
        .attr("tags_all", map_of(Type::String).computed())
        .attr("to_port", number().optional());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema.rules.equal = Some(|path, prior, planned| match (prior.as_str(), planned.as_str()) {
        (Some(a), Some(b)) => path.schema_key() == "ip_protocol" && protocol(a) == protocol(b),
        _ => false,
    });
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::exactly_one(config, &PEERS);
    let mut wrong = |at: &str, message: String| errors.push(RuleError { path: Path::attr(at), message });
    let port = |n: &str| config.get(n).and_then(Value::as_i64);
    for name in ["from_port", "to_port"] {
        if port(name).is_some_and(|p| !(-1..=65535).contains(&p)) {
            wrong(name, "Ports go from 0 to 65535; -1 is for all types of ICMP.".into());
        }
        let needed = shape::text(config, "ip_protocol").is_some_and(|p| ["tcp", "udp"].contains(&protocol(p).as_str()));
        if needed && config.get(name).is_none_or(Value::is_null) {
            wrong(name, format!("A rule for TCP or UDP needs `{name}`."));
        }
    }
    if port("from_port").zip(port("to_port")).is_some_and(|(from, to)| from > to && to >= 0) {
        wrong("from_port", "`from_port` is greater than `to_port`.".into());
    }
    for (name, six) in [("cidr_ipv4", false), ("cidr_ipv6", true)] {
        if let Some(message) = shape::text(config, name).and_then(|c| check::network(c, six)) {
            wrong(name, message);
        }
    }
    if let Some(message) = shape::text(config, "description").and_then(check::description) {
        wrong("description", message);
    }
    errors
}

/// Another kind of peer is another rule.
fn plan(draft: &mut DiffDraft<'_>) {
    let Some(prior) = draft.prior else { return };
    let kind = |object: &Value| PEERS.into_iter().find(|n| object.get(n).is_some_and(|v| v.is_unknown() || !shape::is_zero(v)));
    if let (Some(old), Some(new)) = (kind(prior), kind(&draft.planned))
        && old != new
    {
        draft.require_replace(new, Some("the kind of a rule's peer cannot change"));
    }
}

/// The id of another group, and its account's where that is written.
fn group(reference: &str) -> (Option<String>, String) {
    match reference.split_once('/') {
        Some((account, id)) => (Some(account.to_string()), id.to_string()),
        None => (None, reference.to_string()),
    }
}

fn permission(planned: &Value) -> IpPermission {
    let description = shape::string(planned, "description");
    let mut all = IpPermission::builder()
        .ip_protocol(protocol(shape::text(planned, "ip_protocol").unwrap_or_default()))
        .set_from_port(shape::int(planned, "from_port"))
        .set_to_port(shape::int(planned, "to_port"));
    if let Some(cidr) = shape::text(planned, "cidr_ipv4") {
        all = all.ip_ranges(IpRange::builder().cidr_ip(cidr).set_description(description.clone()).build());
    }
    if let Some(cidr) = shape::text(planned, "cidr_ipv6") {
        all = all.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr).set_description(description.clone()).build());
    }
    if let Some(list) = shape::text(planned, "prefix_list_id") {
        all = all.prefix_list_ids(PrefixListId::builder().prefix_list_id(list).set_description(description.clone()).build());
    }
    if let Some(reference) = shape::text(planned, "referenced_security_group_id") {
        let (account, id) = group(reference);
        all = all.user_id_group_pairs(UserIdGroupPair::builder().set_user_id(account).group_id(id).set_description(description).build());
    }
    all.build()
}

fn request(planned: &Value) -> SecurityGroupRuleRequest {
    SecurityGroupRuleRequest::builder()
        .ip_protocol(protocol(shape::text(planned, "ip_protocol").unwrap_or_default()))
        .set_from_port(shape::int(planned, "from_port"))
        .set_to_port(shape::int(planned, "to_port"))
        .set_cidr_ipv4(shape::string(planned, "cidr_ipv4"))
        .set_cidr_ipv6(shape::string(planned, "cidr_ipv6"))
        .set_prefix_list_id(shape::string(planned, "prefix_list_id"))
        .set_referenced_group_id(shape::text(planned, "referenced_security_group_id").map(|r| group(r).1))
        .set_description(Some(shape::string(planned, "description").unwrap_or_default()))
        .build()
}

/// The other group of a listed rule as it is written in a configuration.
fn referenced(rule: &Sdk) -> Option<String> {
    let info = rule.referenced_group_info()?;
    let id = info.group_id()?;
    let other = info.user_id().filter(|u| !u.is_empty() && rule.group_owner_id().is_some_and(|own| own != *u));
    Some(other.map_or_else(|| id.to_string(), |account| format!("{account}/{id}")))
}

fn ports(object: &Value) -> (i64, i64) {
    let port = |n: &str| object.get(n).and_then(Value::as_i64).unwrap_or(-1);
    (port("from_port"), port("to_port"))
}

/// Whether a listed rule says what is planned.
fn says(rule: &Sdk, planned: &Value) -> bool {
    let wanted = protocol(shape::text(planned, "ip_protocol").unwrap_or_default());
    let same = protocol(rule.ip_protocol().unwrap_or_default()) == wanted;
    let port = |n: Option<i32>| n.map_or(-1, i64::from);
    let peer = [rule.cidr_ipv4(), rule.cidr_ipv6(), rule.prefix_list_id()].into_iter().map(|t| t.map(str::to_string));
    let peers = peer.chain([referenced(rule)]);
    same && (wanted == "-1" || ports(planned) == (port(rule.from_port()), port(rule.to_port())))
        && PEERS
            .iter()
            .zip(peers)
            .all(|(name, there)| shape::string(planned, name).map(|t| t.to_lowercase()) == there.map(|t| t.to_lowercase()))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, rule: &Sdk) -> Value {
    let id = rule.security_group_rule_id().unwrap_or_default();
    let (tags, tags_all) = ec2::observed(ctx, rule.tags(), base);
    let answered = rule.ip_protocol().unwrap_or_default();
    let written = shape::text(base, "ip_protocol").filter(|w| protocol(w) == protocol(answered));
    let all = protocol(answered) == "-1";
    let kept = |name: &str, there: Option<&str>| {
        let before = shape::text(base, name).filter(|b| there.is_some_and(|t| t.eq_ignore_ascii_case(b)));
        before.or(there).map(str::to_string)
    };
    let port = |name: &str, there: Option<i32>| {
        let before = base.get(name).filter(|v| !v.is_unknown() && (v.is_null() || all));
        match (before, there) {
            (Some(before), _) if all || there == Some(-1) => before.unmark_deep().0,
            (_, Some(n)) => Value::int(n.into()),
            _ => Value::null(Type::Number),
        }
    };
    Attrs::over(schema, base)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, rule.group_owner_id(), &format!("security-group-rule/{id}"))))
        .text_or_null("cidr_ipv4", kept("cidr_ipv4", rule.cidr_ipv4()).as_deref())
        .text_or_null("cidr_ipv6", kept("cidr_ipv6", rule.cidr_ipv6()).as_deref())
        .text_or_null("prefix_list_id", rule.prefix_list_id())
        .text_or_null("referenced_security_group_id", kept("referenced_security_group_id", referenced(rule).as_deref()).as_deref())
        .text_or_null("description", rule.description())
        .put("from_port", port("from_port", rule.from_port()))
        .put("to_port", port("to_port", rule.to_port()))
        .text("ip_protocol", written.or(Some(answered)))
        .text("security_group_id", rule.group_id())
        .text("security_group_rule_id", Some(id))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let pages = client.describe_security_group_rules().filters(ec2::filter("security-group-rule-id", ids)).into_paginator().items().send();
    let rules = call("ec2:DescribeSecurityGroupRules", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(rules.into_iter().filter_map(|r| Some((r.security_group_rule_id()?.to_string(), r))).collect())
}

async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    let answer = call("ec2:DescribeSecurityGroupRules", client.describe_security_group_rules().security_group_rule_ids(id).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.security_group_rules.unwrap_or_default().pop()))
}

impl Rule {
    async fn make(&self, ctx: &Ctx<'_>, planned: &Value) -> Result<Object, ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let group = shape::text(planned, "security_group_id").unwrap_or_default();
        let tags = ec2::tag_specification(ctx, Kind::SecurityGroupRule, planned, None);
        let permission = permission(planned);
        let rules = match self.0 {
            Direction::In => {
                let send =
                    client.authorize_security_group_ingress().group_id(group).ip_permissions(permission).set_tag_specifications(tags);
                call("ec2:AuthorizeSecurityGroupIngress", send.send()).await.map(|a| a.security_group_rules)
            }
            Direction::Out => {
                let send = client.authorize_security_group_egress().group_id(group).ip_permissions(permission).set_tag_specifications(tags);
                call("ec2:AuthorizeSecurityGroupEgress", send.send()).await.map(|a| a.security_group_rules)
            }
        };
        let made = match rules {
            Ok(rules) => rules.unwrap_or_default().pop().and_then(|r| r.security_group_rule_id),
            Err(e) if e.is(&["InvalidPermission.Duplicate"]) => {
                let help = "A rule that says the same is in the group already: import it, or remove it there.";
                return Err(e.while_doing("Creating the rule").help(help));
            }
            Err(e) => return Err(e.while_doing("Creating the rule")),
        };
        let id = match made {
            Some(id) => id,
            None => self.find(&client, planned).await?.unwrap_or_default(),
        };
        Ok(support::started(&self.schema(), ctx, planned, &id))
    }

    /// The id of the rule that says what is planned.
    async fn find(&self, client: &Client, planned: &Value) -> Result<Option<String>, ApiError> {
        let group = shape::string(planned, "security_group_id").unwrap_or_default();
        let all = listed::of_groups(client, std::slice::from_ref(&group)).await?;
        Ok(self.among(&all, planned))
    }

    fn among(&self, all: &BTreeMap<String, Vec<Sdk>>, planned: &Value) -> Option<String> {
        let rules = all.get(shape::text(planned, "security_group_id")?)?;
        let found = rules.iter().find(|r| listed::direction(r) == self.0 && says(r, planned))?;
        found.security_group_rule_id().map(str::to_string)
    }

    async fn change(&self, ctx: &Ctx<'_>, change: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let (prior, planned) = (&change.prior.attributes, change.planned);
        let id = change.prior.id().unwrap_or_default();
        let parts = PEERS.into_iter().chain(["description", "from_port", "ip_protocol", "to_port"]);
        if parts.into_iter().any(|n| shape::changed(prior, planned, n)) {
            let update = SecurityGroupRuleUpdate::builder().security_group_rule_id(id).security_group_rule(request(planned)).build();
            let group = change.prior.str("security_group_id").unwrap_or_default();
            let send = client.modify_security_group_rules().group_id(group).security_group_rules(update).send();
            call("ec2:ModifySecurityGroupRules", send).await.map_err(|e| e.while_doing("Changing the rule"))?;
        }
        ec2::update_tags(ctx, &client, id, prior, planned).await
    }
}

#[async_trait]
impl ResourceType for Rule {
    fn name(&self) -> &'static str {
        match self.0 {
            Direction::In => "aws_vpc_security_group_ingress_rule",
            Direction::Out => "aws_vpc_security_group_egress_rule",
        }
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        static SCHEMA: OnceLock<Arc<ResourceSchema>> = OnceLock::new();
        SCHEMA.get_or_init(|| Arc::new(build())).clone()
    }

    fn shows_in(&self) -> &'static [&'static str] {
        &["aws_security_group"]
    }

    fn iam(&self) -> IamActions {
        let (create, delete): (&[&str], &[&str]) = match self.0 {
            Direction::In => (&["ec2:AuthorizeSecurityGroupIngress", "ec2:CreateTags"], &["ec2:RevokeSecurityGroupIngress"]),
            Direction::Out => (&["ec2:AuthorizeSecurityGroupEgress", "ec2:CreateTags"], &["ec2:RevokeSecurityGroupEgress"]),
        };
        let update: &[&str] = &["ec2:ModifySecurityGroupRules", "ec2:CreateTags", "ec2:DeleteTags"];
        IamActions { read: &["ec2:DescribeSecurityGroupRules"], create, update, delete }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let ids = groups::ids(priors);
        let found = groups::find_all(&ids, |ids| describe(client.clone(), ids), |id| describe_one(client.clone(), id)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, rule| flatten(ctx, &schema, base, rule))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, request.planned).await {
            Ok(object) => {
                let done = support::reached(request.checkpoint, &object).await;
                support::finish(self, ctx, request.addr, object, done).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = self.change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let id = request.prior.id().unwrap_or_default();
        let group = request.prior.str("security_group_id").unwrap_or_default();
        let gone = match self.0 {
            Direction::In => {
                let send = client.revoke_security_group_ingress().group_id(group).security_group_rule_ids(id).send();
                call("ec2:RevokeSecurityGroupIngress", send).await.map(drop)
            }
            Direction::Out => {
                let send = client.revoke_security_group_egress().group_id(group).security_group_rule_ids(id).send();
                call("ec2:RevokeSecurityGroupEgress", send).await.map(drop)
            }
        };
        let gone = absent(gone, MISSING).map(drop);
        absent(gone, NOT_FOUND).map(drop).map_err(|e| e.while_doing("Deleting the rule"))
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let ids: Vec<String> = intents.iter().filter_map(|i| shape::string(&i.planned, "security_group_id")).collect();
        let all = listed::of_groups(&Aws::ec2_of(ctx)?, &ids).await?;
        let found = intents.iter().filter_map(|i| Some((i.token.clone(), self.among(&all, &i.planned)?))).collect();
        support::located(self, ctx, intents, &found).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::ReferencedSecurityGroup;

    fn object(pairs: &[(&str, Value)]) -> Value {
        Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
    }
    fn text(t: &str) -> Value {
        Value::string(t)
    }

    #[test]
    fn a_rule_needs_one_peer_and_its_ports() {
        let web =
            |more: (&str, Value)| object(&[("ip_protocol", text("6")), ("from_port", Value::int(80)), ("to_port", Value::int(80)), more]);
        assert!(validate(&web(("cidr_ipv4", text("10.0.0.0/8")))).is_empty());
        assert_eq!(validate(&web(("cidr_ipv4", text("10.0.0.1/8")))).len(), 1);
        assert_eq!(validate(&web(("description", text("x")))).len(), 1);
        assert_eq!(validate(&object(&[("ip_protocol", text("tcp")), ("prefix_list_id", text("pl-1"))])).len(), 2);
        assert!(validate(&object(&[("ip_protocol", text("-1")), ("prefix_list_id", text("pl-1"))])).is_empty());
    }

    #[test]
    fn a_rule_is_found_by_what_it_says() {
        let rule = Sdk::builder().ip_protocol("tcp").from_port(80).to_port(81).cidr_ipv4("10.0.0.0/8").build();
        let planned = |cidr: &str, to: i64| {
            object(&[("ip_protocol", text("6")), ("from_port", Value::int(80)), ("to_port", Value::int(to)), ("cidr_ipv4", text(cidr))])
        };
        assert!(says(&rule, &planned("10.0.0.0/8", 81)));
        assert!(!says(&rule, &planned("10.0.0.0/8", 82)) && !says(&rule, &planned("10.0.0.0/16", 81)));
        let all = Sdk::builder().ip_protocol("-1").from_port(-1).to_port(-1).cidr_ipv6("::/0").build();
        assert!(says(&all, &object(&[("ip_protocol", text("all")), ("cidr_ipv6", text("::/0")), ("from_port", Value::int(0))])));
    }

    #[test]
    fn groups_of_other_accounts_keep_their_account() {
        let of = |user: &str| {
            let info = ReferencedSecurityGroup::builder().group_id("sg-2").user_id(user).build();
            referenced(&Sdk::builder().group_owner_id("1").referenced_group_info(info).build())
        };
        assert_eq!((of("1").as_deref(), of("9").as_deref()), (Some("sg-2"), Some("9/sg-2")));
        assert_eq!(group("9/sg-2"), (Some("9".into()), "sg-2".into()));
    }
}
