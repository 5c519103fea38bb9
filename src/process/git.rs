//! git as a program: names become commits, files of a commit are read from a cache.
//!
//! The cache is a bare repository per URL below `.envctl/git`; it can be deleted at any time.
//! People's own git configuration and credential helpers count; nothing is ever asked on the
//! terminal, and the settings of a `git_config` travel in the environment.

use crate::remote::{GitError, GitSource};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::Mutex;

/// How long asking for names may take.
const ASK: Duration = Duration::from_secs(60);
/// How long fetching may take.
const FETCH: Duration = Duration::from_secs(600);

type Config = BTreeMap<String, String>;

/// Repositories through the `git` program.
pub struct Git {
    cache: PathBuf,
    /// One fetch at a time: the caches are folders.
    fetching: Mutex<()>,
}

impl Git {
    /// With a folder for the caches (`.envctl/git` of the project).
    #[must_use]
    pub fn new(cache: PathBuf) -> Self {
        Git { cache, fetching: Mutex::new(()) }
    }

    fn folder(&self, url: &str) -> PathBuf {
        let digest = Sha256::digest(url.as_bytes());
        let name: String = digest.iter().take(10).map(|b| format!("{b:02x}")).collect();
        self.cache.join(name)
    }

    /// The cache of a repository, holding `commit`.
    async fn cached(&self, url: &str, commit: &str, config: &Config) -> Result<PathBuf, GitError> {
        let _one = self.fetching.lock().await;
        let folder = self.folder(url);
        if !folder.join("HEAD").is_file() {
            std::fs::create_dir_all(&folder)
                .map_err(|e| GitError::Failed(format!("The cache {} cannot be made: {e}.", folder.display())))?;
            expect(run(Some(&folder), &["init", "--quiet", "--bare"], config, ASK).await?, url)?;
        }
        let object = format!("{commit}^{{commit}}");
        let there = async || run(Some(&folder), &["cat-file", "-e", &object], config, ASK).await.is_ok_and(|o| o.status.success());
        if there().await {
            return Ok(folder);
        }
        let all = [
            "fetch",
            "--quiet",
            "--force",
            "--no-write-fetch-head",
            "--filter=blob:none",
            "--tags",
            "--",
            url,
            "+refs/heads/*:refs/heads/*",
        ];
        expect(run(Some(&folder), &all, config, FETCH).await?, url)?;
        if !there().await {
            let one = ["fetch", "--quiet", "--no-write-fetch-head", "--filter=blob:none", "--", url, commit];
            expect(run(Some(&folder), &one, config, FETCH).await?, url)?;
        }
        Ok(folder)
    }
}

#[async_trait]
impl GitSource for Git {
    async fn resolve(&self, url: &str, reference: Option<&str>, config: &Config) -> Result<String, GitError> {
        let Some(name) = reference else {
            let found = ls_remote(url, &["HEAD".into()], config).await?;
            return found
                .into_iter()
                .next()
                .map(|(commit, _)| commit)
                .ok_or_else(|| GitError::NoSuchRef(format!("The repository {url} is empty.")));
        };
        if is_commit(name) {
            return Ok(name.to_ascii_lowercase());
        }
        let found = ls_remote(url, &ref_patterns(name), config).await?;
        if let Some(commit) = choose_ref(name, &found) {
            return Ok(commit);
        }
        if (7..40).contains(&name.len()) && name.chars().all(|c| c.is_ascii_hexdigit()) {
            return self.abbreviated(url, name, config).await;
        }
        Err(GitError::NoSuchRef(format!("The repository {url} has no branch or tag {name:?}.")))
    }

    async fn file_at(&self, url: &str, commit: &str, path: &str, config: &Config) -> Result<Option<Vec<u8>>, GitError> {
        let folder = self.cached(url, commit, config).await?;
        let listed = expect(run(Some(&folder), &["ls-tree", "-z", "--full-tree", commit, "--", path], config, ASK).await?, url)?;
        if listed.is_empty() {
            return Ok(None);
        }
        let object = format!("{commit}:{path}");
        // With a partial clone this is where the content is fetched.
        let promisor = promisor(config, url);
        expect(run(Some(&folder), &["cat-file", "blob", &object], &promisor, FETCH).await?, url).map(Some)
    }

