//! `host` and `hosts`: where an application runs.
//!
//! With several hosts every one of them is planned, deployed and recorded on its own; the first is
//! the canary that the others wait for.

use super::reader::Reader;
use super::spec::AppSpec;
use super::text::Text;
use crate::diag::{Diagnostic, Diagnostics};
use crate::value::{Name, Value};

/// One of several hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostEntry {
    /// Its name in records and output: the key of the map, else the address.
    pub key: String,
    /// Where it is.
    pub address: Text,
}

/// Which of its hosts a spec is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Name of the host in records and output.
    pub key: String,
    /// Its place; 0 is the canary.
    pub position: usize,
}

impl AppSpec {
    /// One spec for each host. An app with `host` is its own only one.
    #[must_use]
    pub fn on_each_host(&self) -> Vec<AppSpec> {
        if self.hosts.is_empty() {
            return vec![self.bound(self.host.clone(), None)];
        }
        let one =
            |(position, entry): (usize, &HostEntry)| self.bound(entry.address.clone(), Some(Instance { key: entry.key.clone(), position }));
        self.hosts.iter().enumerate().map(one).collect()
    }

    fn bound(&self, host: Text, instance: Option<Instance>) -> AppSpec {
        let health = self.health.iter().map(|check| check.on(&host)).collect();
        AppSpec { health, host, instance, ..self.clone() }
    }

    /// Its name in output and records: `web`, or `web@host` for one of several hosts.
    #[must_use]
    pub fn label(&self) -> Name {
        match &self.instance {
            None => self.name.clone(),
            Some(instance) => format!("{}@{}", self.name, instance.key).into(),
        }
    }

    /// Whether it is for the first of several hosts.
    #[must_use]
    pub fn is_canary(&self) -> bool {
        self.instance.as_ref().is_some_and(|i| i.position == 0)
    }
}

/// The hosts of an `app` block: the first, and all of them where the block has `hosts`.
pub(super) fn decode(app: &Reader<'_>, diagnostics: &mut Diagnostics) -> (Text, Vec<HostEntry>) {
    let (one, many) = (app.get("host"), app.get("hosts"));
    if one.is_some() == many.is_some() {
        let detail = if one.is_some() { "host and hosts exclude each other." } else { "Neither host nor hosts is given." };
        let help = "host is a name or an address; hosts is a list of them, or a map of names to addresses.";
        diagnostics.push(Diagnostic::error("An app needs its host", detail).at(app.at).help(help));
    }
    let Some(many) = many else {
        let host = app.text("host").unwrap_or_else(Text::unknown);
        check("host", app, &host, diagnostics);
        return (host, Vec::new());
    };
    let entries = entries(app, many, diagnostics);
    entries.iter().for_each(|entry| check("hosts", app, &entry.address, diagnostics));
    for (i, entry) in entries.iter().enumerate() {
        if entries.iter().take(i).any(|other| other.key == entry.key) {
            let detail = format!("{:?} stands there twice.", entry.key);
            diagnostics.push(app.error("hosts", "Duplicate host", detail).help("Use a map of names to addresses."));
        }
    }
    (entries.first().map_or_else(Text::unknown, |e| e.address.clone()), entries)
}

fn entries(app: &Reader<'_>, many: &Value, diagnostics: &mut Diagnostics) -> Vec<HostEntry> {
    let secret = many.marks().is_secret();
    let text = |value: &Value| Text::of(value).unwrap_or_else(Text::unknown).with_sensitive(secret);
    if many.is_unknown() {
        return vec![HostEntry { key: "(known after apply)".into(), address: Text::unknown() }];
    }
    let entries: Vec<HostEntry> = match (many.items(), many.members()) {
        (Some(items), _) => {
            let key = |i: usize, address: &Text| match address.known().filter(|_| !address.is_sensitive()) {
                Some(known) => known.to_string(),
                None => format!("host-{}", i + 1),
            };
            let entry = |(i, value): (usize, &Value)| {
                let address = text(value);
                HostEntry { key: key(i, &address), address }
            };
            items.iter().enumerate().map(entry).collect()
        }
        (None, Some(members)) => members.iter().map(|(key, v)| HostEntry { key: key.to_string(), address: text(v) }).collect(),
        (None, None) => Vec::new(),
    };
    if entries.is_empty() {
        let help = "Write hosts = [\"a.example.com\", \"b.example.com\"], or a map of names to addresses.";
        diagnostics.push(app.error("hosts", "Invalid hosts", "It is no list of hosts, or an empty one.").help(help));
    }
    entries
}

fn check(argument: &str, app: &Reader<'_>, host: &Text, diagnostics: &mut Diagnostics) {
    if let Some(bad) = host.known().filter(|h| !is_host(h)) {
        let detail = format!("{bad:?} is not a host name or address: it is empty, starts with \"-\" or contains white space.");
        diagnostics.push(app.error(argument, "Invalid host", detail));
    }
}

/// Whether text can be handed to ssh as a host.
fn is_host(host: &str) -> bool {
    !host.is_empty() && !host.starts_with('-') && !host.contains(|c: char| c.is_whitespace() || c.is_control())
}
