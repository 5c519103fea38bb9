//! The held lock of a local state.

use super::lock::{Locked, is_same, lock_file, unlock};
use super::{Inner, failed, records, write};
use crate::store::{Journal, LockGuard, LockInfo, SegmentJournal, Segments, StateMark, StoreError, StoreErrorKind, md5_hex};
use async_trait::async_trait;
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) struct LocalGuard {
    inner: Arc<Inner>,
    /// The file is locked; not so with `-lock=false`.
    locked: bool,
    info: LockInfo,
    held: Mutex<Held>,
    journal: Arc<dyn Journal>,
}

struct Held {
    /// The locked file; replaced with each write.
    file: File,
    /// We made the file by locking it and have not written yet.
    empty: bool,
    /// The previous state was saved already.
    backed_up: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        unlock(&self.file);
    }
}

impl LocalGuard {
    pub(super) fn new(inner: Arc<Inner>, locked: Locked, info: LockInfo) -> Result<Self, StoreError> {
        write::replace(&inner.info_path(), info.to_json().as_bytes())?;
        records::sweep(&inner.path);
        Ok(Self::over(inner, locked, info, true))
    }

    /// With a file that is only open.
    pub(super) fn unlocked(inner: Arc<Inner>, open: Locked, info: LockInfo) -> Self {
        Self::over(inner, open, info, false)
    }

    fn over(inner: Arc<Inner>, open: Locked, info: LockInfo, locked: bool) -> Self {
        let segments = Arc::new(LocalSegments(inner.clone()));
        let journal = Arc::new(SegmentJournal::new(segments, info.id.clone()));
        let held = Mutex::new(Held { file: open.file, empty: open.created, backed_up: false });
        LocalGuard { inner, locked, info, held, journal }
    }

    /// Writes the state; what lay there before goes to the backup once, or to `aside`.
    fn save(&self, held: &mut Held, bytes: &[u8], aside: Option<PathBuf>) -> Result<(), StoreError> {
        let path = &self.inner.path;
        let now = self.inner.read()?;
        if let Some(known) = self.inner.known()
            && known.as_ref().map(|k| &k.md5) != now.as_deref().map(md5_hex).as_ref()
        {
            let detail = format!("{} is not what was read before: something wrote it without taking the lock.", path.display());
            return Err(StoreError::new(StoreErrorKind::Conflict, "The state changed meanwhile", detail)
                .help("Run the command again; it starts from the state as it is."));
        }
        match (now.filter(|p| p != bytes), aside) {
            (Some(previous), Some(aside)) => write::replace(&aside, &previous)?,
            (Some(previous), None) if !held.backed_up => {
                write::replace(&self.inner.backup_path(), &previous)?;
                held.backed_up = true;
            }
            _ => {}
        }
        let target = std::fs::canonicalize(path).map_err(|e| failed("resolving", path, &e))?;
        let mode = held.file.metadata().map_or(0o600, |m| m.permissions().mode() & 0o777);
        let new = write::prepare(&target, bytes, mode)?;
        if self.locked && !lock_file(new.as_file(), path)? {
            return Err(self.lost("its replacement could not be locked"));
        }
        held.file = write::publish(new, &target)?;
        held.empty = false;
        self.inner.remember(Some(bytes));
        Ok(())
    }

    fn check_held(&self, held: &Held) -> Result<(), StoreError> {
        if !self.locked {
            return Ok(());
        }
        match is_same(&held.file, &self.inner.path) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.lost("another file lies in its place")),
            Err(e) => Err(self.lost(&e.to_string())),
        }
    }

    fn lost(&self, why: &str) -> StoreError {
        let detail = format!("The file that we locked is not {} any more: {why}.", self.inner.path.display());
        StoreError::new(StoreErrorKind::LockLost, "The lock was lost", detail)
            .help("Nothing more was written. Look who replaced the file, then run the command again.")
    }
}

#[async_trait]
impl LockGuard for LocalGuard {
    fn info(&self) -> &LockInfo {
        &self.info
    }

    fn is_locked(&self) -> bool {
        self.locked
    }

    fn check(&self) -> Result<(), StoreError> {
        self.check_held(&self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn write_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_held(&held)?;
        self.save(&mut held, bytes, None)
    }

    /// The unreadable state is kept as `<file>.unreadable`; the backup is still the good one.
    async fn replace_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_held(&held)?;
        self.save(&mut held, bytes, Some(self.inner.beside("unreadable")))
    }

    async fn remove_state(&self, keep: bool) -> Result<(), StoreError> {
        self.check()?;
        self.inner.remove(keep)
    }

    async fn write_record(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.check()?;
        records::write(&self.inner.path, name, bytes)
    }

    async fn delete_record(&self, name: &str) -> Result<(), StoreError> {
        self.check()?;
        records::delete(&self.inner.path, name)
    }

    fn journal(&self) -> Arc<dyn Journal> {
        self.journal.clone()
    }

    fn segments(&self) -> Option<Arc<dyn Segments>> {
        Some(Arc::new(LocalSegments(self.inner.clone())))
    }

    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        let held = self.held.into_inner().unwrap_or_else(PoisonError::into_inner);
        let ours = is_same(&held.file, &self.inner.path).unwrap_or(false);
        if !ours {
            return Ok(());
        }
        let info = self.inner.info_path();
        if self.locked
            && let Err(e) = std::fs::remove_file(&info)
            && e.kind() != std::io::ErrorKind::NotFound
        {
            return Err(failed("removing", &info, &e));
        }
        let unused = held.empty && held.file.metadata().is_ok_and(|m| m.len() == 0);
        if unused {
            let path = &self.inner.path;
            std::fs::remove_file(path).map_err(|e| failed("removing", path, &e))?;
        }
        drop(held);
        Ok(())
    }
}

/// The journal's segments are records.
struct LocalSegments(Arc<Inner>);

#[async_trait]
impl Segments for LocalSegments {
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        records::write(&self.0.path, name, bytes)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        records::list(&self.0.path, prefix)
    }

    async fn delete(&self, names: &[String]) -> Result<(), StoreError> {
        names.iter().try_for_each(|name| records::delete(&self.0.path, name))
    }

    fn state(&self) -> Option<StateMark> {
        self.0.known().flatten()?.mark
    }
}
