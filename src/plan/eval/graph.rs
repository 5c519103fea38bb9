//! The configuration as one graph: every variable, local, output, provider, resource and module
//! call is a node, whatever number of module instances there will be.

use super::cycle::cycle;
use super::providers::{self, provider_of};
use crate::addr::{ModulePath, ProviderConfigAddr, ResourceAddr};
use crate::config::{CheckRule, Config, Import, Module, Resource};
use crate::diag::Diagnostics;
use crate::graph::{Graph, NodeId};
use crate::lang::{Reference, RestStep, Subject, body_references, references};
use crate::syntax::Expr;
use crate::value::Name;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A piece of the configuration that is evaluated for all instances of its module at once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// The instances of a called module.
    Expand(ModulePath),
    /// `depends_on` of a module call: everything inside waits for it.
    Gate(ModulePath),
    /// All resources and outputs of a module and the modules it calls.
    Whole(ModulePath),
    /// `variable`
    Variable(ModulePath, Name),
    /// A local value.
    Local(ModulePath, Name),
    /// `output`
    Output(ModulePath, Name),
    /// `check`
    Check(ModulePath, Name),
    /// A provider configuration.
    Provider(ProviderConfigAddr),
    /// `resource` or `data`
    Resource(ResourceAddr),
    /// What an `app` block refers to.
    App(Name),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = |f: &mut fmt::Formatter<'_>, m: &ModulePath| if m.is_root() { Ok(()) } else { write!(f, "{m}.") };
        match self {
            Node::Expand(m) | Node::Gate(m) | Node::Whole(m) => write!(f, "{m}"),
            Node::Variable(m, n) => within(f, m).and_then(|()| write!(f, "var.{n}")),
            Node::Local(m, n) => within(f, m).and_then(|()| write!(f, "local.{n}")),
            Node::Output(m, n) => within(f, m).and_then(|()| write!(f, "output.{n}")),
            Node::Check(m, n) => within(f, m).and_then(|()| write!(f, "check.{n}")),
            Node::Provider(p) => write!(f, "{p}"),
            Node::Resource(r) => write!(f, "{r}"),
            Node::App(n) => write!(f, "app.{n}"),
        }
    }
}

/// The graph with its lookup and order.
pub struct ConfigGraph {
    /// Who needs whom.
    pub graph: Graph<Node>,
    /// Nodes by content.
    pub ids: BTreeMap<Node, NodeId>,
    /// Every node after what it needs.
    pub order: Vec<NodeId>,
}

impl ConfigGraph {
    /// Builds the graph; `providers` are configurations that only the state still names.
    ///
    /// # Errors
    /// When the configuration has a cycle.
    pub fn build(config: &Config, providers: &BTreeSet<ProviderConfigAddr>) -> Result<ConfigGraph, Diagnostics> {
        let mut b = Builder { config, graph: Graph::new(), ids: BTreeMap::new() };
        for (path, module) in &config.modules {
            b.module(path, module);
        }
        for app in &config.apps {
            let id = b.node(Node::App(app.name.clone()));
            let found = body_references(&app.block.body, &[], &mut Diagnostics::new());
            b.all(&ModulePath::root(), &found, id);
        }
        for provider in providers {
            b.provider(&provider.base());
        }
        match b.graph.topological() {
            Ok(order) => Ok(ConfigGraph { graph: b.graph, ids: b.ids, order }),
            Err(members) => Err(Diagnostics::from(cycle(config, &b.graph, &members))),
        }
    }

    /// Resources that a resource needs, directly or through other things, in address order.
    #[must_use]
    pub fn resource_dependencies(&self, addr: &ResourceAddr) -> Vec<ResourceAddr> {
        let Some(id) = self.ids.get(&Node::Resource(addr.clone())) else { return Vec::new() };
        let all = self.graph.all_dependencies([*id]);
        let found: BTreeSet<_> = all.into_iter().filter_map(|id| self.resource(id)).cloned().collect();
        found.into_iter().collect()
    }

    /// The resource a node is.
    #[must_use]
    pub fn resource(&self, id: NodeId) -> Option<&ResourceAddr> {
        match self.graph.node(id) {
            Some(Node::Resource(addr)) => Some(addr),
            _ => None,
        }
    }
}

struct Builder<'a> {
    config: &'a Config,
    graph: Graph<Node>,
    ids: BTreeMap<Node, NodeId>,
}

