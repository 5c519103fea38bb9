//! The disk as [`Files`].

use crate::files::{Files, Pattern, clean};
use std::path::{Path, PathBuf};
use std::{fs, io};
use walkdir::WalkDir;

/// Files on the machine's disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskFiles;

impl Files for DiskFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists() && !path.is_dir()
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn glob(&self, base: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
        let pattern = Pattern::new(pattern)?;
        let root = clean(&base.join(&pattern.root));
        if !root.is_dir() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for entry in WalkDir::new(&root).min_depth(1).max_depth(pattern.depth.unwrap_or(usize::MAX)) {
            let entry = entry.map_err(io::Error::from)?;
            // Links to files count as files; links to directories are not followed.
            let is_file = entry.file_type().is_file() || (entry.path_is_symlink() && entry.path().is_file());
            let Ok(relative) = entry.path().strip_prefix(&root) else { continue };
            if is_file && pattern.matches(relative) {
                found.push(pattern.root.join(relative));
            }
        }
        found.sort();
        Ok(found)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let mut names = fs::read_dir(dir)?.map(|e| e.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemFiles;

    #[test]
    fn disk_and_memory_agree() {
        let root = tempfile::tempdir().unwrap();
        // One level down: what other programs leave in the temporary folder is not part of this.
        let dir = root.path().join("tree");
        let mut memory = MemFiles::new();
        for name in ["a.tf", "b.txt", "sub/c.tf", "sub/deep/.d.tf", "other/e"] {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, name).unwrap();
            memory.insert(&path, name);
        }
        for base in [dir.clone(), dir.join("sub"), dir.join("none")] {
            for pattern in ["*", "**", "**/*.tf", "sub/*", "*/c.tf", "{a,b}.*", "../*.tf", "a.tf", "deep/**"] {
                let (disk, mem) = (DiskFiles.glob(&base, pattern).unwrap(), memory.glob(&base, pattern).unwrap());
                assert_eq!(disk, mem, "{pattern} in {base:?}");
            }
        }
        assert_eq!(DiskFiles.list(&dir).unwrap(), memory.list(&dir).unwrap());
        assert_eq!(DiskFiles.read(&dir.join("a.tf")).unwrap(), b"a.tf");
        assert!(DiskFiles.exists(&dir.join("a.tf")) && !DiskFiles.exists(&dir.join("sub")));
    }
}
