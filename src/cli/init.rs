//! `init`: for scripts that call it. Fetches modules, checks configuration and backend; nothing
//! depends on it.

use super::args::InitArgs;
use super::project::{Need, open};
use super::session::Session;
use crate::diag::Diagnostics;

/// Runs the command.
///
/// # Errors
/// When the configuration does not load or the state's store cannot be reached.
pub async fn run(session: &Session, args: &InitArgs) -> Result<u8, Diagnostics> {
    let need = if args.get { Need::Renewed { upgrade: args.upgrade } } else { Need::Backend };
    let project = open(session, args.env.env.as_deref(), &args.env.input, need)?;
    if !args.backend {
        session.out(&format!("{} modules loaded; the backend was not asked.\n", project.config.modules.len()));
        return Ok(0);
    }
    let store = project.store().await?;
    let found = store.read().await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    let place = store.describe();
    let state = if found.is_some() { "There is a state." } else { "There is no state yet." };
    session.out(&format!(
        "{} modules loaded; state in {}/{} ({}). {state}\n",
        project.config.modules.len(),
        place.container,
        place.key,
        place.kind
    ));
    Ok(0)
}
