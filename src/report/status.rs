//! An environment at a glance, as text and as JSON.

use super::Style;
use crate::app::{Contact, short};
use crate::deploy::glance::Glance;
use crate::ops::status::{AppStatus, Deployed, Stored};
use crate::store::{RunRecord, RunResult};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// Text for people.
#[must_use]
pub fn text(header: &str, stored: &Stored, apps: &[AppStatus], now: Timestamp, style: &Style) -> String {
    let mut out = format!("{}\n", style.bold(header.trim_end()));
    let mut row = |name: &str, text: String| out.push_str(&format!("  {name:<9} {text}\n"));
    row(
        "state",
        match stored.state {
            Some((serial, objects)) => format!("serial {serial}, {objects} object{}", if objects == 1 { "" } else { "s" }),
            // Why it cannot be read stands below.
            None if stored.unread() => style.alert("not known"),
            None => "none yet".into(),
        },
    );
    row("last run", stored.last.as_ref().map_or_else(|| "none is recorded".into(), |r| run(r, now)));
    if let Some(lock) = &stored.lock {
        let info = &lock.info;
        let dead = if lock.dead { "; that process is gone, and the next run takes the lock over" } else { "" };
        row("lock", style.alert(&format!("held by {} since {}, for {}{dead}", info.who, info.created, info.operation)));
    }
    stored.left.sentences().iter().for_each(|s| row("journal", style.alert(s)));
    if !stored.left.is_empty() {
        row("", style.alert("envctl plan shows what became of it, the next apply takes it over"));
    }
    if !stored.outputs.is_empty() {
        row("outputs", stored.outputs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "));
    }
    for (what, why) in &stored.problems {
        row(what, style.alert(&format!("cannot be read: {why}")));
    }
    apps.iter().for_each(|app| out.push_str(&application(app, now, style)));
    out
}

fn run(record: &RunRecord, now: Timestamp) -> String {
    let result = match record.result {
        RunResult::Done => "done",
        RunResult::Failed => "failed",
        RunResult::Interrupted => "interrupted",
    };
    format!("{} {result}, {} by {}", record.command, age(&record.finished, now), record.who)
}

fn application(app: &AppStatus, now: Timestamp, style: &Style) -> String {
    let mut out = format!("\n{} on {}\n", style.bold(&format!("app.{}", app.app)), app.host);
    let mut row = |name: &str, text: String| out.push_str(&format!("  {name:<9} {text}\n"));
    row("deployed", app.deployed.as_ref().map_or_else(|| "never".into(), |d| deployed(d, now)));
    if app.deployed.as_ref().is_some_and(|d| d.stopped) {
        row("", style.alert("the last deploy did not finish"));
    }
    let Some(glance) = &app.glance else {
        row("block", style.alert("the configuration has none any more"));
        return out;
    };
    row(
        "host",
        match &glance.contact {
            Contact::Read => style.good("answers"),
            Contact::NotYet(why) => style.dim(&format!("there is none yet ({why})")),
            Contact::Unreachable(why) => style.alert(&format!("does not answer: {why}")),
        },
    );
    for check in &glance.health {
        row(
            "health",
            match &check.result {
                Ok(()) => format!("{}: {}", check.label, style.good("holds")),
                Err(why) => format!("{}: {}", check.label, style.alert(why)),
            },
        );
    }
    for (name, problem) in problems(glance) {
        row("fact", style.alert(&format!("{name}: {problem}")));
    }
    out
}

/// Facts that are not as expected.
fn problems(glance: &Glance) -> Vec<(&String, String)> {
    let mut found = Vec::new();
    for (name, fact) in &glance.facts {
        let now = fact.value.as_deref().unwrap_or_else(|why| why);
        found.extend(fact.problem.as_ref().map(|problem| (name, format!("{now}: {problem}"))));
    }
    found
}

fn deployed(d: &Deployed, now: Timestamp) -> String {
    let mut parts = Vec::new();
    if let Some(commit) = &d.commit {
        let reference = d.reference.as_ref().filter(|r| *r != commit).map(|r| format!("{r} at ")).unwrap_or_default();
        parts.push(format!("{reference}{}", short(commit)));
    }
    parts.extend(d.release.as_ref().map(|id| format!("release {id}{}", d.result.map(|r| format!(" ({r})")).unwrap_or_default())));
    parts.push(format!("{} by {}", age(&d.at, now), d.by));
    parts.join(", ")
}

/// How long ago a time was.
fn age(time: &str, now: Timestamp) -> String {
    let Ok(then) = time.parse::<Timestamp>() else { return time.to_string() };
    let seconds = (now.as_second() - then.as_second()).max(0);
    match seconds {
        0..=119 => format!("{seconds} seconds ago"),
        120..=7199 => format!("{} minutes ago", seconds / 60),
        7200..=172_799 => format!("{} hours ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86400),
    }
}

/// The document for programs.
#[must_use]
pub fn json(env: &str, stored: &Stored, apps: &[AppStatus]) -> Json {
    let outputs = stored.outputs.iter().map(|(name, sensitive)| json!({"name": name, "sensitive": sensitive}));
    let lock = stored.lock.as_ref().map(|l| (&l.info, l.dead));
    let lock = lock.map(|(l, dead)| json!({"id": l.id, "who": l.who, "since": l.created, "for": l.operation, "dead": dead}));
    let problems = stored.problems.iter().map(|(what, why)| json!({"subject": what, "why": why}));
    json!({
        "format": 1,
        "environment": env,
        "state": stored.state.map(|(serial, objects)| json!({"serial": serial, "objects": objects})),
        "last_run": stored.last,
        "lock": lock,
        "unfinished_runs": stored.left.runs.len(),
        "left_behind": stored.left.json(),
        "outputs": outputs.collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
        "applications": apps.iter().map(app_json).collect::<Vec<_>>(),
    })
}

fn app_json(app: &AppStatus) -> Json {
    let deployed = app.deployed.as_ref().map(|d| {
        json!({"ref": d.reference, "commit": d.commit, "release": d.release, "result": d.result, "at": d.at, "by": d.by, "unfinished": d.stopped})
    });
    let host = app.glance.as_ref().map(|g| match &g.contact {
        Contact::Read => json!({"answers": true}),
        Contact::NotYet(why) => json!({"answers": null, "why": why}),
        Contact::Unreachable(why) => json!({"answers": false, "why": why}),
    });
    let checks = app.glance.iter().flat_map(|g| &g.health);
    let health = checks.map(|c| json!({"check": c.label, "holds": c.result.is_ok(), "why": c.result.as_ref().err()}));
    let facts = app
        .glance
        .iter()
        .flat_map(|g| &g.facts)
        .map(|(name, f)| (name.clone(), json!({"value": f.value.as_ref().ok(), "why": f.value.as_ref().err(), "problem": f.problem})));
    json!({
        "app": app.app, "address": app.host, "deployed": deployed, "host": host,
        "health": health.collect::<Vec<_>>(), "facts": facts.collect::<serde_json::Map<_, _>>(),
    })
}
