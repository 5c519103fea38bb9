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

/// The link to the release that runs.
pub(super) const CURRENT: &str = "current";

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
    /// Whether it ever ended well, whatever it is now.
    pub was_good: bool,
}

impl ReleaseRecord {
    /// Whether it ended well once: one that was left for another keeps what it was.
    #[must_use]
    pub fn can_return(&self) -> bool {
        self.result.is_good() || self.was_good
    }

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

    /// The last release, when it did not end well and nothing came back in its place.
    #[must_use]
    pub fn unfinished(&self) -> Option<&ReleaseRecord> {
        let bad = |r: &&ReleaseRecord| matches!(r.result, ReleaseResult::Running | ReleaseResult::Failed | ReleaseResult::Unhealthy);
        self.releases.last().filter(bad)
    }

    /// A release that can come back, by its name or by its commit (of several the last).
    #[must_use]
    pub fn release(&self, name: &str) -> Option<&ReleaseRecord> {
        let of_commit = |r: &ReleaseRecord| name.len() >= 7 && r.commit().is_some_and(|c| c.starts_with(name));
        let mut good = self.releases.iter().rev().filter(|r| r.can_return());
        good.clone().find(|r| r.id == name).or_else(|| good.find(|r| of_commit(r)))
    }

    /// The release to go back to: the current one when a later one failed on top of it, else the one before it.
    #[must_use]
    pub fn release_before(&self) -> Option<&ReleaseRecord> {
        if self.unfinished().is_some() {
            return self.current_release();
        }
        let current = self.releases.iter().position(|r| self.current.as_ref() == Some(&r.id))?;
        self.releases.iter().take(current).rev().find(|r| r.can_return())
    }

    /// The commit that was deployed completely, and whose health checks held if there are any: the answer to "was this
    /// ref deployed here, and is it healthy". `None` while a deploy is unfinished or when the last one failed.
    #[must_use]
    pub fn good_commit(&self) -> Option<&str> {
        let last = self.releases.last()?.result;
        let ended = last.is_good() || last == ReleaseResult::RolledBack;
        self.current_release().filter(|r| ended && r.result.is_good())?.commit()
    }
}

impl AppRecord {
    /// Begins a release, or goes on with the last one when that did not end well and is of the same commit. `at` is a
    /// moment as [`crate::clock`] writes it.
    pub fn open_release(&mut self, at: &str, by: &str, reference: Option<String>, commit: Option<&str>) -> String {
        self.adopt_first();
        let again = self.releases.last().filter(|r| {
            matches!(r.result, ReleaseResult::Running | ReleaseResult::Failed | ReleaseResult::Unhealthy)
                && r.commit() == commit
                && self.current.as_ref() != Some(&r.id)
        });
        let id = again.map_or_else(|| self.new_id(at, commit), |r| r.id.clone());
        let source = commit.map(|commit| SourceRecord { commit: commit.into(), ..self.source.clone().unwrap_or_default() });
        self.releases.retain(|r| r.id != id);
        let release = ReleaseRecord { id: id.clone(), reference, source, at: at.into(), by: by.into(), ..ReleaseRecord::default() };
        self.releases.push(release);
        id
    }

    fn new_id(&self, at: &str, commit: Option<&str>) -> String {
        let moment: String = at.split('.').next().unwrap_or(at).chars().filter(|c| !matches!(c, '-' | ':')).collect();
        let moment = moment.trim_end_matches('Z');
        let commit = commit.map(|c| format!("-{}", super::short(c))).unwrap_or_default();
        let first = format!("{moment}Z{commit}");
        let taken = |id: &String| self.releases.iter().any(|r| r.id == *id);
        let more = (2..).map(|n| format!("{first}-{n}"));
        std::iter::once(first.clone()).chain(more).find(|id| !taken(id)).unwrap_or(first)
    }

    /// A record that knows no releases yet: what was deployed is one.
    fn adopt_first(&mut self) {
        let complete = self.running.is_none() && self.pending.is_none() && (self.source.is_some() || !self.files.is_empty());
        if !self.releases.is_empty() || !complete {
            return;
        }
        let commit = self.source.as_ref().map(|s| s.commit.clone());
        let id = self.new_id(&self.updated_at.clone(), commit.as_deref());
        let (at, by) = (self.updated_at.clone(), self.by.clone());
        self.releases.push(ReleaseRecord { id: id.clone(), at, by, ..ReleaseRecord::default() });
        self.end_release(&id, ReleaseResult::Deployed);
    }

