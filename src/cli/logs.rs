//! `logs`: what an application says, wherever it says it.

use super::args_reach::LogsArgs;
use super::exec::everywhere;
use super::reach::{Reached, is_environment, of_host, reach};
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
    let (words, service) = words(args);
    let Reached { project, world, requests } = reach(session, words, &args.input, Some(BLOCKS)).await?;
    let asked = LogRequest { lines: args.lines, follow: args.follow, service };
    let mut all = Vec::new();
    for request in of_host(requests, args.host.as_deref())? {
        let command = request
            .spec
            .log_command(asked)
            .map_err(|(what, help)| Diagnostic::error("The logs are not known", what).at(request.spec.span).help(help))?;
        all.push((request, command));
    }
    Ok(everywhere(session, &project, &world, all, None).await)
}

/// What leads to the application, and the service: `stage web backend`, or inside a root module `web backend`.
fn words(args: &LogsArgs) -> ((Option<&str>, Option<&str>), Option<&str>) {
    match (args.env.as_deref(), args.app.as_deref(), args.service.as_deref()) {
        (Some(app), Some(service), None) if !is_environment(app) => ((None, Some(app)), Some(service)),
        (env, app, service) => ((env, app), service),
    }
}
