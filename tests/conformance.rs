//! What every state store promises, whatever is behind it.

use envctl::addr::{ProviderConfigAddr, parse_instance};
use envctl::provider::{Intent, Operation};
use envctl::state::ObjectState;
use envctl::store::{JournalEntry, JournalResult, LockGuard, LockInfo, LockRequest, StateStore, StoreErrorKind, read_journal};
use envctl::value::{Members, Value};
use std::sync::Arc;
use std::time::Duration;

/// Opens one more handle to the same, empty store.
pub type Open<'a> = &'a dyn Fn() -> Arc<dyn StateStore>;

const FIRST: &[u8] = br#"{"version":4,"serial":1,"lineage":"one"}"#;
const SECOND: &[u8] = br#"{"version":4,"serial":2,"lineage":"one"}"#;

const THIRD: &[u8] = br#"{"version":4,"serial":3,"lineage":"one"}"#;
const FOURTH: &[u8] = br#"{"version":4,"serial":4,"lineage":"one"}"#;
const FULL: &[u8] = br#"{"version":4,"serial":4,"lineage":"one","outputs":{},"resources":[{"mode":"managed","type":"terraform_data","name":"x","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[]}]}"#;

/// A request that waits so long.
pub fn request(wait: Duration) -> LockRequest {
    let info = LockInfo {
        operation: "OperationTypeApply".into(),
        info: "a <b> & \u{2028}".into(),
        who: "ann@box".into(),
        version: "1.11.0".into(),
        ..LockInfo::default()
    };
    LockRequest { info, timeout: wait }
}

/// The lock, at once.
pub async fn held(store: &Arc<dyn StateStore>) -> Box<dyn LockGuard> {
    store.lock(request(Duration::ZERO)).await.expect("a free lock")
}

/// Runs all of them on one store, which is empty again afterwards but for its state.
pub async fn all(open: Open<'_>) {
    state_is_written_and_read(open).await;
    locks_exclude(open).await;
    changes_meanwhile_are_noticed(open).await;
    records(open).await;
    journal(open).await;
    breaking_a_lock(open).await;
    writing_without_the_lock(open).await;
    removal(open).await;
}

async fn state_is_written_and_read(open: Open<'_>) {
    let store = open();
    assert!(store.read().await.unwrap().is_none(), "an empty store has no state");
    let guard = held(&store).await;
    guard.check().unwrap();
    guard.write_state(FIRST).await.unwrap();
    assert_eq!(open().read().await.unwrap().unwrap().bytes, FIRST);
    guard.write_state(SECOND).await.unwrap();
    guard.release().await.unwrap();
    let read = open().read().await.unwrap().unwrap();
    assert_eq!(read.bytes, SECOND);
    assert!(read.tag.is_some());
}

