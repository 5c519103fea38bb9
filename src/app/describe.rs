//! An app plan as plain text, without colours: the golden form for tests and for reports.

use super::diff::{FileAction, FileChange, Shown};
use super::hook::Moment;
use super::plan::{AppPlan, Contact, SourceChange};
use super::text::UNKNOWN;
use std::fmt::Write;

/// The plan as lines; empty when there is nothing to do. The first character after the indent
/// says what happens: `+` new, `~` changes, `-` goes, `>` runs.
#[must_use]
pub fn describe(plan: &AppPlan) -> String {
    if plan.is_empty() {
        return String::new();
    }
    let mut out = format!("app.{} on {}{}\n", plan.app, plan.host, contact(&plan.contact));
    if let Some(source) = &plan.source {
        source_lines(source, &mut out);
    }
    plan.files.iter().filter(|f| f.action != FileAction::NoOp).for_each(|f| file_lines(f, &mut out));
    match (&plan.restores, &plan.unfinished) {
        (Some(id), _) => out += &format!("  ~ release {id} comes back\n"),
        (None, Some(id)) => out += &format!("  ~ release {id} is done again\n"),
        (None, None) => {}
    }
    let hook = |moment: Moment| plan.hooks.iter().filter(move |h| h.starts_with(moment.name()));
    hook(Moment::BeforeDeploy).for_each(|h| command_line("hook", h, &mut out));
    if let Some(install) = &plan.install {
        let dir = install.dir.as_ref().map(|d| format!(" (in {d})")).unwrap_or_default();
        let _ = writeln!(out, "  > run {}{dir}\n      because {}", one_line(&install.label), install.reason);
    }
    plan.checks.iter().for_each(|check| command_line("check", check, &mut out));
    if plan.rolls_back {
        out += "      otherwise the release before comes back\n";
    }
    [Moment::AfterDeploy, Moment::OnFailure].into_iter().flat_map(hook).for_each(|h| command_line("hook", h, &mut out));
    out
}

fn command_line(kind: &str, label: &str, out: &mut String) {
    let _ = writeln!(out, "  > {kind} {}", one_line(label));
}

fn contact(contact: &Contact) -> String {
    match contact {
        Contact::Read => String::new(),
        Contact::NotYet(why) => format!(" ({why})"),
        Contact::Unreachable(_) => " (not reachable: compared with the last deploy)".into(),
    }
}

/// The first eight characters of a commit.
#[must_use]
pub fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}

fn source_lines(source: &SourceChange, out: &mut String) {
    let to = source.to.as_deref().map_or(UNKNOWN, short);
    let reference = source.reference.as_deref().filter(|r| Some(*r) != source.to.as_deref()).unwrap_or("HEAD");
    let ahead = source.ahead.filter(|n| *n > 0).map(|n| format!(", {n} commit{}", if n == 1 { "" } else { "s" })).unwrap_or_default();
    let _ = match source.from.as_deref() {
        None => writeln!(out, "  + source {} from {} at {to} ({reference})", source.path, source.url),
        Some(from) if Some(from) == source.to.as_deref() => writeln!(out, "  ~ source {} stays at {to}", source.path),
        Some(from) => writeln!(out, "  ~ source {}: {} -> {to} ({reference}{ahead})", source.path, short(from)),
    };
    for reason in &source.reasons {
        let _ = writeln!(out, "      {reason}");
    }
    for file in &source.discards {
        let _ = writeln!(out, "      - the edit of {file} is thrown away");
    }
}

fn file_lines(file: &FileChange, out: &mut String) {
    let sign = match file.action {
        FileAction::Create => '+',
        FileAction::Delete | FileAction::Leave => '-',
        FileAction::Update | FileAction::NoOp => '~',
    };
    let mode = match file.mode {
        Some((None, new)) => format!(" ({new:04o})"),
        Some((Some(old), new)) => format!(" ({old:04o} -> {new:04o})"),
        None => String::new(),
    };
    let left = if file.action == FileAction::Leave { " stays on the host, no longer managed" } else { "" };
    let _ = writeln!(out, "  {sign} file {}{mode}{left}", file.path);
    if let Some(note) = &file.note {
        let _ = writeln!(out, "      {note}");
    }
    if let Some(waits_for) = &file.waits_for {
        let _ = writeln!(out, "      content {UNKNOWN}: {waits_for}");
    }
    for key in &file.keys {
        let _ = match (&key.old, &key.new) {
            (None, Some(new)) => writeln!(out, "      + {} = {}", key.key, value(new)),
            (Some(old), Some(new)) => writeln!(out, "      ~ {} = {} -> {}", key.key, value(old), value(new)),
            (old, None) => writeln!(out, "      - {}{}", key.key, old.as_ref().map(|o| format!(" = {}", value(o))).unwrap_or_default()),
        };
    }
    for line in &file.lines {
        let _ = writeln!(out, "      {} {}", if line.added { '+' } else { '-' }, line.text);
    }
}

fn value(shown: &Shown) -> String {
    match shown {
        Shown::Text(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

fn one_line(text: &str) -> String {
    let mut lines = text.trim().lines();
    let first = lines.next().unwrap_or("").to_string();
    if lines.next().is_some() { format!("{first} ...") } else { first }
}
