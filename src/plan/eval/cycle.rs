//! What to say about a configuration whose parts need each other.

use super::graph::Node;
use super::providers::block as provider_block;
use crate::addr::ModulePath;
use crate::config::Config;
use crate::diag::{Diagnostic, Span};
use crate::graph::{Graph, NodeId};

/// The ring of members, each with the place where it is declared.
pub(super) fn cycle(config: &Config, graph: &Graph<Node>, members: &[NodeId]) -> Diagnostic {
    let mut ring: Vec<(String, Option<Span>)> = Vec::new();
    for node in members.iter().filter_map(|id| graph.node(*id)) {
        let name = node.to_string();
        if ring.last().is_none_or(|(last, _)| *last != name) {
            ring.push((name, declared(config, node)));
        }
    }
    let place = ring.iter().find_map(|(_, span)| *span);
    if let [(only, _)] = ring.as_slice() {
        let detail = format!("The configuration of {only} refers to {only}.");
        return Diagnostic::error("Self-reference", detail)
            .or_at(place)
            .help("Use a literal or another object's value; `self` works in conditions only.");
    }
    let mut names: Vec<&str> = ring.iter().map(|(name, _)| name.as_str()).collect();
    names.extend(names.first().copied());
    let places: String = ring.iter().filter_map(|(name, span)| Some(format!("\n  {name} ({})", written(config, (*span)?)))).collect();
    Diagnostic::error("Cycle", format!("These need each other, so none can be first: {}.{places}", names.join(" -> ")))
        .or_at(place)
        .help("Take one of the references away, or split one of the objects.")
}

fn written(config: &Config, span: Span) -> String {
    format!("{}:{}", config.sources.name(span.file), config.sources.line_col(span).0)
}

fn declared(config: &Config, node: &Node) -> Option<Span> {
    let module = |path: &ModulePath| config.modules.get(path);
    match node {
        Node::Expand(path) | Node::Gate(path) | Node::Whole(path) => {
            let (name, parents) = path.0.split_last()?;
            module(&ModulePath(parents.to_vec()))?.calls.get(name).map(|c| c.span)
        }
        Node::Variable(path, name) => module(path)?.variables.get(name).map(|v| v.span),
        Node::Local(path, name) => module(path)?.locals.get(name).map(|l| l.span),
        Node::Output(path, name) => module(path)?.outputs.get(name).map(|o| o.span),
        Node::Check(path, name) => module(path)?.checks.get(name).map(|c| c.span),
        Node::Provider(addr) => provider_block(config, addr).map(|p| p.span),
        Node::Resource(addr) => module(&addr.module)?.resources.get(addr).map(|r| r.span),
        Node::App(name) => config.apps.iter().find(|a| a.name == *name).map(|a| a.block.span),
    }
}
