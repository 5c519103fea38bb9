//! Schemas of providers, resources and data sources, and the pure rules of their types.
//!
//! A schema says which attributes and blocks exist; [`TypeRules`] say what the plan needs to know
//! about a type beyond that: defaults, custom diff, semantic equality, upgrades. All of it is
//! pure, so that planning decides everything and applying decides nothing.

mod block;
mod draft;
mod rules;
mod source;

pub use block::{Attribute, BlockSchema, NestedBlock, Nesting, boolean, list_of, map_of, number, of, set_of, string};
pub use draft::{DiffDraft, Note, Replace};
pub use rules::{ProviderFacts, ResourceSchema, RuleError, TypeRules};
pub use source::{Availability, SchemaSource};
