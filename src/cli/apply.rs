//! `apply` and `destroy`: plan, question, infrastructure, applications.

use super::apps::{self, World};
use super::args::{ApplyArgs, DestroyArgs, EnvArgs, LockArgs, PlanningArgs};
use super::args_govern::GuardArgs;
use super::guards::{self, Approval, Doing};
use super::history;
use super::home::keep_homes;
use super::interrupt::{Interrupt, watch_signals};
use super::planning::{Prepared, give_back, options, prepare, take, tell, text};
use super::progress::Progress;
use super::project::{Need, Project, open};
use super::provision::Provisioners;
use super::recover::{Lock, keep, patience, style};
use super::restore::refuse_unfinished;
use super::saved;
use super::session::Session;
use super::settle::settle;
use super::snapshot_rules;
use super::state::secrets::learn;
use super::stats;
use crate::diag::Diagnostics;
use crate::engine::{ApplyInput, ApplyResult, ResolveInput, Resolver};
use crate::ops::snapshot::{Halt, Rule};
use crate::plan::PlanMode;
use crate::report::json::Line;
use crate::report::plan::{Counts, outputs_text};
use crate::state::State;
use crate::store::{LockGuard, RunRecord, StateStore};
use crate::value::from_json;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;

/// Exit code of an interrupted run.
const INTERRUPTED: u8 = 130;

struct Request<'a> {
    env: &'a EnvArgs,
    planning: &'a PlanningArgs,
    lock: &'a LockArgs,
    destroy: bool,
    approval: Approval,
    guard: &'a GuardArgs,
    stats: bool,
    /// The state is kept here, and the lock stays.
    kept: &'a Cell<bool>,
    /// What the history will say of this run, once it is approved.
    record: &'a RefCell<Option<RunRecord>>,
}

/// `apply`
///
/// # Errors
/// What went wrong; everything that happened is in the state.
pub async fn run(session: &Session, args: &ApplyArgs, stats: bool) -> Result<u8, Diagnostics> {
    let (kept, record) = (Cell::new(false), RefCell::default());
    let request = Request {
        env: &args.env,
        planning: &args.planning,
        lock: &args.lock,
        destroy: args.destroy,
        approval: Approval { given: args.auto_approve, implied: false },
        guard: &args.guard,
        stats,
        kept: &kept,
        record: &record,
    };
    let file = saved::file_of(args);
    match file {
        Some(file) => execute_saved(session, &request, &file).await,
        None => execute(session, &request).await,
    }
}

/// Carries out a saved plan: exactly that, without a question.
async fn execute_saved(session: &Session, request: &Request<'_>, file: &saved::Named) -> Result<u8, Diagnostics> {
    saved::only_how(request.planning, request.destroy)?;
    let (plan, project) = saved::load(session, file, &request.env.input).await?;
    let store = project.store().await?;
    let cancel = interruptible();
    let guard = take(session, store.as_ref(), request.lock, "Apply", &project.config.name).await?;
    let mode = plan.plan.mode;
    let request = Request { approval: Approval { implied: true, ..request.approval }, ..*request };
    let outcome = match saved::prepare(session, &project, store.as_ref(), guard.as_ref(), plan).await {
        Ok(prepared) => carry_out(session, &project, store.as_ref(), guard.as_ref(), prepared, &request, mode, cancel).await,
        Err(d) => Err(d),
    };
    history::close(session, guard.as_ref(), request.record, &outcome).await;
    if !request.kept.get() {
        give_back(session, guard).await;
    }
    if request.stats {
        stats::print(session, &project.edges);
    }
    outcome
}

fn interruptible() -> Interrupt {
    watch_signals(|| eprintln!("\nInterrupted: finishing what is under way, then saving. Press Ctrl-C again to save and leave at once."))
}

