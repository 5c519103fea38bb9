//! The configuration evaluated again while applying, with the values that were made so far.

use super::apply::{Final, Need, Resolve};
use super::ephemeral::OpenRequest;
use super::promise::broken;
use crate::addr::{InstanceAddr, Mode, ModuleInstance, ModulePath, ProviderConfigAddr, ResourceAddr};
use crate::config::{Config, Resource};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::NodeId;
use crate::lang::CallEnv;
use crate::plan::diff::{Diff, DiffInput, diff, ignore_changes, recreate};
use crate::plan::eval::{ConfigGraph, EvalInput, Evaluator, Kind, Node, Repetition};
use crate::plan::planner::ignored_paths;
use crate::plan::{Action, CheckResults, Plan, PlanMode, ResourceChange};
use crate::provisioner::{Job, When};
use crate::schema::{ProviderFacts, ResourceSchema, SchemaSource};
use crate::state::object::decode;
use crate::state::{OutputState, State};
use crate::value::{Name, Value, to_json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a resolver starts from: the same as the plan did.
pub struct ResolveInput {
    /// The configuration.
    pub config: Arc<Config>,
    /// Schemas of providers and types.
    pub schemas: Arc<dyn SchemaSource>,
    /// Values of root variables.
    pub variables: BTreeMap<Name, Value>,
    /// The surroundings of function calls, with the time now.
    pub env: CallEnv,
    /// `terraform.workspace`
    pub workspace: String,
}

/// Evaluates on demand and keeps what it evaluated.
pub struct Resolver {
    pub(super) eval: Evaluator,
    pub(super) graph: Arc<ConfigGraph>,
    pub(super) config: Arc<Config>,
    pub(super) schemas: Arc<dyn SchemaSource>,
    pub(super) evaluated: BTreeMap<NodeId, bool>,
    /// Resources with objects that are not made yet.
    pub(super) pending: BTreeMap<ResourceAddr, BTreeSet<InstanceAddr>>,
    /// Ephemeral resources that are not open yet, each after what it needs.
    pub(super) ephemeral_nodes: Vec<NodeId>,
    mode: PlanMode,
    planned_outputs: BTreeMap<Name, bool>,
    outputs: BTreeMap<Name, OutputState>,
}

impl Resolver {
    /// Prepares the evaluation for a plan.
    ///
    /// # Errors
    /// When the configuration has a cycle.
    pub fn new(input: ResolveInput, plan: &Plan) -> Result<Resolver, Diagnostics> {
        let providers: BTreeSet<ProviderConfigAddr> = plan.changes.iter().map(|c| c.provider.clone()).collect();
        Self::with_providers(input, plan, &providers)
    }

    /// An evaluation on a state that nothing changes, for these provider configurations too.
    ///
    /// # Errors
    /// When the configuration has a cycle.
    pub fn at_rest(input: ResolveInput, state: &State, providers: &BTreeSet<ProviderConfigAddr>) -> Result<Resolver, Diagnostics> {
        let plan = Plan {
            mode: PlanMode::Normal,
            changes: Vec::new(),
            drift: Vec::new(),
            outputs: BTreeMap::new(),
            prior_state: state.clone(),
            refreshed_state: state.clone(),
            variables: input.variables.clone(),
            partial: false,
        };
        Self::with_providers(input, &plan, providers)
    }

    fn with_providers(input: ResolveInput, plan: &Plan, providers: &BTreeSet<ProviderConfigAddr>) -> Result<Resolver, Diagnostics> {
        let graph = Arc::new(ConfigGraph::build(&input.config, providers)?);
        let mut eval = Evaluator::new(EvalInput {
            config: input.config.clone(),
            graph: graph.clone(),
            schemas: input.schemas.clone(),
            variables: input.variables,
            env: input.env,
            workspace: input.workspace,
        });
        seed_state(&mut eval, &plan.refreshed_state, input.schemas.as_ref());
        for change in plan.changes.iter().filter(|c| c.deposed.is_none()) {
            if let Some(after) = &change.after {
                eval.values.set_instance(&change.addr.resource, &change.addr.key, after.clone());
            }
        }
        let mut pending: BTreeMap<ResourceAddr, BTreeSet<InstanceAddr>> = BTreeMap::new();
        for change in plan.changes.iter().filter(|c| c.after.is_some() && c.action != Action::NoOp) {
            pending.entry(change.addr.config_addr()).or_default().insert(change.addr.clone());
        }
        let is_ephemeral = |id: &&NodeId| graph.resource(**id).is_some_and(|r| r.mode == Mode::Ephemeral);
        let ephemeral_nodes = graph.order.iter().filter(is_ephemeral).copied().collect();
        Ok(Resolver {
            eval,
            pending,
            ephemeral_nodes,
            graph,
            config: input.config,
            schemas: input.schemas,
            evaluated: BTreeMap::new(),
            mode: plan.mode,
            planned_outputs: plan.outputs.iter().map(|(n, o)| (n.clone(), o.after.is_some())).collect(),
            outputs: plan.refreshed_state.outputs.clone(),
        })
    }

    /// The evaluation as it is now, everything evaluated: apps are evaluated in it.
    #[must_use]
    pub fn into_evaluator(mut self) -> Evaluator {
        for id in self.graph.order.clone() {
            let _ = self.ensure(id);
        }
        self.eval
    }

    /// Evaluates a node and what it needs, each once.
    pub(super) fn ensure(&mut self, id: NodeId) -> Result<(), Diagnostics> {
        if let Some(ok) = self.evaluated.get(&id) {
            return if *ok { Ok(()) } else { Err(Diagnostics::new()) };
        }
        let graph = self.graph.clone();
        let needed = graph.graph.all_dependencies([id]);
        let mut found = Diagnostics::new();
        for node in graph.order.iter().filter(|n| **n == id || needed.contains(n)) {
            if self.evaluated.contains_key(node) {
                continue;
            }
            let sound = graph.graph.dependencies(*node).all(|d| self.evaluated.get(&d) == Some(&true));
            let ok = sound && self.eval.run(*node, &mut found);
            self.evaluated.insert(*node, ok);
        }
        if self.evaluated.get(&id) == Some(&true) { Ok(()) } else { Err(found) }
    }

    fn ensure_node(&mut self, node: &Node) -> Result<(), Diagnostics> {
        match self.graph.ids.get(node).copied() {
            Some(id) => self.ensure(id),
            None => Ok(()),
        }
    }

    fn final_diff(
        &self,
        change: &ResourceChange,
        resource: &Resource,
        schema: &ResourceSchema,
        config: &Value,
        facts: &ProviderFacts,
    ) -> (Value, Diff) {
        let prior = change.before.as_ref().filter(|_| change.action == Action::Update);
        let ignoring = change.before.as_ref().filter(|_| change.reason != Some(crate::plan::ActionReason::ReplaceBecauseTainted));
        let config = ignoring.map_or_else(|| config.clone(), |before| ignore_changes(config, before, &ignored_paths(resource)));
        let input = DiffInput { schema, config: &config, prior, provider: facts };
        let found = match prior {
            Some(_) => diff(&input),
            None => Diff { planned: recreate(&input), replace: Vec::new(), notes: Vec::new() },
        };
        (config, found)
    }

    /// A value that is known only now and breaks what was approved.
    fn kept(change: &ResourceChange, found: &Diff) -> Result<(), Diagnostics> {
        let broken = change.after.as_ref().map(|after| broken(after, &found.planned)).unwrap_or_default();
        let replaces = found.replace.first().map(|r| r.path.clone());
        let Some(path) = broken.first().cloned().or(replaces) else { return Ok(()) };
        let detail = format!(
            "{} was approved with a known value of {path}, and with the values that are known now it would be another one (or force a replacement). It was not touched.",
            change.addr
        );
        let d = Diagnostic::error("The plan no longer holds", detail).address(&change.addr);
        Err(d.help("Plan again: the new plan shows the change.").into())
    }

    /// Preconditions once more, with the values that are known only now.
    pub(super) fn preconditions_hold(&self, resource: &Resource, addr: &InstanceAddr, diags: &mut Diagnostics) -> bool {
        let rules = &resource.lifecycle.preconditions;
        let mut scope = self.eval.scope(&addr.resource.module);
        if let Some(expansion) = self.eval.values.resource(&addr.resource) {
            scope.repetition = Repetition::of(expansion, &addr.key);
        }
        rules.is_empty() || scope.check(rules, "Precondition of a resource failed", &addr.to_string(), diags)
    }

    pub(super) fn postconditions_hold(&self, resource: &Resource, addr: &InstanceAddr, value: Value) -> Result<(), Diagnostics> {
        let rules = &resource.lifecycle.postconditions;
        let mut scope = self.eval.scope(&addr.resource.module);
        if let Some(expansion) = self.eval.values.resource(&addr.resource) {
            scope.repetition = Repetition::of(expansion, &addr.key);
        }
        scope.self_value = Some(value);
        let mut found = Diagnostics::new();
        let holds = rules.is_empty() || scope.check(rules, "Postcondition of a resource failed", &addr.to_string(), &mut found);
        if holds { Ok(()) } else { Err(found) }
    }

    fn output(&mut self, name: &Name, diags: &mut Diagnostics) -> Option<OutputState> {
        let node = Node::Output(ModulePath::root(), name.clone());
        if let Err(found) = self.ensure_node(&node) {
            diags.extend(found);
            return None;
        }
        let value = self.eval.values.get(Kind::Output, &ModuleInstance::root(), name)?.unmark_deep().0;
        if !value.is_wholly_known() {
            return None;
        }
        let ty = value.ty();
        let config = self.config.clone();
        let declared = config.modules.get(&ModulePath::root())?.outputs.get(name)?;
        let extra = declared.deprecated.iter().map(|message| ("deprecated".to_string(), message.as_str().into())).collect();
        Some(OutputState { value: to_json(&value, &ty), ty, sensitive: declared.sensitive, extra })
    }
}

/// Objects as the state has them.
fn seed_state(eval: &mut Evaluator, state: &State, schemas: &dyn SchemaSource) {
    for (addr, resource, instance) in state.instances() {
        let schema = schemas.schema(&resource.provider.source, addr.resource.mode, &addr.resource.kind);
        let value = instance.current.as_ref().zip(schema).and_then(|(object, schema)| decode(object, &schema).ok());
        if let Some(value) = value {
            eval.values.set_instance(&addr.resource, &addr.key, value);
        }
    }
}

impl Resolve for Resolver {
    fn finalize(&mut self, change: &ResourceChange, facts: &ProviderFacts) -> Result<Final, Diagnostics> {
        let addr = change.addr.config_addr();
        self.ensure_node(&Node::Resource(addr.clone()))?;
        let config = self.config.clone();
        let resource = config.modules.get(&addr.module).and_then(|m| m.resources.get(&addr));
        let schema = self.schemas.schema(&change.provider.source, addr.mode, &addr.kind);
        let (Some(resource), Some(schema)) = (resource, schema) else {
            let detail = format!("{addr} is in the plan but not in the configuration.");
            return Err(Diagnostic::error("The plan no longer holds", detail).address(&change.addr).help("Plan again.").into());
        };
        let mut found = Diagnostics::new();
        if !self.preconditions_hold(resource, &change.addr, &mut found) {
            return Err(found);
        }
        let Some(config) = self.eval.instance_config(resource, &change.addr, &schema.block, &mut found) else { return Err(found) };
        if !config.is_wholly_known() {
            let detail = format!("The configuration of {} still depends on values that nothing has made.", change.addr);
            return Err(Diagnostic::error("Configuration is not known", detail).address(&change.addr).help("Plan and apply again.").into());
        }
        if addr.mode == Mode::Data {
            return Ok(Final { planned: config.clone(), config });
        }
        let (config, diff) = self.final_diff(change, resource, &schema, &config, facts);
        Self::kept(change, &diff)?;
        Ok(Final { config, planned: diff.planned })
    }

    fn provider_config(&mut self, addr: &ProviderConfigAddr) -> Result<Value, Diagnostics> {
        let node = Node::Provider(addr.base());
        if let Some(id) = self.graph.ids.get(&node) {
            let needs = self.graph.graph.all_dependencies([*id]);
            let missing = needs.iter().filter_map(|id| self.graph.resource(*id)).find(|r| self.pending.contains_key(*r));
            if let Some(missing) = missing {
                let detail = format!("The configuration of {addr} needs {missing}, which is not made yet.");
                return Err(Diagnostic::error("Provider not configured", detail)
                    .address(addr)
                    .help("Apply in two steps with -target.")
                    .into());
            }
        }
        self.ensure_node(&node)?;
        let mut found = Diagnostics::new();
        self.eval.provider_config(addr, &mut found).ok_or(found)
    }

    fn settled(&mut self, addr: &InstanceAddr, value: Option<Value>) -> Result<(), Diagnostics> {
        let Some(value) = value else { return Ok(()) };
        if let Some(left) = self.pending.get_mut(&addr.config_addr()) {
            left.remove(addr);
            if left.is_empty() {
                self.pending.remove(&addr.config_addr());
            }
        }
        self.eval.values.set_instance(&addr.resource, &addr.key, value.clone());
        let config = self.config.clone();
        let resource = addr.config_addr();
        let written = config.modules.get(&resource.module).and_then(|m| m.resources.get(&resource));
        written.map_or(Ok(()), |written| self.postconditions_hold(written, addr, value))
    }

    fn ephemerals(&mut self, need: &Need) -> Result<Vec<OpenRequest>, Diagnostics> {
        self.needed_ephemerals(need)
    }

    fn opened(&mut self, addr: &InstanceAddr, value: Value) -> Result<(), Diagnostics> {
        self.take_opened(addr, &value)
    }

    fn fleeting(&self) -> Vec<ProviderConfigAddr> {
        self.fleeting_providers()
    }

    fn checks(&mut self) -> Diagnostics {
        let graph = self.graph.clone();
        let mut found = Diagnostics::new();
        for id in graph.order.iter().filter(|id| matches!(graph.graph.node(**id), Some(Node::Check(..)))) {
            let needed = graph.graph.all_dependencies([*id]);
            let made = needed.iter().filter_map(|n| graph.resource(*n)).all(|r| !self.pending.contains_key(r));
            let sound = needed.iter().all(|n| self.ensure(*n).is_ok());
            if made && sound {
                self.eval.run(*id, &mut found);
            }
        }
        found
    }

    fn check_results(&self, planned: &serde_json::Value) -> serde_json::Value {
        let mut results = CheckResults::from_json(planned);
        results.update(&self.eval.check_results());
        results.settled(planned)
    }

    fn value(&self, addr: &InstanceAddr) -> Option<Value> {
        self.eval.values.instance(&addr.resource, &addr.key).cloned()
    }

    fn provisions(&mut self, addr: &InstanceAddr, when: When, object: &Value) -> Result<Vec<Job>, Diagnostics> {
        // The resource itself needs what its provisioners need; when it is destroyed that may be gone.
        let _ = self.ensure_node(&Node::Resource(addr.config_addr()));
        super::provision::jobs(&self.eval, &self.config, addr, when, object)
    }

    fn is_provisioned(&self, addr: &InstanceAddr) -> bool {
        super::provision::runs_when_made(&self.config, addr)
    }

    fn in_check(&self, addr: &InstanceAddr) -> bool {
        let addr = addr.config_addr();
        self.config.modules.get(&addr.module).and_then(|m| m.resources.get(&addr)).is_some_and(|r| r.check.is_some())
    }

    fn outputs(&mut self, diags: &mut Diagnostics) -> BTreeMap<Name, OutputState> {
        let names: Vec<(Name, bool)> = self.planned_outputs.iter().map(|(n, stays)| (n.clone(), *stays)).collect();
        let mut outputs = BTreeMap::new();
        for (name, stays) in names {
            let value = if stays && self.mode != PlanMode::Destroy { self.output(&name, diags) } else { None };
            let old = self.outputs.get(&name).filter(|_| stays).cloned();
            if let Some(output) = value.or(old) {
                outputs.insert(name, output);
            }
        }
        outputs
    }
}
