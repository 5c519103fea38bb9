//! Repositories through the system's git.
//!
//! People's own git configuration, credential helpers and ssh keys count, but nothing is asked on
//! the terminal, hooks never run, and only transports that run no programs are allowed. A commit is
//! fetched without history wherever the server gives it so.

use super::address::{GitPackage, bare};
use crate::diag::Diagnostic;
use base64::Engine;
use reqwest::Url;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;
use tempfile::NamedTempFile;
use tokio::process::Command;

/// How long one call of git may take.
const LIMIT: Duration = Duration::from_secs(900);

/// Variables of a surrounding git command, which would aim ours at its repository.
const FOREIGN: [&str; 10] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CEILING_DIRECTORIES",
    "GIT_TEMPLATE_DIR",
];

/// Fetches a package's tree into an empty folder, without `.git`. `commit`: this one and no other,
/// whatever the ref means by now. Gives the commit.
///
/// # Errors
/// When git is not here, the repository cannot be read, or has no such ref.
pub async fn fetch(package: &GitPackage, commit: Option<&str>, to: &Path) -> Result<String, Diagnostic> {
    let key = package.ssh_key.as_deref().map(key_file).transpose()?;
    let git = Git { package, folder: to, key: key.as_ref() };
    git.expect(&["init", "--quiet", "--template="]).await?;
    git.expect(&["remote", "add", "--", "origin", package.url.as_str()]).await?;
    git.get(commit).await?;
    git.expect(&["checkout", "--quiet", "--force", "--detach", "FETCHED"]).await?;
    let head = git.expect(&["rev-parse", "--verify", "HEAD^{commit}"]).await?;
    if to.join(".gitmodules").is_file() {
        git.submodules().await?;
    }
    remove_git(to).map_err(|e| Diagnostic::error("Module not fetched", format!("{} cannot be cleaned: {e}.", to.display())))?;
    Ok(head.trim().to_string())
}

struct Git<'a> {
    package: &'a GitPackage,
    folder: &'a Path,
    key: Option<&'a NamedTempFile>,
}

