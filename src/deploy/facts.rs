//! Reads a host: checkout, edited files, managed files.

use crate::app::{AppRecord, AppSpec, Checkout, RemoteCommand, RemoteFacts, RemoteFile, commands, facts};
use crate::diag::Diagnostic;
use crate::remote::{Remote, RemoteError, RemoteOutput};
use std::collections::BTreeMap;

/// Why a host could not be read.
pub enum ReadError {
    /// The connection.
    Remote(RemoteError),
    /// What was found.
    Found(Diagnostic),
}

impl From<RemoteError> for ReadError {
    fn from(e: RemoteError) -> Self {
        ReadError::Remote(e)
    }
}

/// A command that must succeed.
pub async fn expect(remote: &dyn Remote, command: &RemoteCommand, summary: &str) -> Result<RemoteOutput, ReadError> {
    let output = remote.run(command, None).await?;
    if output.ok() { Ok(output) } else { Err(ReadError::Found(refused(summary, &output))) }
}

/// A diagnostic from what a failed command printed.
pub fn refused(summary: &str, output: &RemoteOutput) -> Diagnostic {
    let text = output.error_text();
    let code = output.code.map_or("a signal".to_string(), |c| format!("code {c}"));
    let said = if text.is_empty() { String::new() } else { format!(": {text}") };
    let diagnostic = Diagnostic::error(summary, format!("The command on the host ended with {code}{said}"));
    match advice(&text, output.code) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// A shell's own printf says only "I/O error" when the disk is full.
const NO_ROOM: &str = "The host's disk takes nothing more: make room (df -h, df -i and quota say where), then deploy again.";

/// What to do about messages that people meet.
fn advice(text: &str, code: Option<i32>) -> Option<&'static str> {
    let known: &[(&str, &str)] = &[
        ("No space left", NO_ROOM),
        ("Disk quota exceeded", NO_ROOM),
        ("File too large", NO_ROOM),
        ("I/O error", NO_ROOM),
        ("git: not found", "Install git on the host (user_data is the place for a machine made here)."),
        ("git: command not found", "Install git on the host (user_data is the place for a machine made here)."),
        ("dubious ownership", "The checkout belongs to another user; log in as its owner, or give it to the user of the ssh block."),
        (
            "could not read Username",
            "The repository wants credentials. Give the host a deploy key or a credential helper, or set http.<url>.extraHeader in git_config.",
        ),
        ("Authentication failed", "The host's credentials for the repository were refused."),
        ("Host key verification failed", "The host does not know the key of the git server; add it to the host's known_hosts."),
        ("Permission denied (publickey", "The git server refused the host's key; register a deploy key of the host there."),
        (
            "a password is required",
            "The user of the ssh block cannot become root without a password: allow it with NOPASSWD in sudoers, or leave sudo out.",
        ),
        (
            "a terminal is required",
            "The user of the ssh block cannot become root without a password: allow it with NOPASSWD in sudoers, or leave sudo out.",
        ),
        ("not our ref", "The commit is not in the repository any more; choose another ref."),
        ("would be overwritten by checkout", "Files that git does not know are in the way of the commit; move them away on the host."),
    ];
    let found = known.iter().find(|(needle, _)| text.contains(needle)).map(|(_, help)| *help);
    found.or((code == Some(127)).then_some("A program is missing on the host."))
}

/// Everything a plan compares with. `paths` are the managed files with whether root reads them.
pub async fn gather(
    remote: &dyn Remote,
    spec: &AppSpec,
    record: Option<&AppRecord>,
    paths: &[(String, bool)],
) -> Result<RemoteFacts, ReadError> {
    let mut found = RemoteFacts::default();
    if let Some((source, root)) = spec.source.as_ref().and_then(|s| Some((s, s.root()?))) {
        let answer = expect(remote, &commands::probe(source, &root), "Checkout cannot be read").await?;
        found.checkout = facts::parse_probe(&answer.text()).ok_or_else(|| ReadError::Found(refused("Checkout cannot be read", &answer)))?;
        if let Checkout::Clone { commit: Some(_), .. } = &found.checkout {
            let edited = expect(remote, &commands::edited(source, &root), "Checkout cannot be read").await?;
            found.edited = facts::parse_edited(&edited.stdout);
            found.submodules_off = source.submodules && !remote.run(&commands::submodules_in_place(source, &root), None).await?.ok();
        }
    }
    let mut all: BTreeMap<String, bool> = record.into_iter().flat_map(|r| r.files.iter().map(|(p, f)| (p.clone(), f.sudo))).collect();
    all.extend(paths.iter().cloned());
    let all: Vec<(String, bool)> = all.into_iter().collect();
    if all.iter().any(|(_, sudo)| *sudo) {
        expect(remote, &commands::root_check(), "Root's rights are needed").await?;
    }
    let mut present = Vec::new();
    for (path, sudo) in &all {
        if let Some(content) = read(remote, path, *sudo).await? {
            present.push(((path.clone(), *sudo), content));
        }
    }
    if present.is_empty() {
        return Ok(found);
    }
    let names: Vec<(String, bool)> = present.iter().map(|(name, _)| name.clone()).collect();
    let modes = facts::parse_modes(&remote.run(&commands::modes(&names), None).await?.text());
    let modes = modes.into_iter().chain(std::iter::repeat(None));
    found.files = present.into_iter().zip(modes).map(|(((path, _), content), mode)| (path, RemoteFile { content, mode })).collect();
    Ok(found)
}

/// The content of a file; `None` when there is none.
pub async fn read(remote: &dyn Remote, path: &str, sudo: bool) -> Result<Option<Vec<u8>>, ReadError> {
    if !sudo {
        return Ok(remote.read_file(path).await?);
    }
    let output = remote.run(&commands::read_as_root(path), None).await?;
    match output.code {
        Some(0) => Ok(Some(output.stdout)),
        Some(66) => Ok(None),
        _ => Err(ReadError::Found(refused("File cannot be read", &output))),
    }
}
