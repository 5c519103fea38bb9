//! The lease of a deploy on its host: one deploy of an app at a time, from wherever it comes.
//!
//! The lease is a file in the login's home that is linked into place with its content, so that it
//! appears at once or not at all. Its holder touches it; who finds it untouched for too long, by the
//! host's own clock, takes it over. A run that comes back after that finds another token and stops.

use super::shell::{RemoteCommand, quote};
use super::spec::AppSpec;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// After how long without a sign of life a lease counts for nothing.
pub const LEASE: Duration = Duration::from_secs(60);
/// How often its holder gives one.
pub const RENEW: Duration = Duration::from_secs(10);
/// Exit code: somebody else has it.
pub const HELD: i32 = 75;
/// The folder of everything that envctl keeps on a host.
pub const FOLDER: &str = ".envctl";

/// A lease as one run asks for it.
#[derive(Clone, Debug)]
pub struct Lease {
    /// File name below [`FOLDER`].
    pub file: String,
    /// Random, of this run alone.
    pub token: String,
    /// The same for all runs of one record by one person on one machine: what such a run finds was left behind by a dead
    /// one, since it holds the lock of the state.
    pub owner: String,
    /// Who it is, for others to read.
    pub holder: String,
}

impl AppSpec {
    /// Name of the lease file of this app on its host.
    #[must_use]
    pub fn lease_file(&self) -> String {
        let path = self.source.as_ref().and_then(super::SourceSpec::base).unwrap_or_default();
        let digest: String = Sha256::digest(path.as_bytes()).iter().take(4).map(|b| format!("{b:02x}")).collect();
        format!("{}-{digest}.lease", file_name(&self.name))
    }
}

/// A name as part of a file name.
pub(super) fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' }).collect()
}

/// Defines `age`: seconds since the lease was touched, by the host's clock.
const AGE: &str = "age() { m=$(stat -c %Y \"$1\" 2>/dev/null || stat -f %m \"$1\" 2>/dev/null) || m=0; a=$(($(date +%s) - m)); }\n";

/// Takes the lease; exit code [`HELD`] with holder and age on standard output when somebody else has it.
#[must_use]
pub fn take(lease: &Lease) -> RemoteCommand {
    let Lease { file, token, owner, holder } = lease;
    let (file, token, owner, holder) = (quote(file), quote(token), quote(owner), quote(holder));
    let seconds = LEASE.as_secs();
    RemoteCommand::script(format!(
        "umask 077; mkdir -p \"$HOME/{FOLDER}\" && cd \"$HOME/{FOLDER}\" || exit 1\n\
         t={file}; n=\"$t\".{token}\n{AGE}\
         printf '%s\\n' {token} {owner} {holder} > \"$n\" || exit 1\ntrap 'rm -f \"$n\"' EXIT\n\
         free() {{ [ ! -e \"$t\" ] || [ \"$(sed -n 2p \"$t\")\" = {owner} ] || {{ age \"$t\"; [ $a -ge {seconds} ] || [ $a -lt -{seconds} ]; }}; }}\n\
         ln \"$n\" \"$t\" 2>/dev/null && exit 0\n\
         if free; then\n\
         if [ -d \"$t.break\" ]; then age \"$t.break\"; [ $a -lt {seconds} ] || rmdir \"$t.break\"; fi\n\
         if mkdir \"$t.break\" 2>/dev/null; then\n\
         if free; then rm -f \"$t\"; ln \"$n\" \"$t\" && got=1; fi\n\
         rmdir \"$t.break\"; [ -z \"${{got:-}}\" ] || exit 0\n\
         fi\nfi\n\
         [ -e \"$t\" ] || {{ echo 'the lease cannot be written' >&2; exit 1; }}\n\
         sed -n 3p \"$t\"; age \"$t\"; echo $a; exit {HELD}\n"
    ))
}

/// A sign of life; exit code [`HELD`] when somebody else has taken the lease.
#[must_use]
pub fn renew(lease: &Lease) -> RemoteCommand {
    RemoteCommand::script(format!("{}touch \"$t\"\n", ours(lease)))
}

/// Gives the lease back.
#[must_use]
pub fn give_back(lease: &Lease) -> RemoteCommand {
    RemoteCommand::script(format!("{}rm -f \"$t\"\n", ours(lease)))
}

fn ours(lease: &Lease) -> String {
    let Lease { file, token, .. } = lease;
    format!("t=\"$HOME\"/{FOLDER}/{}\n[ \"$(sed -n 1p \"$t\" 2>/dev/null)\" = {} ] || exit {HELD}\n", quote(file), quote(token))
}

/// Holder and age in seconds from the answer of a refused [`take`].
#[must_use]
pub fn parse_holder(answer: &str) -> (String, u64) {
    let mut lines = answer.lines();
    let holder = lines.next().unwrap_or("").trim().to_string();
    (holder, lines.next().and_then(|l| l.trim().parse().ok()).unwrap_or(0))
}

#[cfg(test)]
#[path = "lease_tests.rs"]
mod tests;
