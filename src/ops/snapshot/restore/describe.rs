//! A restore in words: what it will do, what it keeps and loses, how it ends.

use super::record::{Record, Step, Switch};
use crate::provider::{Database, Databases, Restored, Setting, Snapshot};

/// A setting as the language writes it.
pub(super) fn value(setting: &Setting) -> String {
    match setting {
        Setting::Flag(flag) => flag.to_string(),
        Setting::Number(number) => number.to_string(),
        Setting::Text(text) => format!("{text:?}"),
        Setting::List(items) => format!("[{}]", items.iter().map(|i| format!("{i:?}")).collect::<Vec<_>>().join(", ")),
    }
}

/// The steps, with those that are done marked.
#[must_use]
pub fn steps_text(record: &Record, password: bool) -> String {
    let later = match (record.managed_password, password) {
        (true, _) => "set what a restore does not take (the service draws a new password)",
        (false, true) => "set what a restore does not take, and the configuration's password",
        (false, false) => "set what a restore does not take (no password is known here: it is what it was then)",
    };
    let mut steps = vec![
        (Step::Restored, format!("restore {} into the new database {}", record.origin(), record.target)),
        (Step::Available, "wait until it is available".to_string()),
        (Step::Password, later.to_string()),
        (Step::Verified, "compare its settings with the old ones, and see whether it answers".to_string()),
    ];
    if record.switch == Switch::Rename {
        let aside = match &record.old {
            Some(_) => format!("rename {} to {} (it is kept)", record.instance, record.aside),
            None => format!("nothing to set aside: {} does not exist", record.instance),
        };
        steps.push((Step::OldRenamed, aside));
        steps.push((Step::NewRenamed, format!("rename {} to {}, so that address and configuration stay", record.target, record.instance)));
        steps.push((Step::State, "let the state describe the new database".to_string()));
    }
    let line = |(n, (step, text)): (usize, &(Step, String))| {
        let mark = if record.is_done(*step) { "x" } else { " " };
        format!("  [{mark}] {}. {text}\n", n + 1)
    };
    let last = match record.switch {
        Switch::Rename => "",
        Switch::Variable => "  then the configuration has to be pointed at it; where is said at the end\n",
        Switch::None => "  then nothing: the old database serves on\n",
    };
    steps.iter().enumerate().map(line).collect::<String>() + last
}

/// What is kept, and what not.
#[must_use]
pub fn terms_text(record: &Record, databases: &dyn Databases, old: Option<&Database>, snapshot: Option<&Snapshot>) -> String {
    let from = if old.is_some() { "read from it now" } else { "from the state, since it is gone" };
    let mut text = format!("Settings of {}, {from}:\n", record.instance);
    let width = record.settings.keys().map(String::len).max().unwrap_or(0);
    for (name, setting) in &record.settings {
        let how = if databases.restored(name) == Restored::Changed { "  (set afterwards)" } else { "" };
        text += &format!("  {name:<width$} = {}{how}\n", value(setting));
    }
    let tags: Vec<String> = record.tags.iter().map(|(k, v)| format!("{k} = {v:?}")).collect();
    text += &format!("  {:<width$} = {{ {} }}\n", "tags", tags.join(", "));
    let lost = losses(record, old, snapshot);
    text += "\nNot kept:\n";
    lost.iter().for_each(|l| text += &format!("  - {l}\n"));
    text
}

fn losses(record: &Record, old: Option<&Database>, snapshot: Option<&Snapshot>) -> Vec<String> {
    let since = match (snapshot.and_then(|s| s.created), record.time.as_deref()) {
        (Some(taken), _) => format!("since {taken}"),
        (None, Some("latest") | None) => "after the latest restorable moment".to_string(),
        (None, Some(time)) => format!("since {time}"),
    };
    let mut all = vec![format!("what was written {since}: it stays in the old database only")];
    if let (Some(old), Some(snapshot)) = (old, snapshot) {
        if old.engine_version != snapshot.engine_version {
            all.push(format!("the engine version: {} in the snapshot, {} now", snapshot.engine_version, old.engine_version));
        }
        if old.encrypted && !snapshot.encrypted {
            all.push("encryption: the snapshot has none. Copy it with a key first (aws rds copy-db-snapshot --kms-key-id ...)".into());
        }
    }
    if let Some(old) = old.filter(|o| !o.replicas.is_empty()) {
        all.push(format!("read replicas: {} follow the old database", old.replicas.join(", ")));
    }
    if record.managed_password {
        all.push("the managed password: the new database has a secret of its own, with another ARN".into());
    }
    all.push("automated backups and their window: they begin anew; those of the old database stay with it".into());
    if record.switch == Switch::Rename {
        all.push("connections: each renaming takes some minutes and restarts the database".into());
    }
    all
}

/// How it ended, and what is left to people.
#[must_use]
pub fn ending(record: &Record, new: &Database) -> String {
    let place = new.endpoint.as_ref().map_or_else(String::new, |(host, port)| format!(" at {host}:{port}"));
    let mut text = format!("{} is restored from {}{place}.\n", new.identifier, record.origin());
    for what in &record.unverified {
        text += &format!("Not verified: {what}.\n");
    }
    if record.switch != Switch::Rename {
        text += &format!("{} serves on, unchanged.\n", record.instance);
        return text;
    }
    if record.old.is_some() {
        let aside = &record.aside;
        text += &format!("The old database is kept as {aside}, and costs what it did. Once nobody needs it:\n");
        text += &format!("  aws rds modify-db-instance --db-instance-identifier {aside} --no-deletion-protection --apply-immediately\n");
        text += &format!("  aws rds delete-db-instance --db-instance-identifier {aside} --final-db-snapshot-identifier {aside}-final\n");
    }
    text
}
