//! The rules of `audit` as data: id, level, why it matters, what to do. `docs/audit.md` shows the table.

use std::fmt;

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// To tidy up.
    Low,
    /// To mend soon.
    Medium,
    /// To mend.
    High,
    /// To mend now.
    Critical,
}

impl Level {
    /// All of them, the least first.
    pub const ALL: [Level; 4] = [Level::Low, Level::Medium, Level::High, Level::Critical];

    /// In one word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }

    /// From that word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|l| l.name() == text)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id, for ignoring it.
    pub id: &'static str,
    /// How bad what it finds is, unless the finding or a setting says otherwise.
    pub level: Level,
    /// Why it matters.
    pub reason: &'static str,
    /// What to do.
    pub fix: &'static str,
}

const fn rule(id: &'static str, level: Level, reason: &'static str, fix: &'static str) -> Rule {
    Rule { id, level, reason, fix }
}

/// All rules.
pub const RULES: &[Rule] = &[
    rule(
        "absolute-path",
        Level::Medium,
        "the path exists on one machine only",
        "Take it from a setting, or make it relative to the file or project.",
    ),
    rule(
        "hard-coded-host",
        Level::Low,
        "the address is right in one environment only",
        "Take it from a setting, a variable or a name in DNS.",
    ),
    rule(
        "relative-sqlite",
        Level::Medium,
        "which database is opened depends on the folder the program starts in",
        "Give an absolute path from a setting.",
    ),
    rule(
        "live-mode",
        Level::High,
        "a local run would act on the real world",
        "Write RUNTIME_MODE=dryrun; set live where it belongs, in the environment's file block.",
    ),
    rule(
        "secret-token",
        Level::Critical,
        "whoever reads the repository can use it, now and from its history",
        "Revoke it, take it out, and read it from a secret store or an ignored file.",
    ),
    rule(
        "secret-value",
        Level::High,
        "whoever reads the repository can use it, now and from its history",
        "Change it, take it out, and read it from a secret store or an ignored file.",
    ),
    rule(
        "state-in-git",
        Level::Critical,
        "a state holds every secret of its resources in plain text",
        "Take it out of git, change the secrets, and keep the state in a backend.",
    ),
    rule("plan-in-git", Level::High, "a saved plan holds every secret of its resources", "Take it out of git, and ignore *.tfplan."),
    rule(
        "tfvars-secret",
        Level::High,
        "whoever reads the repository knows the value",
        "Change it, keep it in an ignored .tfvars or .env file, or read it from a secret store.",
    ),
    rule("own-folder-in-git", Level::Medium, "the cache of one machine serves nobody else", "Take .envctl/ out of git, and ignore it."),
    rule("missing-ignore", Level::Medium, "one \"git add .\" away from being committed", "Add the line to .gitignore."),
    rule(
        "host-key-off",
        Level::High,
        "anybody in between can pretend to be the host",
        "Leave host key checking on; pin the key, or use accept-new for machines just made.",
    ),
    rule(
        "tls-off",
        Level::Medium,
        "anybody in between can change what is fetched",
        "Leave certificates checked; add the missing authority instead.",
    ),
    rule(
        "pipe-to-shell",
        Level::High,
        "anybody in between decides what runs here",
        "Fetch over https, check a hash or signature, then run it.",
    ),
    rule("image-latest", Level::Medium, "what runs changes without a change here", "Name a version, better a digest."),
    rule("container-privileged", Level::High, "the container can do on the host what root can", "Grant the one capability that is needed."),
    rule(
        "docker-socket",
        Level::High,
        "the container can start others, as root of the host",
        "Leave the socket out, or put a filtering proxy before it.",
    ),
    rule(
        "open-to-world",
        Level::High,
        "everybody on the internet can reach it",
        "Allow the addresses that need it, or go through a jump host, a VPN or a load balancer.",
    ),
    rule(
        "db-unencrypted",
        Level::High,
        "snapshots and disks of the database are readable",
        "Set storage_encrypted = true (a new instance is needed: restore from an encrypted copy of a snapshot).",
    ),
    rule(
        "db-public",
        Level::Critical,
        "the database has a public address",
        "Set publicly_accessible = false, and reach it from inside the network.",
    ),
    rule("db-unprotected", Level::High, "one apply can delete the database", "Set deletion_protection = true."),
    rule("db-no-backup", Level::High, "there is nothing to restore from", "Set backup_retention_period to the days to go back."),
    rule(
        "db-no-final-snapshot",
        Level::High,
        "nothing is left of the database when it is deleted",
        "Set skip_final_snapshot = false and a final_snapshot_identifier.",
    ),
    rule(
        "bucket-public",
        Level::High,
        "everybody can read what lies in the bucket",
        "Use a private ACL, and set all four settings of the public access block.",
    ),
    rule(
        "imds-v1",
        Level::Medium,
        "a program that fetches URLs for others gives away the machine's credentials",
        "Set metadata_options { http_tokens = \"required\" }.",
    ),
    rule("volume-unencrypted", Level::Medium, "snapshots of the disk are readable", "Set encrypted = true."),
];

/// The rule of an id.
#[must_use]
pub fn rule_of(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.id == id)
}

/// One finding. No message holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, below the audited folder.
    pub file: String,
    /// The line, from 1; 0: the file as a whole.
    pub line: usize,
    /// The rule's id.
    pub rule: &'static str,
    /// How bad.
    pub level: Level,
    /// What was found.
    pub message: String,
}

impl Finding {
    /// With the level of its rule.
    #[must_use]
    pub fn new(rule: &'static str, file: &str, line: usize, message: impl Into<String>) -> Self {
        let level = rule_of(rule).map_or(Level::Medium, |r| r.level);
        Finding { file: file.into(), line, rule, level, message: message.into() }
    }

    /// With a level of its own.
    #[must_use]
    pub fn at_level(self, level: Level) -> Self {
        Finding { level, ..self }
    }

    /// Its rule.
    #[must_use]
    pub fn rule(&self) -> Option<&'static Rule> {
        rule_of(self.rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_documented_once() {
        let page = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit.md")).unwrap();
        for rule in RULES {
            assert_eq!(RULES.iter().filter(|r| r.id == rule.id).count(), 1, "{}", rule.id);
            assert!(page.contains(&format!("| `{}` | {} | {} |", rule.id, rule.level, rule.reason)), "docs/audit.md lacks {}", rule.id);
        }
    }
}
