//! After an apply, objects that others were attached to are read once more: a role shows its policies and a group its
//! rules. The state has them then, and `drift` tells only what somebody else changed.

use super::planning::Prepared;
use super::project::Project;
use super::session::Session;
use super::state::edit::save;
use crate::addr::{InstanceAddr, Mode, Target};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Silent;
use crate::plan::{Action, Plan, PlanInput, PlanMode, PlanOptions};
use crate::provider::Registry;
use crate::state::State;
use crate::store::{LockGuard, StateStore};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Reads them and writes the state where they show something new. What cannot be read stays as it was: the next plan
/// reads it anyway.
///
/// # Errors
/// When the state cannot be written.
pub(super) async fn settle(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    prepared: &mut Prepared,
    state: &mut State,
) -> Result<(), Diagnostics> {
    let targets: Vec<Target> = touched(&prepared.plan, state, &prepared.registry).into_iter().map(Target::Instance).collect();
    if targets.is_empty() {
        return Ok(());
    }
    let input = PlanInput {
        config: project.config.clone(),
        schemas: Arc::new(prepared.registry.clone()),
        state: state.clone(),
        variables: project.variables.values.clone(),
        options: PlanOptions { mode: PlanMode::RefreshOnly, targets, ..PlanOptions::default() },
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    let Ok(planned) = crate::engine::plan(input, &mut prepared.providers, &Silent).await else { return Ok(()) };
    let Some(plan) = planned.plan.filter(|_| !planned.diags.has_errors()) else { return Ok(()) };
    // Only what reads otherwise is taken over, and nothing that seems gone.
    let mut next = state.clone();
    for change in plan.drift.iter().filter(|c| c.deposed.is_none() && c.action == Action::Update) {
        if let Some(object) = plan.refreshed_state.current(&change.addr) {
            next.instance_mut(&change.addr, &change.provider).current = Some(object.clone());
        }
    }
    if next == *state {
        return Ok(());
    }
    next.serial += 1;
    save(store, guard, &mut next).await.map_err(|d| d.into_iter().map(Diagnostic::into_warning).collect::<Diagnostics>())?;
    *state = next;
    Ok(())
}

/// Objects that show something which a plan attached or took off.
fn touched(plan: &Plan, state: &State, registry: &Registry) -> BTreeSet<InstanceAddr> {
    let mut found = BTreeSet::new();
    let moved =
        |action| matches!(action, Action::Create | Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete | Action::Update);
    for change in plan.changes.iter().filter(|c| c.addr.resource.mode == Mode::Managed && moved(c.action)) {
        let ty = registry.provider(&change.provider.source).and_then(|p| p.resource(&change.addr.resource.kind));
        let shown_in = ty.map_or(&[][..], |ty| ty.shows_in());
        let shows = |kind: &str| shown_in.contains(&kind);
        for (addr, ..) in state.instances() {
            if shows(&addr.resource.kind) && change.dependencies.contains(&addr.config_addr()) {
                found.insert(addr);
            }
        }
    }
    found
}
