//! What is known of a restore that is under way, beside the state. No passwords.

use crate::provider::{DatabaseTags, RestoreSource, Setting, Settings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Version of the record's format.
const FORMAT: u32 = 1;

/// Where the records lie, in the names of records.
pub const RECORDS: &str = "restore/";
const FINISHED: &str = "restore/done/";

/// What is done once the restored database is sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// It takes the name of the old one, which is renamed.
    Rename,
    /// The configuration is pointed at it.
    Variable,
    /// Nothing.
    None,
}

/// A step that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The new database exists.
    Restored,
    /// It serves.
    Available,
    /// It has the settings that a restore does not take.
    Settings,
    /// It has the password.
    Password,
    /// It was looked at.
    Verified,
    /// The old one has another name.
    OldRenamed,
    /// The new one has the old one's name.
    NewRenamed,
    /// The state describes the new one.
    State,
}

/// A restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    /// The database that is replaced, by name.
    pub instance: String,
    /// When it was begun, RFC 3339.
    pub begun: String,
    /// Who began it.
    pub who: String,
    /// The snapshot it comes from.
    pub snapshot: Option<String>,
    /// Or the moment: RFC 3339, or `latest`.
    pub time: Option<String>,
    /// Name of the new database while it is made.
    pub target: String,
    /// Name that the old one gets.
    pub aside: String,
    /// What is done in the end.
    pub switch: Switch,
    /// Resource id of the old one; absent: there was none any more.
    pub old: Option<String>,
    /// Resource id of the new one, once it exists.
    pub new: Option<String>,
    /// What the new one shall be.
    pub settings: Settings,
    /// And its tags.
    pub tags: DatabaseTags,
    /// The service keeps its password.
    pub managed_password: bool,
    /// Steps that are done.
    pub done: BTreeSet<Step>,
    /// What could not be verified.
    #[serde(default)]
    pub unverified: Vec<String>,
}

impl Record {
    /// A restore that has not begun.
    #[must_use]
    pub fn new(instance: &str, source: &RestoreSource, who: &str, now: Timestamp) -> Self {
        let (snapshot, time) = match source {
            RestoreSource::Snapshot(id) => (Some(id.clone()), None),
            RestoreSource::Time { at, .. } => (None, Some(at.map_or_else(|| "latest".to_string(), |t| t.to_string()))),
        };
        let stamp = super::super::name::stamp(now);
        Record {
            format: FORMAT,
            instance: instance.into(),
            begun: now.to_string(),
            who: who.into(),
            snapshot,
            time,
            target: short(instance, &format!("-restored-{stamp}")),
            aside: short(instance, &format!("-before-{stamp}")),
            switch: Switch::Rename,
            old: None,
            new: None,
            settings: Settings::new(),
            tags: DatabaseTags::new(),
            managed_password: false,
            done: BTreeSet::new(),
            unverified: Vec::new(),
        }
    }

    /// What the new database shall be. Default groups come by themselves, as its version has them.
    pub fn keep(&mut self, settings: Settings) {
        let default = |s: &Setting| matches!(s, Setting::Text(t) if t.starts_with("default.") || t.starts_with("default:"));
        self.settings = settings;
        self.settings.retain(|name, value| !(name.ends_with("_group_name") && default(value)));
    }

    /// What it starts from.
    #[must_use]
    pub fn source(&self) -> RestoreSource {
        match &self.snapshot {
            Some(id) => RestoreSource::Snapshot(id.clone()),
            None => {
                RestoreSource::Time { instance: self.instance.clone(), at: self.time.as_deref().and_then(|t| t.parse::<Timestamp>().ok()) }
            }
        }
    }

    /// `the snapshot x`, `the moment x`
    #[must_use]
    pub fn origin(&self) -> String {
        match (&self.snapshot, self.time.as_deref()) {
            (Some(id), _) => format!("the snapshot {id}"),
            (None, Some("latest") | None) => "the latest moment there is".into(),
            (None, Some(time)) => format!("the moment {time}"),
        }
    }

    /// Whether a step is done.
    #[must_use]
    pub fn is_done(&self, step: Step) -> bool {
        self.done.contains(&step)
    }

    /// Whether names may have been moved already, so that no apply may compare the state with them.
    #[must_use]
    pub fn is_switching(&self) -> bool {
        self.switch == Switch::Rename && self.is_done(Step::Verified)
    }

    /// Name of the record while it is under way.
    #[must_use]
    pub fn name_of(instance: &str) -> String {
        format!("{RECORDS}{}.json", super::super::name::identifier(instance))
    }

    /// Name of the record once it is finished.
    #[must_use]
    pub fn finished_name(&self) -> String {
        format!("{FINISHED}{}.json", self.target)
    }

    /// Whether a record's name is of a restore under way.
    #[must_use]
    pub fn is_under_way(name: &str) -> bool {
        name.starts_with(RECORDS) && !name.starts_with(FINISHED)
    }

    /// The record's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a record; `None` when it is none that we know.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|r: &Record| r.format <= FORMAT)
    }
}

/// A name with an ending, in the 63 characters that a database's may have.
fn short(name: &str, ending: &str) -> String {
    let room = 63usize.saturating_sub(ending.len());
    let start: String = name.chars().take(room).collect();
    format!("{}{ending}", start.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_with_its_source() {
        let now = Timestamp::new(1_767_323_045, 0).unwrap();
        for source in [
            RestoreSource::Snapshot("s-1".into()),
            RestoreSource::Time { instance: "db".into(), at: None },
            RestoreSource::Time { instance: "db".into(), at: Some(now) },
        ] {
            let mut record = Record::new("db", &source, "ann@box", now);
            record.done.insert(Step::Restored);
            let back = Record::from_bytes(&record.to_bytes()).unwrap();
            assert_eq!((back.source(), &back), (source, &record));
        }
    }

    #[test]
    fn names_fit() {
        let now = Timestamp::new(1_767_323_045, 0).unwrap();
        let long = Record::new(&"a-".repeat(30), &RestoreSource::Snapshot("s".into()), "", now);
        assert!(long.target.len() <= 63 && long.target.ends_with("-restored-20260102-030405") && !long.target.contains("--"));
        assert_eq!(Record::name_of("prod-db"), "restore/prod-db.json");
        assert!(Record::is_under_way("restore/prod-db.json") && !Record::is_under_way(&long.finished_name()));
    }
}
