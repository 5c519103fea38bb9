//! `taint` and `untaint`

use super::edit::edit;
use super::words::{env_and, instance};
use crate::addr::InstanceAddr;
use crate::cli::args_state::TaintArgs;
use crate::cli::project::{Need, open};
use crate::cli::session::Session;
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::state::State;
use crate::state::edit::{Missing, taint, untaint};

/// `taint`
///
/// # Errors
/// When there is no such object.
pub async fn run(session: &Session, args: &TaintArgs) -> Result<u8, Diagnostics> {
    let mark = |state: &mut State, addr: &InstanceAddr| {
        let changed = taint(state, addr)?;
        let already = if changed { "" } else { " already" };
        Ok(format!("{addr} is tainted{already}: the next apply replaces it.\n"))
    };
    change(session, args, "taint", mark).await
}

/// `untaint`
///
/// # Errors
/// When there is no such object, or it is not tainted.
pub async fn run_untaint(session: &Session, args: &TaintArgs) -> Result<u8, Diagnostics> {
    let unmark = |state: &mut State, addr: &InstanceAddr| {
        untaint(state, addr)?;
        Ok(format!("{addr} is not tainted any more.\n"))
    };
    change(session, args, "untaint", unmark).await
}

async fn change(
    session: &Session,
    args: &TaintArgs,
    operation: &str,
    mark: impl FnOnce(&mut State, &InstanceAddr) -> Result<String, Missing>,
) -> Result<u8, Diagnostics> {
    let (env, [addr]) = env_and(&args.words, &format!("{operation} [ENV] ADDR"))?;
    let addr = instance(addr)?;
    let project = open(session, env, &args.input, Need::Backend)?;
    let said = edit(session, &project, &args.lock, operation, |state| match mark(state, &addr) {
        Ok(text) => Ok(text),
        Err(Missing::Absent(d)) if args.allow_missing => {
            session.report(&Diagnostic { severity: Severity::Warning, help: None, ..d }.into());
            Ok(String::new())
        }
        Err(Missing::Absent(d) | Missing::Impossible(d)) => Err(d.into()),
    })
    .await?;
    session.out(&said);
    Ok(0)
}
