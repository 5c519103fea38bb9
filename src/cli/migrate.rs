//! `migrate`: a state moves to the backend that the configuration names now.

use super::args_workspace::MigrateArgs;
use super::places;
use super::planning::give_back;
use super::project::{Need, Project, data_dir, open};
use super::session::Session;
use super::state::edit::{hold, stored, style_of};
use crate::config::{Backend, backend_of, identity, recorded_backend, same_place};
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::edit::{Push, judge_push, same_content};
use crate::state::{State, write};
use crate::store::{LockGuard, StateStore, StoreError};
use serde_json::Map;
use std::path::Path;

/// Records that belong to a run, not to the state.
const JOURNAL: &str = "journal/";

struct Side<'a> {
    store: &'a dyn StateStore,
    guard: &'a dyn LockGuard,
    name: String,
}

/// Runs the command.
///
/// # Errors
/// When there is nothing to migrate, a run must be finished first, or the target would lose something.
pub async fn run(session: &Session, args: &MigrateArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Backend)?;
    let from = source(session, args, &project)?;
    let (old, new) = (project.store_of(&from, &project.workspace).await?, project.store().await?);
    if old.describe() == new.describe() {
        session.out(&format!("Nothing to migrate: the state lies in {} already.\n", identity(&project.backend)));
        return Ok(0);
    }
    let env = &project.config.name;
    let first = hold(session, old.as_ref(), &args.lock, "migrate", env).await?;
    let outcome = match hold(session, new.as_ref(), &args.lock, "migrate", env).await {
        Ok(second) => {
            let from = Side { store: old.as_ref(), guard: first.as_ref(), name: identity(&from) };
            let to = Side { store: new.as_ref(), guard: second.as_ref(), name: identity(&project.backend) };
            let outcome = both_locked(session, args, &from, &to).await;
            give_back(session, second).await;
            outcome
        }
        Err(d) => Err(d),
    };
    give_back(session, first).await;
    outcome
}

fn said(e: StoreError) -> Diagnostics {
    e.diagnostic().into()
}

/// The backend to migrate from: the flags, where it was seen last, what `tofu init` recorded, the local state.
fn source(session: &Session, args: &MigrateArgs, project: &Project) -> Result<Backend, Diagnostics> {
    if let Some(kind) = &args.from {
        let mut settings = Map::new();
        for text in &args.from_config {
            let Some((key, value)) = text.split_once('=') else {
                let d = Diagnostic::error("Invalid -from-config", "A setting without a value was given.");
                return Err(d.help("Write -from-config KEY=VALUE.").into());
            };
            settings.insert(key.into(), value.into());
        }
        return Ok(backend_of(kind, &settings)?);
    }
    let file = data_dir(session, &project.config.root_dir).join("terraform.tfstate");
    let recorded = match std::fs::read_to_string(&file) {
        Ok(text) => recorded_backend(&text)?,
        Err(_) => None,
    };
    let elsewhere = |backend: &Backend| !same_place(backend, &project.backend);
    match (places::last(project).filter(elsewhere), recorded.filter(elsewhere)) {
        (Some(seen), Some(recorded)) if !same_place(&seen, &recorded) => {
            let detail = format!(
                "The state of {} was seen last in {}, and {} records {}.",
                project.config.name,
                identity(&seen),
                file.display(),
                identity(&recorded)
            );
            return Err(Diagnostic::error("Two places to migrate from", detail)
                .help("Name the source with -from and -from-config.")
                .into());
        }
        (Some(backend), _) | (None, Some(backend)) => return Ok(backend),
        (None, None) => {}
    }
    let local = backend_of("local", &Map::new())?;
    if identity(&local) != identity(&project.backend) && holds_state(&project.config.root_dir.join("terraform.tfstate")) {
        return Ok(local);
    }
    let detail = format!(
        "The state of {} belongs to {}, and nothing says where it lies now: {} records no other backend, and there is no terraform.tfstate.",
        project.config.name,
        identity(&project.backend),
        file.display()
    );
    Err(Diagnostic::error("Nothing to migrate from", detail).help("Name the source with -from and -from-config.").into())
}

