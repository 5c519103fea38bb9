//! The S3 store against the emulator: the documented bytes, and what happens when things go wrong.

use crate::conformance::{self, held, request};
use crate::harness::{Aws, Moto, Proxy};
use envctl::aws::store::S3Store;
use envctl::aws::{Env, Stats};
use envctl::store::{LockInfo, ProcessId, StateStore, StoreError, StoreErrorKind, md5_hex};
use envctl::value::Value;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const REGION: &str = "eu-west-1";
pub const BUCKET: &str = "team-state";
pub const KEY: &str = "stage/terraform.tfstate";
pub const TABLE: &str = "locks";
pub const STATE: &[u8] = br#"{"version":4,"serial":1,"lineage":"one"}"#;

/// A bucket and a table as `state/` makes them.
pub struct World {
    pub moto: Moto,
    pub proxy: Proxy,
}

impl World {
    pub fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto).without_delays();
        let world = World { moto, proxy };
        world.aws().create_bucket(BUCKET);
        let versioning = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        assert_eq!(world.aws().s3("PUT", &format!("/{BUCKET}?versioning"), versioning).status, 200);
        let table = json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        });
        assert_eq!(world.aws().dynamodb("CreateTable", &table).status, 200);
        world
    }

    /// A client that does not pass through the proxy.
    pub fn aws(&self) -> Aws {
        Aws::new(self.moto.url(), REGION)
    }

    pub fn env(&self) -> Env {
        [
            ("AWS_ENDPOINT_URL", self.proxy.url()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", REGION),
            ("ENVCTL_WAIT_SCALE", "0.01"),
        ]
        .map(|(k, v)| (k.to_string(), v.to_string()))
        .into()
    }

    pub async fn try_open(&self, extra: &[(&str, Value)]) -> Result<Arc<dyn StateStore>, StoreError> {
        let mut settings: BTreeMap<Arc<str>, Value> = [("bucket", BUCKET), ("key", KEY)].map(|(k, v)| (k.into(), Value::string(v))).into();
        settings.extend(extra.iter().map(|(k, v)| ((*k).into(), v.clone())));
        Ok(Arc::new(S3Store::open(&settings, "default", &self.env(), Stats::default()).await?))
    }

    pub async fn open(&self, extra: &[(&str, Value)]) -> Arc<dyn StateStore> {
        self.try_open(extra).await.unwrap()
    }

    /// With the lock table.
    pub async fn table_store(&self) -> Arc<dyn StateStore> {
        self.open(&[("dynamodb_table", Value::string(TABLE))]).await
    }

    pub fn item(&self, id: &str) -> Json {
        let key = json!({"TableName": TABLE, "Key": {"LockID": {"S": id}}, "ConsistentRead": true});
        self.aws().dynamodb("GetItem", &key).json()["Item"].clone()
    }

    pub fn put_item(&self, item: Json) {
        assert_eq!(self.aws().dynamodb("PutItem", &json!({"TableName": TABLE, "Item": item})).status, 200);
    }

    pub fn put_object(&self, key: &str, body: &[u8]) {
        assert_eq!(self.aws().s3("PUT", &format!("/{BUCKET}/{key}"), body).status, 200);
    }

    pub fn object(&self, key: &str) -> Option<Vec<u8>> {
        let reply = self.aws().s3("GET", &format!("/{BUCKET}/{key}"), b"");
        (reply.status == 200).then_some(reply.body)
    }
}

pub fn lock_id() -> String {
    format!("{BUCKET}/{KEY}")
}

pub fn digest_id() -> String {
    format!("{BUCKET}/{KEY}-md5")
}

/// A lock as `tofu` writes it.
pub fn tofus_lock(id: &str) -> String {
    format!(
        r#"{{"ID":"{id}","Operation":"OperationTypePlan","Info":"","Who":"bob@ci","Version":"1.11.1","Created":"2026-01-02T03:04:05.678Z","Path":"{}"}}"#,
        lock_id()
    )
}

