//! A session for a person: `ssh` as it would be typed, with what envctl knows of the host.
//!
//! Nothing is multiplexed and nothing is captured: the process becomes `ssh`, so escape characters, agents, questions
//! and window sizes are its own.

use super::options;
use crate::remote::{HostKeyCheck, HostSpec, RemoteError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The command that opens a session on a host, ready to take the place of this process.
///
/// `kept` is a folder for files of host keys: a pinned key has to lie in a file as long as the session lasts. A machine
/// without a pin yet is pinned there at the first contact, and held to it until a deploy records its key.
/// `shell` runs instead of a login shell, with a terminal where `terminal` says that there is one.
///
/// # Errors
/// Settings that ssh would take for something else, or a folder that cannot be written.
pub fn interactive(spec: &HostSpec, kept: &Path, shell: Option<&str>, terminal: bool) -> Result<Command, RemoteError> {
    options::check(spec)?;
    let mut command = Command::new("ssh");
    command.arg("-o").arg(format!("ConnectTimeout={}", spec.connect_timeout.as_secs().max(1)));
    if let Some(path) = known_hosts(spec, kept)? {
        for option in options::own_keys(spec, &path) {
            command.arg("-o").arg(option);
        }
    }
    if shell.is_some() && terminal {
        command.arg("-t");
    }
    command.args(options::target(spec)).arg(&spec.host);
    command.args(shell);
    Ok(command)
}

/// The file with the only acceptable key; `None` where people's own files decide.
fn known_hosts(spec: &HostSpec, kept: &Path) -> Result<Option<PathBuf>, RemoteError> {
    let name = match &spec.host_key {
        HostKeyCheck::User => return Ok(None),
        HostKeyCheck::Pinned { name, .. } | HostKeyCheck::Fresh { name } => name,
    };
    let path = kept.join(options::alias(name));
    let failed = |e: io::Error| RemoteError::Invalid(format!("The host key cannot be kept in {}: {e}.", path.display()));
    std::fs::create_dir_all(kept).map_err(failed)?;
    let first_contact = matches!(spec.host_key, HostKeyCheck::Fresh { .. });
    if !(first_contact && path.exists()) {
        std::fs::write(&path, options::known_hosts(&spec.host_key)).map_err(failed)?;
    }
    Ok(Some(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn spec(host_key: HostKeyCheck) -> HostSpec {
        HostSpec {
            host: "10.0.0.1".into(),
            user: Some("ubuntu".into()),
            port: Some(2222),
            key: None,
            jump: Some("bastion".into()),
            config: None,
            connect_timeout: Duration::from_secs(7),
            host_key,
        }
    }

    fn text(command: &Command) -> String {
        command.get_args().map(|a| a.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_pin_is_the_only_key_and_first_contact_keeps_what_it_saw() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("known_hosts");
        let pin = HostKeyCheck::Pinned { name: "i-1".into(), key: "ssh-ed25519 AAAA".into() };
        let args = text(&interactive(&spec(pin), &kept, None, true).unwrap());
        assert!(args.contains("StrictHostKeyChecking=yes") && args.contains("HostKeyAlias=i-1"), "{args}");
        assert!(args.ends_with("-l ubuntu -p 2222 -J bastion 10.0.0.1"), "{args}");
        assert_eq!(std::fs::read_to_string(kept.join("i-1")).unwrap(), "i-1 ssh-ed25519 AAAA\n");

        let fresh = || spec(HostKeyCheck::Fresh { name: "i-2".into() });
        interactive(&fresh(), &kept, None, true).unwrap();
        std::fs::write(kept.join("i-2"), "i-2 ssh-ed25519 SEEN\n").unwrap();
        let args = text(&interactive(&fresh(), &kept, None, true).unwrap());
        assert!(args.contains("accept-new"), "{args}");
        assert_eq!(std::fs::read_to_string(kept.join("i-2")).unwrap(), "i-2 ssh-ed25519 SEEN\n");
    }

    #[test]
    fn people_s_own_hosts_are_left_to_ssh() {
        let command = interactive(&spec(HostKeyCheck::User), Path::new("/nonexistent"), Some("uptime"), true).unwrap();
        assert_eq!(text(&command), "-o ConnectTimeout=7 -t -l ubuntu -p 2222 -J bastion 10.0.0.1 uptime");
        let bad = HostSpec { host: "-oProxyCommand=x".into(), ..spec(HostKeyCheck::User) };
        assert!(interactive(&bad, Path::new("/nonexistent"), None, true).is_err());
    }
}
