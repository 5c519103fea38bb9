//! A lock over a state that lives in this process alone: what tests apply into.
//!
//! Nothing of it is durable, so nobody else can want it: the lock is always held, and the journal
//! remembers nothing.

use super::{Journal, JournalEntry, LockGuard, LockInfo, StoreError};
use crate::state::ObjectState;
use async_trait::async_trait;
use std::sync::Arc;

/// The lock of a state in memory.
#[derive(Default)]
pub struct MemoryLock {
    info: LockInfo,
}

impl MemoryLock {
    /// A held one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl LockGuard for MemoryLock {
    fn info(&self) -> &LockInfo {
        &self.info
    }

    fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn write_state(&self, _bytes: &[u8]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn write_record(&self, _name: &str, _bytes: &[u8]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn delete_record(&self, _name: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn journal(&self) -> Arc<dyn Journal> {
        Arc::new(Forgetful)
    }

    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A journal for a state that ends with the process.
struct Forgetful;

#[async_trait]
impl Journal for Forgetful {
    async fn begin(&self, _entry: &JournalEntry) -> Result<(), StoreError> {
        Ok(())
    }

    async fn reached(&self, _intent_id: &str, _object: &ObjectState) -> Result<(), StoreError> {
        Ok(())
    }

    fn noted(&self, _intent_id: &str, _object: &ObjectState) {}

    async fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn end(&self, _intent_id: &str, _object: Option<&ObjectState>) {}

    fn made(&self, _entry: &JournalEntry, _object: Option<&ObjectState>) {}

    async fn saving(&self, _state: &[u8]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn saved(&self, _intent_ids: &[String]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn clear(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
