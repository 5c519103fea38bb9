//! `state push`

use super::edit::{hold, save, stored};
use super::words::env_and;
use crate::cli::args_state::PushArgs;
use crate::cli::planning::give_back;
use crate::cli::project::{Need, open};
use crate::cli::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::State;
use crate::state::edit::{Push, judge_push};
use crate::store::{LockGuard, StateStore};
use std::io::Read;

/// Runs the command.
///
/// # Errors
/// When the file is no state, or may not take the stored one's place.
pub async fn run(session: &Session, args: &PushArgs) -> Result<u8, Diagnostics> {
    let (env, [file]) = env_and(&args.words, "state push [ENV] FILE")?;
    let new = load(file)?;
    let project = open(session, env, &args.input, Need::Backend)?;
    let store = project.store().await?;
    let guard = hold(session, store.as_ref(), &args.lock, "state-push", &project.config.name).await?;
    let outcome = replace(session, store.as_ref(), guard.as_ref(), new, args.force).await;
    give_back(session, guard).await;
    outcome
}

fn load(file: &str) -> Result<State, Diagnostics> {
    let mut bytes = Vec::new();
    let read = if file == "-" {
        std::io::stdin().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut f| f.read_to_end(&mut bytes))
    };
    let name = if file == "-" { "standard input" } else { file };
    read.map_err(|e| {
        Diagnostic::error("The file cannot be read", format!("{name}: {e}.")).help("Name a state file, or - for standard input.")
    })?;
    crate::state::read(&bytes).map_err(|e| {
        let d = e.diagnostic();
        Diagnostic {
            detail: format!("{name}: {}", d.detail),
            help: Some("Nothing was changed. Push a state file of version 4.".into()),
            ..d
        }
        .into()
    })
}

async fn replace(session: &Session, store: &dyn StateStore, guard: &dyn LockGuard, mut new: State, force: bool) -> Result<u8, Diagnostics> {
    let now = stored(store).await?;
    if new.lineage.is_empty() {
        new.lineage = now.as_ref().map_or_else(|| uuid::Uuid::new_v4().to_string(), |s| s.lineage.clone());
    }
    let Push::Write { serial } = judge_push(now.as_ref(), &new, force)? else {
        session.out("Nothing to push: the stored state is the same.\n");
        return Ok(0);
    };
    new.serial = serial;
    save(store, guard, &mut new).await?;
    let place = store.describe();
    session.out(&format!("{}/{} now has serial {serial}.\n", place.container, place.key));
    Ok(0)
}
