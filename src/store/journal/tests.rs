use super::*;
use crate::addr::{ProviderConfigAddr, parse_instance};
use crate::provider::{Intent, Operation};
use crate::store::StoreErrorKind;
use crate::value::Value;

/// Segments by name.
type Lying = Vec<(String, Vec<u8>)>;

#[derive(Default)]
struct Memory {
    segments: Mutex<BTreeMap<String, Vec<u8>>>,
    broken: std::sync::atomic::AtomicBool,
    /// What lay there before each removal.
    before_removal: Mutex<Vec<Lying>>,
}

impl Memory {
    fn all(&self) -> Vec<(String, Vec<u8>)> {
        self.segments.lock().unwrap().clone().into_iter().collect()
    }
    fn names(&self) -> Vec<String> {
        self.segments.lock().unwrap().keys().cloned().collect()
    }
    fn results(&self, run: &str) -> Vec<(String, JournalResult)> {
        let runs = read_journal(&self.all()).unwrap();
        runs.get(run).into_iter().flat_map(|r| &r.intents).map(|i| (i.entry.intent.id.clone(), i.result.clone())).collect()
    }
}

#[async_trait]
impl Segments for Memory {
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        if self.broken.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(StoreError::new(StoreErrorKind::Unreachable, "no", "the test says no"));
        }
        self.segments.lock().unwrap().insert(name.into(), bytes.to_vec());
        Ok(())
    }
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.names().into_iter().filter(|k| k.starts_with(prefix)).collect())
    }
    async fn delete(&self, names: &[String]) -> Result<(), StoreError> {
        self.before_removal.lock().unwrap().push(self.all());
        names.iter().for_each(|name| drop(self.segments.lock().unwrap().remove(name)));
        Ok(())
    }
    fn state(&self) -> Option<StateMark> {
        Some(StateMark { lineage: "l".into(), serial: 3, md5: "m".into() })
    }
}

fn entry(id: &str) -> JournalEntry {
    let members = [("cidr".into(), Value::string("10.0.0.0/16")), ("n".into(), Value::int(7))];
    let intent = Intent {
        id: id.into(),
        addr: parse_instance("module.a[\"x\"].aws_vpc.main[1]").unwrap(),
        deposed: Some("00ab12cd".into()),
        operation: Operation::Create,
        token: "t-1".into(),
        planned: Value::object(members.into_iter().collect()),
        prior: None,
        existing: Some(["vpc-1".to_string(), "vpc-2".to_string()].into()),
    };
    let provider = ProviderConfigAddr::parse("provider[\"registry.opentofu.org/hashicorp/aws\"].west").unwrap();
    let shell = ObjectState { schema_version: 2, create_before_destroy: true, ..ObjectState::default() };
    JournalEntry { intent, provider, shell, before: Some("vpc-0".into()), at: jiff::Timestamp::UNIX_EPOCH }
}

fn object(id: &str) -> ObjectState {
    ObjectState { attributes: json!({"id": id}).as_object().unwrap().clone(), ..ObjectState::default() }
}

#[tokio::test]
async fn what_was_begun_reached_and_ended_is_read_back() {
    let memory = Arc::new(Memory::default());
    let journal = SegmentJournal::new(memory.clone(), "run-1");
    for id in ["a", "b", "c", "d"] {
        journal.begin(&entry(id)).await.unwrap();
    }
    journal.end("a", Some(&object("vpc-1")));
    journal.end("b", None);
    journal.reached("d", &object("vpc-4")).await.unwrap();
    journal.saving(b"state").await.unwrap();
    SegmentJournal::new(memory.clone(), "run-2").begin(&entry("z")).await.unwrap();

    let ended = |o: Option<ObjectState>| JournalResult::Ended(o.map(Box::new));
    assert_eq!(
        memory.results("run-1"),
        [
            ("a".into(), ended(Some(object("vpc-1")))),
            ("b".into(), ended(None)),
            ("c".into(), JournalResult::Unknown),
            ("d".into(), JournalResult::Reached(Box::new(object("vpc-4"))))
        ]
    );
    let runs = read_journal(&memory.all()).unwrap();
    assert_eq!(runs["run-1"].states, ["m".to_string(), md5_hex(b"state")].into());
    let (back, want) = (&runs["run-1"].intents[0].entry, entry("a"));
    assert_eq!((&back.intent.addr, &back.intent.deposed), (&want.intent.addr, &want.intent.deposed));
    assert_eq!((&back.provider, &back.shell, &back.before), (&want.provider, &want.shell, &want.before));
    assert_eq!(back.intent.planned, want.intent.planned);
}

#[tokio::test]
async fn what_comes_together_goes_in_one_segment() {
    let memory = Arc::new(Memory::default());
    let journal = SegmentJournal::new(memory.clone(), "run-1");
    let ids: Vec<String> = (0..20).map(|i| format!("i{i:02}")).collect();
    let begun = futures::future::join_all(ids.iter().map(|id| async { journal.begin(&entry(id)).await })).await;
    assert!(begun.into_iter().all(|r| r.is_ok()));
    assert_eq!(memory.names().len(), 2, "the first alone, the others while it was written");
    assert_eq!(memory.results("run-1").len(), 20);
}