/// A beat of this process, or of one that had its number, as an object beside a lock object.
pub fn beat(id: &str, start: u64) -> String {
    let p = ProcessId::current();
    json!({"id": id, "boot": p.boot_id, "pid_namespace": p.pid_namespace, "pid": p.pid, "start": start, "lease": 1, "beat": "b"})
        .to_string()
}

async fn conforms(extra: &[(&str, Value)]) {
    let world = World::new();
    let stores: Vec<_> = futures::future::join_all((0..30).map(|_| world.open(extra))).await;
    let stores = std::sync::Mutex::new(stores);
    conformance::all(&|| stores.lock().unwrap().pop().expect("enough handles")).await;
}

#[tokio::test]
async fn conforms_with_a_table() {
    conforms(&[("dynamodb_table", Value::string(TABLE))]).await;
}

#[tokio::test]
async fn conforms_with_a_lock_object() {
    conforms(&[("use_lockfile", Value::bool(true))]).await;
}

#[tokio::test]
async fn conforms_with_both_locks_and_encryption() {
    conforms(&[
        ("use_lockfile", Value::bool(true)),
        ("dynamodb_table", Value::string(TABLE)),
        ("encrypt", Value::bool(true)),
        ("acl", Value::string("private")),
        ("lock_tags", Value::object([("a b".into(), Value::string("c=d"))].into())),
    ])
    .await;
}

#[tokio::test]
async fn lock_and_digest_items_have_tofus_bytes() {
    let world = World::new();
    let store = world.table_store().await;
    let guard = held(&store).await;
    let item = world.item(&lock_id());
    let info = guard.info();
    let expected = format!(
        r#"{{"ID":"{}","Operation":"OperationTypeApply","Info":"a \u003cb\u003e \u0026 \u2028","Who":"ann@box","Version":"1.11.0","Created":"{}","Path":"{BUCKET}/{KEY}"}}"#,
        info.id, info.created
    );
    assert_eq!(item["Info"]["S"], expected.as_str());
    assert_eq!(item["EnvctlLease"]["N"], "90");
    assert_eq!(item["EnvctlPid"]["N"], std::process::id().to_string());
    assert!(item["EnvctlBoot"]["S"].as_str().is_some_and(|b| b.len() == 36), "{item}");
    guard.write_state(STATE).await.unwrap();
    assert_eq!(world.item(&digest_id()), json!({"LockID": {"S": digest_id()}, "Digest": {"S": md5_hex(STATE)}}));
    assert_eq!(world.object(KEY).as_deref(), Some(STATE));
    guard.release().await.unwrap();
    assert_eq!(world.item(&lock_id()), Json::Null);
}

#[tokio::test]
async fn the_lock_object_has_tofus_bytes() {
    let world = World::new();
    let store = world.open(&[("use_lockfile", Value::bool(true))]).await;
    let guard = held(&store).await;
    let lock = world.object(&format!("{KEY}.tflock")).unwrap();
    assert_eq!(String::from_utf8(lock).unwrap(), guard.info().to_json());
    guard.release().await.unwrap();
    assert_eq!(world.object(&format!("{KEY}.tflock")), None);
    assert_eq!(world.object(&format!("{KEY}.envctl/lock")), None);
}

#[tokio::test]
async fn tofus_locks_are_respected_and_can_be_broken() {
    let world = World::new();
    world.put_item(json!({"LockID": {"S": lock_id()}, "Info": {"S": tofus_lock("t-1")}}));
    let store = world.table_store().await;
    let error = store.lock(request(Duration::ZERO)).await.err().unwrap();
    assert!(matches!(&error.kind, StoreErrorKind::Locked(info) if info.id == "t-1"), "{error}");
    for part in ["bob@ci", "OperationTypePlan", "2026-01-02T03:04:05.678Z"] {
        assert!(error.detail.contains(part), "{error}");
    }
    assert!(store.force_unlock("t-2").await.unwrap_err().detail.contains("t-1"));
    store.force_unlock("t-1").await.unwrap();
    held(&store).await.release().await.unwrap();
}