    /// Ends a release. One that ended well is the current one from here on, as the record describes it.
    pub fn end_release(&mut self, id: &str, result: ReleaseResult) {
        let Some(release) = self.releases.iter_mut().find(|r| r.id == id) else { return };
        release.result = result;
        if result.is_good() {
            release.was_good = true;
            release.source.clone_from(&self.source);
            release.files.clone_from(&self.files);
            release.installed.clone_from(&self.installed);
            self.current = Some(id.to_string());
        }
    }

    /// Forgets releases beyond `keep`, never the current one: first those that never ended well, then the oldest. Their
    /// names, whose files can go.
    pub fn drop_releases(&mut self, keep: usize) -> Vec<String> {
        let mut gone = Vec::new();
        while self.releases.len() > keep.max(1) {
            let old = |r: &ReleaseRecord| self.current.as_ref() != Some(&r.id);
            let useless = self.releases.iter().position(|r| old(r) && !r.can_return());
            let Some(oldest) = useless.or_else(|| self.releases.iter().position(old)) else { break };
            gone.push(self.releases.remove(oldest).id);
        }
        gone
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

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "1111111111111111111111111111111111111111";

    fn source(commit: &str) -> SourceRecord {
        SourceRecord { path: "/srv/web".into(), url: "u".into(), commit: commit.into() }
    }

    #[test]
    fn what_an_old_record_deployed_is_its_first_release() {
        let mut record = AppRecord::new("web", [1; 16]);
        (record.source, record.updated_at) = (Some(source(COMMIT)), "2026-11-20T08:00:00Z".into());
        let id = record.open_release("2026-11-21T11:30:00Z", "ann@here", Some("main".into()), Some("2222"));
        assert_eq!(id, "20261121T113000Z-2222");
        let names: Vec<&str> = record.releases.iter().map(|r| r.id.as_str()).collect();
        assert_eq!(names, ["20261120T080000Z-11111111", "20261121T113000Z-2222"]);
        assert_eq!(record.current_release().unwrap().commit(), Some(COMMIT));
        assert_eq!(record.good_commit(), None);
        record.source = Some(source("2222"));
        record.end_release(&id, ReleaseResult::Healthy);
        assert_eq!(record.good_commit(), Some("2222"));
    }

    #[test]
    fn an_unfinished_release_is_gone_on_with_and_a_good_one_never() {
        let mut record = AppRecord::new("web", [1; 16]);
        let at = "2026-11-21T11:30:00Z";
        let first = record.open_release(at, "ann", None, None);
        assert_eq!(record.open_release(at, "ann", None, None), first);
        record.end_release(&first, ReleaseResult::Deployed);
        let second = record.open_release(at, "ann", None, None);
        assert_eq!(second, format!("{first}-2"));
        record.end_release(&second, ReleaseResult::Failed);
        assert_eq!(record.open_release(at, "ann", None, Some("other")), format!("{first}-other"));
        assert_eq!(record.current.as_ref(), Some(&first));
        assert_eq!(record.drop_releases(2), [second]);
        assert_eq!(record.releases.len(), 2);
    }

    #[test]
    fn a_failed_release_is_no_answer_and_what_came_back_is() {
        let mut record = AppRecord::new("web", [1; 16]);
        record.source = Some(source(COMMIT));
        let first = record.open_release("2026-11-21T11:30:00Z", "ann", None, Some(COMMIT));
        record.end_release(&first, ReleaseResult::Healthy);
        let second = record.open_release("2026-11-21T12:30:00Z", "ann", None, Some("2222"));
        for result in [ReleaseResult::Running, ReleaseResult::Failed, ReleaseResult::Unhealthy] {
            record.end_release(&second, result);
            assert_eq!(record.good_commit(), None, "{result:?}");
        }
        record.end_release(&second, ReleaseResult::RolledBack);
        assert_eq!(record.good_commit(), Some(COMMIT));
    }
}
