//! What OpenSSH's messages mean. Its texts are the only thing it tells.

use crate::remote::{HostKeyCheck, HostSpec, RemoteError};

/// The error behind what `ssh` printed when it could not connect.
pub fn classify(stderr: &str, spec: &HostSpec) -> RemoteError {
    let text = readable(stderr);
    let has = |needles: &[&str]| needles.iter().any(|n| text.contains(n));
    let to = target(spec);
    if has(&["HOST IDENTIFICATION HAS CHANGED", "Host key verification failed", "strict checking", "No matching host key"]) {
        return RemoteError::HostKeyChanged(host_key(&text, spec));
    }
    if has(&["Permission denied", "Too many authentication failures", "no mutual signature", "Load key"]) {
        let key = spec.key.as_ref().map(|k| format!(" with the key {}", k.display())).unwrap_or_default();
        return RemoteError::Denied(format!("{to} refused the login{key}. ssh said: {text}"));
    }
    if has(&[
        "Bad configuration option",
        "terminating,",
        "Can't open user config",
        "Bad owner or permissions",
        "not accessible",
        "Bad port",
        "Unsupported option",
    ]) {
        return RemoteError::Invalid(format!("ssh does not accept its settings for {to}: {text}"));
    }
    let said = if text.is_empty() { "ssh ended without a message".to_string() } else { format!("ssh said: {text}") };
    RemoteError::Unreachable(format!("{to} cannot be reached; {said}"))
}

/// The host as people would type it.
pub fn target(spec: &HostSpec) -> String {
    let user = spec.user.as_ref().map(|u| format!("{u}@")).unwrap_or_default();
    let port = spec.port.map(|p| format!(":{p}")).unwrap_or_default();
    format!("{user}{}{port}", spec.host)
}

fn host_key(text: &str, spec: &HostSpec) -> String {
    let shown =
        text.split_whitespace().find(|w| w.starts_with("SHA256:")).map(|w| format!(" ({})", w.trim_end_matches('.'))).unwrap_or_default();
    let to = target(spec);
    let changed = text.contains("HAS CHANGED");
    match &spec.host_key {
        // Without that word it may as well be a jump host that is not known.
        HostKeyCheck::Pinned { .. } if !changed && spec.jump.is_some() => {
            format!("The host key of {to} or of a host on the way{shown} was not accepted. ssh said: {text}")
        }
        HostKeyCheck::Pinned { name, key } => {
            let pinned = super::hostkey::fingerprint(key).map(|f| format!(" ({f})")).unwrap_or_default();
            format!(
                "{to} shows another host key{shown} than the one pinned for {name} at the first contact{pinned}. \
                 Either the machine was replaced or reinstalled outside envctl, or somebody is between you and it. Nothing was sent to it."
            )
        }
        HostKeyCheck::Fresh { .. } => format!("The host key of {to}{shown} was not accepted. ssh said: {text}"),
        HostKeyCheck::User => {
            let offending = text.split("Offending ").nth(1).and_then(|t| t.split(" in ").nth(1)).and_then(|t| t.split_whitespace().next());
            let place = offending.map(|p| format!(" ({p})")).unwrap_or_default();
            format!(
                "The host key of {to}{shown} is not the one in known_hosts{place}, or unknown hosts are refused by your ssh configuration. \
                 If the machine was reinstalled on purpose, remove the old key with ssh-keygen -R; otherwise somebody may be between you and it."
            )
        }
    }
}

/// Messages in one line, without debug lines and frames.
fn readable(stderr: &str) -> String {
    let noise = |l: &&str| {
        l.is_empty()
            || l.starts_with("debug")
            || l.chars().all(|c| c == '@')
            || l.starts_with("Warning: Permanently added")
            || l.starts_with("OpenSSH_")
            || l.starts_with("Authenticated to ")
    };
    let lines: Vec<&str> =
        stderr.lines().map(|l| l.trim().trim_start_matches('@').trim_end_matches('@').trim()).filter(|l| !noise(l)).collect();
    lines.join(" ").replace('\r', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn spec(host_key: HostKeyCheck) -> HostSpec {
        HostSpec {
            host: "10.0.0.1".into(),
            user: Some("ubuntu".into()),
            port: None,
            key: None,
            jump: None,
            config: None,
            connect_timeout: Duration::from_secs(1),
            host_key,
        }
    }

    #[test]
    fn messages_of_openssh_are_told_apart() {
        let kind = |text: &str| classify(text, &spec(HostKeyCheck::User));
        assert!(matches!(kind("ssh: connect to host 10.0.0.1 port 22: Connection refused\r\n"), RemoteError::Unreachable(_)));
        assert!(matches!(kind("ssh: Could not resolve hostname x: Name or service not known"), RemoteError::Unreachable(_)));
        assert!(matches!(kind("kex_exchange_identification: Connection closed by remote host"), RemoteError::Unreachable(_)));
        assert!(matches!(kind("ubuntu@10.0.0.1: Permission denied (publickey)."), RemoteError::Denied(_)));
        assert!(matches!(kind("/x/config: line 1: Bad configuration option: foo"), RemoteError::Invalid(_)));
        assert!(matches!(kind(""), RemoteError::Unreachable(_)));
        let jump = "admin@jump: Permission denied (publickey).\nkex_exchange_identification: Connection closed by remote host";
        assert!(matches!(kind(jump), RemoteError::Denied(_)));
    }

    #[test]
    fn a_changed_key_is_explained() {
        let text = "@@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@@@@@@@@\r\nThe fingerprint for the ED25519 key sent by the remote host is\nSHA256:abcdef.\nOffending ED25519 key in /home/me/.ssh/known_hosts:12\nHost key verification failed.\n";
        let user = classify(text, &spec(HostKeyCheck::User));
        assert!(user.message().contains("(SHA256:abcdef)") && user.message().contains("(/home/me/.ssh/known_hosts:12)"), "{user}");
        let pin = HostKeyCheck::Pinned { name: "i-0abc".into(), key: "ssh-ed25519 AAAAC3Nz".into() };
        let pinned = classify(text, &spec(pin));
        assert!(matches!(&pinned, RemoteError::HostKeyChanged(m) if m.contains("i-0abc") && m.contains("SHA256:abcdef")), "{pinned}");
        let over =
            HostSpec { jump: Some("bastion".into()), ..spec(HostKeyCheck::Pinned { name: "i-1".into(), key: "ssh-ed25519 AAAA".into() }) };
        assert!(
            classify(
                "No ED25519 host key is known for bastion and you have requested strict checking.\nHost key verification failed.",
                &over
            )
            .message()
            .contains("on the way")
        );
    }

    #[test]
    fn debug_lines_are_left_out() {
        let text = "OpenSSH_9.2p1\ndebug1: Connecting to 10.0.0.1\nssh: connect to host 10.0.0.1 port 22: Connection refused";
        assert_eq!(readable(text), "ssh: connect to host 10.0.0.1 port 22: Connection refused");
    }
}
