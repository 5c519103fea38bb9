use super::*;
use crate::schema::ProviderFacts;
use crate::value::{Members, Type, Value};
use aws_sdk_dynamodb::types::{KeySchemaElement, KeyType, TableDescription};

fn object(pairs: &[(&str, Value)]) -> Value {
    Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect::<Members>())
}
fn index(name: &str, hash: &str, read: i64) -> Value {
    object(&[
        ("name", Value::string(name)),
        ("hash_key", Value::string(hash)),
        ("projection_type", Value::string("ALL")),
        ("read_capacity", Value::int(read)),
    ])
}
fn table(indexes: Vec<Value>) -> Value {
    object(&[("billing_mode", Value::string("PROVISIONED")), ("global_secondary_index", Value::set(Type::Dynamic, indexes))])
}

#[test]
fn indexes_are_removed_made_and_resized() {
    let old = table(vec![index("a", "x", 1), index("b", "y", 1), index("c", "z", 1)]);
    let new = table(vec![index("b", "y", 5), index("c", "w", 1), index("d", "x", 1)]);
    let change = indexes::IndexChange::between(&old, &new);
    assert_eq!(change.remove, ["a", "c"]);
    assert_eq!(change.make.iter().filter_map(|i| shape::text(i, "name")).collect::<Vec<_>>(), ["c", "d"]);
    assert_eq!(change.resize.iter().filter_map(|i| shape::text(i, "name")).collect::<Vec<_>>(), ["b"]);
    assert_eq!(indexes::IndexChange::between(&old, &old), indexes::IndexChange::default());
}

#[test]
fn every_key_is_described_and_nothing_else() {
    let attribute = |n: &str| object(&[("name", Value::string(n)), ("type", Value::string("S"))]);
    let config = |names: &[&str]| {
        let all = names.iter().map(|n| attribute(n)).collect();
        object(&[
            ("hash_key", Value::string("id")),
            ("attribute", Value::set(Type::Dynamic, all)),
            ("global_secondary_index", Value::set(Type::Dynamic, vec![index("by", "owner", 1)])),
        ])
    };
    assert!(plan::validate(&config(&["id", "owner"])).is_empty());
    let messages: Vec<String> = plan::validate(&config(&["id", "other"])).into_iter().map(|e| e.message).collect();
    assert!(messages.iter().any(|m| m.contains("`owner`")) && messages.iter().any(|m| m.contains("`other`")));
}

#[test]
fn a_plain_table_reads_with_defaults() {
    let facts = ProviderFacts([("region".into(), Value::string("eu-west-1"))].into());
    let ctx = Ctx { configured: &(), facts: &facts, region: None };
    let hash = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
    let table = TableDescription::builder().table_name("t").key_schema(hash).build();
    let full = read::Full { table, backups: None, expiry: None, tags: tags::Tags::new() };
    let value = read::flatten(&ctx, &DynamodbTable.schema(), &Value::dynamic(), &full);
    assert_eq!(value.ty(), DynamodbTable.schema().block.ty());
    assert_eq!(
        (shape::text(&value, "billing_mode"), shape::text(&value, "table_class"), shape::text(&value, "hash_key")),
        (Some("PROVISIONED"), Some("STANDARD"), Some("id"))
    );
    assert!(value.get("range_key").is_some_and(Value::is_null));
}

#[test]
fn a_protected_table_is_not_deleted() {
    assert!(check_protection(&Object::new(object(&[("deletion_protection_enabled", Value::bool(true))]))).is_err());
    assert!(check_protection(&Object::new(object(&[]))).is_ok());
}