/// `destroy`
///
/// # Errors
/// What went wrong; everything that happened is in the state.
pub async fn run_destroy(session: &Session, args: &DestroyArgs, stats: bool) -> Result<u8, Diagnostics> {
    let (kept, record) = (Cell::new(false), RefCell::default());
    let request = Request {
        env: &args.env,
        planning: &args.planning,
        lock: &args.lock,
        destroy: true,
        approval: Approval { given: args.auto_approve, implied: false },
        guard: &args.guard,
        stats,
        kept: &kept,
        record: &record,
    };
    execute(session, &request).await
}

async fn execute(session: &Session, request: &Request<'_>) -> Result<u8, Diagnostics> {
    let options = options(request.planning, request.destroy)?;
    let project = open(session, request.env.env.as_deref(), &request.env.input, Need::Variables)?;
    let store = project.store().await?;
    let operation = if request.destroy { "Destroy" } else { "Apply" };
    let cancel = interruptible();
    let guard = take(session, store.as_ref(), request.lock, operation, &project.config.name).await?;
    let mode = options.mode;
    let outcome = match prepare(session, &project, store.as_ref(), options, !request.planning.infra_only, Lock::Hold(guard.as_ref())).await
    {
        Ok(prepared) => carry_out(session, &project, store.as_ref(), guard.as_ref(), prepared, request, mode, cancel).await,
        Err(d) => Err(d),
    };
    history::close(session, guard.as_ref(), request.record, &outcome).await;
    if !request.kept.get() {
        give_back(session, guard).await;
    }
    if request.stats {
        stats::print(session, &project.edges);
    }
    outcome
}

/// Shows a plan, asks, and carries it out: for commands that apply a module of their own. How it
/// ended, and whether the state is kept here, so that the lock must stay.
pub(super) async fn carry_out_plan(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    prepared: Prepared,
    auto_approve: bool,
) -> (Result<u8, Diagnostics>, bool) {
    let (kept, record) = (Cell::new(false), RefCell::default());
    let planning = PlanningArgs { infra_only: true, ..PlanningArgs::default() };
    let (env, lock) = (EnvArgs::default(), LockArgs { lock: true, lock_timeout: String::new() });
    let request = Request {
        env: &env,
        planning: &planning,
        lock: &lock,
        destroy: false,
        approval: Approval { given: auto_approve, implied: false },
        guard: &GuardArgs::default(),
        stats: false,
        kept: &kept,
        record: &record,
    };
    let outcome = carry_out(session, project, store, guard, prepared, &request, PlanMode::Normal, interruptible()).await;
    history::close(session, guard, &record, &outcome).await;
    (outcome, kept.get())
}