async fn locks_exclude(open: Open<'_>) {
    let (one, two) = (open(), open());
    assert_eq!(one.holder().await.unwrap(), None);
    let guard = held(&one).await;
    assert_eq!(guard.info().who, "ann@box");
    assert!(!guard.info().id.is_empty() && !guard.info().created.is_empty() && !guard.info().path.is_empty());
    assert_eq!(two.holder().await.unwrap().as_ref(), Some(guard.info()));
    let refused = two.lock(request(Duration::ZERO)).await.err().expect("a held lock");
    assert!(matches!(&refused.kind, StoreErrorKind::Locked(info) if **info == *guard.info()), "{refused}");
    for part in ["ann@box", "OperationTypeApply", &guard.info().created, &guard.info().id] {
        assert!(refused.detail.contains(part), "{part} is missing in: {refused}");
    }
    let waiting = tokio::spawn(async move { two.lock(request(Duration::from_secs(20))).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    guard.release().await.unwrap();
    waiting.await.unwrap().unwrap().release().await.unwrap();
    assert_eq!(one.holder().await.unwrap(), None);
}

async fn changes_meanwhile_are_noticed(open: Open<'_>) {
    let stale = open();
    let before = stale.read().await.unwrap().unwrap().bytes;
    let other = open();
    let guard = held(&other).await;
    guard.write_state(br#"{"version":4,"serial":3,"lineage":"one"}"#).await.unwrap();
    guard.release().await.unwrap();
    let guard = held(&stale).await;
    let refused = guard.write_state(&before).await.unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Conflict, "{refused}");
    assert!(stale.read().await.unwrap().unwrap().bytes.windows(10).any(|w| w == b"\"serial\":3"));
    guard.write_state(SECOND).await.unwrap();
    guard.release().await.unwrap();
}

async fn records(open: Open<'_>) {
    let store = open();
    assert_eq!(store.read_record("apps/web.json").await.unwrap(), None);
    assert_eq!(store.list_records("").await.unwrap(), Vec::<String>::new());
    let guard = held(&store).await;
    guard.write_record("apps/web.json", b"1").await.unwrap();
    guard.write_record("apps/web.json", b"2").await.unwrap();
    guard.write_record("history/x", b"").await.unwrap();
    assert!(guard.write_record("../escape", b"").await.is_err());
    assert_eq!(open().read_record("apps/web.json").await.unwrap().as_deref(), Some(&b"2"[..]));
    assert_eq!(store.list_records("").await.unwrap(), ["apps/web.json", "history/x"]);
    assert_eq!(store.list_records("apps/").await.unwrap(), ["apps/web.json"]);
    guard.delete_record("apps/web.json").await.unwrap();
    guard.delete_record("apps/web.json").await.unwrap();
    guard.delete_record("history/x").await.unwrap();
    assert_eq!(store.list_records("").await.unwrap(), Vec::<String>::new());
    guard.release().await.unwrap();
}

async fn journal(open: Open<'_>) {
    let store = open();
    store.read().await.unwrap();
    let guard = held(&store).await;
    let journal = guard.journal();
    let entry = |id: &str| JournalEntry {
        intent: Intent {
            id: id.into(),
            addr: parse_instance("aws_vpc.main").unwrap(),
            deposed: None,
            operation: Operation::Create,
            token: format!("token-{id}"),
            planned: Value::object(Members::from([("name".into(), Value::string("x"))])),
            prior: None,
            existing: None,
        },
        provider: ProviderConfigAddr::parse("provider[\"registry.opentofu.org/hashicorp/aws\"]").unwrap(),
        shell: ObjectState::default(),
        before: None,
        at: jiff::Timestamp::now(),
    };
    journal.begin(&entry("a")).await.unwrap();
    journal.end("a", Some(&ObjectState::default()));
    journal.begin(&entry("b")).await.unwrap();
    let other = open();
    let mut segments = Vec::new();
    for name in other.list_records("journal/").await.unwrap() {
        let bytes = other.read_record(&name).await.unwrap().unwrap();
        segments.push((name, bytes));
    }
    let runs = read_journal(&segments).unwrap();
    let run = &runs[&guard.info().id];
    let found: Vec<_> = run.intents.iter().map(|i| (i.entry.intent.token.as_str(), i.result != JournalResult::Unknown)).collect();
    assert_eq!(found, [("token-a", true), ("token-b", false)]);
    assert_eq!(run.state.as_ref().unwrap().lineage, "one");
    journal.end("b", None);
    journal.clear().await.unwrap();
    assert_eq!(other.list_records("").await.unwrap(), Vec::<String>::new());
    guard.release().await.unwrap();
}

async fn breaking_a_lock(open: Open<'_>) {
    let store = open();
    assert!(store.force_unlock("no-such-lock").await.is_err());
    let guard = held(&store).await;
    assert!(open().force_unlock("another-id").await.is_err());
    guard.check().unwrap();
    guard.release().await.unwrap();
}

async fn writing_without_the_lock(open: Open<'_>) {
    let (holder, other) = (open(), open());
    let guard = held(&holder).await;
    holder.read().await.unwrap();
    other.read().await.unwrap();
    let free = other.without_lock(request(Duration::ZERO).info).await.unwrap();
    assert!(guard.is_locked() && !free.is_locked());
    assert_ne!(free.info().id, guard.info().id);
    free.check().unwrap();
    free.write_record("apps/web.json", b"1").await.unwrap();
    free.delete_record("apps/web.json").await.unwrap();
    assert_eq!(open().holder().await.unwrap().as_ref(), Some(guard.info()), "the lock of another stays");
    // Whoever comes second overwrites nothing.
    guard.write_state(FOURTH).await.unwrap();
    assert_eq!(free.write_state(FIRST).await.unwrap_err().kind, StoreErrorKind::Conflict);
    other.read().await.unwrap();
    free.write_state(THIRD).await.unwrap();
    let refused = guard.write_state(FIRST).await.unwrap_err();
    assert!(matches!(refused.kind, StoreErrorKind::Conflict | StoreErrorKind::LockLost), "{refused}");
    free.release().await.unwrap();
    guard.release().await.unwrap();
    assert_eq!(open().read().await.unwrap().unwrap().bytes, THIRD);
    assert_eq!(open().holder().await.unwrap(), None);
}

async fn removal(open: Open<'_>) {
    let store = open();
    let guard = held(&store).await;
    guard.write_record("apps/web.json", b"1").await.unwrap();
    guard.write_record("journal/old/00000001", b"1").await.unwrap();
    guard.write_state(FULL).await.unwrap();
    guard.remove_state(false).await.unwrap();
    guard.release().await.unwrap();
    let after = open();
    assert!(after.read().await.unwrap().is_none(), "a state that was removed on purpose did not vanish");
    assert_eq!(after.list_records("").await.unwrap(), [""; 0]);
    let guard = held(&after).await;
    guard.remove_state(false).await.unwrap();
    guard.release().await.unwrap();
    let guard = held(&after).await;
    guard.write_state(FIRST).await.unwrap();
    guard.release().await.unwrap();
    assert_eq!(open().read().await.unwrap().unwrap().bytes, FIRST);
}
