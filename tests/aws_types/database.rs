//! Databases and their subnet groups.

use super::data;
use super::world::{Made, World};
use envctl::aws::shape;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_a_write_only_password() {
    let w = World::new("eu-west-2").await;
    let config = |password: &str, version: i64| {
        let mut all = database(json!({"identifier": "hidden", "password_wo": password, "password_wo_version": version}));
        all.as_object_mut().unwrap().remove("password");
        all
    };
    let mut made = w.create("aws_db_instance", config("nobody-sees-this", 1)).await;
    assert!(!format!("{:?}", made.object).contains("nobody-sees-this"));
    assert!(w.unchanged(&made, config("another-one", 1)), "only the version counts");
    w.proxy.reset_stats();
    w.update(&mut made, config("another-one", 2)).await;
    assert_eq!(w.proxy.calls("rds/ModifyDBInstance"), 1);
    assert!(!format!("{:?}", made.object).contains("another-one"));
    w.delete(made).await;
    let both = database(json!({"password_wo": "x", "manage_master_user_password": true}));
    assert_eq!(w.complaints("aws_db_instance", both).len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn db_parameter_group() {
    let w = World::new("eu-west-3").await;
    let config = |parameters: Json| json!({"name": "app-16", "family": "postgres16", "parameter": parameters, "tags": {"Name": "app"}});
    let parameter = |name: &str, value: &str, method: &str| json!({"name": name, "value": value, "apply_method": method});
    let mut made = w
        .create(
            "aws_db_parameter_group",
            config(json!([{"name": "log_statement", "value": "ddl"}, parameter("max_connections", "200", "pending-reboot")])),
        )
        .await;
    assert_eq!((made.id(), made.str("description")), ("app-16", "Managed by Terraform"));
    assert!(made.str("arn").ends_with(":pg:app-16"));
    w.locate(&made).await;
    let imported = w.import(&made, "app-16").await;
    assert_eq!(imported.attributes.get("parameter"), Some(made.get("parameter")));
    w.proxy.reset_stats();
    w.update(&mut made, config(json!([parameter("log_statement", "all", "immediate")]))).await;
    assert_eq!((w.proxy.calls("rds/ModifyDBParameterGroup"), w.proxy.calls("rds/ResetDBParameterGroup")), (1, 1));
    assert_eq!(made.get("parameter").items().map(<[_]>::len), Some(1));
    let mut other = config(json!([]));
    other["family"] = json!("postgres17");
    assert_eq!(w.replaces(&made, other), ["family"]);
    let drawn = w.create("aws_db_parameter_group", json!({"name_prefix": "app-", "family": "postgres16"})).await;
    assert_eq!(drawn.str("name_prefix"), "app-");
    w.locate(&drawn).await;
    w.delete(drawn).await;
    w.delete(made).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn db_snapshot() {
    let w = World::new("il-central-1").await;
    let database = w.create("aws_db_instance", database(json!({"identifier": "kept"}))).await;
    let config = |change: Json| {
        let mut all = json!({"db_instance_identifier": "kept", "db_snapshot_identifier": "kept-1", "tags": {"Name": "kept"}});
        all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        all
    };
    let mut made = w.create("aws_db_snapshot", config(json!({"shared_accounts": ["111122223333"]}))).await;
    assert_eq!((made.id(), made.str("status"), made.str("engine")), ("kept-1", "available", "postgres"));
    w.locate(&made).await;
    w.import(&made, "kept-1").await;
    w.update(&mut made, config(json!({"shared_accounts": ["444455556666"], "tags": {"team": "data"}}))).await;
    assert_eq!(made.get("shared_accounts").items().map(<[_]>::len), Some(1));
    assert_eq!(w.replaces(&made, config(json!({"db_snapshot_identifier": "kept-2"}))), ["db_snapshot_identifier"]);

    let second = w.create("aws_db_snapshot", config(json!({"db_snapshot_identifier": "kept-2"}))).await;
    let several = data::read(&w, "aws_db_snapshot", &[json!({"db_instance_identifier": "kept"})]).await.pop().unwrap().unwrap_err();
    assert!(several.help.is_some_and(|h| h.contains("most_recent")));
    let newest = data::one(&w, "aws_db_snapshot", json!({"db_instance_identifier": "kept", "most_recent": true})).await;
    assert_eq!(shape::text(&newest, "id"), Some("kept-2"));
    let tagged = data::one(&w, "aws_db_snapshot", json!({"db_instance_identifier": "kept", "tags": {"team": "data"}})).await;
    assert_eq!((shape::text(&tagged, "id"), shape::text(&tagged, "db_snapshot_arn")), (Some("kept-1"), Some(made.str("db_snapshot_arn"))));
    let found = data::one(&w, "aws_db_instance", json!({"db_instance_identifier": "kept"})).await;
    assert_eq!(
        (shape::text(&found, "endpoint"), shape::text(&found, "resource_id")),
        (Some(database.str("endpoint")), Some(database.id()))
    );
    assert!(data::read(&w, "aws_db_instance", &[json!({"db_instance_identifier": "nowhere"})]).await.pop().unwrap().is_err());
    w.delete(second).await;
    w.delete(made).await;
    w.delete(database).await;
}
