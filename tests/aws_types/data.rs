//! Data sources.

use super::world::{World, config};
use envctl::aws::shape;
use envctl::provider::{Ctx, Provider, ProviderError};
use envctl::schema::ResourceSchema;
use envctl::value::Value;
use serde_json::{Value as Json, json};

/// Reads data sources of a kind, all at once.
pub(super) async fn read(w: &World, kind: &str, written: &[Json]) -> Vec<Result<Value, ProviderError>> {
    let provider = ResourceSchema { block: (*w.provider.config_schema()).clone(), ..ResourceSchema::default() };
    let configured = w.provider.configure(&config(&provider, &json!({}))).await.unwrap_or_else(|e| panic!("{e:?}"));
    let source = w.provider.data_source(kind).unwrap_or_else(|| panic!("{kind} is not registered"));
    let schema = source.schema();
    let configs: Vec<Value> = written.iter().map(|j| config(&schema, j)).collect();
    for rule in &schema.rules.validate {
        assert!(configs.iter().all(|c| rule(c).is_empty()));
    }
    let ctx = Ctx { configured: configured.data.as_ref(), facts: &configured.facts, region: None };
    let answers = source.read(&ctx, &configs).await;
    assert_eq!(answers.len(), configs.len());
    for answer in answers.iter().flatten() {
        assert_eq!(answer.ty(), schema.block.ty(), "{kind} does not conform");
    }
    answers
}

