//! `graph`: which resources need which, as a drawing.

use super::args_language::{GraphArgs, GraphFormat};
use super::project::load_only;
use super::session::Session;
use crate::addr::ResourceAddr;
use crate::diag::Diagnostics;
use crate::graph::NodeId;
use crate::plan::eval::ConfigGraph;
use crate::report::Drawing;
use std::collections::{BTreeMap, BTreeSet};

/// Runs the command.
///
/// # Errors
/// When the environment does not load, or has a cycle.
pub fn run(session: &Session, args: &GraphArgs) -> Result<(), Diagnostics> {
    let config = load_only(session, &args.env)?;
    let graph = ConfigGraph::build(&config, &BTreeSet::new())?;
    let all: Vec<&ResourceAddr> = config.modules.values().flat_map(|m| m.resources.keys()).collect();
    let positions: BTreeMap<&ResourceAddr, usize> = all.iter().enumerate().map(|(i, a)| (*a, i)).collect();
    let mut edges = BTreeSet::new();
    for id in graph.order.iter().filter(|id| graph.resource(**id).is_some()) {
        let Some(from) = graph.resource(*id).and_then(|a| positions.get(a)) else { continue };
        edges.extend(nearest(&graph, *id).iter().filter_map(|a| Some((*from, *positions.get(a)?))));
    }
    let drawing = Drawing { names: all.iter().map(ToString::to_string).collect(), edges: edges.into_iter().collect() };
    session.raw(&match args.format {
        GraphFormat::Dot => drawing.dot(),
        GraphFormat::Mermaid => drawing.mermaid(),
    });
    Ok(())
}

/// The resources that one needs directly, or through variables, locals, outputs and providers.
fn nearest(graph: &ConfigGraph, from: NodeId) -> BTreeSet<ResourceAddr> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::from([from]);
    let mut next: Vec<NodeId> = graph.graph.dependencies(from).collect();
    while let Some(id) = next.pop() {
        if !seen.insert(id) {
            continue;
        }
        match graph.resource(id) {
            Some(addr) => drop(found.insert(addr.clone())),
            None => next.extend(graph.graph.dependencies(id)),
        }
    }
    found
}
