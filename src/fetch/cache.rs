//! The cache: one folder per package and content, `.envctl/modules/<name>-<digest>`.
//!
//! A package is fetched into a folder of its own beside it and renamed into place when it is whole,
//! so whatever has its name is complete, and several runs at once do no harm to each other.

use crate::diag::Diagnostic;
use globset::Glob;
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use walkdir::WalkDir;

const UNFINISHED: &str = ".new-";
/// What a killed run left is removed when it is that old.
const LEFT_OVER: Duration = Duration::from_secs(24 * 3600);

/// A place for a package that is being fetched.
///
/// # Errors
/// When the cache cannot be written.
pub fn workplace(cache: &Path) -> Result<TempDir, Diagnostic> {
    let made = fs::create_dir_all(cache).and_then(|()| {
        // The whole `.envctl` is ours and never for version control.
        let ignore = cache.parent().unwrap_or(cache).join(".gitignore");
        if ignore.exists() { Ok(()) } else { fs::write(ignore, "*\n") }
    });
    made.and_then(|()| tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(cache)).map_err(|e| {
        Diagnostic::error("Module cache not writable", format!("Modules are kept in {}: {e}.", cache.display()))
            .help("envctl writes there when a module has to be fetched. Make the folder writable.")
    })
}

/// Moves a fetched tree to its name; if another run was faster, its is the same.
///
/// # Errors
/// When it cannot be moved.
pub fn install(cache: &Path, tree: &Path, name: &str) -> Result<PathBuf, Diagnostic> {
    let to = cache.join(name);
    match fs::rename(tree, &to) {
        Err(e) if !to.is_dir() => Err(Diagnostic::error("Module cache not writable", format!("{} cannot be made: {e}.", to.display()))),
        _ => Ok(to),
    }
}

