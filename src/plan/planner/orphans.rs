//! Objects of the state that the configuration does not want any more, and replaced ones that
//! still exist.

use super::prior::Prior;
use super::request::ObjectId;
use super::{Planner, Status};
use crate::addr::{InstanceAddr, InstanceKey};
use crate::diag::Diagnostic;
use crate::plan::eval::{Expansion, Node};
use crate::plan::{Action, ActionReason, PlanMode, ResourceChange};

impl Planner {
    /// Plans the destruction of everything that is left over.
    pub(super) fn plan_orphans(&mut self) {
        if self.options.mode == PlanMode::RefreshOnly {
            return;
        }
        let destroy = self.options.mode == PlanMode::Destroy;
        let ids: Vec<ObjectId> = self.priors.all.keys().cloned().collect();
        for id in ids {
            let (addr, deposed) = &id;
            let Some(prior) = self.priors.all.get(&id).filter(|p| p.now.is_some()).cloned() else { continue };
            if !self.selection.instance(addr) || self.changes.contains_key(&id) {
                continue;
            }
            let reason = if destroy || deposed.is_some() { None } else { self.orphan_reason(addr) };
            if !destroy && deposed.is_none() && reason.is_none() {
                continue;
            }
            let mut change = self.deletion(&id, &prior, reason);
            if self.retired.forgets(addr) {
                (change.action, change.reason) = (Action::Forget, None);
                self.changes.insert(id.clone(), change);
                continue;
            }
            if deposed.is_none() && self.guarded(&change) {
                continue;
            }
            self.changes.insert(id.clone(), change);
        }
    }

    fn deletion(&self, (addr, deposed): &ObjectId, prior: &Prior, reason: Option<ActionReason>) -> ResourceChange {
        ResourceChange {
            addr: addr.clone(),
            previous_addr: self.moves.get(addr).cloned(),
            deposed: deposed.clone(),
            provider: prior.provider.clone(),
            action: Action::Delete,
            reason,
            before: prior.now.clone(),
            after: None,
            replace: Vec::new(),
            notes: Vec::new(),
            dependencies: prior.stored.dependencies.clone(),
            private: prior.private.clone(),
            create_before_destroy: prior.stored.create_before_destroy,
            importing: None,
        }
    }

    /// Why an object has no place in the configuration; `None` when it has one, or when that
    /// cannot be said because something failed.
    fn orphan_reason(&self, addr: &InstanceAddr) -> Option<ActionReason> {
        let resource = addr.config_addr();
        let Some(module) = self.config.modules.get(&resource.module) else { return Some(ActionReason::DeleteBecauseNoModule) };
        let expand = self.graph.ids.get(&Node::Expand(resource.module.clone()));
        if expand.is_some_and(|id| self.status(*id) != Status::Done) {
            return None;
        }
        if !self.eval.module_instances(&resource.module).contains(&addr.resource.module) {
            return Some(ActionReason::DeleteBecauseNoModule);
        }
        if !module.resources.contains_key(&resource) {
            return Some(ActionReason::DeleteBecauseNoResourceConfig);
        }
        let node = self.graph.ids.get(&Node::Resource(resource));
        if node.is_some_and(|id| self.status(*id) != Status::Done) {
            return None;
        }
        let expansion = self.eval.values.resource(&addr.resource)?;
        if expansion.contains(&addr.key) {
            return None;
        }
        Some(match (expansion, &addr.key) {
            (Expansion::Count(_), InstanceKey::Int(_)) => ActionReason::DeleteBecauseCountIndex,
            (Expansion::Off, InstanceKey::None) => ActionReason::DeleteBecauseEnabledFalse,
            (Expansion::Each(_), InstanceKey::Str(_)) => ActionReason::DeleteBecauseEachKey,
            _ => ActionReason::DeleteBecauseWrongRepetition,
        })
    }

    /// `prevent_destroy` holds for instances whose resource is still written.
    fn guarded(&mut self, change: &ResourceChange) -> bool {
        let resource = change.addr.config_addr();
        let config = self.config.clone();
        let written = config.modules.get(&resource.module).and_then(|m| m.resources.get(&resource));
        let Some(written) = written.filter(|r| r.lifecycle.prevent_destroy) else { return false };
        let detail = format!("{} has lifecycle.prevent_destroy, and it would be destroyed.", change.addr);
        let d = Diagnostic::error("Instance cannot be destroyed", detail).at(written.span).address(&change.addr);
        self.diags.push(d.help("Take back the change, take prevent_destroy out, or leave the object out with -exclude."));
        true
    }
}
