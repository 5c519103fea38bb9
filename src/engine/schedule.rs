//! Which step may run next: counts what each still waits for, and spreads failure to dependents.

use super::order::Step;
use crate::graph::{Graph, NodeId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The progress of a graph of steps.
pub(super) struct Schedule {
    graph: Graph<Step>,
    waiting: BTreeMap<NodeId, usize>,
    ready: VecDeque<NodeId>,
    poisoned: BTreeSet<NodeId>,
}

impl Schedule {
    pub fn new(graph: Graph<Step>) -> Self {
        let waiting: BTreeMap<NodeId, usize> = graph.ids().map(|id| (id, graph.dependencies(id).count())).collect();
        let ready = waiting.iter().filter(|(_, n)| **n == 0).map(|(id, _)| *id).collect();
        Schedule { graph, waiting, ready, poisoned: BTreeSet::new() }
    }

    /// A step that waits for nothing any more.
    pub fn next(&mut self) -> Option<(NodeId, Step)> {
        let id = self.ready.pop_front()?;
        let step = self.graph.node(id)?.clone();
        Some((id, step))
    }

    /// Whether something the step depends on failed or was skipped.
    pub fn is_poisoned(&self, id: NodeId) -> bool {
        self.poisoned.contains(&id)
    }

    /// Takes note of the end of a step; `ok` false poisons what depends on it.
    pub fn done(&mut self, id: NodeId, ok: bool) {
        let dependents: Vec<NodeId> = self.graph.dependents(id).collect();
        for dependent in dependents {
            if !ok {
                self.poisoned.insert(dependent);
            }
            if let Some(n) = self.waiting.get_mut(&dependent) {
                *n = n.saturating_sub(1);
                if *n == 0 {
                    self.ready.push_back(dependent);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_reaches_dependents_only() {
        let mut graph = Graph::new();
        let ids: Vec<NodeId> = (0..4).map(|i| graph.add_node(Step::Do(i))).collect();
        graph.add_edge(ids[1], ids[0]);
        graph.add_edge(ids[2], ids[1]);
        let mut schedule = Schedule::new(graph);
        let mut poisoned = Vec::new();
        while let Some((id, step)) = schedule.next() {
            let sick = schedule.is_poisoned(id);
            if sick {
                poisoned.push(step.clone());
            }
            schedule.done(id, !sick && step != Step::Do(0));
        }
        assert_eq!(poisoned, [Step::Do(1), Step::Do(2)]);
    }
}
