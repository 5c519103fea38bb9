//! A remote host: connect, run commands, read and write files.

use super::RemoteError;
use crate::app::RemoteCommand;
use async_trait::async_trait;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

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

impl RemoteOutput {
    /// Whether it ended with code 0.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }
    /// Standard output as text without surrounding white space.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim().to_string()
    }
    /// Standard error as text without surrounding white space.
    #[must_use]
    pub fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim().to_string()
    }
}

/// Receives output line by line while a command runs.
pub type LineSink<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Standard input that comes while a command runs: its pieces in order. It has ended when nobody sends any more.
pub type Input = tokio::sync::mpsc::Receiver<Arc<[u8]>>;

/// A connected host.
#[async_trait]
pub trait Remote: Send + Sync {
    /// Runs a command to its end; lines of both streams also go to `lines`.
    async fn run(&self, command: &RemoteCommand, lines: Option<LineSink<'_>>) -> Result<RemoteOutput, RemoteError>;
    /// Runs a command whose output is only passed on, line by line, standard output and standard error apart; its
    /// exit code (`None`: killed by a signal). For output that may never end. `input` is what the command reads, in place
    /// of the input that it brings along; a command that ends does not wait for the rest of it.
    async fn stream(
        &self,
        command: &RemoteCommand,
        input: Option<Input>,
        out: LineSink<'_>,
        err: LineSink<'_>,
    ) -> Result<Option<i32>, RemoteError>;
    /// The content of a file; `None` when it does not exist.
    async fn read_file(&self, path: &str) -> Result<Option<Vec<u8>>, RemoteError>;
    /// Writes a file atomically (temporary file beside it, fsync, rename) with a mode.
    async fn write_file(&self, path: &str, content: &[u8], mode: u32) -> Result<(), RemoteError>;
    /// The host key this connection saw, as a known_hosts line without the host.
    fn host_key(&self) -> Option<String>;
    /// Ends the connection.
    async fn close(self: Box<Self>);
}

/// Which host key is acceptable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKeyCheck {
    /// Only this one. `name` stands for the host in messages and in our known_hosts file.
    Pinned {
        /// Identity of the host: instance id, or its name.
        name: String,
        /// `type base64`, as [`Remote::host_key`] gave it.
        key: String,
    },
    /// First contact with a machine that has just been made: whatever it shows is pinned.
    Fresh {
        /// Identity of the host.
        name: String,
    },
    /// A host people know: their own known_hosts files decide, new hosts are added there.
    User,
}

/// How to reach a host. What is not set here comes from the user's ssh configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSpec {
    /// Name, address or alias of the ssh configuration.
    pub host: String,
    /// Login name.
    pub user: Option<String>,
    /// Port.
    pub port: Option<u16>,
    /// Private key file.
    pub key: Option<PathBuf>,
    /// Jump hosts as `ssh -J` takes them.
    pub jump: Option<String>,
    /// ssh configuration file instead of the user's.
    pub config: Option<PathBuf>,
    /// How long one attempt may take.
    pub connect_timeout: Duration,
    /// Which host key is acceptable.
    pub host_key: HostKeyCheck,
}

/// Opens connections.
#[async_trait]
pub trait Connector: Send + Sync {
    /// One attempt to connect; waiting and retrying is the caller's.
    async fn connect(&self, spec: &HostSpec) -> Result<Box<dyn Remote>, RemoteError>;
}
