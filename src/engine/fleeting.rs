//! What the resolver knows of ephemeral resources: which are needed, which are open.

use super::apply::Need;
use super::configured::ConfiguredProviders;
use super::ephemeral::{OpenRequest, Opened};
use super::events::Events;
use super::resolve::Resolver;
use crate::addr::{InstanceAddr, Mode, ModulePath, ProviderConfigAddr, ResourceAddr};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::NodeId;
use crate::plan::eval::{Evaluator, Node};
use crate::value::{Marks, Value};

impl Resolver {
    /// Ephemeral resources that something needs, as far as they can be opened now.
    pub(super) fn needed_ephemerals(&mut self, need: &Need) -> Result<Vec<OpenRequest>, Diagnostics> {
        if self.ephemeral_nodes.is_empty() {
            return Ok(Vec::new());
        }
        let graph = self.graph.clone();
        let roots: Vec<NodeId> = match need {
            Need::Object(addr) => graph.ids.get(&Node::Resource(addr.clone())).copied().into_iter().collect(),
            Need::Provider(addr) => graph.ids.get(&Node::Provider(addr.base())).copied().into_iter().collect(),
            Need::Apps => graph.order.iter().filter(|id| matches!(graph.graph.node(**id), Some(Node::App(_)))).copied().collect(),
            Need::End => graph.order.iter().filter(|id| at_end(graph.graph.node(**id))).copied().collect(),
        };
        let reached = graph.graph.all_dependencies(roots);
        // One after the other, in order: those that a later one needs are open by then.
        let Some(id) = self.ephemeral_nodes.iter().find(|id| reached.contains(id)).copied() else { return Ok(Vec::new()) };
        let Some(addr) = graph.resource(id).cloned() else { return Ok(Vec::new()) };
        let early = graph.graph.all_dependencies([id]).iter().any(|n| graph.resource(*n).is_some_and(|r| self.pending.contains_key(r)));
        if early && !matches!(need, Need::Object(_)) {
            return Ok(Vec::new());
        }
        self.ephemeral_nodes.retain(|n| *n != id);
        self.ensure(id)?;
        self.open_requests(&addr)
    }

    fn open_requests(&self, addr: &ResourceAddr) -> Result<Vec<OpenRequest>, Diagnostics> {
        let config = self.config.clone();
        let Some(resource) = config.modules.get(&addr.module).and_then(|m| m.resources.get(addr)) else { return Ok(Vec::new()) };
        let Some(schema) = self.schemas.schema(&resource.provider, Mode::Ephemeral, &addr.kind) else { return Ok(Vec::new()) };
        let (mut requests, mut found) = (Vec::new(), Diagnostics::new());
        for module in self.eval.module_instances(&addr.module) {
            let parent = addr.in_module(module.clone());
            let keys = self.eval.values.resource(&parent).map(|e| e.keys()).unwrap_or_default();
            for instance in keys.into_iter().map(|k| parent.clone().instance(k)) {
                if !self.preconditions_hold(resource, &instance, &mut found) {
                    continue;
                }
                let Some(provider) = self.eval.provider_of_instance(resource, &instance, &mut found) else { continue };
                let Some(config) = self.eval.instance_config(resource, &instance, &schema.block, &mut found) else { continue };
                let config = config.unmark_deep().0;
                if !config.is_wholly_known() {
                    let detail = format!("The configuration of {instance} is not known when it is needed.");
                    let d = Diagnostic::error("Incomplete configuration for an ephemeral resource", detail);
                    found.push(d.at(resource.span).address(&instance).help("Apply first what its arguments come from, with -target."));
                    continue;
                }
                requests.push(OpenRequest { addr: instance, provider, config });
            }
        }
        if found.has_errors() { Err(found) } else { Ok(requests) }
    }

    /// Takes the value of one that was opened; what was evaluated without it is evaluated again.
    pub(super) fn take_opened(&mut self, addr: &InstanceAddr, value: &Value) -> Result<(), Diagnostics> {
        let at = addr.config_addr();
        if let Some(id) = self.graph.ids.get(&Node::Resource(at.clone())) {
            for stale in self.graph.graph.all_dependents([*id]) {
                self.evaluated.remove(&stale);
            }
        }
        let config = self.config.clone();
        let resource = config.modules.get(&at.module).and_then(|m| m.resources.get(&at));
        let schema = resource.and_then(|r| self.schemas.schema(&r.provider, at.mode, &at.kind));
        let value = schema.map_or_else(|| value.clone(), |s| crate::state::object::mark_schema(value, &s.block));
        let value = value.mark(&Marks::EPHEMERAL);
        self.eval.values.set_instance(&addr.resource, &addr.key, value.clone());
        resource.map_or(Ok(()), |r| self.postconditions_hold(r, addr, value))
    }

    /// The evaluation for applications: what they refer to of ephemeral resources is opened, read and closed again. With
    /// it what could not be closed, as warnings.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub async fn for_apps(
        mut self,
        providers: &mut ConfiguredProviders,
        events: &dyn Events,
    ) -> Result<(Evaluator, Diagnostics), Diagnostics> {
        let mut opened = Opened::default();
        let done = opened.open_for(&Need::Apps, &mut self, providers, events).await;
        let found = opened.close(events).await;
        done?;
        Ok((self.into_evaluator(), found))
    }

    /// Provider configurations that come from ephemeral resources.
    pub(super) fn fleeting_providers(&self) -> Vec<ProviderConfigAddr> {
        let graph = &self.graph.graph;
        let served = graph.all_dependents(self.ephemeral_nodes.iter().copied());
        served
            .into_iter()
            .filter_map(|id| if let Some(Node::Provider(addr)) = graph.node(id) { Some(addr.clone()) } else { None })
            .collect()
    }
}

fn at_end(node: Option<&Node>) -> bool {
    matches!(node, Some(Node::Check(..))) || matches!(node, Some(Node::Output(path, _)) if *path == ModulePath::root())
}
