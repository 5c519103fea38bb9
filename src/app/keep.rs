//! Files of releases that were replaced, kept on the host so that they can come back.
//!
//! They lie in a folder of the login's home that only the login can read, outside of any checkout;
//! those that root wrote stay root's.

use super::commands::quote_path;
use super::env_file::EnvFile;
use super::lease::{FOLDER, file_name};
use super::record::{AppRecord, FileRecord};
use super::render::{self, Rendered};
use super::shell::{AS_ROOT, RemoteCommand, quote};
use super::template::RenderedText;
use sha2::{Digest, Sha256};

impl AppRecord {
    /// The folder of this app's kept files, relative to the login's home.
    #[must_use]
    pub fn kept_folder(&self) -> String {
        let hash = self.hash(b"kept files");
        format!("{FOLDER}/{}-{}", file_name(&self.app), hash.get(..8).unwrap_or(""))
    }

    /// Where a file of a release is kept.
    #[must_use]
    pub fn kept_file(&self, release: &str, path: &str) -> String {
        format!("{}/{}", self.kept_release(release), entry(path))
    }

    /// Where the files of a release are kept.
    #[must_use]
    pub fn kept_release(&self, release: &str) -> String {
        format!("{}/{}", self.kept_folder(), quote(release))
    }
}

fn entry(path: &str) -> String {
    Sha256::digest(path.as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Copies files into the folder of their release, all or none; one that is there already stays.
#[must_use]
pub fn keep(record: &AppRecord, release: &str, files: &[(&str, bool)]) -> RemoteCommand {
    let (all, kept) = (record.kept_folder(), record.kept_release(release));
    let mut script = format!(
        "set -eu\numask 077\n{AS_ROOT}\ncd \"$HOME\"\n[ ! -d {kept} ] || exit 0\nmkdir -p {all}\n\
         rm -rf {all}/tmp.*\nt={all}/tmp.$$\nmkdir \"$t\"\n"
    );
    for (path, sudo) in files {
        let (path, name, r) = (quote_path(path), entry(path), if *sudo { "r " } else { "" });
        script += &format!("if {r}test -e {path}; then {r}cp -p {path} \"$t\"/{name}; fi\n");
    }
    RemoteCommand::script(format!("{script}mv \"$t\" {kept}\n"))
}

/// Removes what was kept of releases.
#[must_use]
pub fn forget(record: &AppRecord, releases: &[String]) -> RemoteCommand {
    let folders: Vec<String> = releases.iter().map(|id| record.kept_release(id)).collect();
    RemoteCommand::script(format!("cd \"$HOME\"\nrm -rf {}\n", folders.join(" ")))
}

/// A file of an earlier release as it has to be again.
#[must_use]
pub fn restored(path: &str, in_source: Option<String>, kept: &FileRecord, record: &AppRecord, bytes: Vec<u8>) -> Rendered {
    let shape = match std::str::from_utf8(&bytes) {
        Ok(text) => render::shape(RenderedText { text: text.into(), secret_lines: secret_lines(text, kept, record) }, path),
        Err(_) => render::Shape::Unknown,
    };
    Rendered {
        path: path.to_string(),
        in_source,
        bytes: Some(bytes),
        waits_for: None,
        shape,
        mode: kept.mode.unwrap_or(0o600),
        sudo: kept.sudo,
        owner: kept.owner.clone(),
    }
}

/// Which lines are secret: those that were when the file was written; all, when somebody changed a file with secrets.
fn secret_lines(text: &str, kept: &FileRecord, record: &AppRecord) -> Vec<Option<usize>> {
    let ours = kept.hash == record.hash(text.as_bytes());
    let located = EnvFile::parse(text).located_entries();
    let of_secret_keys: Vec<_> = located.into_iter().filter(|(key, _, _)| kept.sensitive_keys.contains(key)).map(|(_, _, at)| at).collect();
    let secret = |(number, line): (usize, &str)| {
        let hashed = || kept.sensitive_lines.contains(&record.hash(line.as_bytes()));
        ((!ours && kept.sensitive) || of_secret_keys.iter().any(|at| at.contains(&number)) || hashed()).then_some(0)
    };
    text.lines().enumerate().map(secret).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Shape;

    #[test]
    fn what_was_secret_is_secret_when_it_comes_back() {
        let record = AppRecord::new("web", [1; 16]);
        let text = "A=1\nPASSWORD=hunter22\n";
        let mut kept = FileRecord { hash: record.hash(text.as_bytes()), sensitive: true, mode: Some(0o640), ..FileRecord::default() };
        kept.sensitive_keys = vec!["PASSWORD".into()];
        let secrets = |kept: &FileRecord, text: &str| {
            let back = restored("/srv/.env", None, kept, &record, text.into());
            let Shape::Env { entries, .. } = back.shape else { panic!("{:?}", back.shape) };
            (back.mode, entries.iter().map(|e| e.value.is_sensitive()).collect::<Vec<_>>())
        };
        assert_eq!(secrets(&kept, text), (0o640, vec![false, true]));
        assert_eq!(secrets(&kept, "A=2\nPASSWORD=x\n").1, [true, true]);
        kept.sensitive_keys.clear();
        kept.sensitive_lines = vec![record.hash(b"PASSWORD=hunter22")];
        let back = restored("/srv/conf", None, &kept, &record, text.into());
        assert_eq!(back.shape, Shape::Lines(vec![None, Some(0)]));
    }

    #[test]
    fn kept_files_lie_apart_from_those_of_other_records() {
        let (a, b) = (AppRecord::new("my web", [1; 16]), AppRecord::new("my web", [2; 16]));
        assert_ne!(a.kept_folder(), b.kept_folder());
        assert!(a.kept_folder().starts_with(".envctl/my_web-"), "{}", a.kept_folder());
        let command = keep(&a, "20261121T113000Z", &[("/etc/x y", true), ("app/.env", false)]);
        let script = String::from_utf8(command.stdin.unwrap()).unwrap();
        assert!(script.contains("r cp -p '/etc/x y'") && script.contains("then cp -p app/.env"), "{script}");
    }
}
