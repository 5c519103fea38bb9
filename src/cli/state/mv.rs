//! `state mv`

use super::edit::edit;
use super::words::{env_and, targets};
use crate::cli::args_state::MvArgs;
use crate::cli::project::{Need, open};
use crate::cli::session::Session;
use crate::diag::Diagnostics;
use crate::state::State;
use crate::state::edit::{Moved, move_objects};

/// Runs the command.
///
/// # Errors
/// When something cannot be moved, and why; nothing is changed then.
pub async fn run(session: &Session, args: &MvArgs) -> Result<u8, Diagnostics> {
    let (env, words) = env_and::<2>(&args.words, "state mv [ENV] FROM TO")?;
    let both = targets(&words)?;
    let project = open(session, env, &args.input, Need::Backend)?;
    let change = |state: &mut State| match both.as_slice() {
        [from, to] => Ok(move_objects(state, from, to)?),
        _ => Ok(Vec::new()),
    };
    let moved: Vec<Moved> = if args.dry_run {
        let mut state = super::read(&project).await?.map(|(s, _)| s).unwrap_or_default();
        change(&mut state)?
    } else {
        edit(session, &project, &args.lock, "state-mv", change).await?
    };
    let verb = if args.dry_run { "Would move" } else { "Moved" };
    for m in &moved {
        session.out(&format!("{verb} {} to {}\n", m.from, m.to));
    }
    Ok(0)
}
