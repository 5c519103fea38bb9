//! What lies in the journal when a run starts.

use super::watch::{RECORD, Watched};
use crate::store::{JournalRun, StateStore, StoreError, read_journal};
use futures::stream::{StreamExt, TryStreamExt};

/// So many segments are read at the same time.
const READS: usize = 16;

/// What former runs left.
#[derive(Clone, Debug, Default)]
pub struct Leftover {
    /// Runs that did not end well, oldest first.
    pub runs: Vec<JournalRun>,
    /// What may still arrive.
    pub watched: Watched,
    /// Records to remove when all is in the state.
    pub names: Vec<String>,
}

impl Leftover {
    /// Whether there is nothing to look after.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.watched.is_empty()
    }

    /// Leaves out a run that still works.
    pub fn leave_out(&mut self, run: &str) {
        let own = format!("journal/{run}/");
        self.runs.retain(|r| r.id != run);
        self.names.retain(|n| !n.starts_with(&own));
    }
}

/// How often the journal is read again when a run that ends takes segments away meanwhile.
const TRIES: usize = 5;

/// Reads what former runs left; segments of the run `live`, which still works, are none of it.
///
/// # Errors
/// When the store cannot be read, or a segment is not one of ours.
pub async fn read_leftover(store: &dyn StateStore, live: Option<&str>) -> Result<Leftover, StoreError> {
    let mut tries = 1;
    loop {
        let (leftover, complete) = read_once(store, live).await?;
        // Part of a journal tells of beginnings without their ends.
        if complete || tries == TRIES {
            return Ok(leftover);
        }
        tries += 1;
    }
}

/// What lies there, and whether all that was listed could be read.
async fn read_once(store: &dyn StateStore, live: Option<&str>) -> Result<(Leftover, bool), StoreError> {
    let (mut leftover, mut complete) = (Leftover::default(), true);
    let listed = store.list_records("journal/").await?;
    let own = live.map(|id| format!("journal/{id}/"));
    let names = listed.into_iter().filter(|n| own.as_ref().is_none_or(|own| !n.starts_with(own)));
    let reads = futures::stream::iter(names).map(|name| async move {
        let bytes = store.read_record(&name).await?;
        Ok::<_, StoreError>((name, bytes))
    });
    let mut segments = Vec::new();
    for (name, bytes) in reads.buffered(READS).try_collect::<Vec<_>>().await? {
        // One that is gone meanwhile was removed by its run, which ended well.
        let Some(bytes) = bytes else {
            complete = false;
            continue;
        };
        if name == RECORD {
            leftover.watched = Watched::from_bytes(&bytes)?;
        } else {
            leftover.names.push(name.clone());
            segments.push((name, bytes));
        }
    }
    leftover.runs = read_journal(&segments)?.into_values().collect();
    leftover.runs.sort_by_key(|r| (r.state.as_ref().map_or(0, |s| s.serial), r.last));
    Ok((leftover, complete))
}
