use super::*;
use crate::config::Backend;
use crate::value::{Members, Value};
use serde_json::Value as Json;

fn object(pairs: &[(&str, &str)]) -> Value {
    Value::object(pairs.iter().map(|(k, v)| ((*k).into(), Value::string(*v))).collect::<Members>())
}

fn place() -> Place {
    Place { account: Some("123456789012".into()), region: Some("eu-central-1".into()) }
}

/// `actions -> resources` of every statement.
fn lines(document: &Document) -> Vec<String> {
    let words = |v: &Json| v.as_array().unwrap().iter().map(|s| s.as_str().unwrap().to_string()).collect::<Vec<_>>().join(" ");
    let json = document.json();
    json["Statement"].as_array().unwrap().iter().map(|s| format!("{} -> {}", words(&s["Action"]), words(&s["Resource"]))).collect()
}

fn one(kind: &str, value: &[(&str, &str)], actions: Vec<&'static str>) -> Vec<String> {
    let value = object(value);
    lines(&document(&[Need { kind, actions, value: Some(&value) }], &place(), true))
}

#[test]
fn actions_are_limited_to_names() {
    for (kind, value, actions, wanted) in [
        ("aws_iam_role", vec![("name", "web")], vec!["iam:GetRole"], "arn:aws:iam::123456789012:role/web"),
        ("aws_iam_role", vec![("name", "web"), ("path", "/team/")], vec!["iam:GetRole"], "arn:aws:iam::123456789012:role/team/web"),
        ("aws_iam_role", vec![("name_prefix", "web-")], vec!["iam:GetRole"], "arn:aws:iam::123456789012:role/web-*"),
        ("aws_iam_role_policy", vec![("role", "web"), ("name", "x")], vec!["iam:PutRolePolicy"], "arn:aws:iam::123456789012:role/web"),
        (
            "aws_iam_openid_connect_provider",
            vec![("url", "https://h/x")],
            vec!["iam:GetOpenIDConnectProvider"],
            "arn:aws:iam::123456789012:oidc-provider/h/x",
        ),
        ("aws_s3_bucket_policy", vec![("bucket", "logs")], vec!["s3:PutBucketPolicy"], "arn:aws:s3:::logs"),
        ("aws_s3_bucket", vec![("bucket", "logs")], vec!["s3:DeleteObject"], "arn:aws:s3:::logs/*"),
        (
            "aws_dynamodb_table",
            vec![("name", "locks")],
            vec!["dynamodb:CreateTable"],
            "arn:aws:dynamodb:eu-central-1:123456789012:table/locks",
        ),
        ("aws_db_subnet_group", vec![("name", "db")], vec!["rds:ModifyDBSubnetGroup"], "arn:aws:rds:eu-central-1:123456789012:subgrp:db"),
        ("aws_ssm_parameter", vec![("name", "/a/b")], vec!["ssm:PutParameter"], "arn:aws:ssm:eu-central-1:123456789012:parameter/a/b"),
        ("aws_instance", vec![], vec!["iam:PassRole"], "arn:aws:iam::123456789012:role/*"),
        ("aws_iam_instance_profile", vec![("name", "p"), ("role", "web")], vec!["iam:PassRole"], "arn:aws:iam::123456789012:role/web"),
        ("aws_instance", vec![], vec!["ec2:RunInstances"], "*"),
    ] {
        assert_eq!(one(kind, &value, actions.clone()), [format!("{} -> {wanted}", actions[0])], "{kind}");
    }
}

#[test]
fn one_by_one_a_read_is_limited_too() {
    let value = object(&[("identifier", "db1")]);
    let need = || Need { kind: "aws_db_instance", actions: vec!["rds:DescribeDBInstances"], value: Some(&value) };
    let db = "arn:aws:rds:eu-central-1:123456789012:db:";
    assert_eq!(lines(&document(&[need()], &place(), true)), [format!("rds:DescribeDBInstances -> {db}*")]);
    assert_eq!(lines(&document(&[need()], &place(), false)), [format!("rds:DescribeDBInstances -> {db}db1")]);
    let made = one("aws_db_instance", &[("identifier", "db1")], vec!["rds:CreateDBInstance"]);
    assert!(made[0].contains(&format!("{db}db1")) && made[0].contains(":subgrp:*"), "{made:?}");
}

