//! `drift`: objects, hosts and facts against the last apply and the last deploy. Nothing is changed, no lock is taken.

use super::apps::{self, World};
use super::args_reach::DriftArgs;
use super::left::state_and_journal;
use super::planning::learn_secrets;
use super::project::{Need, Project, open};
use super::recover::glance;
use super::session::Session;
use super::state::secrets::learn;
use crate::deploy::AppRequest;
use crate::deploy::observe::observe;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ConfiguredProviders, ResolveInput, Resolver, Silent};
use crate::ops::drift::Drift;
use crate::plan::{PlanInput, PlanMode, PlanOptions, Planned};
use crate::report::drift as report;
use crate::state::State;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Exit code when something drifted.
const DRIFT: u8 = 2;
/// Exit code when nothing drifted as far as could be seen, but not everything could be seen.
const UNSEEN: u8 = 1;

/// Runs the command.
///
/// # Errors
/// When the environment does not load or its state cannot be read.
pub async fn run(session: &Session, args: &DriftArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Variables)?;
    let mut drift = Drift::default();
    let state = state(session, &project, args.apps_only, &mut drift).await?;
    learn(session, &state, &project.edges.registry());
    if !args.apps_only
        && let Err(diags) = infrastructure(session, &project, &state, &mut drift).await
    {
        unseen(session, "infrastructure", &diags, &mut drift);
    }
    if !args.infra_only
        && !project.config.apps.is_empty()
        && let Err(diags) = hosts(session, &project, &state, &mut drift).await
    {
        unseen(session, "applications", &diags, &mut drift);
    }
    let name = &project.config.name;
    if args.json {
        session.out(&format!("{:#}\n", report::json(name, &drift)));
    } else {
        session.out(&report::text(name, &drift, &session.style));
    }
    Ok(match (drift.is_any(), drift.unchecked.is_empty()) {
        (true, _) => DRIFT,
        (false, false) => UNSEEN,
        (false, true) => 0,
    })
}

/// The state with what killed runs left. What they made is looked up as a plan does, unless no cloud is to be asked.
async fn state(session: &Session, project: &Project, apps_only: bool, drift: &mut Drift) -> Result<State, Diagnostics> {
    let mut failed = None;
    if !apps_only {
        match glance(session, project, project.store().await?.as_ref()).await {
            Ok(healed) => {
                drift.left = healed.left;
                return Ok(healed.state);
            }
            Err(diags) => failed = Some(diags),
        }
    }
    let recorded = state_and_journal(project).await?;
    drift.left = recorded.left;
    match failed {
        Some(diags) => unseen(session, "journal", &diags, drift),
        None => drift.unchecked.extend(recorded.problem.map(|why| ("journal".to_string(), why))),
    }
    Ok(recorded.state.unwrap_or_default())
}

/// A part that could not be looked at at all.
fn unseen(session: &Session, what: &str, diags: &Diagnostics, drift: &mut Drift) {
    session.report(diags);
    let errors = diags.iter().filter(|d| d.is_error());
    drift.unchecked.extend(errors.map(|d| (what.to_string(), format!("{}: {}", d.summary, d.detail))));
}

async fn infrastructure(session: &Session, project: &Project, state: &State, drift: &mut Drift) -> Result<(), Diagnostics> {
    let registry = project.edges.registry();
    let mut providers = ConfiguredProviders::new(registry.clone());
    let input = PlanInput {
        config: project.config.clone(),
        schemas: Arc::new(registry.clone()),
        state: state.clone(),
        variables: project.variables.values.clone(),
        options: PlanOptions { mode: PlanMode::RefreshOnly, ..PlanOptions::default() },
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    let Planned { plan, mut diags, .. } = crate::engine::plan(input, &mut providers, &Silent).await?;
    super::planning::guard_account(project, &providers, &mut diags);
    let Some(plan) = plan.filter(|_| !diags.has_errors()) else { return Err(diags) };
    session.report(&diags);
    learn_secrets(session, &plan);
    drift.infrastructure(&plan, &registry);
    Ok(())
}

async fn hosts(session: &Session, project: &Project, state: &State, drift: &mut Drift) -> Result<(), Diagnostics> {
    let requests = requests(session, project, state).await?;
    let world = World::new(session, project);
    let ctx = world.context(session, project);
    let now = crate::clock::Clock::now(&crate::clock::SystemClock);
    for (observation, request) in observe(&ctx, &requests, now).await.iter().zip(&requests) {
        drift.host(observation, request.record.is_some());
    }
    Ok(())
}

/// The applications with their records, evaluated on the state. A secret that cannot be fetched is a warning here.
///
/// # Errors
/// Mistakes in the blocks, records that cannot be read.
pub(super) async fn requests(session: &Session, project: &Project, state: &State) -> Result<Vec<AppRequest>, Diagnostics> {
    let input = ResolveInput {
        config: project.config.clone(),
        schemas: Arc::new(project.edges.registry()),
        variables: project.variables.values.clone(),
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    let eval = Resolver::at_rest(input, state, &BTreeSet::new())?.into_evaluator();
    let (mut diags, mut failed) = (Diagnostics::new(), Diagnostics::new());
    let specs = apps::specs_with(session, project, &[], &eval.root_scope(), &mut diags, &mut failed).await;
    if diags.has_errors() {
        return Err(diags);
    }
    session.report(&failed.into_iter().map(Diagnostic::into_warning).collect());
    apps::requests(project.store().await?.as_ref(), specs, state, &[]).await
}
