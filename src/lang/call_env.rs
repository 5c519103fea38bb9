//! What functions may see of the world: files below a folder, the time, nothing else.

use super::{FunctionError, TemplateCache};
use crate::diag::SourceMap;
use crate::files::{Files, clean};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The surroundings of a call. Cheap to clone; clones share the log of files.
#[derive(Clone)]
pub struct CallEnv {
    /// Folder that relative paths start from: the root module's, absolute.
    pub base_dir: PathBuf,
    /// What `~` stands for, where that is known.
    pub home_dir: Option<PathBuf>,
    /// The files.
    pub files: Arc<dyn Files>,
    /// Templates that were read are added here, so that messages can show them.
    pub sources: Arc<SourceMap>,
    /// Now; `None` while planning, when `timestamp()` is unknown.
    pub timestamp: Option<Timestamp>,
    /// When the plan was made; `None` leaves `plantimestamp()` unknown.
    pub plan_timestamp: Option<Timestamp>,
    /// Fills bytes with randomness for `uuid()` and `bcrypt()`; `None` while planning, when both
    /// are unknown.
    pub random: Option<fn(&mut [u8])>,
    /// SHA-256 (hexadecimal) of every file that was read: a saved plan holds only while they stay.
    pub read_log: Arc<Mutex<BTreeMap<PathBuf, String>>>,
    /// Templates that were parsed already.
    pub templates: TemplateCache,
}

impl CallEnv {
    /// An environment for planning: no time, no randomness, an empty log.
    #[must_use]
    pub fn new(base_dir: impl Into<PathBuf>, files: Arc<dyn Files>, sources: Arc<SourceMap>) -> Self {
        CallEnv {
            base_dir: base_dir.into(),
            home_dir: None,
            files,
            sources,
            timestamp: None,
            plan_timestamp: None,
            random: None,
            read_log: Arc::default(),
            templates: TemplateCache::default(),
        }
    }

    /// `~` replaced; other paths stay as they are.
    ///
    /// # Errors
    /// For `~` without a known home, and for `~user`.
    pub fn expand_home(&self, path: &str) -> Result<String, FunctionError> {
        let Some(rest) = path.strip_prefix('~') else { return Ok(path.to_string()) };
        if !rest.is_empty() && !rest.starts_with('/') {
            return Err(FunctionError::arg(0, "home directories of other users (~user) are not supported"));
        }
        let Some(home) = &self.home_dir else {
            return Err(FunctionError::arg(0, "the home directory is not known"));
        };
        Ok(format!("{}{rest}", home.display()))
    }

    /// The absolute path that `path` means here: `~` expanded, relative to the root module.
    ///
    /// # Errors
    /// As [`CallEnv::expand_home`].
    pub fn resolve(&self, path: &str) -> Result<PathBuf, FunctionError> {
        Ok(clean(&self.base_dir.join(self.expand_home(path)?)))
    }

    /// The bytes of a file; its hash goes into the log.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FunctionError> {
        let full = self.resolve(path)?;
        let bytes = self.files.read(&full).map_err(|e| self.explain(path, &full, &e))?;
        let digest = hex(&Sha256::digest(&bytes));
        self.read_log.lock().unwrap_or_else(PoisonError::into_inner).insert(full, digest);
        Ok(bytes)
    }

    /// The text of a file; its hash goes into the log.
    ///
    /// # Errors
    /// When it cannot be read or is not UTF-8.
    pub fn read_text(&self, path: &str) -> Result<String, FunctionError> {
        String::from_utf8(self.read(path)?)
            .map_err(|_| FunctionError::arg(0, format!("{path:?} is not valid UTF-8; use filebase64 for files that are not text")))
    }

    fn explain(&self, path: &str, full: &Path, error: &std::io::Error) -> FunctionError {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => format!(
                "no file exists at {path:?} ({}); the file must be there before anything is planned, a file that a resource creates cannot be read this way",
                full.display()
            ),
            _ if self.files.is_dir(full) => format!("{path:?} is a directory, not a file"),
            _ => format!("{path:?} cannot be read: {error}"),
        };
        FunctionError::arg(0, message)
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
