//! What runs that did not end left in the journal, for commands that only look: they say it, and finish nothing.

use crate::engine::{Finding, Leftover};
use crate::store::{HeldLock, JournalResult, LockInfo, StateStore, StoreError};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// A run that did not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftRun {
    /// Its id.
    pub id: String,
    /// Its last sign of life, by its machine's clock.
    pub last: Option<Timestamp>,
    /// Operations that it announced and that the state need not have.
    pub announced: usize,
    /// Those of them without a recorded end.
    pub open: usize,
}

/// What was left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Runs, oldest first.
    pub runs: Vec<LeftRun>,
    /// Creates of former runs that may still arrive.
    pub arriving: usize,
    /// What recovery would do, where it was looked up.
    pub findings: Vec<String>,
    /// A run that holds the lock and has written to the journal: whether it works or was killed on another machine, only
    /// its lease tells in the end.
    pub working: Option<LockInfo>,
}

impl Left {
    /// Counts what lies in the journal.
    #[must_use]
    pub fn of(journal: &Journal, now: Timestamp) -> Self {
        let Journal { leftover, working } = journal;
        let open = |i: &&crate::store::JournalIntent| !matches!(i.result, JournalResult::Ended(_));
        let runs = leftover.runs.iter().map(|run| LeftRun {
            id: run.id.clone(),
            last: run.last,
            announced: run.intents.len(),
            open: run.intents.iter().filter(open).count(),
        });
        Left { runs: runs.collect(), arriving: leftover.watched.open(now), findings: Vec::new(), working: working.clone() }
    }

    /// With what recovery found.
    #[must_use]
    pub fn found(mut self, findings: &[Finding]) -> Self {
        self.findings = findings.iter().map(|f| f.text(false)).collect();
        self
    }

    /// Whether nothing was left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.arriving == 0
    }

    /// For people: a sentence a run.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut all: Vec<String> = self.runs.iter().map(LeftRun::sentence).collect();
        match self.arriving {
            0 => {}
            1 => all.push("a create of a former run was not seen yet and may still arrive".into()),
            n => all.push(format!("{n} creates of former runs were not seen yet and may still arrive")),
        }
        all
    }

    /// That a run may be at work, whose doings nobody who only looks knows.
    #[must_use]
    pub fn under_way(&self) -> Option<String> {
        let LockInfo { id, who, created, operation, .. } = self.working.as_ref()?;
        Some(format!(
            "run {id} of {who} holds the lock since {created}, for {operation}: what it did is not in this; \
             if it was killed, envctl plan says what it left once its lease is over"
        ))
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Json {
        let run = |r: &LeftRun| json!({"run": r.id, "last": r.last.map(|t| t.to_string()), "announced": r.announced, "open": r.open});
        let working = self.working.as_ref().map(|l| json!({"run": l.id, "who": l.who, "since": l.created, "for": l.operation}));
        json!({
            "runs": self.runs.iter().map(run).collect::<Vec<_>>(), "arriving": self.arriving, "findings": self.findings, "working": working,
        })
    }
}

impl LeftRun {
    fn sentence(&self) -> String {
        let last = self.last.map(|t| format!(" (last sign of life {})", t.strftime("%Y-%m-%d %H:%M:%S UTC"))).unwrap_or_default();
        let what = match (self.announced, self.open) {
            (0, _) => "it left nothing that the state does not have".to_string(),
            (1, 0) => "it left 1 announced operation, whose end is recorded".to_string(),
            (1, _) => "it left 1 announced operation, without a recorded end".to_string(),
            (n, 0) => format!("it left {n} announced operations, whose ends are recorded"),
            (n, open) => format!("it left {n} announced operations, {open} of them without a recorded end"),
        };
        format!("run {} did not end{last}: {what}", self.id)
    }
}

/// Who still works: the holder of a lock whose process is not certainly gone.
#[must_use]
pub fn at_work(locks: &[HeldLock]) -> Option<&HeldLock> {
    locks.iter().find(|l| !l.dead)
}

/// What lies in the journal.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Of runs that do not work any more.
    pub leftover: Leftover,
    /// Who holds the lock, where the journal has something of that run too.
    pub working: Option<LockInfo>,
}

/// Reads the journal without a lock.
///
/// # Errors
/// When the store does not answer, or a segment cannot be read.
pub async fn journal(store: &dyn StateStore) -> Result<Journal, StoreError> {
    // Nearly always there is none, and then nobody has to be asked about locks.
    let names = store.list_records("journal/").await?;
    if names.is_empty() {
        return Ok(Journal::default());
    }
    let holder = |locks: Vec<HeldLock>| at_work(&locks).map(|l| l.info.clone());
    let mut working = holder(store.held_locks().await?);
    let mut leftover = crate::engine::read_leftover(store, working.as_ref().map(|l| l.id.as_str())).await?;
    // A run that began while the journal was read is none that ended.
    if !leftover.runs.is_empty()
        && let Some(lock) = holder(store.held_locks().await?)
    {
        leftover.leave_out(&lock.id);
        working = Some(lock);
    }
    let wrote = |lock: &LockInfo| names.iter().any(|n| n.starts_with(&format!("journal/{}/", lock.id)));
    Ok(Journal { leftover, working: working.filter(wrote) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(announced: usize, open: usize) -> LeftRun {
        LeftRun { id: "r1".into(), last: "2026-11-21T18:00:00.5Z".parse().ok(), announced, open }
    }

    #[test]
    fn a_run_is_told_with_its_time_and_what_it_left() {
        let text = |announced, open| run(announced, open).sentence();
        assert_eq!(
            text(5, 2),
            "run r1 did not end (last sign of life 2026-11-21 18:00:00 UTC): it left 5 announced operations, 2 of them without a recorded end"
        );
        assert!(text(1, 1).ends_with("1 announced operation, without a recorded end"));
        assert!(text(1, 0).ends_with("whose end is recorded") && text(2, 0).ends_with("whose ends are recorded"));
        assert!(text(0, 0).ends_with("nothing that the state does not have"));
        assert!(LeftRun { last: None, ..run(0, 0) }.sentence().starts_with("run r1 did not end: "));
    }

    #[test]
    fn nothing_left_is_nothing_said() {
        let left = Left::of(&Journal::default(), Timestamp::UNIX_EPOCH);
        assert!(left.is_empty() && left.sentences().is_empty() && left.under_way().is_none());
        let some = Left { runs: vec![run(2, 1)], arriving: 1, ..Left::default() };
        assert!(!some.is_empty());
        assert_eq!(some.sentences().len(), 2);
        assert_eq!(some.json()["runs"][0], json!({"run": "r1", "last": "2026-11-21T18:00:00.5Z", "announced": 2, "open": 1}));
    }

    #[test]
    fn a_dead_holder_does_not_work() {
        let held = |id: &str, dead| HeldLock { info: LockInfo { id: id.into(), ..Default::default() }, dead, ..HeldLock::default() };
        assert!(at_work(&[held("a", true)]).is_none());
        assert_eq!(at_work(&[held("a", true), held("b", false)]).unwrap().info.id, "b");
    }
}
