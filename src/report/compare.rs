//! A comparison as text, JSON and Markdown.

use super::Style;
use crate::ops::compare::{Comparison, Detail, Finding, LineSeen, Must, Risk, Seen, Verdict};
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// So many elements or lines of a difference are shown; the rest is counted.
const SHOWN: usize = 40;

/// A value in words.
fn words(seen: &Seen) -> String {
    match seen {
        Seen::Absent => "(not there)".into(),
        Seen::Present => "(there)".into(),
        Seen::Masked => "(sensitive value)".into(),
        Seen::Unknown => "(not known)".into(),
        Seen::Text(text) => text.clone(),
    }
}

/// A heading, and which findings stand below it.
type Group = (&'static str, fn(&Verdict) -> bool);

/// Text for people. `all` also lists what is declared, natural or not known.
#[must_use]
pub fn text(found: &Comparison, all: bool, style: &Style) -> String {
    let mut out = format!("{}\n", style.bold(&format!("{} compared with {}", found.a, found.b)));
    found.unread.iter().for_each(|what| out.push_str(&style.alert(&format!("  {what}\n"))));
    found.notes.iter().for_each(|note| out.push_str(&style.dim(&format!("  {note}\n"))));
    let groups: [Group; 5] = [
        ("Rules that are violated", |v| matches!(v, Verdict::Violated(_))),
        ("Differences that no rule speaks of", |v| *v == Verdict::Unexpected),
        ("Differences that rules allow or want", |v| matches!(v, Verdict::Declared(_))),
        ("What cannot be told yet", |v| *v == Verdict::Untold),
        ("Differences by nature", |v| matches!(v, Verdict::Natural(_))),
    ];
    for (at, (title, belongs)) in groups.iter().enumerate() {
        let group: Vec<&Finding> = found.findings.iter().filter(|f| belongs(&f.verdict)).collect();
        if group.is_empty() || (at > 2 && !all) {
            continue;
        }
        let _ = writeln!(out, "\n{}", style.bold(&format!("{title} ({})", group.len())));
        for finding in group {
            out.push_str(&if at == 2 && !all { brief(finding) } else { block(found, finding, style) });
        }
    }
    out + &end(found, all, style)
}

/// One line for what is as it should be.
fn brief(finding: &Finding) -> String {
    format!("  {}{}\n", finding.pair.name, reason(finding).map(|r| format!(": {r}")).unwrap_or_default())
}

fn block(found: &Comparison, finding: &Finding, style: &Style) -> String {
    let risk = format!("{:<8}", finding.risk.name());
    let risk = match finding.risk {
        Risk::High | Risk::Critical => style.alert(&risk),
        _ => style.dim(&risk),
    };
    let mut out = format!("  {risk} {}\n", finding.pair.name);
    let width = found.a.chars().count().max(found.b.chars().count());
    let mut line = |who: &str, what: &str| {
        let _ = writeln!(out, "           {who:<width$}  {what}");
    };
    match &finding.pair.detail {
        Detail::None => {
            let equal = finding.verdict == Verdict::Violated(Must::Differ);
            if equal {
                line("both", &words(&finding.pair.a));
            } else {
                line(&found.a, &words(&finding.pair.a));
                line(&found.b, &words(&finding.pair.b));
            }
        }
        Detail::Elements(a, b) => {
            for (who, only) in [(&found.a, a), (&found.b, b)] {
                only.iter().take(SHOWN).for_each(|seen| line(who, &format!("only here: {}", words(seen))));
                if only.len() > SHOWN {
                    line(who, &format!("and {} more", only.len() - SHOWN));
                }
            }
        }
        Detail::Lines(lines) => {
            lines.iter().take(SHOWN).for_each(|l| line(if l.second { &found.b } else { &found.a }, &line_text(l)));
            if lines.len() > SHOWN {
                line("", &format!("and {} more lines", lines.len() - SHOWN));
            }
        }
    }
    if let Some(reason) = reason(finding) {
        let _ = writeln!(out, "           {}", style.dim(&reason));
    }
    out
}

fn line_text(line: &LineSeen) -> String {
    format!("line {}: {}{}", line.number, line.text, if line.masked { " (sensitive value)" } else { "" })
}

/// Why it is where it is.
fn reason(finding: &Finding) -> Option<String> {
    let because = |rule: &Option<(String, Option<String>)>| match rule {
        Some((name, Some(because))) => format!("{because} (rule {name:?})"),
        Some((name, None)) => format!("rule {name:?}"),
        None => String::new(),
    };
    match &finding.verdict {
        Verdict::Violated(must) => Some(format!("must {}: {}", must_words(*must), because(&finding.rule))),
        Verdict::Unexpected => Some(finding.about.clone()),
        Verdict::Declared(_) => Some(because(&finding.rule)),
        Verdict::Natural(nature) => Some(nature.words().to_string()),
        Verdict::Untold => None,
    }
}

fn must_words(must: Must) -> &'static str {
    match must {
        Must::Differ => "differ",
        Must::Equal => "be equal",
        Must::Any => "be there",
    }
}

