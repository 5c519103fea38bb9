//! What every command that plans does first: the state, healed of what a killed run left.

use super::planning::guard_account;
use super::project::Project;
use super::session::Session;
use crate::addr::ProviderConfigAddr;
use crate::clock::{Clock, SystemClock};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ConfiguredProviders, Finding, RecoverInput, Resolve, ResolveInput, Resolver, Watched, read_leftover, recover};
use crate::ops::left::{Journal, Left, journal};
use crate::state::edit::same_content;
use crate::state::seal::is_sealed;
use crate::state::{State, Style};
use crate::store::{LockGuard, StateMark, StateStore};
use crate::value::Value;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// Where a state is kept that its store did not take, in the root module's folder: OpenTofu's name.
const KEPT: &str = "errored.tfstate";
/// How long to look again for what a run that was just killed may have made.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a command looks at what was left.
#[derive(Clone, Copy)]
pub enum Lock<'a> {
    /// It will change things: everything is finished, written and cleared first.
    Hold(&'a dyn LockGuard),
    /// It only shows; whether it holds the lock.
    Look(bool),
    /// It only shows and takes no lock: whoever holds one and is certainly dead does not count.
    Glance,
}

/// The state to plan on.
pub struct Healed {
    /// The state.
    pub state: State,
    /// Whether a state lies in the store.
    pub stored: bool,
    /// Creates of former runs that may still arrive.
    pub watched: Watched,
    /// Whether something was found.
    pub healed: bool,
    /// What was left, and what recovery makes of it.
    pub left: Left,
}

/// How long to look for what a cut-off call may have made (`ENVCTL_RECOVERY_WAIT`, in seconds).
#[must_use]
pub fn patience(session: &Session) -> Duration {
    session.env.get("ENVCTL_RECOVERY_WAIT").and_then(|t| t.parse().ok()).map_or(PATIENCE, Duration::from_secs)
}

/// How this store wants the document.
#[must_use]
pub fn style(store: &dyn StateStore) -> Style {
    if store.describe().kind == "local" { Style::Indented } else { Style::Compact }
}

/// Keeps a state that its store did not take, readable by its owner alone. The next run pushes it.
pub async fn keep(session: &Session, project: &Project, state: &State) {
    let mut state = state.clone();
    state.serial += 1;
    let plain = crate::state::write(&state, Style::Indented);
    let bytes = match &project.state_sealer {
        None => plain,
        Some(seals) => match seals.seal_state(&plain).await {
            Ok(bytes) => bytes,
            Err(e) => return session.report(&e.diagnostic().into()),
        },
    };
    let kept = put_aside(&bytes);
    let place = std::path::absolute(KEPT).map_or_else(|_| KEPT.to_string(), |p| p.display().to_string());
    match kept {
        Ok(()) => session.err(&format!(
            "The state could not be written to its store. It is kept in {place}, and the lock stays: do not lose the file. \
             The next run on this machine puts it in its place by itself.\n"
        )),
        Err(e) => session.err(&format!(
            "The state could be written neither to its store nor to {place} ({e}). Make room, then run the same command again: \
             it finds what this run made in the journal beside the state.\n"
        )),
    }
}

/// Whole or not at all, for its owner alone (as temporary files are).
fn put_aside(bytes: &[u8]) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".envctl-").suffix(".tmp").tempfile_in(".")?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(KEPT).map(drop).map_err(|e| e.error)
}

/// What the kept file is, measured by the stored state.
enum Kept {
    /// There is none, or it cannot be used; that was said.
    Nothing,
    /// The successor of the stored one.
    Newer(Box<State>),
    /// The stored state itself: its write had succeeded.
    Same,
}

async fn kept(session: &Session, project: &Project, stored: &State, mark: Option<&StateMark>) -> Kept {
    let Ok(mut bytes) = std::fs::read(KEPT) else { return Kept::Nothing };
    if let Some(sealer) = project.state_sealer.as_ref().filter(|_| is_sealed(&bytes)) {
        match sealer.open_state(&bytes).await {
            Ok(open) => bytes = open,
            Err(e) => return unusable(session, &e.to_string()),
        }
    }
    let state = match crate::state::read(&bytes) {
        Ok(state) => state,
        Err(e) => return unusable(session, &e.detail),
    };
    match mark {
        Some(mark) if mark.lineage != state.lineage => unusable(session, "It belongs to another state (its lineage differs)."),
        Some(mark) if mark.serial == state.serial && same_content(stored, &state) => Kept::Same,
        Some(mark) if mark.serial >= state.serial => {
            unusable(session, &format!("It has serial {}, and the state went on to {}.", state.serial, mark.serial))
        }
        _ => Kept::Newer(Box::new(state)),
    }
}

fn unusable(session: &Session, why: &str) -> Kept {
    let detail = format!("{KEPT}, kept by a run that could not reach the store, is left alone. {why}");
    let help = format!("Compare it with `envctl state pull`; when nothing in it is missing there, remove {KEPT}.");
    session.report(&Diagnostic::warning("A kept state is not used", detail).help(help).into());
    Kept::Nothing
}

