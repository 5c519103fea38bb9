//! Ephemeral resources: opened while planning where their configuration is known, otherwise only
//! during apply. Their values carry the mark "ephemeral" and are in no plan.

use super::data::with_marks;
use super::managed::Shared;
use super::{DataStatus, Planner, Request, Tried};
use crate::addr::{InstanceAddr, ResourceAddr};
use crate::graph::NodeId;
use crate::plan::PlanMode;
use crate::plan::diff::{DiffInput, recreate};
use crate::plan::eval::Node;
use crate::state::object::mark_schema;
use crate::value::{Marks, Value};

impl Planner {
    /// Opens the instances; one that is not `wanted` only where a provider needs it.
    pub(super) fn ephemeral(&mut self, id: NodeId, addr: &ResourceAddr, wanted: bool) -> Tried {
        let whole = wanted && self.options.mode != PlanMode::Destroy;
        if !whole && !self.serves_provider(id) {
            return Tried::Done;
        }
        self.each_instance(id, addr, Self::open)
    }

    fn serves_provider(&self, id: NodeId) -> bool {
        let served = self.graph.graph.all_dependents([id]);
        served.into_iter().any(|n| matches!(self.graph.graph.node(n), Some(Node::Provider(_))))
    }

    fn open(&mut self, shared: &Shared<'_>, addr: &InstanceAddr) -> Tried {
        if self.eval.values.instance(&addr.resource, &addr.key).is_some() {
            return Tried::Done;
        }
        let opened = match self.data.remove(addr) {
            Some(DataStatus::Asked) => {
                self.data.insert(addr.clone(), DataStatus::Asked);
                return Tried::Wait;
            }
            Some(DataStatus::Answered(Err(()))) => return Tried::Failed,
            Some(DataStatus::Answered(Ok(value))) => Some(value),
            None => None,
        };
        if opened.is_none() && !self.preconditions(shared, addr) {
            return Tried::Failed;
        }
        let Some(config) = self.eval.instance_config(shared.resource, addr, &shared.schema.block, &mut self.diags) else {
            return Tried::Failed;
        };
        if let Some(value) = opened {
            let value = mark_schema(&with_marks(&config, &value), &shared.schema.block);
            return self.settle_ephemeral(shared, addr, value);
        }
        if !self.obeys_rules(shared, addr, &config) {
            return Tried::Failed;
        }
        let plain = config.unmark_deep().0;
        let pending = self.facts.waits(&addr.config_addr()).any(|r| self.changing.contains(r));
        if pending || !plain.is_wholly_known() || !self.callable(shared) {
            let input = DiffInput { schema: &shared.schema, config: &config, prior: None, provider: &shared.facts };
            let later = recreate(&input);
            return self.settle_ephemeral(shared, addr, later);
        }
        self.data.insert(addr.clone(), DataStatus::Asked);
        self.requests.push(Request::Open { addr: addr.clone(), provider: shared.provider.clone(), config: plain });
        Tried::Wait
    }

    fn settle_ephemeral(&mut self, shared: &Shared<'_>, addr: &InstanceAddr, value: Value) -> Tried {
        let value = value.mark(&Marks::EPHEMERAL);
        self.eval.values.set_instance(&addr.resource, &addr.key, value.clone());
        self.postconditions(shared, addr, Some(value)).into()
    }
}
