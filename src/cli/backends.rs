//! Which backends a root module was used with: `.envctl/backends.json` in its folder.
//!
//! A module that serves two environments must never meet the other one's state because a flag was
//! forgotten. Secrets are not written down.

use crate::config::{Backend, Remembered};
use serde_json::{Value as Json, json};
use std::path::Path;

const FILE: &str = ".envctl/backends.json";

/// What is remembered; nothing when the file is not there or not readable.
#[must_use]
pub fn read(root: &Path) -> Vec<Remembered> {
    let text = std::fs::read_to_string(root.join(FILE)).unwrap_or_default();
    let all: Vec<Json> = serde_json::from_str(&text).unwrap_or_default();
    let one = |j: &Json| {
        let arguments = j.get("arguments")?.as_array()?.iter().filter_map(|a| a.as_str().map(str::to_string)).collect();
        Some(Remembered { identity: j.get("identity")?.as_str()?.to_string(), arguments })
    };
    all.iter().filter_map(one).collect()
}

/// Remembers a backend; file arguments are kept relative to the root module's folder.
pub fn remember(root: &Path, cwd: &Path, backend: &Backend, arguments: &[String]) {
    let arguments: Vec<String> = arguments.iter().map(|a| from_root(root, cwd, a)).collect();
    let new = Remembered::of(backend, &arguments);
    let mut all = read(root);
    all.retain(|r| r.identity != new.identity);
    all.push(new);
    let list: Vec<Json> = all.iter().map(|r| json!({"identity": r.identity, "arguments": r.arguments})).collect();
    let path = root.join(FILE);
    let Some(dir) = path.parent() else { return };
    if std::fs::create_dir_all(dir).is_ok() {
        let _ = std::fs::write(dir.join(".gitignore"), "*\n");
        let _ = std::fs::write(path, Json::Array(list).to_string());
    }
}

/// A file given from the shell's folder, as the root module's folder sees it.
fn from_root(root: &Path, cwd: &Path, argument: &str) -> String {
    let path = crate::files::clean(&cwd.join(argument));
    if argument.contains('=') || !path.is_file() {
        return argument.to_string();
    }
    path.strip_prefix(root).map_or_else(|_| path.display().to_string(), |p| p.display().to_string())
}
