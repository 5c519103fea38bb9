//! `health` blocks: what says that a release works.

use super::reader::Reader;
use super::text::Text;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::schema::{BlockSchema, boolean, number, string};
use std::time::Duration;

/// Between two attempts.
const INTERVAL: Duration = Duration::from_secs(2);
/// From the end of install to the last attempt.
const DEADLINE: Duration = Duration::from_secs(60);
/// One attempt.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Successes in a row: one may be the old process that is about to go, or a service that dies again.
const STABLE: u32 = 2;
/// Stands for the host's address in `http` and `tcp`.
const HOST: &str = "{host}";

/// One `health { }` block.
#[derive(Clone, Debug)]
pub struct HealthSpec {
    /// What is asked.
    pub check: Check,
    /// Asked from the host itself rather than from this machine; commands always are.
    pub from_host: bool,
    /// Between two attempts.
    pub interval: Duration,
    /// How long it may take until the check holds.
    pub deadline: Duration,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How many attempts in a row must succeed.
    pub stable: u32,
    /// The block's header.
    pub span: Span,
}

/// What a health check asks.
#[derive(Clone, Debug)]
pub enum Check {
    /// An HTTP request.
    Http {
        /// Where; `{host}` stands for the host's address.
        url: Text,
        /// The status that counts; any of 200 to 299 when absent.
        status: Option<u16>,
        /// Text that the answer must contain.
        body: Option<Text>,
        /// How many days the server's certificate must still be valid.
        tls_days: Option<u32>,
    },
    /// A TCP connection to `host:port`.
    Tcp(Text),
    /// A command on the host that ends with code 0.
    Command {
        /// Shell text, run in the folder of the source.
        command: Text,
        /// Run by root.
        sudo: bool,
    },
}

impl HealthSpec {
    /// The texts in it, secret ones included.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        let (first, second) = match &self.check {
            Check::Http { url, body, .. } => (url, body.as_ref()),
            Check::Tcp(address) => (address, None),
            Check::Command { command, .. } => (command, None),
        };
        std::iter::once(first).chain(second)
    }

    /// The same check for one host: `{host}` is its address.
    #[must_use]
    pub fn on(&self, host: &Text) -> HealthSpec {
        let put = |text: &Text| match (text.known(), host.known()) {
            (Some(known), Some(host)) if known.contains(HOST) => Text::plain(known.replace(HOST, host)).with_sensitive(text.is_sensitive()),
            (Some(known), None) if known.contains(HOST) => Text::unknown(),
            _ => text.clone(),
        };
        let mut bound = self.clone();
        match &mut bound.check {
            Check::Http { url, .. } => *url = put(url),
            Check::Tcp(address) => *address = put(address),
            Check::Command { .. } => {}
        }
        bound
    }

    /// In words, secrets masked: `http https://example.com/health`.
    #[must_use]
    pub fn label(&self) -> String {
        let from = if self.from_host { " from the host" } else { "" };
        match &self.check {
            Check::Http { url, .. } => format!("http {url}{from}"),
            Check::Tcp(address) => format!("tcp {address}{from}"),
            Check::Command { command, sudo } => format!("command {}{command}", if *sudo { "sudo " } else { "" }),
        }
    }
}

/// What may stand in the block.
pub(super) fn schema() -> BlockSchema {
    BlockSchema::new()
        .attr("http", string().optional())
        .attr("status", number().optional())
        .attr("body", string().optional())
        .attr("tls_days", number().optional())
        .attr("tcp", string().optional())
        .attr("command", string().optional())
        .attr("sudo", boolean().optional())
        .attr("from", string().optional())
        .attr("interval", string().optional())
        .attr("deadline", string().optional())
        .attr("timeout", string().optional())
        .attr("stable", number().optional())
}

/// Reads one block; `None` when it does not say what is asked.
pub(super) fn decode(r: &Reader<'_>, diagnostics: &mut Diagnostics) -> Option<HealthSpec> {
    let kinds: Vec<&str> = ["http", "tcp", "command"].into_iter().filter(|k| r.get(k).is_some()).collect();
    let &[kind] = kinds.as_slice() else {
        let detail = if kinds.is_empty() {
            "None of http, tcp and command is given.".into()
        } else {
            format!("{} exclude each other.", kinds.join(" and "))
        };
        let help = "Several health blocks may stand side by side; all of them must hold.";
        diagnostics.push(Diagnostic::error("A health block needs exactly one check", detail).at(r.at).help(help));
        return None;
    };
    for (argument, wants) in [("status", "http"), ("body", "http"), ("tls_days", "http"), ("sudo", "command")] {
        if r.get(argument).is_some() && kind != wants {
            diagnostics.push(r.error(argument, "Argument without effect", format!("{argument} belongs to {wants}, not to {kind}.")));
        }
    }
    let from_host = from(r, kind, diagnostics);
    let text = r.text(kind)?;
    let check = match kind {
        "http" => http(r, text, from_host, diagnostics),
        "tcp" => {
            if let Some(bad) = text.known().filter(|a| !is_address(a)) {
                let detail = format!("{bad:?} is not an address.");
                diagnostics.push(r.error("tcp", "Invalid address", detail).help("Write it like \"db.internal:5432\"."));
            }
            Check::Tcp(text)
        }
        _ => Check::Command { command: text, sudo: r.flag("sudo", false) },
    };
    Some(HealthSpec {
        check,
        from_host,
        interval: r.duration("interval", diagnostics).unwrap_or(INTERVAL),
        deadline: r.duration("deadline", diagnostics).unwrap_or(DEADLINE),
        timeout: r.duration("timeout", diagnostics).unwrap_or(TIMEOUT),
        stable: r.number("stable", 1, diagnostics).unwrap_or(STABLE),
        span: r.at,
    })
}

fn from(r: &Reader<'_>, kind: &str, diagnostics: &mut Diagnostics) -> bool {
    let from = r.text("from");
    match from.as_ref().and_then(Text::known) {
        None => kind == "command",
        Some("host") => true,
        Some("here") if kind != "command" => false,
        Some(other) => {
            let detail = format!("from = {other:?} is not possible: \"here\" or \"host\"; commands run on the host.");
            diagnostics.push(r.error("from", "Invalid argument value", detail));
            true
        }
    }
}

fn http(r: &Reader<'_>, url: Text, from_host: bool, diagnostics: &mut Diagnostics) -> Check {
    let is_url = |u: &str| u.split_once("://").is_some_and(|(s, rest)| matches!(s, "http" | "https") && !rest.is_empty());
    if let Some(bad) = url.known().filter(|u| !is_url(u) || u.contains(char::is_whitespace)) {
        let bad = if url.is_sensitive() { "The value".to_string() } else { format!("{bad:?}") };
        let help = "Write it like \"https://example.com/health\".";
        diagnostics.push(r.error("http", "Invalid URL", format!("{bad} is not an http or https URL.")).help(help));
    }
    let tls_days = r.number("tls_days", 0, diagnostics);
    if tls_days.is_some() && (from_host || url.known().is_some_and(|u| u.starts_with("http://"))) {
        let detail = "A certificate is only seen by a request to an https URL that is made from here.";
        diagnostics.push(r.error("tls_days", "Argument without effect", detail));
    }
    let status = r.number("status", 100, diagnostics);
    Check::Http { url, status, body: r.text("body"), tls_days }
}

fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>()));
    parts.is_some_and(|(host, port)| !host.is_empty() && !host.contains(char::is_whitespace) && port.is_ok_and(|p| p > 0))
}
