use super::*;
use proptest::prelude::*;

fn graph(size: usize, edges: &[(usize, usize)]) -> Graph<usize> {
    let mut g = Graph::new();
    let ids: Vec<NodeId> = (0..size).map(|i| g.add_node(i)).collect();
    edges.iter().for_each(|(a, b)| g.add_edge(ids[*a], ids[*b]));
    g
}

fn numbers(ids: impl IntoIterator<Item = NodeId>) -> Vec<usize> {
    ids.into_iter().map(NodeId::index).collect()
}

#[test]
fn order_is_stable() {
    let g = graph(5, &[(0, 3), (1, 3), (4, 1)]);
    assert_eq!(numbers(g.topological().unwrap()), [2, 3, 0, 1, 4]);
    assert_eq!(numbers(g.all_dependencies([NodeId(4)])), [1, 3]);
    assert_eq!(numbers(g.all_dependents([NodeId(3)])), [0, 1, 4]);
}

#[test]
fn a_cycle_is_named_in_order() {
    let g = graph(6, &[(0, 1), (1, 2), (2, 3), (3, 1), (3, 4), (5, 0)]);
    assert_eq!(numbers(g.topological().unwrap_err()), [1, 2, 3]);
    assert_eq!(g.cycles().into_iter().map(numbers).collect::<Vec<_>>(), [vec![1, 2, 3]]);
    let own = graph(2, &[(1, 1)]);
    assert_eq!(numbers(own.topological().unwrap_err()), [1]);
    assert_eq!(own.cycles().len(), 1);
}

#[test]
fn long_chains_do_not_overflow() {
    let edges: Vec<(usize, usize)> = (1..100_000).map(|i| (i - 1, i)).collect();
    let g = graph(100_000, &edges);
    assert_eq!(g.topological().unwrap().first().map(|n| n.index()), Some(99_999));
    assert!(g.cycles().is_empty());
}

proptest! {
    #[test]
    fn order_respects_every_edge(edges in prop::collection::vec((0usize..20, 0usize..20), 0..40)) {
        let g = graph(20, &edges);
        match g.topological() {
            Ok(order) => {
                prop_assert_eq!(order.len(), 20);
                let place = |n: usize| order.iter().position(|id| id.index() == n);
                for (a, b) in edges {
                    prop_assert!(place(b) < place(a));
                }
                prop_assert!(g.cycles().is_empty());
            }
            Err(cycle) => {
                prop_assert!(!cycle.is_empty());
                let next = cycle.iter().cycle().skip(1);
                for (a, b) in cycle.iter().zip(next) {
                    prop_assert!(g.dependencies(*a).any(|d| d == *b));
                }
                prop_assert!(g.cycles().iter().any(|group| cycle.iter().all(|id| group.contains(id))));
            }
        }
    }
}
