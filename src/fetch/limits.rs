//! How much a package may be: what comes from the network is bounded before it is believed.

use crate::diag::Diagnostic;
use std::collections::BTreeMap;

/// Bounds of one package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that are downloaded.
    pub download: u64,
    /// Bytes after unpacking.
    pub unpacked: u64,
    /// Files and folders after unpacking.
    pub entries: u64,
}

const MEGABYTE: u64 = 1024 * 1024;

/// Sets both byte limits, in megabytes.
pub const VARIABLE: &str = "ENVCTL_MODULE_LIMIT";

impl Default for Limits {
    fn default() -> Self {
        Limits { download: 512 * MEGABYTE, unpacked: 1024 * MEGABYTE, entries: 100_000 }
    }
}

impl Limits {
    /// The limits that a process's environment sets.
    #[must_use]
    pub fn of(env: &BTreeMap<String, String>) -> Self {
        match env.get(VARIABLE).and_then(|v| v.trim().parse::<u64>().ok()).and_then(|n| n.checked_mul(MEGABYTE)) {
            Some(bytes) if bytes > 0 => Limits { download: bytes, unpacked: bytes, ..Limits::default() },
            _ => Limits::default(),
        }
    }
}

/// That a package is larger than allowed.
pub fn too_large(what: &str, limit: u64) -> Diagnostic {
    let detail = format!("{what} is larger than {} MB, so it was not unpacked further.", limit / MEGABYTE);
    Diagnostic::error("Module too large", detail)
        .help(format!("If it is meant to be that large, set {VARIABLE} to the number of megabytes that are allowed."))
}
