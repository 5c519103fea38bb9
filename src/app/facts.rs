//! What was found on a host.

use super::commands::SEPARATOR;
use std::collections::BTreeMap;

/// What lies where the source belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Checkout {
    /// Nothing, or an empty folder.
    #[default]
    Absent,
    /// Something that is no clone.
    Occupied,
    /// A clone.
    Clone {
        /// Its commit; `None` when nothing was ever checked out.
        commit: Option<String>,
        /// Its remote.
        url: Option<String>,
    },
}

/// A file on the host.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its bytes.
    pub content: Vec<u8>,
    /// Permission bits, where they could be read.
    pub mode: Option<u32>,
}

impl std::fmt::Debug for RemoteFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RemoteFile({} bytes, {:?})", self.content.len(), self.mode)
    }
}

/// Everything an app plan compares with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteFacts {
    /// The checkout.
    pub checkout: Checkout,
    /// Tracked files that differ from the checked-out commit, paths inside the source.
    pub edited: Vec<String>,
    /// A submodule is missing or at another commit.
    pub submodules_off: bool,
    /// Managed files (and recorded ones) that exist, by path on the host.
    pub files: BTreeMap<String, RemoteFile>,
}

impl RemoteFacts {
    /// The commit that is checked out.
    #[must_use]
    pub fn commit(&self) -> Option<&str> {
        if let Checkout::Clone { commit, .. } = &self.checkout { commit.as_deref() } else { None }
    }
}

/// Reads the answer of [`super::commands::probe`]; `None` when it is none.
#[must_use]
pub fn parse_probe(answer: &str) -> Option<Checkout> {
    let mut parts = answer.split(SEPARATOR);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_string());
    match parts.next()? {
        "absent" => Some(Checkout::Absent),
        "occupied" => Some(Checkout::Occupied),
        "clone" => Some(Checkout::Clone { commit: parts.next().and_then(some), url: parts.next().and_then(some) }),
        _ => None,
    }
}

/// Reads the answer of [`super::commands::edited`].
#[must_use]
pub fn parse_edited(answer: &[u8]) -> Vec<String> {
    let (mut prefix, mut files) = (String::new(), Vec::new());
    for record in String::from_utf8_lossy(answer).split('\0').filter(|r| !r.is_empty()) {
        match record.strip_prefix(SEPARATOR) {
            Some(module) => prefix = format!("{module}/"),
            None => files.push(format!("{prefix}{record}")),
        }
    }
    files
}

/// Reads the answer of [`super::commands::modes`].
#[must_use]
pub fn parse_modes(answer: &str) -> Vec<Option<u32>> {
    answer.lines().map(|line| u32::from_str_radix(line.trim(), 8).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        assert_eq!(parse_probe("absent"), Some(Checkout::Absent));
        let clone = Checkout::Clone { commit: Some("abc".into()), url: None };
        assert_eq!(parse_probe("clone\u{1}abc\u{1}"), Some(clone));
        assert_eq!(parse_probe("sh: git: not found"), None);
        assert_eq!(parse_edited(b"a b\0c\0\x01sub/dir\0d\0"), ["a b", "c", "sub/dir/d"]);
        assert_eq!(parse_modes("600\n-\n0644\n"), [Some(0o600), None, Some(0o644)]);
    }
}
