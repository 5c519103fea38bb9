//! `state versions` and `state restore`

use super::edit::{hold, save};
use super::words::env_and;
use crate::cli::args_state::{RestoreArgs, VersionsArgs};
use crate::cli::planning::give_back;
use crate::cli::project::{Need, open};
use crate::cli::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::State;
use crate::state::edit::same_content;
use crate::store::{LockGuard, StateStore, StateVersion, StoreErrorKind};
use std::collections::BTreeSet;

/// `state versions`
///
/// # Errors
/// When the store keeps none, or cannot be read.
pub async fn run(session: &Session, args: &VersionsArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Backend)?;
    let store = project.store().await?;
    let versions = store.versions(args.limit).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    if versions.is_empty() {
        session.out("No version of the state is kept.\n");
    }
    let width = versions.iter().map(|v| v.id.len()).max().unwrap_or(0);
    for version in &versions {
        session.out(&format!("{}\n", line(store.as_ref(), version, width).await?));
    }
    Ok(0)
}

async fn line(store: &dyn StateStore, version: &StateVersion, width: usize) -> Result<String, Diagnostics> {
    let written = version.written.map_or_else(|| "at an unknown time".into(), |t| t.round(jiff::Unit::Second).unwrap_or(t).to_string());
    let what = match store.read_version(&version.id).await {
        Ok(None) => "gone meanwhile".into(),
        Ok(Some(bytes)) => match crate::state::read(&bytes) {
            Ok(state) => format!("serial {:<5} {} instances", state.serial, state.instances().count()),
            Err(e) => format!("not readable: {}", e.detail),
        },
        // Encrypted with another key than the configuration names, say.
        Err(e) if e.kind == StoreErrorKind::Unreadable => format!("not readable: {}", e.detail),
        Err(e) => return Err(e.diagnostic().into()),
    };
    let now = if version.current { "  (current)" } else { "" };
    Ok(format!("{:width$}  {written}  {what}{now}", version.id))
}

/// `state restore`
///
/// # Errors
/// When there is no such version, it belongs to another environment, or the store refuses.
pub async fn run_restore(session: &Session, args: &RestoreArgs) -> Result<u8, Diagnostics> {
    let (env, [version]) = env_and(&args.words, "state restore [ENV] VERSION")?;
    let project = open(session, env, &args.input, Need::Backend)?;
    let store = project.store().await?;
    let guard = hold(session, store.as_ref(), &args.lock, "state-restore", &project.config.name).await?;
    let outcome = restore(session, store.as_ref(), guard.as_ref(), version, args).await;
    give_back(session, guard).await;
    outcome
}

async fn restore(
    session: &Session,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    version: &str,
    args: &RestoreArgs,
) -> Result<u8, Diagnostics> {
    let mut old = load(store, version).await?;
    let (now, broken) = current(session, store).await?;
    if let Some(now) = &now {
        if now.lineage != old.lineage && !args.force {
            let detail =
                format!("Version {version} has the lineage {}, the current state {}: it is another state.", old.lineage, now.lineage);
            return Err(Diagnostic::error("Another lineage", detail).help("If it is the right one, -force restores it.").into());
        }
        if same_content(now, &old) {
            session.out(&format!("Nothing to restore: version {version} holds the same as the current state.\n"));
            return Ok(0);
        }
        session.out(&difference(now, &old));
    }
    let question = format!("Restore version {version} (serial {})? No object is changed, only what envctl knows.", old.serial);
    if !args.auto_approve && !session.confirm(&question, "-auto-approve")? {
        session.out("Nothing was changed.\n");
        return Ok(1);
    }
    old.serial = newest_serial(store, &old).await.max(now.map_or(0, |s| s.serial)) + 1;
    if broken {
        let bytes = crate::state::write(&old, super::edit::style_of(store));
        guard.replace_state(&bytes).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    } else {
        save(store, guard, &mut old).await?;
    }
    session.out(&format!(
        "Version {version} is the current state again, with serial {}. Look at `envctl plan` before you apply.\n",
        old.serial
    ));
    Ok(0)
}

async fn load(store: &dyn StateStore, version: &str) -> Result<State, Diagnostics> {
    let bytes = store.read_version(version).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    let Some(bytes) = bytes else {
        let detail = format!("The store has no version {version:?} of this state.");
        return Err(Diagnostic::error("No such version", detail).help("`envctl state versions` lists them.").into());
    };
    crate::state::read(&bytes).map_err(|e| {
        let d = e.diagnostic();
        Diagnostic { detail: format!("Version {version}: {}", d.detail), help: Some("Choose another version.".into()), ..d }.into()
    })
}

/// The current state; one that cannot be read or has lost its digest is what a restore is for.
async fn current(session: &Session, store: &dyn StateStore) -> Result<(Option<State>, bool), Diagnostics> {
    let bytes = match store.read().await {
        Ok(None) => return Ok((None, false)),
        Ok(Some(stored)) => stored.bytes,
        Err(e) if matches!(e.kind, StoreErrorKind::DigestMismatch | StoreErrorKind::Unreadable) => {
            session.out(&format!("The current state is not usable: {}\n", e.detail));
            return Ok((None, true));
        }
        Err(e) => return Err(e.diagnostic().into()),
    };
    match crate::state::read(&bytes) {
        Ok(state) => Ok((Some(state), false)),
        Err(e) => {
            session.out(&format!("The current state is not usable: {}\n", e.detail));
            Ok((None, true))
        }
    }
}

/// The highest serial of the kept versions of this lineage: a state never goes back silently.
async fn newest_serial(store: &dyn StateStore, old: &State) -> u64 {
    let mut highest = old.serial;
    for version in store.versions(10).await.unwrap_or_default() {
        let Ok(Some(bytes)) = store.read_version(&version.id).await else { continue };
        if let Some(mark) = crate::store::StateMark::of(&bytes).filter(|m| m.lineage == old.lineage) {
            highest = highest.max(mark.serial);
        }
    }
    highest
}

/// Which instances come, go or differ.
fn difference(now: &State, old: &State) -> String {
    let addrs: BTreeSet<_> = now.instances().chain(old.instances()).map(|(addr, ..)| addr).collect();
    let mut text = String::new();
    for addr in addrs {
        let sign = match (now.instance(&addr), old.instance(&addr)) {
            (None, Some(_)) => "+",
            (Some(_), None) => "-",
            (a, b) if a != b => "~",
            _ => continue,
        };
        text.push_str(&format!("  {sign} {addr}\n"));
    }
    let outputs = if now.outputs == old.outputs { "" } else { "  ~ outputs\n" };
    format!("What the state knows changes:\n{text}{outputs}")
}
