//! The configuration: modules and blocks with their meaning, loaded from syntax trees.
//!
//! [`load`] reads a tree of modules, [`collect_variables`] what people gave for the root's
//! variables, [`complete_backend`] where the state lies, and `validate` finds the mistakes that
//! can be seen without evaluating anything. Expressions stay syntax: evaluation is the planner's.

mod backend;
mod constant;
mod decode;
mod defaults;
mod early;
mod encryption;
mod environment;
mod fields;
mod folder;
mod layout;
mod legacy;
mod load;
mod model;
mod overrides;
mod paths;
mod provider_check;
mod providers;
mod read;
mod report;
mod sources;
pub mod testing;
mod tree;
mod typeexpr;
mod validate;
mod variables;
mod version;

pub use backend::{Remembered, backend_of, complete_backend, findable, identity, recall, recorded_backend, same_place};
pub use encryption::{Encryption, KeyHash, KeySource, KmsKey, Passphrase, RemoteStates, SealKey, SealMethod, encryption};
pub use environment::{Located, list_environments, locate_environment};
pub use load::{LoadRequest, Loaded, load, load_with};
pub use model::*;
pub use providers::ResolvedProvider;
pub use sources::{EarlyValues, LocalOnly, ModuleAnswer, ModuleFolder, ModuleRequest, ModuleSources};
pub use validate::{hcl_notes, static_scope, validate};
pub use variables::{Given, VariableRequest, Variables, collect_variables, missing_variables};
pub use version::{Constraint, LANGUAGE_LEVEL, Version, aws_provider_meets, language_level_meets};

#[cfg(test)]
mod tests;