impl Builder<'_> {
    fn node(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.ids.get(&node) {
            return *id;
        }
        let id = self.graph.add_node(node.clone());
        self.ids.insert(node, id);
        id
    }

    fn edge(&mut self, from: NodeId, to: Node) {
        let to = self.node(to);
        self.graph.add_edge(from, to);
    }

    fn module(&mut self, path: &ModulePath, module: &Module) {
        let whole = self.node(Node::Whole(path.clone()));
        for (name, variable) in &module.variables {
            let id = self.member(path, Node::Variable(path.clone(), name.clone()));
            self.argument(path, name, id);
            self.rules(path, &variable.validations, id);
        }
        for (name, local) in &module.locals {
            let id = self.member(path, Node::Local(path.clone(), name.clone()));
            self.expr(path, &local.expr, id);
        }
        for (name, output) in &module.outputs {
            let id = self.member(path, Node::Output(path.clone(), name.clone()));
            self.expr(path, &output.value, id);
            self.rules(path, &output.preconditions, id);
            output.depends_on.iter().for_each(|e| self.depends_on(path, e, id));
            self.graph.add_edge(whole, id);
        }
        for resource in module.resources.values() {
            let id = self.resource(path, resource);
            self.graph.add_edge(whole, id);
        }
        for (name, check) in &module.checks {
            let id = self.member(path, Node::Check(path.clone(), name.clone()));
            self.rules(path, &check.asserts, id);
        }
        module.imports.iter().for_each(|import| self.import(path, import));
        for (name, call) in &module.calls {
            let child = path.child(name);
            let id = self.member(path, Node::Expand(child.clone()));
            call.repetition().chain(call.provider_keys.iter().map(|(_, key)| key)).for_each(|e| self.expr(path, e, id));
            let gate = self.member(path, Node::Gate(child.clone()));
            self.edge(gate, Node::Gate(path.clone()));
            call.depends_on.iter().for_each(|e| self.depends_on(path, e, gate));
            self.edge(whole, Node::Whole(child.clone()));
            self.edge(whole, Node::Expand(child));
        }
    }

    /// What an import names and where it goes is known before its resource is planned.
    fn import(&mut self, path: &ModulePath, import: &Import) {
        let keys = std::cell::RefCell::new(Vec::new());
        let any = |key: &Expr| {
            keys.borrow_mut().push(key.clone());
            Some(crate::value::Key::Int(0))
        };
        let addr = super::place(&import.to, &any).and_then(|p| p.config_addr(path));
        let written = |a: &ResourceAddr| self.config.modules.get(&a.module).is_some_and(|m| m.resources.contains_key(a));
        let Some(addr) = addr.filter(written) else { return };
        let id = self.node(Node::Resource(addr));
        keys.into_inner().iter().chain(&import.for_each).chain([&import.id]).for_each(|e| self.expr(path, e, id));
    }

    /// A node of a module: needs the module's instances.
    fn member(&mut self, path: &ModulePath, node: Node) -> NodeId {
        let id = self.node(node);
        if !path.is_root() {
            self.edge(id, Node::Expand(path.clone()));
        }
        id
    }

    /// The argument of the call, evaluated in the parent.
    fn argument(&mut self, path: &ModulePath, name: &Name, id: NodeId) {
        let (Some(parent), Some(call)) = (path.parent(), path.0.last()) else { return };
        let config = self.config;
        let argument = config.modules.get(&parent).and_then(|m| m.calls.get(call)?.arguments.get(name));
        if let Some(expr) = argument {
            self.expr(&parent, expr, id);
        }
    }

    fn resource(&mut self, path: &ModulePath, resource: &Resource) -> NodeId {
        let id = self.member(path, Node::Resource(resource.addr.clone()));
        let found = body_references(&resource.body, &[], &mut Diagnostics::new());
        self.all(path, &found, id);
        let lifecycle = &resource.lifecycle;
        resource.repetition().chain(&resource.provider_key).for_each(|e| self.expr(path, e, id));
        for block in resource.provisioners.iter().chain(&resource.connection) {
            let found = body_references(&block.body, &["when", "on_failure"], &mut Diagnostics::new());
            self.all(path, &found, id);
        }
        lifecycle.replace_triggered_by.iter().for_each(|e| self.expr(path, e, id));
        self.rules(path, &lifecycle.preconditions, id);
        self.own_rules(path, resource, id);
        resource.depends_on.iter().for_each(|e| self.depends_on(path, e, id));
        self.edge(id, Node::Gate(path.clone()));
        let provider = provider_of(self.config, resource);
        self.provider(&provider);
        self.edge(id, Node::Provider(provider));
        id
    }

    /// Postconditions may name the resource itself.
    fn own_rules(&mut self, path: &ModulePath, resource: &Resource, id: NodeId) {
        for rule in &resource.lifecycle.postconditions {
            for expr in [&rule.condition, &rule.error_message] {
                let found = references(expr, &mut Diagnostics::new());
                let other: Vec<Reference> = found.into_iter().filter(|r| !names(&r.subject, resource)).collect();
                self.all(path, &other, id);
            }
        }
    }

    fn provider(&mut self, addr: &ProviderConfigAddr) {
        if self.ids.contains_key(&Node::Provider(addr.clone())) {
            return;
        }
        let path = addr.module.clone();
        let id = if self.config.modules.contains_key(&path) {
            self.member(&path, Node::Provider(addr.clone()))
        } else {
            self.node(Node::Provider(addr.clone()))
        };
        let config = self.config;
        if let Some(block) = providers::block(config, addr) {
            let found = body_references(&block.body, &[], &mut Diagnostics::new());
            self.all(&path, &found, id);
            block.for_each.iter().for_each(|e| self.expr(&path, e, id));
        }
    }

    fn rules(&mut self, path: &ModulePath, rules: &[CheckRule], id: NodeId) {
        for rule in rules {
            for expr in [&rule.condition, &rule.error_message] {
                let found = references(expr, &mut Diagnostics::new());
                for reference in &found {
                    self.reference(path, reference, id, true);
                }
            }
        }
    }

    fn expr(&mut self, path: &ModulePath, expr: &Expr, id: NodeId) {
        let found = references(expr, &mut Diagnostics::new());
        self.all(path, &found, id);
    }

    fn all(&mut self, path: &ModulePath, found: &[Reference], id: NodeId) {
        for reference in found {
            self.reference(path, reference, id, false);
        }
    }

    /// An edge for what exists; what does not is reported where it is evaluated.
    fn reference(&mut self, path: &ModulePath, reference: &Reference, id: NodeId, not_self: bool) {
        let config = self.config;
        let Some(module) = config.modules.get(path) else { return };
        let target = match &reference.subject {
            Subject::Var(n) if module.variables.contains_key(n) => Node::Variable(path.clone(), n.clone()),
            Subject::Local(n) if module.locals.contains_key(n) => Node::Local(path.clone(), n.clone()),
            Subject::Resource { mode, kind, name } => {
                let addr = ResourceAddr { module: path.clone(), mode: *mode, kind: kind.clone(), name: name.clone() };
                if !module.resources.contains_key(&addr) {
                    return;
                }
                Node::Resource(addr)
            }
            Subject::Module(n) if module.calls.contains_key(n) => return self.call(path, n, &reference.rest, id),
            _ => return,
        };
        let target = self.node(target);
        if !(not_self && target == id) {
            self.graph.add_edge(id, target);
        }
    }

    /// One output of a call where the reference says which, otherwise all.
    fn call(&mut self, path: &ModulePath, name: &Name, rest: &[RestStep], id: NodeId) {
        let child = path.child(name);
        self.edge(id, Node::Expand(child.clone()));
        let config = self.config;
        let Some(module) = config.modules.get(&child) else { return };
        let output = rest.iter().find_map(|s| if let RestStep::Attr(n) = s { Some(n) } else { None });
        let direct = matches!(rest, [RestStep::Attr(_), ..] | [RestStep::Index(_), RestStep::Attr(_), ..]);
        match output.filter(|o| direct && module.outputs.contains_key(*o)) {
            Some(output) => self.edge(id, Node::Output(child, output.clone())),
            None => {
                for output in module.outputs.keys() {
                    self.edge(id, Node::Output(child.clone(), output.clone()));
                }
            }
        }
    }

    fn depends_on(&mut self, path: &ModulePath, expr: &Expr, id: NodeId) {
        let config = self.config;
        for reference in references(expr, &mut Diagnostics::new()) {
            match &reference.subject {
                Subject::Module(n) if config.modules.get(path).is_some_and(|m| m.calls.contains_key(n)) => {
                    self.edge(id, Node::Whole(path.child(n)));
                }
                _ => self.reference(path, &reference, id, false),
            }
        }
    }
}

fn names(subject: &Subject, resource: &Resource) -> bool {
    matches!(subject, Subject::Resource { mode, kind, name }
        if *mode == resource.addr.mode && *kind == resource.addr.kind && *name == resource.addr.name)
}
