//! What plan, apply and destroy share: lock, state, plan, application plans, and their text.

use super::apps::{self, World};
use super::args::{LockArgs, PlanningArgs};
use super::cost::{self, PlanCost};
use super::guards;
use super::header;
use super::progress::Progress;
use super::project::Project;
use super::recover::{Healed, Lock, heal};
use super::session::Session;
use super::snapshot_rules;
use super::state::secrets::learn;
use crate::addr::{InstanceAddr, Target, parse_instance, parse_target};
use crate::config::Config;
use crate::deploy::AppRequest;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ConfiguredProviders, Watched};
use crate::ops::guard::{Guard, Moving};
use crate::plan::{Plan, PlanInput, PlanMode, PlanOptions, Planned};
use crate::provider::Registry;
use crate::report::json::Line;
use crate::report::plan::render;
use crate::schema::SchemaSource;
use crate::store::{LockGuard, LockInfo, LockRequest, StateStore, StoreDescription, StoreError, who};
use crate::value::Name;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A plan with everything that carrying it out needs.
pub struct Prepared {
    /// The infrastructure plan.
    pub plan: Plan,
    /// Providers configured while planning.
    pub providers: ConfiguredProviders,
    /// All providers.
    pub registry: Registry,
    /// Applications with their plans.
    pub requests: Vec<AppRequest>,
    /// Whether an application has something to do.
    pub apps_change: bool,
    /// Whether a state lies in the store.
    pub stored: bool,
    /// SHA-256 of every file that functions read while planning.
    pub files_read: BTreeMap<PathBuf, String>,
    /// Applications of a saved plan that have something to do, with their approved commits.
    pub saved_apps: Option<BTreeMap<Name, Option<String>>>,
    /// Creates of former runs that may still arrive.
    pub watched: Watched,
    /// Recovery found something.
    pub healed: bool,
    /// What has to hold before it is carried out.
    pub guards: Vec<Guard>,
    /// Applications whose checkout moves.
    pub moving: Vec<Moving>,
    /// Snapshot rules that it sets off.
    pub snapshots: Vec<crate::ops::snapshot::Rule>,
    /// What it makes of the cost; why nobody knows.
    pub cost: Result<PlanCost, String>,
}

impl Prepared {
    /// Whether there is anything to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plan.is_empty() && !self.apps_change
    }
}

/// Options of a plan from the command line.
///
/// # Errors
/// An address that is none.
pub fn options(args: &PlanningArgs, destroy: bool) -> Result<PlanOptions, Diagnostics> {
    let mut diags = Diagnostics::new();
    let mut wrong = |flag: &str, e: crate::addr::ParseError| {
        let d = Diagnostic::error("Invalid address", format!("{flag} {:?}: {}.", e.text, e.message));
        diags.push(d.help("Write it like aws_instance.web, module.net or aws_eip.ip[\"stage\"]."));
    };
    let mut targets = |flag: &str, list: &[String]| -> Vec<Target> {
        list.iter().filter_map(|t| parse_target(t).map_err(|e| wrong(flag, e)).ok()).collect()
    };
    let (include, exclude) = (targets("-target", &args.target), targets("-exclude", &args.exclude));
    let replace: Vec<InstanceAddr> = args.replace.iter().filter_map(|t| parse_instance(t).map_err(|e| wrong("-replace", e)).ok()).collect();
    if destroy && args.refresh_only {
        diags.push(Diagnostic::error("Contradicting options", "-destroy and -refresh-only exclude each other."));
    }
    let mode = match (destroy, args.refresh_only) {
        (true, _) => PlanMode::Destroy,
        (_, true) => PlanMode::RefreshOnly,
        _ => PlanMode::Normal,
    };
    let options = PlanOptions { mode, targets: include, excludes: exclude, replace, refresh: args.refresh, imports: Vec::new() };
    if diags.has_errors() { Err(diags) } else { Ok(options) }
}

/// Takes the lock for a command; `None` with `-lock=false`.
///
/// # Errors
/// Who holds it, since when, for which command.
pub async fn lock(
    session: &Session,
    store: &dyn StateStore,
    args: &LockArgs,
    operation: &str,
    env: &str,
) -> Result<Option<Box<dyn LockGuard>>, Diagnostics> {
    if !args.lock {
        return Ok(None);
    }
    take(session, store, args, operation, env).await.map(Some)
}

