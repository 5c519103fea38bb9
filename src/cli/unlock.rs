//! `unlock` (`force-unlock`): breaks a lock after a question.

use super::args_lock::UnlockArgs;
use super::project::{Need, open};
use super::session::Session;
use crate::diag::{Diagnostic, Diagnostics};

/// Runs the command.
///
/// # Errors
/// When nobody holds the lock, or somebody with another id does.
pub async fn run(session: &Session, args: &UnlockArgs) -> Result<(), Diagnostics> {
    let (env, id) = match &args.id {
        Some(id) => (Some(args.env.as_str()), id.as_str()),
        None => (None, args.env.as_str()),
    };
    let project = open(session, env, &args.input, Need::Backend)?;
    let store = project.store().await?;
    let holder = store.holder().await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    let Some(holder) = holder else {
        return Err(Diagnostic::error("No lock is held", "Nobody holds the lock of this state.").into());
    };
    if holder.id != id {
        let detail = format!(
            "The lock that is held has the id {}, not {id}: held by {} since {} for {}.",
            holder.id, holder.who, holder.created, holder.operation
        );
        return Err(Diagnostic::error("Another lock is held", detail)
            .help("Check that its holder is really gone before you break it.")
            .into());
    }
    let question =
        format!("Break the lock of {} (since {}, for {})? If it still runs, both may write.", holder.who, holder.created, holder.operation);
    if !args.force && !session.confirm(&question, "-force")? {
        return Err(Diagnostic::error("Not unlocked", "The question was not answered with yes.").into());
    }
    store.force_unlock(id).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    session.out("The lock is gone.\n");
    Ok(())
}
