//! Files that exist in memory only.

use super::{Files, Pattern, clean};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// A read-only tree of files in memory; directories exist where they hold something.
#[derive(Clone, Debug, Default)]
pub struct MemFiles {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl MemFiles {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This tree with one file more.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        self.insert(path, content);
        self
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        self.files.insert(clean(path.as_ref()), content.as_ref().to_vec());
    }

    fn below<'a>(&'a self, dir: &'a Path) -> impl Iterator<Item = &'a Path> {
        let here = dir == Path::new(".");
        self.files.keys().filter_map(move |p| if here && p.is_relative() { Some(p.as_path()) } else { p.strip_prefix(dir).ok() })
    }
}

impl<P: AsRef<Path>, C: AsRef<[u8]>> FromIterator<(P, C)> for MemFiles {
    fn from_iter<I: IntoIterator<Item = (P, C)>>(files: I) -> Self {
        let mut all = MemFiles::new();
        files.into_iter().for_each(|(p, c)| all.insert(p, c));
        all
    }
}

fn not_found(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("there is no {}", path.display()))
}

impl Files for MemFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.get(&clean(path)).cloned().ok_or_else(|| not_found(path))
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.contains_key(&clean(path))
    }

    fn is_dir(&self, path: &Path) -> bool {
        let dir = clean(path);
        self.below(&dir).any(|p| !p.as_os_str().is_empty())
    }

    fn glob(&self, base: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
        let pattern = Pattern::new(pattern)?;
        let root = clean(&base.join(&pattern.root));
        let found = self.below(&root).filter(|p| pattern.matches(p)).map(|p| pattern.root.join(p));
        Ok(found.collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let clean_dir = clean(dir);
        let names: BTreeSet<PathBuf> =
            self.below(&clean_dir).filter_map(|p| p.components().next().map(|c| dir.join(c.as_os_str()))).collect();
        if names.is_empty() { Err(not_found(dir)) } else { Ok(names.into_iter().collect()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> MemFiles {
        ["/p/a.tf", "/p/b.txt", "/p/sub/c.tf", "/p/sub/deep/d.tf", "/q/e.tf"].iter().map(|p| (p, "x")).collect()
    }

    fn glob(base: &str, pattern: &str) -> Vec<String> {
        let found = tree().glob(Path::new(base), pattern).unwrap();
        found.iter().map(|p| p.display().to_string()).collect()
    }

    #[test]
    fn patterns() {
        assert_eq!(glob("/p", "*.tf"), ["a.tf"]);
        assert_eq!(glob("/p", "**/*.tf"), ["a.tf", "sub/c.tf", "sub/deep/d.tf"]);
        assert_eq!(glob("/p", "sub/*"), ["sub/c.tf"]);
        assert_eq!(glob("/p", "{a,b}.*"), ["a.tf", "b.txt"]);
        assert_eq!(glob("/p", "a.tf"), ["a.tf"]);
        assert_eq!(glob("/p", "../q/*.tf"), ["../q/e.tf"]);
        assert_eq!(glob("/none", "**"), [""; 0]);
        assert!(tree().glob(Path::new("/p"), "[").is_err());
    }

    #[test]
    fn directories() {
        let files = tree();
        assert!(files.is_dir(Path::new("/p/sub")) && !files.is_dir(Path::new("/p/a.tf")));
        assert!(files.exists(Path::new("/p/sub/../a.tf")) && !files.exists(Path::new("/p/sub")));
        let names: Vec<_> = files.list(Path::new("/p")).unwrap();
        assert_eq!(names, ["/p/a.tf", "/p/b.txt", "/p/sub"].map(PathBuf::from));
        assert!(files.list(Path::new("/x")).is_err());
    }
}
