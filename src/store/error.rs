//! What a store can fail with.

use super::LockInfo;
use crate::diag::Diagnostic;
use crate::provider::{ErrorKind, ProviderError};
use crate::state::StateError;
use std::fmt;

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
    /// The state was written, but not its digest.
    DigestBehind,
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

    /// Somebody holds the lock of the state at `place`.
    #[must_use]
    pub fn locked(info: LockInfo, place: &str) -> Self {
        let or = |text: &str, other: &str| if text.is_empty() { other.to_string() } else { text.to_string() };
        let note = if info.info.is_empty() { String::new() } else { format!(" ({})", info.info) };
        let detail = format!(
            "{} holds the lock of {place} since {}, for {}{note}, with version {}. Lock id: {}.",
            or(&info.who, "Somebody"),
            or(&info.created, "an unknown time"),
            or(&info.operation, "an unknown operation"),
            or(&info.version, "unknown"),
            or(&info.id, "unknown"),
        );
        let id = or(&info.id, "LOCK_ID");
        StoreError::new(StoreErrorKind::Locked(Box::new(info)), "The state is locked", detail).help(format!(
            "Wait until that command is done, or let this one wait with -lock-timeout=5m. Only if it is certainly dead: \
             envctl unlock <env> {id}"
        ))
    }

    /// As a diagnostic.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.summary.clone(), self.detail.clone());
        match &self.help {
            Some(help) => diagnostic.help(help.clone()),
            None => diagnostic,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.detail)?;
        match &self.help {
            Some(help) => write!(f, " {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<StateError> for StoreError {
    fn from(error: StateError) -> Self {
        StoreError::new(StoreErrorKind::Unreadable, error.summary, error.detail).help(error.help)
    }
}

/// A store's failure where a provider's is expected. A lost lock ends a run as an interruption does.
impl From<StoreError> for ProviderError {
    fn from(error: StoreError) -> Self {
        let kind = if error.kind == StoreErrorKind::LockLost { ErrorKind::Cancelled } else { ErrorKind::Other };
        let mut out = ProviderError::new(kind, error.summary, error.detail);
        out.help = error.help;
        out
    }
}
