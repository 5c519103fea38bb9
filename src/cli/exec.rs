//! `exec`: one command on the hosts of an application, its output masked.

use super::apps::World;
use super::args_reach::ExecArgs;
use super::exec_input::Piped;
use super::project::Project;
use super::reach::{Reached, host_name, of_host, only, reach, shell_line};
use super::session::Session;
use crate::app::RemoteCommand;
use crate::deploy::AppRequest;
use crate::deploy::reach::stream;
use crate::diag::{Diagnostic, Diagnostics};
use crate::remote::Input;
use futures::future::join_all;

/// Exit code of a command that a signal ended, or of a host that was not reached.
const FAILED: u8 = 1;

/// Runs the command.
///
/// # Errors
/// When the hosts are not known.
pub async fn run(session: &Session, args: &ExecArgs) -> Result<u8, Diagnostics> {
    let Reached { project, world, requests } = reach(session, (args.env.as_deref(), args.app.as_deref()), &args.input, Some(&[])).await?;
    let mut requests = of_host(requests, args.host.as_deref())?;
    if !args.all {
        requests = only(requests, "Name one with -host, or add -all to run the command on all of them.")?;
    }
    let command = RemoteCommand::new(shell_line(&args.command));
    let all: Vec<(AppRequest, RemoteCommand)> = requests.into_iter().map(|r| (r, command.clone())).collect();
    let mut input = Piped::stdin(all.len());
    let code = everywhere(session, &project, &world, all, input.as_mut()).await;
    let Some(why) = input.as_ref().and_then(Piped::failure) else { return Ok(code) };
    let detail = format!("The command got what came before: {why}.");
    session.report(&Diagnostic::error("Standard input could not be read to its end", detail).into());
    Ok(code.max(FAILED))
}

/// Runs the commands on their hosts at the same time, each with the input, and prints what comes, with the host's name
/// where there are several. The exit code: the command's, of several the highest; 1 where a host was not reached.
pub async fn everywhere(
    session: &Session,
    project: &Project,
    world: &World,
    all: Vec<(AppRequest, RemoteCommand)>,
    input: Option<&mut Piped>,
) -> u8 {
    let ctx = world.context(session, project);
    let several = all.len() > 1;
    let one = async |(request, command): (AppRequest, RemoteCommand), input: Option<Input>| {
        let prefix = if several { session.style.dim(&format!("{} | ", host_name(&request))) } else { String::new() };
        // A secret may end with a line: it is masked before the line ends.
        let shown = |line: &str| format!("{prefix}{}\n", session.redactor.redact(line));
        let out = |line: &str| session.out(&shown(line));
        let err = |line: &str| session.err(&shown(line));
        match stream(&ctx, &request, &command, input, &out, &err).await {
            Ok(code) => code.and_then(|c| u8::try_from(c).ok()).unwrap_or(FAILED),
            Err(diagnostic) => {
                session.report(&diagnostic.into());
                FAILED
            }
        }
    };
    let mut inputs = input.map(Piped::take).unwrap_or_default().into_iter();
    let running: Vec<_> = all.into_iter().map(|command| one(command, inputs.next())).collect();
    join_all(running).await.into_iter().max().unwrap_or(0)
}
