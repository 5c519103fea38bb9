//! The journal as immutable segments (`journal/<run>/<n>`) beside the state.
//!
//! Each segment is one JSON object: `{"format":1,"run":..,"state":..,"begin":..}` or `..."end":..`.
//! `state` names the last state this run wrote, so that recovery sees whether another tool wrote
//! since. Segments are never rewritten; `clear` removes those of its run when the state holds all.

use super::{Journal, StateMark, StoreError, StoreErrorKind};
use crate::addr::parse_instance;
use crate::provider::{Intent, Operation};
use crate::value::{Type, Value, from_json, to_json};
use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where segments go: the store, under the lock.
#[async_trait]
pub trait Segments: Send + Sync {
    /// Writes one; durable when it returns.
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;
    /// Names below a prefix.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
    /// Removes one.
    async fn delete(&self, name: &str) -> Result<(), StoreError>;
    /// The state that was last read or written.
    fn state(&self) -> Option<StateMark>;
}

/// The journal of one run.
pub struct SegmentJournal<S> {
    segments: Arc<S>,
    run: String,
    next: AtomicU64,
}

impl<S: Segments> SegmentJournal<S> {
    /// A journal for the run that holds the lock `run`.
    pub fn new(segments: Arc<S>, run: impl Into<String>) -> Self {
        SegmentJournal { segments, run: run.into(), next: AtomicU64::new(0) }
    }

    fn prefix(&self) -> String {
        format!("journal/{}/", self.run)
    }

    async fn append(&self, kind: &str, entry: Json) -> Result<(), StoreError> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let mark = self.segments.state();
        let state = mark.map(|m| json!({"lineage": m.lineage, "serial": m.serial, "md5": m.md5}));
        let segment = json!({"format": 1, "run": self.run, "state": state, kind: entry});
        self.segments.put(&format!("{}{n:08}", self.prefix()), segment.to_string().as_bytes()).await
    }
}

#[async_trait]
impl<S: Segments> Journal for SegmentJournal<S> {
    async fn begin(&self, intent: &Intent) -> Result<(), StoreError> {
        self.append("begin", intent_to_json(intent)).await
    }

    async fn end(&self, intent_id: &str, object: Option<&Json>) -> Result<(), StoreError> {
        self.append("end", json!({"id": intent_id, "object": object})).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        for name in self.segments.list(&self.prefix()).await? {
            self.segments.delete(&name).await?;
        }
        Ok(())
    }
}

/// What one run left in the journal.
#[derive(Clone, Debug, Default)]
pub struct JournalRun {
    /// Its intents in the order in which they were written.
    pub intents: Vec<JournalIntent>,
    /// The state it had read or written last.
    pub state: Option<StateMark>,
}

/// An intent, and what is known of its result.
#[derive(Clone, Debug)]
pub struct JournalIntent {
    /// As it was written.
    pub intent: Intent,
    /// The last recorded result: the object as JSON, or that nothing exists. `None`: no result was
    /// recorded, so nobody knows.
    pub result: Option<Option<Json>>,
}

/// Puts the segments of all runs together again: names as listed, with their bytes.
///
/// # Errors
/// When a segment is not one of ours, or of a newer format.
pub fn read_journal(segments: &[(String, Vec<u8>)]) -> Result<BTreeMap<String, JournalRun>, StoreError> {
    let mut sorted: Vec<_> = segments.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut runs: BTreeMap<String, JournalRun> = BTreeMap::new();
    for (name, bytes) in sorted {
        let wrong = || {
            StoreError::new(
                StoreErrorKind::Unreadable,
                "The journal cannot be read",
                format!("{name} is not a journal segment that this envctl knows."),
            )
            .help("Use the envctl that wrote it, or a newer one. Nothing was changed.")
        };
        let json: Json = serde_json::from_slice(bytes).map_err(|_| wrong())?;
        if json.get("format").and_then(Json::as_u64) != Some(1) {
            return Err(wrong());
        }
        let run = json.get("run").and_then(Json::as_str).ok_or_else(wrong)?;
        let run = runs.entry(run.to_string()).or_default();
        run.state = json.get("state").and_then(mark).or_else(|| run.state.take());
        if let Some(begin) = json.get("begin") {
            let intent = intent_from_json(begin).ok_or_else(wrong)?;
            run.intents.push(JournalIntent { intent, result: None });
        } else if let Some(end) = json.get("end") {
            let id = end.get("id").and_then(Json::as_str).ok_or_else(wrong)?;
            let object = end.get("object").filter(|o| !o.is_null()).cloned();
            if let Some(known) = run.intents.iter_mut().find(|i| i.intent.id == id) {
                known.result = Some(object);
            }
        } else {
            return Err(wrong());
        }
    }
    Ok(runs)
}

