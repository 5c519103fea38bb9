//! fcntl locks on the state file.

use super::failed;
use crate::store::StoreError;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The whole file, for writing.
fn whole_file(kind: i32) -> libc::flock {
    libc::flock {
        l_type: i16::try_from(kind).unwrap_or_default(),
        l_whence: i16::try_from(libc::SEEK_SET).unwrap_or_default(),
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

/// Locks an open file; `false` when another holds it. Dropping the file gives the lock back.
pub(super) fn lock_file(file: &File, path: &Path) -> Result<bool, StoreError> {
    match fcntl(file, FcntlArg::F_OFD_SETLK(&whole_file(libc::F_WRLCK))) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
        Err(e) => Err(failed("locking", path, &io::Error::from(e))),
    }
}

/// Gives the lock back now. Closing the file would do it later: a program that is just being started still has a
/// copy of the file until it runs.
pub(super) fn unlock(file: &File) {
    let _ = fcntl(file, FcntlArg::F_OFD_SETLK(&whole_file(libc::F_UNLCK)));
}

/// Whether two names lead to one file now.
pub(super) fn is_same(file: &File, path: &Path) -> io::Result<bool> {
    let (open, named) = (file.metadata()?, std::fs::metadata(path)?);
    Ok(open.ino() == named.ino() && open.dev() == named.dev())
}

/// An open state file, locked or about to be.
pub(super) struct Locked {
    pub file: File,
    /// The file was not there before; it is removed again if nothing is written.
    pub created: bool,
}

/// Opens the state file, creating it and its folder, without locking it.
pub(super) fn open(path: &Path) -> Result<Locked, StoreError> {
    if let Some(dir) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir).map_err(|e| failed("creating", dir, &e))?;
    }
    let created = !path.exists();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|e| failed("opening", path, &e))?;
    Ok(Locked { file, created })
}

/// Opens and locks the state file; `None` when another holds it.
/// Whoever held it may have replaced it meanwhile: then the new one is opened.
pub(super) fn try_lock(path: &Path) -> Result<Option<Locked>, StoreError> {
    for _ in 0..100 {
        let opened = open(path)?;
        if !lock_file(&opened.file, path)? {
            return Ok(None);
        }
        if is_same(&opened.file, path).unwrap_or(false) {
            return Ok(Some(opened));
        }
    }
    Ok(None)
}

/// Whether somebody (this process included) holds the lock.
pub(super) fn is_held(path: &Path) -> Result<bool, StoreError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(failed("opening", path, &e)),
    };
    let mut probe = whole_file(libc::F_WRLCK);
    fcntl(&file, FcntlArg::F_OFD_GETLK(&mut probe)).map_err(|e| failed("looking at the lock of", path, &io::Error::from(e)))?;
    Ok(i32::from(probe.l_type) != libc::F_UNLCK)
}
