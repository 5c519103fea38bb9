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
    /// Everything that uses a resource uses the new objects.
    Moved(ResourceAddr),
}

/// The graph of steps.
///
/// # Errors
/// The addresses on a cycle, which a consistent plan does not have.
pub fn order(plan: &Plan) -> Result<Graph<Step>, Vec<InstanceAddr>> {
    let mut b = Builder::new(plan);
    for (i, change) in plan.changes.iter().enumerate() {
        b.change(i, change);
    }
    b.soft_edges();
    let graph = b.graph;
    match graph.topological() {
        Ok(_) => Ok(graph),
        Err(members) => Err(members.iter().filter_map(|id| addr_of(plan, graph.node(*id)?)).collect()),
    }
}

fn addr_of(plan: &Plan, step: &Step) -> Option<InstanceAddr> {
    match step {
        Step::Do(i) | Step::Destroy(i) => plan.changes.get(*i).map(|c| c.addr.clone()),
        Step::Made(_) | Step::Gone(_) | Step::Moved(_) => None,
    }
}

struct Builder<'a> {
    plan: &'a Plan,
    graph: Graph<Step>,
    ids: BTreeMap<Step, NodeId>,
    /// Changes that destroy an instance, by resource.
    going: BTreeMap<ResourceAddr, Vec<usize>>,
    /// Changes that make or change something, by what they depend on.
    users: BTreeMap<&'a ResourceAddr, Vec<usize>>,
    /// Pairs of resources whose barriers are joined already.
    joined: BTreeSet<(ResourceAddr, ResourceAddr)>,
    /// `(later, earlier)` where no circle comes of it.
    soft: Vec<(Step, Step)>,
}

impl<'a> Builder<'a> {
    fn new(plan: &'a Plan) -> Self {
        let (mut going, mut users) = (BTreeMap::<_, Vec<usize>>::new(), BTreeMap::<_, Vec<usize>>::new());
        for (i, change) in plan.changes.iter().enumerate() {
            if matches!(change.action, Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete) {
                going.entry(change.addr.config_addr()).or_default().push(i);
            }
            if matches!(change.action, Action::Update | Action::Create | Action::CreateThenDelete | Action::DeleteThenCreate) {
                change.dependencies.iter().for_each(|d| users.entry(d).or_default().push(i));
            }
        }
        Builder { plan, graph: Graph::new(), ids: BTreeMap::new(), going, users, joined: BTreeSet::new(), soft: Vec::new() }
    }

    /// Adds what is better so, unless it would close a circle.
    fn soft_edges(&mut self) {
        for (later, earlier) in std::mem::take(&mut self.soft) {
            let (later, earlier) = (self.node(later), self.node(earlier));
            if !self.graph.all_dependencies([earlier]).contains(&later) {
                self.graph.add_edge(later, earlier);
            }
        }
    }

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
            if !self.joined.insert((dependency.clone(), resource.clone())) {
                continue;
            }
            for other in self.going.get(dependency).cloned().unwrap_or_default() {
                self.edge(Step::Destroy(other), Step::Gone(resource.clone()));
            }
        }
        if !create_first {
            return;
        }
        self.edge(Step::Destroy(i), Step::Moved(resource.clone()));
        if self.joined.insert((resource.clone(), resource.clone())) {
            for user in self.users.get(resource).cloned().unwrap_or_default() {
                self.edge(Step::Moved(resource.clone()), Step::Do(user));
            }
        }
    }

    /// An update that no longer uses something comes before that thing is destroyed.
    fn let_go(&mut self, i: usize, change: &ResourceChange, resource: &ResourceAddr) {
        let still: BTreeSet<&ResourceAddr> = change.dependencies.iter().collect();
        let old = self.old_dependencies(change);
        for dependency in old.iter().filter(|d| *d != resource && !still.contains(d)) {
            for other in self.going.get(dependency).cloned().unwrap_or_default() {
                if self.plan.changes.get(other).is_some_and(|c| c.action == Action::Delete) {
                    self.soft.push((Step::Destroy(other), Step::Do(i)));
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
}
