//! Contracts of the world outside the cloud: remote hosts and git repositories.
//!
//! Commands are values made by the pure application layer; a remote runs them. Secrets travel
//! over standard input or file contents, never in arguments. The edges (`ssh`, `process`)
//! implement these traits; `deploy` sees only them.

mod error;
mod git;
mod host;
mod local;

pub use crate::app::RemoteCommand;
pub use error::RemoteError;
pub use git::{GitError, GitSource};
pub use host::{Connector, HostKeyCheck, HostSpec, Input, LineSink, Remote, RemoteOutput};
pub use local::Local;
