//! The traits.

use super::{HeldLock, JournalEntry, LockInfo, Segments, StateVersion, StoreError, StoreErrorKind, no_versions};
use crate::state::ObjectState;
use crate::value::{Name, Value};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Where a state lies, for the plan's header and for messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreDescription {
    /// `s3`, `local`
    pub kind: String,
    /// Bucket, or folder.
    pub container: String,
    /// Key, or file name.
    pub key: String,
    /// Region, where there is one.
    pub region: Option<String>,
}

/// A state as read.
#[derive(Clone, Debug)]
pub struct StoredState {
    /// The document.
    pub bytes: Vec<u8>,
    /// Version tag of the store (ETag) for conditional writes.
    pub tag: Option<String>,
}

/// What to lock for.
#[derive(Clone, Debug)]
pub struct LockRequest {
    /// Who and what for; `id`, `created` and `path` are filled in by the store when empty.
    pub info: LockInfo,
    /// How long to wait for a held lock.
    pub timeout: Duration,
}

/// A place for a state.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// Where it lies.
    fn describe(&self) -> StoreDescription;
    /// The state; `None` when there is none yet. Checks the digest where there is one.
    async fn read(&self) -> Result<Option<StoredState>, StoreError>;
    /// Takes the lock (waiting up to the timeout); a held one is an error that says by whom.
    async fn lock(&self, request: LockRequest) -> Result<Box<dyn LockGuard>, StoreError>;
    /// The right to write without the lock (`-lock=false`): for whoever answers for it that nobody
    /// else writes. Writes are refused all the same when the state is not what was read.
    async fn without_lock(&self, _info: LockInfo) -> Result<Box<dyn LockGuard>, StoreError> {
        let detail = format!("The {} store is never written without its lock.", self.describe().kind);
        Err(StoreError::new(StoreErrorKind::Other, "The lock is needed", detail).help("Leave -lock=false out."))
    }
    /// Who holds the lock.
    async fn holder(&self) -> Result<Option<LockInfo>, StoreError>;
    /// Every lock that is held on this state: one per place where locks are kept.
    async fn held_locks(&self) -> Result<Vec<HeldLock>, StoreError> {
        let held = |info| HeldLock { info, place: self.describe().key, ..HeldLock::default() };
        Ok(self.holder().await?.map(held).into_iter().collect())
    }
    /// Takes the lock and leaves it held when the process ends, without a lease: until somebody
    /// gives it back.
    async fn acquire(&self, _request: LockRequest) -> Result<LockInfo, StoreError> {
        let kind = self.describe().kind;
        let detail = format!("A lock of the backend {kind:?} is held by a process and ends with it; it cannot be left behind.");
        Err(StoreError::new(StoreErrorKind::Other, "This lock cannot be kept", detail)
            .help("Keep the state in the backend \"s3\" to hold its lock without a running command."))
    }
    /// Breaks the lock with this id.
    async fn force_unlock(&self, id: &str) -> Result<(), StoreError>;
    /// A record beside the state (`<key>.envctl/<name>`).
    async fn read_record(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Names of records that start with `prefix`.
    async fn list_records(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
    /// The newest stored versions of the state, newest first, the current one included.
    async fn versions(&self, _limit: usize) -> Result<Vec<StateVersion>, StoreError> {
        Err(no_versions(&self.describe()))
    }
    /// The document of a version; `None` when there is no such version.
    async fn read_version(&self, _id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Err(no_versions(&self.describe()))
    }
    /// Workspaces other than `default` that have a state; asked of the store of `default`.
    async fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        let place = self.describe();
        let detail = format!("The {} store of {}/{} does not list its workspaces.", place.kind, place.container, place.key);
        Err(StoreError::new(StoreErrorKind::Other, "No list of workspaces", detail).help("Select one with TF_WORKSPACE."))
    }
}

/// The held lock: the only way to write (without one only where somebody asked for that by name).
#[async_trait]
pub trait LockGuard: Send + Sync {
    /// What is held.
    fn info(&self) -> &LockInfo;
    /// Whether there is a lock behind it; not so with `-lock=false`.
    fn is_locked(&self) -> bool {
        true
    }
    /// Fails when the lock is not certainly ours any more.
    fn check(&self) -> Result<(), StoreError>;
    /// Writes the state (and its digest); refuses when it changed since the last read or write.
    async fn write_state(&self, bytes: &[u8]) -> Result<(), StoreError>;
    /// Writes the state over one that cannot be read or was lost: what lies there is not judged.
    async fn replace_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.write_state(bytes).await
    }
    /// Removes the state and all records beside it; `keep` leaves what the store can keep of it.
    async fn remove_state(&self, _keep: bool) -> Result<(), StoreError> {
        let detail = "envctl does not remove states from this store.";
        Err(StoreError::new(StoreErrorKind::Other, "The state stays", detail)
            .help("Remove the object, and its digest in the lock table, with the tools of the service."))
    }
    /// Writes a record beside the state.
    async fn write_record(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;
    /// Removes a record.
    async fn delete_record(&self, name: &str) -> Result<(), StoreError>;
    /// The journal of this run.
    fn journal(&self) -> Arc<dyn Journal>;
    /// Where the journal's segments go, for a store around this one; `None`: it has to take the
    /// journal as it is.
    fn segments(&self) -> Option<Arc<dyn Segments>> {
        None
    }
    /// Gives the lock back.
    async fn release(self: Box<Self>) -> Result<(), StoreError>;
}

/// The journal of a run: intents are durable before their effects, results before anything uses
/// them.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Makes an intent durable, and everything recorded before it. Returns when it is.
    async fn begin(&self, entry: &JournalEntry) -> Result<(), StoreError>;
    /// Makes durable what an intent has made so far: its create is not done.
    async fn reached(&self, intent_id: &str, object: &ObjectState) -> Result<(), StoreError>;
    /// Notes what an intent has made so far, where it would be found without: durable with the next record that
    /// somebody waits for, or with `flush`.
    fn noted(&self, intent_id: &str, object: &ObjectState);
    /// Makes everything durable that was noted.
    async fn flush(&self) -> Result<(), StoreError>;
    /// Notes what an intent made in the end (`None`: nothing exists). Durable with the next
    /// `begin`, `reached` or `saving`, and so before anything that uses it.
    fn end(&self, intent_id: &str, object: Option<&ObjectState>);
    /// Notes an intent without an effect outside and its result in one, as `end` does.
    fn made(&self, entry: &JournalEntry, object: Option<&ObjectState>);
    /// Says that this state is about to be written, so that recovery knows it for ours.
    async fn saving(&self, state: &[u8]) -> Result<(), StoreError>;
    /// The state holds the results of these intents: what is recorded of them has served.
    async fn saved(&self, intent_ids: &[String]) -> Result<(), StoreError>;
    /// Removes all segments of this run. Intents without a result stay recorded for the next run.
    async fn clear(&self) -> Result<(), StoreError>;
}

/// Reads the outputs of another state (`terraform_remote_state`).
#[async_trait]
pub trait StateReader: Send + Sync {
    /// Opens the store that `backend` and its settings name, in a workspace. `asks` is the data source that wants it, as
    /// `remote_state_data_sources` names it: `name`, `name["key"]`, `child.name`; how it is decrypted depends on that.
    async fn open(
        &self,
        asks: &str,
        backend: &str,
        settings: &BTreeMap<Name, Value>,
        workspace: &str,
    ) -> Result<Arc<dyn StateStore>, StoreError>;
}
