//! `backend "local"`: which file.

use super::{DEFAULT_STATE, LocalStore};
use crate::store::{StoreError, StoreErrorKind};
use crate::value::{Value, closest};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SETTINGS: [&str; 2] = ["path", "workspace_dir"];

impl LocalStore {
    /// The store of a `local` backend (or of no backend: no settings). Relative paths start from
    /// the root module's folder. Another workspace than `default` lies in
    /// `<workspace_dir or terraform.tfstate.d>/<workspace>/terraform.tfstate`.
    ///
    /// # Errors
    /// An unknown setting, or one that is not text.
    pub fn open(root_dir: &Path, settings: &BTreeMap<Arc<str>, Value>, workspace: &str) -> Result<Self, StoreError> {
        if let Some(name) = settings.keys().find(|n| !SETTINGS.contains(&n.as_ref())) {
            let hint = closest(name, SETTINGS).map_or(String::new(), |s| format!(" Did you mean {s:?}?"));
            let detail = format!("The backend \"local\" has no setting {name:?}.{hint}");
            return Err(StoreError::new(StoreErrorKind::Other, "Unknown backend setting", detail).help("It takes path and workspace_dir."));
        }
        let others = text(settings, "workspace_dir")?.unwrap_or_else(|| "terraform.tfstate.d".into());
        let path = match workspace {
            "" | "default" => text(settings, "path")?.unwrap_or_else(|| DEFAULT_STATE.into()),
            other => others.join(other).join(DEFAULT_STATE),
        };
        Ok(LocalStore::with_workspaces(root_dir.join(path), Some(root_dir.join(others))))
    }
}

fn text(settings: &BTreeMap<Arc<str>, Value>, name: &str) -> Result<Option<PathBuf>, StoreError> {
    match settings.get(name) {
        None => Ok(None),
        Some(value) if value.is_null() => Ok(None),
        Some(value) => match value.as_str() {
            Some("") => Ok(None),
            Some(path) => Ok(Some(path.into())),
            None => {
                let detail = format!("The setting {name:?} of the backend \"local\" must be a known string.");
                Err(StoreError::new(StoreErrorKind::Other, "Invalid backend setting", detail).help("Write a path as a quoted string."))
            }
        },
    }
}
