//! Writing files so that a crash leaves the old content or the new.

use super::failed;
use crate::store::StoreError;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// A new file with `bytes`, durable, not yet under its name.
pub(super) fn prepare(path: &Path, bytes: &[u8], mode: u32) -> Result<NamedTempFile, StoreError> {
    let make = || -> io::Result<NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix(".envctl-").suffix(".tmp").tempfile_in(folder(path))?;
        file.write_all(bytes)?;
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    make().map_err(|e| failed("writing", path, &e))
}

/// Gives a prepared file its name, durably.
pub(super) fn publish(file: NamedTempFile, path: &Path) -> Result<File, StoreError> {
    let file = file.persist(path).map_err(|e| failed("replacing", path, &e.error))?;
    sync_folder(path)?;
    Ok(file)
}

/// Writes a private file (0600) at once.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    publish(prepare(path, bytes, 0o600)?, path).map(drop)
}

/// Makes the names in the file's folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    File::open(folder(path)).and_then(|d| d.sync_all()).map_err(|e| failed("syncing the folder of", path, &e))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}
