use super::*;
use crate::schema::{DiffDraft, ProviderFacts};
use crate::value::Type;
use aws_sdk_rds::types::{DbInstance as Sdk, Endpoint};

fn object(pairs: &[(&str, Value)]) -> Value {
    Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect::<Members>())
}
fn text(t: &str) -> Value {
    Value::string(t)
}
fn database() -> Sdk {
    let endpoint = Endpoint::builder().address("main.x.rds.amazonaws.com").port(5432).hosted_zone_id("Z1").build();
    Sdk::builder()
        .db_instance_identifier("main")
        .dbi_resource_id("db-ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        .engine("postgres")
        .engine_version("16.4")
        .allocated_storage(20)
        .endpoint(endpoint)
        .build()
}
fn flattened(base: &Value) -> Value {
    let facts = ProviderFacts([("region".into(), text("eu-west-1"))].into());
    let ctx = Ctx { configured: &(), facts: &facts, region: None };
    read::flatten(&ctx, &DbInstance.schema(), base, &database())
}

#[test]
fn a_database_reads_as_the_provider_writes_it() {
    let base =
        object(&[("engine_version", text("16")), ("password", text("secret").sensitive()), ("skip_final_snapshot", Value::bool(true))]);
    let value = flattened(&base);
    assert_eq!(value.ty(), DbInstance.schema().block.ty());
    assert_eq!(shape::text(&value, "id"), Some("db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    assert_eq!(shape::text(&value, "endpoint"), Some("main.x.rds.amazonaws.com:5432"));
    assert_eq!((shape::text(&value, "engine_version"), shape::text(&value, "engine_version_actual")), (Some("16"), Some("16.4")));
    assert_eq!((shape::text(&value, "password"), shape::flag(&value, "skip_final_snapshot")), (Some("secret"), Some(true)));
    assert!(value.get("latest_restorable_time").is_some_and(Value::is_null));
    assert_eq!(shape::text(&flattened(&object(&[("engine_version", text("15.2"))])), "engine_version"), Some("16.4"));
}

#[test]
fn versions_match_by_their_parts() {
    assert!(read::is_version_of("16", "16.4") && read::is_version_of("16.4", "16.4"));
    assert!(!read::is_version_of("1", "16.4") && !read::is_version_of("16.4", "16") && !read::is_version_of("", "16"));
}

fn planned(change: &[(&str, Value)]) -> (Value, Vec<String>) {
    let prior = flattened(&Value::dynamic());
    let mut members = prior.members().cloned().unwrap();
    members.extend(change.iter().map(|(k, v)| ((*k).into(), v.clone())));
    let config = object(change);
    let facts = ProviderFacts::default();
    let mut draft = DiffDraft {
        config: &config,
        prior: Some(&prior),
        planned: Value::object(members),
        provider: &facts,
        replace: vec![],
        notes: vec![],
    };
    let schema = DbInstance.schema();
    for rule in schema.rules.customize.iter().skip(2) {
        rule(&mut draft);
    }
    (draft.planned.clone(), draft.notes.iter().map(|n| n.path.to_string()).collect())
}

#[test]
fn storage_that_grew_is_no_change() {
    let (grown, _) = planned(&[("allocated_storage", Value::int(10)), ("max_allocated_storage", Value::int(100))]);
    assert_eq!(shape::int(&grown, "allocated_storage"), Some(20));
    let (shrunk, notes) = planned(&[("allocated_storage", Value::int(30))]);
    assert_eq!(shape::int(&shrunk, "allocated_storage"), Some(30));
    assert_eq!(notes, ["allocated_storage"]);
}

#[test]
fn a_change_moves_what_follows_from_it() {
    let (renamed, notes) = planned(&[("identifier", text("other"))]);
    assert!(["address", "arn", "endpoint"].iter().all(|n| renamed.get(n).is_some_and(Value::is_unknown)));
    assert!(notes.is_empty());
    let (upgraded, notes) = planned(&[("engine_version", text("17")), ("apply_immediately", Value::bool(true))]);
    assert!(upgraded.get("engine_version_actual").is_some_and(Value::is_unknown));
    assert!(notes.is_empty());
}

#[test]
fn deleting_is_refused_without_a_snapshot_or_with_protection() {
    let of = |pairs: &[(&str, Value)]| Object::new(object(pairs));
    assert_eq!(final_snapshot(&of(&[("skip_final_snapshot", Value::bool(true))])).unwrap(), None);
    assert_eq!(final_snapshot(&of(&[("final_snapshot_identifier", text("last"))])).unwrap(), Some("last".to_string()));
    assert!(
        final_snapshot(&of(&[("final_snapshot_identifier", Value::null(Type::String))]))
            .unwrap_err()
            .help
            .unwrap()
            .contains("skip_final_snapshot")
    );
    assert!(check_protection(&of(&[("deletion_protection", Value::bool(true))])).is_err());
    assert!(check_protection(&of(&[])).is_ok());
}

#[test]
fn older_states_get_the_resource_id() {
    let upgrade = DbInstance.schema().rules.upgrade.unwrap();
    let old = serde_json::json!({"id": "main", "resource_id": "db-X", "name": "app"});
    let new = upgrade(0, old.as_object().unwrap().clone()).unwrap();
    assert_eq!(serde_json::Value::Object(new), serde_json::json!({"id": "db-X", "resource_id": "db-X", "delete_automated_backups": true}));
}

#[test]
fn a_configuration_is_checked() {
    let errors = |pairs: &[(&str, Value)]| plan::validate(&object(pairs)).len();
    assert_eq!(errors(&[("identifier", text("main-1")), ("password", text("x"))]), 0);
    assert_eq!(
        errors(&[
            ("identifier", text("Main")),
            ("backup_retention_period", Value::int(36)),
            ("monitoring_interval", Value::int(7)),
            ("final_snapshot_identifier", text("a--b"))
        ]),
        4
    );
    let nothing = object(&[]);
    assert!(send::complete(&object(&[("engine", text("postgres"))]), &nothing).is_err());
    let whole = object(&[("engine", text("postgres")), ("username", text("app")), ("allocated_storage", Value::int(20))]);
    assert_eq!(send::complete(&whole, &nothing).unwrap_err().path.map(|p| p.to_string()).as_deref(), Some("password"));
    assert!(send::complete(&whole, &object(&[("password_wo", text("x"))])).is_ok());
    assert_eq!(errors(&[("password_wo", text("x")), ("password", text("y"))]), 2);
}