fn remove_kept() -> Result<(), Diagnostics> {
    let removed = std::fs::remove_file(KEPT);
    removed.map_err(|e| Diagnostic::error("A file could not be removed", format!("{KEPT}: {e}.")).help("Remove it: it has served.").into())
}

/// Reads the state, with what a former run left put in its place. Under the lock everything is
/// made durable; otherwise it is only shown.
///
/// # Errors
/// When the state or the journal cannot be read, or nobody can tell what became of something.
pub async fn heal(session: &Session, project: &Project, store: &dyn StateStore, lock: Lock<'_>) -> Result<Healed, Diagnostics> {
    let (healed, findings) = found(session, project, store, lock).await?;
    let hold = matches!(lock, Lock::Hold(_));
    findings.iter().for_each(|finding| session.out(&format!("{}\n", session.style.bold(&finding.text(hold)))));
    Ok(healed)
}

/// [`heal`] for a command that only looks and prints in its own way.
///
/// # Errors
/// As [`heal`].
pub async fn glance(session: &Session, project: &Project, store: &dyn StateStore) -> Result<Healed, Diagnostics> {
    found(session, project, store, Lock::Glance).await.map(|(healed, _)| healed)
}

async fn found(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    lock: Lock<'_>,
) -> Result<(Healed, Vec<Finding>), Diagnostics> {
    let failed = |e: crate::store::StoreError| Diagnostics::from(e.diagnostic());
    let live = match lock {
        Lock::Look(true) | Lock::Glance => None,
        Lock::Hold(guard) if guard.is_locked() => None,
        Lock::Hold(_) | Lock::Look(false) => store.holder().await.map_err(failed)?.map(|info| info.id),
    };
    let leftover = async {
        match lock {
            Lock::Glance => journal(store).await,
            _ => read_leftover(store, live.as_deref()).await.map(|leftover| Journal { leftover, working: None }),
        }
    };
    let (stored, found) = futures::join!(store.read(), leftover);
    let (stored, found) = (stored.map_err(failed)?, found.map_err(failed)?);
    let now = SystemClock.now();
    let left = Left::of(&found, now);
    let leftover = found.leftover;
    let mut mark = stored.as_ref().and_then(|s| StateMark::of(&s.bytes));
    let mut state = match &stored {
        Some(stored) => crate::state::read(&stored.bytes).map_err(|e| Diagnostics::from(e.diagnostic()))?,
        None => State::default(),
    };
    match kept(session, project, &state, mark.as_ref()).await {
        Kept::Nothing => {}
        Kept::Same => {
            if let Lock::Hold(_) = lock {
                remove_kept()?;
            }
        }
        Kept::Newer(kept) => {
            state = *kept;
            if let Lock::Hold(guard) = lock {
                guard.write_state(&crate::state::write(&state, style(store))).await.map_err(failed)?;
                remove_kept()?;
                session.out(&format!("{KEPT}, kept when the store could not be reached, is the state again.\n"));
            }
            // It holds what its run knew, and nobody else wrote since.
            mark = leftover.runs.last().and_then(|r| r.state.clone()).or(mark);
        }
    }
    if leftover.is_empty() {
        let stored = stored.is_some() || mark.is_some();
        return Ok((Healed { state, stored, watched: Watched::default(), healed: false, left }, Vec::new()));
    }
    let hold = matches!(lock, Lock::Hold(_));
    let mut providers = ConfiguredProviders::new(project.edges.registry());
    let mut configs = |state: &State, addr: &ProviderConfigAddr| config_of(session, project, state, addr);
    let check = |providers: &ConfiguredProviders| {
        let mut diags = Diagnostics::new();
        guard_account(project, providers, &mut diags);
        if diags.has_errors() { Err(diags) } else { Ok(()) }
    };
    let patience = patience(session);
    let input =
        RecoverInput { leftover, state, mark, providers: &mut providers, configs: &mut configs, check: &check, hold, patience, now };
    let mut recovered = recover(input).await;
    if recovered.diags.has_errors() {
        return Err(recovered.diags);
    }
    session.report(&recovered.diags);
    if let Lock::Hold(guard) = lock {
        let warnings = recovered.commit(guard, &providers, style(store)).await.map_err(failed)?;
        session.report(&warnings);
    }
    let stored = stored.is_some() || (hold && !recovered.state.lineage.is_empty());
    let healed = !recovered.findings.is_empty();
    let left = left.found(&recovered.findings);
    Ok((Healed { state: recovered.state, stored, watched: recovered.watched, healed, left }, recovered.findings))
}

/// The configuration of a provider, evaluated on a state.
pub(super) fn config_of(session: &Session, project: &Project, state: &State, addr: &ProviderConfigAddr) -> Result<Value, Diagnostics> {
    let input = ResolveInput {
        config: project.config.clone(),
        schemas: Arc::new(project.edges.registry()),
        variables: project.variables.values.clone(),
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    Resolver::at_rest(input, state, &[addr.clone()].into())?.provider_config(addr)
}
