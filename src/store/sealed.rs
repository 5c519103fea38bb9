//! A store whose documents are encrypted before they leave this process: the state, the journal and
//! the records beside it. Locks and digests are the inner store's, over what is really stored.

use super::Seals;
use super::{
    HeldLock, Journal, LockGuard, LockInfo, LockRequest, SegmentJournal, Segments, StateMark, StateStore, StateVersion, StoreDescription,
    StoreError, StoredState,
};
use crate::state::seal::is_sealed;
use async_trait::async_trait;
use serde_json::Map;
use std::sync::{Arc, Mutex, PoisonError};

/// Another store, encrypted.
pub struct SealedStore {
    inner: Arc<dyn StateStore>,
    shared: Arc<Shared>,
}

struct Shared {
    seals: Arc<Seals>,
    /// The plain state that was last read or written.
    state: Mutex<Option<StateMark>>,
}

impl Shared {
    fn remember(&self, plain: Option<&[u8]>) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = plain.and_then(StateMark::of);
    }

    async fn seal(&self, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.seals.seal(bytes, Map::new()).await
    }

    /// Records of former runs may be plain: they were written before encryption was configured.
    async fn open(&self, bytes: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        if is_sealed(&bytes) { self.seals.open(&bytes).await } else { Ok(bytes) }
    }

    async fn opened(&self, bytes: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, StoreError> {
        match bytes {
            Some(bytes) => self.open(bytes).await.map(Some),
            None => Ok(None),
        }
    }
}

impl SealedStore {
    /// Encrypts what goes into `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn StateStore>, seals: Arc<Seals>) -> Self {
        SealedStore { inner, shared: Arc::new(Shared { seals, state: Mutex::new(None) }) }
    }

    fn around(&self, inner: Box<dyn LockGuard>) -> Box<dyn LockGuard> {
        let journal: Arc<dyn Journal> = match inner.segments() {
            Some(segments) => {
                let sealed = SealedSegments { inner: segments, shared: self.shared.clone() };
                Arc::new(SegmentJournal::new(Arc::new(sealed), inner.info().id.clone()))
            }
            None => inner.journal(),
        };
        Box::new(SealedGuard { inner, shared: self.shared.clone(), journal })
    }
}

#[async_trait]
impl StateStore for SealedStore {
    fn describe(&self) -> StoreDescription {
        self.inner.describe()
    }

    async fn read(&self) -> Result<Option<StoredState>, StoreError> {
        let Some(stored) = self.inner.read().await? else {
            self.shared.remember(None);
            return Ok(None);
        };
        let bytes = self.shared.seals.open_state(&stored.bytes).await?;
        self.shared.remember(Some(&bytes));
        Ok(Some(StoredState { bytes, tag: stored.tag }))
    }

    async fn lock(&self, request: LockRequest) -> Result<Box<dyn LockGuard>, StoreError> {
        Ok(self.around(self.inner.lock(request).await?))
    }

    async fn without_lock(&self, info: LockInfo) -> Result<Box<dyn LockGuard>, StoreError> {
        Ok(self.around(self.inner.without_lock(info).await?))
    }

    async fn holder(&self) -> Result<Option<LockInfo>, StoreError> {
        self.inner.holder().await
    }

    async fn held_locks(&self) -> Result<Vec<HeldLock>, StoreError> {
        self.inner.held_locks().await
    }

    async fn acquire(&self, request: LockRequest) -> Result<LockInfo, StoreError> {
        self.inner.acquire(request).await
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StoreError> {
        self.inner.force_unlock(id).await
    }

    async fn read_record(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.shared.opened(self.inner.read_record(name).await?).await
    }

    async fn list_records(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list_records(prefix).await
    }

    async fn versions(&self, limit: usize) -> Result<Vec<StateVersion>, StoreError> {
        self.inner.versions(limit).await
    }

    async fn read_version(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.shared.opened(self.inner.read_version(id).await?).await
    }

    async fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        self.inner.workspaces().await
    }
}

struct SealedGuard {
    inner: Box<dyn LockGuard>,
    shared: Arc<Shared>,
    journal: Arc<dyn Journal>,
}

#[async_trait]
impl LockGuard for SealedGuard {
    fn info(&self) -> &LockInfo {
        self.inner.info()
    }

    fn is_locked(&self) -> bool {
        self.inner.is_locked()
    }

    fn check(&self) -> Result<(), StoreError> {
        self.inner.check()
    }

    async fn write_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.inner.write_state(&self.shared.seals.seal_state(bytes).await?).await?;
        self.shared.remember(Some(bytes));
        Ok(())
    }

    async fn replace_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.inner.replace_state(&self.shared.seals.seal_state(bytes).await?).await?;
        self.shared.remember(Some(bytes));
        Ok(())
    }

    async fn remove_state(&self, keep: bool) -> Result<(), StoreError> {
        self.inner.remove_state(keep).await
    }

    async fn write_record(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.inner.write_record(name, &self.shared.seal(bytes).await?).await
    }

    async fn delete_record(&self, name: &str) -> Result<(), StoreError> {
        self.inner.delete_record(name).await
    }

    fn journal(&self) -> Arc<dyn Journal> {
        self.journal.clone()
    }

    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        self.inner.release().await
    }
}

/// The inner store's segments, encrypted. The state that they name is the plain one: what is stored
/// differs each time it is encrypted.
struct SealedSegments {
    inner: Arc<dyn Segments>,
    shared: Arc<Shared>,
}

#[async_trait]
impl Segments for SealedSegments {
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.inner.put(name, &self.shared.seal(bytes).await?).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list(prefix).await
    }

    async fn delete(&self, names: &[String]) -> Result<(), StoreError> {
        self.inner.delete(names).await
    }

    fn state(&self) -> Option<StateMark> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
