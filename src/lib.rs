//! envctl: from an HCL environment definition to a running application.
//!
//! The library is layered; `src/ARCHITECTURE.md` draws the map and `tests/tidy.rs` enforces it.
//! A module imports lower layers, and inside a layer only along the edges listed there.

// L0 vocabulary
pub mod clock;
pub mod diag;
pub mod files;
pub mod graph;
pub mod value;

// L1 names, text, schemas
pub mod addr;
pub mod schema;
pub mod syntax;

// L2 language and configuration
pub mod config;
pub mod lang;

// L3 pure core
pub mod app;
pub mod plan;
pub mod state;

// L4 contracts
pub mod objects;
pub mod provider;
pub mod provisioner;
pub mod remote;
pub mod secret;
pub mod store;

// L5 edges
#[cfg(feature = "aws")]
pub mod aws;
pub mod builtin;
pub mod disk;
pub mod fetch;
pub mod process;
pub mod ssh;

// L6 drivers
pub mod deploy;
pub mod engine;
pub mod ops;

// L7 face
pub mod cli;
pub mod report;
