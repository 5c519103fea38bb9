//! Commands that combine engine and deploy: bootstrap and the like.

pub mod adopt;
pub mod audit;
pub mod bootstrap;
pub mod compare;
pub mod cost;
pub mod doctor;
pub mod drift;
pub mod env_check;
pub mod guard;
pub mod left;
pub mod looks;
pub mod objects;
pub mod policy;
pub mod scaffold;
pub mod snapshot;
pub mod status;
pub mod testing;
pub mod tokens;
