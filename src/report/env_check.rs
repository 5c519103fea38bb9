//! What `env check` found, as text and JSON.

use super::Style;
use crate::ops::env_check::{Finding, Rule};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What was looked at, and what was found there.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Environment, folder or host.
    pub name: String,
    /// How many env files.
    pub files: usize,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub notes: Vec<String>,
}

/// For people: by file, the advice once at the end.
#[must_use]
pub fn text(all: &[Checked], style: &Style) -> String {
    let mut out = String::new();
    for checked in all {
        let files = if checked.files == 1 { "1 env file".to_string() } else { format!("{} env files", checked.files) };
        let _ = writeln!(out, "{} ({files})", style.bold(&checked.name));
        checked.notes.iter().for_each(|note| out.push_str(&style.dim(&format!("  {note}\n"))));
        let mut file = "";
        for finding in &checked.findings {
            if finding.file != file {
                file = &finding.file;
                let _ = writeln!(out, "  {file}");
            }
            let line = finding.line.map_or(String::new(), |l| format!("line {l}: "));
            let rule = style.alert(&format!("{:<13}", finding.rule.id()));
            let _ = writeln!(out, "    {rule} {line}{}", finding.message);
        }
    }
    let rules: BTreeSet<Rule> = all.iter().flat_map(|c| &c.findings).map(|f| f.rule).collect();
    if rules.is_empty() {
        return out + &style.good("Nothing is wrong.") + "\n";
    }
    out.push('\n');
    for rule in rules {
        let _ = writeln!(out, "{}", style.dim(&format!("{}: {}", rule.id(), rule.fix())));
    }
    let total: usize = all.iter().map(|c| c.findings.len()).sum();
    out + &style.alert(&if total == 1 { "1 thing is wrong.".to_string() } else { format!("{total} things are wrong.") }) + "\n"
}

/// For programs.
#[must_use]
pub fn json(all: &[Checked]) -> Json {
    let finding =
        |f: &Finding| json!({"rule": f.rule.id(), "file": f.file, "line": f.line, "key": f.key, "message": f.message, "fix": f.rule.fix()});
    let one = |c: &Checked| json!({"name": c.name, "files": c.files, "findings": c.findings.iter().map(finding).collect::<Vec<_>>(), "notes": c.notes});
    let clean = all.iter().all(|c| c.findings.is_empty());
    json!({"format": 1, "clean": clean, "checked": all.iter().map(one).collect::<Vec<_>>()})
}
