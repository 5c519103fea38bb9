//! `state rm`

use super::edit::edit;
use super::words::{env_and_addresses, targets};
use crate::addr::{InstanceAddr, Target};
use crate::cli::args_state::RmArgs;
use crate::cli::project::{Need, open};
use crate::cli::session::Session;
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::state::State;
use crate::state::edit::{no_match, remove, select};

/// Runs the command. An address that names nothing is a warning while others name something.
///
/// # Errors
/// When no address names anything in the state.
pub async fn run(session: &Session, args: &RmArgs) -> Result<u8, Diagnostics> {
    let (env, addrs) = env_and_addresses(&args.words);
    if addrs.is_empty() {
        let detail = format!("{} is an environment; nothing says what to forget.", env.unwrap_or_default());
        return Err(Diagnostic::error("No address", detail).help("Usage: envctl state rm [ENV] ADDR...").into());
    }
    let targets = targets(addrs)?;
    let project = open(session, env, &args.input, Need::Backend)?;
    let (removed, missing) = if args.dry_run {
        let mut state = super::read(&project).await?.map(|(s, _)| s).unwrap_or_default();
        forget(&mut state, &targets)?
    } else {
        edit(session, &project, &args.lock, "state-rm", |state| forget(state, &targets)).await?
    };
    session.report(&missing);
    let verb = if args.dry_run { "Would forget" } else { "Forgotten" };
    for addr in &removed {
        session.out(&format!("{verb} {addr}\n"));
    }
    if !args.dry_run {
        session
            .out(&format!("{} instances are out of the state. Their objects still exist; no plan knows them any more.\n", removed.len()));
    }
    Ok(0)
}

fn forget(state: &mut State, targets: &[Target]) -> Result<(Vec<InstanceAddr>, Diagnostics), Diagnostics> {
    let (found, empty) = select(state, targets);
    if found.is_empty() {
        return Err(empty.into_iter().map(no_match).collect());
    }
    let missing = empty.into_iter().map(|t| Diagnostic { severity: Severity::Warning, ..no_match(t) }).collect();
    remove(state, &found);
    Ok((found, missing))
}
