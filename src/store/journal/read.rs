//! Puts the segments of former runs together again.

use super::entry::{JournalEntry, entry_from_json};
use crate::state::{ObjectState, read_object};
use crate::store::{StateMark, StoreError, StoreErrorKind};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What one run left in the journal.
#[derive(Clone, Debug, Default)]
pub struct JournalRun {
    /// Its id.
    pub id: String,
    /// Its intents in the order in which they were written.
    pub intents: Vec<JournalIntent>,
    /// The state it had read or written last.
    pub state: Option<StateMark>,
    /// MD5 of every state that it read, wrote or was about to write.
    pub states: BTreeSet<String>,
    /// It began without a state.
    pub from_nothing: bool,
    /// Its last sign of life, by its machine's clock.
    pub last: Option<Timestamp>,
}

/// An intent, and what is known of its result.
#[derive(Clone, Debug)]
pub struct JournalIntent {
    /// As it was written.
    pub entry: JournalEntry,
    /// What was recorded of the result.
    pub result: JournalResult,
    /// MD5 of the state that was written last when the result was recorded: that one does not hold it.
    pub state: Option<String>,
}

/// What is recorded of a result.
#[derive(Clone, Debug, PartialEq)]
pub enum JournalResult {
    /// Nothing: nobody knows whether it happened.
    Unknown,
    /// The identity of an object whose create was not done.
    Reached(Box<ObjectState>),
    /// The object in the end; `None`: nothing exists.
    Ended(Option<Box<ObjectState>>),
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
        let json: Option<Json> = serde_json::from_slice(bytes).ok();
        json.and_then(|json| segment(&json, &mut runs)).ok_or_else(|| {
            StoreError::new(
                StoreErrorKind::Unreadable,
                "The journal cannot be read",
                format!("{name} is not a journal segment that this envctl knows."),
            )
            .help("Use the envctl that wrote it, or a newer one. Nothing was changed.")
        })?;
    }
    Ok(runs)
}

fn segment(json: &Json, runs: &mut BTreeMap<String, JournalRun>) -> Option<()> {
    if json.get("format")?.as_u64()? != 1 {
        return None;
    }
    let id = json.get("run")?.as_str()?.to_string();
    let run = runs.entry(id.clone()).or_insert_with(|| JournalRun { id, ..JournalRun::default() });
    let first = run.last.is_none();
    let at: Timestamp = json.get("at")?.as_str()?.parse().ok()?;
    run.last = run.last.max(Some(at));
    match json.get("state").and_then(mark) {
        Some(state) => {
            run.states.insert(state.md5.clone());
            run.state = Some(state);
        }
        None => run.from_nothing |= first,
    }
    let before = json.get("state").and_then(mark).map(|m| m.md5);
    json.get("records")?.as_array()?.iter().try_for_each(|r| record(r, run, before.as_deref()))
}

fn record(json: &Json, run: &mut JournalRun, before: Option<&str>) -> Option<()> {
    let (kind, body) = json.as_object()?.iter().next()?;
    match kind.as_str() {
        "begin" => {
            let entry = entry_from_json(body)?;
            run.intents.retain(|i| i.entry.intent.id != entry.intent.id);
            run.intents.push(JournalIntent { entry, result: JournalResult::Unknown, state: None });
        }
        "settled" => {
            let ids: BTreeSet<&str> = body.as_array()?.iter().filter_map(Json::as_str).collect();
            run.intents.retain(|i| !ids.contains(i.entry.intent.id.as_str()));
        }
        "cleared" => run.intents.clear(),
        "saving" => drop(run.states.insert(body.as_str()?.to_string())),
        "reached" | "end" => {
            let object = match body.get("object") {
                None | Some(Json::Null) => None,
                Some(json) => Some(Box::new(read_object(json.clone()).ok()?)),
            };
            let id = body.get("id")?.as_str()?;
            // An intent whose result the state holds already may be gone from the journal.
            if let Some(known) = run.intents.iter_mut().find(|i| i.entry.intent.id == id) {
                known.state = before.map(str::to_string);
                known.result = match object {
                    Some(object) if kind == "reached" => JournalResult::Reached(object),
                    object => JournalResult::Ended(object),
                };
            }
        }
        _ => return None,
    }
    Some(())
}

fn mark(json: &Json) -> Option<StateMark> {
    let text = |name: &str| json.get(name)?.as_str().map(str::to_string);
    Some(StateMark { lineage: text("lineage")?, serial: json.get("serial")?.as_u64()?, md5: text("md5")? })
}