#[tokio::test]
async fn with_both_locks_a_held_item_undoes_the_object() {
    let world = World::new();
    world.put_item(json!({"LockID": {"S": lock_id()}, "Info": {"S": tofus_lock("t-1")}}));
    let store = world.open(&[("use_lockfile", Value::bool(true)), ("dynamodb_table", Value::string(TABLE))]).await;
    assert!(matches!(store.lock(request(Duration::ZERO)).await.err().unwrap().kind, StoreErrorKind::Locked(_)));
    assert_eq!(world.object(&format!("{KEY}.tflock")), None);
    assert_eq!(world.item(&lock_id())["Info"]["S"], tofus_lock("t-1").as_str());
}

#[tokio::test]
async fn a_lost_answer_is_read_back() {
    let world = World::new();
    let store = world.open(&[("use_lockfile", Value::bool(true)), ("dynamodb_table", Value::string(TABLE))]).await;
    // The first try does its work, its answer is lost, and the SDK's second try meets the first one's work.
    for operation in ["s3/PutObject", "dynamodb/PutItem"] {
        world.proxy.reset_stats();
        world.proxy.fault(json!({"operation": operation, "from": 1, "to": 1, "action": "drop-after"}));
        let guard = held(&store).await;
        world.proxy.clear_faults();
        store.read().await.unwrap();
        world.proxy.reset_stats();
        world.proxy.fault(json!({"operation": "s3/PutObject", "from": 1, "to": 1, "action": "drop-after"}));
        let state = format!(r#"{{"version":4,"serial":1,"lineage":"{operation}"}}"#);
        guard.write_state(state.as_bytes()).await.unwrap();
        assert!(world.proxy.calls("s3/PutObject") >= 2, "the fault must have struck: {}", world.proxy.stats());
        world.proxy.clear_faults();
        guard.write_state(STATE).await.unwrap();
        guard.release().await.unwrap();
    }
    assert_eq!(world.object(KEY).as_deref(), Some(STATE));
}

#[tokio::test]
async fn a_digest_without_its_state_is_never_an_empty_state() {
    let world = World::new();
    let store = world.table_store().await;
    let guard = held(&store).await;
    guard.write_state(STATE).await.unwrap();
    guard.release().await.unwrap();
    assert_eq!(world.aws().s3("DELETE", &format!("/{BUCKET}/{KEY}"), b"").status, 204);
    let error = world.table_store().await.read().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::DigestMismatch);
    assert!(error.summary.contains("vanished"), "{error}");
    assert!(error.help.as_ref().unwrap().contains("newest version"), "{error}");
    world.put_object(KEY, b"");
    assert_eq!(world.table_store().await.read().await.unwrap_err().kind, StoreErrorKind::DigestMismatch);
}

#[tokio::test]
async fn a_missing_digest_is_no_mismatch() {
    let world = World::new();
    world.put_object(KEY, STATE);
    let store = world.table_store().await;
    assert_eq!(store.read().await.unwrap().unwrap().bytes, STATE);
}

#[tokio::test]
async fn a_crash_between_state_and_digest_is_healed_under_the_lock() {
    let world = World::new();
    let store = world.table_store().await;
    let guard = held(&store).await;
    guard.write_state(STATE).await.unwrap();
    guard.release().await.unwrap();
    let newer = br#"{"version":4,"serial":2,"lineage":"one"}"#;
    world.put_object(KEY, newer);

    let store = world.table_store().await;
    let error = store.read().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::DigestMismatch, "nothing is healed without the lock");
    assert!(error.detail.contains("serial 2") && error.detail.contains(&md5_hex(STATE)), "{error}");
    let guard = held(&store).await;
    assert_eq!(store.read().await.unwrap().unwrap().bytes, newer);
    assert_eq!(world.item(&digest_id())["Digest"]["S"], md5_hex(newer).as_str());
    guard.release().await.unwrap();
}

