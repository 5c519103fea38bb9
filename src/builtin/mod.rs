//! Providers without a cloud: `terraform`, `null`, `random`, `local`, `time`, `tls`.
//!
//! Their objects live in the state or on this machine's disk, so a plan without an account can be
//! made, applied and taken back.

mod local;
mod null;
mod object;
mod provider;
mod random;
mod random_chars;
mod random_ephemeral;
mod random_lists;
mod random_rules;
mod remote_state;
mod state_only;
mod terraform;
mod time;
mod time_sleep;
mod tls;

pub use provider::{BuiltinProvider, providers};