#[test]
fn what_is_alike_stands_together_and_regional_services_stay_in_their_region() {
    let (a, b) = (object(&[("name", "a")]), object(&[("name", "b")]));
    let role = |value| Need { kind: "aws_iam_role", actions: vec!["iam:GetRole", "iam:DeleteRole"], value: Some(value) };
    let vpc = || Need { kind: "aws_vpc", actions: vec!["ec2:CreateVpc"], value: None };
    let document = document(&[role(&a), role(&b), vpc(), vpc()], &place(), true);
    let arn = "arn:aws:iam::123456789012:role/";
    assert_eq!(lines(&document), ["ec2:CreateVpc -> *".to_string(), format!("iam:DeleteRole iam:GetRole -> {arn}a {arn}b")]);
    let json = document.json();
    assert_eq!(json["Statement"][0]["Condition"]["StringEquals"]["aws:RequestedRegion"], "eu-central-1");
    assert!(json["Statement"][1].get("Condition").is_none());
    assert_eq!((json["Version"].as_str(), json["Statement"][1]["Sid"].as_str()), (Some("2012-10-17"), Some("Iam")));
    assert!(document.notes()[0].contains("1 of ec2"), "{:?}", document.notes());
    assert_eq!(document.notes().len(), 1);
}

#[test]
fn what_is_allowed_everywhere_is_not_said_twice() {
    let role = object(&[("name", "a")]);
    let needs = [
        Need { kind: "aws_vpc", actions: vec!["iam:GetRole"], value: None },
        Need { kind: "aws_iam_role", actions: vec!["iam:GetRole", "iam:TagRole"], value: Some(&role) },
    ];
    let found = lines(&document(&needs, &place(), true));
    assert_eq!(found, ["iam:GetRole -> *", "iam:TagRole -> arn:aws:iam::123456789012:role/a"]);
}

#[test]
fn unknown_names_allow_any_and_are_said() {
    let nowhere = Place::default();
    let found = document(&[Need { kind: "aws_iam_role", actions: vec!["iam:GetRole"], value: None }], &nowhere, true);
    assert_eq!(lines(&found), ["iam:GetRole -> arn:aws:iam::*:role/*"]);
    assert!(found.notes()[0].contains("role/*"), "{:?}", found.notes());
    let china = Place { account: None, region: Some("cn-north-1".into()) };
    assert!(china.arn("dynamodb", "table/x").starts_with("arn:aws-cn:dynamodb:cn-north-1:*:"));
}

#[test]
fn the_home_of_the_state_is_written_by_those_who_write() {
    let settings = [("bucket", "states"), ("key", "stage/x.tfstate"), ("dynamodb_table", "locks"), ("kms_key_id", "alias/k")];
    let settings = settings.map(|(k, v)| (k.into(), Value::string(v))).into();
    let home = home(&Backend { kind: "s3".into(), settings, span: None }).unwrap();
    let text = |purpose| {
        let mut document = document(&[], &place(), true);
        home.allow(purpose, &place(), &mut document);
        lines(&document)
    };
    let writes = |lines: &[String], arn: &str| lines.iter().any(|l| l.contains("s3:PutObject") && l.split_whitespace().any(|w| w == arn));
    let (plan, apply, bootstrap) = (text(Purpose::Plan), text(Purpose::Apply), text(Purpose::Bootstrap));
    let state = "arn:aws:s3:::states/stage/x.tfstate";
    assert!(!writes(&plan, state) && writes(&plan, "arn:aws:s3:::states/stage/x.tfstate.tflock"), "{plan:?}");
    assert!(writes(&apply, state) && writes(&apply, "arn:aws:s3:::states/stage/x.tfstate.envctl/*"), "{apply:?}");
    assert!(writes(&apply, "arn:aws:s3:::states/env:/*/stage/x.tfstate"), "{apply:?}");
    assert!(apply.iter().any(|l| l.contains("dynamodb:PutItem") && l.ends_with("table/locks")));
    assert!(apply.iter().any(|l| l.contains("kms:Decrypt") && l.ends_with("key/*")));
    assert!(bootstrap.iter().any(|l| l.contains("s3:CreateBucket") && l.ends_with("arn:aws:s3:::states")) && !writes(&bootstrap, state));
    let local = Backend { kind: "local".into(), settings: Default::default(), span: None };
    assert!(super::home(&local).is_none());
}

#[test]
fn a_document_that_aws_would_not_take_is_said_to_be_too_long() {
    let names: Vec<Value> = (0..200).map(|i| object(&[("name", &format!("role-with-a-long-name-{i}"))])).collect();
    let needs: Vec<Need<'_>> = names.iter().map(|v| Need { kind: "aws_iam_role", actions: vec!["iam:GetRole"], value: Some(v) }).collect();
    assert!(document(&needs, &place(), true).notes().iter().any(|n| n.contains("6144")));
}
