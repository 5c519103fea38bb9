//! The journal as immutable segments (`journal/<run>/<n>`) beside the state.
//!
//! Each segment is one JSON object: `{"format":1,"run":..,"at":..,"state":..,"records":[..]}`, a
//! record being `{"begin":..}`, `{"reached":..}`, `{"end":..}`, `{"saving":..}`, `{"settled":[..]}` or
//! `{"cleared":true}`. `state` names the state this run read or wrote last and `saving` the one it
//! was about to write, so that recovery sees whether another tool wrote since. Segments are never
//! rewritten; what many steps have to record at the same time goes into one.
//!
//! A segment goes as soon as the state holds the results of all its intents. First one record says
//! which intents are `settled` (at the end of a run: that it is `cleared`), then the segments are
//! removed in any order and many a call: killed in between, whatever is left of them is known to
//! have served.

mod entry;
mod read;
#[cfg(test)]
mod tests;

pub use entry::{JournalEntry, entry_from_json, entry_to_json};
pub use read::{JournalIntent, JournalResult, JournalRun, read_journal};

use super::{Journal, StateMark, StoreError, md5_hex};
use crate::clock::{Clock, SystemClock};
use crate::state::{ObjectState, write_object};
use async_trait::async_trait;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where segments go: the store, under the lock.
#[async_trait]
pub trait Segments: Send + Sync {
    /// Writes one; durable when it returns.
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;
    /// Names below a prefix.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
    /// Removes some, in any order; those that are gone already are no error.
    async fn delete(&self, names: &[String]) -> Result<(), StoreError>;
    /// The state that was last read or written.
    fn state(&self) -> Option<StateMark>;
}

/// The journal of one run.
pub struct SegmentJournal<S> {
    segments: Arc<S>,
    run: String,
    /// Held by whoever writes a segment: the others' records wait and go together.
    writing: tokio::sync::Mutex<()>,
    book: Mutex<Book>,
}

/// What is recorded, written or not.
#[derive(Default)]
struct Book {
    pending: Vec<Pending>,
    /// The number of the next record.
    ticket: u64,
    /// The number of the next segment.
    next: u64,
    /// Records below this are durable, or in `failed`.
    written: u64,
    failed: BTreeMap<u64, StoreError>,
    /// Intents without a result: what is recorded of them.
    open: BTreeMap<String, Vec<Json>>,
    /// Segments with the intents that they tell of.
    kept: BTreeMap<String, BTreeSet<String>>,
    /// Intents whose results the state holds.
    closed: BTreeSet<String>,
    /// The segment that names the state written last.
    saving: Option<String>,
}

struct Pending {
    ticket: u64,
    id: Option<String>,
    record: Json,
    /// Somebody waits for it, and will not go on without it.
    awaited: bool,
}

impl Book {
    fn push(&mut self, id: Option<&str>, record: Json, awaited: bool) -> u64 {
        let ticket = self.ticket;
        self.ticket += 1;
        self.pending.push(Pending { ticket, id: id.map(str::to_string), record, awaited });
        ticket
    }
}

impl Book {
    fn reached(&mut self, intent_id: &str, object: &ObjectState, awaited: bool) -> u64 {
        let record = json!({"reached": {"id": intent_id, "object": write_object(object)}});
        if let Some(open) = self.open.get_mut(intent_id) {
            open.truncate(1);
            open.push(record.clone());
        }
        self.push(Some(intent_id), record, awaited)
    }
}

impl<S: Segments> SegmentJournal<S> {
    /// A journal for the run that holds the lock `run`.
    pub fn new(segments: Arc<S>, run: impl Into<String>) -> Self {
        SegmentJournal { segments, run: run.into(), writing: tokio::sync::Mutex::new(()), book: Mutex::default() }
    }

    fn prefix(&self) -> String {
        format!("journal/{}/", self.run)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a record is durable; writes everything that waits where nobody else does.
    async fn durable(&self, ticket: u64) -> Result<(), StoreError> {
        let _one_at_a_time = self.writing.lock().await;
        let (batch, name) = {
            let mut book = self.book();
            if let Some(error) = book.failed.remove(&ticket) {
                return Err(error);
            }
            if ticket < book.written {
                return Ok(());
            }
            let name = format!("{}{:08}", self.prefix(), book.next);
            book.next += 1;
            book.written = book.ticket;
            (std::mem::take(&mut book.pending), name)
        };
        let ids: BTreeSet<String> = batch.iter().filter_map(|p| p.id.clone()).collect();
        let records = batch.iter().map(|p| p.record.clone()).collect();
        match self.put(&name, records).await {
            Ok(()) => {
                let mut book = self.book();
                if batch.iter().any(|p| p.record.get("saving").is_some()) {
                    book.saving = Some(name.clone());
                }
                book.kept.insert(name, ids);
                Ok(())
            }
            Err(error) => {
                self.book().refused(batch, name, ids, ticket, &error);
                Err(error)
            }
        }
    }

    async fn put(&self, name: &str, records: Vec<Json>) -> Result<(), StoreError> {
        let state = self.segments.state().map(|m| json!({"lineage": m.lineage, "serial": m.serial, "md5": m.md5}));
        let at = SystemClock.now().to_string();
        let segment = json!({"format": 1, "run": self.run, "at": at, "state": state, "records": records});
        self.segments.put(name, segment.to_string().as_bytes()).await
    }

    async fn remove(&self, names: &[String]) -> Result<(), StoreError> {
        if names.is_empty() {
            return Ok(());
        }
        self.segments.delete(names).await?;
        let mut book = self.book();
        names.iter().for_each(|name| drop(book.kept.remove(name)));
        Ok(())
    }
}

impl Book {
    /// Segments all of whose intents the state holds, but for the one that names the state written last.
    fn served(&self) -> Vec<String> {
        let served = self.kept.iter().filter(|(n, ids)| Some(*n) != self.saving.as_ref() && ids.is_subset(&self.closed));
        served.map(|(n, _)| n.clone()).collect()
    }

