//! `deploy`: applications only, against the state as it is. No resource is read or changed.

use super::apps::{self, World};
use super::args::DeployArgs;
use super::guards::{self, Approval, Doing};
use super::history;
use super::interrupt::watch_signals;
use super::planning::{give_back, take};
use super::progress::Progress;
use super::project::{Need, Project, open};
use super::recover::{Lock, heal};
use super::session::Session;
use super::snapshot_rules;
use super::state::secrets::learn;
use crate::deploy::AppRequest;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ConfiguredProviders, ResolveInput, Resolver};
use crate::ops::snapshot::{Before, Halt};
use crate::plan::eval::Evaluator;
use crate::plan::{Plan, PlanMode};
use crate::state::State;
use crate::store::{LockGuard, StateStore};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;

/// Runs the command.
///
/// # Errors
/// What stopped applications; the next run goes on where they stopped.
pub async fn run(session: &Session, args: &DeployArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.as_deref(), &args.input, Need::Variables)?;
    apps::check_names(&project, &args.apps)?;
    if project.config.apps.is_empty() {
        let detail = format!("The environment {} has no app blocks.", project.config.name);
        return Err(Diagnostic::error("Nothing to deploy", detail)
            .help("Describe an application in an app block; see docs/applications.md.")
            .into());
    }
    let store = project.store().await?;
    let guard = take(session, store.as_ref(), &args.lock, "Deploy", &project.config.name).await?;
    let outcome = deploy(session, &project, store.as_ref(), guard.as_ref(), args).await;
    give_back(session, guard).await;
    outcome
}

/// Applications that are to be changed, against the state as it is.
pub(super) struct Asked {
    /// The state after recovery.
    pub state: State,
    /// The configuration, evaluated against it.
    pub eval: Evaluator,
    /// The applications, with what the last deploy recorded.
    pub requests: Vec<AppRequest>,
    /// Warnings so far.
    pub diags: Diagnostics,
}

/// Heals the state and reads the blocks of these applications (none: all).
///
/// # Errors
/// When the state or a block cannot be read.
pub(super) async fn asked(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    names: &[String],
) -> Result<Asked, Diagnostics> {
    let state = heal(session, project, store, Lock::Hold(guard)).await?.state;
    learn(session, &state, &project.edges.registry());
    let mut providers = ConfiguredProviders::new(project.edges.registry());
    let resolver = resolver(session, project, &state)?;
    let (eval, mut diags) = resolver.for_apps(&mut providers, &Progress::new(session)).await?;
    let specs = apps::specs(session, project, names, &eval.root_scope(), &mut diags).await;
    if diags.has_errors() {
        return Err(diags);
    }
    let requests = apps::requests(store, specs, &state, &[]).await?;
    Ok(Asked { state, eval, requests, diags })
}

async fn deploy(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    args: &DeployArgs,
) -> Result<u8, Diagnostics> {
    let Asked { state, eval, mut requests, mut diags } = asked(session, project, store, guard, &args.apps).await?;
    let world = World::new(session, project);
    let any = apps::plan_all(session, project, &world, &mut requests, &mut diags).await;
    if diags.has_errors() {
        return Err(diags);
    }
    session.out(&super::header::text(project, &store.describe(), None, None));
    session.report(&diags);
    if !any {
        session.out(&format!("{}\n", session.style.good("Nothing to deploy: every application is as declared.")));
        return Ok(0);
    }
    session.out(&apps::text(session, &requests));
    let rules = guards::decode(&project.config, &eval.root_scope(), true, &mut diags);
    if diags.has_errors() {
        return Err(diags);
    }
    let snapshots = snapshot_rules::before(snapshot_rules::in_scope(project, &eval.root_scope(), &mut diags), &[Before::Deploy]);
    if diags.has_errors() {
        return Err(diags);
    }
    session.out(&snapshot_rules::text(&snapshots, &state));
    let refused = guards::judge(session, project, &rules, Doing::deploy(&requests)).await;
    if args.dry_run {
        session.out(&apps::script_text(session, &requests));
        guards::warn(session, refused);
        return Ok(0);
    }
    let overrides = guards::enforce(session, refused, &args.guard)?;
    let approval = Approval { given: args.auto_approve, implied: false };
    if !guards::approved(session, &project.config, &args.guard, approval, &format!("Deploy this to {}?", project.config.name))? {
        session.out("Nothing was changed.\n");
        return Ok(1);
    }
    let cancel = watch_signals(|| eprintln!("\nInterrupted: the step under way is finished and recorded, then the deploy stops.")).cancel;
    let mut record = history::begin(project, guard, "deploy", None, &state);
    record.overrides = overrides;
    let kept = snapshot_rules::take_all(session, project, &state, guard, &snapshots, &cancel, Some(&mut record)).await;
    let (outcome, changed) = match &kept {
        Ok(_) => carry_out(session, project, &world, guard, &requests, &cancel).await,
        Err(Halt::Interrupted) => (Ok(130), 0),
        Err(Halt::Failed(d)) => (Err(d.clone().into()), 0),
    };
    record.counts.deployed = changed;
    if let (Ok(kept), Ok(0)) = (&kept, &outcome) {
        snapshot_rules::prune_all(session, project, &state, kept).await;
    }
    history::end(session, guard, record, &outcome).await;
    outcome
}

/// Deploys what was planned: the exit code, and how many applications changed.
pub(super) async fn carry_out(
    session: &Session,
    project: &Project,
    world: &World,
    guard: &dyn LockGuard,
    requests: &[AppRequest],
    cancel: &watch::Receiver<bool>,
) -> (Result<u8, Diagnostics>, usize) {
    let changed = apps::deploy_all(session, project, world, guard, requests, cancel.clone()).await;
    if *cancel.borrow() {
        if let Err(d) = changed {
            session.report(&d);
        }
        return (Ok(130), 0);
    }
    let changed = match changed {
        Ok(changed) => changed,
        Err(d) => return (Err(d), 0),
    };
    session.out(&format!("\n{}\n", session.style.good(&format!("Deployed: {changed} of {} applications changed.", requests.len()))));
    (Ok(0), changed)
}

/// The configuration evaluated against a state that nothing changes.
pub(super) fn resolver(session: &Session, project: &Project, state: &State) -> Result<Resolver, Diagnostics> {
    let plan = Plan {
        mode: PlanMode::Normal,
        changes: Vec::new(),
        drift: Vec::new(),
        outputs: BTreeMap::new(),
        prior_state: state.clone(),
        refreshed_state: state.clone(),
        variables: project.variables.values.clone(),
        partial: false,
    };
    let input = ResolveInput {
        config: project.config.clone(),
        schemas: Arc::new(project.edges.registry()),
        variables: project.variables.values.clone(),
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    Resolver::new(input, &plan)
}
