//! Contract of a remote host: run commands, read and write files.
//!
//! Commands are values made by the pure application layer; a remote runs them. Secrets travel
//! over standard input or file contents, never in arguments.

use async_trait::async_trait;

/// A command to run: a shell line and what it gets on standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteCommand {
    /// POSIX shell text, arguments already quoted.
    pub shell: String,
    /// Standard input (scripts with secrets go here).
    pub stdin: Option<Vec<u8>>,
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteOutput {
    /// Exit code; `None` when killed by a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// What a remote can fail with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteError {
    /// No connection: refused, time-out, name unknown.
    Unreachable(String),
    /// The host key is not the pinned one.
    HostKeyChanged(String),
    /// The host refused our credentials.
    Denied(String),
    /// The connection broke or a file operation failed.
    Broken(String),
}

/// Receives output line by line while a command runs.
pub type LineSink<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// A connected host.
#[async_trait]
pub trait Remote: Send + Sync {
    /// Runs a command to its end; lines of both streams also go to `lines`.
    async fn run(&self, command: &RemoteCommand, lines: Option<LineSink<'_>>) -> Result<RemoteOutput, RemoteError>;
    /// The content of a file; `None` when it does not exist.
    async fn read_file(&self, path: &str) -> Result<Option<Vec<u8>>, RemoteError>;
    /// Writes a file atomically (temporary file beside it, fsync, rename) with a mode.
    async fn write_file(&self, path: &str, content: &[u8], mode: u32) -> Result<(), RemoteError>;
    /// The host key this connection saw, as a known_hosts line without the host.
    fn host_key(&self) -> Option<String>;
    /// Ends the connection.
    async fn close(self: Box<Self>);
}
