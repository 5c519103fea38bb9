//! `logs`: what an application says, wherever it says it.

use super::args_reach::LogsArgs;
use super::exec::everywhere;
use super::reach::{Reached, of_host, reach};
use super::session::Session;
use crate::app::LogRequest;
use crate::diag::{Diagnostic, Diagnostics};

/// Blocks that say where logs are.
const BLOCKS: &[&str] = &["log", "services", "source", "releases"];

/// Runs the command.
///
/// # Errors
/// When the hosts are not known, or nothing says where the logs are.
pub async fn run(session: &Session, args: &LogsArgs) -> Result<u8, Diagnostics> {
    let Reached { project, world, requests } =
        reach(session, (args.env.as_deref(), args.app.as_deref()), &args.input, Some(BLOCKS)).await?;
    let asked = LogRequest { lines: args.lines, follow: args.follow, service: args.service.as_deref() };
    let mut all = Vec::new();
    for request in of_host(requests, args.host.as_deref())? {
        let command = request
            .spec
            .log_command(asked)
            .map_err(|(what, help)| Diagnostic::error("The logs are not known", what).at(request.spec.span).help(help))?;
        all.push((request, command));
    }
    Ok(everywhere(session, &project, &world, &all).await)
}
