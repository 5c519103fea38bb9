//! From arguments to an exit code.

use super::args::{Cli, Command};
use super::session::Session;
use super::{apply, bootstrap, deploy, fmt, history, import, init, lock, output, plan, show, state, unlock, validate};
use super::{migrate, workspace};
use crate::diag::{Diagnostic, Diagnostics};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;

/// Exit code 1.
const FAILED: u8 = 1;

/// Runs the program with this process's arguments and environment.
#[must_use]
pub fn main() -> ExitCode {
    let env: BTreeMap<String, String> =
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
    let args: Vec<OsString> = std::env::args_os().collect();
    let cli = match super::parse(args, &env) {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { FAILED } else { 0 });
        }
    };
    let mut session = Session::new(env, cli.no_color);
    if cli.streams() {
        session.stream();
    }
    match execute(&session, &cli) {
        Ok(code) => ExitCode::from(code),
        Err(diags) => {
            session.report(&diags);
            ExitCode::from(FAILED)
        }
    }
}

fn execute(session: &Session, cli: &Cli) -> Result<u8, Diagnostics> {
    if let Some(dir) = &cli.chdir {
        std::env::set_current_dir(dir).map_err(|e| Diagnostic::error("Folder not accessible", format!("-C {}: {e}.", dir.display())))?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // As much as the main thread has: an expression is as deep wherever it is evaluated.
        .thread_stack_size(8 << 20)
        .build()
        .map_err(|e| Diagnostic::error("The runtime did not start", e.to_string()))?;
    runtime.block_on(dispatch(session, cli))
}

async fn dispatch(session: &Session, cli: &Cli) -> Result<u8, Diagnostics> {
    match &cli.command {
        Command::Output(args) => output::run(session, args).await.map(|()| 0),
        Command::Ssh(args) => super::ssh::run(session, args).await,
        Command::Status(args) => super::status::run(session, args).await,
        Command::Drift(args) => super::drift::run(session, args).await,
        Command::Logs(args) => super::logs::run(session, args).await,
        Command::Exec(args) => super::exec::run(session, args).await,
        Command::Import(args) => import::run(session, args).await.map(|()| 0),
        Command::Show(args) => show::run(session, args).await.map(|()| 0),
        Command::State(command) => state::run(session, command).await,
        Command::Restore(args) => super::restore::run(session, args).await,
        Command::Snapshot(command) => super::snapshot::run(session, command).await,
        Command::Workspace(command) => workspace::run(session, command).await,
        Command::Migrate(args) => migrate::run(session, args).await,
        Command::History(args) => history::run(session, args).await,
        Command::Taint(args) => state::run_taint(session, args).await,
        Command::Untaint(args) => state::run_untaint(session, args).await,
        Command::Lock(command) => lock::run(session, command).await.map(|()| 0),
        Command::Unlock(args) => unlock::run(session, args).await.map(|()| 0),
        Command::Plan(args) => plan::run(session, args, cli.stats).await,
        Command::Apply(args) => apply::run(session, args, cli.stats).await,
        Command::Destroy(args) => apply::run_destroy(session, args, cli.stats).await,
        Command::Deploy(args) => deploy::run(session, args).await,
        Command::Rollback(args) => super::rollback::run(session, args).await,
        Command::Bootstrap(args) => bootstrap::run(session, args).await,
        Command::Get(args) => super::get::run(session, args).map(|()| 0),
        Command::Init(args) => init::run(session, args).await,
        Command::Console(args) => super::console::run(session, args).await,
        Command::Test(args) => super::test::run(session, args).await,
        Command::Graph(args) => super::graph::run(session, args).map(|()| 0),
        Command::Providers(args) => super::providers::run(session, args).map(|()| 0),
        Command::Cost(args) => super::cost::run(session, args).await,
        Command::Prices(command) => super::prices::run(session, command).await,
        Command::Policy(args) => super::policy::run(session, args).await,
        Command::New(args) => super::new::run(session, args),
        Command::Doctor(args) => super::doctor::run(session, args).await,
        Command::Env(super::args_compare::EnvCommand::Check(args)) => super::env_check::run(session, args).await,
        Command::Audit(args) => super::audit::run(session, args),
        Command::Compare(args) => super::compare::run(session, args).await,
        Command::Fmt(args) => fmt::run(session, args),
        Command::Validate(args) => validate::run(session, args),
    }
}
