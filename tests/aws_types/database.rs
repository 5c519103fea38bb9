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

fn database(change: Json) -> Json {
    let mut all = json!({
        "identifier": "main", "engine": "postgres", "engine_version": "16", "instance_class": "db.t4g.micro", "allocated_storage": 20, "storage_type": "gp3",
        "db_name": "app", "username": "app", "password": "not-a-real-one", "backup_retention_period": 7, "backup_window": "03:00-04:00",
        "maintenance_window": "Sun:05:00-Sun:06:00", "skip_final_snapshot": true, "apply_immediately": true, "tags": {"Name": "main"},
    });
    all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn db_instance() {
    let w = World::new("eu-west-3").await;
    let (vpc, a, b) = subnets(&w, "eu-west-3").await;
    let subnets = w.create("aws_db_subnet_group", group("main", &[&a, &b])).await;
    let firewall = w.create("aws_security_group", json!({"name": "db", "vpc_id": vpc.id()})).await;
    let net = json!({"db_subnet_group_name": "main", "vpc_security_group_ids": [firewall.id()]});
    let mut made = w.create("aws_db_instance", database(net.clone())).await;
    assert!(made.id().starts_with("db-") && made.str("status") == "available");
    assert_eq!(made.str("endpoint"), format!("{}:{}", made.str("address"), 5432));
    assert_eq!((made.str("engine_version"), made.str("password")), ("16", "not-a-real-one"));
    w.locate(&made).await;
    let imported = w.import(&made, "main").await;
    assert_eq!(imported.str("db_name"), Some("app"));

    w.proxy.reset_stats();
    let mut change = net.clone();
    change.as_object_mut().unwrap().extend(
        json!({"instance_class": "db.t4g.small", "backup_retention_period": 14, "deletion_protection": true, "tags": {"team": "data"}})
            .as_object()
            .unwrap()
            .clone(),
    );
    w.update(&mut made, database(change.clone())).await;
    assert_eq!((made.str("instance_class"), w.proxy.calls("rds/ModifyDBInstance")), ("db.t4g.small", 1));
    let refused = w.try_delete(&made).await.unwrap_err();
    assert!(refused.help.is_some_and(|h| h.contains("deletion_protection")));
    assert_eq!(w.proxy.calls("rds/DeleteDBInstance"), 0);
    let mut other = change.clone();
    other["username"] = json!("root");
    assert_eq!(w.replaces(&made, database(other)), ["username"]);
    change["deletion_protection"] = json!(false);
    w.update(&mut made, database(change)).await;
    w.delete(made).await;
    w.delete(subnets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_a_managed_password_and_a_drawn_name() {
    let w = World::new("eu-west-2").await;
    let mut config = database(json!({"identifier_prefix": "db-", "manage_master_user_password": true}));
    for name in ["identifier", "password"] {
        config.as_object_mut().unwrap().remove(name);
    }
    let made = w.create("aws_db_instance", config).await;
    assert_eq!(made.str("identifier_prefix"), "db-");
    assert_eq!(made.get("master_user_secret").items().map(<[_]>::len), Some(1));
    w.locate(&made).await;
    w.delete(made).await;
    let bare = json!({"identifier": "x", "instance_class": "db.t4g.micro"});
    let refused = w.try_create("aws_db_instance", bare).await.expect_err("a refusal");
    assert!(refused.detail.contains("`engine`"));
}
