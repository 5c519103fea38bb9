//! Files over SFTP: read whole, write atomically.

use crate::remote::RemoteError;
use openssh::Session;
use openssh_sftp_client::error::SftpErrorKind;
use openssh_sftp_client::metadata::Permissions;
use openssh_sftp_client::{Error, Sftp, SftpOptions};
use std::sync::Arc;

/// An SFTP session.
pub struct Files {
    sftp: Sftp,
    host: String,
}

impl Files {
    /// Starts SFTP on a connection.
    pub async fn open(session: &Arc<Session>, host: &str) -> Result<Files, RemoteError> {
        let sftp = Sftp::from_clonable_session(Arc::clone(session), SftpOptions::default()).await;
        let sftp = sftp.map_err(|e| {
            RemoteError::Broken(format!(
                "SFTP does not work on {host}: {e} envctl writes files with it; enable the sftp subsystem of sshd."
            ))
        })?;
        Ok(Files { sftp, host: host.to_string() })
    }

    /// The content of a file; `None` when there is none.
    pub async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        match self.sftp.fs().read(path).await {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(Error::SftpError(SftpErrorKind::NoSuchFile, _)) => Ok(None),
            Err(e) => Err(self.failed("read", path, &e)),
        }
    }

    /// Writes beside the file, with its mode before its content, then gives it its name.
    pub async fn write(&self, path: &str, content: &[u8], mode: u32) -> Result<(), RemoteError> {
        let (folder, name) =
            path.rsplit_once('/').map_or(("", path), |(_, name)| (path.get(..path.len() - name.len()).unwrap_or(""), name));
        let temporary = format!("{folder}.{name}.envctl-{:08x}", rand::random::<u32>());
        let written = self.fill(&temporary, content, mode).await;
        let renamed = match written {
            Ok(()) => self.sftp.fs().rename(&temporary, path).await,
            Err(e) => Err(e),
        };
        if let Err(e) = renamed {
            let _ = self.sftp.fs().remove_file(&temporary).await;
            return Err(self.failed("write", path, &e));
        }
        Ok(())
    }

    async fn fill(&self, path: &str, content: &[u8], mode: u32) -> Result<(), Error> {
        let mut file = self.sftp.options().write(true).create_new(true).open(path).await?;
        file.set_permissions(Permissions::from(u16::try_from(mode & 0o7777).unwrap_or(0o600))).await?;
        file.write_all(content).await?;
        if self.sftp.support_fsync() {
            file.sync_all().await?;
        }
        file.close().await
    }

    fn failed(&self, what: &str, path: &str, error: &Error) -> RemoteError {
        let why = match error {
            Error::SftpError(SftpErrorKind::PermDenied, _) => "permission denied".to_string(),
            Error::SftpError(SftpErrorKind::NoSuchFile, _) => "its folder does not exist".to_string(),
            // Version 3 of SFTP has no code for a full disk (draft-ietf-secsh-filexfer-02, section 7).
            Error::SftpError(SftpErrorKind::Failure, _) if what == "write" => {
                "the server gives no reason; mostly its disk is full (df -h, df -i and quota say where)".to_string()
            }
            other => other.to_string(),
        };
        RemoteError::Broken(format!("Cannot {what} {path} on {}: {why}.", self.host))
    }

    /// Ends the session.
    pub async fn close(self) {
        let _ = self.sftp.close().await;
    }
}