/// Takes the lock for a command that writes; with `-lock=false` it says loudly what that means, and
/// writes without one.
///
/// # Errors
/// As [`lock`].
pub async fn take(
    session: &Session,
    store: &dyn StateStore,
    args: &LockArgs,
    operation: &str,
    env: &str,
) -> Result<Box<dyn LockGuard>, Diagnostics> {
    locked(session, store, args, lock_info(operation, env)).await
}

/// [`take`] with words of the caller's.
///
/// # Errors
/// As [`lock`].
pub async fn locked(session: &Session, store: &dyn StateStore, args: &LockArgs, info: LockInfo) -> Result<Box<dyn LockGuard>, Diagnostics> {
    let failed = |e: StoreError| Diagnostics::from(e.diagnostic());
    let timeout = timeout_of(&args.lock_timeout)?;
    if args.lock {
        return store.lock(LockRequest { info, timeout }).await.map_err(failed);
    }
    let holder = match store.holder().await.map_err(failed)? {
        Some(h) => {
            let note = if h.info.is_empty() { String::new() } else { format!(" ({})", h.info) };
            format!(" Right now {} holds the lock since {}, for {}{note}.", h.who, h.created, h.operation)
        }
        None => String::new(),
    };
    let detail = format!(
        "-lock=false: nothing keeps others from changing this environment at the same time, and another run that starts meanwhile takes the journal of this one for that of a dead run.{holder}"
    );
    let warning = Diagnostic::warning("THE STATE IS NOT LOCKED", detail);
    session.report(&warning.help("Make sure that nobody else works here. A state that changed meanwhile is not overwritten.").into());
    store.without_lock(info).await.map_err(failed)
}

/// Gives the lock back. What the command did is done: a lock that stays is a warning.
pub async fn give_back(session: &Session, guard: Box<dyn LockGuard>) {
    if let Err(e) = guard.release().await {
        session.report(&e.diagnostic().into_warning().into());
    }
}

/// What a lock of ours says to others.
#[must_use]
pub fn lock_info(operation: &str, env: &str) -> LockInfo {
    LockInfo {
        operation: format!("OperationType{operation}"),
        info: format!("envctl {} {env}", operation.to_lowercase()),
        who: who(),
        version: format!("{}.0", crate::config::LANGUAGE_LEVEL),
        ..LockInfo::default()
    }
}

/// `-lock-timeout`
///
/// # Errors
/// A text that is no duration.
pub fn timeout_of(text: &str) -> Result<std::time::Duration, Diagnostics> {
    crate::clock::parse_duration(text).map_err(|e| Diagnostic::error("Invalid -lock-timeout", format!("{e}.")).into())
}