/// Removes what runs that were killed left behind.
pub fn sweep(cache: &Path) {
    let Ok(entries) = fs::read_dir(cache) else { return };
    for entry in entries.filter_map(Result::ok) {
        let old = || entry.metadata().ok()?.modified().ok()?.checked_add(LEFT_OVER).map(|t| t < SystemTime::now());
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) && old() == Some(true) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// SHA-256 over names and contents of a tree: `sha256:<hex>`. Times, owners and modes do not count.
///
/// # Errors
/// When a file cannot be read.
pub fn digest(tree: &Path) -> io::Result<String> {
    let mut lines = Vec::new();
    for entry in WalkDir::new(tree).min_depth(1) {
        let entry = entry.map_err(io::Error::from)?;
        let relative = entry.path().strip_prefix(tree).unwrap_or(entry.path()).to_string_lossy().into_owned();
        if entry.file_type().is_symlink() {
            lines.push(format!("link {} {relative}\n", fs::read_link(entry.path())?.display()));
        } else if entry.file_type().is_file() {
            let mut hash = Sha256::new();
            io::copy(&mut fs::File::open(entry.path())?, &mut HashWriter(&mut hash))?;
            lines.push(format!("file {} {relative}\n", hex(&hash.finalize())));
        }
    }
    lines.sort();
    Ok(format!("sha256:{}", hex(&Sha256::digest(lines.concat().as_bytes()))))
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The folder of a package that a source means; a part with `*` stands for the one folder it matches.
///
/// # Errors
/// When there is no such folder, or several.
pub fn subfolder(package: &Path, folder: &str, shown: &str) -> Result<PathBuf, Diagnostic> {
    let mut dir = package.to_path_buf();
    for part in folder.split('/').filter(|p| !p.is_empty()) {
        let next = if part.contains(['*', '?', '[']) { matching(&dir, part) } else { vec![dir.join(part)] };
        dir = match next.as_slice() {
            [one] if one.is_dir() => one.clone(),
            [_] | [] => return Err(no_folder(package, folder, shown)),
            several => {
                let names: Vec<_> = several.iter().filter_map(|p| p.file_name()?.to_str()).collect();
                let detail = format!("\"{part}\" in the sub-folder \"{folder}\" of {shown} means several folders: {}.", names.join(", "));
                return Err(Diagnostic::error("Ambiguous sub-folder", detail).help("Name one of them."));
            }
        };
    }
    Ok(dir)
}

fn matching(dir: &Path, pattern: &str) -> Vec<PathBuf> {
    let Ok(glob) = Glob::new(pattern) else { return Vec::new() };
    let matcher = glob.compile_matcher();
    let mut found: Vec<PathBuf> = folders(dir).into_iter().filter(|p| p.file_name().is_some_and(|n| matcher.is_match(n))).collect();
    found.sort();
    found
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).map(|e| e.filter_map(Result::ok).collect::<Vec<_>>()).unwrap_or_default();
    entries.into_iter().map(|e| e.path()).filter(|p| p.is_dir()).collect()
}

/// There is no such folder; the folders that hold modules.
fn no_folder(package: &Path, folder: &str, shown: &str) -> Diagnostic {
    let has_module = |dir: &Path| {
        let names = fs::read_dir(dir).map(|e| e.filter_map(Result::ok).map(|e| e.file_name()).collect::<Vec<_>>()).unwrap_or_default();
        names.iter().any(|n| n.to_str().is_some_and(|n| n.ends_with(".tf") || n.ends_with(".tofu")))
    };
    let walked = WalkDir::new(package).min_depth(1).max_depth(4).sort_by_file_name();
    let found: Vec<String> = walked
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.file_type().is_dir() && has_module(e.path()))
        .filter_map(|e| Some(e.path().strip_prefix(package).ok()?.display().to_string()))
        .collect();
    let error = Diagnostic::error("Module not found", format!("{shown} has no folder \"{folder}\"."));
    let close = crate::value::closest(folder, found.iter().map(String::as_str));
    match (close, found.as_slice()) {
        (Some(near), _) => error.help(format!("Did you mean \"//{near}\"?")),
        (None, []) => error.help("It has no folder with modules but its own."),
        (None, all) => error.help(format!("Its folders with modules: {}.", all.iter().take(12).cloned().collect::<Vec<_>>().join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn the_digest_is_of_names_and_contents() {
        let of = |files: &[(&str, &str)]| digest(tree(files).path()).unwrap();
        let base = of(&[("a/x.tf", "1"), ("b.tf", "2")]);
        assert_eq!(base, of(&[("b.tf", "2"), ("a/x.tf", "1")]));
        assert_eq!(base.len(), "sha256:".len() + 64);
        for other in [of(&[("a/x.tf", "2"), ("b.tf", "1")]), of(&[("a/y.tf", "1"), ("b.tf", "2")]), of(&[("a/x.tf", "1")])] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn sub_folders_by_name_and_by_pattern() {
        let dir = tree(&[("top-1a2b/modules/net/main.tf", ""), ("top-1a2b/modules/web/main.tf", "")]);
        let found = |folder: &str| subfolder(dir.path(), folder, "it");
        assert_eq!(found("").unwrap(), dir.path());
        assert_eq!(found("*/modules/net").unwrap(), dir.path().join("top-1a2b/modules/net"));
        assert_eq!(found("*/modules/*").unwrap_err().summary, "Ambiguous sub-folder");
        let error = found("top-1a2b/modules/nett").unwrap_err();
        assert_eq!(error.help.as_deref(), Some("Did you mean \"//top-1a2b/modules/net\"?"));
        assert!(found("x").unwrap_err().help.unwrap().contains("top-1a2b/modules/net, top-1a2b/modules/web"));
        assert!(found("*/none").is_err() && found("x*").is_err());
    }

    #[test]
    fn two_runs_that_install_the_same_agree() {
        let cache = tempfile::tempdir().unwrap();
        let cache = cache.path().join(".envctl/modules");
        for _ in 0..2 {
            let place = workplace(&cache).unwrap();
            let new = place.path().join("tree");
            fs::create_dir(&new).unwrap();
            fs::write(new.join("main.tf"), "x").unwrap();
            assert_eq!(fs::read_to_string(install(&cache, &new, "m-1").unwrap().join("main.tf")).unwrap(), "x");
        }
        assert_eq!(fs::read_to_string(cache.join("../.gitignore")).unwrap(), "*\n");
        let names: Vec<_> = fs::read_dir(&cache).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["m-1"]);
    }
}