fn counted(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// What the lists leave out, in sentences.
fn remainder(found: &Comparison, all: bool) -> Vec<String> {
    let mut lines = vec![format!("{} equal.", counted(found.equal, "part is", "parts are"))];
    let natural = found.natural();
    if !natural.is_empty() {
        let total: usize = natural.values().sum();
        let kinds: Vec<String> = natural.iter().map(|(nature, n)| format!("{n} {}", nature.words())).collect();
        let hint = if all { "" } else { "; -all shows them" };
        lines.push(format!("{} by nature ({}){hint}.", counted(total, "part differs", "parts differ"), kinds.join(", ")));
    }
    let untold = found.findings.iter().filter(|f| f.verdict == Verdict::Untold).count();
    if untold > 0 && !all {
        lines.push(format!("{} not known yet; -all shows them.", counted(untold, "part is", "parts are")));
    }
    for (side, sections) in &found.one_sided {
        lines.push(format!("Not compared, since only {side} has them: {}.", sections.join(", ")));
    }
    if !found.idle_rules.is_empty() {
        lines.push(format!("Rules that speak of nothing here: {}.", found.idle_rules.join(", ")));
    }
    lines
}

fn end(found: &Comparison, all: bool, style: &Style) -> String {
    let mut out = String::from("\n");
    remainder(found, all).iter().for_each(|line| out.push_str(&style.dim(&format!("{line}\n"))));
    out + &verdict_line(found, style)
}

fn verdict_line(found: &Comparison, style: &Style) -> String {
    let violated = found.findings.iter().filter(|f| matches!(f.verdict, Verdict::Violated(_))).count();
    let undeclared = found.unexpected().count() - violated;
    match (violated, undeclared) {
        (0, 0) => style.good("No unexpected difference.") + "\n",
        (0, n) => style.alert(&format!("{} no rule speaks of.", counted(n, "difference", "differences"))) + "\n",
        (v, 0) => style.alert(&format!("{} violated.", counted(v, "rule is", "rules are"))) + "\n",
        (v, n) => {
            style.alert(&format!(
                "{} violated, {} no rule speaks of.",
                counted(v, "rule is", "rules are"),
                counted(n, "difference", "differences")
            )) + "\n"
        }
    }
}

/// For programs.
#[must_use]
pub fn json(found: &Comparison, all: bool) -> Json {
    let shown = |f: &&Finding| all || !matches!(f.verdict, Verdict::Natural(_) | Verdict::Untold);
    let findings: Vec<Json> = found.findings.iter().filter(shown).map(finding_json).collect();
    let natural: serde_json::Map<String, Json> = found.natural().iter().map(|(n, c)| (n.words().to_string(), json!(c))).collect();
    let one_sided: Vec<Json> = found.one_sided.iter().map(|(side, sections)| json!({"side": side, "sections": sections})).collect();
    json!({
        "format": 1, "a": found.a, "b": found.b, "differs": found.differs(), "findings": findings, "equal": found.equal, "natural": natural,
        "not_compared": one_sided, "idle_rules": found.idle_rules, "notes": found.notes, "unread": found.unread,
    })
}

fn finding_json(finding: &Finding) -> Json {
    let (verdict, must) = match finding.verdict {
        Verdict::Violated(must) => ("violated", Some(must.name())),
        Verdict::Unexpected => ("unexpected", None),
        Verdict::Declared(must) => ("declared", Some(must.name())),
        Verdict::Natural(_) => ("natural", None),
        Verdict::Untold => ("unknown", None),
    };
    let mut out = json!({
        "what": finding.pair.name, "kind": finding.pair.section.name(), "verdict": verdict, "risk": finding.risk.name(), "about": finding.about,
        "a": seen_json(&finding.pair.a), "b": seen_json(&finding.pair.b),
    });
    if let Some((rule, because)) = &finding.rule {
        out["rule"] = json!({"name": rule, "must": must, "because": because});
    }
    match &finding.pair.detail {
        Detail::None => {}
        Detail::Elements(a, b) => {
            let all = |list: &[Seen]| list.iter().map(seen_json).collect::<Vec<_>>();
            out["only_a"] = Json::Array(all(a));
            out["only_b"] = Json::Array(all(b));
        }
        Detail::Lines(lines) => {
            let one =
                |l: &LineSeen| json!({"side": if l.second { "b" } else { "a" }, "line": l.number, "text": l.text, "sensitive": l.masked});
            out["lines"] = lines.iter().map(one).collect();
        }
    }
    out
}

fn seen_json(seen: &Seen) -> Json {
    match seen {
        Seen::Absent => json!({"state": "absent"}),
        Seen::Present => json!({"state": "present"}),
        Seen::Masked => json!({"state": "sensitive"}),
        Seen::Unknown => json!({"state": "unknown"}),
        Seen::Text(text) => json!({"state": "known", "value": text}),
    }
}

/// For a wiki, an issue or a pull request.
#[must_use]
pub fn markdown(found: &Comparison, all: bool) -> String {
    let plain = Style::default();
    let mut out = format!("# {} compared with {}\n\n{}\n", found.a, found.b, verdict_line(found, &plain));
    let shown: Vec<&Finding> =
        found.findings.iter().filter(|f| all || !matches!(f.verdict, Verdict::Natural(_) | Verdict::Untold)).collect();
    if !shown.is_empty() {
        let _ = writeln!(out, "| verdict | risk | what | {} | {} | why |\n|---|---|---|---|---|---|", cell(&found.a), cell(&found.b));
    }
    for finding in shown {
        let (a, b) = cells(finding);
        let verdict = match finding.verdict {
            Verdict::Violated(_) => "**rule violated**",
            Verdict::Unexpected => "not declared",
            Verdict::Declared(_) => "declared",
            Verdict::Natural(_) => "by nature",
            Verdict::Untold => "not known",
        };
        let why = cell(&reason(finding).unwrap_or_default());
        let _ = writeln!(out, "| {verdict} | {} | `{}` | {a} | {b} | {why} |", finding.risk, finding.pair.name.replace('|', "\\|"));
    }
    out.push('\n');
    remainder(found, all).iter().chain(&found.unread).chain(&found.notes).for_each(|line| out.push_str(&format!("- {line}\n")));
    out
}

fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('\n', " ").replace('<', "&lt;").replace('`', "'")
}

fn cells(finding: &Finding) -> (String, String) {
    let join = |list: Vec<String>| {
        let more = list.len().saturating_sub(SHOWN);
        let mut shown: Vec<String> = list.into_iter().take(SHOWN).map(|l| cell(&l)).collect();
        shown.extend((more > 0).then(|| format!("and {more} more")));
        shown.join("<br>")
    };
    match &finding.pair.detail {
        Detail::Elements(a, b) => (join(a.iter().map(words).collect()), join(b.iter().map(words).collect())),
        Detail::Lines(lines) => {
            let side = |second: bool| join(lines.iter().filter(|l| l.second == second).map(line_text).collect());
            (side(false), side(true))
        }
        Detail::None if finding.verdict == Verdict::Violated(Must::Differ) => ("the same".into(), "the same".into()),
        Detail::None => (cell(&words(&finding.pair.a)), cell(&words(&finding.pair.b))),
    }
}
