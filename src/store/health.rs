//! Looking at a backend without changing it: what `doctor` needs.

use super::{BackendAdmin, StoreError};
use async_trait::async_trait;

/// Whose credentials reach a backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Account id.
    pub account: String,
    /// User, or role with its session.
    pub name: String,
}

/// What a lifecycle rule of the bucket does to states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Danger {
    /// It removes the current state.
    Expires,
    /// It moves the current state to where it cannot be read at once.
    Archives(String),
    /// It removes earlier states.
    ForgetsVersions {
        /// After so many days.
        days: u32,
        /// But keeps so many.
        keeps: u32,
    },
}

/// A lifecycle rule that touches states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DangerousRule {
    /// Its id.
    pub rule: String,
    /// What it does.
    pub danger: Danger,
}

/// Looks at the place where states lie.
#[async_trait]
pub trait BackendHealth: BackendAdmin {
    /// Whose credentials these are; `None` where the backend says not to ask.
    async fn identity(&self) -> Result<Option<Identity>, StoreError>;
    /// What excludes others: `dynamodb_table`, `use_lockfile`, as they are called in the block.
    fn locks(&self) -> Vec<String>;
    /// Rules that remove states or earlier states.
    async fn dangerous_rules(&self) -> Result<Vec<DangerousRule>, StoreError>;
    /// Whether a write on a condition is refused when the condition is not met. Services other than
    /// AWS's are tried with an object beside the state, which is removed again.
    async fn conditional_writes(&self) -> Result<bool, StoreError>;
}
