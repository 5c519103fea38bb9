//! The master process: starts it, learns whether it got through, and which host key it saw.

use super::errors::{classify, target as shown};
use super::hostkey;
use super::options::{self, Paths};
use crate::remote::{HostKeyCheck, HostSpec, RemoteError};
use openssh::Session;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::time::timeout;

/// What the remote end prints once it is there; then it waits until our pipe closes.
const GREETING: &str = "envctl-connected";

/// A connected master.
pub struct Master {
    /// Sessions through its control socket.
    pub session: Arc<Session>,
    /// `user@host:port` for messages.
    pub host: String,
    /// The host key, `type base64`.
    pub host_key: Option<String>,
    process: Child,
    /// Closing it ends the remote end and with it the master.
    stdin: Option<ChildStdin>,
}

impl Master {
    /// Starts `ssh` and waits until it is connected.
    pub async fn start(spec: &HostSpec, runtime_dir: &Path) -> Result<Master, RemoteError> {
        let dir = tempfile::Builder::new()
            .prefix("envctl-")
            .tempdir_in(runtime_dir)
            .map_err(|e| local("The folder of the control socket cannot be made", &e))?;
        // `openssh` expects the socket under this name.
        let (socket, known_hosts) = (dir.path().join("master"), dir.path().join("known_hosts"));
        std::fs::write(&known_hosts, options::known_hosts(&spec.host_key)).map_err(|e| local("known_hosts cannot be written", &e))?;
        let own = if spec.host_key == HostKeyCheck::User { OwnConfig::ask(spec).await } else { OwnConfig::default() };
        let paths = Paths { socket: &socket, known_hosts: &known_hosts };
        let mut process = spawn(spec, &paths, own.strict)?;
        let log = Log::follow(process.stderr.take());
        let stdin = process.stdin.take();
        if !greeted(&mut process, spec.connect_timeout).await {
            let _ = process.start_kill();
            let _ = timeout(Duration::from_secs(2), process.wait()).await;
            return Err(classify(&log.finish().await, spec));
        }
        let host_key = match &spec.host_key {
            HostKeyCheck::Pinned { key, .. } => Some(key.clone()),
            HostKeyCheck::Fresh { .. } => read(&known_hosts).lines().find_map(hostkey::key_of_line),
            HostKeyCheck::User => own.accepted(&log.text()),
        };
        let session = Arc::new(Session::new_native_mux(dir));
        Ok(Master { session, host: shown(spec), host_key, process, stdin })
    }

    /// Ends the connection and waits for the process.
    pub async fn stop(mut self) {
        drop(self.stdin.take());
        if timeout(Duration::from_secs(3), self.process.wait()).await.is_err() {
            let _ = self.process.start_kill();
            let _ = self.process.wait().await;
        }
    }
}

fn local(what: &str, error: &std::io::Error) -> RemoteError {
    RemoteError::Invalid(format!("{what}: {error}."))
}

fn spawn(spec: &HostSpec, paths: &Paths<'_>, strict: bool) -> Result<Child, RemoteError> {
    let mut command = Command::new("ssh");
    command
        .args(options::master(spec, paths, strict))
        .args(options::target(spec))
        .arg(&spec.host)
        .arg(format!("echo {GREETING}; exec cat >/dev/null"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    command.spawn().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => RemoteError::Invalid(
            "The program ssh is not installed here; envctl uses the system's OpenSSH client (Debian: apt install openssh-client).".into(),
        ),
        _ => local("ssh cannot be started", &e),
    })
}

/// Whether the remote end answered. ssh limits each of its own waits; the whole gets thrice that.
async fn greeted(process: &mut Child, limit: Duration) -> bool {
    let Some(stdout) = process.stdout.take() else { return false };
    let mut lines = BufReader::new(stdout).lines();
    let answer = async {
        while let Ok(Some(line)) = lines.next_line().await {
            if line.trim() == GREETING {
                return true;
            }
        }
        false
    };
    timeout(limit * 3 + Duration::from_secs(5), answer).await.unwrap_or(false)
}

fn read(path: &Path) -> String {
    std::fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default()
}

/// What the process prints on standard error, read all the time so that it never blocks.
struct Log {
    text: Arc<Mutex<String>>,
    reader: tokio::task::JoinHandle<()>,
}

impl Log {
    const KEPT: usize = 64 * 1024;

    fn follow(stderr: Option<ChildStderr>) -> Log {
        let text = Arc::new(Mutex::new(String::new()));
        let sink = Arc::clone(&text);
        let reader = tokio::spawn(async move {
            let Some(mut stderr) = stderr else { return };
            let mut buffer = [0u8; 4096];
            while let Ok(n @ 1..) = stderr.read(&mut buffer).await {
                let mut text = sink.lock().unwrap_or_else(PoisonError::into_inner);
                if text.len() < Self::KEPT {
                    text.push_str(&String::from_utf8_lossy(buffer.get(..n).unwrap_or(&[])));
                }
            }
        });
        Log { text, reader }
    }

    fn text(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn finish(self) -> String {
        let Log { text, mut reader } = self;
        let _ = timeout(Duration::from_secs(2), &mut reader).await;
        text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What people's own ssh configuration says about host keys of this host.
#[derive(Default)]
struct OwnConfig {
    strict: bool,
    known_hosts: Vec<PathBuf>,
}

impl OwnConfig {
    async fn ask(spec: &HostSpec) -> OwnConfig {
        let output =
            Command::new("ssh").arg("-G").args(options::target(spec)).arg(&spec.host).stdin(Stdio::null()).stderr(Stdio::null()).output();
        let Ok(Ok(output)) = timeout(Duration::from_secs(10), output).await else { return OwnConfig::default() };
        Self::parse(&String::from_utf8_lossy(&output.stdout))
    }

    fn parse(text: &str) -> OwnConfig {
        let mut own = OwnConfig::default();
        for (name, value) in text.lines().filter_map(|l| l.split_once(' ')) {
            match name {
                "stricthostkeychecking" => own.strict = matches!(value, "true" | "yes"),
                "userknownhostsfile" | "globalknownhostsfile" => own.known_hosts.extend(value.split_whitespace().map(PathBuf::from)),
                _ => {}
            }
        }
        own
    }

    /// The key that was accepted, by the fingerprint in the log.
    fn accepted(&self, log: &str) -> Option<String> {
        let wanted = hostkey::fingerprint_in_log(log)?;
        self.known_hosts.iter().find_map(|path| hostkey::find(&read(path), wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::OwnConfig;

    #[test]
    fn the_effective_configuration_is_read() {
        let own = OwnConfig::parse("host x\nstricthostkeychecking true\nglobalknownhostsfile /a /b\nuserknownhostsfile /c\n");
        assert!(own.strict);
        assert_eq!(own.known_hosts.len(), 3);
        assert!(!OwnConfig::parse("stricthostkeychecking ask\n").strict);
    }
}
