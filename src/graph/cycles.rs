//! Cycles, with their members in the order in which they need each other.

use super::{Graph, NodeId};
use std::collections::BTreeMap;

impl<N> Graph<N> {
    /// From a node that waits, along what it waits for, until a node comes again. `waiting` counts
    /// the dependencies that were never met: above zero, one of them waits itself.
    pub(super) fn walk_to_cycle(&self, start: NodeId, waiting: &[usize]) -> Vec<NodeId> {
        let mut path = Vec::new();
        let mut seen: BTreeMap<NodeId, usize> = BTreeMap::new();
        let mut at = start;
        loop {
            if let Some(begin) = seen.get(&at) {
                return path.split_off(*begin);
            }
            seen.insert(at, path.len());
            path.push(at);
            let next = self.dependencies(at).find(|d| waiting.get(d.index()).is_some_and(|left| *left > 0));
            match next {
                Some(next) => at = next,
                None => return path,
            }
        }
    }

    /// All groups of nodes that need each other (strongly connected, two nodes or more, or one that
    /// needs itself), each in order of addition, the groups by their first member.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<NodeId>> {
        let mut groups: Vec<Vec<NodeId>> = self.components();
        groups.retain(|g| g.len() > 1 || g.first().is_some_and(|id| self.dependencies(*id).any(|d| d == *id)));
        groups.sort();
        groups
    }

    /// Strongly connected components (Kosaraju's two passes, without recursion).
    fn components(&self) -> Vec<Vec<NodeId>> {
        let mut visited = vec![false; self.len()];
        let mut finished = Vec::with_capacity(self.len());
        for root in self.ids() {
            let mut stack = vec![(root, false)];
            while let Some((id, done)) = stack.pop() {
                if done {
                    finished.push(id);
                } else if mark(&mut visited, id) {
                    stack.push((id, true));
                    stack.extend(self.dependencies(id).map(|d| (d, false)));
                }
            }
        }
        let mut taken = vec![false; self.len()];
        let mut groups = Vec::new();
        for root in finished.into_iter().rev() {
            let mut group = Vec::new();
            let mut stack = vec![root];
            while let Some(id) = stack.pop() {
                if mark(&mut taken, id) {
                    group.push(id);
                    stack.extend(self.dependents(id));
                }
            }
            if !group.is_empty() {
                group.sort_unstable();
                groups.push(group);
            }
        }
        groups
    }
}

/// Marks the node; whether it was not marked before.
fn mark(marks: &mut [bool], id: NodeId) -> bool {
    marks.get_mut(id.index()).is_some_and(|m| !std::mem::replace(m, true))
}