    async fn ahead(&self, url: &str, from: &str, to: &str, config: &Config) -> Result<Option<usize>, GitError> {
        let folder = self.cached(url, to, config).await?;
        let range = format!("{from}..{to}");
        let output = run(Some(&folder), &["rev-list", "--count", &range], config, ASK).await?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().parse().ok().filter(|_| output.status.success()))
    }
}

impl Git {
    async fn abbreviated(&self, url: &str, name: &str, config: &Config) -> Result<String, GitError> {
        let tip = ls_remote(url, &["HEAD".into()], config).await?.into_iter().next().map(|(commit, _)| commit);
        let missing = || GitError::NoSuchRef(format!("The repository {url} has no branch, tag or commit {name:?}."));
        let folder = self.cached(url, &tip.ok_or_else(missing)?, config).await?;
        let parsed = run(Some(&folder), &["rev-parse", "--quiet", "--verify", &format!("{name}^{{commit}}")], config, ASK).await?;
        let commit = String::from_utf8_lossy(&parsed.stdout).trim().to_string();
        if is_commit(&commit) { Ok(commit) } else { Err(missing()) }
    }
}

/// The setting that tells a partial clone where the rest is, without keeping a URL in the cache.
fn promisor(config: &Config, url: &str) -> Config {
    let mut config = config.clone();
    config.insert("remote.origin.url".into(), url.into());
    config.insert("remote.origin.promisor".into(), "true".into());
    config.insert("remote.origin.partialclonefilter".into(), "blob:none".into());
    config.insert("extensions.partialClone".into(), "origin".into());
    config
}

/// Whether text is a full commit hash (SHA-1 or SHA-256).
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// What to ask a repository for a name.
fn ref_patterns(name: &str) -> Vec<String> {
    if name.starts_with("refs/") {
        return vec![name.to_string(), format!("{name}^{{}}")];
    }
    vec![format!("refs/tags/{name}"), format!("refs/tags/{name}^{{}}"), format!("refs/heads/{name}")]
}

/// The commit of a name as git chooses: a tag (what it points to) before a branch.
fn choose_ref(name: &str, found: &[(String, String)]) -> Option<String> {
    let mut wanted = ref_patterns(name);
    // The peeled tag is the commit, the tag itself may be an object of its own.
    wanted.sort_by_key(|p| (!p.contains("tags/"), !p.ends_with("^{}")));
    wanted.iter().find_map(|p| found.iter().find(|(_, r)| r == p).map(|(commit, _)| commit.clone()))
}

async fn ls_remote(url: &str, patterns: &[String], config: &Config) -> Result<Vec<(String, String)>, GitError> {
    let mut args = vec!["ls-remote", "--quiet", "--", url];
    args.extend(patterns.iter().map(String::as_str));
    let answer = expect(run(None, &args, config, ASK).await?, url)?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let pair = |l: &str| l.split_once('\t').map(|(commit, name)| (commit.to_string(), name.to_string()));
    Ok(text.lines().filter_map(pair).collect())
}

async fn run(folder: Option<&Path>, args: &[&str], config: &Config, limit: Duration) -> Result<Output, GitError> {
    let mut command = Command::new("git");
    if let Some(folder) = folder {
        command.arg("--git-dir").arg(folder);
    }
    command
        .args(args)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .env("SSH_ASKPASS_REQUIRE", "never")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE");
    // Beside settings that the environment brings already.
    let first = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
    for (i, (key, value)) in config.iter().enumerate() {
        let n = first + i;
        command
            .env(format!("GIT_CONFIG_KEY_{n}"), key)
            .env(format!("GIT_CONFIG_VALUE_{n}"), value)
            .env("GIT_CONFIG_COUNT", (n + 1).to_string());
    }
    if std::env::var_os("GIT_SSH_COMMAND").is_none() && !config.contains_key("core.sshCommand") {
        command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
    }
    command.stdin(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(limit, command.output()).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(e)) if e.kind() == std::io::ErrorKind::NotFound => Err(GitError::Failed(
            "The program git is not installed here; envctl needs it to learn which commit a ref names (Debian: apt install git).".into(),
        )),
        Ok(Err(e)) => Err(GitError::Failed(format!("git cannot be started: {e}."))),
        Err(_) => {
            Err(GitError::Unavailable(format!("git {} did not finish within {} seconds.", args.first().unwrap_or(&""), limit.as_secs())))
        }
    }
}

