//! One change of the state under the lock: read, change, count, write.

use crate::cli::args::LockArgs;
use crate::cli::planning::{give_back, locked};
use crate::cli::project::Project;
use crate::cli::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::{State, Style, write};
use crate::store::{LockGuard, LockInfo, StateStore, who};

/// How a store likes its documents.
#[must_use]
pub fn style_of(store: &dyn StateStore) -> Style {
    if store.describe().kind == "local" { Style::Indented } else { Style::Compact }
}

/// Takes the lock for a command that changes the state, as `-lock` and `-lock-timeout` say.
///
/// # Errors
/// Who holds it, since when, for what.
pub async fn hold(
    session: &Session,
    store: &dyn StateStore,
    lock: &LockArgs,
    operation: &str,
    env: &str,
) -> Result<Box<dyn LockGuard>, Diagnostics> {
    let info = LockInfo {
        operation: operation.into(),
        info: format!("envctl {} {env}", operation.replacen("state-", "state ", 1)),
        who: who(),
        version: format!("{}.0", crate::config::LANGUAGE_LEVEL),
        ..LockInfo::default()
    };
    locked(session, store, lock, info).await
}

/// Reads what lies in the store.
///
/// # Errors
/// When it cannot be read, or is no state.
pub async fn stored(store: &dyn StateStore) -> Result<Option<State>, Diagnostics> {
    let Some(stored) = store.read().await.map_err(|e| Diagnostics::from(e.diagnostic()))? else { return Ok(None) };
    crate::state::read(&stored.bytes).map(Some).map_err(|e| e.diagnostic().into())
}

/// Writes a state as the next one of its lineage.
///
/// # Errors
/// When the store refuses.
pub async fn save(store: &dyn StateStore, guard: &dyn LockGuard, state: &mut State) -> Result<(), Diagnostics> {
    state.tool_version = format!("{}.0", crate::config::LANGUAGE_LEVEL);
    guard.write_state(&write(state, style_of(store))).await.map_err(|e| e.diagnostic().into())
}

/// Changes the state of an environment under the lock. Where `change` leaves it as it is, nothing
/// is written; otherwise its serial grows by one.
///
/// # Errors
/// When there is no state, the lock is held, `change` refuses, or the store does.
pub async fn edit<T>(
    session: &Session,
    project: &Project,
    lock: &LockArgs,
    operation: &str,
    change: impl FnOnce(&mut State) -> Result<T, Diagnostics>,
) -> Result<T, Diagnostics> {
    let store = project.store().await?;
    let guard = hold(session, store.as_ref(), lock, operation, &project.config.name).await?;
    let outcome = under_lock(store.as_ref(), guard.as_ref(), &project.config.name, change).await;
    give_back(session, guard).await;
    outcome
}

async fn under_lock<T>(
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    env: &str,
    change: impl FnOnce(&mut State) -> Result<T, Diagnostics>,
) -> Result<T, Diagnostics> {
    let Some(before) = stored(store).await? else {
        let place = store.describe();
        let detail = format!("{env} has no state yet: {}/{} does not exist.", place.container, place.key);
        return Err(Diagnostic::error("There is no state", detail).help("Apply the environment first.").into());
    };
    let mut state = before.clone();
    let result = change(&mut state)?;
    if state != before {
        state.serial = before.serial + 1;
        save(store, guard, &mut state).await?;
    }
    Ok(result)
}
