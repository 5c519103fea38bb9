//! Data safety: snapshots before changes, and restores that can be trusted.
//!
//! What is made is found again by its tags and names, never by what a process remembers: a run that
//! dies leaves a snapshot that the next one waits for, or a restore that it goes on with.

mod listing;
mod name;
mod permissions;
mod prune;
pub mod restore;
mod rule;
mod take;
mod wait;

pub use listing::{Listed, to_json, to_text};
pub use name::{COMMIT, ENVIRONMENT, RULE, RUN, snapshot_name};
pub use permissions::permissions;
pub use prune::{prune, surplus};
pub use rule::{Before, Rule, decode};
pub use take::{Order, Taken, Taking, take};
pub use wait::{Halt, Look, Tell, Waiting};

use crate::diag::Diagnostic;
use crate::provider::ProviderError;

/// A service's error as a message.
#[must_use]
pub fn diagnostic(error: ProviderError) -> Diagnostic {
    Diagnostic { help: error.help, ..Diagnostic::error(error.summary, error.detail) }
}