#[allow(clippy::too_many_arguments)]
async fn carry_out(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    mut prepared: Prepared,
    request: &Request<'_>,
    mode: PlanMode,
    interrupt: Interrupt,
) -> Result<u8, Diagnostics> {
    tell(session, &prepared);
    session.out(&text(session, &prepared, request.planning.show_sensitive));
    keep_homes(session, project, &prepared.plan).await?;
    if !prepared.is_empty() {
        refuse_unfinished(store, &prepared.plan.prior_state).await?;
        let refused = guards::judge(session, project, &prepared.guards, Doing::plan(&prepared)).await;
        let overrides = guards::enforce(session, refused, request.guard)?;
        let question = question(&prepared, &project.config.name, mode);
        if !guards::approved(session, &project.config, request.guard, request.approval, &question)? {
            session.out("Nothing was changed.\n");
            return Ok(1);
        }
        let command = if mode == PlanMode::Destroy { "destroy" } else { "apply" };
        let digest = crate::plan::file::digest(&prepared.plan);
        let record = history::begin(project, guard, command, Some(digest), &prepared.plan.prior_state);
        request.record.replace(Some(RunRecord { overrides, ..record }));
    }
    let rules = std::mem::take(&mut prepared.snapshots);
    let kept = match snapshot(session, project, guard, &prepared, &rules, &interrupt, request.record).await {
        Ok(kept) => kept,
        Err(Halt::Interrupted) => return Ok(INTERRUPTED),
        Err(Halt::Failed(d)) => return Err(d.into()),
    };
    let (mut result, resolver) = infrastructure(session, project, store, guard, &mut prepared, request, &interrupt).await?;
    learn(session, &result.state, &prepared.registry);
    if let Some(record) = request.record.borrow_mut().as_mut() {
        history::count(record, &result);
    }
    session.report(&result.diags.iter().filter(|d| !d.is_error()).cloned().collect());
    let errors: Diagnostics = result.diags.iter().filter(|d| d.is_error()).cloned().collect();
    if !result.saved && !result.lost {
        keep(session, project, &result.state).await;
        request.kept.set(true);
    }
    if result.interrupted && *interrupt.cancel.borrow() {
        session.report(&errors);
        session.err("Interrupted. What was done is in the state; run the same command again to go on.\n");
        return Ok(INTERRUPTED);
    }
    if errors.has_errors() {
        return Err(errors);
    }
    if mode != PlanMode::RefreshOnly
        && let Err(failed) = settle(session, project, store, guard, &mut prepared, &mut result.state).await
    {
        session.report(&failed);
    }
    summary(session, &prepared, &result, mode);
    let code = match mode {
        PlanMode::Normal if !request.planning.infra_only => {
            applications(session, project, store, guard, &mut prepared, &result.state, resolver, interrupt.cancel, request.record).await
        }
        PlanMode::Destroy if !prepared.plan.partial => forget_apps(session, store, guard).await.map(|()| 0),
        _ => Ok(0),
    }?;
    if code == 0 {
        snapshot_rules::prune_all(session, project, &prepared.plan.prior_state, &kept).await;
    }
    Ok(code)
}

/// The snapshots that come before the first change.
async fn snapshot(
    session: &Session,
    project: &Project,
    guard: &dyn LockGuard,
    prepared: &Prepared,
    rules: &[Rule],
    interrupt: &Interrupt,
    record: &RefCell<Option<RunRecord>>,
) -> Result<snapshot_rules::Kept, Halt> {
    let mut writing = record.take();
    let state = &prepared.plan.prior_state;
    let kept = snapshot_rules::take_all(session, project, state, guard, rules, &interrupt.cancel, writing.as_mut()).await;
    record.replace(writing);
    kept
}

fn question(prepared: &Prepared, env: &str, mode: PlanMode) -> String {
    let counts = Counts::of(&prepared.plan);
    match mode {
        PlanMode::Destroy => format!("Destroy these {} objects of {env}? There is no undo.", counts.destroy),
        PlanMode::RefreshOnly => format!("Record these changes in the state of {env}?"),
        PlanMode::Normal => format!("Carry this out in {env} ({counts})?"),
    }
}

async fn infrastructure(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    prepared: &mut Prepared,
    request: &Request<'_>,
    interrupt: &Interrupt,
) -> Result<(ApplyResult, Resolver), Diagnostics> {
    let mut env = project.call_env(session);
    env.timestamp = Some(crate::clock::Clock::now(&crate::clock::SystemClock));
    env.random = Some(|bytes| rand::Rng::fill_bytes(&mut rand::rng(), bytes));
    let input = ResolveInput {
        config: project.config.clone(),
        schemas: Arc::new(prepared.registry.clone()),
        variables: project.variables.values.clone(),
        env,
        workspace: project.workspace.clone(),
    };
    let mut resolver = Resolver::new(input, &prepared.plan)?;
    let progress = Progress::new(session);
    let provisioner = Provisioners::new(session);
    let style = style(store);
    let result = crate::engine::apply(ApplyInput {
        plan: &prepared.plan,
        providers: &mut prepared.providers,
        guard,
        resolve: &mut resolver,
        events: &progress,
        provisioner: &provisioner,
        cancel: interrupt.cancel.clone(),
        leave: interrupt.leave(),
        watched: prepared.watched.clone(),
        healed: prepared.healed,
        patience: patience(session),
        parallelism: request.planning.parallelism.into(),
        pause: crate::engine::PAUSE,
        style,
        stored: prepared.stored,
    })
    .await;
    if result.saved {
        super::places::seen(project, &result.state);
    }
    Ok((result, resolver))
}

