//! `status`: an environment at a glance, from its store and from its hosts. What cannot be had is said, and stops
//! nothing.

use super::left::{Left, journal};
use crate::app::{AppRecord, ReleaseRecord};
use crate::deploy::glance::Glance;
use crate::state::State;
use crate::store::{HISTORY, HeldLock, RunRecord, StateStore};
use jiff::Timestamp;

/// What the store knows.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// Serial and number of objects; `None`: there is no state yet.
    pub state: Option<(u64, usize)>,
    /// Names of the outputs, and whether they are sensitive.
    pub outputs: Vec<(String, bool)>,
    /// The last run.
    pub last: Option<RunRecord>,
    /// Who holds the lock.
    pub lock: Option<HeldLock>,
    /// What runs left that did not end.
    pub left: Left,
    /// What could not be read, and why.
    pub problems: Vec<(String, String)>,
}

impl Stored {
    /// Whether there may be a state that could not be read.
    #[must_use]
    pub fn unread(&self) -> bool {
        self.state.is_none() && self.problems.iter().any(|(what, _)| what == "state")
    }
}

/// One application on one host.
#[derive(Clone, Debug)]
pub struct AppStatus {
    /// The app, with the host's name where it has several.
    pub app: String,
    /// Its host as shown.
    pub host: String,
    /// What the last deploy did.
    pub deployed: Option<Deployed>,
    /// What was seen; `None`: it has no block any more.
    pub glance: Option<Glance>,
}

/// What is deployed.
#[derive(Clone, Debug, Default)]
pub struct Deployed {
    /// The ref as written.
    pub reference: Option<String>,
    /// Its commit.
    pub commit: Option<String>,
    /// The release.
    pub release: Option<String>,
    /// How that release ended.
    pub result: Option<&'static str>,
    /// When, RFC 3339.
    pub at: String,
    /// By whom.
    pub by: String,
    /// The step at which a deploy stopped.
    pub stopped: bool,
}

impl Deployed {
    /// From a record.
    #[must_use]
    pub fn of(record: &AppRecord) -> Self {
        let release: Option<&ReleaseRecord> = record.current_release();
        Deployed {
            reference: release.and_then(|r| r.reference.clone()),
            commit: release.and_then(|r| r.commit().map(String::from)).or_else(|| record.source.as_ref().map(|s| s.commit.clone())),
            release: release.map(|r| r.id.clone()),
            result: release.map(|r| r.result.name()),
            at: release.map_or_else(|| record.updated_at.clone(), |r| r.at.clone()),
            by: release.map_or_else(|| record.by.clone(), |r| r.by.clone()),
            stopped: record.running.is_some() || record.pending.is_some() || record.unfinished().is_some(),
        }
    }
}

/// Asks the store, everything at the same time. The state comes along for those who need it.
pub async fn stored(store: &dyn StateStore, now: Timestamp) -> (Stored, State) {
    let (state, locks, left, last) = futures::join!(store.read(), store.held_locks(), journal(store), last_run(store));
    let mut found = Stored::default();
    let mut problem = |what: &str, why: String| found.problems.push((what.to_string(), why));
    let state = match state.map(|s| s.map(|s| crate::state::read(&s.bytes))) {
        Ok(Some(Ok(state))) => Some(state),
        Ok(None) => None,
        Ok(Some(Err(e))) => {
            problem("state", e.detail);
            None
        }
        Err(e) => {
            problem("state", e.detail);
            None
        }
    };
    let locks = locks.unwrap_or_else(|e| {
        problem("lock", e.detail);
        Vec::new()
    });
    let left = left.map(|journal| Left::of(&journal, now)).unwrap_or_else(|e| {
        problem("journal", e.detail);
        Left::default()
    });
    let last = last.unwrap_or_else(|why| {
        problem("history", why);
        None
    });
    (found.lock, found.left, found.last) = (locks.into_iter().next(), left, last);
    if let Some(state) = &state {
        found.state = Some((state.serial, state.instances().count()));
        found.outputs = state.outputs.iter().map(|(name, o)| (name.to_string(), o.sensitive)).collect();
    }
    (found, state.unwrap_or_default())
}

async fn last_run(store: &dyn StateStore) -> Result<Option<RunRecord>, String> {
    let names = store.list_records(HISTORY).await.map_err(|e| e.detail)?;
    let Some(newest) = names.iter().max() else { return Ok(None) };
    let bytes = store.read_record(newest).await.map_err(|e| e.detail)?;
    Ok(bytes.and_then(|bytes| RunRecord::from_bytes(&bytes)))
}
