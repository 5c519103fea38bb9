//! The git work tree around a folder: which branch, and what is not committed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What git says of a work tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkTree {
    /// The branch; `None` when HEAD is detached.
    pub branch: Option<String>,
    /// Names of branches, local or of remotes (without the remote's name), whose tip is HEAD.
    pub tips: Vec<String>,
    /// Paths below the folder that differ from HEAD or are not in git.
    pub changes: Vec<String>,
}

/// Reads the work tree around a folder; only changes below the folder are listed.
///
/// # Errors
/// A sentence saying why there is none: no git, no work tree, no commit.
pub fn work_tree(folder: &Path) -> Result<WorkTree, String> {
    let inside = git(folder, &["rev-parse", "--is-inside-work-tree"])?;
    if inside.as_deref() != Some("true") {
        return Err(format!("{} is in no git work tree.", folder.display()));
    }
    let branch = git(folder, &["symbolic-ref", "--short", "-q", "HEAD"])?.filter(|b| !b.is_empty());
    let refs = ["for-each-ref", "--points-at", "HEAD", "--format=%(refname)", "refs/heads", "refs/remotes"];
    let tips = if branch.is_some() { None } else { git(folder, &refs)? };
    let mut tips: Vec<String> = tips.iter().flat_map(|t| t.lines()).filter_map(branch_of).collect();
    tips.sort();
    tips.dedup();
    let mine = ":(exclude,glob)**/.envctl/**";
    let status =
        ["-c", "core.quotePath=false", "--no-optional-locks", "status", "--porcelain", "--untracked-files=normal", "--", ".", mine];
    let status = git(folder, &status)?.ok_or_else(|| format!("git status fails in {}.", folder.display()))?;
    let changes = status.lines().filter_map(|l| l.get(3..)).map(str::to_string).collect();
    Ok(WorkTree { branch, tips, changes })
}

fn branch_of(reference: &str) -> Option<String> {
    let name = match reference.strip_prefix("refs/heads/") {
        Some(name) => name,
        None => reference.strip_prefix("refs/remotes/")?.split_once('/')?.1,
    };
    (name != "HEAD").then(|| name.to_string())
}

/// Those of some files that git ignores; none where there is no git.
#[must_use]
pub fn ignored(folder: &Path, files: &[PathBuf]) -> Vec<PathBuf> {
    let Some((first, rest)) = files.split_first() else { return Vec::new() };
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "core.quotePath=false", "check-ignore", "--"]).arg(first).args(rest);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    text.lines().map(PathBuf::from).collect()
}

/// Standard output; `None` when git answers with an error.
fn git(folder: &Path, args: &[&str]) -> Result<Option<String>, String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(args).stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.env("LC_ALL", "C").output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => "the program git is not installed here.".to_string(),
        _ => format!("git cannot be started: {e}."),
    })?;
    Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_string()))
}
