//! Reading files as a trait: the language and the configuration see nothing else of the disk.
//!
//! The disk itself is in `disk`; [`MemFiles`] serves tests and the definitions that are built into
//! the program. Both answer `glob` by the same [`Pattern`].

mod memory;
mod pattern;

pub use memory::MemFiles;
pub use pattern::Pattern;

use std::io;
use std::path::{Component, Path, PathBuf};

/// What may be asked of files. Paths are absolute, or relative to the process's directory.
pub trait Files: Send + Sync {
    /// The content of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether a file (not a directory) is there.
    fn exists(&self, path: &Path) -> bool;

    /// Whether a directory is there.
    fn is_dir(&self, path: &Path) -> bool;

    /// Files below `base` whose path relative to it matches `pattern` (`*`, `**`, `?`, `[a-z]`,
    /// `{a,b}`; leading `../` steps out), relative to `base` and sorted.
    ///
    /// # Errors
    /// When the pattern is malformed or a directory cannot be read. A base that is not there has
    /// no files.
    fn glob(&self, base: &Path, pattern: &str) -> io::Result<Vec<PathBuf>>;

    /// Full paths of what lies directly in a directory, files and directories, sorted.
    ///
    /// # Errors
    /// When it cannot be read.
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>>;
}

/// The path without `.` and with `a/..` taken out, by text alone; leading `..` of a relative path
/// stay. Empty becomes `.`.
#[must_use]
pub fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(".."),
            },
            other => out.push(other.as_os_str()),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

#[cfg(test)]
mod tests {
    use super::clean;
    use std::path::{Path, PathBuf};

    #[test]
    fn cleaning_is_textual() {
        for (given, want) in
            [("a/./b/../c", "a/c"), ("../a", "../a"), ("a/../..", ".."), ("/../a", "/a"), ("", "."), ("./", "."), ("/a/", "/a")]
        {
            assert_eq!(clean(Path::new(given)), PathBuf::from(want), "{given}");
        }
    }
}