#[tokio::test]
async fn a_state_that_names_the_digest_it_follows_needs_no_other_witness() {
    let world = World::new();
    let off = b"<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    assert_eq!(world.aws().s3("PUT", &format!("/{BUCKET}?versioning"), off).status, 200);
    let newer = br#"{"version":4,"serial":2,"lineage":"one"}"#;
    let store = world.table_store().await;
    let guard = held(&store).await;
    guard.write_state(STATE).await.unwrap();
    guard.write_state(newer).await.unwrap();
    guard.release().await.unwrap();
    // As if the run had died before the digest followed.
    world.put_item(json!({"LockID": {"S": digest_id()}, "Digest": {"S": md5_hex(STATE)}}));

    let store = world.table_store().await;
    assert_eq!(store.read().await.unwrap().unwrap().bytes, newer, "reading goes on");
    assert_eq!(world.item(&digest_id())["Digest"]["S"], md5_hex(STATE).as_str(), "and mends nothing without the lock");
    let guard = held(&store).await;
    assert_eq!(store.read().await.unwrap().unwrap().bytes, newer);
    assert_eq!(world.item(&digest_id())["Digest"]["S"], md5_hex(newer).as_str());
    guard.release().await.unwrap();

    // Two writes ahead is no step of ours.
    world.put_item(json!({"LockID": {"S": digest_id()}, "Digest": {"S": md5_hex(b"another")}}));
    assert_eq!(world.table_store().await.read().await.unwrap_err().kind, StoreErrorKind::DigestMismatch);
}