/// Refuses to begin from nothing where a local state with objects lies beside the configuration, and the backend has
/// none: the backend was changed, and the state not moved.
///
/// # Errors
/// Then.
pub(super) fn nothing_left_behind(project: &Project) -> Result<(), Diagnostic> {
    let local = backend_of("local", &Map::new())?;
    let file = project.config.root_dir.join("terraform.tfstate");
    if project.workspace != "default" || identity(&local) == identity(&project.backend) || !holds_objects(&file) {
        return Ok(());
    }
    let detail =
        format!("{} holds no state, but {} has objects: the backend was changed, it seems.", identity(&project.backend), file.display());
    let help =
        format!("envctl migrate {} brings the state over. If it is not this environment's, move the file away.", project.config.name);
    Err(Diagnostic::error("The state is elsewhere", detail).help(help))
}

fn holds_objects(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    json.get("resources").and_then(serde_json::Value::as_array).is_some_and(|r| !r.is_empty())
}

fn holds_state(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.len() > 0)
}

async fn both_locked(session: &Session, args: &MigrateArgs, from: &Side<'_>, to: &Side<'_>) -> Result<u8, Diagnostics> {
    let Some(mut state) = stored(from.store).await? else {
        let detail = format!("There is no state in {}.", from.name);
        return Err(Diagnostic::error("Nothing to migrate", detail).help("Check -from and -from-config.").into());
    };
    let records = from.store.list_records("").await.map_err(said)?;
    if records.iter().any(|r| r.starts_with(JOURNAL)) {
        let detail = format!("A run on {} did not end: its journal lies beside the state.", from.name);
        return Err(Diagnostic::error("A run must be finished first", detail)
            .help("Apply with the old backend once, then migrate.")
            .into());
    }
    let there = stored(to.store).await?;
    let verdict = judge_push(there.as_ref(), &state, args.force)?;
    let count = state.instances().count();
    session.out(&format!(
        "From {}\n  to {}\n  {count} instances, serial {}, and {} records beside it\n",
        from.name,
        to.name,
        state.serial,
        records.len()
    ));
    if !args.auto_approve && !session.confirm("Migrate this state?", "-auto-approve")? {
        session.out("Nothing was changed.\n");
        return Ok(1);
    }
    for name in &records {
        if let Some(bytes) = from.store.read_record(name).await.map_err(said)? {
            to.guard.write_record(name, &bytes).await.map_err(said)?;
        }
    }
    if let Push::Write { serial } = verdict {
        state.serial = serial;
        to.guard.write_state(&write(&state, style_of(to.store))).await.map_err(said)?;
    }
    arrived(to, &state).await?;
    session.out(&leave(from).await?);
    session.out(&format!("{}\n", session.style.good(&format!("The state lies in {} now.", to.name))));
    Ok(0)
}

/// What was written is what is read.
async fn arrived(to: &Side<'_>, state: &State) -> Result<(), Diagnostics> {
    match stored(to.store).await? {
        Some(found) if found.serial == state.serial && same_content(&found, state) => Ok(()),
        _ => {
            let detail = format!("{} does not hold what was written to it.", to.name);
            Err(Diagnostic::error("The migration failed", detail)
                .help("The source was not changed. Look at the target, then try again.")
                .into())
        }
    }
}

/// A local source becomes its backup, as with OpenTofu, so that nobody goes on with it; another
/// one is left as it is.
async fn leave(from: &Side<'_>) -> Result<String, Diagnostics> {
    let place = from.store.describe();
    if place.kind != "local" {
        return Ok(format!("The state in {} was left as it is. Remove it when you are sure that nobody uses it.\n", from.name));
    }
    from.guard.remove_state(true).await.map_err(said)?;
    Ok(format!("The old state is kept as {}/{}.backup.\n", place.container, place.key))
}