pub(super) async fn one(w: &World, kind: &str, written: Json) -> Value {
    read(w, kind, &[written]).await.pop().unwrap().unwrap_or_else(|e| panic!("{kind}: {e:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn caller_region_and_partition_need_one_call() {
    let w = World::new("eu-south-1").await;
    let caller = one(&w, "aws_caller_identity", json!({})).await;
    assert_eq!(shape::text(&caller, "account_id"), Some("123456789012"));
    assert!(
        shape::text(&caller, "arn").unwrap().starts_with("arn:aws:sts::123456789012:")
            || shape::text(&caller, "arn").unwrap().contains(":iam::123456789012:")
    );
    assert!(shape::text(&caller, "user_id").is_some());
    let region = one(&w, "aws_region", json!({})).await;
    assert_eq!(shape::text(&region, "description"), Some("Europe (Milan)"));
    let partition = one(&w, "aws_partition", json!({})).await;
    assert_eq!(shape::text(&partition, "partition"), Some("aws"));
    assert_eq!(w.proxy.calls("sts/GetCallerIdentity"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn availability_zones() {
    let w = World::new("eu-west-1").await;
    w.proxy.reset_stats();
    let answers = read(
        &w,
        "aws_availability_zones",
        &[json!({"state": "available"}), json!({"exclude_names": ["eu-west-1a"]}), json!({"state": "available"})],
    )
    .await;
    let names: Vec<Vec<String>> = answers.iter().map(|a| shape::strings(a.as_ref().unwrap(), "names")).collect();
    assert_eq!(
        names,
        [vec!["eu-west-1a", "eu-west-1b", "eu-west-1c"], vec!["eu-west-1b", "eu-west-1c"], vec!["eu-west-1a", "eu-west-1b", "eu-west-1c"]]
    );
    assert_eq!(shape::strings(answers[0].as_ref().unwrap(), "zone_ids").len(), 3);
    assert_eq!(w.proxy.calls("ec2/DescribeAvailabilityZones"), 2);
    let filtered = one(&w, "aws_availability_zones", json!({"filter": [{"name": "zone-name", "values": ["eu-west-1c"]}]})).await;
    assert_eq!(shape::strings(&filtered, "names"), ["eu-west-1c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_ubuntu() {
    let w = World::new("eu-west-2").await;
    let canonical = "099720109477";
    let name = |pattern: &str| json!([{"name": "name", "values": [pattern]}]);
    let jammy =
        json!({"owners": [canonical], "most_recent": true, "filter": name("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*")});
    let image = one(&w, "aws_ami", jammy).await;
    assert_eq!(shape::text(&image, "id"), Some("ami-22040a10000000000"));
    assert_eq!(shape::text(&image, "owner_id"), Some(canonical));
    assert_eq!(shape::text(&image, "architecture"), Some("x86_64"));
    assert_eq!(shape::text(&image, "virtualization_type"), Some("hvm"));
    let several = read(&w, "aws_ami", &[json!({"owners": [canonical], "filter": name("*jammy*")})]).await.pop().unwrap().unwrap_err();
    assert!(several.detail.contains("4 match"), "{several:?}");
    let none = read(&w, "aws_ami", &[json!({"owners": [canonical], "filter": name("windows*")})]).await.pop().unwrap().unwrap_err();
    assert!(none.detail.contains("name = windows*"), "{none:?}");
    let by_regex = json!({"owners": [canonical], "name_regex": "noble-24.04-arm64-server-2026102"});
    assert_eq!(shape::text(&one(&w, "aws_ami", by_regex).await, "id"), Some("ami-24040b10000000000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_are_found_by_what_is_known_of_them() {
    let w = World::new("ap-south-1").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.7.0.0/16", "enable_dns_hostnames": true, "tags": {"Name": "found"}})).await;
    let subnet = |n: u8, zone: &str| json!({"vpc_id": vpc.id(), "cidr_block": format!("10.7.{n}.0/24"), "availability_zone": format!("ap-south-1{zone}"), "tags": {"Tier": zone}});
    let (a, b) = (w.create("aws_subnet", subnet(1, "a")).await, w.create("aws_subnet", subnet(2, "b")).await);
    let found = one(&w, "aws_vpc", json!({"tags": {"Name": "found"}})).await;
    assert_eq!(shape::text(&found, "id"), Some(vpc.id()));
    assert_eq!(shape::text(&found, "main_route_table_id"), Some(vpc.str("main_route_table_id")));
    assert_eq!(shape::flag(&found, "enable_dns_hostnames"), Some(true));
    assert_eq!(shape::objects(&found, "cidr_block_associations").len(), 1);
    let default = one(&w, "aws_vpc", json!({"default": true})).await;
    assert_ne!(shape::text(&default, "id"), Some(vpc.id()));
    assert_eq!(shape::text(&one(&w, "aws_vpc", json!({"id": vpc.id()})).await, "cidr_block"), Some("10.7.0.0/16"));
    let by_vpc = json!({"filter": [{"name": "vpc-id", "values": [vpc.id()]}]});
    let ids = shape::strings(&one(&w, "aws_subnets", by_vpc.clone()).await, "ids");
    assert!(ids.len() == 2 && ids.iter().any(|i| i == a.id()) && ids.iter().any(|i| i == b.id()));
    let second = one(&w, "aws_subnet", json!({"vpc_id": vpc.id(), "tags": {"Tier": "b"}})).await;
    assert_eq!((shape::text(&second, "id"), shape::text(&second, "availability_zone")), (Some(b.id()), Some("ap-south-1b")));
    assert_eq!(shape::text(&one(&w, "aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.7.1.0/24"})).await, "id"), Some(a.id()));
    let several = read(&w, "aws_subnet", &[by_vpc]).await.pop().unwrap().unwrap_err();
    assert!(several.detail.contains(a.id()) && several.detail.contains(b.id()), "{several:?}");
    assert!(read(&w, "aws_vpc", &[json!({"id": "vpc-00000000"})]).await.pop().unwrap().is_err());
    let group = one(&w, "aws_security_group", json!({"vpc_id": vpc.id(), "name": "default"})).await;
    assert_eq!(shape::text(&group, "id"), Some(vpc.str("default_security_group_id")));
    assert!(shape::text(&group, "arn").unwrap().ends_with(shape::text(&group, "id").unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_bucket() {
    let w = World::new("eu-central-1").await;
    let made = w.create("aws_s3_bucket", json!({"bucket": "looked-at"})).await;
    let read = read(&w, "aws_s3_bucket", &[json!({"bucket": "looked-at"}), json!({"bucket": "nowhere-at-all"})]).await;
    let found = read[0].as_ref().unwrap();
    for name in ["id", "arn", "bucket_region", "bucket_domain_name", "bucket_regional_domain_name", "hosted_zone_id"] {
        assert_eq!(shape::text(found, name), Some(made.str(name)), "{name}");
    }
    assert!(read[1].as_ref().unwrap_err().detail.contains("nowhere-at-all"));
    w.delete(made).await;
}