#[tokio::test]
async fn what_went_back_or_is_another_state_is_not_healed() {
    let world = World::new();
    let store = world.table_store().await;
    let guard = held(&store).await;
    guard.write_state(br#"{"version":4,"serial":5,"lineage":"one"}"#).await.unwrap();
    for other in [&br#"{"version":4,"serial":4,"lineage":"one"}"#[..], br#"{"version":4,"serial":9,"lineage":"two"}"#, b"garbage"] {
        world.put_object(KEY, other);
        assert_eq!(store.read().await.unwrap_err().kind, StoreErrorKind::DigestMismatch);
    }
    guard.release().await.unwrap();
}

#[tokio::test]
async fn a_broken_lock_is_noticed_by_its_holder() {
    let world = World::new();
    let mut env = world.env();
    env.insert("ENVCTL_LOCK_LEASE".into(), "13".into());
    let settings = [("bucket", BUCKET), ("key", KEY), ("dynamodb_table", TABLE)].map(|(k, v)| (k.into(), Value::string(v))).into();
    let store: Arc<dyn StateStore> = Arc::new(S3Store::open(&settings, "", &env, Stats::default()).await.unwrap());
    let guard = held(&store).await;
    let before = world.item(&lock_id())["EnvctlBeat"].clone();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_ne!(world.item(&lock_id())["EnvctlBeat"], before, "the beat is renewed");
    guard.check().unwrap();

    world.table_store().await.force_unlock(&guard.info().id).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(guard.check().unwrap_err().kind, StoreErrorKind::LockLost);
    assert_eq!(guard.write_state(STATE).await.unwrap_err().kind, StoreErrorKind::LockLost);
    assert_eq!(world.object(KEY), None);
    assert_eq!(world.item(&lock_id()), Json::Null, "a beat never makes a lock");
}

#[tokio::test]
async fn a_dead_process_of_this_machine_loses_its_lock_at_once() {
    let world = World::new();
    for extra in [("dynamodb_table", Value::string(TABLE)), ("use_lockfile", Value::bool(true))] {
        let extra = [extra];
        let store = world.open(&extra).await;
        let guard = held(&store).await;
        let old = guard.info().clone();
        std::mem::forget(guard);
        // Rewrite the holder's process as one that ended: our own number with another start.
        let mut item = world.item(&lock_id());
        if item.is_null() {
            world.put_object(&format!("{KEY}.envctl/lock"), beat(&old.id, 1).as_bytes());
        } else {
            item["EnvctlStart"] = json!({"N": "1"});
            world.put_item(item);
        }
        let contender = world.open(&extra).await;
        let guard = held(&contender).await;
        assert_ne!(guard.info().id, old.id);
        assert_eq!(contender.holder().await.unwrap().as_ref(), Some(guard.info()));
        guard.release().await.unwrap();
    }
}

#[tokio::test]
async fn failures_say_what_to_do() {
    let world = World::new();
    let read = |extra: Vec<(&'static str, Value)>| {
        let world = &world;
        async move { world.open(&extra).await.read().await.unwrap_err() }
    };
    let error = read(vec![("bucket", Value::string("no-such-bucket"))]).await;
    assert_eq!(error.kind, StoreErrorKind::Missing);
    assert!(error.help.as_ref().unwrap().contains("envctl bootstrap"), "{error}");

    let store = world.open(&[("dynamodb_table", Value::string("no-such-table"))]).await;
    let error = store.lock(request(Duration::ZERO)).await.err().unwrap();
    assert_eq!(error.kind, StoreErrorKind::Missing);
    assert!(error.detail.contains("no-such-table") && error.help.as_ref().unwrap().contains("envctl bootstrap"), "{error}");

    let fault = |code: &str| {
        world.proxy.clear_faults();
        world.proxy.fault(json!({"operation": "s3/*", "action": "code", "code": code, "message": "no"}));
    };
    fault("AccessDenied");
    let error = read(vec![]).await;
    assert_eq!(error.kind, StoreErrorKind::Denied);
    assert!(error.help.as_ref().unwrap().contains("s3:GetObject"), "{error}");
    fault("ExpiredToken");
    let error = read(vec![]).await;
    assert_eq!(error.kind, StoreErrorKind::Denied);
    assert!(error.help.as_ref().unwrap().contains("sso login"), "{error}");
    fault("PermanentRedirect");
    assert!(read(vec![]).await.help.unwrap().contains("region"));
    world.proxy.clear_faults();

    let unreachable = Value::object([("s3".into(), Value::string("http://127.0.0.1:9"))].into());
    let error = read(vec![("endpoints", unreachable), ("max_retries", Value::int(0))]).await;
    assert_eq!(error.kind, StoreErrorKind::Unreachable, "{error}");
    assert!(error.help.is_some());
}

#[tokio::test]
async fn forbidden_accounts_are_refused_before_anything_is_read() {
    let world = World::new();
    let list = |id: &str| Value::tuple(vec![Value::string(id)]);
    assert!(world.try_open(&[("allowed_account_ids", list("123456789012"))]).await.is_ok());
    let error = world.try_open(&[("allowed_account_ids", list("999999999999"))]).await.err().unwrap();
    assert_eq!(error.kind, StoreErrorKind::Denied);
    assert!(error.detail.contains("123456789012"), "{error}");
    assert!(world.try_open(&[("forbidden_account_ids", list("123456789012"))]).await.is_err());
}

#[tokio::test]
async fn concurrent_takers_exclude_each_other() {
    let world = World::new();
    let both = [("use_lockfile", Value::bool(true)), ("dynamodb_table", Value::string(TABLE))];
    let stores = futures::future::join_all((0..8).map(|_| world.open(&both))).await;
    let tries = futures::future::join_all(stores.iter().map(|s| s.lock(request(Duration::ZERO)))).await;
    let (won, lost): (Vec<_>, Vec<_>) = tries.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1, "one of them takes the lock");
    for error in lost.into_iter().filter_map(Result::err) {
        assert!(matches!(error.kind, StoreErrorKind::Locked(_)), "{error}");
    }
    for guard in won.into_iter().flatten() {
        guard.release().await.unwrap();
    }
    let guard = held(&stores[0]).await;
    let info: LockInfo = guard.info().clone();
    assert_eq!(stores[1].holder().await.unwrap(), Some(info));
    guard.release().await.unwrap();
}
