//! `ssh`: this process becomes the system's ssh on an application's host.

use super::args_reach::SshArgs;
use super::reach::{of_host, only, reach, shell_line};
use super::session::Session;
use crate::deploy::reach::{endpoints, no_host};
use crate::diag::{Diagnostic, Diagnostics};
use crate::ssh::interactive;
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;

/// Runs the command; returns only when it fails.
///
/// # Errors
/// When the host is not known, or ssh cannot be started.
pub async fn run(session: &Session, args: &SshArgs) -> Result<u8, Diagnostics> {
    let mut reached = reach(session, (args.env.as_deref(), args.app.as_deref()), &args.input, None).await?;
    let requests = of_host(std::mem::take(&mut reached.requests), args.host.as_deref())?;
    let requests = only(requests, "Name one with -host.")?;
    let ctx = reached.world.context(session, &reached.project);
    let (Some(request), Some(endpoint)) = (requests.first(), endpoints(&ctx, &requests).into_iter().next()) else { return Ok(0) };
    let spec = endpoint.spec.map_err(|why| no_host(request, &why))?;
    let ours = reached.project.config.project_dir.join(".envctl");
    let shell = (!args.command.is_empty()).then(|| shell_line(&args.command));
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let mut command = interactive(&spec, &ours.join("known_hosts"), shell.as_deref(), terminal)
        .map_err(|e| Diagnostic::error(e.summary(), e.message()).at(request.spec.span))?;
    if ours.is_dir() {
        let _ = std::fs::write(ours.join(".gitignore"), "*\n");
    }
    let error = command.exec();
    let detail = match error.kind() {
        std::io::ErrorKind::NotFound => "The program ssh is not installed here.".to_string(),
        _ => format!("{error}."),
    };
    Err(Diagnostic::error("ssh cannot be started", detail).help("Install OpenSSH's client (Debian: apt install openssh-client).").into())
}
