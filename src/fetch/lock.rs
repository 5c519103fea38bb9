//! The lock file: which version, commit and content each source means for a root module.
//!
//! `.envctl.lock.json` lies beside the root module and belongs into version control, so that every
//! machine gets the same modules. It names sources, never where they lie on this machine.

use crate::config::{Constraint, Version};
use crate::diag::Diagnostic;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Its name.
pub const FILE: &str = ".envctl.lock.json";
const FORMAT: u64 = 1;

/// A source as it is locked: the package, and the constraint on its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The package without secrets.
    pub source: String,
    /// The constraint, in one notation.
    pub constraint: Option<String>,
}

/// What a source meant when it was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The chosen version, of a registry.
    pub version: Option<String>,
    /// Where the registry or page sent us.
    pub location: Option<String>,
    /// The module's folder in what lies there.
    pub folder: String,
    /// The commit, of a repository.
    pub commit: Option<String>,
    /// Names and contents, `sha256:…`.
    pub digest: String,
}

/// All entries of a root module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// By source.
    pub entries: BTreeMap<Key, Entry>,
}

impl Lock {
    /// Reads the file; one that is not there is empty.
    ///
    /// # Errors
    /// When it is there and cannot be understood.
    pub fn read(path: &Path) -> Result<Lock, Diagnostic> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Lock::default()),
            Err(e) => return Err(bad(path, &e.to_string())),
        };
        Lock::parse(&text).map_err(|why| bad(path, &why))
    }

    fn parse(text: &str) -> Result<Lock, String> {
        let json: Json = serde_json::from_str(text).map_err(|e| format!("it is no JSON ({e})"))?;
        match json.get("format").and_then(Json::as_u64) {
            Some(FORMAT) => {}
            Some(other) => return Err(format!("it has the format {other}, and this envctl knows {FORMAT}")),
            None => return Err("it has no format number".into()),
        }
        let list = json.get("modules").and_then(Json::as_array).ok_or("it has no list of modules")?;
        let entries: Option<BTreeMap<Key, Entry>> = list.iter().map(entry).collect();
        Ok(Lock { entries: entries.ok_or("one of its modules has no source or no digest")? })
    }

    /// A locked version of a source, under whatever constraint it was chosen, that meets this one.
    #[must_use]
    pub fn version_for(&self, source: &str, constraint: Option<&Constraint>) -> Option<String> {
        let versions = self.entries.iter().filter(|(k, _)| k.source == source).filter_map(|(_, e)| e.version.clone());
        let fitting = versions.filter_map(|text| {
            let version = Version::parse(&text)?;
            let fits = constraint.is_none_or(|c| if version.is_prerelease() { c.names(&version) } else { c.allows(&version) });
            fits.then_some((version, text))
        });
        fitting.max_by(|a, b| a.0.cmp(&b.0)).map(|(_, text)| text)
    }

    fn text(&self) -> String {
        let list: Vec<Json> = self.entries.iter().map(|(key, entry)| object(key, entry)).collect();
        let document = json!({
            "about": "Modules as envctl fetched them. Keep this file in version control; `envctl get -upgrade` renews it.",
            "format": FORMAT,
            "modules": list,
        });
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }
}

/// Adds entries to the file as it is by now; `only`: others go. One process at a time.
///
/// # Errors
/// When it cannot be written or what is there cannot be understood.
pub fn update(path: &Path, guard: &Path, new: &BTreeMap<Key, Entry>, only: Option<&BTreeSet<Key>>) -> Result<(), Diagnostic> {
    let unwritable =
        |e: io::Error| Diagnostic::error("Lock file not writable", format!("{} keeps which modules were fetched: {e}.", path.display()));
    let guarded = fs::OpenOptions::new().create(true).truncate(false).write(true).open(guard).map_err(unwritable)?;
    guarded.lock().map_err(unwritable)?;
    let before = Lock::read(path)?;
    let mut after = before.clone();
    after.entries.extend(new.iter().map(|(k, e)| (k.clone(), e.clone())));
    if let Some(only) = only {
        after.entries.retain(|k, _| only.contains(k));
    }
    if after == before {
        return Ok(());
    }
    if after.entries.is_empty() {
        return fs::remove_file(path).map_err(unwritable);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".envctl-").tempfile_in(folder).map_err(unwritable)?;
    file.write_all(after.text().as_bytes()).map_err(unwritable)?;
    // Temporary files are for their owner alone; this one is for everyone who reads the project.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(mode).map_err(unwritable)?;
    file.persist(path).map(drop).map_err(|e| unwritable(e.error))
}

