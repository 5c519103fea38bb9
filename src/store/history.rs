//! Who changed what, when: one record a run, beside the state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Version of the record's format.
pub const HISTORY_FORMAT: u32 = 1;

/// Where the records lie, in the names of records.
pub const HISTORY: &str = "history/";

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunResult {
    /// Everything was done.
    Done,
    /// Something failed; what was done before is in the state.
    Failed,
    /// Ctrl-C or a signal.
    Interrupted,
}

/// What a run did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCounts {
    /// Objects made.
    pub added: usize,
    /// Objects changed in place.
    pub changed: usize,
    /// Objects destroyed.
    pub destroyed: usize,
    /// Applications changed.
    pub deployed: usize,
}

/// A rule of a guard that was lifted for a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The rule's name.
    pub rule: String,
    /// Why, if a reason was given.
    pub reason: Option<String>,
    /// What the rule would have refused.
    pub found: String,
}

/// One run that was approved and had something to do. No values of the configuration, no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`HISTORY_FORMAT`]
    pub format: u32,
    /// Id of the lock it held.
    pub run: String,
    /// When it took the lock, RFC 3339.
    pub started: String,
    /// When it was done, RFC 3339.
    pub finished: String,
    /// user@host
    pub who: String,
    /// `apply`, `deploy`, `destroy`
    pub command: String,
    /// Environment.
    pub environment: String,
    /// Workspace.
    pub workspace: String,
    /// Commit of the configuration; absent outside git.
    pub commit: Option<String>,
    /// The configuration had changes that were not committed.
    #[serde(default)]
    pub uncommitted: bool,
    /// SHA-256 of the plan that was carried out.
    pub plan: Option<String>,
    /// Rules of guards that were lifted for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// How it ended.
    pub result: RunResult,
    /// Summaries of its errors.
    #[serde(default)]
    pub errors: Vec<String>,
    /// Snapshots that were taken before it changed anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<String>,
    /// What it did, where counts do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it did.
    pub counts: RunCounts,
    /// Serial of the state before.
    pub serial_before: u64,
    /// Serial of the state after.
    pub serial_after: u64,
    /// Version of envctl.
    pub version: String,
}

impl RunRecord {
    /// `history/20260102T030405Z-<run>.json`: names sort by time.
    #[must_use]
    pub fn name(&self) -> String {
        let time = self.started.parse::<Timestamp>().unwrap_or_default().strftime("%Y%m%dT%H%M%SZ");
        format!("{HISTORY}{time}-{}.json", self.run)
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
        serde_json::from_slice(bytes).ok().filter(|r: &RunRecord| r.format <= HISTORY_FORMAT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back_and_sort_by_time() {
        let at = |s: i64| Timestamp::new(s, 5).unwrap().to_string();
        let record = RunRecord {
            format: HISTORY_FORMAT,
            run: "8f".into(),
            started: at(1_767_322_800),
            finished: at(1_767_322_860),
            who: "ann@box".into(),
            command: "apply".into(),
            environment: "stage".into(),
            workspace: "default".into(),
            commit: Some("abc".into()),
            uncommitted: true,
            plan: None,
            overrides: vec![Override { rule: "clean".into(), reason: None, found: "x".into() }],
            result: RunResult::Interrupted,
            errors: vec!["x".into()],
            snapshots: vec!["prod-main-1".into()],
            note: None,
            counts: RunCounts { added: 1, ..RunCounts::default() },
            serial_before: 1,
            serial_after: 2,
            version: "0".into(),
        };
        assert_eq!(record.name(), "history/20260102T030000Z-8f.json");
        assert_eq!(RunRecord::from_bytes(&record.to_bytes()), Some(record.clone()));
        let newer = RunRecord { format: HISTORY_FORMAT + 1, ..record };
        assert_eq!(RunRecord::from_bytes(&newer.to_bytes()), None);
        assert_eq!(RunRecord::from_bytes(b"{}"), None);
    }
}
