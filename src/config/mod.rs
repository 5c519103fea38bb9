//! The configuration: modules and blocks with their meaning, loaded from syntax trees.

mod model;

pub use model::*;
