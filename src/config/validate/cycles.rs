//! Things that depend on themselves.

use crate::addr::{ModulePath, ResourceAddr};
use crate::config::model::{Config, Module};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::graph::{Graph, NodeId};
use crate::lang::{Reference, RestStep, Subject, body_references, references};
use crate::syntax::Expr;
use crate::value::Name;
use std::collections::BTreeMap;

/// What can depend on something, by its address as people write it.
struct Node {
    shown: String,
    span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Id {
    Var(ModulePath, Name),
    Local(ModulePath, Name),
    Output(ModulePath, Name),
    Resource(ResourceAddr),
    /// The repetition of a call.
    Call(ModulePath),
}

/// Reports each cycle once, with all that takes part in it.
pub(super) fn check(config: &Config, diags: &mut Diagnostics) {
    let mut web = Web { config, graph: Graph::new(), ids: BTreeMap::new() };
    for module in config.modules.values() {
        web.nodes(module);
    }
    for module in config.modules.values() {
        web.edges(module);
    }
    for cycle in web.graph.cycles() {
        let cycle = round_trip(&web.graph, &cycle);
        let members: Vec<&Node> = cycle.iter().filter_map(|id| web.graph.node(*id)).collect();
        let Some(first) = members.first() else { continue };
        let names: Vec<&str> = members.iter().map(|n| n.shown.as_str()).collect();
        let detail = match names.as_slice() {
            [only] => format!("{only} refers to itself."),
            [start, ..] => format!("Each of these needs the next one first: {} -> {start}.", names.join(" -> ")),
            [] => continue,
        };
        diags.push(Diagnostic::error("Cycle", detail).at(first.span).help("Break the cycle: one of the references has to go."));
    }
}

/// A way round inside a group of nodes that need each other, in the order of need.
fn round_trip(graph: &Graph<Node>, group: &[NodeId]) -> Vec<NodeId> {
    let mut path: Vec<NodeId> = Vec::new();
    let mut at = group.first().copied();
    while let Some(node) = at {
        if let Some(begin) = path.iter().position(|seen| *seen == node) {
            return path.split_off(begin);
        }
        path.push(node);
        let mut inside = graph.dependencies(node).filter(|d| group.contains(d));
        at = inside.next();
    }
    path
}

struct Web<'a> {
    config: &'a Config,
    graph: Graph<Node>,
    ids: BTreeMap<Id, NodeId>,
}

impl Web<'_> {
    fn add(&mut self, id: Id, shown: String, span: Span) {
        let shown = match &id {
            Id::Var(path, _) | Id::Local(path, _) | Id::Output(path, _) if !path.is_root() => format!("{path}.{shown}"),
            _ => shown,
        };
        let node = self.graph.add_node(Node { shown, span });
        self.ids.insert(id, node);
    }

    fn nodes(&mut self, module: &Module) {
        let path = &module.path;
        for (name, v) in &module.variables {
            self.add(Id::Var(path.clone(), name.clone()), format!("var.{name}"), v.span);
        }
        for (name, l) in &module.locals {
            self.add(Id::Local(path.clone(), name.clone()), format!("local.{name}"), l.span);
        }
        for (name, o) in &module.outputs {
            self.add(Id::Output(path.clone(), name.clone()), format!("output.{name}"), o.span);
        }
        for (addr, r) in &module.resources {
            self.add(Id::Resource(addr.clone()), addr.to_string(), r.span);
        }
        for (name, call) in &module.calls {
            let child = path.child(name);
            self.add(Id::Call(child.clone()), child.to_string(), call.span);
        }
    }

    fn edges(&mut self, module: &Module) {
        let path = &module.path;
        for (name, v) in &module.variables {
            // A validation may look at its own variable.
            let from = Id::Var(path.clone(), name.clone());
            let rules = v.validations.iter().flat_map(|r| [&r.condition, &r.error_message]);
            let refs: Vec<Reference> = rules.flat_map(found).filter(|r| r.subject != Subject::Var(name.clone())).collect();
            self.link(&from, module, &refs);
        }
        for (name, l) in &module.locals {
            self.link(&Id::Local(path.clone(), name.clone()), module, &found(&l.expr));
        }
        for (name, o) in &module.outputs {
            let all: Vec<Reference> = std::iter::once(&o.value).chain(&o.depends_on).flat_map(found).collect();
            self.link(&Id::Output(path.clone(), name.clone()), module, &all);
        }
        for (addr, r) in &module.resources {
            let mut refs = body_references(&r.body, &[], &mut Diagnostics::new());
            refs.extend(r.repetition().chain(&r.depends_on).flat_map(found));
            refs.extend(r.lifecycle.replace_triggered_by.iter().flat_map(found));
            self.link(&Id::Resource(addr.clone()), module, &refs);
        }
        self.call_edges(module);
    }

    fn call_edges(&mut self, module: &Module) {
        for (name, call) in &module.calls {
            let child = module.path.child(name);
            let repetition: Vec<Reference> = call.repetition().chain(&call.depends_on).flat_map(found).collect();
            self.link(&Id::Call(child.clone()), module, &repetition);
            for (argument, expr) in &call.arguments {
                self.link(&Id::Var(child.clone(), argument.clone()), module, &found(expr));
            }
            let Some(inside) = self.config.modules.get(&child) else { continue };
            let vars = inside.variables.keys().map(|n| Id::Var(child.clone(), n.clone()));
            let resources = inside.resources.keys().map(|a| Id::Resource(a.clone()));
            let deeper = inside.calls.keys().map(|n| Id::Call(child.child(n)));
            for id in vars.chain(resources).chain(deeper).collect::<Vec<_>>() {
                self.edge(&id, &Id::Call(child.clone()));
            }
        }
    }

    fn link(&mut self, from: &Id, module: &Module, refs: &[Reference]) {
        for reference in refs {
            for to in targets(self.config, module, reference) {
                self.edge(from, &to);
            }
        }
    }

    fn edge(&mut self, from: &Id, to: &Id) {
        if let (Some(from), Some(to)) = (self.ids.get(from), self.ids.get(to)) {
            self.graph.add_edge(*from, *to);
        }
    }
}

fn found(expr: &Expr) -> Vec<Reference> {
    references(expr, &mut Diagnostics::new())
}

/// What a reference waits for. A module as a whole is all of its outputs.
fn targets(config: &Config, module: &Module, reference: &Reference) -> Vec<Id> {
    let path = &module.path;
    match &reference.subject {
        Subject::Var(name) => vec![Id::Var(path.clone(), name.clone())],
        Subject::Local(name) => vec![Id::Local(path.clone(), name.clone())],
        Subject::Resource { mode, kind, name } => {
            vec![Id::Resource(ResourceAddr { module: path.clone(), mode: *mode, kind: kind.clone(), name: name.clone() })]
        }
        Subject::Module(name) => {
            let child = path.child(name);
            let output = reference.rest.iter().find_map(|s| if let RestStep::Attr(n) = s { Some(n) } else { None });
            let Some(inside) = config.modules.get(&child) else { return Vec::new() };
            let wanted = inside.outputs.keys().filter(|n| output.is_none_or(|o| o == *n));
            wanted.map(|n| Id::Output(child.clone(), n.clone())).chain([Id::Call(child.clone())]).collect()
        }
        _ => Vec::new(),
    }
}
