//! `-target` and `-exclude`: which part of the configuration and of the state is planned.
//!
//! A target brings what it needs, an exclusion takes what needs it; when destroying it is the
//! other way round.

use crate::addr::{InstanceAddr, ModuleInstance, ResourceAddr, Target};
use crate::graph::NodeId;
use crate::plan::eval::{ConfigGraph, Node};
use crate::plan::{PlanMode, PlanOptions};
use crate::state::State;
use std::collections::BTreeSet;

/// What is planned.
pub(super) struct Selection {
    targets: Vec<Target>,
    excludes: Vec<Target>,
    /// Resources that come (or go) along as a whole.
    along: BTreeSet<ResourceAddr>,
    /// Nodes that are evaluated; `None`: all.
    nodes: Option<BTreeSet<NodeId>>,
}

impl Selection {
    pub fn new(options: &PlanOptions, graph: &ConfigGraph, state: &State) -> Selection {
        let destroy = options.mode == PlanMode::Destroy;
        let wanted = if options.targets.is_empty() { &options.excludes } else { &options.targets };
        let direct = direct(wanted, graph);
        // A target needs its dependencies, an exclusion takes its dependents; destroying turns it.
        let forwards = destroy == options.targets.is_empty();
        let reach = |ids: &BTreeSet<NodeId>| {
            let ids = ids.iter().copied();
            if forwards { graph.graph.all_dependencies(ids) } else { graph.graph.all_dependents(ids) }
        };
        let along_nodes = reach(&direct);
        let mut along: BTreeSet<ResourceAddr> = along_nodes.iter().filter_map(|id| graph.resource(*id)).cloned().collect();
        if destroy && !options.targets.is_empty() {
            along.extend(stored_dependents(state, wanted));
        }
        let nodes = evaluated(options, graph, &direct, &along_nodes);
        Selection { targets: options.targets.clone(), excludes: options.excludes.clone(), along, nodes }
    }

    /// Whether only a part is planned.
    pub fn is_partial(&self) -> bool {
        !self.targets.is_empty() || !self.excludes.is_empty()
    }

    /// Whether a node is evaluated.
    pub fn node(&self, id: NodeId) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.contains(&id))
    }

    /// Whether an instance is planned.
    pub fn instance(&self, addr: &InstanceAddr) -> bool {
        let along = self.along.contains(&addr.config_addr());
        if !self.targets.is_empty() {
            return along || self.targets.iter().any(|t| covers(t, addr));
        }
        !along && !self.excludes.iter().any(|t| covers(t, addr))
    }
}

/// Resource nodes that targets name.
fn direct(targets: &[Target], graph: &ConfigGraph) -> BTreeSet<NodeId> {
    let named = |addr: &ResourceAddr| targets.iter().any(|t| names(t, addr));
    graph.order.iter().filter(|id| graph.resource(**id).is_some_and(named)).copied().collect()
}

/// Whether a target names a resource, whatever its keys.
pub(super) fn names(target: &Target, addr: &ResourceAddr) -> bool {
    match target {
        Target::Module(m) => addr.module.0.starts_with(&m.path().0),
        Target::Resource(r) => r.config_addr() == *addr,
        Target::Instance(i) => i.config_addr() == *addr,
    }
}

/// Whether a target names an instance.
pub(super) fn covers(target: &Target, addr: &InstanceAddr) -> bool {
    match target {
        Target::Module(m) => below(m, &addr.resource.module),
        Target::Resource(r) => r == &addr.resource,
        Target::Instance(i) => i == addr || (i.key == crate::addr::InstanceKey::None && i.resource == addr.resource),
    }
}

/// Whether a module lies in another; a step without a key stands for all its instances.
pub(super) fn below(outer: &ModuleInstance, inner: &ModuleInstance) -> bool {
    let same = |(a, b): (&(_, crate::addr::InstanceKey), &(_, crate::addr::InstanceKey))| {
        let (an, bn): (&std::sync::Arc<str>, &std::sync::Arc<str>) = (&a.0, &b.0);
        an == bn && (a.1 == b.1 || a.1 == crate::addr::InstanceKey::None)
    };
    outer.0.len() <= inner.0.len() && outer.0.iter().zip(&inner.0).all(same)
}

/// Resources of the state that depend on a target.
fn stored_dependents(state: &State, targets: &[Target]) -> BTreeSet<ResourceAddr> {
    let mut found = BTreeSet::new();
    for (addr, _, instance) in state.instances() {
        let objects = instance.current.iter().chain(instance.deposed.values());
        let mut needs = objects.flat_map(|o| o.dependencies.iter());
        if needs.any(|d| targets.iter().any(|t| names(t, d))) {
            found.insert(addr.config_addr());
        }
    }
    found
}

fn evaluated(options: &PlanOptions, graph: &ConfigGraph, direct: &BTreeSet<NodeId>, along: &BTreeSet<NodeId>) -> Option<BTreeSet<NodeId>> {
    if options.targets.is_empty() && options.excludes.is_empty() {
        return None;
    }
    if options.mode == PlanMode::Destroy {
        return None;
    }
    let mut nodes: BTreeSet<NodeId> = if options.targets.is_empty() {
        graph.order.iter().filter(|id| !direct.contains(id) && !along.contains(id)).copied().collect()
    } else {
        direct.iter().chain(along).copied().collect()
    };
    let outputs = graph.order.iter().filter(|id| matches!(graph.graph.node(**id), Some(Node::Output(..))));
    let complete: Vec<NodeId> = outputs
        .filter(|id| {
            let needs = graph.graph.all_dependencies([**id]);
            let mut resources = needs.iter().filter(|n| graph.resource(**n).is_some()).peekable();
            resources.peek().is_some() && resources.all(|n| nodes.contains(n))
        })
        .copied()
        .collect();
    nodes.extend(graph.graph.all_dependencies(complete.iter().copied()));
    nodes.extend(complete);
    let providers = graph.order.iter().filter(|id| matches!(graph.graph.node(**id), Some(Node::Provider(_))));
    let providers: Vec<NodeId> = providers.copied().collect();
    nodes.extend(graph.graph.all_dependencies(providers.iter().copied()).iter().filter(|n| graph.resource(**n).is_none()));
    nodes.extend(providers);
    Some(nodes)
}
