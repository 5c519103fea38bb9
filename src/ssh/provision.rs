//! Provisioners on hosts: scripts and files over one connection.
//!
//! A script of commands goes over standard input and never lies on the host; a script file is
//! brought there, run as it is (its first line says by what) and removed.

use crate::provisioner::{Connection, Lines, ProvisionError, Script, Source};
use crate::remote::{Connector, HostKeyCheck, HostSpec, Remote, RemoteCommand, RemoteError};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// One attempt to connect.
const ATTEMPT: Duration = Duration::from_secs(10);
/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(3);

/// A connection, and the key file that it uses.
struct Line {
    remote: Box<dyn Remote>,
    _key: Option<tempfile::NamedTempFile>,
}

fn failed(e: &RemoteError) -> ProvisionError {
    ProvisionError::new(e.summary(), e.message())
}

/// Runs scripts on a host, in order, to the first failure.
///
/// # Errors
/// When the host is not reached in time, or a script ends with another code than 0.
pub async fn remote_exec(
    connector: &dyn Connector,
    connection: &Connection,
    scripts: &[Script],
    lines: Lines<'_>,
) -> Result<(), ProvisionError> {
    let line = connect(connector, connection, lines).await?;
    let mut result = Ok(());
    for script in scripts {
        result = run_script(line.remote.as_ref(), script, lines).await;
        if result.is_err() {
            break;
        }
    }
    line.remote.close().await;
    result
}

/// Brings a text, a file or a folder to a host.
///
/// # Errors
/// When the host is not reached in time, or something cannot be read here or written there.
pub async fn upload(
    connector: &dyn Connector,
    connection: &Connection,
    source: &Source,
    destination: &str,
    lines: Lines<'_>,
) -> Result<(), ProvisionError> {
    let line = connect(connector, connection, lines).await?;
    let result = put(line.remote.as_ref(), source, destination).await;
    line.remote.close().await;
    result
}

async fn connect(connector: &dyn Connector, connection: &Connection, lines: Lines<'_>) -> Result<Line, ProvisionError> {
    let key = connection.private_key.as_deref().map(key_file).transpose()?;
    let host_key = match &connection.host_key {
        Some(key) => HostKeyCheck::Pinned { name: connection.host.clone(), key: key.clone() },
        None => HostKeyCheck::User,
    };
    let spec = HostSpec {
        host: connection.host.clone(),
        user: Some(connection.user.clone()),
        port: connection.port,
        key: key.as_ref().map(|k| k.path().to_path_buf()),
        jump: connection.jump.clone(),
        config: None,
        connect_timeout: ATTEMPT,
        host_key,
    };
    let begin = Instant::now();
    loop {
        match connector.connect(&spec).await {
            Ok(remote) => {
                lines(&format!("Connected to {}", connection.host));
                return Ok(Line { remote, _key: key });
            }
            // A machine that has just been made learns its keys while it starts.
            Err(e @ (RemoteError::Unreachable(_) | RemoteError::Denied(_))) if begin.elapsed() < connection.timeout => {
                lines(&format!("Waiting for {}: {}", connection.host, e.message()));
                tokio::time::sleep(PAUSE.min(connection.timeout.saturating_sub(begin.elapsed()))).await;
            }
            Err(e) => return Err(failed(&e)),
        }
    }
}

/// A key in a file that only its owner can read, as long as the connection lives.
fn key_file(text: &str) -> Result<tempfile::NamedTempFile, ProvisionError> {
    let keep = |e: std::io::Error| ProvisionError::new("The private key could not be kept", format!("{e}."));
    let mut file = tempfile::NamedTempFile::new().map_err(keep)?;
    file.write_all(text.trim_end().as_bytes()).and_then(|()| file.write_all(b"\n")).and_then(|()| file.flush()).map_err(keep)?;
    Ok(file)
}

