//! The application layer as commands use it: requests from blocks, the world they run in, records.

use super::deploy_progress::DeployProgress;
use super::progress::Progress;
use super::project::Project;
use super::session::Session;
use crate::app::{AppPlan, AppRecord, AppSpec, decode_with, describe, script, secret_specs};
use crate::clock::SystemClock;
use crate::deploy::{AppOutcome, AppRequest, Context, Done, LockRecords, RunOptions, identity, plan, read_records, run};
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::Scope;
use crate::plan::ResourceChange;
use crate::process::{Git, ThisMachine};
use crate::ssh::SshConnector;
use crate::state::State;
use crate::store::{LockGuard, StateStore};
use crate::syntax::Block;
use crate::value::{Name, closest};
use futures::future::join_all;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The machine's means of reaching hosts and repositories.
pub struct World {
    connector: SshConnector,
    git: Git,
    home: Option<PathBuf>,
}

impl World {
    /// For a project of this session.
    #[must_use]
    pub fn new(session: &Session, project: &Project) -> Self {
        World {
            connector: SshConnector::new(session.env.get("XDG_RUNTIME_DIR").map(PathBuf::from)),
            git: Git::new(project.config.project_dir.join(".envctl/git")),
            home: session.env.get("HOME").map(PathBuf::from),
        }
    }

    /// What drivers work in.
    #[must_use]
    pub fn context<'a>(&'a self, session: &'a Session, project: &'a Project) -> Context<'a> {
        Context {
            connector: &self.connector,
            local: &ThisMachine,
            git: &self.git,
            files: project.files.as_ref(),
            project: &project.config.project_dir,
            home: self.home.as_deref(),
            redactor: &session.redactor,
            connect_timeout: CONNECT,
        }
    }
}

/// Checks the names of applications given on the command line.
///
/// # Errors
/// A name that no `app` block has.
pub fn check_names(project: &Project, names: &[String]) -> Result<(), Diagnostics> {
    let known: Vec<&str> = project.config.apps.iter().map(|a| a.name.as_ref()).collect();
    let Some(wrong) = names.iter().find(|n| !known.contains(&n.as_str())) else { return Ok(()) };
    let near = closest(wrong, known.iter().copied()).map(|n| format!("Did you mean {n:?}? "));
    let list =
        if known.is_empty() { "This environment has no app blocks.".to_string() } else { format!("There are: {}.", known.join(", ")) };
    let help = format!("{}{list}", near.unwrap_or_default());
    Err(Diagnostic::error("No such application", format!("There is no app {wrong:?}.")).help(help).into())
}

/// The applications' blocks, evaluated, one for each host; `names` limits them (empty: all).
///
/// Their secrets are fetched, unless the block has mistakes.
pub async fn specs(session: &Session, project: &Project, names: &[String], scope: &dyn Scope, diags: &mut Diagnostics) -> Vec<AppSpec> {
    let mut failed = Diagnostics::new();
    let specs = specs_with(session, project, names, scope, diags, &mut failed).await;
    diags.extend(failed);
    specs
}

/// [`specs`] with the secrets that cannot be fetched apart: for commands that do without them.
pub async fn specs_with(
    session: &Session,
    project: &Project,
    names: &[String],
    scope: &dyn Scope,
    diags: &mut Diagnostics,
    failed: &mut Diagnostics,
) -> Vec<AppSpec> {
    let wanted = |n: &Name| names.is_empty() || names.iter().any(|w| w == n.as_ref());
    let blocks: Vec<&Block> = project.config.apps.iter().filter(|a| wanted(&a.name)).map(|a| &a.block).collect();
    let fetched = join_all(blocks.iter().map(async |block| {
        let mut own = Diagnostics::new();
        // What is wrong with the block is reported when it is decoded.
        let sources = secret_specs(block, scope, &mut Diagnostics::new());
        (project.secrets.fetch(&sources, &session.redactor, &mut own).await, own)
    }));
    let mut specs = Vec::new();
    for (block, (secrets, missing)) in blocks.iter().zip(fetched.await) {
        failed.extend(missing);
        specs.extend(decode_with(block, scope, &secrets, diags).on_each_host());
    }
    specs
}

