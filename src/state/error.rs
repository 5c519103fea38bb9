//! Why bytes are not a state we can work with.

use crate::diag::Diagnostic;
use std::fmt;

/// What kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateErrorKind {
    /// Not JSON, cut off, or JSON that is no state.
    Malformed,
    /// A format version above ours.
    Newer,
    /// A format version below 4.
    Older,
    /// OpenTofu's state encryption.
    Encrypted,
}

/// A state that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError {
    /// What kind.
    pub kind: StateErrorKind,
    /// Fixed short text.
    pub summary: String,
    /// What is wrong and where in the document; never a value of it.
    pub detail: String,
    /// What to do.
    pub help: String,
}

impl StateError {
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        StateError {
            kind: StateErrorKind::Malformed,
            summary: "The state cannot be read".into(),
            detail: detail.into(),
            help: "Nothing was changed. Restore an earlier version of the state (versions of the bucket's object, or \
                   the .backup file beside a local state)."
                .into(),
        }
    }

    /// As a diagnostic.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.summary.clone(), self.detail.clone()).help(self.help.clone())
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.detail)
    }
}

impl std::error::Error for StateError {}