    /// A segment was not written (or nobody knows): who waited for it hears so, results wait on.
    fn refused(&mut self, batch: Vec<Pending>, name: String, ids: BTreeSet<String>, writer: u64, error: &StoreError) {
        self.kept.insert(name, ids);
        let mut again = Vec::new();
        for p in batch {
            if !p.awaited {
                again.push(p);
            } else if p.ticket != writer {
                self.failed.insert(p.ticket, error.clone());
            }
        }
        again.append(&mut self.pending);
        self.pending = again;
    }
}

#[async_trait]
impl<S: Segments> Journal for SegmentJournal<S> {
    async fn begin(&self, entry: &JournalEntry) -> Result<(), StoreError> {
        let id = &entry.intent.id;
        let record = json!({"begin": entry_to_json(entry)});
        let ticket = {
            let mut book = self.book();
            book.open.insert(id.clone(), vec![record.clone()]);
            book.push(Some(id), record, true)
        };
        let done = self.durable(ticket).await;
        if done.is_err() {
            // Nothing will be called, so there is nothing to find.
            self.book().open.remove(id);
        }
        done
    }

    async fn reached(&self, intent_id: &str, object: &ObjectState) -> Result<(), StoreError> {
        let ticket = self.book().reached(intent_id, object, true);
        self.durable(ticket).await
    }

    fn noted(&self, intent_id: &str, object: &ObjectState) {
        self.book().reached(intent_id, object, false);
    }

    async fn flush(&self) -> Result<(), StoreError> {
        let last = {
            let book = self.book();
            (book.written < book.ticket).then(|| book.ticket - 1)
        };
        match last {
            Some(ticket) => self.durable(ticket).await,
            None => Ok(()),
        }
    }

    fn end(&self, intent_id: &str, object: Option<&ObjectState>) {
        let mut book = self.book();
        book.open.remove(intent_id);
        book.push(Some(intent_id), json!({"end": {"id": intent_id, "object": object.map(write_object)}}), false);
    }

    fn made(&self, entry: &JournalEntry, object: Option<&ObjectState>) {
        let id = &entry.intent.id;
        self.book().push(Some(id), json!({"begin": entry_to_json(entry)}), false);
        self.end(id, object);
    }

    async fn saving(&self, state: &[u8]) -> Result<(), StoreError> {
        let ticket = {
            let mut book = self.book();
            if book.kept.is_empty() && book.pending.is_empty() {
                return Ok(());
            }
            book.push(None, json!({"saving": md5_hex(state)}), true)
        };
        self.durable(ticket).await
    }

    async fn saved(&self, intent_ids: &[String]) -> Result<(), StoreError> {
        let (served, ticket) = {
            let mut book = self.book();
            let done: Vec<String> = intent_ids.iter().filter(|id| !book.open.contains_key(*id)).cloned().collect();
            book.closed.extend(done);
            let served = book.served();
            if served.is_empty() {
                return Ok(());
            }
            let told: BTreeSet<String> = book.kept.values().flatten().filter(|id| book.closed.contains(*id)).cloned().collect();
            book.closed.clone_from(&told);
            // Where one segment is all there is, its removal leaves nothing to be misread.
            let alone = book.kept.len() == 1;
            (served, (!alone).then(|| book.push(None, json!({"settled": told}), true)))
        };
        if let Some(ticket) = ticket {
            self.durable(ticket).await?;
        }
        self.remove(&served).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        let (open, ids, name, old) = {
            let mut book = self.book();
            book.pending.clear();
            book.written = book.ticket;
            let name = format!("{}{:08}", self.prefix(), book.next);
            book.next += 1;
            let open: Vec<Json> = book.open.values().flatten().cloned().collect();
            let old: Vec<String> = book.kept.keys().cloned().collect();
            (open, book.open.keys().cloned().collect::<BTreeSet<String>>(), name, old)
        };
        let ended = open.is_empty();
        if old.len() > 1 || !ended {
            let records = [json!({"cleared": true})].into_iter().chain(open).collect();
            self.put(&name, records).await?;
            self.book().kept.insert(name.clone(), ids);
            self.remove(&old).await?;
            return if ended { self.remove(&[name]).await } else { Ok(()) };
        }
        self.remove(&old).await
    }
}
