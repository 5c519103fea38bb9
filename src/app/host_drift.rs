//! How a host differs from what the last deploy left there. Values are never told: what is on the host now may be a
//! secret that nobody told us about.

use super::env_file::EnvFile;
use super::facts::{Checkout, RemoteFacts, RemoteFile};
use super::observe::Facts;
use super::record::{AppRecord, FileRecord};
use super::spec::AppSpec;
use std::collections::BTreeMap;

/// What happened to a file on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileEdit {
    /// It is not there any more.
    Gone,
    /// Keys of a `.env` file.
    Keys {
        /// With another value.
        changed: Vec<String>,
        /// New ones.
        added: Vec<String>,
        /// Those that are gone.
        vanished: Vec<String>,
    },
    /// Something else in it.
    Content,
    /// Only its permission bits.
    Mode {
        /// As it was written.
        from: u32,
        /// Now.
        to: u32,
    },
}

/// How the checkout differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckoutDrift {
    /// Its folder.
    pub path: String,
    /// The commit that was deployed.
    pub from: String,
    /// The commit now, where it is another one; `Some(None)`: there is none.
    pub to: Option<Option<String>>,
    /// Tracked files that were edited.
    pub edited: Vec<String>,
}

/// A fact that is not what it was, or not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactDrift {
    /// Its name.
    pub name: String,
    /// What it is now, or why that is not known.
    pub now: Result<String, String>,
    /// What it was at the last deploy, where it was something else; `Some(None)`: what it was is secret.
    pub before: Option<Option<String>>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// How a host differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostDrift {
    /// Files by path on the host.
    pub files: BTreeMap<String, FileEdit>,
    /// The checkout.
    pub checkout: Option<CheckoutDrift>,
    /// Facts.
    pub facts: Vec<FactDrift>,
}

impl HostDrift {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.checkout.is_none() && self.facts.is_empty()
    }
}

/// The keys of an env-like file with keyed hashes of their values; nothing for other files.
#[must_use]
pub fn key_hashes(record: &AppRecord, bytes: &[u8]) -> BTreeMap<String, String> {
    let Some(file) = std::str::from_utf8(bytes).ok().map(EnvFile::parse).filter(EnvFile::is_env) else { return BTreeMap::new() };
    file.entries().into_iter().map(|(key, value)| (key.clone(), key_hash(record, &key, &value))).collect()
}

/// The keyed hash of a value. The key belongs to it: equal values of two keys do not show.
#[must_use]
pub fn key_hash(record: &AppRecord, key: &str, value: &str) -> String {
    record.hash(format!("{key}={value}").as_bytes())
}

/// What happened to a file that we wrote; `None` while it is as it was.
#[must_use]
pub fn file_edit(record: &AppRecord, kept: &FileRecord, now: Option<&RemoteFile>) -> Option<FileEdit> {
    let Some(now) = now else { return Some(FileEdit::Gone) };
    if record.hash(&now.content) == kept.hash {
        let (from, to) = (kept.mode?, now.mode?);
        return (from != to).then_some(FileEdit::Mode { from, to });
    }
    let found = key_hashes(record, &now.content);
    if kept.keys.is_empty() || found.is_empty() {
        return Some(FileEdit::Content);
    }
    let pick = |from: &BTreeMap<String, String>, wanted: &dyn Fn(&String, &String) -> bool| -> Vec<String> {
        from.iter().filter(|(k, v)| wanted(k, v)).map(|(k, _)| k.clone()).collect()
    };
    let changed = pick(&found, &|k, v| kept.keys.get(k).is_some_and(|old| old != v));
    let added = pick(&found, &|k, _| !kept.keys.contains_key(k));
    let vanished = pick(&kept.keys, &|k, _| !found.contains_key(k));
    let none = changed.is_empty() && added.is_empty() && vanished.is_empty();
    Some(if none { FileEdit::Content } else { FileEdit::Keys { changed, added, vanished } })
}