fn mark(json: &Json) -> Option<StateMark> {
    let text = |name: &str| json.get(name)?.as_str().map(str::to_string);
    Some(StateMark { lineage: text("lineage")?, serial: json.get("serial")?.as_u64()?, md5: text("md5")? })
}

fn intent_to_json(intent: &Intent) -> Json {
    let operation = match intent.operation {
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
    };
    let mut out = Map::new();
    out.insert("id".into(), intent.id.as_str().into());
    out.insert("address".into(), intent.addr.to_string().into());
    out.insert("deposed".into(), intent.deposed.clone().into());
    out.insert("operation".into(), operation.into());
    out.insert("token".into(), intent.token.as_str().into());
    out.insert("planned".into(), to_json(&intent.planned, &Type::Dynamic));
    out.insert("prior".into(), intent.prior.as_ref().map_or(Json::Null, |p| to_json(p, &Type::Dynamic)));
    Json::Object(out)
}

fn intent_from_json(json: &Json) -> Option<Intent> {
    let text = |name: &str| json.get(name)?.as_str().map(str::to_string);
    let value = |name: &str| -> Option<Value> { from_json(json.get(name)?, &Type::Dynamic).ok() };
    Some(Intent {
        id: text("id")?,
        addr: parse_instance(&text("address")?).ok()?,
        deposed: text("deposed"),
        operation: match text("operation")?.as_str() {
            "create" => Operation::Create,
            "update" => Operation::Update,
            "delete" => Operation::Delete,
            _ => return None,
        },
        token: text("token")?,
        planned: value("planned")?,
        prior: value("prior").filter(|p| !p.is_null()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

    #[async_trait]
    impl Segments for Memory {
        async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
            self.0.lock().unwrap().insert(name.into(), bytes.to_vec());
            Ok(())
        }
        async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
            Ok(self.0.lock().unwrap().keys().filter(|k| k.starts_with(prefix)).cloned().collect())
        }
        async fn delete(&self, name: &str) -> Result<(), StoreError> {
            self.0.lock().unwrap().remove(name);
            Ok(())
        }
        fn state(&self) -> Option<StateMark> {
            Some(StateMark { lineage: "l".into(), serial: 3, md5: "m".into() })
        }
    }

    fn intent(id: &str) -> Intent {
        let members = [("cidr".into(), Value::string("10.0.0.0/16")), ("n".into(), Value::int(7))];
        Intent {
            id: id.into(),
            addr: parse_instance("module.a[\"x\"].aws_vpc.main[1]").unwrap(),
            deposed: Some("00ab12cd".into()),
            operation: Operation::Create,
            token: "t-1".into(),
            planned: Value::object(members.into_iter().collect()),
            prior: None,
        }
    }

    #[tokio::test]
    async fn what_was_begun_and_ended_is_read_back() {
        let memory = Arc::new(Memory::default());
        let journal = SegmentJournal::new(memory.clone(), "run-1");
        for id in ["a", "b", "c"] {
            journal.begin(&intent(id)).await.unwrap();
        }
        journal.end("a", Some(&json!({"id": "vpc-1"}))).await.unwrap();
        journal.end("b", None).await.unwrap();
        let other = SegmentJournal::new(memory.clone(), "run-2");
        other.begin(&intent("z")).await.unwrap();

        let all: Vec<_> = memory.0.lock().unwrap().clone().into_iter().collect();
        let runs = read_journal(&all).unwrap();
        let first = &runs["run-1"];
        assert_eq!(first.state.as_ref().unwrap().serial, 3);
        let results: Vec<_> = first.intents.iter().map(|i| (i.intent.id.as_str(), i.result.clone())).collect();
        assert_eq!(results, [("a", Some(Some(json!({"id": "vpc-1"})))), ("b", Some(None)), ("c", None)]);
        let back = &first.intents[0].intent;
        let want = intent("a");
        assert_eq!((&back.addr, &back.deposed, back.operation, &back.token), (&want.addr, &want.deposed, want.operation, &want.token));
        assert_eq!(back.planned.get("cidr").and_then(Value::as_str), Some("10.0.0.0/16"));
        assert!(back.prior.is_none());

        journal.clear().await.unwrap();
        let left: Vec<String> = memory.0.lock().unwrap().keys().cloned().collect();
        assert_eq!(left, ["journal/run-2/00000000"]);
    }

    #[test]
    fn a_foreign_segment_is_refused() {
        for bytes in [&b"{}"[..], b"nonsense", br#"{"format":2,"run":"r"}"#, br#"{"format":1,"run":"r"}"#] {
            assert!(read_journal(&[("journal/r/0".into(), bytes.to_vec())]).is_err());
        }
    }
}
