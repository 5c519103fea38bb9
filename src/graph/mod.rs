//! A generic directed graph: topological order, cycles with their members, reachability.
//!
//! Nodes are numbered in the order they were added, and every answer is in a stable order, so that
//! plans and messages do not change from run to run. All queries are linear in nodes and edges.

mod cycles;

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Number of a node in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

impl NodeId {
    /// Position in the order of addition, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// Nodes and who depends on whom.
#[derive(Clone, Debug)]
pub struct Graph<N> {
    nodes: Vec<N>,
    dependencies: Vec<BTreeSet<NodeId>>,
    dependents: Vec<BTreeSet<NodeId>>,
}

impl<N> Default for Graph<N> {
    fn default() -> Self {
        Graph { nodes: Vec::new(), dependencies: Vec::new(), dependents: Vec::new() }
    }
}

impl<N> Graph<N> {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node; equal content is not looked for.
    pub fn add_node(&mut self, node: N) -> NodeId {
        self.nodes.push(node);
        self.dependencies.push(BTreeSet::new());
        self.dependents.push(BTreeSet::new());
        NodeId(self.nodes.len() - 1)
    }

    /// `dependent` needs `dependency`. Repeating an edge changes nothing; numbers of another graph
    /// are ignored.
    pub fn add_edge(&mut self, dependent: NodeId, dependency: NodeId) {
        if dependent.0 >= self.nodes.len() || dependency.0 >= self.nodes.len() {
            return;
        }
        if let Some(set) = self.dependencies.get_mut(dependent.0) {
            set.insert(dependency);
        }
        if let Some(set) = self.dependents.get_mut(dependency.0) {
            set.insert(dependent);
        }
    }

    /// Takes an edge away.
    pub fn remove_edge(&mut self, dependent: NodeId, dependency: NodeId) {
        if let Some(set) = self.dependencies.get_mut(dependent.0) {
            set.remove(&dependency);
        }
        if let Some(set) = self.dependents.get_mut(dependency.0) {
            set.remove(&dependent);
        }
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The content of a node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&N> {
        self.nodes.get(id.0)
    }

    /// The content of a node, to change it.
    pub fn node_mut(&mut self, id: NodeId) -> Option<&mut N> {
        self.nodes.get_mut(id.0)
    }

    /// All nodes in the order of addition.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<N> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// All nodes with their content, in the order of addition.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &N)> {
        self.nodes.iter().enumerate().map(|(i, n)| (NodeId(i), n))
    }

    /// What `id` directly needs, in the order of addition.
    pub fn dependencies(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.dependencies.get(id.0).into_iter().flatten().copied()
    }

    /// What directly needs `id`, in the order of addition.
    pub fn dependents(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.dependents.get(id.0).into_iter().flatten().copied()
    }

    /// Everything the given nodes need, directly or not; without themselves unless in a cycle.
    #[must_use]
    pub fn all_dependencies(&self, of: impl IntoIterator<Item = NodeId>) -> BTreeSet<NodeId> {
        reach(&self.dependencies, of)
    }

    /// Everything that needs one of the given nodes, directly or not.
    #[must_use]
    pub fn all_dependents(&self, of: impl IntoIterator<Item = NodeId>) -> BTreeSet<NodeId> {
        reach(&self.dependents, of)
    }

    /// Every node after all it depends on; among those that are free, the first added comes first.
    ///
    /// # Errors
    /// When there is a cycle: its members, each needing the next and the last the first.
    pub fn topological(&self) -> Result<Vec<NodeId>, Vec<NodeId>> {
        let mut waiting: Vec<usize> = self.dependencies.iter().map(BTreeSet::len).collect();
        let mut free: BinaryHeap<Reverse<NodeId>> = self.ids().filter(|id| waiting.get(id.0) == Some(&0)).map(Reverse).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(Reverse(id)) = free.pop() {
            order.push(id);
            for next in self.dependents(id) {
                if let Some(left) = waiting.get_mut(next.0) {
                    *left -= 1;
                    if *left == 0 {
                        free.push(Reverse(next));
                    }
                }
            }
        }
        if order.len() == self.nodes.len() {
            return Ok(order);
        }
        let stuck = self.ids().find(|id| waiting.get(id.0).is_some_and(|left| *left > 0));
        Err(stuck.map(|id| self.walk_to_cycle(id, &waiting)).unwrap_or_default())
    }
}

fn reach(edges: &[BTreeSet<NodeId>], from: impl IntoIterator<Item = NodeId>) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::new();
    let mut open: Vec<NodeId> = from.into_iter().collect();
    while let Some(id) = open.pop() {
        for next in edges.get(id.0).into_iter().flatten() {
            if found.insert(*next) {
                open.push(*next);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
