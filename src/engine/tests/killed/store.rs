//! A store in memory that a fuse ends at each of its writes.

use super::fuse::Fuse;
use crate::store::{
    Journal, LockGuard, LockInfo, LockRequest, SegmentJournal, Segments, StateMark, StateStore, StoreDescription, StoreError, StoredState,
    md5_hex,
};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub struct Shelf {
    pub state: Mutex<Option<Vec<u8>>>,
    pub records: Mutex<BTreeMap<String, Vec<u8>>>,
    pub fuse: Arc<Fuse>,
}

/// One run's handle: what it read or wrote last.
#[derive(Clone)]
pub struct MemStore {
    pub shelf: Arc<Shelf>,
    known: Arc<Mutex<Option<StateMark>>>,
}

pub struct MemGuard {
    store: MemStore,
    info: LockInfo,
    journal: Arc<dyn Journal>,
}

impl MemStore {
    pub fn new(shelf: Arc<Shelf>) -> Self {
        MemStore { shelf, known: Arc::default() }
    }

    pub fn guard(&self, run: &str) -> MemGuard {
        let journal = Arc::new(SegmentJournal::new(Arc::new(self.clone()), run));
        MemGuard { store: self.clone(), info: LockInfo { id: run.into(), ..LockInfo::default() }, journal }
    }

    async fn set(&self, name: &str, bytes: Option<&[u8]>) {
        let what = if bytes.is_some() { "write" } else { "remove" };
        self.shelf.fuse.moment(format!("before {what} {name}")).await;
        {
            let mut records = self.shelf.records.lock().unwrap();
            match bytes {
                Some(bytes) => records.insert(name.into(), bytes.to_vec()),
                None => records.remove(name),
            };
        }
        self.shelf.fuse.moment(format!("after {what} {name}")).await;
    }

    fn list(&self, prefix: &str) -> Vec<String> {
        self.shelf.records.lock().unwrap().keys().filter(|k| k.starts_with(prefix)).cloned().collect()
    }
}

#[async_trait]
impl Segments for MemStore {
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.set(name, Some(bytes)).await;
        Ok(())
    }
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(MemStore::list(self, prefix))
    }
    async fn delete(&self, names: &[String]) -> Result<(), StoreError> {
        // In no order that anybody could count on: the newest first, then from both ends.
        let mut left: std::collections::VecDeque<&String> = names.iter().collect();
        while let Some(name) = if left.len().is_multiple_of(2) { left.pop_front() } else { left.pop_back() } {
            self.set(name, None).await;
        }
        Ok(())
    }
    fn state(&self) -> Option<StateMark> {
        self.known.lock().unwrap().clone()
    }
}

#[async_trait]
impl StateStore for MemStore {
    fn describe(&self) -> StoreDescription {
        StoreDescription::default()
    }
    async fn read(&self) -> Result<Option<StoredState>, StoreError> {
        let bytes = self.shelf.state.lock().unwrap().clone();
        *self.known.lock().unwrap() = bytes.as_deref().and_then(StateMark::of);
        Ok(bytes.map(|bytes| StoredState { tag: Some(md5_hex(&bytes)), bytes }))
    }
    async fn lock(&self, _request: LockRequest) -> Result<Box<dyn LockGuard>, StoreError> {
        Ok(Box::new(self.guard("run")))
    }
    async fn holder(&self) -> Result<Option<LockInfo>, StoreError> {
        Ok(None)
    }
    async fn force_unlock(&self, _id: &str) -> Result<(), StoreError> {
        Ok(())
    }
    async fn read_record(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.shelf.records.lock().unwrap().get(name).cloned())
    }
    async fn list_records(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(MemStore::list(self, prefix))
    }
}

#[async_trait]
impl LockGuard for MemGuard {
    fn info(&self) -> &LockInfo {
        &self.info
    }
    fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
    async fn write_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let store = &self.store;
        store.shelf.fuse.moment("before state").await;
        *store.shelf.state.lock().unwrap() = Some(bytes.to_vec());
        *store.known.lock().unwrap() = StateMark::of(bytes);
        store.shelf.fuse.moment("after state").await;
        Ok(())
    }
    async fn write_record(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.store.set(name, Some(bytes)).await;
        Ok(())
    }
    async fn delete_record(&self, name: &str) -> Result<(), StoreError> {
        self.store.set(name, None).await;
        Ok(())
    }
    fn journal(&self) -> Arc<dyn Journal> {
        self.journal.clone()
    }
    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}
