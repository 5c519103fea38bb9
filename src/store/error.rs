//! What a store can fail with.

use super::LockInfo;

/// What kind of failure.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreErrorKind {
    /// Somebody holds the lock.
    Locked(Box<LockInfo>),
    /// The lock was lost while we worked.
    LockLost,
    /// Bucket, table or folder is missing.
    Missing,
    /// Credentials or permissions.
    Denied,
    /// Digest and object disagree.
    DigestMismatch,
    /// The document is not a state, or newer than we know.
    Unreadable,
    /// It changed since it was read.
    Conflict,
    /// Not reachable.
    Unreachable,
    /// Anything else.
    Other,
}

/// A failed store call.
#[derive(Clone, Debug)]
pub struct StoreError {
    /// What kind.
    pub kind: StoreErrorKind,
    /// Fixed short text.
    pub summary: String,
    /// What happened and why.
    pub detail: String,
    /// What to do.
    pub help: Option<String>,
}

impl StoreError {
    /// A failure of a kind.
    pub fn new(kind: StoreErrorKind, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        StoreError { kind, summary: summary.into(), detail: detail.into(), help: None }
    }
    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
