//! `state list`

use super::read;
use super::words::{env_and_addresses, targets};
use crate::cli::args_state::ListArgs;
use crate::cli::project::{Need, open};
use crate::cli::session::Session;
use crate::diag::Diagnostics;
use crate::state::edit::{no_match, select};
use serde_json::Value as Json;

/// Runs the command.
///
/// # Errors
/// When the environment does not load, or an address names nothing in the state.
pub async fn run(session: &Session, args: &ListArgs) -> Result<u8, Diagnostics> {
    let (env, addrs) = env_and_addresses(&args.words);
    let targets = targets(addrs)?;
    let project = open(session, env, &args.input, Need::Backend)?;
    let state = read(&project).await?.map(|(s, _)| s).unwrap_or_default();
    let (chosen, empty) = select(&state, &targets);
    if !empty.is_empty() {
        return Err(empty.into_iter().map(no_match).collect());
    }
    let has_id = |addr: &_| match &args.id {
        None => true,
        Some(id) => state.current(addr).and_then(|o| o.attributes.get("id")).and_then(Json::as_str) == Some(id),
    };
    let mut text = String::new();
    for (addr, ..) in state.instances() {
        if (targets.is_empty() || chosen.contains(&addr)) && has_id(&addr) {
            text.push_str(&format!("{addr}\n"));
        }
    }
    session.out(&text);
    Ok(0)
}
