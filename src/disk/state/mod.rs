//! A state in a local file, locked the way OpenTofu locks it.
//!
//! OpenTofu locks the state file itself with fcntl and rewrites it in place. We take the same kind
//! of lock (open file description locks conflict with it, and survive the closing of other
//! descriptors), but replace the file by rename, so that a crash leaves the old or the new state,
//! never half of one; the new file is locked before the rename. What is ours lies in
//! `<file>.envctl/`.

mod guard;
mod lock;
mod records;
mod removal;
mod settings;
mod versions;
mod write;

#[cfg(test)]
mod tests;

use crate::store::{
    Backoff, LockGuard, LockInfo, LockRequest, StateMark, StateStore, StateVersion, StoreDescription, StoreError, StoreErrorKind,
    StoredState, md5_hex,
};
use async_trait::async_trait;
use guard::LocalGuard;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The file name OpenTofu uses.
pub const DEFAULT_STATE: &str = "terraform.tfstate";

/// A state file on this machine. Cloning gives another handle to the same store.
#[derive(Clone)]
pub struct LocalStore {
    inner: Arc<Inner>,
}

struct Inner {
    /// The state file.
    path: PathBuf,
    /// The folder of the folders of other workspaces.
    workspaces: Option<PathBuf>,
    /// MD5 of the content this store read or wrote last; the outer `None`: not yet.
    known: Mutex<Option<Option<Known>>>,
}

/// What the file held.
#[derive(Clone)]
struct Known {
    md5: String,
    mark: Option<StateMark>,
}

impl LocalStore {
    /// The store of the state file at `path`; nothing is opened yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::with_workspaces(path.into(), None)
    }

    fn with_workspaces(path: PathBuf, workspaces: Option<PathBuf>) -> Self {
        LocalStore { inner: Arc::new(Inner { path, workspaces, known: Mutex::new(None) }) }
    }

    /// The state file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }
}

impl Inner {
    /// The document; `None` when there is no file or an empty one (OpenTofu makes one to lock it).
    fn read(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => Some(bytes).filter(|b| !b.is_empty()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(failed("reading", &self.path, &e)),
        };
        Ok(bytes)
    }

    fn remember(&self, bytes: Option<&[u8]>) {
        let known = bytes.map(|b| Known { md5: md5_hex(b), mark: StateMark::of(b) });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    fn known(&self) -> Option<Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// `<dir>/.<name>.lock.info`; a leading dot of the name is not doubled.
    fn info_path(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!(".{}.lock.info", name.strip_prefix('.').unwrap_or(&name)))
    }

    fn read_info(&self) -> Option<LockInfo> {
        LockInfo::from_json(&std::fs::read(self.info_path()).ok()?)
    }

    fn locked(&self) -> StoreError {
        StoreError::locked(self.read_info().unwrap_or_default(), &self.path.display().to_string())
    }
}

/// A failed file operation, by what it means for people.
fn failed(doing: &str, path: &Path, error: &io::Error) -> StoreError {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreErrorKind::Denied,
        io::ErrorKind::NotFound => StoreErrorKind::Missing,
        _ => StoreErrorKind::Other,
    };
    let help = match kind {
        StoreErrorKind::Denied => "Check who owns the file and its folder; envctl must be able to write both.",
        _ if error.kind() == io::ErrorKind::StorageFull => "Free some space and run the command again.",
        _ => "Check the path of the local backend.",
    };
    StoreError::new(kind, "The local state failed", format!("{doing} {}: {error}.", path.display())).help(help)
}

#[async_trait]
impl StateStore for LocalStore {
    fn describe(&self) -> StoreDescription {
        let path = &self.inner.path;
        StoreDescription {
            kind: "local".into(),
            container: path.parent().unwrap_or(Path::new("")).display().to_string(),
            key: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            region: None,
        }
    }

    async fn read(&self) -> Result<Option<StoredState>, StoreError> {
        let bytes = self.inner.read()?;
        self.inner.remember(bytes.as_deref());
        Ok(bytes.map(|bytes| StoredState { tag: Some(md5_hex(&bytes)), bytes }))
    }

    async fn lock(&self, request: LockRequest) -> Result<Box<dyn LockGuard>, StoreError> {
        let started = Instant::now();
        let mut backoff = Backoff::near();
        let info = request.info.completed(jiff::Timestamp::now(), &self.inner.path.display().to_string());
        loop {
            if let Some(file) = lock::try_lock(&self.inner.path)? {
                return Ok(Box::new(LocalGuard::new(self.inner.clone(), file, info)?));
            }
            let left = request.timeout.saturating_sub(started.elapsed());
            if left == Duration::ZERO {
                return Err(self.inner.locked());
            }
            tokio::time::sleep(backoff.next(left)).await;
        }
    }

    async fn without_lock(&self, info: LockInfo) -> Result<Box<dyn LockGuard>, StoreError> {
        let info = info.completed(jiff::Timestamp::now(), &self.inner.path.display().to_string());
        Ok(Box::new(LocalGuard::unlocked(self.inner.clone(), lock::open(&self.inner.path)?, info)))
    }

    async fn holder(&self) -> Result<Option<LockInfo>, StoreError> {
        let held = lock::is_held(&self.inner.path)?;
        Ok(held.then(|| self.inner.read_info().unwrap_or_default()))
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StoreError> {
        if lock::is_held(&self.inner.path)? {
            let detail = format!(
                "{} is locked by a process that is alive; the system gives such a lock back when it ends, and nobody can break it from outside.",
                self.inner.path.display()
            );
            return Err(StoreError::new(
                StoreErrorKind::Locked(Box::new(self.inner.read_info().unwrap_or_default())),
                "The lock cannot be broken",
                detail,
            )
            .help("End that process, or wait until it is done."));
        }
        match self.inner.read_info() {
            Some(info) if info.id == id => {
                let path = self.inner.info_path();
                std::fs::remove_file(&path).map_err(|e| failed("removing", &path, &e))
            }
            other => {
                let left = other.map_or(String::new(), |i| format!(" What a dead process left says {}.", i.id));
                let detail = format!("No lock with the id {id} is held on {}.{left}", self.inner.path.display());
                Err(StoreError::new(StoreErrorKind::Other, "There is no such lock", detail).help("Nothing to do: the state is not locked."))
            }
        }
    }

    async fn read_record(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        records::read(&self.inner.path, name)
    }

    async fn list_records(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        records::list(&self.inner.path, prefix)
    }

    async fn versions(&self, limit: usize) -> Result<Vec<StateVersion>, StoreError> {
        let mut all = self.inner.versions();
        all.truncate(limit);
        Ok(all)
    }

    async fn read_version(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.read_version(id)
    }

    async fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        self.inner.workspaces()
    }
}