fn object(key: &Key, entry: &Entry) -> Json {
    let mut out = Map::new();
    let folder = Some(entry.folder.clone()).filter(|f| !f.is_empty());
    let fields = [
        ("source", Some(key.source.clone())),
        ("constraint", key.constraint.clone()),
        ("version", entry.version.clone()),
        ("location", entry.location.clone()),
        ("folder", folder),
        ("commit", entry.commit.clone()),
        ("digest", Some(entry.digest.clone())),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            out.insert(name.into(), value.into());
        }
    }
    Json::Object(out)
}

fn entry(json: &Json) -> Option<(Key, Entry)> {
    let text = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_string);
    let digest =
        text("digest").filter(|d| d.strip_prefix("sha256:").is_some_and(|h| h.len() == 64 && h.chars().all(|c| c.is_ascii_hexdigit())))?;
    let key = Key { source: text("source")?, constraint: text("constraint") };
    let folder = text("folder").unwrap_or_default();
    if folder.split('/').any(|p| p == "..") {
        return None;
    }
    Some((key, Entry { version: text("version"), location: text("location"), folder, commit: text("commit"), digest }))
}

fn bad(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::error("Lock file not readable", format!("{} keeps which modules were fetched, and cannot be read: {why}.", path.display()))
        .help("Take it from version control again, or remove it; then modules are chosen anew.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(digit: char) -> (Key, Entry) {
        let key = Key { source: "h/a/b/c".into(), constraint: Some(format!("~> 1.{digit}")) };
        let entry = Entry {
            version: Some(format!("1.{digit}.0")),
            location: Some("git::https://h/r.git?ref=v1".into()),
            folder: String::new(),
            commit: Some("c".repeat(40)),
            digest: format!("sha256:{}", digit.to_string().repeat(64)),
        };
        (key, entry)
    }

    #[test]
    fn what_is_written_is_read_and_others_entries_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (path, guard) = (dir.path().join(FILE), dir.path().join("guard"));
        let (one, two) = (BTreeMap::from([sample('1')]), BTreeMap::from([sample('2')]));
        update(&path, &guard, &one, None).unwrap();
        update(&path, &guard, &two, None).unwrap();
        let both = Lock::read(&path).unwrap();
        assert_eq!(both.entries.len(), 2);
        assert_eq!(both.entries[&sample('1').0], sample('1').1);
        let pick = |c: &str| both.version_for("h/a/b/c", Some(&Constraint::parse(c).unwrap()));
        assert_eq!((pick("< 2").as_deref(), pick("< 1.2").as_deref(), pick("> 2")), (Some("1.2.0"), Some("1.1.0"), None));

        update(&path, &guard, &BTreeMap::new(), Some(&two.keys().cloned().collect())).unwrap();
        assert_eq!(Lock::read(&path).unwrap().entries, two);
        update(&path, &guard, &BTreeMap::new(), Some(&BTreeSet::new())).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        for (text, part) in [
            ("{", "no JSON"),
            ("{}", "no format"),
            (r#"{"format":2,"modules":[]}"#, "the format 2"),
            (r#"{"format":1}"#, "no list"),
            (r#"{"format":1,"modules":[{"source":"x","digest":"sha256:../../x"}]}"#, "no digest"),
        ] {
            fs::write(&path, text).unwrap();
            assert!(Lock::read(&path).unwrap_err().detail.contains(part), "{text}");
        }
    }
}
