//! Evaluation of a configuration across all module instances, shared by planning, applying and
//! asking (`output`, `console`, `deploy`).
//!
//! Nodes of the [`ConfigGraph`] are evaluated once, each for all instances of its module; values
//! of resources are set by whoever drives the evaluation.

mod cycle;
mod expand;
mod graph;
mod lasting;
mod named;
mod origin;
mod place;
mod providers;
mod rules;
mod scope;
mod traversal;
mod values;

pub use graph::{ConfigGraph, Node};
pub use place::{Place, place, static_place};
pub use providers::{block as provider_block, provider_of, standing_in};
pub use scope::{InstanceScope, Repetition};
pub use traversal::{Traversal, static_traversal, traversal};
pub use values::{Expansion, Kind, Values, instance_key};

use crate::addr::{InstanceAddr, InstanceKey, ModuleInstance, ModulePath, ProviderConfigAddr};
use crate::config::{Config, Resource};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::NodeId;
use crate::lang::{CallEnv, FunctionTable, decode_body};
use crate::plan::CheckResults;
use crate::schema::{BlockSchema, SchemaSource};
use crate::value::{Members, Name, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What an evaluation starts from.
#[derive(Clone)]
pub struct EvalInput {
    /// The configuration.
    pub config: Arc<Config>,
    /// Its graph.
    pub graph: Arc<ConfigGraph>,
    /// Schemas of providers and types.
    pub schemas: Arc<dyn SchemaSource>,
    /// Values of root variables, converted and marked.
    pub variables: BTreeMap<Name, Value>,
    /// The surroundings of function calls.
    pub env: CallEnv,
    /// `terraform.workspace`
    pub workspace: String,
}

/// Evaluates nodes and keeps their values.
pub struct Evaluator {
    pub(super) config: Arc<Config>,
    pub(super) graph: Arc<ConfigGraph>,
    pub(super) schemas: Arc<dyn SchemaSource>,
    inputs: BTreeMap<Name, Value>,
    env: CallEnv,
    functions: &'static FunctionTable,
    workspace: String,
    instances: BTreeMap<ModulePath, Vec<ModuleInstance>>,
    /// Instances of provider configurations with `for_each`.
    provider_instances: BTreeMap<ProviderConfigAddr, Expansion>,
    /// How conditions came out so far.
    pub(super) checks: Mutex<CheckResults>,
    /// What is known so far.
    pub values: Values,
}

impl Evaluator {
    /// Nothing evaluated yet.
    #[must_use]
    pub fn new(input: EvalInput) -> Self {
        Evaluator {
            config: input.config,
            graph: input.graph,
            schemas: input.schemas,
            inputs: input.variables,
            env: input.env,
            functions: FunctionTable::standard(),
            workspace: input.workspace,
            instances: BTreeMap::from([(ModulePath::root(), vec![ModuleInstance::root()])]),
            provider_instances: BTreeMap::new(),
            checks: Mutex::default(),
            values: Values::default(),
        }
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// The surroundings of function calls.
    #[must_use]
    pub fn env(&self) -> &CallEnv {
        &self.env
    }

    /// How conditions came out so far.
    #[must_use]
    pub fn check_results(&self) -> CheckResults {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What names mean in a module instance.
    #[must_use]
    pub fn scope<'a>(&'a self, module: &'a ModuleInstance) -> InstanceScope<'a> {
        InstanceScope { eval: self, module, repetition: Repetition::None, self_value: None }
    }

    /// What names mean in the root module: for `app` blocks, `console`, `output`.
    #[must_use]
    pub fn root_scope(&self) -> InstanceScope<'_> {
        static ROOT: ModuleInstance = ModuleInstance(Vec::new());
        self.scope(&ROOT)
    }

    /// Instances of a module, once its calls are expanded.
    #[must_use]
    pub fn module_instances(&self, path: &ModulePath) -> &[ModuleInstance] {
        self.instances.get(path).map_or(&[], Vec::as_slice)
    }

    /// Evaluates a node for all instances of its module; false when it failed, which is then in
    /// `diags`. Resources are only expanded.
    pub fn run(&mut self, id: NodeId, diags: &mut Diagnostics) -> bool {
        let graph = self.graph.clone();
        let mut found = Diagnostics::new();
        match graph.graph.node(id) {
            Some(Node::Expand(path)) => self.expand_call(path, &mut found),
            Some(Node::Variable(path, name)) => self.variable(path, name, &mut found),
            Some(Node::Local(path, name)) => self.local(path, name, &mut found),
            Some(Node::Output(path, name)) => self.output(path, name, &mut found),
            Some(Node::Check(path, name)) => self.check_block(path, name, &mut found),
            Some(Node::Resource(addr)) => self.expand_resource(addr, &mut found),
            Some(Node::Provider(addr)) => self.expand_provider(addr, &mut found),
            Some(Node::Gate(_) | Node::Whole(_) | Node::App(_)) | None => {}
        }
        let ok = !found.has_errors();
        diags.extend(found);
        ok
    }

    /// The configuration of a provider, evaluated where it is written; `None` after an error.
    pub fn provider_config(&self, addr: &ProviderConfigAddr, diags: &mut Diagnostics) -> Option<Value> {
        let schema = self.schemas.provider_config(&addr.source).unwrap_or_default();
        let Some(block) = providers::block(&self.config, addr) else { return Some(empty(&schema)) };
        let Some(module) = self.module_instances(&addr.module).first() else { return Some(empty(&schema)) };
        let mut scope = self.scope(module);
        if let (Some(key), Some(expansion)) = (&addr.key, self.provider_instances.get(&addr.base())) {
            scope.repetition = Repetition::of(expansion, &InstanceKey::Str(key.clone()));
        }
        let mut found = Diagnostics::new();
        let value = decode_body(&block.body, block.span, &schema, &["alias", "version"], &scope, &mut found);
        let ok = !found.has_errors();
        diags.extend(found);
        ok.then_some(value)
    }

    /// The configuration of one instance, conforming to the schema; `None` after an error.
    pub fn instance_config(
        &self,
        resource: &Resource,
        addr: &InstanceAddr,
        schema: &BlockSchema,
        diags: &mut Diagnostics,
    ) -> Option<Value> {
        let mut scope = self.scope(&addr.resource.module);
        if let Some(expansion) = self.values.resource(&addr.resource) {
            scope.repetition = Repetition::of(expansion, &addr.key);
        }
        let mut found = Diagnostics::new();
        let value = decode_body(&resource.body, resource.span, schema, &[], &scope, &mut found);
        self.unsupported(resource, schema, &value, &mut found);
        lasting::only(resource, schema, &value, &mut found);
        let ok = !found.has_errors();
        for mut d in found {
            d.address.get_or_insert_with(|| addr.to_string());
            diags.push(d);
        }
        ok.then_some(value)
    }

    /// Arguments that the provider has and envctl does not yet.
    fn unsupported(&self, resource: &Resource, schema: &BlockSchema, value: &Value, diags: &mut Diagnostics) {
        let attrs = schema.attrs.iter().filter(|(_, a)| a.unsupported).map(|(n, _)| n);
        let blocks = schema.blocks.iter().filter(|(_, b)| b.unsupported).map(|(n, _)| n);
        for name in attrs.chain(blocks) {
            let used = value.get(name).is_some_and(|v| !v.is_null() && v.items().is_none_or(|i| !i.is_empty()));
            if !used {
                continue;
            }
            let attr = resource.body.attribute(name).map(|a| a.span);
            let block = resource.body.blocks_of(name).next().map(|b| b.header);
            let detail = format!("envctl does not handle {name} of {} yet, and ignores nothing that is written.", resource.addr.kind);
            diags.push(Diagnostic::error("Argument not supported yet", detail).at(attr.or(block).unwrap_or(resource.span)));
        }
    }
}

/// A configuration in which nothing is written.
fn empty(schema: &BlockSchema) -> Value {
    let mut members = Members::new();
    for (name, attr) in &schema.attrs {
        members.insert(name.clone(), Value::null(attr.ty.clone()));
    }
    for (name, nested) in &schema.blocks {
        let ty = nested.block.ty();
        let none = match nested.nesting {
            crate::schema::Nesting::Single => Value::null(ty),
            crate::schema::Nesting::List => Value::list(ty, vec![]),
            crate::schema::Nesting::Set => Value::set(ty, vec![]),
        };
        members.insert(name.clone(), none);
    }
    Value::object(members)
}
