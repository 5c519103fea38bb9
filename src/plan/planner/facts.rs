//! What the configuration alone says about resources: inherited `create_before_destroy`, what
//! they depend on, what they wait for explicitly.

use crate::addr::{Mode, ResourceAddr};
use crate::config::{Config, Resource};
use crate::diag::Diagnostics;
use crate::graph::NodeId;
use crate::lang::{Subject, references};
use crate::plan::eval::{ConfigGraph, Node};
use std::collections::{BTreeMap, BTreeSet};

/// Facts by resource.
pub(super) struct ConfigFacts {
    create_first: BTreeSet<ResourceAddr>,
    dependencies: BTreeMap<ResourceAddr, Vec<ResourceAddr>>,
    waits: BTreeMap<ResourceAddr, BTreeSet<ResourceAddr>>,
}

impl ConfigFacts {
    pub fn new(config: &Config, graph: &ConfigGraph) -> ConfigFacts {
        let mut facts = ConfigFacts { create_first: BTreeSet::new(), dependencies: BTreeMap::new(), waits: BTreeMap::new() };
        let mut first = Vec::new();
        for module in config.modules.values() {
            for (addr, resource) in &module.resources {
                // What exists for the run alone is never in a state.
                let needs = graph.resource_dependencies(addr).into_iter().filter(|a| a.mode != Mode::Ephemeral);
                facts.dependencies.insert(addr.clone(), needs.collect());
                if addr.mode == Mode::Managed && resource.lifecycle.create_before_destroy == Some(true) {
                    facts.create_first.insert(addr.clone());
                    first.extend(graph.ids.get(&Node::Resource(addr.clone())).copied());
                }
                if addr.mode != Mode::Managed {
                    facts.waits.insert(addr.clone(), explicit(resource, graph));
                }
            }
        }
        // What an object with create_before_destroy needs must outlive the old object, too.
        let inherited = graph.graph.all_dependencies(first);
        let managed = inherited.iter().filter_map(|id| graph.resource(*id)).filter(|a| a.mode == Mode::Managed);
        facts.create_first.extend(managed.cloned());
        facts
    }

    /// Whether the new object comes before the old one goes.
    pub fn create_first(&self, addr: &ResourceAddr) -> bool {
        self.create_first.contains(addr)
    }

    /// Everything a resource needs, directly or not.
    pub fn dependencies(&self, addr: &ResourceAddr) -> Vec<ResourceAddr> {
        self.dependencies.get(addr).cloned().unwrap_or_default()
    }

    /// What a data source or ephemeral resource waits for by `depends_on`, its own or its module's.
    pub fn waits(&self, addr: &ResourceAddr) -> impl Iterator<Item = &ResourceAddr> {
        self.waits.get(addr).into_iter().flatten()
    }
}

fn explicit(resource: &Resource, graph: &ConfigGraph) -> BTreeSet<ResourceAddr> {
    let path = &resource.addr.module;
    let mut nodes: BTreeSet<NodeId> = BTreeSet::new();
    let gate = graph.ids.get(&Node::Gate(path.clone())).copied();
    nodes.extend(graph.graph.all_dependencies(gate));
    for expr in &resource.depends_on {
        for reference in references(expr, &mut Diagnostics::new()) {
            let node = match reference.subject {
                Subject::Module(name) => Node::Whole(path.child(&name)),
                Subject::Resource { mode, kind, name } => Node::Resource(ResourceAddr { module: path.clone(), mode, kind, name }),
                _ => continue,
            };
            if let Some(id) = graph.ids.get(&node) {
                nodes.insert(*id);
                nodes.extend(graph.graph.all_dependencies([*id]));
            }
        }
    }
    let resources = nodes.iter().filter_map(|id| graph.resource(*id)).filter(|a| a.mode == Mode::Managed);
    resources.cloned().collect()
}
