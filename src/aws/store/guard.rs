//! The held lock of an S3 state: the only way to write.

use super::Inner;
use super::keeper::Keeper;
use crate::provider::Fence;
use crate::store::{Journal, LockGuard, LockInfo, SegmentJournal, Segments, StateMark, StoreError};
use async_trait::async_trait;
use std::sync::Arc;

pub(super) struct S3Guard {
    pub inner: Arc<Inner>,
    pub info: LockInfo,
    pub keeper: Keeper,
    journal: Arc<dyn Journal>,
}

impl S3Guard {
    pub fn new(inner: Arc<Inner>, info: LockInfo, keeper: Keeper) -> Self {
        let segments = Arc::new(S3Segments(inner.clone()));
        let journal = Arc::new(SegmentJournal::new(segments, info.id.clone()));
        S3Guard { inner, info, keeper, journal }
    }
}

#[async_trait]
impl LockGuard for S3Guard {
    fn info(&self) -> &LockInfo {
        &self.info
    }

    fn is_locked(&self) -> bool {
        self.keeper.keeps()
    }

    fn check(&self) -> Result<(), StoreError> {
        self.keeper.check()
    }

    async fn write_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.keeper.check()?;
        let _one_at_a_time = self.inner.writing.lock().await;
        self.inner.write_state(bytes).await
    }

    async fn replace_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.keeper.check()?;
        let _one_at_a_time = self.inner.writing.lock().await;
        self.inner.accept_as_known().await?;
        self.inner.write_state(bytes).await
    }

    /// What the bucket keeps of it (its versions) stays whatever `keep` says.
    async fn remove_state(&self, _keep: bool) -> Result<(), StoreError> {
        self.keeper.check()?;
        let _one_at_a_time = self.inner.writing.lock().await;
        self.inner.remove_state().await
    }

    async fn write_record(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.keeper.check()?;
        self.inner.write_record(&self.inner.written, name, bytes).await
    }

    async fn delete_record(&self, name: &str) -> Result<(), StoreError> {
        self.keeper.check()?;
        self.inner.delete_record(&self.inner.written, name).await
    }

    fn journal(&self) -> Arc<dyn Journal> {
        self.journal.clone()
    }

    fn segments(&self) -> Option<Arc<dyn Segments>> {
        Some(Arc::new(S3Segments(self.inner.clone())))
    }

    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        let S3Guard { inner, info, keeper, .. } = *self;
        let held = keeper.keeps();
        drop(keeper);
        inner.set_held(false);
        if !held {
            return Ok(());
        }
        let released = inner.locks().release(&info.to_json()).await;
        inner.fences.iter().for_each(Fence::disarm);
        released.map_err(|e| inner.still_held(e, &info))
    }
}

/// The journal's segments are records. A run that lost its lock still writes its own journal: it
/// says what was done until then.
struct S3Segments(Arc<Inner>);

#[async_trait]
impl Segments for S3Segments {
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.0.write_record(&self.0.objects, name, bytes).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.0.records(prefix).await
    }

    async fn delete(&self, names: &[String]) -> Result<(), StoreError> {
        self.0.delete_records(&self.0.objects, names).await
    }

    fn state(&self) -> Option<StateMark> {
        self.0.known().flatten()?.mark
    }
}