fn summary(session: &Session, prepared: &Prepared, result: &ApplyResult, mode: PlanMode) {
    if !prepared.plan.is_empty() {
        let done = result.done;
        let what = if mode == PlanMode::Destroy { "Destroyed" } else { "Applied" };
        let n = Counts { add: done.added, change: done.changed, destroy: done.destroyed, ..Counts::of(&prepared.plan) };
        session.line(&Line::summary(n, if mode == PlanMode::Destroy { "destroy" } else { "apply" }));
        let mut text = format!("{what}: {} added, {} changed, {} destroyed.", done.added, done.changed, done.destroyed);
        for (count, word) in [(n.import, "imported"), (n.forget, "forgotten")] {
            if count > 0 {
                text = format!("{}, {count} {word}.", text.trim_end_matches('.'));
            }
        }
        session.out(&format!("\n{}\n", session.style.good(&text)));
    }
    if mode != PlanMode::Destroy {
        session.line(&Line::outputs(&result.state.outputs));
    }
    if mode == PlanMode::Destroy || result.state.outputs.is_empty() || prepared.plan.is_empty() {
        return;
    }
    let mut values = BTreeMap::new();
    for (name, output) in &result.state.outputs {
        if let Ok(v) = from_json(&output.value, &output.ty) {
            values.insert(name.clone(), if output.sensitive { v.sensitive() } else { v });
        }
    }
    session.out(&format!("\nOutputs:\n\n{}", outputs_text(&values, &session.style)));
}

/// Applications after the infrastructure: evaluated again with what was made.
#[allow(clippy::too_many_arguments)]
async fn applications(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    prepared: &mut Prepared,
    state: &State,
    resolver: Resolver,
    cancel: watch::Receiver<bool>,
    record: &RefCell<Option<RunRecord>>,
) -> Result<u8, Diagnostics> {
    if !prepared.apps_change {
        return Ok(0);
    }
    let (eval, mut diags) = resolver.for_apps(&mut prepared.providers, &Progress::new(session)).await?;
    let specs = apps::specs(session, project, &[], &eval.root_scope(), &mut diags).await;
    if diags.has_errors() {
        return Err(diags);
    }
    let mut requests = apps::requests(store, specs, state, &[]).await?;
    if let Some(approved) = &prepared.saved_apps {
        requests.retain(|r| approved.contains_key(&r.spec.name));
        for request in &mut requests {
            request.commit = approved.get(&request.spec.name).cloned().flatten();
        }
    }
    for request in &mut requests {
        apps::take_over(request, &prepared.requests);
    }
    let world = World::new(session, project);
    session.out("\n");
    let changed = apps::deploy_all(session, project, &world, guard, &requests, cancel.clone()).await;
    if *cancel.borrow() {
        if let Err(d) = changed {
            session.report(&d);
        }
        return Ok(INTERRUPTED);
    }
    let changed = changed?;
    if let Some(record) = record.borrow_mut().as_mut() {
        record.counts.deployed = changed;
    }
    session.out(&format!("\n{}\n", session.style.good(&format!("Deployed: {changed} of {} applications changed.", requests.len()))));
    Ok(0)
}

/// After a destroy no record stands for anything; files on fixed hosts stay.
async fn forget_apps(session: &Session, store: &dyn StateStore, guard: &dyn LockGuard) -> Result<(), Diagnostics> {
    let apps = crate::deploy::recorded_apps(store).await?;
    if apps.is_empty() {
        return Ok(());
    }
    crate::deploy::forget(guard, &apps).await?;
    let names: Vec<&str> = apps.iter().map(AsRef::as_ref).collect();
    session.out(&format!("Records of {} are dropped. Files on hosts that envctl did not destroy stay where they are.\n", names.join(", ")));
    Ok(())
}
