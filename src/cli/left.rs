//! The state as commands see it that only look, with what the journal of killed runs has beside it. Nothing is locked,
//! written or called but the store.

use super::project::Project;
use crate::clock::{Clock, SystemClock};
use crate::diag::Diagnostics;
use crate::engine::recorded;
use crate::ops::left::{Left, journal};
use crate::state::State;
use crate::store::StateMark;

/// What there is.
pub struct Recorded {
    /// The state with the results that the journal has; `None`: there is neither.
    pub state: Option<State>,
    /// What was left.
    pub left: Left,
    /// Why the journal could not be read.
    pub problem: Option<String>,
}

/// Reads state and journal.
///
/// # Errors
/// When the state cannot be read. A journal that cannot be read is said only.
pub async fn state_and_journal(project: &Project) -> Result<Recorded, Diagnostics> {
    let store = project.store().await?;
    let (stored, journal) = futures::join!(store.read(), journal(store.as_ref()));
    let stored = stored.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    let mark = stored.as_ref().and_then(|s| StateMark::of(&s.bytes));
    let state = stored.map(|s| crate::state::read(&s.bytes)).transpose().map_err(|e| Diagnostics::from(e.diagnostic()))?;
    let journal = match journal {
        Ok(journal) => journal,
        Err(e) => return Ok(Recorded { state, left: Left::default(), problem: Some(format!("{}: {}", e.summary, e.detail)) }),
    };
    let left = Left::of(&journal, SystemClock.now());
    let there = state.is_some();
    let (state, findings) = recorded(&journal.leftover, state.unwrap_or_default(), mark.as_ref());
    let state = Some(state).filter(|_| there || !findings.is_empty());
    Ok(Recorded { state, left: left.found(&findings), problem: None })
}