impl Git<'_> {
    /// Fetches what is wanted and names it `FETCHED`.
    async fn get(&self, commit: Option<&str>) -> Result<(), Diagnostic> {
        let reference = self.package.reference.as_deref();
        if let Some(commit) = commit {
            for name in [Some(commit), reference].into_iter().flatten() {
                if self.shallow(name).await?.is_ok() && self.name(commit).await? {
                    return Ok(());
                }
            }
            self.everything().await?;
            return if self.name(commit).await? { Ok(()) } else { Err(self.gone(commit)) };
        }
        let wanted = reference.unwrap_or("HEAD");
        match self.shallow(wanted).await? {
            Ok(()) => self.name("FETCH_HEAD").await.map(drop),
            Err(said) if said.contains("couldn't find remote ref") && !is_short_commit(wanted) => Err(self.unknown_ref(wanted).await),
            Err(said) => {
                // A short commit, a server that gives nothing without history, or nothing of that name.
                self.everything().await.map_err(|e| if unreachable(&said) { self.failed(&said) } else { e })?;
                if reference.is_none() && self.run(&["fetch", "--quiet", "--end-of-options", "origin", "HEAD"]).await?.status.success() {
                    return self.name("FETCH_HEAD").await.map(drop);
                }
                for name in [format!("refs/tags/{wanted}"), format!("refs/remotes/origin/{wanted}"), wanted.to_string()] {
                    if self.name(&name).await? {
                        return Ok(());
                    }
                }
                Err(self.unknown_ref(wanted).await)
            }
        }
    }

    async fn shallow(&self, name: &str) -> Result<Result<(), String>, Diagnostic> {
        let output = self
            .run(&["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--end-of-options", "origin", name])
            .await?;
        Ok(if output.status.success() { Ok(()) } else { Err(said(&output)) })
    }

    async fn everything(&self) -> Result<(), Diagnostic> {
        let all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
        // After a shallow fetch the history is still wanted; the option is an error without one.
        let deepen = self.folder.join(".git/shallow").is_file().then_some("--unshallow");
        let mut args = vec!["fetch", "--quiet", "--no-recurse-submodules"];
        args.extend(deepen);
        args.extend(["--end-of-options", "origin"]);
        args.extend(all);
        self.expect(&args).await.map(drop)
    }

    /// Gives a commit the name `FETCHED`; false: it is not here.
    async fn name(&self, what: &str) -> Result<bool, Diagnostic> {
        let parsed = self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{what}^{{commit}}")]).await?;
        if !parsed.status.success() {
            return Ok(false);
        }
        let text = String::from_utf8_lossy(&parsed.stdout);
        // Older gits print the separator as well.
        let commit = text.lines().last().unwrap_or("").trim().to_string();
        self.expect(&["update-ref", "--no-deref", "FETCHED", &commit]).await.map(|_| true)
    }

    async fn submodules(&self) -> Result<(), Diagnostic> {
        let shallow = ["submodule", "--quiet", "update", "--init", "--recursive", "--depth=1"];
        if self.run(&shallow).await?.status.success() {
            return Ok(());
        }
        // A server may give no commit that is not a tip without history.
        self.expect(&["submodule", "--quiet", "update", "--init", "--recursive"]).await.map(drop)
    }

    async fn expect(&self, args: &[&str]) -> Result<String, Diagnostic> {
        let output = self.run(args).await?;
        if output.status.success() { Ok(String::from_utf8_lossy(&output.stdout).into_owned()) } else { Err(self.failed(&said(&output))) }
    }

    async fn run(&self, args: &[&str]) -> Result<Output, Diagnostic> {
        let mut command = Command::new("git");
        let settings = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "core.autocrlf=false", "advice.detachedHead=false"];
        for setting in settings {
            command.args(["-c", setting]);
        }
        // A repository on this machine may have its submodules here as well; no other may.
        let file = if self.package.url.scheme() == "file" { ":file" } else { "" };
        command
            .args(args)
            .current_dir(self.folder)
            .env("GIT_ALLOW_PROTOCOL", format!("https:http:ssh:git{file}"))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("SSH_ASKPASS_REQUIRE", "never")
            .env("GIT_LFS_SKIP_SMUDGE", "1")
            .env("LC_ALL", "C");
        for name in FOREIGN {
            command.env_remove(name);
        }
        let own = std::env::var("GIT_SSH_COMMAND").ok().filter(|c| !c.is_empty());
        if self.key.is_some() || own.is_none() && std::env::var_os("GIT_SSH").is_none() {
            let ssh = own.unwrap_or_else(|| "ssh -o BatchMode=yes -o ConnectTimeout=30".into());
            let path = |key: &NamedTempFile| key.path().display().to_string().replace('\'', "'\\''");
            let key = self.key.map(|k| format!(" -o IdentitiesOnly=yes -i '{}'", path(k))).unwrap_or_default();
            command.env("GIT_SSH_COMMAND", ssh + &key);
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        match tokio::time::timeout(LIMIT, command.output()).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(e)) if e.kind() == std::io::ErrorKind::NotFound => Err(Diagnostic::error(
                "git is not installed",
                format!("{} is fetched with git, and there is no program of that name here.", self.shown()),
            )
            .help("Install it (Debian: apt install git).")),
            Ok(Err(e)) => Err(self.failed(&format!("it could not be started: {e}"))),
            Err(_) => Err(self.failed(&format!("it did not finish within {} minutes", LIMIT.as_secs() / 60))),
        }
    }

    fn shown(&self) -> String {
        bare(&self.package.url)
    }

    fn failed(&self, said: &str) -> Diagnostic {
        let said = masked(said, &self.package.url);
        let error = Diagnostic::error("Module not fetched", format!("The repository {} could not be read; git said: {said}", self.shown()));
        if self.package.url.scheme() == "ssh" {
            return error.help("Nothing is asked while modules are fetched: the key has to be in the agent, and the host in known_hosts.");
        }
        error.help("Is the address right, and may it be read from here? Credentials come from git's own credential helpers.")
    }

    fn gone(&self, commit: &str) -> Diagnostic {
        let detail = format!("The repository {} does not have the commit {commit}, which the lock file names.", self.shown());
        Diagnostic::error("Locked commit is gone", detail)
            .help("Somebody rewrote the repository's history. If what it has now is wanted: envctl get -upgrade")
    }

    /// There is no such ref; the tags and branches there are.
    async fn unknown_ref(&self, wanted: &str) -> Diagnostic {
        let listed = self.expect(&["ls-remote", "--quiet", "--heads", "--tags", "--end-of-options", "origin"]).await.unwrap_or_default();
        let full = listed.lines().filter_map(|l| l.split_once('\t')).map(|(_, name)| name).filter(|n| !n.ends_with("^{}"));
        let names: Vec<&str> = full.filter_map(|n| n.strip_prefix("refs/tags/").or_else(|| n.strip_prefix("refs/heads/"))).collect();
        let detail = format!("The repository {} has no branch, tag or commit \"{wanted}\".", self.shown());
        let error = Diagnostic::error("Unknown ref", detail);
        match (crate::value::closest(wanted, names.iter().copied()), names.as_slice()) {
            (Some(near), _) => error.help(format!("Did you mean \"{near}\"?")),
            (None, []) => error.help("The repository has no branches or tags."),
            (None, all) => {
                let more = if all.len() > 10 { format!(", and {} more", all.len() - 10) } else { String::new() };
                error.help(format!("There are: {}{more}.", all.iter().rev().take(10).copied().collect::<Vec<_>>().join(", ")))
            }
        }
    }
}

