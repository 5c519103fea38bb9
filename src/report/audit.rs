//! What `audit` found, as text and JSON.

use super::Style;
use crate::ops::audit::{Finding, Level};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// An audit's outcome.
#[derive(Clone, Debug, Default)]
pub struct Audited {
    /// What was audited.
    pub name: String,
    /// How many files were read.
    pub files: usize,
    /// How many configurations.
    pub configurations: usize,
    /// Worst first.
    pub findings: Vec<Finding>,
    /// How many more lie below the level that was asked for.
    pub below: usize,
    /// What could not be looked at.
    pub notes: Vec<String>,
}

fn place(finding: &Finding) -> String {
    if finding.line == 0 { finding.file.clone() } else { format!("{}:{}", finding.file, finding.line) }
}

/// For people: worst first, one block a rule, reason and fix once.
#[must_use]
pub fn text(found: &Audited, style: &Style) -> String {
    let mut out = String::new();
    let (files, configurations) = (plural(found.files, "file", "files"), plural(found.configurations, "configuration", "configurations"));
    let _ = writeln!(out, "{} ({files}, {configurations})", style.bold(&found.name));
    found.notes.iter().for_each(|note| out.push_str(&style.dim(&format!("  {note}\n"))));
    let mut groups: BTreeMap<(std::cmp::Reverse<Level>, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in &found.findings {
        groups.entry((std::cmp::Reverse(finding.level), finding.rule)).or_default().push(finding);
    }
    for ((level, id), group) in groups {
        let name = format!("{:<8}", level.0.name());
        let name = if level.0 >= Level::High { style.alert(&name) } else { style.bold(&name) };
        let reason = group.first().and_then(|f| f.rule()).map_or("", |r| r.reason);
        let _ = writeln!(out, "\n{name} {id}: {reason}");
        for finding in &group {
            let _ = writeln!(out, "         {}  {}", place(finding), finding.message);
        }
        if let Some(rule) = group.first().and_then(|f| f.rule()) {
            let _ = writeln!(out, "         {}", style.dim(&format!("-> {}", rule.fix)));
        }
    }
    out.push('\n');
    if found.below > 0 {
        let _ = writeln!(
            out,
            "{}",
            style.dim(&format!("{} below the level that was asked for.", plural(found.below, "finding lies", "findings lie")))
        );
    }
    out + &match found.findings.len() {
        0 => style.good("Nothing was found."),
        n => style.alert(&format!("{}.", plural(n, "finding", "findings"))),
    } + "\n"
}

fn plural(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// For programs.
#[must_use]
pub fn json(found: &Audited) -> Json {
    let one = |f: &Finding| {
        let (reason, fix) = f.rule().map_or(("", ""), |r| (r.reason, r.fix));
        let line = (f.line > 0).then_some(f.line);
        json!({"rule": f.rule, "level": f.level.name(), "file": f.file, "line": line, "message": f.message, "reason": reason, "fix": fix})
    };
    json!({
        "format": 1, "name": found.name, "files": found.files, "configurations": found.configurations, "clean": found.findings.is_empty(),
        "findings": found.findings.iter().map(one).collect::<Vec<_>>(), "below_level": found.below, "notes": found.notes,
    })
}
