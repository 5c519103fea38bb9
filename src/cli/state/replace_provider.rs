//! `state replace-provider`

use super::edit::edit;
use super::words::env_and;
use crate::addr::ProviderSource;
use crate::cli::args_state::ReplaceProviderArgs;
use crate::cli::project::{Need, open};
use crate::cli::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::State;
use crate::state::edit::{replace_provider, resources_of};

/// Runs the command.
///
/// # Errors
/// When a word is no provider's source, or nobody answers the question.
pub async fn run(session: &Session, args: &ReplaceProviderArgs) -> Result<u8, Diagnostics> {
    let (env, [from, to]) = env_and(&args.words, "state replace-provider [ENV] FROM TO")?;
    let (from, to) = (source(from)?, source(to)?);
    let project = open(session, env, &args.input, Need::Backend)?;
    edit(session, &project, &args.lock, "state-replace-provider", |state| change(session, args, state, &from, &to)).await
}

fn source(word: &str) -> Result<ProviderSource, Diagnostics> {
    ProviderSource::parse(word).ok_or_else(|| {
        Diagnostic::error("Invalid provider", format!("{word:?} is not a provider's source."))
            .help("Write it like hashicorp/aws or registry.example.com/acme/aws.")
            .into()
    })
}

fn change(
    session: &Session,
    args: &ReplaceProviderArgs,
    state: &mut State,
    from: &ProviderSource,
    to: &ProviderSource,
) -> Result<u8, Diagnostics> {
    let resources = resources_of(state, from);
    if resources.is_empty() {
        session.out(&format!("No resource of the state belongs to {from}.\n"));
        return Ok(0);
    }
    let list: Vec<String> = resources.iter().map(|r| format!("  {r}\n")).collect();
    session.out(&format!("{} resources of {from} become resources of {to}:\n{}", resources.len(), list.concat()));
    if !args.auto_approve && !session.confirm("Make this change?", "-auto-approve")? {
        session.out("Nothing was changed.\n");
        return Ok(0);
    }
    replace_provider(state, from, to);
    session.out(&format!("{} resources have another provider now.\n", resources.len()));
    Ok(0)
}
