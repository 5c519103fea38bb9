//! A private sshd on loopback: throw-away keys, a home of its own, and the ssh_config that reaches it.
//! Sessions start in that home, not in the home of whoever runs the tests.

use super::process::{self, Guard};
use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running server; it stops when this is dropped.
pub struct Sshd {
    dir: TempDir,
    port: u16,
    process: Option<Guard>,
}

impl Sshd {
    /// Starts one for the current user.
    pub fn start() -> Self {
        let dir = TempDir::with_prefix("sshd-").expect("a temporary folder");
        fs::create_dir(dir.path().join("home")).expect("a home");
        fs::create_dir(dir.path().join("bin")).expect("a folder");
        keygen(&dir.path().join("host_key"));
        keygen(&dir.path().join("user_key"));
        fs::copy(dir.path().join("user_key.pub"), dir.path().join("authorized_keys")).expect("authorized keys");
        write_sudo(&dir.path().join("bin"));
        fs::write(dir.path().join("session"), "cd \"$HOME\" && exec \"$SHELL\" -c \"$SSH_ORIGINAL_COMMAND\"\n").expect("a script");
        let mut sshd = Self { dir, port: process::free_port(), process: None };
        sshd.write_server_config();
        sshd.write_client_config();
        sshd.resume();
        sshd
    }

    /// `127.0.0.1`.
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The user that logs in: whoever runs the tests.
    pub fn user(&self) -> String {
        let uid = nix::unistd::getuid();
        nix::unistd::User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name)
    }

    /// The user's private key.
    pub fn key(&self) -> PathBuf {
        self.dir.path().join("user_key")
    }

    /// An ssh_config with the hosts `target`, `edge.example.com` and 127.* (where moto's elastic addresses lie): port, user,
    /// key and known_hosts, all in the temporary folder.
    pub fn ssh_config(&self) -> PathBuf {
        self.dir.path().join("ssh_config")
    }

    /// The known_hosts of that configuration; the server's key is in it from the start.
    pub fn known_hosts(&self) -> PathBuf {
        self.dir.path().join("known_hosts")
    }

    /// HOME of the sessions.
    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// First folder of the sessions' PATH: a sudo that is the user itself, and programs of the test's own.
    pub fn bin(&self) -> PathBuf {
        self.dir.path().join("bin")
    }

    /// The public host key as in a known_hosts line: `ssh-ed25519 AAAA…`.
    pub fn host_key(&self) -> String {
        let text = fs::read_to_string(self.dir.path().join("host_key.pub")).expect("the host key");
        text.split(' ').take(2).collect::<Vec<_>>().join(" ").trim().to_owned()
    }

    /// Another machine answers at this address from here on; known_hosts stays as it was.
    pub fn change_host_key(&mut self) {
        self.stop();
        for name in ["host_key", "host_key.pub"] {
            fs::remove_file(self.dir.path().join(name)).expect("the old key");
        }
        keygen(&self.dir.path().join("host_key"));
        self.resume();
    }

    /// What every session runs from here on, by sh: commands and sftp alike, in `$SSH_ORIGINAL_COMMAND`.
    pub fn set_session(&self, script: &str) {
        let new = self.dir.path().join("session.new");
        fs::write(&new, script).expect("a script");
        fs::rename(new, self.dir.path().join("session")).expect("a script");
    }

    /// The host is unreachable from here on.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it again at the same address.
    pub fn resume(&mut self) {
        let config = self.dir.path().join("sshd_config");
        let log = self.dir.path().join("log");
        let mut command = process::mortal("/usr/sbin/sshd");
        command.args(["-D", "-f"]).arg(config).arg("-E").arg(&log).stdin(Stdio::null()).stdout(Stdio::null());
        let mut process = process::spawn(command).expect("sshd: run scripts/setup");
        let start = Instant::now();
        while TcpStream::connect((self.host(), self.port)).is_err() {
            let ended = !process.alive() || start.elapsed() > Duration::from_secs(10);
            assert!(!ended, "sshd does not run: {}", fs::read_to_string(&log).unwrap_or_default());
            thread::sleep(Duration::from_millis(10));
        }
        self.process = Some(process);
    }

    /// Runs a command over ssh with the configuration, and returns what it printed (`Err`: its errors).
    pub fn ssh(&self, command: &str) -> Result<String, String> {
        let output = Command::new("ssh").arg("-F").arg(self.ssh_config()).args(["target", command]).output().expect("ssh");
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn write_server_config(&self) {
        let dir = self.dir.path().display();
        if nix::unistd::getuid().is_root() {
            // sshd of root insists on it; scripts/setup's package would make it at boot.
            let _ = fs::create_dir_all("/run/sshd");
        }
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {dir}/host_key\nPidFile none\nStrictModes no\n\
             UsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nAuthorizedKeysFile {dir}/authorized_keys\n\
             Subsystem sftp /usr/lib/openssh/sftp-server -d {dir}/home\nPrintMotd no\nMaxStartups 100\n\
             ForceCommand exec /bin/sh {dir}/session\n\
             SetEnv HOME={dir}/home PATH={dir}/bin:/usr/local/bin:/usr/bin:/bin GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=protocol.file.allow GIT_CONFIG_VALUE_0=always\n",
            port = self.port
        );
        fs::write(self.dir.path().join("sshd_config"), config).expect("sshd_config");
    }

    fn write_client_config(&self) {
        let dir = self.dir.path().display();
        let config = format!(
            "Host target edge.example.com 127.*\n  HostName 127.0.0.1\n  Port {port}\n  User {user}\n  IdentityFile {dir}/user_key\n\
             \x20 IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile {dir}/known_hosts\n\
             \x20 GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n  BatchMode yes\n  ConnectTimeout 5\n",
            port = self.port,
            user = self.user()
        );
        fs::write(self.ssh_config(), config).expect("ssh_config");
        fs::write(self.known_hosts(), format!("[127.0.0.1]:{} {}\n", self.port, self.host_key())).expect("known_hosts");
    }
}

/// A sudo that is the user itself: there is no root to become on this host.
fn write_sudo(bin: &Path) {
    let sudo = bin.join("sudo");
    fs::write(&sudo, "#!/bin/sh\nwhile [ \"${1#-}\" != \"$1\" ]; do shift; done\nexec \"$@\"\n").expect("sudo");
    fs::set_permissions(&sudo, fs::Permissions::from_mode(0o755)).expect("permissions");
}

fn keygen(path: &Path) {
    let status = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"]).arg(path).status();
    assert!(status.is_ok_and(|status| status.success()), "ssh-keygen: run scripts/setup");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("permissions");
}
