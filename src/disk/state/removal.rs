//! Removing a local state, and listing those of other workspaces.

use super::{Inner, failed, records, write};
use crate::store::StoreError;
use std::io;
use std::path::Path;

impl Inner {
    /// Names of the folders in the folder of workspaces.
    pub(super) fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        let Some(folder) = &self.workspaces else { return Ok(Vec::new()) };
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(failed("listing", folder, &e)),
        };
        let folders = entries.filter_map(Result::ok).filter(|e| e.path().is_dir());
        let mut names: Vec<String> = folders.filter_map(|e| e.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    /// Removes the state, its lock info and records; with `keep` its content is the backup then,
    /// without it nothing is left, and the folder goes too if it is empty.
    pub(super) fn remove(&self, keep: bool) -> Result<(), StoreError> {
        for name in records::list(&self.path, "")? {
            records::delete(&self.path, &name)?;
        }
        match (keep, self.read()?) {
            (true, Some(bytes)) => write::replace(&self.backup_path(), &bytes)?,
            (true, None) => {}
            (false, _) => gone(&self.backup_path())?,
        }
        gone(&self.path)?;
        gone(&self.info_path())?;
        if !keep && let Some(folder) = self.path.parent() {
            let _ = std::fs::remove_dir(folder);
        }
        Ok(())
    }
}

fn gone(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("removing", path, &e)),
        _ => Ok(()),
    }
}
