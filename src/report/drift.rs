//! Drift as text and as JSON.

use super::{Style, inline};
use crate::ops::compare::Risk;
use crate::ops::drift::{AttributeDrift, Drift, Finding};
use crate::value::Value;
use serde_json::{Value as Json, json};

/// Text for people, the worst first.
#[must_use]
pub fn text(env: &str, drift: &Drift, style: &Style) -> String {
    let mut out = format!("{}\n", style.bold(&format!("Drift of {env}")));
    for risk in Risk::ALL.into_iter().rev() {
        let group: Vec<&Finding> = drift.findings.iter().filter(|f| f.risk == risk).collect();
        if group.is_empty() {
            continue;
        }
        let title = format!("{} ({})", risk.name(), group.len());
        out.push_str(&format!("\n{}\n", if risk >= Risk::High { style.alert(&title) } else { style.bold(&title) }));
        for finding in group {
            out.push_str(&format!("  {}: {}\n", finding.subject, finding.message));
            finding.attributes.iter().for_each(|a| out.push_str(&attribute(a, style)));
        }
    }
    if !drift.unchecked.is_empty() {
        out.push_str(&format!("\n{}\n", style.alert(&format!("not checked ({})", drift.unchecked.len()))));
        drift.unchecked.iter().for_each(|(what, why)| out.push_str(&format!("  {what}: {why}\n")));
    }
    if !drift.left.is_empty() {
        out.push_str(&format!("\n{}\n", style.alert("left behind")));
        drift.left.sentences().iter().for_each(|s| out.push_str(&format!("  {s}\n")));
        drift.left.findings.iter().for_each(|f| out.push_str(&format!("      {f}\n")));
        out.push_str("  envctl plan shows it, envctl apply takes it over\n");
    }
    drift.left.under_way().iter().for_each(|text| out.push_str(&format!("\n{}\n", style.alert(text))));
    if !drift.notes.is_empty() {
        out.push('\n');
        drift.notes.iter().for_each(|note| out.push_str(&style.dim(&format!("  {note}\n"))));
    }
    out + &format!("\n{}\n", end(drift, style))
}

fn attribute(a: &AttributeDrift, style: &Style) -> String {
    let show = |v: &Option<Value>| v.as_ref().map_or_else(|| "(not there)".to_string(), |v| inline(v, style));
    format!("      {} = {} -> {}\n", a.name, show(&a.before), show(&a.now))
}

fn end(drift: &Drift, style: &Style) -> String {
    let things = |n: usize| if n == 1 { "1 thing".to_string() } else { format!("{n} things") };
    match (drift.findings.len(), drift.unchecked.len()) {
        (0, 0) => style.good("Nothing drifted."),
        (0, n) => style.alert(&format!("{} could not be checked; nothing else drifted.", things(n))),
        (n, 0) => style.alert(&format!("{} drifted.", things(n))),
        (n, m) => style.alert(&format!("{} drifted, {} could not be checked.", things(n), things(m))),
    }
}

/// The document for programs. Sensitive values are masked.
#[must_use]
pub fn json(env: &str, drift: &Drift) -> Json {
    let plain = Style { color: false, show_sensitive: false, width: 0 };
    let value = |v: &Option<Value>| v.as_ref().map_or(Json::Null, |v| Json::String(inline(v, &plain)));
    let attribute = |a: &AttributeDrift| json!({"name": a.name, "state": value(&a.before), "now": value(&a.now)});
    let finding = |f: &Finding| {
        json!({
            "part": f.part.name(), "subject": f.subject, "risk": f.risk.name(), "about": f.about, "message": f.message,
            "attributes": f.attributes.iter().map(attribute).collect::<Vec<_>>(), "names": f.names,
        })
    };
    let unchecked = |(what, why): &(String, String)| json!({"subject": what, "why": why});
    json!({
        "format": 1,
        "environment": env,
        "drift": drift.is_any(),
        "findings": drift.findings.iter().map(finding).collect::<Vec<_>>(),
        "unchecked": drift.unchecked.iter().map(unchecked).collect::<Vec<_>>(),
        "notes": drift.notes,
        "left_behind": drift.left.json(),
    })
}
