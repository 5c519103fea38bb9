//! How a file on the host differs from what it must be, in words that never show a secret.
//!
//! What a file holds *now* may be a secret that nobody told us about. It is shown only where the
//! record says that it was none, or where neither its key nor its form looks like one.

use super::env_file::EnvFile;
use super::facts::RemoteFile;
use super::host_drift::{FileEdit, file_edit, key_hash, key_hashes};
use super::record::{AppRecord, FileRecord};
use super::render::{EnvEntry, Rendered, Shape};
use super::text::{MASKED, Text, UNKNOWN};
use similar::{ChangeTag, TextDiff};
use std::fmt;

/// A value as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In full.
    Text(String),
    /// Secret: the part of a line before it, otherwise empty.
    Sensitive(String),
    /// Known after apply.
    Unknown,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shown::Text(text) => f.write_str(text),
            Shown::Sensitive(before) => write!(f, "{before}{MASKED}"),
            Shown::Unknown => f.write_str(UNKNOWN),
        }
    }
}

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAction {
    /// It is as it must be.
    NoOp,
    /// It is not there yet.
    Create,
    /// Its content or mode differs.
    Update,
    /// It has no block any more and is as we wrote it.
    Delete,
    /// It has no block any more, but somebody changed it: it stays.
    Leave,
}

/// A changed key of a `.env` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// The key.
    pub key: String,
    /// Its value now; `None` when it is not there.
    pub old: Option<Shown>,
    /// Its value then; `None` when it goes.
    pub new: Option<Shown>,
}

/// A changed line of any other file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineChange {
    /// Added rather than removed.
    pub added: bool,
    /// Its number in the file it belongs to, from 1.
    pub number: usize,
    /// The line.
    pub text: Shown,
}

/// The planned change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Path on the host.
    pub path: String,
    /// What happens.
    pub action: FileAction,
    /// Changed keys of a `.env` file.
    pub keys: Vec<KeyChange>,
    /// Changed lines of any other file.
    pub lines: Vec<LineChange>,
    /// Permission bits now and then, where they differ (now is `None` for a new file).
    pub mode: Option<(Option<u32>, u32)>,
    /// What has to be known before the content is.
    pub waits_for: Option<String>,
    /// A remark: only formatting differs, content not comparable.
    pub note: Option<String>,
    /// Whether any of it is secret.
    pub sensitive: bool,
}

/// What a file is compared with.
#[derive(Clone, Copy, Debug)]
pub enum Before<'a> {
    /// There is no such file.
    Nothing,
    /// The file itself.
    File(&'a RemoteFile),
    /// The host cannot be read: only what the record says.
    Unseen,
}

impl Rendered {
    /// Whether any of its content is secret.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        match &self.shape {
            Shape::Env { entries, .. } => entries.iter().any(|e| e.value.is_sensitive()),
            Shape::Lines(lines) => lines.iter().any(Option::is_some),
            Shape::Unknown => true,
        }
    }

    /// What the record keeps of it once it is written.
    #[must_use]
    pub fn record(&self, record: &AppRecord) -> Option<FileRecord> {
        let bytes = self.bytes.as_ref()?;
        let mut kept = FileRecord { hash: record.hash(bytes), sensitive: self.is_sensitive(), sudo: self.sudo, ..FileRecord::default() };
        kept.keys = key_hashes(record, bytes);
        (kept.mode, kept.owner) = (Some(self.mode), self.owner.clone());
        match &self.shape {
            Shape::Env { entries, .. } => {
                kept.sensitive_keys = entries.iter().filter(|e| e.value.is_sensitive()).map(|e| e.key.clone()).collect();
            }
            Shape::Lines(secret) => {
                let text = String::from_utf8_lossy(bytes);
                let lines = text.lines().zip(secret).filter(|(_, cut)| cut.is_some());
                kept.sensitive_lines = lines.map(|(line, _)| record.hash(line.as_bytes())).collect();
            }
            Shape::Unknown => {}
        }
        Some(kept)
    }

    /// The change that makes the file what it must be. `record` says what we wrote last.
    #[must_use]
    pub fn compare(&self, before: Before<'_>, record: Option<&AppRecord>) -> FileChange {
        let mut change = FileChange {
            path: self.path.clone(),
            action: FileAction::Update,
            keys: vec![],
            lines: vec![],
            mode: None,
            waits_for: self.waits_for.clone(),
            note: None,
            sensitive: self.is_sensitive(),
        };
        match before {
            Before::Nothing => {
                change.action = FileAction::Create;
                change.mode = Some((None, self.mode));
                self.contents(&Old::none(), &mut change);
            }
            Before::File(file) => self.compare_file(file, record, &mut change),
            Before::Unseen => self.compare_record(record, &mut change),
        }
        change
    }

    fn compare_file(&self, file: &RemoteFile, record: Option<&AppRecord>, change: &mut FileChange) {
        change.mode = file.mode.filter(|now| *now != self.mode).map(|now| (Some(now), self.mode));
        if self.bytes.as_deref() == Some(&file.content) {
            change.action = if change.mode.is_some() { FileAction::Update } else { FileAction::NoOp };
            return;
        }
        let Ok(text) = std::str::from_utf8(&file.content) else {
            change.note = Some("the file on the host is not text".into());
            return;
        };
        self.contents(&Old::of(text, &self.path, record), change);
        // Of what is about to be overwritten people should know that somebody else wrote it.
        let edit = record.and_then(|r| file_edit(r, r.files.get(&self.path)?, Some(file)));
        if let Some(edit) = edit.filter(|e| !matches!(e, FileEdit::Mode { .. })) {
            change.note = Some(format!("since the last deploy: {}", edit.text()));
            return;
        }
        if change.keys.is_empty() && change.lines.is_empty() && self.bytes.is_some() {
            change.note = Some("only comments, quotes or line ends differ".into());
        }
    }

    fn compare_record(&self, record: Option<&AppRecord>, change: &mut FileChange) {
        let recorded = record.and_then(|r| Some((r, r.files.get(&self.path)?)));
        match (recorded, &self.bytes) {
            (None, _) => {
                change.action = FileAction::Create;
                change.mode = Some((None, self.mode));
                self.contents(&Old::none(), change);
            }
            (Some((record, old)), Some(bytes)) if old.hash == record.hash(bytes) => change.action = FileAction::NoOp,
            _ => change.note = Some("differs from what was written last; the host could not be read".into()),
        }
    }

    fn contents(&self, old: &Old<'_>, change: &mut FileChange) {
        match &self.shape {
            Shape::Env { entries, complete } => change.keys = old.key_changes(entries, *complete),
            Shape::Lines(secret) => {
                let new = self.bytes.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                change.lines = old.line_changes(&new, secret);
            }
            Shape::Unknown => {}
        }
    }
}

