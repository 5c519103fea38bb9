//! Unpacking: what an archive says is checked before it is done.
//!
//! Nothing is written outside the folder, no link leads out of it, no devices are made, and what
//! comes out is bounded in bytes and in number while it is written, whatever the headers claim.

use super::address::Archive;
use super::limits::{Limits, too_large};
use crate::diag::Diagnostic;
use flate2::read::MultiGzDecoder;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufReader, Read, Seek, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Component, Path, PathBuf};

/// Unpacks an archive into an empty folder. `name` is what people know it by.
///
/// # Errors
/// When it is damaged, too large, or would write or link outside the folder.
pub fn unpack(file: &Path, form: Archive, to: &Path, limits: Limits, name: &str) -> Result<(), Diagnostic> {
    let opened = fs::File::open(file).map_err(|e| damaged(name, &e.to_string()))?;
    let mut out = Out { root: to, name, limits, bytes: 0, entries: 0, links: Vec::new() };
    match form {
        Archive::Zip => unzip(opened, &mut out)?,
        Archive::Tar => untar(BufReader::new(opened), &mut out)?,
        Archive::TarGz => untar(MultiGzDecoder::new(BufReader::new(opened)), &mut out)?,
    }
    if out.entries == 0 {
        return Err(damaged(name, "it holds nothing"));
    }
    out.make_links()
}

struct Out<'a> {
    root: &'a Path,
    name: &'a str,
    limits: Limits,
    bytes: u64,
    entries: u64,
    /// Links are made last: nothing can be written through one.
    links: Vec<(PathBuf, PathBuf)>,
}

impl Out<'_> {
    /// The place of an entry below the root.
    fn place(&mut self, entry: &Path) -> Result<PathBuf, Diagnostic> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            let detail = format!("{} holds more than {} files.", self.name, self.limits.entries);
            return Err(Diagnostic::error("Module too large", detail));
        }
        inside(entry).ok_or_else(|| self.leaves(entry))
    }

    fn leaves(&self, entry: &Path) -> Diagnostic {
        let detail = format!("{} holds the entry \"{}\", which leads out of the folder it is unpacked into.", self.name, entry.display());
        Diagnostic::error("Archive refused", detail).help("Somebody made this archive by hand, or means harm. Do not use it.")
    }

    fn folder(&self, relative: &Path) -> Result<(), Diagnostic> {
        fs::create_dir_all(self.root.join(relative)).map_err(|e| self.unwritable(relative, &e))
    }

    fn file(&mut self, relative: &Path, executable: bool, from: &mut dyn Read) -> Result<(), Diagnostic> {
        if let Some(parent) = relative.parent() {
            self.folder(parent)?;
        }
        let path = self.root.join(relative);
        let mode = if executable { 0o755 } else { 0o644 };
        // A name that is there twice: the last one counts, as with other tools.
        let _ = fs::remove_file(&path);
        let mut to =
            fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&path).map_err(|e| self.unwritable(relative, &e))?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let n = from.read(&mut buffer).map_err(|e| damaged(self.name, &e.to_string()))?;
            let Some(piece) = buffer.get(..n).filter(|p| !p.is_empty()) else { return Ok(()) };
            self.bytes += n as u64;
            if self.bytes > self.limits.unpacked {
                return Err(too_large(self.name, self.limits.unpacked));
            }
            to.write_all(piece).map_err(|e| self.unwritable(relative, &e))?;
        }
    }

    /// Remembers a link, unless it leads out.
    fn link(&mut self, relative: PathBuf, target: &Path) -> Result<(), Diagnostic> {
        let from = relative.parent().unwrap_or(Path::new("")).join(target);
        if target.is_absolute() || inside(&from).is_none() {
            let entry = PathBuf::from(format!("{} -> {}", relative.display(), target.display()));
            return Err(self.leaves(&entry));
        }
        self.links.push((relative, target.to_path_buf()));
        Ok(())
    }

    /// Makes the links, and looks where each really leads: one may go through another.
    fn make_links(&self) -> Result<(), Diagnostic> {
        let names: BTreeSet<&Path> = self.links.iter().map(|(l, _)| l.as_path()).collect();
        for (relative, target) in &self.links {
            // A link below a link would be made wherever that one leads.
            if relative.ancestors().skip(1).any(|a| names.contains(a)) {
                return Err(self.leaves(relative));
            }
            if let Some(parent) = relative.parent() {
                self.folder(parent)?;
            }
            let path = self.root.join(relative);
            let _ = fs::remove_file(&path);
            symlink(target, &path).map_err(|e| self.unwritable(relative, &e))?;
        }
        let root = self.root.canonicalize().map_err(|e| self.unwritable(Path::new("."), &e))?;
        for (relative, _) in &self.links {
            // A link to nothing is harmless; one that leads out is not.
            if let Ok(real) = self.root.join(relative).canonicalize()
                && !real.starts_with(&root)
            {
                return Err(self.leaves(relative));
            }
        }
        Ok(())
    }

    fn unwritable(&self, relative: &Path, error: &io::Error) -> Diagnostic {
        let detail = format!("\"{}\" of {} cannot be written into {}: {error}.", relative.display(), self.name, self.root.display());
        Diagnostic::error("Module not unpacked", detail)
    }
}

