//! Provisioners with this machine's means: programs here, OpenSSH to hosts.

use super::session::Session;
use crate::process::local_exec;
use crate::provisioner::{Job, Lines, ProvisionError, Provisioner, Task};
use crate::secret::Redactor;
use crate::ssh::{SshConnector, remote_exec, upload};
use async_trait::async_trait;
use std::path::PathBuf;
use std::sync::Arc;

/// The provisioners of a run.
pub struct Provisioners {
    connector: SshConnector,
    redactor: Arc<Redactor>,
}

impl Provisioners {
    /// For this session.
    #[must_use]
    pub fn new(session: &Session) -> Self {
        let runtime = session.env.get("XDG_RUNTIME_DIR").map(PathBuf::from);
        Provisioners { connector: SshConnector::new(runtime), redactor: session.redactor.clone() }
    }
}

#[async_trait]
impl Provisioner for Provisioners {
    async fn run(&self, job: &Job, lines: Lines<'_>) -> Result<(), ProvisionError> {
        let done = match &job.task {
            Task::Local(command) => local_exec(command, lines).await,
            Task::Remote { connection, scripts } => remote_exec(&self.connector, connection, scripts, lines).await,
            Task::Upload { connection, source, destination } => upload(&self.connector, connection, source, destination, lines).await,
        };
        done.map_err(|e| ProvisionError::new(e.summary, self.redactor.redact(&e.detail)))
    }
}