/// Reads the state and plans; prints header and warnings, not the plan.
///
/// # Errors
/// Everything that makes planning impossible.
pub async fn prepare(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    options: PlanOptions,
    with_apps: bool,
    lock: Lock<'_>,
) -> Result<Prepared, Diagnostics> {
    let Healed { state, stored, watched, healed, .. } = heal(session, project, store, lock).await?;
    if state.instances().next().is_none() {
        super::places::not_elsewhere(project)?;
    }
    if stored {
        super::places::seen(project, &state);
    } else {
        super::migrate::nothing_left_behind(project)?;
    }
    let registry = project.edges.registry();
    learn(session, &state, &registry);
    let mut providers = ConfiguredProviders::new(registry.clone());
    let mode = options.mode;
    let input = PlanInput {
        config: project.config.clone(),
        schemas: Arc::new(registry.clone()),
        state,
        variables: project.variables.values.clone(),
        options,
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    let progress = Progress::new(session);
    let Planned { plan, mut diags, eval } = crate::engine::plan(input, &mut providers, &progress).await?;
    let Some(plan) = plan.filter(|_| !diags.has_errors()) else { return Err(diags) };
    learn_secrets(session, &plan);
    guard_account(project, &providers, &mut diags);
    let mut requests = Vec::new();
    let mut apps_change = false;
    if with_apps && mode == PlanMode::Normal && !diags.has_errors() {
        let specs = apps::specs(session, project, &[], &eval.root_scope(), &mut diags).await;
        if !diags.has_errors() {
            requests = apps::requests(store, specs, &plan.refreshed_state, &plan.changes).await?;
            let world = World::new(session, project);
            apps_change = apps::plan_all(session, project, &world, &mut requests, &mut diags).await;
        }
    }
    let cost = cost::of_plan(project, &eval, &plan, &mut diags);
    let guards =
        if plan.is_empty() && !apps_change { Vec::new() } else { guards::decode(&project.config, &eval.root_scope(), true, &mut diags) };
    if diags.has_errors() {
        return Err(diags);
    }
    let snapshots = snapshot_rules::due(session, project, &plan, apps_change)?;
    session.out(&header_text(project, &store.describe(), &providers));
    session.report(&diags);
    let files_read = eval.env().read_log.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    Ok(Prepared {
        plan,
        providers,
        registry,
        apps_change,
        stored,
        files_read,
        saved_apps: None,
        watched,
        healed,
        guards,
        moving: guards::moving(&requests),
        snapshots,
        cost,
        requests,
    })
}

/// The plan as text, applications included.
#[must_use]
pub fn text(session: &Session, prepared: &Prepared, show_sensitive: bool) -> String {
    let mut style = session.style;
    style.show_sensitive = show_sensitive;
    let schemas: &dyn SchemaSource = &prepared.registry;
    let cost = prepared.cost.as_ref().ok().and_then(PlanCost::line).map(|l| session.style.dim(&l) + "\n").unwrap_or_default();
    let infra = render(&prepared.plan, schemas, &style) + &cost;
    if prepared.plan.is_empty() && prepared.apps_change {
        return apps::text(session, &prepared.requests)
            + &session.style.dim("The infrastructure does not change.")
            + "\n"
            + &snapshot_rules::plan_text(prepared);
    }
    infra + &apps::text(session, &prepared.requests) + &snapshot_rules::plan_text(prepared)
}

/// The plan as lines of the `-json` stream, applications included.
pub fn tell(session: &Session, prepared: &Prepared) {
    if !session.json {
        return;
    }
    Line::plan(&prepared.plan).iter().for_each(|line| session.line(line));
    prepared.cost.iter().for_each(|cost| session.line(&cost.json_line()));
    snapshot_rules::plan_text(prepared).lines().filter(|l| !l.is_empty()).for_each(|l| session.line(&Line::log(l)));
    for plan in prepared.requests.iter().filter_map(|r| r.approved.as_ref()).filter(|p| !p.is_empty()) {
        session.line(&Line::app_plan(&plan.app, plan.commit(), &crate::app::describe(plan)));
    }
}

/// The plan's header.
pub(super) fn header_text(project: &Project, place: &StoreDescription, providers: &ConfiguredProviders) -> String {
    let (account, region) = (fact(providers, "account_id"), fact(providers, "region"));
    header::text(project, place, account.as_deref(), region.as_deref())
}

fn fact(providers: &ConfiguredProviders, name: &str) -> Option<String> {
    providers.iter().find_map(|(_, c)| c.facts.str(name).map(str::to_string))
}

/// Everything sensitive that the plan knows is masked from here on.
pub(super) fn learn_secrets(session: &Session, plan: &Plan) {
    for change in plan.changes.iter().chain(&plan.drift) {
        change.before.iter().chain(&change.after).for_each(|v| session.redactor.add_value(v));
    }
    for output in plan.outputs.values().filter(|o| o.sensitive) {
        output.before.iter().chain(&output.after).for_each(|v| session.redactor.add_value(&v.clone().sensitive()));
    }
}

/// `environment { account_id, region }`: another account or region is refused.
pub(super) fn guard_account(project: &Project, providers: &ConfiguredProviders, diags: &mut Diagnostics) {
    guard_account_of(&project.config, providers, diags);
}

/// [`guard_account`] of a configuration.
pub(super) fn guard_account_of(config: &Config, providers: &ConfiguredProviders, diags: &mut Diagnostics) {
    let Some(environment) = &config.environment else { return };
    let facts = providers.iter().map(|(addr, c)| (addr, &c.facts));
    crate::ops::guard::region(environment, facts).into_iter().for_each(|d| diags.push(d));
    let Some(wanted) = &environment.account_id else { return };
    let found: Vec<&str> = providers.iter().filter_map(|(_, c)| c.facts.str("account_id")).collect();
    if let Some(other) = found.into_iter().find(|a| a != wanted) {
        let detail = format!("These credentials belong to account {other}, and the environment says account_id = {wanted:?}.");
        let d = Diagnostic::error("Wrong account", detail).or_at(environment.span);
        diags.push(d.help("Use the credentials of that account (AWS_PROFILE), or correct account_id."));
    }
}
