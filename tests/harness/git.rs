//! Local git repositories to deploy from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A bare repository and the work tree that feeds it.
pub struct GitRepo {
    dir: TempDir,
}

impl GitRepo {
    /// A repository with one commit on `main`.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let repo = Self { dir: TempDir::with_prefix("envctl-git-").expect("a temporary folder") };
        fs::create_dir_all(repo.work()).expect("a folder");
        git(&repo.work(), &["init", "-q", "-b", "main"]);
        git(repo.dir.path(), &["clone", "-q", "--bare", "work", "bare.git"]);
        git(&repo.work(), &["remote", "add", "origin", "../bare.git"]);
        repo.commit("first", files);
        repo
    }

    /// Commits files on the current branch, pushes, and returns the commit.
    pub fn commit(&self, message: &str, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            let path = self.work().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, text).expect("a file");
        }
        git(&self.work(), &["add", "-A"]);
        git(&self.work(), &["commit", "-q", "--allow-empty", "-m", message]);
        git(&self.work(), &["push", "-q", "origin", "HEAD"]);
        self.head()
    }

    /// Adds another repository as a submodule, commits and pushes.
    pub fn add_submodule(&self, path: &str, other: &Self) -> String {
        git(&self.work(), &["submodule", "--quiet", "add", &other.url(), path]);
        self.commit("submodule", &[])
    }

    /// Pushes a tag on the current commit.
    pub fn tag(&self, name: &str) {
        git(&self.work(), &["tag", name]);
        git(&self.work(), &["push", "-q", "origin", name]);
    }

    /// Switches to a new branch and pushes it.
    pub fn branch(&self, name: &str) {
        git(&self.work(), &["checkout", "-q", "-b", name]);
        git(&self.work(), &["push", "-q", "origin", name]);
    }

    /// The current commit.
    pub fn head(&self) -> String {
        git(&self.work(), &["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// `file://…/bare.git`.
    pub fn url(&self) -> String {
        format!("file://{}", self.dir.path().join("bare.git").display())
    }

    fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }
}

/// Runs git without the user's configuration; file URLs of submodules are allowed.
pub fn git(folder: &Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "protocol.file.allow=always"];
    let output = Command::new("git")
        .args(who)
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
