//! `state ...`: one file per subcommand, and what they share.

pub mod edit;
mod list;
mod mv;
mod push;
mod replace_provider;
mod rm;
pub mod secrets;
mod show;
mod taint;
mod verify;
mod versions;
pub mod words;

pub use taint::{run as run_taint, run_untaint};

use super::args::EnvArgs;
use super::args_state::StateCommand;
use super::project::{Need, Project, open};
use super::session::Session;
use crate::diag::Diagnostics;
use crate::state::State;

/// The state of an environment, and its bytes; `None` when there is none yet.
///
/// # Errors
/// When it cannot be read.
pub async fn read(project: &Project) -> Result<Option<(State, Vec<u8>)>, Diagnostics> {
    let store = project.store().await?;
    let Some(stored) = store.read().await.map_err(|e| Diagnostics::from(e.diagnostic()))? else { return Ok(None) };
    let state = crate::state::read(&stored.bytes).map_err(|e| Diagnostics::from(e.diagnostic()))?;
    Ok(Some((state, stored.bytes)))
}

/// Runs the command.
///
/// # Errors
/// When the environment does not load or an address is not in the state.
pub async fn run(session: &Session, command: &StateCommand) -> Result<u8, Diagnostics> {
    match command {
        StateCommand::List(args) => list::run(session, args).await,
        StateCommand::Show(args) => show::run(session, args).await,
        StateCommand::Mv(args) => mv::run(session, args).await,
        StateCommand::Rm(args) => rm::run(session, args).await,
        StateCommand::Pull { env } => pull(session, env).await,
        StateCommand::Push(args) => push::run(session, args).await,
        StateCommand::ReplaceProvider(args) => replace_provider::run(session, args).await,
        StateCommand::Secrets { env } => secrets::run(session, env).await,
        StateCommand::Verify { env } => verify::run(session, env).await,
        StateCommand::Versions(args) => versions::run(session, args).await,
        StateCommand::Restore(args) => versions::run_restore(session, args).await,
    }
}

async fn pull(session: &Session, env: &EnvArgs) -> Result<u8, Diagnostics> {
    let project = open(session, env.env.as_deref(), &env.input, Need::Backend)?;
    if let Some((_, bytes)) = read(&project).await? {
        session.raw(&String::from_utf8_lossy(&bytes));
    }
    Ok(0)
}
