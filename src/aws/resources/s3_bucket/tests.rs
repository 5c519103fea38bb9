use super::*;
use crate::schema::ProviderFacts;
use aws_sdk_s3::types::{Grant, Grantee, Permission, Type as GranteeType};

fn object(pairs: &[(&str, Value)]) -> Value {
    Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect::<Members>())
}

fn flat(name: &str, full: &read::Full, base: &Value) -> Value {
    let facts = ProviderFacts([("region".into(), Value::string("eu-central-1"))].into());
    let ctx = Ctx { configured: &(), facts: &facts, region: None };
    read::flatten(&ctx, &Bucket.schema(), base, name, full)
}

#[test]
fn a_bucket_reads_with_its_names() {
    let value = flat("team-state", &read::Full::default(), &Value::dynamic());
    assert_eq!(value.ty(), Bucket.schema().block.ty());
    for (name, text) in [
        ("arn", "arn:aws:s3:::team-state"),
        ("bucket_domain_name", "team-state.s3.amazonaws.com"),
        ("bucket_regional_domain_name", "team-state.s3.eu-central-1.amazonaws.com"),
        ("bucket_region", "eu-central-1"),
        ("bucket_namespace", "global"),
    ] {
        assert_eq!(shape::text(&value, name), Some(text), "{name}");
    }
    let own = flat("logs-123456789012-eu-central-1-an", &read::Full::default(), &Value::dynamic());
    assert_eq!(shape::text(&own, "bucket_namespace"), Some("account-regional"));
}

#[test]
fn a_part_that_may_not_be_read_stays() {
    let base = object(&[("policy", Value::string("{}")), ("request_payer", Value::string("Requester"))]);
    let full = read::Full { payer: Some(Some("BucketOwner".into())), ..read::Full::default() };
    let value = flat("b", &full, &base);
    assert_eq!((shape::text(&value, "policy"), shape::text(&value, "request_payer")), (Some("{}"), Some("BucketOwner")));
}

#[test]
fn grants_of_one_grantee_are_one() {
    let grant = |permission: Permission| {
        let who = Grantee::builder().r#type(GranteeType::CanonicalUser).id("a").build().unwrap();
        Grant::builder().grantee(who).permission(permission).build()
    };
    let all = blocks::grants(&[grant(Permission::Read), grant(Permission::Write)]);
    assert_eq!(all.len(), 1);
    assert_eq!(shape::strings(all.first().unwrap(), "permissions").len(), 2);
}

#[test]
fn names_exclude_prefixes_and_have_a_limit() {
    let long = Value::string("x".repeat(64));
    assert_eq!(plan::validate(&object(&[("bucket", long), ("bucket_prefix", Value::string("a"))])).len(), 2);
    assert!(plan::validate(&object(&[("bucket", Value::string("team-state")), ("acl", Value::string("private"))])).is_empty());
}
