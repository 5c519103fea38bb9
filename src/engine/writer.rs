//! Writes the state while an apply runs: at most one write in flight, the newest state next.

use super::events::{Event, Events};
use crate::state::{State, Style, write};
use crate::store::{LockGuard, StoreError, StoreErrorKind};
use std::time::{Duration, Instant};

/// How far the state in the store may lag behind while work goes on: what happened since is in the journal.
pub const PAUSE: Duration = Duration::from_secs(5);

/// Keeps the newest state durable.
pub struct StateWriter<'a> {
    guard: &'a dyn LockGuard,
    style: Style,
    written: Option<Vec<u8>>,
    last: Instant,
    pause: Duration,
    events: &'a dyn Events,
}

impl<'a> StateWriter<'a> {
    /// A writer over the held lock; `base` is the state as it lies in the store (`None`: there is
    /// none yet). It is written no more often than every `pause`, save at the end.
    #[must_use]
    pub fn new(guard: &'a dyn LockGuard, style: Style, base: Option<&State>, pause: Duration, events: &'a dyn Events) -> Self {
        let written = base.map(|s| write(s, style));
        StateWriter { guard, style, written, last: Instant::now(), pause, events }
    }

    /// Writes if the last write is long enough ago.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn sometimes(&mut self, state: &mut State, closed: &mut Vec<String>) -> Result<Option<StoreError>, StoreError> {
        if self.last.elapsed() < self.pause { Ok(None) } else { self.now(state, closed).await }
    }

    /// Writes if the state differs from what was written last; the serial grows by one then. The
    /// journal may forget `closed`, the intents whose results the state holds. Answers what did not
    /// follow although the state is written: its digest.
    ///
    /// # Errors
    /// When the store refuses; the state keeps its serial and can be written again.
    pub async fn now(&mut self, state: &mut State, closed: &mut Vec<String>) -> Result<Option<StoreError>, StoreError> {
        self.last = Instant::now();
        if self.written.as_deref() == Some(write(state, self.style).as_slice()) {
            return Ok(None);
        }
        state.serial += 1;
        state.tool_version = format!("{}.0", crate::config::LANGUAGE_LEVEL);
        let bytes = write(state, self.style);
        let journal = self.guard.journal();
        // A journal that cannot be written is a witness less; a state that is not written is more than that.
        drop(journal.saving(&bytes).await);
        let behind = match self.guard.write_state(&bytes).await {
            Ok(()) => None,
            Err(error) if error.kind == StoreErrorKind::DigestBehind => Some(error),
            Err(error) => {
                state.serial -= 1;
                return Err(error);
            }
        };
        self.written = Some(bytes);
        self.events.event(&Event::StateSaved { serial: state.serial });
        // Segments that stay are removed when the run ends, or by the next one.
        drop(journal.saved(&std::mem::take(closed)).await);
        Ok(behind)
    }
}
