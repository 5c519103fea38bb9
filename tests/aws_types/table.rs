//! Tables.

use super::world::World;
use serde_json::{Value as Json, json};

fn table(change: Json) -> Json {
    let mut all = json!({
        "name": "orders", "billing_mode": "PAY_PER_REQUEST", "hash_key": "id", "range_key": "at",
        "attribute": [{"name": "id", "type": "S"}, {"name": "at", "type": "N"}, {"name": "owner", "type": "S"}],
        "global_secondary_index": [{"name": "by-owner", "hash_key": "owner", "projection_type": "INCLUDE", "non_key_attributes": ["total"]}],
        "ttl": [{"attribute_name": "until", "enabled": true}], "point_in_time_recovery": [{"enabled": true}], "tags": {"Name": "orders"},
    });
    all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_table() {
    let w = World::new("eu-central-2").await;
    let mut made = w.create("aws_dynamodb_table", table(json!({}))).await;
    assert_eq!((made.id(), made.str("range_key")), ("orders", "at"));
    assert!(made.str("arn").ends_with(":table/orders"));
    w.locate(&made).await;
    let imported = w.import(&made, "orders").await;
    assert_eq!(imported.attributes.get("global_secondary_index"), Some(made.get("global_secondary_index")));
    let changed = table(json!({
        "deletion_protection_enabled": true, "stream_enabled": true, "stream_view_type": "NEW_IMAGE", "ttl": [{"attribute_name": "until", "enabled": false}],
        "global_secondary_index": [{"name": "by-time", "hash_key": "owner", "range_key": "at", "projection_type": "ALL"}], "tags": {"team": "data"},
    }));
    w.update(&mut made, changed).await;
    assert!(made.str("stream_arn").contains("/stream/"));
    let refused = w.try_delete(&made).await.unwrap_err();
    assert!(refused.help.is_some_and(|h| h.contains("deletion_protection_enabled")));
    assert_eq!(w.replaces(&made, table(json!({"name": "other"}))), ["name"]);
    w.update(
        &mut made,
        table(
            json!({"stream_enabled": false, "table_class": "STANDARD_INFREQUENT_ACCESS", "point_in_time_recovery": [{"enabled": false}]}),
        ),
    )
    .await;
    w.delete(made).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_capacity_and_a_local_index() {
    let w = World::new("eu-south-2").await;
    let plain = |read: i64| {
        json!({
            "name": "plain", "hash_key": "id", "read_capacity": read, "write_capacity": 1, "range_key": "at",
            "attribute": [{"name": "id", "type": "S"}, {"name": "at", "type": "S"}, {"name": "size", "type": "N"}],
            "local_secondary_index": [{"name": "by-size", "range_key": "size", "projection_type": "KEYS_ONLY"}],
        })
    };
    let mut made = w.create("aws_dynamodb_table", plain(1)).await;
    w.update(&mut made, plain(5)).await;
    w.delete(made).await;
    assert_eq!(w.complaints("aws_dynamodb_table", json!({"name": "x", "hash_key": "id", "billing_mode": "FREE"})).len(), 2);
}