/// The text on the host, and what we know about its secrets.
struct Old<'a> {
    text: &'a str,
    recorded: Option<(&'a AppRecord, &'a FileRecord)>,
    /// It is exactly what we wrote: everything secret in it is known to be.
    ours: bool,
}

impl<'a> Old<'a> {
    fn none() -> Self {
        Old { text: "", recorded: None, ours: false }
    }

    fn of(text: &'a str, path: &str, record: Option<&'a AppRecord>) -> Self {
        let recorded = record.and_then(|r| Some((r, r.files.get(path)?)));
        let ours = recorded.is_some_and(|(record, file)| file.hash == record.hash(text.as_bytes()));
        Old { text, recorded, ours }
    }

    fn hides_key(&self, key: &str, value: &str) -> bool {
        let recorded = self.recorded.is_some_and(|(_, file)| file.sensitive_keys.iter().any(|k| k == key));
        // What somebody else wrote is nobody's to show.
        let foreign =
            |(record, file): (&AppRecord, &FileRecord)| !file.keys.is_empty() && file.keys.get(key) != Some(&key_hash(record, key, value));
        recorded
            || (!self.ours && self.recorded.is_some_and(foreign))
            || (!self.ours && (looks_secret(key) || (value.contains("://") && value.contains('@'))))
    }

    fn hides_line(&self, line: &str, beside_secrets: bool) -> bool {
        match self.recorded {
            Some((record, file)) if self.ours => {
                file.sensitive_lines.contains(&record.hash(line.as_bytes())) || !file.sensitive_keys.is_empty()
            }
            Some((_, file)) => file.sensitive || beside_secrets || looks_secret(line),
            None => beside_secrets || looks_secret(line),
        }
    }

    fn key_changes(&self, entries: &[EnvEntry], complete: bool) -> Vec<KeyChange> {
        let old = EnvFile::parse(self.text).entries();
        let show_old = |key: &str, value: &str, secret: bool| {
            if secret || self.hides_key(key, value) { Shown::Sensitive(String::new()) } else { Shown::Text(value.to_string()) }
        };
        let mut changes = Vec::new();
        for EnvEntry { key, value } in entries {
            let now = old.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
            if value.known().is_none() || now != value.known() {
                let before = now.map(|v| show_old(key, v, value.is_sensitive()));
                changes.push(KeyChange { key: key.clone(), old: before, new: Some(show(value)) });
            }
        }
        for (key, value) in old.iter().filter(|(key, _)| complete && !entries.iter().any(|e| e.key == *key)) {
            changes.push(KeyChange { key: key.clone(), old: Some(show_old(key, value, false)), new: None });
        }
        changes
    }

    fn line_changes(&self, new: &str, secret: &[Option<usize>]) -> Vec<LineChange> {
        let starts: Vec<&str> = new.lines().zip(secret).filter_map(|(line, cut)| line.get(..(*cut)?)).filter(|s| !s.is_empty()).collect();
        let beside_secrets = secret.iter().any(Option::is_some);
        let show_old = |line: &str| {
            let start = starts.iter().filter(|s| line.starts_with(**s)).max_by_key(|s| s.len());
            if start.is_some() || self.hides_line(line, beside_secrets) {
                return Shown::Sensitive(start.copied().unwrap_or("").to_string());
            }
            Shown::Text(line.to_string())
        };
        let show_new = |number: usize, line: &str| match secret.get(number).copied().flatten() {
            Some(cut) => Shown::Sensitive(line.get(..cut).unwrap_or("").to_string()),
            None => Shown::Text(line.to_string()),
        };
        let (old_lines, new_lines): (Vec<&str>, Vec<&str>) = (self.text.lines().collect(), new.lines().collect());
        let diff = TextDiff::from_slices(&old_lines, &new_lines);
        let changes = diff.iter_all_changes().filter(|c| c.tag() != ChangeTag::Equal);
        changes
            .map(|c| match (c.old_index(), c.new_index()) {
                (_, Some(i)) => LineChange { added: true, number: i + 1, text: show_new(i, c.value()) },
                (i, None) => LineChange { added: false, number: i.unwrap_or(0) + 1, text: show_old(c.value()) },
            })
            .collect()
    }
}

fn show(text: &Text) -> Shown {
    match text.known() {
        _ if text.is_sensitive() => Shown::Sensitive(String::new()),
        None => Shown::Unknown,
        Some(text) => Shown::Text(text.to_string()),
    }
}

fn looks_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["PASS", "SECRET", "TOKEN", "KEY", "CRED", "PWD", "AUTH", "PRIVATE", "SALT"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
