//! Files of a working copy or of a host's checkout as items of a side.

use super::compose::{is_compose, services};
use super::files::{file_text, is_env_name};
use super::side::{Datum, Section, Side};
use sha2::{Digest, Sha256};

/// Lock files: what they pin is what runs.
pub const LOCKS: &[&str] = &[
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lockb",
    "Cargo.lock",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "pdm.lock",
    "requirements.txt",
    "Gemfile.lock",
    "composer.lock",
    "go.sum",
    "mix.lock",
    ".terraform.lock.hcl",
    ".envctl.lock.json",
];

/// Names of files that are worth a comparison wherever they lie, as shell patterns.
#[must_use]
pub fn search_names() -> Vec<&'static str> {
    let mut names =
        vec![".env", ".env.*", "*.env", "docker-compose*.yml", "docker-compose*.yaml", "compose.y*ml", "compose.*.y*ml", "compose-*.y*ml"];
    names.extend(LOCKS);
    names
}

/// Whether a file is one of those.
#[must_use]
pub fn is_searched(path: &str) -> bool {
    is_env_name(path) || is_compose(path) || is_lock(path)
}

fn is_lock(path: &str) -> bool {
    LOCKS.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// From here on the side knows files, services and lock files, even where there are none.
pub fn begin(side: &mut Side) {
    side.files.get_or_insert_default();
    side.section(Section::Service);
    side.section(Section::Lock);
}

/// Adds a file: a lock file's hash, a compose file's services, anything else as a file.
pub fn add_file(side: &mut Side, path: &str, bytes: &[u8]) {
    if is_lock(path) {
        let hash: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        let short = hash.get(..16).unwrap_or(&hash).to_string();
        side.section(Section::Lock).insert(path.to_string(), Datum::text(format!("sha256:{short}")));
        return;
    }
    let found = Some(()).filter(|()| is_compose(path)).and_then(|()| services(path, std::str::from_utf8(bytes).ok()?));
    match found {
        Some(found) => side.section(Section::Service).extend(found),
        None => {
            side.files.get_or_insert_default().insert(path.to_string(), file_text(path, bytes));
        }
    }
}

/// Adds what is checked out: `commit:NAME`, its branch, and whether files differ from the commit.
pub fn add_checkout(side: &mut Side, name: &str, commit: &str, branch: Option<&str>, dirty: bool) {
    let commits = side.section(Section::Commit);
    commits.insert(name.to_string(), Datum::text(commit));
    if dirty {
        commits.insert(format!("{name}:dirty"), Datum::text("files differ from the commit"));
    }
    if let Some(branch) = branch {
        side.section(Section::Ref).insert(name.to_string(), Datum::text(branch));
    }
}
