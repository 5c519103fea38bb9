//! Creates of which nothing was found, and that may still arrive.

use crate::addr::InstanceAddr;
use crate::store::{JournalEntry, StoreError, StoreErrorKind, entry_from_json, entry_to_json};
use crate::value::{Type, Value, to_json};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// The record that keeps them.
pub(super) const RECORD: &str = "journal/watched";

/// What may still arrive.
#[derive(Clone, Debug, Default)]
pub struct Watched(Vec<Watch>);

#[derive(Clone, Debug)]
struct Watch {
    entry: JournalEntry,
    until: Timestamp,
    /// Its token was used again: a token makes one object.
    spent: bool,
}

impl PartialEq for Watched {
    fn eq(&self, other: &Self) -> bool {
        let key = |w: &Self| w.0.iter().map(|w| (w.entry.intent.id.clone(), w.until, w.spent)).collect::<Vec<_>>();
        key(self) == key(other)
    }
}

impl Watched {
    /// Whether nothing is watched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many may still arrive.
    #[must_use]
    pub fn open(&self, now: Timestamp) -> usize {
        self.0.iter().filter(|w| w.until > now).count()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &JournalEntry> {
        self.0.iter().map(|w| &w.entry)
    }

    /// Watches an intent for `late` from `since` on.
    pub(super) fn add(&mut self, entry: JournalEntry, since: Timestamp, late: Duration) {
        let late = SignedDuration::try_from(late).unwrap_or(SignedDuration::MAX);
        let until = since.checked_add(late).unwrap_or(Timestamp::MAX);
        self.forget(&entry.intent.id);
        let spent = self.0.iter().any(|w| w.entry.intent.token == entry.intent.token);
        self.0.push(Watch { entry, until, spent });
    }

    /// The time of some is over.
    pub(super) fn expire(&mut self, now: Timestamp) {
        self.0.retain(|w| w.until > now);
    }

    pub(super) fn forget(&mut self, intent_id: &str) {
        self.0.retain(|w| w.entry.intent.id != intent_id);
    }

    /// The address has its object: what goes by a name could only find that one, or a stranger.
    pub(super) fn served(&mut self, intent_id: &str) {
        let short = |w: &Watch| w.entry.intent.id == intent_id && w.until.duration_since(w.entry.at) < SignedDuration::from_hours(1);
        self.0.retain(|w| !short(w));
    }

    /// A token was used again.
    pub(super) fn spend(&mut self, token: &str) {
        self.0.iter_mut().filter(|w| w.entry.intent.token == token).for_each(|w| w.spent = true);
    }

    /// The recorded token for a create that asks for the same object, once: should the first
    /// request arrive late, there will not be two.
    pub fn token(&mut self, addr: &InstanceAddr, planned: &Value) -> Option<String> {
        let json = |v: &Value| to_json(v, &Type::Dynamic);
        let same = |w: &&mut Watch| !w.spent && w.entry.intent.addr == *addr && json(&w.entry.intent.planned) == json(planned);
        let found = self.0.iter_mut().find(same)?;
        found.spent = true;
        Some(found.entry.intent.token.clone())
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let one = |w: &Watch| json!({"until": w.until.to_string(), "spent": w.spent, "intent": entry_to_json(&w.entry)});
        json!({"format": 1, "watched": self.0.iter().map(one).collect::<Vec<_>>()}).to_string().into_bytes()
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// When it is not ours, or newer.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let one = |json: &Json| {
            Some(Watch {
                entry: entry_from_json(json.get("intent")?)?,
                until: json.get("until")?.as_str()?.parse().ok()?,
                spent: json.get("spent")?.as_bool()?,
            })
        };
        let read = |json: Json| {
            let ours = json.get("format")?.as_u64()? == 1;
            json.get("watched")?.as_array().filter(|_| ours)?.iter().map(one).collect::<Option<Vec<_>>>()
        };
        serde_json::from_slice(bytes).ok().and_then(read).map(Watched).ok_or_else(|| {
            let detail = format!("{RECORD} is not a record that this envctl knows.");
            StoreError::new(StoreErrorKind::Unreadable, "The journal cannot be read", detail)
                .help("Use the envctl that wrote it, or a newer one. Nothing was changed.")
        })
    }
}
