//! The files of a working copy: what git tracks, what it would take, and what it ignores.
//!
//! Without git the folder is walked. Links are listed but never followed while walking, so that loops cannot trap us.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use walkdir::WalkDir;

/// Folders of other people's files and of build results.
const SKIPPED: &[&str] =
    &[".git", "node_modules", "target", ".venv", "venv", "__pycache__", ".terraform", ".envctl", ".tox", "vendor", ".next", "dist"];
/// A tree with more files is looked at in part.
const MAX_FILES: usize = 200_000;
/// Deeper folders are left alone.
const MAX_DEPTH: usize = 40;

/// A file of a working copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// Path below the root, with `/`.
    pub path: String,
    /// git has it.
    pub tracked: bool,
    /// git leaves it out.
    pub ignored: bool,
    /// It is a symbolic link.
    pub link: bool,
}

/// A working copy.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Its folder.
    pub root: PathBuf,
    /// Whether git knows it.
    pub git: bool,
    /// Its files, sorted.
    pub files: Vec<TreeFile>,
    /// Whether there were more.
    pub cut: bool,
}

/// Lists the files below a folder.
#[must_use]
pub fn tree(root: &Path) -> Tree {
    let mut out = Tree { root: root.to_path_buf(), ..Tree::default() };
    let tracked = listed(root, &["ls-files", "-z"]);
    let wanted = listed(root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let mut found: BTreeMap<String, bool> = BTreeMap::new();
    let walk = WalkDir::new(root).max_depth(MAX_DEPTH).into_iter().filter_entry(|e| e.depth() == 0 || !is_skipped(e));
    for entry in walk.flatten().filter(|e| !e.file_type().is_dir()) {
        let Some(path) = entry.path().strip_prefix(root).ok().and_then(Path::to_str) else { continue };
        if found.len() >= MAX_FILES {
            out.cut = true;
            break;
        }
        found.insert(path.replace('\\', "/"), entry.file_type().is_symlink());
    }
    if let (Some(tracked), Some(wanted)) = (&tracked, &wanted) {
        out.git = true;
        for path in wanted.iter().filter(|p| !found.contains_key(*p)).cloned().collect::<Vec<_>>() {
            // What is tracked inside a skipped folder counts; what is deleted, or a submodule, does not.
            if let Ok(meta) = std::fs::symlink_metadata(root.join(&path))
                && !meta.is_dir()
            {
                found.insert(path, meta.is_symlink());
            }
        }
        let file =
            |(path, link): (String, bool)| TreeFile { tracked: tracked.contains(&path), ignored: !wanted.contains(&path), path, link };
        out.files = found.into_iter().map(file).collect();
    } else {
        out.files = found.into_iter().map(|(path, link)| TreeFile { path, tracked: false, ignored: false, link }).collect();
    }
    out
}

fn is_skipped(entry: &walkdir::DirEntry) -> bool {
    entry.file_type().is_dir() && entry.file_name().to_str().is_some_and(|name| SKIPPED.contains(&name))
}

fn git(root: &Path, args: &[&str]) -> Option<Vec<u8>> {
    let mut command = Command::new("git");
    // Settings of a repository we only look at must not start programs.
    command.args(["--no-optional-locks", "-c", "core.fsmonitor=false"]).arg("-C").arg(root).args(args);
    command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn listed(root: &Path, args: &[&str]) -> Option<BTreeSet<String>> {
    let answer = git(root, args)?;
    let names = answer.split(|b| *b == 0).filter(|n| !n.is_empty());
    Some(names.filter_map(|n| std::str::from_utf8(n).ok()).map(str::to_string).collect())
}

/// The branch that is checked out; `None` outside git or on no branch.
#[must_use]
pub fn branch(root: &Path) -> Option<String> {
    let answer = git(root, &["symbolic-ref", "--quiet", "--short", "HEAD"])?;
    Some(String::from_utf8_lossy(&answer).trim().to_string()).filter(|b| !b.is_empty())
}

/// Which of these paths git would leave out, whether they exist or not; `None` outside git.
#[must_use]
pub fn would_ignore(root: &Path, paths: &[&str]) -> Option<BTreeSet<String>> {
    let mut args = vec!["ls-files"];
    git(root, &args)?;
    args = vec!["check-ignore", "--no-index", "--"];
    args.extend(paths);
    // It fails where nothing is ignored.
    let answer = git(root, &args).unwrap_or_default();
    Some(String::from_utf8_lossy(&answer).lines().map(str::to_string).collect())
}

impl Tree {
    /// The content of a file up to a size; `None` for what is no file, larger, or not readable.
    #[must_use]
    pub fn read(&self, path: &str, max: u64) -> Option<Vec<u8>> {
        let full = self.root.join(path);
        let meta = std::fs::metadata(&full).ok()?;
        if !meta.is_file() || meta.len() > max {
            return None;
        }
        std::fs::read(full).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_says_what_is_tracked_and_what_is_ignored_and_loops_do_not_trap() {
        let dir = tempfile::tempdir().unwrap();
        let write = |p: &str| {
            let path = dir.path().join(p);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        };
        for path in ["a.txt", ".env", "new.txt", "node_modules/x.js", "sub/b.txt"] {
            write(path);
        }
        std::os::unix::fs::symlink("..", dir.path().join("sub/loop")).unwrap();
        std::os::unix::fs::symlink("self", dir.path().join("self")).unwrap();
        let plain = tree(dir.path());
        assert!(!plain.git && plain.files.iter().any(|f| f.path == ".env" && !f.ignored));
        assert!(plain.read("self", 10).is_none() && plain.read("sub/loop", 10).is_none() && plain.read("a.txt", 0).is_none());

        std::fs::write(dir.path().join(".gitignore"), ".env\nnode_modules\n").unwrap();
        let run = |args: &[&str]| assert!(Command::new("git").arg("-C").arg(dir.path()).args(args).output().unwrap().status.success());
        run(&["init", "-q", "-b", "main"]);
        run(&["add", "a.txt", "sub/b.txt"]);
        let found = tree(dir.path());
        let of = |p: &str| found.files.iter().find(|f| f.path == p).map(|f| (f.tracked, f.ignored));
        assert!(found.git);
        assert_eq!(of("a.txt"), Some((true, false)));
        assert_eq!(of("new.txt"), Some((false, false)));
        assert_eq!(of(".env"), Some((false, true)));
        assert_eq!(of("node_modules/x.js"), None);
        assert_eq!(branch(dir.path()).as_deref(), Some("main"));
    }
}
