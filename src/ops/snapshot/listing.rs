//! Snapshots as people and programs read them.

use super::name::{ENVIRONMENT, RULE};
use crate::provider::{Database, Snapshot};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// What there is of one database.
pub struct Listed {
    /// Its name.
    pub instance: String,
    /// The database; `None`: gone or not made yet.
    pub database: Option<Database>,
    /// The earliest moment it can be restored to.
    pub from: Option<Timestamp>,
    /// Its snapshots.
    pub snapshots: Vec<Snapshot>,
}

impl Listed {
    fn newest_first(&self) -> Vec<&Snapshot> {
        let mut all: Vec<&Snapshot> = self.snapshots.iter().collect();
        all.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
        all
    }
    fn until(&self) -> Option<Timestamp> {
        self.database.as_ref()?.restorable_until
    }
}

/// `5m`, `3h`, `12d`
fn age(of: Option<Timestamp>, now: Timestamp) -> String {
    let Some(seconds) = of.map(|t| now.as_second() - t.as_second()) else { return "-".into() };
    match seconds.max(0) {
        s if s < 60 => format!("{s}s"),
        s if s < 3600 => format!("{}m", s / 60),
        s if s < 2 * 86400 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86400),
    }
}

/// As text.
#[must_use]
pub fn to_text(listed: &[Listed], now: Timestamp) -> String {
    listed.iter().map(|l| one(l, now)).collect::<Vec<_>>().join("\n")
}

fn one(listed: &Listed, now: Timestamp) -> String {
    let state = listed.database.as_ref().map_or("there is no such database", |d| d.status.as_str());
    let mut text = format!("{}  ({state})\n", listed.instance);
    text += &match (listed.from, listed.until()) {
        (Some(from), Some(until)) => format!("  restorable to any time from {from} to {until}\n"),
        (None, Some(until)) => format!("  restorable up to {until}\n"),
        _ => "  not restorable to a point in time\n".to_string(),
    };
    let mut rows = vec![["SNAPSHOT", "AGE", "TAKEN", "SIZE", "ENCRYPTED", "KIND", "STATUS", "RULE"].map(str::to_string)];
    for s in listed.newest_first() {
        let status = match s.progress.filter(|_| s.status == "creating") {
            Some(percent) => format!("creating {percent} %"),
            None => s.status.clone(),
        };
        rows.push([
            s.id.clone(),
            age(s.created, now),
            s.created.map_or_else(|| "-".into(), |t| t.to_string()),
            s.size.map_or_else(|| "-".into(), |g| format!("{g} GiB")),
            if s.encrypted { "yes" } else { "no" }.into(),
            s.kind.clone(),
            status,
            s.tags.get(RULE).cloned().unwrap_or_else(|| "-".into()),
        ]);
    }
    if listed.snapshots.is_empty() {
        return text + "  no snapshots\n";
    }
    text + &table(&rows)
}

fn table(rows: &[[String; 8]]) -> String {
    let mut widths = [0usize; 8];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; 8]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// As JSON: an array of databases.
#[must_use]
pub fn to_json(listed: &[Listed]) -> Json {
    let time = |t: Option<Timestamp>| t.map(|t| t.to_string());
    let snapshot = |s: &&Snapshot| {
        json!({
            "id": s.id, "created": time(s.created), "size_gib": s.size, "encrypted": s.encrypted, "kind": s.kind, "status": s.status,
            "progress": s.progress, "engine_version": s.engine_version, "rule": s.tags.get(RULE), "environment": s.tags.get(ENVIRONMENT),
            "tags": s.tags,
        })
    };
    let one = |l: &Listed| {
        json!({
            "instance": l.instance,
            "status": l.database.as_ref().map(|d| d.status.clone()),
            "restorable": {"from": time(l.from), "until": time(l.until())},
            "snapshots": l.newest_first().iter().map(snapshot).collect::<Vec<_>>(),
        })
    };
    Json::Array(listed.iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let at = |s: i64| age(Timestamp::from_second(1_000_000 - s).ok(), now);
        assert_eq!([at(5), at(300), at(7200), at(40 * 3600), at(86400 * 12), at(-3)], ["5s", "5m", "2h", "40h", "12d", "0s"]);
        assert_eq!(age(None, now), "-");
    }
}
