//! One managed instance: configuration, rules, diff, action.

use super::Planner;
use super::managed::Shared;
use super::prior::Prior;
use crate::addr::InstanceAddr;
use crate::config::Resource;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::plan::diff::{Diff, DiffInput, diff, ignore_changes, recreate, same};
use crate::plan::eval::{Repetition, static_traversal};
use crate::plan::generate::configuration;
use crate::plan::{Action, ActionReason, ResourceChange};
use crate::schema::{Replace, RuleError};
use crate::value::{Path, Step, Value};

/// What a diff leads to.
pub(super) struct Decision {
    pub action: Action,
    pub reason: Option<ActionReason>,
    pub diff: Diff,
}

impl Planner {
    /// Plans an instance; false after an error.
    pub(super) fn plan_instance(&mut self, shared: &Shared<'_>, addr: &InstanceAddr) -> bool {
        if !self.preconditions(shared, addr) {
            return false;
        }
        let imported = self.priors.all.get(&(addr.clone(), None)).and_then(|p| p.now.as_ref()).filter(|_| shared.resource.generated);
        let config = match imported {
            Some(object) => Some(configuration(&shared.schema.block, object)),
            None => self.eval.instance_config(shared.resource, addr, &shared.schema.block, &mut self.diags),
        };
        let Some(config) = config else { return false };
        if !shared.resource.generated && !self.obeys_rules(shared, addr, &config) {
            return false;
        }
        let prior = self.priors.all.get(&(addr.clone(), None)).cloned();
        let decision = self.decide(shared, addr, &config, prior.as_ref());
        let change = self.change(shared, addr, prior.as_ref(), decision);
        if self.is_protected(shared, &change) {
            return false;
        }
        if let Some(after) = &change.after {
            self.eval.values.set_instance(&addr.resource, &addr.key, after.clone());
        }
        if change.action != Action::NoOp {
            self.changing.insert(addr.config_addr());
        }
        let after = change.after.clone();
        self.changes.insert((addr.clone(), None), change);
        self.postconditions(shared, addr, after)
    }

    fn decide(&self, shared: &Shared<'_>, addr: &InstanceAddr, config: &Value, prior: Option<&Prior>) -> Decision {
        let now = prior.and_then(|p| p.now.as_ref());
        let tainted = prior.is_some_and(Prior::tainted);
        let ignored = now.filter(|_| !tainted).map(|now| ignore_changes(config, now, &ignored_paths(shared.resource)));
        let config = ignored.as_ref().unwrap_or(config);
        let input = DiffInput { schema: &shared.schema, config, prior: now.filter(|_| !tainted), provider: &shared.facts };
        let mut found = diff(&input);
        if shared.resource.lifecycle.ignore_all
            && let Some(now) = now.filter(|_| !tainted)
        {
            found = Diff { planned: now.clone(), replace: Vec::new(), notes: Vec::new() };
        }
        let replacing = if self.facts.create_first(&addr.config_addr()) { Action::CreateThenDelete } else { Action::DeleteThenCreate };
        let Some(now) = now else { return Decision { action: Action::Create, reason: None, diff: found } };
        let reason = if tainted {
            Some(ActionReason::ReplaceBecauseTainted)
        } else if !found.replace.is_empty() {
            Some(ActionReason::ReplaceBecauseCannotUpdate)
        } else if self.options.replace.contains(addr) {
            Some(ActionReason::ReplaceByRequest)
        } else if let Some(path) = self.triggered(shared, addr) {
            found.replace.push(Replace { path: Path::default(), reason: Some(format!("replace_triggered_by {path}")) });
            Some(ActionReason::ReplaceByTriggers)
        } else {
            None
        };
        match reason {
            Some(reason) => {
                if matches!(reason, ActionReason::ReplaceByRequest | ActionReason::ReplaceByTriggers) {
                    found.planned = recreate(&input);
                }
                Decision { action: replacing, reason: Some(reason), diff: found }
            }
            None if same(&found.planned, now) => Decision { action: Action::NoOp, reason: None, diff: found },
            None => Decision { action: Action::Update, reason: None, diff: found },
        }
    }

    fn change(&self, shared: &Shared<'_>, addr: &InstanceAddr, prior: Option<&Prior>, decision: Decision) -> ResourceChange {
        let before = prior.and_then(|p| p.now.clone());
        ResourceChange {
            addr: addr.clone(),
            previous_addr: self.moves.get(addr).cloned(),
            deposed: None,
            provider: shared.provider.clone(),
            action: decision.action,
            reason: decision.reason,
            private: before.as_ref().and(prior).and_then(|p| p.private.clone()),
            before,
            after: Some(decision.diff.planned),
            replace: decision.diff.replace,
            notes: decision.diff.notes,
            dependencies: self.facts.dependencies(&addr.config_addr()),
            create_before_destroy: self.facts.create_first(&addr.config_addr()),
            importing: self.importing.get(addr).map(|i| i.id.clone()),
        }
    }

    /// What the type's rules say about the configuration.
    pub(super) fn obeys_rules(&mut self, shared: &Shared<'_>, addr: &InstanceAddr, config: &Value) -> bool {
        let plain = config.unmark_deep().0;
        let errors: Vec<RuleError> = shared.schema.rules.validate.iter().flat_map(|rule| rule(&plain)).collect();
        for error in &errors {
            let span = place(shared, &error.path);
            let d = Diagnostic::error("Invalid configuration", error.sentence());
            self.diags.push(d.at(span).address(addr));
        }
        errors.is_empty()
    }

    pub(super) fn preconditions(&mut self, shared: &Shared<'_>, addr: &InstanceAddr) -> bool {
        self.conditions(shared, addr, None)
    }

    pub(super) fn postconditions(&mut self, shared: &Shared<'_>, addr: &InstanceAddr, value: Option<Value>) -> bool {
        value.is_none_or(|value| self.conditions(shared, addr, Some(value)))
    }

    fn conditions(&mut self, shared: &Shared<'_>, addr: &InstanceAddr, self_value: Option<Value>) -> bool {
        let lifecycle = &shared.resource.lifecycle;
        let (rules, summary) = match &self_value {
            None => (&lifecycle.preconditions, "Precondition of a resource failed"),
            Some(_) => (&lifecycle.postconditions, "Postcondition of a resource failed"),
        };
        if rules.is_empty() {
            return true;
        }
        let mut found = Diagnostics::new();
        let mut scope = self.eval.scope(&addr.resource.module);
        if let Some(expansion) = self.eval.values.resource(&addr.resource) {
            scope.repetition = Repetition::of(expansion, &addr.key);
        }
        scope.self_value = self_value;
        let ok = scope.check(rules, summary, &addr.to_string(), &mut found);
        self.diags.extend(found);
        ok
    }
}

/// Paths of `ignore_changes`.
#[must_use]
pub fn ignored_paths(resource: &Resource) -> Vec<Path> {
    let written = resource.lifecycle.ignore_changes.iter();
    written.filter_map(|e| static_traversal(e).map(crate::plan::eval::Traversal::into_path)).collect()
}

/// Where a path of the configuration is written.
fn place(shared: &Shared<'_>, path: &Path) -> Span {
    let resource = shared.resource;
    let Some(Step::Attr(name)) = path.0.first() else { return resource.span };
    let attr = resource.body.attribute(name).map(|a| a.expr.span);
    let block = || resource.body.blocks_of(name).next().map(|b| b.header);
    attr.or_else(block).unwrap_or(resource.span)
}