impl FileEdit {
    /// In words, without values.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            FileEdit::Gone => "removed from the host".into(),
            FileEdit::Content => "changed on the host".into(),
            FileEdit::Mode { from, to } => format!("mode changed on the host: {from:04o} -> {to:04o}"),
            FileEdit::Keys { changed, added, vanished } => {
                let named = [("changed on the host", changed), ("added", added), ("vanished", vanished)];
                let parts = named.iter().filter(|(_, keys)| !keys.is_empty());
                parts.map(|(what, keys)| format!("{what}: {}", keys.join(", "))).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// Compares a host with the record of the last deploy, and its facts with what they should be.
#[must_use]
pub fn host_drift(spec: &AppSpec, record: Option<&AppRecord>, found: &RemoteFacts, facts: &Facts) -> HostDrift {
    let mut drift = HostDrift { facts: fact_drift(record, facts), ..HostDrift::default() };
    let Some(record) = record else { return drift };
    for (path, kept) in &record.files {
        drift.files.extend(file_edit(record, kept, found.files.get(path)).map(|edit| (path.clone(), edit)));
    }
    drift.checkout = checkout(spec, record, found);
    drift
}

fn checkout(spec: &AppSpec, record: &AppRecord, found: &RemoteFacts) -> Option<CheckoutDrift> {
    let (source, root) = (record.source.as_ref()?, spec.source.as_ref()?.root()?);
    let commit = match &found.checkout {
        Checkout::Clone { commit, .. } => commit.clone(),
        Checkout::Absent | Checkout::Occupied => None,
    };
    let ours: Vec<&str> = record.files.keys().filter_map(|p| p.strip_prefix(&root)?.strip_prefix('/')).collect();
    let edited: Vec<String> = found.edited.iter().filter(|f| !ours.contains(&f.as_str())).cloned().collect();
    let to = (commit.as_ref() != Some(&source.commit)).then_some(commit);
    (to.is_some() || !edited.is_empty()).then(|| CheckoutDrift { path: root, from: source.commit.clone(), to, edited })
}

fn fact_drift(record: Option<&AppRecord>, facts: &Facts) -> Vec<FactDrift> {
    let mut drift = Vec::new();
    for (name, fact) in facts {
        let kept = record.and_then(|r| Some((r, r.facts.get(name).filter(|_| fact.lasting)?)));
        let before = kept.and_then(|(record, kept)| {
            let now = fact.value.as_ref().ok()?;
            (record.hash(now.as_bytes()) != kept.hash).then(|| kept.value.clone())
        });
        if before.is_some() || fact.problem.is_some() {
            drift.push(FactDrift { name: name.clone(), now: fact.value.clone(), before, problem: fact.problem.clone() });
        }
    }
    // A service that had a state and has none any more.
    let gone = record.into_iter().flat_map(|r| r.facts.iter()).filter(|(name, _)| name.starts_with("service.") && name.ends_with(".image"));
    let known = !facts.contains_key("services") && facts.keys().any(|n| n.starts_with("service."));
    for (name, kept) in gone.filter(|(name, _)| known && !facts.contains_key(*name)) {
        let now = Err("the service has no container".to_string());
        drift.push(FactDrift { name: name.clone(), now, before: Some(kept.value.clone()), problem: None });
    }
    drift
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(record: &AppRecord, text: &str) -> FileRecord {
        FileRecord {
            hash: record.hash(text.as_bytes()),
            keys: key_hashes(record, text.as_bytes()),
            mode: Some(0o600),
            ..FileRecord::default()
        }
    }

    fn now(text: &str, mode: u32) -> RemoteFile {
        RemoteFile { content: text.into(), mode: Some(mode) }
    }

    #[test]
    fn keys_are_told_and_values_never() {
        let record = AppRecord::new("web", [7; 16]);
        let env = kept(&record, "# x\nA=1\nB=hunter22\nC=3\nD=4\n");
        let json = serde_json::to_string(&env).unwrap();
        assert!(!json.contains("hunter22"), "{json}");
        let edit = file_edit(&record, &env, Some(&now("A=1\nB=hunter23\nC=4\nE=5\n", 0o600))).unwrap();
        assert_eq!(edit.text(), "changed on the host: B, C; added: E; vanished: D");
        assert_eq!(file_edit(&record, &env, Some(&now("# x\nA=1\nB=hunter22\nC=3\nD=4\n", 0o600))), None);
        assert_eq!(file_edit(&record, &env, Some(&now("# y\nA=1\nB=hunter22\nC=3\nD=4\n", 0o600))), Some(FileEdit::Content));
        let mode = file_edit(&record, &env, Some(&now("# x\nA=1\nB=hunter22\nC=3\nD=4\n", 0o644))).unwrap();
        assert_eq!(mode.text(), "mode changed on the host: 0600 -> 0644");
        assert_eq!(file_edit(&record, &env, None), Some(FileEdit::Gone));
        assert_eq!(
            file_edit(&record, &kept(&record, "server {\n}\n"), Some(&now("server {\n listen\n}\n", 0o600))),
            Some(FileEdit::Content)
        );
    }

    #[test]
    fn equal_values_of_two_keys_do_not_show() {
        let record = AppRecord::new("web", [7; 16]);
        let hashes = key_hashes(&record, b"A=same\nB=same\n");
        assert_ne!(hashes["A"], hashes["B"]);
    }
}