#[tokio::test]
async fn segments_go_when_the_state_holds_their_results() {
    let memory = Arc::new(Memory::default());
    let journal = SegmentJournal::new(memory.clone(), "r");
    for id in ["a", "b"] {
        journal.begin(&entry(id)).await.unwrap();
        journal.end(id, Some(&object(id)));
    }
    journal.saving(b"s1").await.unwrap();
    journal.saved(&["a".into()]).await.unwrap();
    assert_eq!(memory.results("r").into_iter().map(|r| r.0).collect::<Vec<_>>(), ["b"], "a is settled");
    journal.saved(&["b".into()]).await.unwrap();
    assert!(memory.results("r").is_empty());
    assert!(memory.names().contains(&"journal/r/00000002".to_string()), "it says that s1 is ours");
    journal.clear().await.unwrap();
    assert!(memory.names().is_empty());
}

/// Every way in which a removal can be cut off: what is left must tell of nothing that is settled.
#[tokio::test]
async fn whatever_is_left_of_a_removal_is_known_to_have_served() {
    let memory = Arc::new(Memory::default());
    let journal = SegmentJournal::new(memory.clone(), "r");
    for id in ["a", "b", "c", "d"] {
        journal.begin(&entry(id)).await.unwrap();
        if id != "d" {
            journal.end(id, Some(&object(id)));
        }
    }
    journal.saving(b"s1").await.unwrap();
    journal.saved(&["a".into(), "b".into()]).await.unwrap();
    journal.saved(&["c".into()]).await.unwrap();
    journal.clear().await.unwrap();
    let removals = memory.before_removal.lock().unwrap().clone();
    assert!(removals.len() >= 3);
    for (n, before) in removals.iter().enumerate() {
        let settled = if n == 0 { vec!["a", "b"] } else { vec!["a", "b", "c"] };
        let (newest, others) = before.split_last().unwrap();
        for chosen in 0..1_u32 << others.len() {
            let left = others.iter().enumerate().filter(|(i, _)| chosen & (1 << i) != 0).map(|(_, s)| s.clone());
            let runs = read_journal(&left.chain([newest.clone()]).collect::<Vec<_>>()).unwrap();
            let told: Vec<&str> = runs["r"].intents.iter().map(|i| i.entry.intent.id.as_str()).collect();
            assert!(told.iter().all(|id| !settled.contains(id)), "removal {n}, left {chosen:b}: {told:?}");
        }
    }
    assert_eq!(memory.results("r"), [("d".to_string(), JournalResult::Unknown)]);
}

#[tokio::test]
async fn what_is_noted_waits_for_the_next_segment_or_for_flush() {
    let memory = Arc::new(Memory::default());
    let journal = SegmentJournal::new(memory.clone(), "r");
    journal.begin(&entry("a")).await.unwrap();
    journal.noted("a", &object("vpc-1"));
    assert_eq!((memory.names().len(), memory.results("r")), (1, vec![("a".into(), JournalResult::Unknown)]));
    journal.flush().await.unwrap();
    assert_eq!(memory.results("r"), [("a".into(), JournalResult::Reached(Box::new(object("vpc-1"))))]);
    journal.flush().await.unwrap();
    assert_eq!(memory.names().len(), 2, "nothing was left to write");
}

#[tokio::test]
async fn clearing_keeps_what_nobody_knows() {
    let memory = Arc::new(Memory::default());
    let journal = SegmentJournal::new(memory.clone(), "r");
    for id in ["a", "b", "c"] {
        journal.begin(&entry(id)).await.unwrap();
    }
    journal.reached("b", &object("vpc-2")).await.unwrap();
    journal.end("c", None);
    journal.clear().await.unwrap();
    let results = memory.results("r");
    let known = [("a".to_string(), JournalResult::Unknown), ("b".to_string(), JournalResult::Reached(Box::new(object("vpc-2"))))];
    assert_eq!(results, known);
    assert_eq!(memory.names().len(), 1);
}

#[tokio::test]
async fn a_refused_segment_stops_the_call_and_keeps_results() {
    let memory = Arc::new(Memory::default());
    let journal = SegmentJournal::new(memory.clone(), "r");
    journal.begin(&entry("a")).await.unwrap();
    journal.end("a", Some(&object("vpc-1")));
    memory.broken.store(true, std::sync::atomic::Ordering::Relaxed);
    let (eb, ec) = (entry("b"), entry("c"));
    let (b, c) = futures::join!(journal.begin(&eb), journal.begin(&ec));
    assert!(b.is_err() && c.is_err());
    memory.broken.store(false, std::sync::atomic::Ordering::Relaxed);
    journal.begin(&entry("d")).await.unwrap();
    let results = memory.results("r");
    assert_eq!(results[0], ("a".into(), JournalResult::Ended(Some(Box::new(object("vpc-1"))))));
    assert_eq!(results.iter().map(|r| r.0.as_str()).collect::<Vec<_>>(), ["a", "d"]);
}

#[test]
fn a_foreign_segment_is_refused() {
    for bytes in [&b"{}"[..], b"nonsense", br#"{"format":2,"run":"r"}"#, br#"{"format":1,"run":"r"}"#] {
        assert!(read_journal(&[("journal/r/0".into(), bytes.to_vec())]).is_err());
    }
}
