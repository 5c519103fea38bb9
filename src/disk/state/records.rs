//! Records beside the state: files below `<file>.envctl/`, for the owner only.

use super::{failed, write};
use crate::store::{StoreError, check_record_name};
use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

fn folder(state: &Path) -> PathBuf {
    let mut name = OsString::from(state);
    name.push(".envctl");
    PathBuf::from(name)
}

fn path(state: &Path, name: &str) -> Result<PathBuf, StoreError> {
    check_record_name(name)?;
    Ok(folder(state).join(name))
}

pub(super) fn read(state: &Path, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let path = path(state, name)?;
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(failed("reading", &path, &e)),
    }
}

pub(super) fn write(state: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let path = path(state, name)?;
    if let Some(dir) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| failed("creating", dir, &e))?;
    }
    write::replace(&path, bytes)
}

/// Removes a record and the folders that it leaves empty; one that is not there is fine.
pub(super) fn delete(state: &Path, name: &str) -> Result<(), StoreError> {
    let path = path(state, name)?;
    match std::fs::remove_file(&path) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(failed("removing", &path, &e)),
    }
    write::sync_folder(&path)?;
    let root = folder(state);
    for dir in path.ancestors().skip(1).take_while(|d| d.starts_with(&root)) {
        if std::fs::remove_dir(dir).is_err() {
            break;
        }
    }
    Ok(())
}

/// Removes what a killed write left half-written. To be called under the lock: nobody writes then.
pub(super) fn sweep(state: &Path) {
    let root = folder(state);
    let temporary = |e: &walkdir::DirEntry| e.file_type().is_file() && e.file_name().to_string_lossy().starts_with(".envctl-");
    for entry in walkdir::WalkDir::new(&root).into_iter().filter_map(Result::ok).filter(temporary) {
        let _ = std::fs::remove_file(entry.path());
        for dir in entry.path().ancestors().skip(1).take_while(|d| d.starts_with(&root)) {
            if std::fs::remove_dir(dir).is_err() {
                break;
            }
        }
    }
}

pub(super) fn list(state: &Path, prefix: &str) -> Result<Vec<String>, StoreError> {
    let root = folder(state);
    if !root.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in walkdir::WalkDir::new(&root) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) if e.io_error().is_some_and(|e| e.kind() == io::ErrorKind::NotFound) => continue,
            Err(e) => return Err(failed("listing", &root, &io::Error::from(e))),
        };
        let temporary = entry.file_name().to_string_lossy().starts_with(".envctl-");
        if !entry.file_type().is_file() || temporary {
            continue;
        }
        if let Ok(name) = entry.path().strip_prefix(&root) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.retain(|n| n.starts_with(prefix));
    names.sort();
    Ok(names)
}
