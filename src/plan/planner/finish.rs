//! The end of planning: left-over objects, drift, outputs, the refreshed state.

use super::{Planned, Planner, Status};
use crate::addr::{InstanceAddr, Mode, ModuleInstance};
use crate::diag::Diagnostic;
use crate::plan::diff::same;
use crate::plan::eval::Kind;
use crate::plan::{Action, CheckResults, CheckStatus, OutputChange, Plan, PlanMode, ResourceChange};
use crate::state::{OutputState, State};
use crate::value::{Name, Value, from_json};
use std::collections::BTreeMap;

impl Planner {
    pub(super) fn finish(&mut self) -> Planned {
        self.plan_orphans();
        self.add_waits();
        if !self.diags.has_errors() && self.status.contains(&Status::Pending) {
            let detail = "Parts of the configuration were never evaluated. This is a mistake of envctl; nothing was changed.";
            self.diags.push(Diagnostic::error("Planning did not come to an end", detail));
        }
        self.check_selection();
        let plan = (!self.diags.has_errors()).then(|| self.plan()).filter(|plan| {
            let wrong = crate::plan::check::check(plan);
            let sound = wrong.is_empty();
            self.diags.extend(wrong);
            sound
        });
        let input = super::EvalInput {
            config: self.config.clone(),
            graph: self.graph.clone(),
            schemas: self.eval.schemas.clone(),
            variables: BTreeMap::new(),
            env: self.eval.env().clone(),
            workspace: String::new(),
        };
        let eval = std::mem::replace(&mut self.eval, super::Evaluator::new(input));
        Planned { plan, diags: std::mem::take(&mut self.diags), eval }
    }

    fn plan(&self) -> Plan {
        let root = ModuleInstance::root();
        let declared = self.config.modules.get(&root.path()).map(|m| &m.variables);
        let names = declared.into_iter().flat_map(|v| v.keys());
        let value = |n: &Name| self.eval.values.get(Kind::Variable, &root, n).cloned().map(|v| (n.clone(), v));
        Plan {
            mode: self.options.mode,
            changes: self.changes.values().cloned().collect(),
            drift: self.drift(),
            outputs: self.outputs(),
            prior_state: self.original.clone(),
            refreshed_state: self.refreshed(),
            variables: names.filter_map(value).collect(),
            partial: self.selection.is_partial(),
        }
    }

    /// What changed outside.
    fn drift(&self) -> Vec<ResourceChange> {
        let changed = self.priors.all.iter().filter(|(_, p)| p.now.as_ref().is_none_or(|now| !same(now, &p.before)));
        changed
            .map(|((addr, deposed), prior)| ResourceChange {
                addr: addr.clone(),
                previous_addr: None,
                deposed: deposed.clone(),
                provider: prior.provider.clone(),
                action: if prior.now.is_some() { Action::Update } else { Action::Delete },
                reason: None,
                before: Some(prior.before.clone()),
                after: prior.now.clone(),
                replace: Vec::new(),
                notes: Vec::new(),
                dependencies: prior.stored.dependencies.clone(),
                private: prior.private.clone(),
                create_before_destroy: prior.stored.create_before_destroy,
                importing: None,
            })
            .collect()
    }

    fn refreshed(&self) -> State {
        let mut state = self.state.clone();
        self.priors.record(&mut state);
        let keeps_data = self.selection.is_partial();
        let data: Vec<InstanceAddr> = state.instances().map(|(a, ..)| a).filter(|a| a.resource.mode == Mode::Data).collect();
        for addr in data {
            let wanted =
                keeps_data || (self.options.mode != PlanMode::Destroy && self.eval.values.instance(&addr.resource, &addr.key).is_some());
            if !wanted {
                if let Some(resource) = state.resources.get_mut(&addr.resource) {
                    resource.instances.remove(&addr.key);
                }
                state.prune(&addr);
            }
        }
        self.keep_order(&mut state);
        for (addr, (provider, object)) in &self.data_objects {
            state.instance_mut(addr, provider).current = Some(object.clone());
        }
        state.check_results = self.check_results();
        state
    }

    /// How the conditions came out, as far as a plan can tell.
    fn check_results(&self) -> serde_json::Value {
        let old = &self.state.check_results;
        let whole = self.options.mode == PlanMode::Normal && !self.selection.is_partial();
        let mut results = CheckResults::of(&self.config, if whole { CheckStatus::Pass } else { CheckStatus::Unknown });
        match self.options.mode {
            PlanMode::RefreshOnly => old.clone(),
            PlanMode::Destroy => results.settled(old),
            PlanMode::Normal => {
                results.update(&self.eval.check_results());
                results.settled(old)
            }
        }
    }

    /// Objects that do not change take over what they depend on now, for the order of a later destruction.
    fn keep_order(&self, state: &mut State) {
        for change in self.changes.values().filter(|c| c.action == Action::NoOp && c.deposed.is_none()) {
            let instance = state.resources.get_mut(&change.addr.resource).and_then(|r| r.instances.get_mut(&change.addr.key));
            if let Some(object) = instance.and_then(|i| i.current.as_mut()) {
                object.dependencies.clone_from(&change.dependencies);
                object.create_before_destroy = change.create_before_destroy;
            }
        }
    }

    fn outputs(&self) -> BTreeMap<Name, OutputChange> {
        let root = ModuleInstance::root();
        let mut changes = BTreeMap::new();
        for (name, stored) in &self.state.outputs {
            let before = Some(stored_output(stored));
            let after = before.clone().filter(|_| self.selection.is_partial());
            changes.insert(name.clone(), OutputChange { before, after, sensitive: stored.sensitive });
        }
        if self.options.mode == PlanMode::Destroy {
            return changes;
        }
        let declared = self.config.modules.get(&root.path()).map(|m| &m.outputs);
        for (name, output) in declared.into_iter().flatten() {
            let before = changes.remove(name).and_then(|c| c.before);
            let value = self.eval.values.get(Kind::Output, &root, name).map(|v| v.unmark_deep().0);
            let value = value.filter(|v| self.options.mode == PlanMode::Normal || v.is_wholly_known());
            let after = match value {
                Some(value) if value.is_null() => None,
                Some(value) if output.sensitive => Some(value.sensitive()),
                Some(value) => Some(value),
                None => before.clone(),
            };
            changes.insert(name.clone(), OutputChange { before, after, sensitive: output.sensitive });
        }
        changes.retain(|_, c| c.before.is_some() || c.after.is_some());
        changes
    }
}

/// The value of a stored output, marked as it is stored.
#[must_use]
pub fn stored_output(stored: &OutputState) -> Value {
    let value = from_json(&stored.value, &stored.ty).unwrap_or_else(|_| Value::null(stored.ty.clone()));
    if stored.sensitive { value.sensitive() } else { value }
}
