//! Locks and digests to the byte: what `tofu` does to ours with plain calls, and what it finds.
//!
//! Here `tofu` is its documented calls, written by hand: PutItem where there is no item, PutObject with
//! If-None-Match, and DeleteItem where `Info` is the re-serialised struct.

use crate::conformance::{held, request};
use crate::harness::Aws;
use crate::store_s3::{BUCKET, KEY, STATE, TABLE, World, digest_id, lock_id, tofus_lock};
use envctl::store::{LockInfo, LockRequest, StateStore, StoreErrorKind, md5_hex};
use envctl::value::Value;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

async fn both(world: &World) -> Arc<dyn StateStore> {
    world.open(&[("use_lockfile", Value::bool(true)), ("dynamodb_table", Value::string(TABLE))]).await
}

/// PutItem as `tofu` locks.
fn tofu_locks_table(aws: &Aws, info: &str) -> bool {
    let item = json!({"TableName": TABLE, "Item": {"LockID": {"S": lock_id()}, "Info": {"S": info}}, "ConditionExpression": "attribute_not_exists(LockID)"});
    let reply = aws.dynamodb("PutItem", &item);
    assert!(reply.status == 200 || reply.text().contains("ConditionalCheckFailedException"), "{}", reply.text());
    reply.status == 200
}

/// DeleteItem as `tofu` unlocks.
fn tofu_unlocks_table(aws: &Aws, info: &str) -> bool {
    let item = json!({
        "TableName": TABLE, "Key": {"LockID": {"S": lock_id()}},
        "ConditionExpression": "Info = :info", "ExpressionAttributeValues": {":info": {"S": info}},
    });
    aws.dynamodb("DeleteItem", &item).status == 200
}

fn tofu_locks_object(aws: &Aws, info: &str) -> u16 {
    aws.s3_with("PUT", &format!("/{BUCKET}/{KEY}.tflock"), &[("if-none-match", "*"), ("content-type", "application/json")], info.as_bytes())
        .status
}

#[tokio::test]
async fn tofu_finds_our_locks_held() {
    let world = World::new();
    let guard = held(&both(&world).await).await;
    assert!(!tofu_locks_table(&world.aws(), &tofus_lock("t-1")));
    assert_eq!(tofu_locks_object(&world.aws(), &tofus_lock("t-1")), 412);
    guard.release().await.unwrap();
    assert!(tofu_locks_table(&world.aws(), &tofus_lock("t-1")));
    assert_eq!(tofu_locks_object(&world.aws(), &tofus_lock("t-1")), 200);
}

/// Every text that may stand in a lock comes out as Go's encoder writes it: `force-unlock` compares bytes.
#[tokio::test]
async fn tofu_breaks_our_lock_by_its_bytes() {
    let world = World::new();
    let store = world.table_store().await;
    for (note, go) in [
        ("plain", "plain"),
        ("<a> & \"b\" \\ 'c'", r#"\u003ca\u003e \u0026 \"b\" \\ 'c'"#),
        ("line\nand\ttab\r", r"line\nand\ttab\r"),
        ("\u{8}\u{c}\u{1}\u{1f}\u{7f}", "\\b\\f\\u0001\\u001f\u{7f}"),
        ("grüße 日本 🦀", "grüße 日本 🦀"),
        ("a\u{2028}b\u{2029}c", r"a\u2028b\u2029c"),
    ] {
        let mut ask = request(Duration::ZERO);
        ask.info = LockInfo {
            info: note.into(),
            id: "11111111-2222-4333-8444-555555555555".into(),
            created: "2026-01-02T03:04:05.06Z".into(),
            ..ask.info
        };
        let guard = store.lock(LockRequest { info: ask.info, timeout: Duration::ZERO }).await.unwrap();
        let bytes = format!(
            r#"{{"ID":"11111111-2222-4333-8444-555555555555","Operation":"OperationTypeApply","Info":"{go}","Who":"ann@box","Version":"1.11.0","Created":"2026-01-02T03:04:05.06Z","Path":"{BUCKET}/{KEY}"}}"#
        );
        let item = world.item(&lock_id());
        assert_eq!(item["Info"]["S"], bytes.as_str());
        assert!(!tofu_unlocks_table(&world.aws(), &bytes.replace("ann@box", "bob@box")));
        assert!(tofu_unlocks_table(&world.aws(), &bytes), "the condition of `tofu force-unlock` holds");
        assert_eq!(world.item(&lock_id()), Json::Null);
        guard.release().await.unwrap();
    }
}

#[tokio::test]
async fn the_items_have_these_attributes_and_no_others() {
    let world = World::new();
    let store = both(&world).await;
    let guard = held(&store).await;
    let item = world.item(&lock_id());
    let mut names: Vec<&str> = item.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["EnvctlBeat", "EnvctlBoot", "EnvctlLease", "EnvctlPid", "EnvctlPidNamespace", "EnvctlStart", "Info", "LockID"]);
    let lock = world.aws().s3("HEAD", &format!("/{BUCKET}/{KEY}.tflock"), b"");
    assert!(lock.headers.iter().any(|(n, v)| n == "content-type" && v == "application/json"), "{:?}", lock.headers);
    assert_eq!(item["Info"]["S"].as_str().unwrap().as_bytes(), world.object(&format!("{KEY}.tflock")).unwrap(), "one lock, in two places");

    guard.write_state(STATE).await.unwrap();
    guard.write_record("apps/web.json", b"{}").await.unwrap();
    assert_eq!(world.item(&digest_id()), json!({"LockID": {"S": digest_id()}, "Digest": {"S": md5_hex(STATE)}}));
    guard.release().await.unwrap();
    let items = world.aws().dynamodb("Scan", &json!({"TableName": TABLE})).json();
    assert_eq!(items["Count"], 1, "the digest alone stays: {items}");
}

/// `tofu` writes the object, then the digest; a reader in between waits for it.
#[tokio::test]
async fn a_digest_that_follows_late_is_waited_for() {
    let world = World::new();
    let store = world.table_store().await;
    let guard = held(&store).await;
    guard.write_state(STATE).await.unwrap();
    guard.release().await.unwrap();
    let newer = br#"{"version":4,"serial":2,"lineage":"one"}"#;
    let mut env = world.env();
    env.insert("ENVCTL_WAIT_SCALE".into(), "0.2".into());
    let settings = [("bucket", BUCKET), ("key", KEY), ("dynamodb_table", TABLE)].map(|(k, v)| (k.into(), Value::string(v))).into();
    let reader = envctl::aws::store::S3Store::open(&settings, "default", &env, envctl::aws::Stats::default()).await.unwrap();
    world.put_object(KEY, newer);
    let reading = tokio::spawn(async move { reader.read().await });
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!reading.is_finished(), "it does not plan with a state whose digest differs");
    world.put_item(json!({"LockID": {"S": digest_id()}, "Digest": {"S": md5_hex(newer)}}));
    assert_eq!(reading.await.unwrap().unwrap().unwrap().bytes, newer);
    world.put_item(json!({"LockID": {"S": digest_id()}, "Digest": {"S": md5_hex(newer).to_uppercase()}}));
    assert_eq!(
        world.table_store().await.read().await.unwrap_err().kind,
        StoreErrorKind::DigestMismatch,
        "lower case, as everybody writes it"
    );
}
