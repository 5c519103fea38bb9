//! Remote hosts over the system's OpenSSH.
//!
//! One `ssh` process per host is the master of all sessions, so that people's ssh_config, agents,
//! jump hosts and hardware keys work unchanged; commands go through its control socket, files
//! through SFTP. The master lives in a process group of its own (Ctrl-C reaches envctl, not the
//! connection) and its remote end waits on a pipe that we hold: however envctl ends, `kill -9`
//! included, the pipe closes and the master goes.
//!
//! Host keys are never taken on trust silently: [`HostKeyCheck`](crate::remote::HostKeyCheck).

mod errors;
mod files;
mod hostkey;
mod interactive;
mod master;
mod options;
mod provision;
mod session;

pub use interactive::interactive;
pub use provision::{remote_exec, upload};

use crate::remote::{Connector, HostSpec, Remote, RemoteError};
use async_trait::async_trait;
use std::path::{Path, PathBuf};

/// Longest folder in which the path of a control socket is sure to fit.
const MAX_RUNTIME_DIR: usize = 60;

/// Connects with the system's `ssh`.
pub struct SshConnector {
    runtime_dir: PathBuf,
}

impl SshConnector {
    /// `runtime_dir` holds the control sockets (`XDG_RUNTIME_DIR`); without one, or where its path
    /// is too long for a socket, it is /tmp.
    #[must_use]
    pub fn new(runtime_dir: Option<PathBuf>) -> Self {
        let fits = |dir: &PathBuf| dir.is_absolute() && dir.is_dir() && dir.as_os_str().len() <= MAX_RUNTIME_DIR;
        SshConnector { runtime_dir: runtime_dir.filter(fits).unwrap_or_else(|| Path::new("/tmp").to_path_buf()) }
    }
}

#[async_trait]
impl Connector for SshConnector {
    async fn connect(&self, spec: &HostSpec) -> Result<Box<dyn Remote>, RemoteError> {
        options::check(spec)?;
        let master = master::Master::start(spec, &self.runtime_dir).await?;
        Ok(Box::new(session::SshRemote::new(master)))
    }
}
