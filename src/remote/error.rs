//! What a remote host can fail with.

use std::fmt;

/// What kind of failure, and what happened in words (never a secret).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteError {
    /// No connection: refused, time-out, name unknown. Waiting may help.
    Unreachable(String),
    /// The host key is not the pinned one, or not acceptable. Waiting never helps.
    HostKeyChanged(String),
    /// The host refused our credentials.
    Denied(String),
    /// The connection broke or a file operation failed.
    Broken(String),
    /// What we were asked to connect to cannot be right (a host name with a space in it).
    Invalid(String),
}

impl RemoteError {
    /// What happened, in words.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            RemoteError::Unreachable(m)
            | RemoteError::HostKeyChanged(m)
            | RemoteError::Denied(m)
            | RemoteError::Broken(m)
            | RemoteError::Invalid(m) => m,
        }
    }

    /// Fixed short text for a diagnostic.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        match self {
            RemoteError::Unreachable(_) => "Host not reachable",
            RemoteError::HostKeyChanged(_) => "Host key not trusted",
            RemoteError::Denied(_) => "Host refused the login",
            RemoteError::Broken(_) => "Remote operation failed",
            RemoteError::Invalid(_) => "Invalid SSH settings",
        }
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary(), self.message())
    }
}

impl std::error::Error for RemoteError {}
