//! `history`: who changed what, when, from which commit; and the records that apply, deploy and
//! destroy leave.

use super::args_state::HistoryArgs;
use super::project::{Need, Project, open};
use super::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::ApplyResult;
use crate::process::head;
use crate::state::State;
use crate::store::{HISTORY, HISTORY_FORMAT, LockGuard, RunCounts, RunRecord, RunResult, StateStore};
use futures::stream::{StreamExt, TryStreamExt};
use jiff::{Timestamp, Unit};
use std::cell::RefCell;

/// So many records are read at the same time.
const READS: usize = 16;
/// Characters of a commit that people read.
const SHORT: usize = 8;

/// A record in the making, when the run was approved.
#[must_use]
pub fn begin(project: &Project, guard: &dyn LockGuard, command: &str, plan: Option<String>, before: &State) -> RunRecord {
    let info = guard.info();
    let now = Timestamp::now().to_string();
    let head = head(&project.config.env_dir);
    RunRecord {
        format: HISTORY_FORMAT,
        run: info.id.clone(),
        started: if info.created.is_empty() { now.clone() } else { info.created.clone() },
        finished: now,
        who: info.who.clone(),
        command: command.into(),
        environment: project.config.name.clone(),
        workspace: project.workspace.clone(),
        uncommitted: head.as_ref().is_some_and(|h| h.uncommitted),
        commit: head.map(|h| h.commit),
        plan,
        overrides: Vec::new(),
        result: RunResult::Failed,
        errors: Vec::new(),
        snapshots: Vec::new(),
        note: None,
        counts: RunCounts::default(),
        serial_before: before.serial,
        serial_after: before.serial,
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

/// What was done to the infrastructure.
pub fn count(record: &mut RunRecord, result: &ApplyResult) {
    (record.counts.added, record.counts.changed, record.counts.destroyed) = (result.done.added, result.done.changed, result.done.destroyed);
    if result.saved {
        record.serial_after = result.state.serial;
    }
}

/// Writes the record, if the run got so far that there is one.
pub async fn close(session: &Session, guard: &dyn LockGuard, record: &RefCell<Option<RunRecord>>, outcome: &Result<u8, Diagnostics>) {
    let record = record.take();
    if let Some(record) = record {
        end(session, guard, record, outcome).await;
    }
}

/// Writes the record of a run that ended so. That it cannot be written is a warning: the run
/// itself is done.
pub async fn end(session: &Session, guard: &dyn LockGuard, mut record: RunRecord, outcome: &Result<u8, Diagnostics>) {
    record.finished = Timestamp::now().to_string();
    record.result = match outcome {
        Ok(130) => RunResult::Interrupted,
        Ok(0) => RunResult::Done,
        Ok(_) | Err(_) => RunResult::Failed,
    };
    if let Err(diags) = outcome {
        record.errors = diags.iter().filter(|d| d.is_error()).map(|d| session.redactor.redact(&d.summary)).collect();
    }
    if let Err(e) = guard.write_record(&record.name(), &record.to_bytes()).await {
        let d = Diagnostic::warning("The run is not in the history", format!("Its record could not be written: {}", e.detail));
        session.report(&d.into());
    }
}

/// `history`
///
/// # Errors
/// When the environment does not load or the records cannot be read.
pub async fn run(session: &Session, args: &HistoryArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Backend)?;
    let store = project.store().await?;
    let records = records(store.as_ref(), args.limit).await?;
    if args.json {
        session.raw(&format!("{}\n", serde_json::to_string_pretty(&records).unwrap_or_default()));
        return Ok(0);
    }
    if records.is_empty() {
        session.out("No run is recorded yet.\n");
    }
    for record in &records {
        session.out(&text(record));
    }
    Ok(0)
}

/// The newest records, newest first.
async fn records(store: &dyn StateStore, limit: usize) -> Result<Vec<RunRecord>, Diagnostics> {
    let mut names = store.list_records(HISTORY).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    names.sort();
    let reads = futures::stream::iter(names.iter().rev().take(limit)).map(|name| store.read_record(name));
    let read: Vec<_> = reads.buffered(READS).try_collect().await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    let mut found: Vec<RunRecord> = read.iter().flatten().filter_map(|bytes| RunRecord::from_bytes(bytes)).collect();
    // Names tell seconds, records more.
    found.sort_by_key(|r| std::cmp::Reverse(r.started.parse::<Timestamp>().unwrap_or_default()));
    Ok(found)
}

fn text(record: &RunRecord) -> String {
    let RunCounts { added, changed, destroyed, deployed } = record.counts;
    let result = match record.result {
        RunResult::Done => "done",
        RunResult::Failed => "failed",
        RunResult::Interrupted => "interrupted",
    };
    let started = record.started.parse::<Timestamp>().and_then(|t| t.round(Unit::Second));
    let when = started.map_or_else(|_| record.started.clone(), |t| t.to_string());
    let mut what = vec![format!("{added} added, {changed} changed, {destroyed} destroyed")];
    if deployed > 0 {
        what.push(format!("{deployed} deployed"));
    }
    what.extend(record.note.clone());
    what.extend(record.snapshots.iter().map(|s| format!("snapshot {s}")));
    if let Some(commit) = &record.commit {
        let short: String = commit.chars().take(SHORT).collect();
        what.push(format!("commit {short}{}", if record.uncommitted { " with uncommitted changes" } else { "" }));
    }
    if let Some(plan) = &record.plan {
        what.push(format!("plan {}", plan.chars().take(SHORT).collect::<String>()));
    }
    what.push(format!("serial {} to {}", record.serial_before, record.serial_after));
    let lifted = |o: &crate::store::Override| {
        let why = o.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
        format!("    guard {} lifted{why}: {}\n", o.rule, o.found)
    };
    let lifted: String = record.overrides.iter().map(lifted).collect();
    let errors: String = record.errors.iter().map(|e| format!("    {e}\n")).collect();
    format!("{when}  {:<8} {:<11} {}\n    {}\n{lifted}{errors}", record.command, result, record.who, what.join(" · "))
}
