//! Data sources: read while planning where their configuration is known, otherwise during apply.

use super::managed::Shared;
use super::{DataStatus, Planner, ProviderStatus, Request, Tried};
use crate::addr::{InstanceAddr, ResourceAddr};
use crate::diag::Diagnostic;
use crate::graph::NodeId;
use crate::plan::diff::{DiffInput, recreate};
use crate::plan::{Action, ActionReason, PlanMode, ResourceChange};
use crate::state::object::{ObjectMeta, decode, encode, mark_schema};
use crate::value::Value;

impl Planner {
    /// Whether a data source is written in a `check` block.
    pub(super) fn in_check(&self, addr: &ResourceAddr) -> bool {
        self.config.modules.get(&addr.module).and_then(|m| m.resources.get(addr)).is_some_and(|r| r.check.is_some())
    }

    /// A data source; what goes wrong with one of a `check` block is a warning, and its value is
    /// unknown then.
    pub(super) fn data_source(&mut self, id: NodeId, addr: &ResourceAddr) -> Tried {
        if !self.in_check(addr) {
            return self.read_source(id, addr);
        }
        let before = std::mem::take(&mut self.diags);
        let tried = self.read_source(id, addr);
        let found = std::mem::replace(&mut self.diags, before);
        self.diags.extend(found.into_iter().map(Diagnostic::into_warning).collect());
        if matches!(tried, Tried::Failed) { Tried::Done } else { tried }
    }

    fn read_source(&mut self, id: NodeId, addr: &ResourceAddr) -> Tried {
        self.each_instance(id, addr, Self::read_instance)
    }

    /// Tries every instance of a data source or ephemeral resource; done when all are.
    pub(super) fn each_instance(
        &mut self,
        id: NodeId,
        addr: &ResourceAddr,
        attempt: impl Fn(&mut Self, &Shared<'_>, &InstanceAddr) -> Tried,
    ) -> Tried {
        let config = self.config.clone();
        let Some(resource) = config.modules.get(&addr.module).and_then(|m| m.resources.get(addr)) else { return Tried::Done };
        let shared = match self.prepare(id, resource) {
            Ok(shared) => shared,
            Err(tried) => return tried,
        };
        let bound = match self.all_bound(&shared, addr) {
            Ok(bound) => bound,
            Err(tried) => return tried,
        };
        let (mut ok, mut wait) = (true, false);
        for (instance, shared) in bound {
            match attempt(self, &shared, &instance) {
                Tried::Done => {}
                Tried::Failed => ok = false,
                Tried::Wait => wait = true,
            }
        }
        if wait { Tried::Wait } else { ok.into() }
    }

    fn read_instance(&mut self, shared: &Shared<'_>, addr: &InstanceAddr) -> Tried {
        if self.eval.values.instance(&addr.resource, &addr.key).is_some() {
            return Tried::Done;
        }
        match self.data.remove(addr) {
            Some(DataStatus::Asked) => {
                self.data.insert(addr.clone(), DataStatus::Asked);
                return Tried::Wait;
            }
            Some(DataStatus::Answered(Err(()))) => return Tried::Failed,
            Some(DataStatus::Answered(Ok(result))) => {
                let config = self.eval.instance_config(shared.resource, addr, &shared.schema.block, &mut self.diags);
                return config.is_some_and(|config| self.take_data(shared, addr, &config, &result)).into();
            }
            None => {}
        }
        let Some(config) = self.eval.instance_config(shared.resource, addr, &shared.schema.block, &mut self.diags) else {
            return Tried::Failed;
        };
        let pending = self.options.mode == PlanMode::Normal && self.facts.waits(&addr.config_addr()).any(|r| self.changing.contains(r));
        if pending {
            return self.defer(shared, addr, &config, ActionReason::ReadBecauseDependencyPending);
        }
        let plain = config.unmark_deep().0;
        let kind = &addr.resource.kind;
        match self.eval.schemas.read_inline(&shared.provider.source, kind, &plain, &shared.facts) {
            Some(Ok(result)) if result.is_wholly_known() || !plain.is_wholly_known() => {
                return self.take_data(shared, addr, &config, &result).into();
            }
            Some(Err(message)) => {
                let d = Diagnostic::error("Reading a data source failed", message).at(shared.resource.span).address(addr);
                self.diags.push(d);
                return Tried::Failed;
            }
            _ => {}
        }
        if !plain.is_wholly_known() || !self.callable(shared) {
            return self.defer(shared, addr, &config, ActionReason::ReadBecauseConfigUnknown);
        }
        self.data.insert(addr.clone(), DataStatus::Asked);
        self.requests.push(Request::Data { addr: addr.clone(), provider: shared.provider.clone(), config: plain });
        Tried::Wait
    }

    pub(super) fn callable(&self, shared: &Shared<'_>) -> bool {
        matches!(self.providers.get(&shared.provider), Some(ProviderStatus::Ready(_))) && !self.uncallable.contains(&shared.provider)
    }

    /// The result becomes the value and, where all of it is known, an object of the state.
    fn take_data(&mut self, shared: &Shared<'_>, addr: &InstanceAddr, config: &Value, result: &Value) -> bool {
        let marked = with_marks(config, result);
        let value = mark_schema(&marked, &shared.schema.block);
        self.eval.values.set_instance(&addr.resource, &addr.key, value.clone());
        if value.is_wholly_known() {
            let object = encode(&value, &shared.schema, ObjectMeta::default()).managed_by(&shared.provider);
            self.data_objects.insert(addr.clone(), (shared.provider.clone(), object));
        }
        self.postconditions(shared, addr, Some(value))
    }

    /// Read during apply; until then its result is unknown.
    fn defer(&mut self, shared: &Shared<'_>, addr: &InstanceAddr, config: &Value, reason: ActionReason) -> Tried {
        let input = DiffInput { schema: &shared.schema, config, prior: None, provider: &shared.facts };
        let planned = recreate(&input);
        self.eval.values.set_instance(&addr.resource, &addr.key, planned.clone());
        let change = ResourceChange {
            addr: addr.clone(),
            previous_addr: None,
            deposed: None,
            provider: shared.provider.clone(),
            action: Action::Read,
            reason: Some(reason),
            before: None,
            after: Some(planned),
            replace: Vec::new(),
            notes: Vec::new(),
            dependencies: self.facts.dependencies(&addr.config_addr()),
            private: None,
            create_before_destroy: false,
            importing: None,
        };
        self.changes.insert((addr.clone(), None), change);
        Tried::Done
    }

    /// Values of the state for data sources that are not planned.
    pub(super) fn keep_data(&mut self, addr: &ResourceAddr) {
        for instance in self.instances(addr) {
            let Some(stored) = self.state.current(&instance) else { continue };
            let provider = self.state.resources.get(&instance.resource).map(|r| r.provider.source.clone());
            let schema = provider.and_then(|p| self.eval.schemas.schema(&p, addr.mode, &addr.kind));
            if let Some(value) = schema.and_then(|s| decode(stored, &s).ok()) {
                self.eval.values.set_instance(&instance.resource, &instance.key, value);
            }
        }
    }
}

/// The result with the marks of the configuration.
pub(super) fn with_marks(config: &Value, result: &Value) -> Value {
    let (Some(from), Some(to)) = (config.members(), result.members()) else { return result.clone() };
    let marked = to.iter().map(|(n, v)| {
        let marks = from.get(n).map(Value::deep_marks).unwrap_or_default();
        (n.clone(), v.clone().mark(&marks))
    });
    Value::object(marked.collect()).mark(result.marks())
}
