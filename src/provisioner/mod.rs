//! Contract of provisioners: what runs beside an object that was made or is about to go.
//!
//! A job is complete: everything in it is evaluated. Who carries it out (a program of this
//! machine, a host over SSH) is wired in above.

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// When a provisioner runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After its object was created.
    Create,
    /// Before its object is destroyed.
    Destroy,
}

/// One provisioner of one object, evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// `local-exec`, `remote-exec`, `file`
    pub kind: &'static str,
    /// What to do.
    pub task: Task,
    /// `on_failure = continue`: a failure is a warning.
    pub may_fail: bool,
    /// Its configuration holds sensitive values: output is not shown.
    pub secret: bool,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Run a command here.
    Local(LocalCommand),
    /// Run commands on a host.
    Remote {
        /// Which host.
        connection: Connection,
        /// What, in order.
        scripts: Vec<Script>,
    },
    /// Bring files to a host.
    Upload {
        /// Which host.
        connection: Connection,
        /// What.
        source: Source,
        /// Path there.
        destination: String,
    },
}

/// `local-exec`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalCommand {
    /// The last argument of the interpreter.
    pub command: String,
    /// Program and first arguments.
    pub interpreter: Vec<String>,
    /// Its folder.
    pub dir: Option<PathBuf>,
    /// Variables beside those of this process.
    pub env: BTreeMap<String, String>,
    /// `quiet`: its output is not shown.
    pub quiet: bool,
}

/// Commands for a host.
#[derive(Clone, Debug, PartialEq)]
pub enum Script {
    /// Lines, one after the other.
    Inline(String),
    /// A file of this machine.
    File(PathBuf),
}

/// What is brought to a host.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// This text.
    Content(String),
    /// A file or folder of this machine; a folder with a slash at its end means what is in it.
    Path(String),
}

/// How to reach a host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connection {
    /// Name or address.
    pub host: String,
    /// Login name.
    pub user: String,
    /// Port.
    pub port: Option<u16>,
    /// A private key (its text, not a path).
    pub private_key: Option<String>,
    /// The host's key, as `type base64`.
    pub host_key: Option<String>,
    /// Jump host: `user@host:port`.
    pub jump: Option<String>,
    /// How long to wait for the host.
    pub timeout: Duration,
}

/// Why a job failed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisionError {
    /// Fixed short text.
    pub summary: String,
    /// What happened.
    pub detail: String,
}

impl ProvisionError {
    /// An error.
    #[must_use]
    pub fn new(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        ProvisionError { summary: summary.into(), detail: detail.into() }
    }
}

/// Receives output line by line.
pub type Lines<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Carries out jobs.
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// Runs a job to its end.
    async fn run(&self, job: &Job, lines: Lines<'_>) -> Result<(), ProvisionError>;
}
