//! Lines of `test -json`: types `test_*` of OpenTofu's stream.

use super::Line;
use crate::diag::{Diagnostic, SourceMap};
use crate::ops::testing::{FileResult, Leftover, TestStatus};
use crate::report::Style;
use crate::report::test::TestCounts;
use serde_json::{Map, Value as Json, json};

impl Line {
    /// What will be run: runs by file.
    #[must_use]
    pub fn test_abstract(files: &[(String, Vec<String>)]) -> Line {
        let runs: usize = files.iter().map(|(_, r)| r.len()).sum();
        let s = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
        let message = format!("Found {} and {}", s(files.len(), "file"), s(runs, "run block"));
        let all: Map<String, Json> = files.iter().map(|(n, r)| (n.clone(), json!(r))).collect();
        Line::new("test_abstract", message).with("test_abstract", Json::Object(all))
    }

    /// How a file ended.
    #[must_use]
    pub fn test_file(file: &str, status: TestStatus) -> Line {
        let line = Line::new("test_file", format!("{file}... {}", status.word()));
        line.with("test_file", json!({ "path": file, "status": status.name() })).of_test(file, None)
    }

    /// How a run ended.
    #[must_use]
    pub fn test_run(file: &str, run: &str, status: TestStatus) -> Line {
        let line = Line::new("test_run", format!("  \"{run}\"... {}", status.word()));
        line.with("test_run", json!({ "path": file, "run": run, "status": status.name() })).of_test(file, Some(run))
    }

    /// A diagnostic of a file or run.
    #[must_use]
    pub fn test_diagnostic(d: &Diagnostic, sources: &SourceMap, file: &str, run: Option<&str>) -> Line {
        Line::diagnostic(d, sources).of_test(file, run)
    }

    /// The state after a run (`-verbose`).
    #[must_use]
    pub fn test_state(file: &str, run: &str, state: Json) -> Line {
        Line::new("test_state", "-verbose flag enabled, printing state").with("test_state", state).of_test(file, Some(run))
    }

    /// The plan of a run (`-verbose`).
    #[must_use]
    pub fn test_plan(file: &str, run: &str, plan: Json) -> Line {
        Line::new("test_plan", "-verbose flag enabled, printing plan").with("test_plan", plan).of_test(file, Some(run))
    }

    /// What a file left behind.
    #[must_use]
    pub fn test_cleanup(file: &FileResult) -> Line {
        let one = |l: &Leftover| {
            let mut out = Map::from_iter([("instance".to_string(), json!(l.addr.to_string()))]);
            if let Some(key) = &l.deposed {
                out.insert("deposed_key".into(), json!(key));
            }
            if let Some(id) = &l.id {
                out.insert("id".into(), json!(id));
            }
            Json::Object(out)
        };
        let failed: Vec<Json> = file.leftovers.iter().map(one).collect();
        let run = file.leftovers.first().map(|l| l.run.to_string());
        let mut line = Line::new("test_cleanup", format!("{} left objects behind that it made", file.name));
        line.level = "error";
        line.with("test_cleanup", json!({ "failed_resources": failed })).of_test(&file.name, run.as_deref())
    }

    /// The sum.
    #[must_use]
    pub fn test_summary(counts: &TestCounts) -> Line {
        let status = if counts.status == TestStatus::Pending { TestStatus::Pass } else { counts.status };
        let summary = json!({
            "status": status.name(),
            "passed": counts.passed,
            "failed": counts.failed,
            "errored": counts.errored,
            "skipped": counts.skipped,
        });
        Line::new("test_summary", counts.text(&Style::default())).with("test_summary", summary)
    }

    fn of_test(self, file: &str, run: Option<&str>) -> Line {
        let line = self.with("@testfile", json!(file));
        match run {
            Some(run) => line.with("@testrun", json!(run)),
            None => line,
        }
    }
}
