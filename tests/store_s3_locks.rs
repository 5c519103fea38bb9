//! Locks of the S3 store in the hands of the dead, the paused and the patient.

use crate::conformance::{held, request};
use crate::store_s3::{BUCKET, KEY, STATE, TABLE, World, digest_id, lock_id, tofus_lock};
use envctl::aws::Stats;
use envctl::aws::store::S3Store;
use envctl::store::{StateStore, StoreErrorKind};
use envctl::value::Value;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Extra = Vec<(&'static str, Value)>;

fn table() -> Extra {
    vec![("dynamodb_table", Value::string(TABLE))]
}

fn object() -> Extra {
    vec![("use_lockfile", Value::bool(true))]
}

/// A store whose locks live 13 s and beat every second.
async fn hasty(world: &World, extra: &Extra) -> Arc<dyn StateStore> {
    let mut env = world.env();
    env.insert("ENVCTL_LOCK_LEASE".into(), "13".into());
    let mut settings: BTreeMap<Arc<str>, Value> = [("bucket", BUCKET), ("key", KEY)].map(|(k, v)| (k.into(), Value::string(v))).into();
    settings.extend(extra.iter().map(|(k, v)| ((*k).into(), v.clone())));
    Arc::new(S3Store::open(&settings, "", &env, Stats::default()).await.unwrap())
}

/// An item as a process of another machine wrote it, with a lease of one second.
fn item_from_elsewhere(id: &str) -> Json {
    json!({
        "LockID": {"S": lock_id()}, "Info": {"S": tofus_lock(id)},
        "EnvctlBoot": {"S": "another machine"}, "EnvctlPidNamespace": {"S": "pid:[1]"}, "EnvctlPid": {"N": "7"},
        "EnvctlStart": {"N": "9"}, "EnvctlLease": {"N": "1"}, "EnvctlBeat": {"S": "silence"},
    })
}

/// The same beside a lock object.
fn object_from_elsewhere(world: &World, id: &str) {
    world.put_object(&format!("{KEY}.tflock"), tofus_lock(id).as_bytes());
    let beat =
        json!({"id": id, "boot": "another machine", "pid_namespace": "pid:[1]", "pid": 7, "start": 9, "lease": 1, "beat": "silence"});
    world.put_object(&format!("{KEY}.envctl/lock"), beat.to_string().as_bytes());
}

async fn takes_over(world: World, extra: Extra) {
    let store = world.open(&extra).await;
    let begin = Instant::now();
    let guard = store.lock(request(Duration::from_secs(40))).await.unwrap();
    assert!(begin.elapsed() > Duration::from_secs(11), "a silent holder keeps its lock for its lease and ten seconds");
    assert_ne!(guard.info().id, "t-1");
    let held = store.held_locks().await.unwrap();
    assert!(!held.is_empty() && held.iter().all(|h| h.info == *guard.info() && h.lease.is_some()), "{held:?}");
    guard.write_state(STATE).await.unwrap();
    guard.release().await.unwrap();
    assert_eq!(store.held_locks().await.unwrap(), []);
}

#[tokio::test]
async fn silence_for_a_lease_and_ten_seconds_loses_every_kind_of_lock_but_tofus() {
    let (one, two, three, tofu, tofus) = (World::new(), World::new(), World::new(), World::new(), World::new());
    one.put_item(item_from_elsewhere("t-1"));
    object_from_elsewhere(&two, "t-1");
    three.put_item(item_from_elsewhere("t-1"));
    object_from_elsewhere(&three, "t-1");
    tofu.put_item(json!({"LockID": {"S": lock_id()}, "Info": {"S": tofus_lock("t-1")}}));
    tofus.put_object(&format!("{KEY}.tflock"), tofus_lock("t-1").as_bytes());
    let stays = |world: World, extra: Extra| async move {
        let error = world.open(&extra).await.lock(request(Duration::from_secs(16))).await.err().expect("a lock that never expires");
        assert!(matches!(&error.kind, StoreErrorKind::Locked(info) if info.id == "t-1"), "{error}");
        assert!(error.help.as_ref().unwrap().contains("no lease"), "{error}");
    };
    tokio::join!(
        takes_over(one, table()),
        takes_over(two, object()),
        takes_over(three, [table(), object()].concat()),
        stays(tofu, table()),
        stays(tofus, object()),
    );
}

#[tokio::test]
async fn a_beat_keeps_the_lock_from_a_patient_contender() {
    let world = World::new();
    for extra in [table(), object()] {
        let holder = hasty(&world, &extra).await;
        let guard = held(&holder).await;
        let error = world.open(&extra).await.lock(request(Duration::from_secs(25))).await.err().expect("a lock that is renewed");
        assert!(matches!(error.kind, StoreErrorKind::Locked(_)), "{error}");
        assert!(error.help.as_ref().unwrap().contains("after 23 s of waiting"), "{error}");
        guard.check().unwrap();
        guard.release().await.unwrap();
        assert_eq!(world.object(&format!("{KEY}.envctl/lock")), None);
    }
}

#[tokio::test]
async fn a_holder_that_cannot_renew_stops_for_good() {
    let world = World::new();
    let store = hasty(&world, &table()).await;
    let guard = held(&store).await;
    guard.write_state(STATE).await.unwrap();
    world.proxy.fault(json!({"operation": "dynamodb/UpdateItem", "action": "error"}));
    tokio::time::sleep(Duration::from_millis(4500)).await;
    assert_eq!(guard.check().unwrap_err().kind, StoreErrorKind::LockLost);
    world.proxy.clear_faults();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    world.proxy.reset_stats();
    for failed in [
        guard.write_state(br#"{"version":4,"serial":2,"lineage":"one"}"#).await,
        guard.write_record("apps/web.json", b"1").await,
        guard.delete_record("apps/web.json").await,
    ] {
        assert_eq!(failed.unwrap_err().kind, StoreErrorKind::LockLost);
    }
    assert_eq!(world.proxy.stats()["mutating"], 0, "{}", world.proxy.stats());
    assert_eq!(world.object(KEY).as_deref(), Some(STATE));
    guard.release().await.unwrap();
    assert_eq!(world.item(&lock_id()), Json::Null, "what is still ours is given back");
}

#[tokio::test]
async fn a_lasting_lock_has_tofus_form_and_no_lease() {
    let world = World::new();
    let both = [table(), object()].concat();
    let store = world.open(&both).await;
    let taken = store.acquire(request(Duration::ZERO)).await.unwrap();
    assert_eq!(world.item(&lock_id()), json!({"LockID": {"S": lock_id()}, "Info": {"S": taken.to_json()}}));
    assert_eq!(world.object(&format!("{KEY}.tflock")), Some(taken.to_json().into_bytes()));
    assert_eq!(world.object(&format!("{KEY}.envctl/lock")), None);
    let held = store.held_locks().await.unwrap();
    let places: Vec<_> = held.iter().map(|h| h.place.clone()).collect();
    assert_eq!(places, [format!("s3://{BUCKET}/{KEY}.tflock"), format!("DynamoDB table {TABLE:?}")]);
    assert!(held.iter().all(|h| h.lease.is_none() && !h.dead && h.info == taken), "{held:?}");
    assert!(matches!(store.lock(request(Duration::ZERO)).await.err().unwrap().kind, StoreErrorKind::Locked(_)));
    store.force_unlock(&taken.id).await.unwrap();
    assert_eq!(store.held_locks().await.unwrap(), []);
    let without = world.open(&[]).await;
    assert!(without.acquire(request(Duration::ZERO)).await.unwrap_err().help.unwrap().contains("use_lockfile"));
}

#[tokio::test]
async fn a_service_without_conditions_gets_no_automatic_takeover_and_no_lock_object() {
    let world = World::new();
    object_from_elsewhere(&world, "t-1");
    // The first removal is the probe with a condition; the second cleans up.
    let store = world.open(&object()).await;
    let waiting = tokio::spawn(async move { store.lock(request(Duration::from_secs(16))).await });
    tokio::time::sleep(Duration::from_secs(5)).await;
    world.proxy.fault(json!({"operation": "s3/DeleteObject", "from": 1, "to": 1, "action": "code", "code": "NotImplemented"}));
    let error = waiting.await.unwrap().err().expect("a lock that nobody may take over");
    assert!(matches!(&error.kind, StoreErrorKind::Locked(info) if info.id == "t-1"), "{error}");
    assert!(world.object(&format!("{KEY}.tflock")).is_some());

    let world = World::new();
    world.proxy.fault(json!({"operation": "s3/PutObject", "action": "code", "code": "NotImplemented"}));
    let error = world.open(&object()).await.lock(request(Duration::ZERO)).await.err().unwrap();
    assert!(error.summary.contains("cannot lock with use_lockfile"), "{error}");
}

#[tokio::test]
async fn a_state_with_objects_that_vanished_is_noticed_without_a_digest() {
    let world = World::new();
    let full = br#"{"version":4,"serial":1,"lineage":"one","resources":[{"mode":"managed"}]}"#;
    let empty = br#"{"version":4,"serial":2,"lineage":"one","resources":[]}"#;
    for (state, vanishes) in [(&full[..], true), (&empty[..], false)] {
        world.put_object(KEY, state);
        assert_eq!(world.aws().s3("DELETE", &format!("/{BUCKET}/{KEY}"), b"").status, 204);
        let read = world.open(&object()).await.read().await;
        match vanishes {
            true => {
                let error = read.unwrap_err();
                assert_eq!(error.summary, "The state has vanished");
                assert!(error.help.as_ref().unwrap().contains("newest version"), "{error}");
            }
            false => assert!(read.unwrap().is_none()),
        }
    }
    assert_eq!(world.item(&digest_id()), Json::Null);
}