async fn run_script(remote: &dyn Remote, script: &Script, lines: Lines<'_>) -> Result<(), ProvisionError> {
    let (text, name) = match script {
        Script::Inline(text) if !text.starts_with("#!") => {
            return expect(remote, &RemoteCommand::script(text), "The commands", lines).await;
        }
        Script::Inline(text) => (text.clone().into_bytes(), "The script".to_string()),
        Script::File(path) => (read(path)?, path.display().to_string()),
    };
    let there = format!("/tmp/envctl-{}.sh", uuid::Uuid::new_v4().simple());
    remote.write_file(&there, &text, 0o700).await.map_err(|e| failed(&e))?;
    let result = expect(remote, &RemoteCommand::new(&there), &name, lines).await;
    let removed = remote.run(&RemoteCommand::new(format!("rm -f -- {there}")), None).await;
    result.and(removed.map(drop).map_err(|e| failed(&e)))
}

async fn expect(remote: &dyn Remote, command: &RemoteCommand, what: &str, lines: Lines<'_>) -> Result<(), ProvisionError> {
    let output = remote.run(command, Some(lines)).await.map_err(|e| failed(&e))?;
    if output.ok() {
        return Ok(());
    }
    let how = output.code.map_or_else(|| "ended by a signal".to_string(), |code| format!("ended with code {code}"));
    Err(ProvisionError::new("remote-exec failed", format!("{what} {how}.")))
}

fn read(path: &Path) -> Result<Vec<u8>, ProvisionError> {
    std::fs::read(path).map_err(|e| ProvisionError::new("A file cannot be read", format!("{}: {e}.", path.display())))
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).map_or(0o644, |m| m.permissions().mode() & 0o777)
}

async fn put(remote: &dyn Remote, source: &Source, destination: &str) -> Result<(), ProvisionError> {
    let write = async |to: &str, content: &[u8], mode: u32| remote.write_file(to, content, mode).await.map_err(|e| failed(&e));
    let path = match source {
        Source::Content(text) => return write(destination, text.as_bytes(), 0o644).await,
        Source::Path(path) => path,
    };
    let here = Path::new(path);
    let name = here.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let base = destination.trim_end_matches('/');
    if !here.is_dir() {
        let into = destination.ends_with('/') || is_dir(remote, destination).await?;
        let to = if into { format!("{base}/{name}") } else { destination.to_string() };
        return write(&to, &read(here)?, mode(here)).await;
    }
    let top = if path.ends_with('/') { base.to_string() } else { format!("{base}/{name}") };
    for (from, relative, folder) in walk(here)? {
        let to = if relative.is_empty() { top.clone() } else { format!("{top}/{relative}") };
        if folder {
            let quoted = to.replace('\'', "'\\''");
            expect(remote, &RemoteCommand::new(format!("mkdir -p -- '{quoted}'")), "Making a folder", &|_| {}).await?;
        } else {
            write(&to, &read(&from)?, mode(&from)).await?;
        }
    }
    Ok(())
}

async fn is_dir(remote: &dyn Remote, path: &str) -> Result<bool, ProvisionError> {
    let quoted = path.replace('\'', "'\\''");
    remote.run(&RemoteCommand::new(format!("test -d '{quoted}'")), None).await.map(|o| o.ok()).map_err(|e| failed(&e))
}

/// Everything below a folder, the folder itself first: path, path below it, whether a folder.
fn walk(top: &Path) -> Result<Vec<(std::path::PathBuf, String, bool)>, ProvisionError> {
    let unreadable = |p: &Path, e: std::io::Error| ProvisionError::new("A folder cannot be read", format!("{}: {e}.", p.display()));
    let mut all = vec![(top.to_path_buf(), String::new(), true)];
    let mut at = 0;
    while let Some((dir, below, folder)) = all.get(at).cloned() {
        at += 1;
        if !folder {
            continue;
        }
        for entry in std::fs::read_dir(&dir).map_err(|e| unreadable(&dir, e))? {
            let entry = entry.map_err(|e| unreadable(&dir, e))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let relative = if below.is_empty() { name } else { format!("{below}/{name}") };
            all.push((entry.path(), relative, entry.path().is_dir()));
        }
    }
    Ok(all)
}
