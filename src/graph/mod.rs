//! A generic directed acyclic graph: topological order, cycles with their members.
