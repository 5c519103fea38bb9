//! Which commit of people's own repository a folder stands at.

use std::path::Path;
use std::process::{Command, Stdio};

/// The commit that is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its full name.
    pub commit: String,
    /// Something in the folder differs from it, or is not in git.
    pub uncommitted: bool,
}

/// The commit of the repository around a folder; `None` outside git, or without it.
#[must_use]
pub fn head(folder: &Path) -> Option<Head> {
    let git = |args: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let commit = git(&["rev-parse", "HEAD"]).filter(|c| !c.is_empty())?;
    let uncommitted = git(&["--no-optional-locks", "status", "--porcelain", "--", "."]).is_none_or(|text| !text.is_empty());
    Some(Head { commit, uncommitted })
}
