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
    /// Remarks.
    pub notes: Vec<String>,
    /// What could not be looked at: as long as there is any, nobody knows that nothing is wrong.
    pub unseen: Vec<String>,
}

/// Whether everything was looked at, and nothing is wrong.
#[must_use]
pub fn clean(all: &[Checked]) -> bool {
    all.iter().all(|c| c.findings.is_empty() && c.unseen.is_empty())
}

/// For people: by file, the advice once at the end.
#[must_use]
pub fn text(all: &[Checked], style: &Style) -> String {
    let mut out = String::new();
    for checked in all {
        let files = if checked.files == 1 { "1 env file".to_string() } else { format!("{} env files", checked.files) };
        let _ = writeln!(out, "{} ({files})", style.bold(&checked.name));
        checked.notes.iter().for_each(|note| out.push_str(&style.dim(&format!("  {note}\n"))));
        checked.unseen.iter().for_each(|what| out.push_str(&style.alert(&format!("  {what}\n"))));
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
    let unseen = all.iter().any(|c| !c.unseen.is_empty());
    if rules.is_empty() && unseen {
        return out + &style.alert("Not everything could be looked at.") + "\n";
    }
    if rules.is_empty() {
        return out + &style.good("Nothing is wrong.") + "\n";
    }
    out.push('\n');
    for rule in rules {
        let _ = writeln!(out, "{}", style.dim(&format!("{}: {}", rule.id(), rule.fix())));
    }
    let total: usize = all.iter().map(|c| c.findings.len()).sum();
    let total = if total == 1 { "1 thing is wrong.".to_string() } else { format!("{total} things are wrong.") };
    let rest = if unseen { " Not everything could be looked at." } else { "" };
    out + &style.alert(&(total + rest)) + "\n"
}

/// For programs.
#[must_use]
pub fn json(all: &[Checked]) -> Json {
    let finding =
        |f: &Finding| json!({"rule": f.rule.id(), "file": f.file, "line": f.line, "key": f.key, "message": f.message, "fix": f.rule.fix()});
    let one = |c: &Checked| json!({"name": c.name, "files": c.files, "findings": c.findings.iter().map(finding).collect::<Vec<_>>(), "notes": c.notes, "unseen": c.unseen});
    json!({"format": 1, "clean": clean(all), "checked": all.iter().map(one).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_seen_is_not_clean() {
        let seen = Checked { name: "stage".into(), files: 1, ..Checked::default() };
        let unseen = Checked { name: "prod".into(), unseen: vec!["its state cannot be read".into()], ..Checked::default() };
        let style = Style { color: false, show_sensitive: false, width: 0 };
        assert!(text(std::slice::from_ref(&seen), &style).contains("Nothing is wrong."));
        assert_eq!(json(std::slice::from_ref(&seen))["clean"], true);
        let all = [seen, unseen];
        let shown = text(&all, &style);
        assert!(shown.contains("its state cannot be read") && !shown.contains("Nothing is wrong."), "{shown}");
        assert_eq!(json(&all)["clean"], false);
    }
}
