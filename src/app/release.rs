//! Releases: what each deploy made, and where its parts lie on the host.
//!
//! A release is recorded before its first change. Contents never leave the host: what a release
//! replaces is kept there, in a folder of the login's home that only the login can read.

use super::reader::Reader;
use super::record::{AppRecord, FileRecord, SourceRecord};
use super::text::Text;
use crate::diag::Diagnostics;
use crate::schema::{BlockSchema, list_of, number};
use crate::value::Type;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many releases are kept unless the block says otherwise.
pub const KEEP: usize = 5;

/// `releases { }`: every release gets a folder of its own.
#[derive(Clone, Debug)]
pub struct ReleasesSpec {
    /// How many are kept, the running one included.
    pub keep: usize,
    /// Paths that all releases have in common.
    pub shared: Vec<String>,
}

/// How a release ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseResult {
    /// It began, and is not known to have ended.
    #[default]
    Running,
    /// Everything was done; there was no health check.
    Deployed,
    /// Everything was done and the health checks held.
    Healthy,
    /// A step failed; the next run goes on there.
    Failed,
    /// The health checks did not hold, and nothing was taken back.
    Unhealthy,
    /// It failed and the release before it was restored.
    RolledBack,
}

impl ReleaseResult {
    /// As people read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ReleaseResult::Running => "not finished",
            ReleaseResult::Deployed => "deployed",
            ReleaseResult::Healthy => "healthy",
            ReleaseResult::Failed => "failed",
            ReleaseResult::Unhealthy => "unhealthy",
            ReleaseResult::RolledBack => "rolled back",
        }
    }

    /// Whether it ended well: it can be rolled back to.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, ReleaseResult::Deployed | ReleaseResult::Healthy)
    }
}

/// One release of one app on one host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReleaseRecord {
    /// When it began, and its commit: `20261121T113000Z-1a2b3c4d`.
    pub id: String,
    /// The ref as written.
    pub reference: Option<String>,
    /// Its checkout.
    pub source: Option<SourceRecord>,
    /// Its files, by path on the host.
    pub files: BTreeMap<String, FileRecord>,
    /// Hash of the install command that finished.
    pub installed: Option<String>,
    /// When it ended, or began while it runs.
    pub at: String,
    /// Who made it.
    pub by: String,
    /// How it ended.
    pub result: ReleaseResult,
    /// The release that this one restored.
    pub restores: Option<String>,
}

impl ReleaseRecord {
    /// Its commit.
    #[must_use]
    pub fn commit(&self) -> Option<&str> {
        self.source.as_ref().map(|s| s.commit.as_str())
    }
}

impl AppRecord {
    /// The release that the host has now, as far as is known: the last one that was not taken back.
    #[must_use]
    pub fn current_release(&self) -> Option<&ReleaseRecord> {
        self.current.as_ref().and_then(|id| self.releases.iter().rev().find(|r| r.id == *id))
    }

    /// The release under way, or that ended without an end.
    #[must_use]
    pub fn unfinished(&self) -> Option<&ReleaseRecord> {
        self.releases.last().filter(|r| r.result == ReleaseResult::Running)
    }

    /// The commit that was deployed completely, and whose health checks held if there are any: the answer to "was this
    /// ref deployed here, and is it healthy". `None` while a deploy is unfinished or when the last one failed.
    #[must_use]
    pub fn good_commit(&self) -> Option<&str> {
        let last = self.releases.last()?;
        let complete = self.pending.is_none() && self.running.is_none() && last.result.is_good();
        if complete { self.current_release().filter(|r| r.result.is_good())?.commit() } else { None }
    }
}

/// What may stand in the `releases` block.
pub(super) fn schema() -> BlockSchema {
    BlockSchema::new().attr("keep", number().optional()).attr("shared", list_of(Type::String).optional())
}

/// Reads the block.
pub(super) fn decode(r: &Reader<'_>, diagnostics: &mut Diagnostics) -> ReleasesSpec {
    let items = r.get("shared").and_then(|v| v.items()).unwrap_or_default();
    let shared: Vec<String> = items.iter().filter_map(Text::of).filter_map(|t| t.known().map(String::from)).collect();
    for path in shared.iter().filter(|p| !is_inside(p)) {
        let detail = format!("{path:?} is not a path inside the source.");
        diagnostics.push(r.error("shared", "Invalid shared path", detail).help("Write it like \"data\" or \"var/uploads\"."));
    }
    let shared = shared.iter().map(|p| p.trim_end_matches('/').to_string()).collect();
    ReleasesSpec { keep: r.number("keep", 1, diagnostics).unwrap_or(KEEP), shared }
}

fn is_inside(path: &str) -> bool {
    !path.is_empty() && !path.starts_with(['/', '~', '-']) && !path.split('/').any(|s| matches!(s, ".." | "." | ".git")) && path != "/"
}