/// Whether a name may be the beginning of a commit.
fn is_short_commit(name: &str) -> bool {
    (4..40).contains(&name.len()) && name.chars().all(|c| c.is_ascii_hexdigit())
}

/// Whether git failed before it could look for a ref.
fn unreachable(said: &str) -> bool {
    let words =
        ["Could not resolve host", "unable to access", "Could not read from remote", "does not appear to be a git repository", "not found"];
    words.iter().any(|w| said.contains(w)) && !said.contains("couldn't find remote ref")
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    if lines.is_empty() { "nothing".into() } else { lines.join(" ") }
}

/// Text without the URL's password.
fn masked(text: &str, url: &Url) -> String {
    match url.password().filter(|p| !p.is_empty()) {
        Some(password) => text.replace(url.as_str(), &bare(url)).replace(password, "***"),
        None => text.to_string(),
    }
}

/// `?sshkey=`: a file that only we can read, for as long as git runs.
fn key_file(encoded: &str) -> Result<NamedTempFile, Diagnostic> {
    let bad = |why: &str| Diagnostic::error("Invalid sshkey", format!("The sshkey of the module's source {why}."));
    let key = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).map_err(|_| bad("is not base64"))?;
    let mut file = NamedTempFile::with_prefix("envctl-key-").map_err(|e| bad(&format!("could not be written to a file: {e}")))?;
    file.write_all(&key).and_then(|()| file.flush()).map_err(|e| bad(&format!("could not be written to a file: {e}")))?;
    Ok(file)
}

/// Removes what git keeps, of submodules too: it differs from run to run.
fn remove_git(folder: &Path) -> std::io::Result<()> {
    let found: Vec<_> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.file_name() == ".git")
        .map(walkdir::DirEntry::into_path)
        .collect();
    for path in found.into_iter().filter(|p| p.exists()) {
        if path.is_dir() { std::fs::remove_dir_all(&path)? } else { std::fs::remove_file(&path)? }
    }
    Ok(())
}
