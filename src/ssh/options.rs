//! The arguments of the master `ssh`. Pure.

use crate::remote::{HostKeyCheck, HostSpec, RemoteError};
use std::ffi::OsString;
use std::path::Path;

/// Files of one connection.
pub struct Paths<'a> {
    /// Control socket.
    pub socket: &'a Path,
    /// known_hosts of our own.
    pub known_hosts: &'a Path,
}

/// Refuses what ssh would take for something else.
pub fn check(spec: &HostSpec) -> Result<(), RemoteError> {
    let bad = |text: &str| text.is_empty() || text.starts_with('-') || text.contains(|c: char| c.is_whitespace() || c.is_control());
    let mut named = vec![("host", spec.host.as_str())];
    named.extend(spec.user.as_deref().map(|u| ("user", u)));
    named.extend(spec.jump.as_deref().map(|j| ("jump", j)));
    match named.into_iter().find(|(_, text)| bad(text)) {
        Some((what, text)) => Err(RemoteError::Invalid(format!(
            "{what} = {text:?} cannot be given to ssh: it is empty, starts with \"-\" or contains white space."
        ))),
        None => Ok(()),
    }
}

/// What also decides how ssh reads its configuration: file, user, port, key, jump hosts.
pub fn target(spec: &HostSpec) -> Vec<OsString> {
    let mut args: Vec<OsString> = Vec::new();
    let mut add = |flag: &str, value: OsString| args.extend([flag.into(), value]);
    if let Some(config) = &spec.config {
        add("-F", config.into());
    }
    if let Some(user) = &spec.user {
        add("-l", user.into());
    }
    if let Some(port) = spec.port {
        add("-p", port.to_string().into());
    }
    if let Some(key) = &spec.key {
        add("-i", key.into());
        add("-o", "IdentitiesOnly=yes".into());
    }
    if let Some(jump) = &spec.jump {
        add("-J", jump.into());
    }
    args
}

/// Options of the master, before [`target`] and the host. `strict` says that people's own
/// configuration refuses unknown hosts.
pub fn master(spec: &HostSpec, paths: &Paths<'_>, strict: bool) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["-M".into(), "-T".into(), "-S".into(), paths.socket.into()];
    let mut set = |option: String| args.extend(["-o".into(), OsString::from(option)]);
    for option in [
        "BatchMode=yes",
        "ControlMaster=yes",
        "ControlPersist=no",
        "RemoteCommand=none",
        "PermitLocalCommand=no",
        "ClearAllForwardings=yes",
        "ServerAliveInterval=15",
        "ServerAliveCountMax=4",
    ] {
        set(option.into());
    }
    set(format!("ConnectTimeout={}", spec.connect_timeout.as_secs().max(1)));
    match &spec.host_key {
        HostKeyCheck::Pinned { .. } | HostKeyCheck::Fresh { .. } => own_keys(spec, paths.known_hosts).into_iter().for_each(&mut set),
        HostKeyCheck::User => {
            set(format!("StrictHostKeyChecking={}", if strict { "yes" } else { "accept-new" }));
            // The log names the key that was accepted.
            set("LogLevel=DEBUG1".into());
        }
    }
    args
}

/// Only our own file of host keys counts, under our own name for the host; nothing where people's files decide.
pub fn own_keys(spec: &HostSpec, known_hosts: &Path) -> Vec<String> {
    let (name, strict) = match &spec.host_key {
        HostKeyCheck::Pinned { name, .. } => (name, "yes"),
        HostKeyCheck::Fresh { name } => (name, "accept-new"),
        HostKeyCheck::User => return Vec::new(),
    };
    let fixed = [
        "GlobalKnownHostsFile=/dev/null",
        "KnownHostsCommand=none",
        "VerifyHostKeyDNS=no",
        "UpdateHostKeys=no",
        "CheckHostIP=no",
        "HashKnownHosts=no",
        "LogLevel=ERROR",
    ];
    let mut options = vec![format!("HostKeyAlias={}", alias(name)), format!("UserKnownHostsFile={}", known_hosts.display())];
    options.extend(fixed.map(String::from));
    options.push(format!("StrictHostKeyChecking={strict}"));
    options
}

/// Identity of a host as it may stand in known_hosts.
pub fn alias(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "._:-".contains(c) { c } else { '_' }).collect()
}

/// Our known_hosts file at the start of a connection.
pub fn known_hosts(check: &HostKeyCheck) -> String {
    match check {
        HostKeyCheck::Pinned { name, key } => format!("{} {}\n", alias(name), key.trim()),
        HostKeyCheck::Fresh { .. } | HostKeyCheck::User => String::new(),
    }
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
            key: Some("/k e/y".into()),
            jump: None,
            config: None,
            connect_timeout: Duration::from_secs(10),
            host_key,
        }
    }

    fn text(args: &[OsString]) -> String {
        args.iter().map(|a| a.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn no_check_ever_turns_host_keys_off() {
        let paths = Paths { socket: Path::new("/run/s"), known_hosts: Path::new("/run/k") };
        let pin = HostKeyCheck::Pinned { name: "i-1".into(), key: "ssh-ed25519 AAAA".into() };
        let fresh = HostKeyCheck::Fresh { name: "i-1".into() };
        for (check, want) in [
            (pin, "StrictHostKeyChecking=yes"),
            (fresh, "StrictHostKeyChecking=accept-new"),
            (HostKeyCheck::User, "StrictHostKeyChecking=accept-new"),
        ] {
            let args = text(&master(&spec(check), &paths, false));
            assert!(args.contains(want) && !args.contains("Checking=no"), "{args}");
        }
        assert!(text(&master(&spec(HostKeyCheck::User), &paths, true)).contains("StrictHostKeyChecking=yes"));
    }

    #[test]
    fn a_pin_is_the_only_known_host() {
        let check = HostKeyCheck::Pinned { name: "my host,*".into(), key: "ssh-ed25519 AAAA\n".into() };
        assert_eq!(known_hosts(&check), "my_host__ ssh-ed25519 AAAA\n");
        let paths = Paths { socket: Path::new("/run/s"), known_hosts: Path::new("/run/k") };
        let args = text(&master(&spec(check), &paths, false));
        assert!(
            args.contains("HostKeyAlias=my_host__ ")
                && args.contains("GlobalKnownHostsFile=/dev/null")
                && args.contains("UserKnownHostsFile=/run/k"),
            "{args}"
        );
    }

    #[test]
    fn options_cannot_be_smuggled_in() {
        for host in ["", "-oProxyCommand=x", "a b", "a\nb"] {
            assert!(check(&HostSpec { host: host.into(), ..spec(HostKeyCheck::User) }).is_err(), "{host:?}");
        }
        assert!(check(&spec(HostKeyCheck::User)).is_ok());
        assert_eq!(text(&target(&spec(HostKeyCheck::User))), "-l ubuntu -p 2222 -i /k e/y -o IdentitiesOnly=yes");
    }
}
