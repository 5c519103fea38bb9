use super::*;
use crate::schema::ProviderFacts;
use crate::value::{Members, Type};
use aws_sdk_ec2::types::{Tag, VpcCidrBlockState, VpcIpv6CidrBlockAssociation};

fn object(pairs: &[(&str, Value)]) -> Value {
    Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect::<Members>())
}
fn facts() -> ProviderFacts {
    ProviderFacts([("region".into(), Value::string("eu-west-1")), ("partition".into(), Value::string("aws"))].into())
}
fn full(association: Option<(&str, &str, &str)>) -> Full {
    let block = association.map(|(id, cidr, pool)| {
        let state = VpcCidrBlockState::builder().state(VpcCidrBlockStateCode::Associated).build();
        VpcIpv6CidrBlockAssociation::builder().association_id(id).ipv6_cidr_block(cidr).ipv6_pool(pool).ipv6_cidr_block_state(state).build()
    });
    let vpc = aws_sdk_ec2::types::Vpc::builder()
        .vpc_id("vpc-1")
        .owner_id("123456789012")
        .cidr_block("10.0.0.0/16")
        .instance_tenancy(Tenancy::Default)
        .set_ipv6_cidr_block_association_set(block.map(|b| vec![b]))
        .tags(Tag::builder().key("Name").value("main").build())
        .build();
    let defaults = Defaults { acl: Some("acl-1".into()), table: Some("rtb-1".into()), group: Some("sg-1".into()) };
    Full { vpc, dns_hostnames: true, dns_support: true, usage_metrics: false, defaults }
}
fn flattened(base: &Value, full: &Full) -> Value {
    let facts = facts();
    let ctx = Ctx { configured: &(), facts: &facts, region: None };
    flatten(&ctx, &Vpc.schema(), base, full)
}

#[test]
fn an_object_reads_as_the_provider_writes_it() {
    let value = flattened(&object(&[("id", Value::string("vpc-1"))]), &full(None));
    assert_eq!(value.ty(), Vpc.schema().block.ty());
    assert_eq!(shape::text(&value, "arn"), Some("arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1"));
    assert_eq!(shape::text(&value, "main_route_table_id"), Some("rtb-1"));
    assert_eq!(shape::text(&value, "region"), Some("eu-west-1"));
    assert_eq!(value.get("ipv6_association_id"), Some(&Value::string("")));
    assert_eq!(value.get("ipv6_netmask_length"), Some(&Value::int(0)));
    assert!(value.get("ipv4_ipam_pool_id").is_some_and(Value::is_null));
    assert_eq!(value.get("tags_all").map(shape::string_map), value.get("tags").map(shape::string_map));
}

#[test]
fn ipv6_blocks_of_amazon_and_of_pools_differ() {
    let value = flattened(&object(&[]), &full(Some(("a-1", "2600::/56", "Amazon"))));
    assert_eq!(shape::flag(&value, "assign_generated_ipv6_cidr_block"), Some(true));
    assert_eq!(shape::text(&value, "ipv6_cidr_block"), Some("2600::/56"));
    assert_eq!(shape::text(&value, "ipv6_ipam_pool_id"), None);
    let value = flattened(&object(&[]), &full(Some(("a-1", "2600::/56", "ipam-pool-1"))));
    assert_eq!(shape::flag(&value, "assign_generated_ipv6_cidr_block"), Some(false));
    assert_eq!(shape::text(&value, "ipv6_ipam_pool_id"), Some("ipam-pool-1"));
    assert_eq!(shape::int(&value, "ipv6_netmask_length"), Some(56));
}

fn planned(prior: &Value, changes: &[(&str, Value)]) -> (Vec<String>, Value) {
    let mut members = prior.members().cloned().unwrap_or_default();
    members.extend(changes.iter().map(|(k, v)| ((*k).into(), v.clone())));
    let config = object(changes);
    let facts = facts();
    let mut draft = DiffDraft {
        config: &config,
        prior: Some(prior),
        planned: Value::object(members),
        provider: &facts,
        replace: vec![],
        notes: vec![],
    };
    Vpc.schema().rules.customize.iter().for_each(|rule| rule(&mut draft));
    (draft.replace.iter().map(|r| r.path.to_string()).collect(), draft.planned)
}

#[test]
fn tenancy_replaces_one_way() {
    let at = |t: &str| object(&[("instance_tenancy", Value::string(t))]);
    assert_eq!(planned(&at("default"), &[("instance_tenancy", Value::string("dedicated"))]).0, ["instance_tenancy"]);
    assert!(planned(&at("dedicated"), &[("instance_tenancy", Value::string("default"))]).0.is_empty());
}

#[test]
fn a_generated_block_is_known_after_apply() {
    let prior = flattened(&object(&[]), &full(None));
    let (replace, plan) = planned(&prior, &[("assign_generated_ipv6_cidr_block", Value::bool(true))]);
    assert!(replace.is_empty());
    assert!(plan.get("ipv6_cidr_block").is_some_and(Value::is_unknown));
    let (_, plan) = planned(&prior, &[("assign_generated_ipv6_cidr_block", Value::null(Type::Bool))]);
    assert_eq!(plan.get("ipv6_cidr_block"), prior.get("ipv6_cidr_block"));
    assert_eq!(plan.get("ipv6_association_id"), prior.get("ipv6_association_id"));
}

#[test]
fn arguments_that_exclude_or_need_each_other() {
    let errors = validate(&object(&[("cidr_block", Value::string("10.0.0.0/16")), ("ipv4_netmask_length", Value::int(16))]));
    assert_eq!(errors.len(), 2);
    assert!(validate(&object(&[("instance_tenancy", Value::string("host"))])).iter().any(|e| e.message.contains("dedicated")));
    assert!(validate(&object(&[("cidr_block", Value::string("10.0.0.0/16"))])).is_empty());
}