/// The path without `.` and `..`; `None` when it is absolute or steps out.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => out.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(out)
}

fn untar(reader: impl Read, out: &mut Out<'_>) -> Result<(), Diagnostic> {
    let mut archive = tar::Archive::new(reader);
    let name = out.name;
    let broken = |e: io::Error| damaged(name, &e.to_string());
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        if kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let path = entry.path().map_err(broken)?.into_owned();
        let relative = out.place(&path)?;
        if kind.is_dir() {
            out.folder(&relative)?;
        } else if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
            let executable = entry.header().mode().is_ok_and(|m| m & 0o100 != 0);
            out.file(&relative, executable, &mut entry)?;
        } else if kind.is_symlink() {
            let target = entry.link_name().map_err(broken)?.map(|t| t.into_owned()).unwrap_or_default();
            out.link(relative, &target)?;
        } else if kind.is_hard_link() {
            hard_link(&entry, &relative, out)?;
        } else {
            return Err(damaged(name, &format!("the entry \"{}\" is neither a file, a folder nor a link", path.display())));
        }
    }
    Ok(())
}

/// A hard link is a copy of a file that came before.
fn hard_link(entry: &tar::Entry<'_, impl Read>, relative: &Path, out: &mut Out<'_>) -> Result<(), Diagnostic> {
    let target = entry.link_name().ok().flatten().map(|t| t.into_owned()).unwrap_or_default();
    let from = inside(&target).ok_or_else(|| out.leaves(&target))?;
    let mut file = fs::File::open(out.root.join(&from)).map_err(|e| damaged(out.name, &format!("\"{}\": {e}", from.display())))?;
    out.file(relative, false, &mut file)
}

fn unzip(reader: impl Read + Seek, out: &mut Out<'_>) -> Result<(), Diagnostic> {
    let name = out.name;
    let broken = |e: zip::result::ZipError| damaged(name, &e.to_string());
    let mut archive = zip::ZipArchive::new(reader).map_err(broken)?;
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).map_err(broken)?;
        let path = PathBuf::from(entry.name().map_err(broken)?.replace('\\', "/"));
        let relative = out.place(&path)?;
        if entry.is_dir() {
            out.folder(&relative)?;
        } else if entry.is_symlink() {
            let mut target = String::new();
            entry.by_ref().take(4096).read_to_string(&mut target).map_err(|e| damaged(name, &e.to_string()))?;
            out.link(relative, Path::new(&target))?;
        } else {
            let executable = entry.unix_mode().is_some_and(|m| m & 0o100 != 0);
            out.file(&relative, executable, &mut entry)?;
        }
    }
    Ok(())
}

fn damaged(name: &str, why: &str) -> Diagnostic {
    Diagnostic::error("Archive not readable", format!("{name} cannot be unpacked: {why}."))
        .help("Was it fully uploaded, and does its ending (or ?archive=) say what it is?")
}

#[cfg(test)]
mod tests;