fn expect(output: Output, url: &str) -> Result<Vec<u8>, GitError> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    Err(GitError::Unavailable(format!("The repository {url} cannot be read from here; git said: {}", said.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_the_tag_before_the_branch_and_the_tags_commit() {
        let found = [
            ("b1".to_string(), "refs/heads/v1".to_string()),
            ("t1".into(), "refs/tags/v1".into()),
            ("c1".into(), "refs/tags/v1^{}".into()),
        ];
        assert_eq!(choose_ref("v1", &found).as_deref(), Some("c1"));
        assert_eq!(choose_ref("v1", found.get(..2).unwrap()).as_deref(), Some("t1"));
        assert_eq!(choose_ref("v1", found.get(..1).unwrap()).as_deref(), Some("b1"));
        assert_eq!(choose_ref("refs/heads/v1", &found).as_deref(), Some("b1"));
        assert_eq!(choose_ref("v", &found), None);
    }

    #[test]
    fn commits_are_hashes() {
        assert!(is_commit(&"a".repeat(40)));
        assert!(!is_commit("main") && !is_commit(&"g".repeat(40)) && !is_commit("abcdef1"));
    }

    fn git(folder: &Path, args: &[&str]) -> String {
        let who = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
        let output = std::process::Command::new("git")
            .args(who)
            .args(args)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_string()
    }

    #[tokio::test]
    async fn a_real_repository_answers() {
        let dir = tempfile::tempdir().unwrap();
        let repo = dir.path().join("re po");
        std::fs::create_dir(&repo).unwrap();
        git(&repo, &["init", "-q"]);
        std::fs::create_dir(repo.join("a b")).unwrap();
        std::fs::write(repo.join("a b/.env"), "A=1\n").unwrap();
        git(&repo, &["add", "-A"]);
        git(&repo, &["commit", "-qm", "one"]);
        git(&repo, &["tag", "-a", "-m", "x", "v1"]);
        let first = git(&repo, &["rev-parse", "HEAD"]);
        std::fs::write(repo.join("a b/.env"), "A=2\n").unwrap();
        git(&repo, &["commit", "-qam", "two"]);
        let second = git(&repo, &["rev-parse", "HEAD"]);

        let (url, none) = (format!("file://{}", repo.display()), Config::new());
        let source = Git::new(dir.path().join("cache"));
        assert_eq!(source.resolve(&url, None, &none).await.unwrap(), second);
        assert_eq!(source.resolve(&url, Some("main"), &none).await.unwrap(), second);
        assert_eq!(source.resolve(&url, Some("v1"), &none).await.unwrap(), first);
        assert_eq!(source.resolve(&url, first.get(..9), &none).await.unwrap(), first);
        assert!(matches!(source.resolve(&url, Some("gone"), &none).await, Err(GitError::NoSuchRef(_))));
        assert_eq!(source.file_at(&url, &first, "a b/.env", &none).await.unwrap().as_deref(), Some(&b"A=1\n"[..]));
        assert_eq!(source.file_at(&url, &second, "a b/.env", &none).await.unwrap().as_deref(), Some(&b"A=2\n"[..]));
        assert_eq!(source.file_at(&url, &second, "none", &none).await.unwrap(), None);
        assert_eq!(source.ahead(&url, &first, &second, &none).await.unwrap(), Some(1));
        let gone = source.resolve("file:///nonexistent/repo", Some("main"), &none).await;
        assert!(matches!(gone, Err(GitError::Unavailable(m)) if m.contains("file:///nonexistent/repo")));
    }

    #[tokio::test]
    async fn contents_of_a_partial_clone_are_fetched_when_they_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let repo = dir.path().join("repo");
        std::fs::create_dir(&repo).unwrap();
        git(&repo, &["init", "-q"]);
        git(&repo, &["config", "uploadpack.allowFilter", "true"]);
        git(&repo, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        std::fs::write(repo.join("f"), "content\n").unwrap();
        git(&repo, &["add", "-A"]);
        git(&repo, &["commit", "-qm", "one"]);
        let (url, commit) = (format!("file://{}", repo.display()), git(&repo, &["rev-parse", "HEAD"]));
        let source = Git::new(dir.path().join("cache"));
        assert_eq!(source.file_at(&url, &commit, "f", &Config::new()).await.unwrap().as_deref(), Some(&b"content\n"[..]));
    }
}
