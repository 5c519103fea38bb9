//! Who this process is, for locks: the person for people, the process for machines.
//!
//! Boot id, PID namespace, PID and start time together name one process for ever: a contender on
//! the same machine can tell that a holder is dead without comparing wall clocks.

use std::fs;

/// `user@host`, as OpenTofu writes it.
#[must_use]
pub fn who() -> String {
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten().map(|u| u.name);
    let host = nix::unistd::gethostname().ok().and_then(|h| h.into_string().ok());
    format!("{}@{}", user.unwrap_or_default(), host.unwrap_or_default())
}

/// One process of one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessId {
    /// `/proc/sys/kernel/random/boot_id`
    pub boot_id: String,
    /// `pid:[4026531836]`
    pub pid_namespace: String,
    /// Its number there.
    pub pid: u32,
    /// Clock ticks after boot when it started.
    pub start_time: u64,
}

impl ProcessId {
    /// This process. Where `/proc` is not there, fields stay empty, and nobody can say that we
    /// are dead.
    #[must_use]
    pub fn current() -> Self {
        let pid = std::process::id();
        ProcessId { pid, start_time: start_time(pid).unwrap_or_default(), ..Self::here() }
    }

    fn here() -> Self {
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_string();
        let namespace = fs::read_link("/proc/self/ns/pid").map(|p| p.display().to_string()).unwrap_or_default();
        ProcessId { boot_id, pid_namespace: namespace, ..Self::default() }
    }

    /// Whether this names a process of this boot and namespace that does not exist any more.
    /// False whenever that is not certain.
    #[must_use]
    pub fn is_certainly_dead(&self) -> bool {
        let here = Self::here();
        let same = !here.boot_id.is_empty() && !here.pid_namespace.is_empty() && self.start_time > 0;
        if !same || self.boot_id != here.boot_id || self.pid_namespace != here.pid_namespace {
            return false;
        }
        match start_time(self.pid) {
            Some(started) => started != self.start_time,
            None => !std::path::Path::new("/proc").join(self.pid.to_string()).exists(),
        }
    }
}

/// Field 22 of `/proc/<pid>/stat`, counted behind the command's closing bracket.
fn start_time(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{ProcessId, who};

    #[test]
    fn we_live_and_our_dead_child_does_not() {
        let me = ProcessId::current();
        assert!(me.start_time > 0 && !me.is_certainly_dead(), "{me:?}");
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let start_time = super::start_time(child.id()).unwrap();
        let other = ProcessId { pid: child.id(), start_time, ..me.clone() };
        assert!(!other.is_certainly_dead());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(other.is_certainly_dead());
        assert!(!ProcessId { boot_id: "another machine".into(), ..other }.is_certainly_dead());
        assert!(ProcessId { start_time: me.start_time + 1, ..me }.is_certainly_dead());
    }

    #[test]
    fn who_has_both_parts() {
        let who = who();
        let (user, host) = who.split_once('@').unwrap();
        assert!(!user.is_empty() && !host.is_empty(), "{who}");
    }
}
