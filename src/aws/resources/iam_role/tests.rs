use super::*;
use crate::schema::ProviderFacts;
use aws_sdk_iam::primitives::DateTime;

fn object(pairs: &[(&str, Value)]) -> Value {
    Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
}
fn full(inline: &[(&str, &str)]) -> Full {
    let role = Sdk::builder()
        .role_name("web-0123456789abcdef0123456789")
        .role_id("AROA1")
        .arn("arn:aws:iam::123456789012:role/web")
        .path("/")
        .create_date(DateTime::from_secs_and_nanos(1_700_000_000, 500_000_000))
        .assume_role_policy_document("%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D")
        .max_session_duration(3600)
        .build()
        .unwrap();
    Full { role, inline: inline.iter().map(|(n, p)| ((*n).into(), (*p).into())).collect(), attached: vec!["arn:b".into(), "arn:a".into()] }
}
fn flattened(base: &Value, full: &Full) -> Value {
    let facts = ProviderFacts::default();
    let ctx = Ctx { configured: &(), facts: &facts, region: None };
    flatten(&ctx, &IamRole.schema(), base, full)
}

#[test]
fn a_role_reads_as_the_provider_writes_it() {
    let value = flattened(&object(&[]), &full(&[("one", r#"{"b": 1}"#)]));
    assert_eq!(value.ty(), IamRole.schema().block.ty());
    assert_eq!(shape::text(&value, "name_prefix"), Some("web-"));
    assert_eq!(shape::text(&value, "create_date"), Some("2023-11-14T22:13:20Z"));
    assert_eq!(shape::text(&value, "assume_role_policy"), Some(r#"{"Statement":[],"Version":"2012-10-17"}"#));
    assert_eq!(value.get("permissions_boundary"), Some(&Value::string("")));
    assert_eq!(shape::strings(&value, "managed_policy_arns"), ["arn:a", "arn:b"]);
    assert_eq!(policies::written(&value).get("one").map(String::as_str), Some(r#"{"b":1}"#));
}

#[test]
fn policies_that_mean_the_same_stay_as_they_are() {
    let block = |n: Value, p: Value| object(&[("name", n), ("policy", p)]);
    let blocks = |b: Value| object(&[("inline_policy", Value::set(b.ty(), vec![b]))]);
    let spaced = r#"{ "Statement": [] }"#;
    let base = blocks(block(Value::string("one"), Value::string(spaced)));
    assert_eq!(flattened(&base, &full(&[("one", r#"{"Statement":[]}"#)])).get("inline_policy"), base.get("inline_policy"));
    let none = blocks(block(Value::null(Type::String), Value::null(Type::String)));
    assert_eq!(flattened(&none, &full(&[])).get("inline_policy"), none.get("inline_policy"));
    assert_eq!(policies::written(&flattened(&none, &full(&[("two", "{}")]))).len(), 1);
    assert_eq!(shape::objects(&flattened(&object(&[]), &full(&[])), "inline_policy").len(), 0);
}

#[test]
fn mistakes_are_named() {
    let config =
        object(&[("assume_role_policy", Value::string("x")), ("max_session_duration", Value::int(60)), ("name", Value::string("a/b"))]);
    assert_eq!(validate(&config).len(), 3);
    assert!(validate(&object(&[("assume_role_policy", Value::string("{}")), ("name_prefix", Value::string("web-"))])).is_empty());
}
