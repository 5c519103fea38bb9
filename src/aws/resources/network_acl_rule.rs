//! `aws_network_acl_rule`: one entry of a network ACL.
//!
//! Its natural key is ACL, direction and number. CreateNetworkAclEntry succeeds for an entry that
//! exists with the same content, so it is looked for first. The state holds protocol numbers (`tcp`
//! reads back as `6`); for protocol -1 the API keeps no ports, and the configured ones stay. The id is a
//! CRC-32 over the key and the protocol.

use crate::aws::clients::Aws;
use crate::aws::groups::{self, Found};
use crate::aws::resources::acl_entries::{self as entries, Entry, protocol_number, protocol_text};
use crate::aws::shape::{self, Attrs};
use crate::aws::{region, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, boolean, number, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_ec2::types::{NetworkAcl, NetworkAclEntry, RuleAction};

/// `aws_network_acl_rule`
pub struct NetworkAclRule;

fn build() -> ResourceSchema {
    let block = support::base()
        .attr("cidr_block", string().optional().force_new())
        .attr("egress", boolean().optional().force_new().default(Value::bool(false)))
        .attr("from_port", number().optional().force_new())
        .attr("icmp_code", number().optional().force_new())
        .attr("icmp_type", number().optional().force_new())
        .attr("ipv6_cidr_block", string().optional().force_new())
        .attr("network_acl_id", string().required().force_new())
        .attr("protocol", string().required().force_new())
        .attr("rule_action", string().required().force_new())
        .attr("rule_number", number().required().force_new())
        .attr("to_port", number().optional().force_new());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema.rules.equal = Some(equal);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::exactly_one(config, &["cidr_block", "ipv6_cidr_block"]);
    if let Some(text) = shape::text(config, "protocol").filter(|t| protocol_number(t).is_none()) {
        errors.push(RuleError {
            path: Path::attr("protocol"),
            message: format!("`{text}` is no protocol: give its number, or a name such as `tcp`."),
        });
    }
    if shape::text(config, "rule_action").is_some_and(|a| !["allow", "deny"].contains(&a.to_lowercase().as_str())) {
        errors.push(RuleError { path: Path::attr("rule_action"), message: "An action is `allow` or `deny`.".into() });
    }
    errors
}

/// Plans protocol and action as the state will hold them.
fn plan(draft: &mut DiffDraft<'_>) {
    let text = |d: &DiffDraft<'_>, n: &str| d.planned(n).and_then(Value::as_str).map(str::to_string);
    if let Some(protocol) = text(draft, "protocol") {
        draft.set("protocol", Value::string(protocol_text(&protocol)));
    }
    if let Some(action) = text(draft, "rule_action") {
        draft.set("rule_action", Value::string(action.to_lowercase()));
    }
}

fn equal(path: &Path, prior: &Value, planned: &Value) -> bool {
    let (Some(a), Some(b)) = (prior.as_str(), planned.as_str()) else { return false };
    match path.schema_key().as_str() {
        "protocol" => protocol_text(a) == protocol_text(b),
        "rule_action" => a.eq_ignore_ascii_case(b),
        _ => false,
    }
}

fn id_of(acl: &str, number: i32, egress: bool, protocol: &str) -> String {
    format!("nacl-{}", support::hashcode(&format!("{acl}-{number}-{egress}-{}-", protocol_text(protocol))))
}

/// ACL, direction and number: the key into a group answer.
fn key_of(object: &Value) -> Option<(String, bool, i32)> {
    Some((shape::string(object, "network_acl_id")?, shape::flag(object, "egress").unwrap_or(false), shape::int(object, "rule_number")?))
}

fn key(object: &Object) -> Option<String> {
    key_of(&object.attributes).map(|(acl, egress, number)| format!("{acl}/{egress}/{number}"))
}

/// The entry to be made.
fn wanted(planned: &Value) -> Option<Entry> {
    let int = |n: &str| shape::int(planned, n).unwrap_or(0);
    Some(Entry {
        egress: shape::flag(planned, "egress").unwrap_or(false),
        number: shape::int(planned, "rule_number")?,
        action: shape::text(planned, "rule_action")?.to_lowercase(),
        protocol: protocol_number(shape::text(planned, "protocol")?)?,
        ports: (int("from_port"), int("to_port")),
        icmp: (int("icmp_type"), int("icmp_code")),
        cidr: shape::string(planned, "cidr_block"),
        cidr6: shape::string(planned, "ipv6_cidr_block"),
    })
}

fn find(acl: &NetworkAcl, egress: bool, number: i32) -> Option<&NetworkAclEntry> {
    acl.entries().iter().find(|e| e.egress().unwrap_or(false) == egress && e.rule_number() == Some(number))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, entry: &NetworkAclEntry) -> Value {
    let mut attrs = Attrs::over(schema, base)
        .text("region", Some(region::of(ctx)))
        .text("cidr_block", entry.cidr_block())
        .flag("egress", entry.egress())
        .text("ipv6_cidr_block", entry.ipv6_cidr_block())
        .text("protocol", entry.protocol().map(protocol_text).as_deref())
        .text("rule_action", entry.rule_action().map(RuleAction::as_str))
        .int("rule_number", entry.rule_number());
    if let Some(icmp) = entry.icmp_type_code() {
        attrs = attrs.int("icmp_code", icmp.code()).int("icmp_type", icmp.r#type());
    }
    if let Some(ports) = entry.port_range().filter(|_| entry.protocol() != Some("-1")) {
        attrs = attrs.int("from_port", ports.from()).int("to_port", ports.to());
    }
    attrs.finish()
}

/// From ACLs to the entries asked for.
fn pick(priors: &[Prior<'_>], acls: &Found<NetworkAcl>) -> Found<NetworkAclEntry> {
    let one = |object: &Object| {
        let (acl, egress, number) = key_of(&object.attributes)?;
        let found = match acls.get(&acl)? {
            Ok(acl) => Ok(acl.as_ref().and_then(|a| find(a, egress, number)).cloned()),
            Err(e) => Err(e.clone()),
        };
        Some((key(object)?, found))
    };
    priors.iter().filter_map(|p| one(p.object)).collect()
}

impl NetworkAclRule {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let doing = "Creating the network ACL rule";
        let planned = request.planned;
        let incomplete = || ProviderError::new(ErrorKind::Invalid, format!("{doing} failed"), "Number, action or protocol is missing.");
        let entry = wanted(planned).ok_or_else(incomplete)?;
        let acl = shape::text(planned, "network_acl_id").unwrap_or_default();
        let client = Aws::ec2_of(ctx)?;
        let now = entries::describe_one(client.clone(), acl.to_string()).await.map_err(|e| e.while_doing(doing))?;
        if now.as_ref().and_then(|a| find(a, entry.egress, entry.number)).is_some() {
            let way = if entry.egress { "egress" } else { "ingress" };
            return Err(ProviderError::new(
                ErrorKind::AlreadyExists,
                format!("{doing} failed"),
                format!("{acl} has an {way} rule {} already.", entry.number),
            )
            .help("Import it, or choose another `rule_number`.")
            .at("rule_number"));
        }
        entries::create(&client, acl, &entry).await.map_err(|e| e.while_doing(doing))?;
        let protocol = entry.protocol.to_string();
        Ok(support::started(&self.schema(), ctx, planned, &id_of(acl, entry.number, entry.egress, &protocol)))
    }
}

#[async_trait]
impl ResourceType for NetworkAclRule {
    support::basics!("aws_network_acl_rule", build);

    fn shows_in(&self) -> &'static [&'static str] {
        &["aws_network_acl"]
    }

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeNetworkAcls"],
            create: &["ec2:CreateNetworkAclEntry"],
            update: &[],
            delete: &["ec2:DeleteNetworkAclEntry"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let acls: Vec<String> = priors.iter().filter_map(|p| p.object.str("network_acl_id")).map(str::to_string).collect();
        let acls =
            groups::find_all(&acls, |ids| entries::describe(client.clone(), ids), |id| entries::describe_one(client.clone(), id)).await;
        let schema = self.schema();
        groups::outcomes_by(priors, &pick(priors, &acls), key, |base, entry| flatten(ctx, &schema, base, entry))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    /// Every argument replaces; only `region` of an older state is filled in.
    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        support::finish_update(self, ctx, &request, Ok(())).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let Some((acl, egress, number)) = key_of(&request.prior.attributes) else { return Ok(()) };
        let deleted = entries::delete(&Aws::ec2_of(ctx)?, &acl, egress, number).await;
        deleted.map_err(|e| e.while_doing("Deleting the network ACL rule"))
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let schema = self.schema();
        let candidates = intents.iter().enumerate().filter_map(|(i, intent)| {
            let (acl, egress, number) = key_of(&intent.planned)?;
            let protocol = shape::text(&intent.planned, "protocol")?;
            Some((i, support::started(&schema, ctx, &intent.planned, &id_of(&acl, number, egress, protocol))))
        });
        let mut located = support::located_as(self, ctx, intents, candidates.collect()).await?;
        for (answer, intent) in located.iter_mut().zip(intents) {
            if matches!(answer, Located::Found(object) if wanted(&object.attributes) != wanted(&intent.planned)) {
                *answer = Located::NotFound;
            }
        }
        Ok(located)
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let (id, region) = region::split_import(id);
        let wrong = || support::import_error("it has to be NETWORK-ACL-ID:RULE-NUMBER:PROTOCOL:EGRESS, such as acl-1:100:tcp:false");
        let parts: Vec<&str> = id.split(':').collect();
        let [acl, number, protocol, egress] = parts.as_slice() else { return Err(wrong()) };
        let number: i32 = number.parse().map_err(|_| wrong())?;
        let egress: bool = egress.parse().map_err(|_| wrong())?;
        let object = support::imported(&self.schema(), region, &[("id", &id_of(acl, number, egress, protocol)), ("network_acl_id", acl)])?;
        let attributes =
            Attrs::over(&self.schema(), &object.attributes).flag("egress", Some(egress)).int("rule_number", Some(number)).finish();
        Ok(Object::new(attributes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::PortRange;

    #[test]
    fn all_protocols_keep_the_configured_ports() {
        let facts = crate::schema::ProviderFacts::default();
        let ctx = Ctx { configured: &(), facts: &facts, region: Some("eu-west-1") };
        let base = Value::object([("from_port".into(), Value::int(0)), ("to_port".into(), Value::int(65535))].into());
        let answered = PortRange::builder().from(0).to(0).build();
        let all = NetworkAclEntry::builder().protocol("-1").rule_number(100).port_range(answered.clone()).build();
        assert_eq!(shape::int(&flatten(&ctx, &NetworkAclRule.schema(), &base, &all), "to_port"), Some(65535));
        let tcp = NetworkAclEntry::builder().protocol("tcp").rule_number(100).port_range(answered).build();
        let read = flatten(&ctx, &NetworkAclRule.schema(), &base, &tcp);
        assert_eq!((shape::int(&read, "to_port"), shape::text(&read, "protocol")), (Some(0), Some("6")));
    }

    #[test]
    fn names_and_numbers_of_a_protocol_are_equal() {
        assert!(equal(&Path::attr("protocol"), &Value::string("6"), &Value::string("tcp")));
        assert!(!equal(&Path::attr("protocol"), &Value::string("6"), &Value::string("udp")));
        assert!(equal(&Path::attr("rule_action"), &Value::string("allow"), &Value::string("ALLOW")));
    }

    #[test]
    fn import_ids_have_four_parts() {
        let object = NetworkAclRule.import("acl-1:100:tcp:true").unwrap();
        assert_eq!(key(&object).as_deref(), Some("acl-1/true/100"));
        assert!(NetworkAclRule.import("acl-1:100:tcp").is_err());
        assert!(NetworkAclRule.import("acl-1:x:tcp:true").is_err());
    }
}
