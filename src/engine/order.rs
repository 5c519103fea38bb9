//! The order of an apply: a graph of steps made from the plan alone.
//!
//! Making and changing goes from dependencies to dependents; destroying the other way. A barrier
//! per resource stands for "all its instances", so that N instances depending on M cost N + M
//! edges. Old objects under `create_before_destroy` go when everything that used them has moved.

use crate::addr::{InstanceAddr, ResourceAddr};
use crate::graph::{Graph, NodeId};
use crate::plan::{Action, Plan, ResourceChange};
use std::collections::{BTreeMap, BTreeSet};

/// A step of an apply. Numbers are positions in `Plan::changes`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Create, update or read.
    Do(usize),
    /// Destroy the object that is there (or was replaced).
    Destroy(usize),
    /// Every instance of a resource is made.
    Made(ResourceAddr),
    /// Every instance of a resource that goes is gone.
    Gone(ResourceAddr),
}

/// The graph of steps.
///
/// # Errors
/// The addresses on a cycle, which a consistent plan does not have.
pub fn order(plan: &Plan) -> Result<Graph<Step>, Vec<InstanceAddr>> {
    let mut b = Builder { plan, graph: Graph::new(), ids: BTreeMap::new() };
    for (i, change) in plan.changes.iter().enumerate() {
        b.change(i, change);
    }
    let graph = b.graph;
    match graph.topological() {
        Ok(_) => Ok(graph),
        Err(members) => Err(members.iter().filter_map(|id| addr_of(plan, graph.node(*id)?)).collect()),
    }
}

fn addr_of(plan: &Plan, step: &Step) -> Option<InstanceAddr> {
    match step {
        Step::Do(i) | Step::Destroy(i) => plan.changes.get(*i).map(|c| c.addr.clone()),
        Step::Made(_) | Step::Gone(_) => None,
    }
}

struct Builder<'a> {
    plan: &'a Plan,
    graph: Graph<Step>,
    ids: BTreeMap<Step, NodeId>,
}

impl Builder<'_> {
    fn node(&mut self, step: Step) -> NodeId {
        if let Some(id) = self.ids.get(&step) {
            return *id;
        }
        let id = self.graph.add_node(step.clone());
        self.ids.insert(step, id);
        id
    }

    fn edge(&mut self, later: Step, earlier: Step) {
        let (later, earlier) = (self.node(later), self.node(earlier));
        if later != earlier {
            self.graph.add_edge(later, earlier);
        }
    }

    fn change(&mut self, i: usize, change: &ResourceChange) {
        let resource = change.addr.config_addr();
        let makes = !matches!(change.action, Action::NoOp | Action::Delete | Action::Forget);
        if makes {
            self.edge(Step::Made(resource.clone()), Step::Do(i));
            for dependency in change.dependencies.iter().filter(|d| **d != resource) {
                self.edge(Step::Do(i), Step::Made(dependency.clone()));
            }
        }
        match change.action {
            Action::Delete | Action::DeleteThenCreate => self.destroy(i, change, &resource, false),
            Action::CreateThenDelete => {
                self.destroy(i, change, &resource, true);
                self.edge(Step::Destroy(i), Step::Do(i));
            }
            Action::Forget => {
                self.node(Step::Destroy(i));
            }
            Action::Update => self.let_go(i, change, &resource),
            Action::NoOp | Action::Create | Action::Read => {}
        }
        if change.action == Action::DeleteThenCreate {
            self.edge(Step::Do(i), Step::Destroy(i));
        }
    }

    /// What the old object depended on is destroyed after it.
    fn destroy(&mut self, i: usize, change: &ResourceChange, resource: &ResourceAddr, create_first: bool) {
        self.edge(Step::Gone(resource.clone()), Step::Destroy(i));
        for dependency in self.old_dependencies(change).iter().filter(|d| *d != resource) {
            for other in self.going(dependency) {
                self.edge(Step::Destroy(other), Step::Gone(resource.clone()));
            }
        }
        if !create_first {
            return;
        }
        for (j, dependent) in self.plan.changes.iter().enumerate() {
            let moves = matches!(dependent.action, Action::Update | Action::Create | Action::CreateThenDelete | Action::DeleteThenCreate);
            if moves && dependent.dependencies.contains(resource) {
                self.edge(Step::Destroy(i), Step::Do(j));
            }
        }
    }

    /// An update that no longer uses something comes before that thing is destroyed.
    fn let_go(&mut self, i: usize, change: &ResourceChange, resource: &ResourceAddr) {
        let still: BTreeSet<&ResourceAddr> = change.dependencies.iter().collect();
        let old = self.old_dependencies(change);
        for dependency in old.iter().filter(|d| *d != resource && !still.contains(d)) {
            for other in self.going(dependency) {
                if self.plan.changes.get(other).is_some_and(|c| c.action == Action::Delete) {
                    self.edge(Step::Destroy(other), Step::Do(i));
                }
            }
        }
    }

    /// What the object in the state depended on.
    fn old_dependencies(&self, change: &ResourceChange) -> Vec<ResourceAddr> {
        let instance = self.plan.refreshed_state.instance(&change.addr);
        let object = instance.and_then(|i| match &change.deposed {
            Some(key) => i.deposed.get(key),
            None => i.current.as_ref(),
        });
        object.map_or_else(|| change.dependencies.clone(), |o| o.dependencies.clone())
    }

    /// Changes that destroy an instance of a resource.
    fn going(&self, resource: &ResourceAddr) -> Vec<usize> {
        let destroys = |c: &ResourceChange| matches!(c.action, Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete);
        let all = self.plan.changes.iter().enumerate();
        all.filter(|(_, c)| destroys(c) && c.addr.config_addr() == *resource).map(|(i, _)| i).collect()
    }
}
