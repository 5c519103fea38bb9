//! Reading text files: what was read is hashed, and its text is kept for messages.

use crate::diag::{Diagnostic, Diagnostics, FileId, SourceMap};
use crate::files::Files;
use crate::syntax::{Body, parse_file, parse_json_file};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Reads files for one load; paths in messages are relative to where the shell is.
pub(super) struct Reader<'a> {
    pub files: &'a dyn Files,
    pub sources: &'a SourceMap,
    pub cwd: &'a Path,
    /// SHA-256 of everything read so far.
    pub hashes: BTreeMap<PathBuf, String>,
}

impl<'a> Reader<'a> {
    pub fn new(files: &'a dyn Files, sources: &'a SourceMap, cwd: &'a Path) -> Self {
        Reader { files, sources, cwd, hashes: BTreeMap::new() }
    }

    /// A path as people are shown it.
    pub fn shown(&self, path: &Path) -> String {
        shown(path, self.cwd)
    }

    /// The text of a file; that it cannot be read is reported.
    pub fn text(&mut self, path: &Path, diags: &mut Diagnostics) -> Option<String> {
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(e) => {
                diags.push(Diagnostic::error("File not readable", format!("The file {} cannot be read: {e}.", self.shown(path))));
                return None;
            }
        };
        self.hashes.insert(path.to_path_buf(), hex(&Sha256::digest(&bytes)));
        let text = String::from_utf8(bytes);
        if text.is_err() {
            diags.push(
                Diagnostic::error("File is not text", format!("The file {} is not valid UTF-8.", self.shown(path)))
                    .help("Save it as UTF-8."),
            );
        }
        text.ok()
    }

    /// The syntax tree of a file, with mistakes reported.
    pub fn body(&mut self, path: &Path, diags: &mut Diagnostics) -> Option<Body> {
        let text = self.text(path, diags)?;
        let file = self.add(path, &text);
        Some(parse_file(file, &text, diags))
    }

    /// The same for a file in JSON.
    pub fn json_body(&mut self, path: &Path, diags: &mut Diagnostics) -> Option<Body> {
        let text = self.text(path, diags)?;
        let file = self.add(path, &text);
        Some(parse_json_file(file, &text, &super::layout::FILE, diags))
    }

    /// Registers a source under its shown name.
    pub fn add(&self, path: &Path, text: &str) -> FileId {
        self.sources.add(self.shown(path), text)
    }
}

/// A path relative to `cwd` where it lies below or beside it, else as it is.
pub(super) fn shown(path: &Path, cwd: &Path) -> String {
    let relative = relative(path, cwd);
    let ups = relative.components().filter(|c| matches!(c, std::path::Component::ParentDir)).count();
    let best = if ups > 2 { path } else { relative.as_path() };
    best.display().to_string()
}

/// `path` seen from `base`, by text alone; `.` where they are the same.
pub(super) fn relative(path: &Path, base: &Path) -> PathBuf {
    if path.is_absolute() != base.is_absolute() {
        return path.to_path_buf();
    }
    let (mut there, mut here) = (path.components().peekable(), base.components().peekable());
    while there.peek().is_some() && there.peek() == here.peek() {
        there.next();
        here.next();
    }
    let ups = here.filter(|c| !matches!(c, std::path::Component::CurDir)).map(|_| std::path::Component::ParentDir);
    let out: PathBuf = ups.chain(there).collect();
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::relative;
    use std::path::{Path, PathBuf};

    #[test]
    fn relative_paths() {
        for (path, base, want) in [
            ("/p/a/b", "/p", "a/b"),
            ("/p/modules/x", "/p/environments/stage", "../../modules/x"),
            ("/p", "/p", "."),
            ("a/b", ".", "a/b"),
            ("/p", "q", "/p"),
        ] {
            assert_eq!(relative(Path::new(path), Path::new(base)), PathBuf::from(want), "{path} from {base}");
        }
    }
}