/// Requests with what the last deploy recorded.
///
/// # Errors
/// When records cannot be read.
pub async fn requests(
    store: &dyn StateStore,
    specs: Vec<AppSpec>,
    state: &State,
    changes: &[ResourceChange],
) -> Result<Vec<AppRequest>, Diagnostics> {
    let names: Vec<Name> = specs.iter().map(AppSpec::label).collect();
    let mut records: BTreeMap<Name, AppRecord> = read_records(store, &names).await?;
    let one = |spec: AppSpec| AppRequest {
        record: records.remove(&spec.label()),
        identity: identity(&spec.host, state, changes),
        spec,
        commit: None,
        approved: None,
        restore: None,
    };
    Ok(specs.into_iter().map(one).collect())
}

/// Gives a request what was planned for it: the commit, which all hosts of an app share, and the approved plan.
pub fn take_over(request: &mut AppRequest, planned: &[AppRequest]) {
    // A host that became known in between has a name of its own only now.
    let of_app = planned.iter().find(|p| p.spec.name == request.spec.name);
    let of_host = planned.iter().find(|p| p.spec.label() == request.spec.label());
    if let Some(planned) = of_host.or(of_app) {
        request.commit.clone_from(&planned.commit);
    }
    if let Some(planned) = of_host {
        request.approved.clone_from(&planned.approved);
    }
}

/// Plans every request; the plan and its commit are kept in it. True when something is to be done.
pub async fn plan_all(session: &Session, project: &Project, world: &World, requests: &mut [AppRequest], diags: &mut Diagnostics) -> bool {
    let ctx = world.context(session, project);
    let plans: Vec<AppPlan> = plan(&ctx, requests).await;
    let mut any = false;
    for (request, plan) in requests.iter_mut().zip(plans) {
        diags.extend(plan.diagnostics.clone());
        any |= !plan.is_empty();
        request.commit = plan.commit().map(str::to_string);
        request.approved = Some(plan);
    }
    any
}

/// The plans as text.
#[must_use]
pub fn text(session: &Session, requests: &[AppRequest]) -> String {
    let plans = requests.iter().filter_map(|r| r.approved.as_ref());
    let blocks: Vec<String> = plans.map(describe).filter(|t| !t.is_empty()).collect();
    if blocks.is_empty() {
        return String::new();
    }
    let paint = |line: &str| {
        let body = line.trim_start();
        let mark = match body.chars().next() {
            Some('+') => crate::report::Mark::Add,
            Some('~') => crate::report::Mark::Change,
            Some('-') => crate::report::Mark::Remove,
            Some('>') => crate::report::Mark::Read,
            _ => return line.to_string(),
        };
        session.style.tint(mark, line)
    };
    let lines: Vec<String> = blocks.iter().flat_map(|b| b.lines().map(paint).chain([String::new()])).collect();
    format!("{}\n\n{}\n", session.style.bold("Applications:"), lines.join("\n").trim_end_matches('\n').to_string() + "\n")
}

/// The commands of planned deploys, secrets masked.
#[must_use]
pub fn script_text(session: &Session, requests: &[AppRequest]) -> String {
    let one = |r: &AppRequest| r.approved.as_ref().map(|plan| script(&r.spec, plan, r.record.as_ref()));
    let scripts: Vec<String> = requests.iter().filter_map(one).filter(|t| !t.is_empty()).collect();
    format!("{}\n\n{}", session.style.bold("Commands:"), session.redactor.redact(&scripts.join("\n")))
}

/// Deploys; each outcome is told as it comes. Errors are returned together.
///
/// # Errors
/// What stopped applications; the others are deployed all the same.
pub async fn deploy_all(
    session: &Session,
    project: &Project,
    world: &World,
    guard: &dyn LockGuard,
    requests: &[AppRequest],
    cancel: watch::Receiver<bool>,
) -> Result<usize, Diagnostics> {
    let ctx = world.context(session, project);
    let records = LockRecords(guard);
    let progress = Progress::new(session);
    let sink = DeployProgress::new(session, &progress);
    let who = crate::store::who();
    let environment = project.config.name.as_ref();
    let options = RunOptions { records: &records, sink: &sink, clock: &SystemClock, environment, who: &who, cancel };
    let outcomes: Vec<AppOutcome> = run(&ctx, requests, &options).await;
    let mut diags = Diagnostics::new();
    let mut changed = 0;
    for outcome in outcomes {
        match outcome.result {
            Ok(Done::Deployed(_)) => changed += 1,
            Ok(Done::Unchanged) => {}
            Err(d) => diags.extend(d),
        }
    }
    if diags.has_errors() { Err(diags) } else { Ok(changed) }
}
