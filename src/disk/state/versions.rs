//! What a local state keeps of the past: the file itself, and the backup of the state before.

use super::{Inner, failed};
use crate::store::{StateVersion, StoreError};
use jiff::Timestamp;
use std::io;
use std::path::{Path, PathBuf};

/// The name of the file as it is now.
const CURRENT: &str = "current";
/// The name of `<file>.backup`.
const BACKUP: &str = "backup";

impl Inner {
    /// `terraform.tfstate.<ending>`
    pub(super) fn beside(&self, ending: &str) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!("{name}.{ending}"))
    }

    /// `terraform.tfstate.backup`
    pub(super) fn backup_path(&self) -> PathBuf {
        self.beside(BACKUP)
    }

    pub(super) fn versions(&self) -> Vec<StateVersion> {
        let one = |id: &str, path: &Path| {
            let metadata = std::fs::metadata(path).ok().filter(|m| m.len() > 0)?;
            let written = metadata.modified().ok().and_then(|t| Timestamp::try_from(t).ok());
            Some(StateVersion { id: id.into(), written, current: id == CURRENT })
        };
        one(CURRENT, &self.path).into_iter().chain(one(BACKUP, &self.backup_path())).collect()
    }

    pub(super) fn read_version(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = match id {
            CURRENT => self.path.clone(),
            BACKUP => self.backup_path(),
            _ => return Ok(None),
        };
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failed("reading", &path, &e)),
        }
    }
}
