//! Databases and their subnet groups.

use super::world::{Made, World};
use serde_json::{Value as Json, json};

/// A VPC and two subnets in different zones.
async fn subnets(w: &World, region: &str) -> (Made, Made, Made) {
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let subnet = |zone: &str, cidr: &str| json!({"vpc_id": vpc.id(), "cidr_block": cidr, "availability_zone": format!("{region}{zone}")});
    let a = w.create("aws_subnet", subnet("a", "10.0.1.0/24")).await;
    let b = w.create("aws_subnet", subnet("b", "10.0.2.0/24")).await;
    (vpc, a, b)
}

fn group(name: &str, subnets: &[&Made]) -> Json {
    let ids: Vec<&str> = subnets.iter().map(|s| s.id()).collect();
    json!({"name": name, "subnet_ids": ids, "tags": {"Name": name}})
}

#[tokio::test(flavor = "multi_thread")]
async fn db_subnet_group() {
    let w = World::new("eu-north-1").await;
    let (vpc, a, b) = subnets(&w, "eu-north-1").await;
    let c = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.3.0/24", "availability_zone": "eu-north-1c"})).await;
    let mut made = w.create("aws_db_subnet_group", group("main", &[&a, &b])).await;
    assert_eq!((made.id(), made.str("description"), made.str("vpc_id")), ("main", "Managed by Terraform", vpc.id()));
    assert!(made.str("arn").ends_with(":subgrp:main"));
    w.locate(&made).await;
    let imported = w.import(&made, "main").await;
    assert_eq!(imported.attributes.get("subnet_ids"), Some(made.get("subnet_ids")));
    let mut changed = group("main", &[&a, &c]);
    changed["description"] = json!("for all");
    changed["tags"] = json!({"team": "data"});
    w.update(&mut made, changed).await;
    assert_eq!(made.str("description"), "for all");
    assert_eq!(w.replaces(&made, group("other", &[&a, &c])), ["name"]);
    let drawn = w.create("aws_db_subnet_group", json!({"name_prefix": "db-", "subnet_ids": [a.id(), b.id()]})).await;
    assert_eq!(drawn.str("name_prefix"), "db-");
    w.locate(&drawn).await;
    w.delete(drawn).await;
    w.delete(made).await;
    assert_eq!(w.complaints("aws_db_subnet_group", json!({"name": "Main", "name_prefix": "x", "subnet_ids": []})).len(), 2);
}
