//! Git repositories as seen from the machine that plans: names become commits, files of a commit
//! can be read before any host exists.

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::fmt;

/// What asking a repository can fail with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitError {
    /// The repository cannot be reached or read from here.
    Unavailable(String),
    /// The repository answers, but has no such branch, tag or commit.
    NoSuchRef(String),
    /// git itself is missing or failed.
    Failed(String),
}

impl GitError {
    /// What happened, in words.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            GitError::Unavailable(m) | GitError::NoSuchRef(m) | GitError::Failed(m) => m,
        }
    }
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for GitError {}

/// Reads repositories. `config` holds git settings for every call (`url.x.insteadOf`, extra
/// headers); they travel in the environment, never in arguments.
#[async_trait]
pub trait GitSource: Send + Sync {
    /// The full commit that a branch, tag or commit names; `None` asks for the default branch.
    async fn resolve(&self, url: &str, reference: Option<&str>, config: &BTreeMap<String, String>) -> Result<String, GitError>;
    /// The content of a file at a commit; `None` when that commit has no such file.
    async fn file_at(&self, url: &str, commit: &str, path: &str, config: &BTreeMap<String, String>) -> Result<Option<Vec<u8>>, GitError>;
    /// How many commits `to` has that `from` has not; `None` when that cannot be told.
    async fn ahead(&self, url: &str, from: &str, to: &str, config: &BTreeMap<String, String>) -> Result<Option<usize>, GitError>;
}
