//! `fact "NAME" { }`: what is looked up on a host, and what it should be.

use super::commands::quote_path;
use super::reader::Reader;
use super::shell::{is_name, quote};
use super::spec::AppSpec;
use super::text::Text;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::schema::{BlockSchema, boolean, number, string};
use crate::syntax::Block;
use crate::value::{Name, Value};
use regex::Regex;

/// The arguments that say what is looked up; a block has exactly one of them.
const KINDS: [&str; 6] = ["command", "image", "lock_file", "port", "disk", "certificate"];
/// Days that a certificate has to be valid for, unless the block says otherwise.
const MIN_DAYS: u32 = 14;

/// What is looked up.
#[derive(Clone, Debug)]
pub enum FactKind {
    /// The output of a command.
    Command {
        /// Shell text.
        command: Text,
        /// Run by root.
        sudo: bool,
    },
    /// The content of a docker image, by its name.
    Image(Text),
    /// The SHA-256 of a file.
    LockFile(Text),
    /// Whether something listens on a TCP port.
    Port(u16),
    /// How full the disk below a path is, in percent.
    Disk {
        /// The path.
        path: Text,
        /// The most it may be.
        max: Option<u8>,
    },
    /// How long the certificate of a TLS server is valid.
    Certificate {
        /// `host:port`, as the host sees it.
        address: Text,
        /// Days it has to be valid for at least.
        min_days: u32,
    },
}

/// What a fact should be.
#[derive(Clone, Debug)]
pub enum Expected {
    /// This text.
    Text(Text),
    /// What a pattern matches.
    Pattern(Regex),
}

/// A `fact` block.
#[derive(Clone, Debug)]
pub struct FactSpec {
    /// Its label.
    pub name: Name,
    /// What is looked up.
    pub kind: FactKind,
    /// What makes it a check.
    pub expect: Option<Expected>,
    /// The block's header.
    pub span: Span,
}

/// What may stand in the block.
pub(super) fn schema() -> BlockSchema {
    BlockSchema::new()
        .attr("command", string().optional())
        .attr("sudo", boolean().optional())
        .attr("image", string().optional())
        .attr("lock_file", string().optional())
        .attr("port", number().optional())
        .attr("disk", string().optional())
        .attr("max", number().optional())
        .attr("certificate", string().optional())
        .attr("min_days", number().optional())
        .attr("expect", string().optional())
}

/// Reads all blocks, whose names differ.
pub(super) fn decode_all(blocks: &[(&Block, Value)], diagnostics: &mut Diagnostics) -> Vec<FactSpec> {
    let mut facts: Vec<FactSpec> = Vec::new();
    for (block, value) in blocks {
        let Some(fact) = decode(block, value, diagnostics) else { continue };
        if let Some(first) = facts.iter().find(|f| f.name == fact.name) {
            let detail = format!("There is a fact {:?} already.", fact.name);
            diagnostics.push(Diagnostic::error("Duplicate fact", detail).at(fact.span).within(first.span));
            continue;
        }
        facts.push(fact);
    }
    facts
}

/// Reads one block; `None` when it says nothing that can be looked up.
fn decode(block: &Block, value: &Value, diagnostics: &mut Diagnostics) -> Option<FactSpec> {
    let r = Reader { value, body: &block.body, at: block.header };
    let label = block.labels.first().filter(|l| block.labels.len() == 1 && is_name(&l.name.replace('-', "_")));
    let Some(label) = label else {
        let detail = "A fact block has one label, its name: letters, digits, underscores and dashes.";
        diagnostics.push(Diagnostic::error("Invalid fact", detail).at(block.header).help("Write it like: fact \"python\" { ... }"));
        return None;
    };
    let given: Vec<&str> = KINDS.into_iter().filter(|k| r.get(k).is_some()).collect();
    let &[kind] = given.as_slice() else {
        let detail =
            if given.is_empty() { "The block names none.".to_string() } else { format!("{} exclude each other.", given.join(" and ")) };
        let help = "Exactly one of: command, image, lock_file, port, disk, certificate.";
        diagnostics.push(Diagnostic::error("A fact needs exactly one kind", detail).at(block.header).help(help));
        return None;
    };
    for (part, owner) in [("max", "disk"), ("min_days", "certificate"), ("sudo", "command")] {
        if r.get(part).is_some() && kind != owner {
            diagnostics.push(r.error(part, "Argument without effect", format!("{part} belongs to {owner}, not to {kind}.")));
        }
    }
    Some(FactSpec { name: label.name.clone(), kind: what(kind, &r, diagnostics)?, expect: expected(&r, diagnostics), span: block.header })
}

fn what(kind: &str, r: &Reader<'_>, diagnostics: &mut Diagnostics) -> Option<FactKind> {
    if kind == "port" {
        return Some(FactKind::Port(r.number("port", 1, diagnostics)?));
    }
    let text = r.text(kind)?;
    if let ("certificate", Some(bad)) = (kind, text.known().filter(|t| !is_address(t))) {
        let detail = format!("{bad:?} is not host:port.");
        diagnostics.push(r.error("certificate", "Invalid address", detail).help("Write it like \"example.com:443\"."));
    }
    Some(match kind {
        "command" => FactKind::Command { command: text, sudo: r.flag("sudo", false) },
        "image" => FactKind::Image(text),
        "lock_file" => FactKind::LockFile(text),
        "disk" => FactKind::Disk { path: text, max: r.number("max", 1, diagnostics) },
        _ => FactKind::Certificate { address: text, min_days: r.number("min_days", 0, diagnostics).unwrap_or(MIN_DAYS) },
    })
}

fn is_address(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-[]:_".contains(c);
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && !host.starts_with('-') && host.chars().all(plain) && port.parse::<u16>().is_ok())
}

fn expected(r: &Reader<'_>, diagnostics: &mut Diagnostics) -> Option<Expected> {
    let text = r.text("expect")?;
    let pattern = text.known().and_then(|t| t.strip_prefix('/')?.strip_suffix('/'));
    let Some(pattern) = pattern else { return Some(Expected::Text(text)) };
    match Regex::new(pattern) {
        Ok(regex) => Some(Expected::Pattern(regex)),
        Err(e) => {
            let why = e.to_string();
            let why = why.lines().last().unwrap_or("").trim_start_matches("error: ");
            diagnostics.push(r.error("expect", "Invalid pattern", format!("/{pattern}/ is no regular expression: {why}.")));
            None
        }
    }
}

impl FactSpec {
    /// Whether its value says something about the application; how full a disk is only counts against its limit.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        !matches!(self.kind, FactKind::Disk { .. } | FactKind::Certificate { .. })
    }

    /// Whether a value can be wrong.
    #[must_use]
    pub fn is_check(&self) -> bool {
        let limited = matches!(self.kind, FactKind::Port(_) | FactKind::Disk { max: Some(_), .. } | FactKind::Certificate { .. });
        limited || self.expect.is_some()
    }

    /// Shell text that prints it; `None` while something in it is unknown. `$t` limits the time of a program.
    #[must_use]
    pub fn script(&self, app: &AppSpec) -> Option<String> {
        Some(match &self.kind {
            FactKind::Command { command, sudo: false } => format!("{}{}\n", app.enter(), command.known()?),
            FactKind::Command { command, sudo: true } => {
                let script = format!("{}{}\n", app.enter(), command.known()?);
                // printf is the shell's own: nothing of the command is in a process list.
                format!("printf %s {} | r sh -c 'eval \"$(cat)\"'\n", quote(&script))
            }
            FactKind::Image(name) => {
                let format = "{{if .RepoDigests}}{{index .RepoDigests 0}}{{else}}{{.Id}}{{end}}";
                format!("$t docker image inspect --format {} {}\n", quote(format), quote(name.known()?))
            }
            FactKind::LockFile(path) => {
                let path = quote_path(&app.on_host(path.known()?)?);
                format!(
                    "if command -v sha256sum >/dev/null; then sha256sum < {path}; else shasum -a 256 < {path}; fi | cut -d' ' -f1\n[ -r {path} ]\n"
                )
            }
            FactKind::Port(port) => format!(
                "awk '$4 == \"0A\" {{ n = split($2, a, \":\"); if (a[n] == \"{port:04X}\") f = 1 }} END {{ print (f ? \"listening\" : \"closed\") }}' \
                 /proc/net/tcp $(ls /proc/net/tcp6 2>/dev/null)\n"
            ),
            FactKind::Disk { path, .. } => {
                format!("$t df -P {} | awk 'NR == 2 {{ sub(\"%\", \"\", $5); print $5 }}'\n", quote_path(&app.on_host(path.known()?)?))
            }
            FactKind::Certificate { address, .. } => {
                let address = address.known()?;
                let host = address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']']);
                format!(
                    "$t openssl s_client -connect {} -servername {} </dev/null 2>/dev/null | openssl x509 -noout -enddate\n",
                    quote(address),
                    quote(host)
                )
            }
        })
    }

    /// What people and records call the value that [`FactSpec::script`] printed. `today` is a day's number.
    ///
    /// # Errors
    /// When what was printed is no answer.
    pub fn read(&self, printed: &str, now: jiff::Timestamp) -> Result<String, String> {
        let text = printed.trim();
        match &self.kind {
            _ if text.is_empty() => Err("nothing was printed".into()),
            FactKind::Disk { .. } => text.parse::<u8>().map(|n| format!("{n}%")).map_err(|_| format!("df said {text:?}")),
            FactKind::Certificate { .. } => {
                let end = expiry(text).ok_or_else(|| format!("openssl said {text:?}"))?;
                Ok(format!("valid for {} days, until {}", days_between(now, end), end.strftime("%F")))
            }
            _ => Ok(text.to_string()),
        }
    }

    /// What is wrong with a value, if anything is.
    #[must_use]
    pub fn problem(&self, value: &str) -> Option<String> {
        let number = |text: &str| {
            text.chars()
                .skip_while(|c| !c.is_ascii_digit() && *c != '-')
                .take_while(|c| !c.is_whitespace() && *c != '%')
                .collect::<String>()
        };
        match (&self.kind, &self.expect) {
            (_, Some(Expected::Text(wanted))) => {
                let wanted_text = wanted.known()?;
                (wanted_text != value).then(|| format!("expected {wanted}"))
            }
            (_, Some(Expected::Pattern(pattern))) => (!pattern.is_match(value)).then(|| format!("expected /{pattern}/")),
            (FactKind::Port(_), None) => (value != "listening").then(|| "expected listening".to_string()),
            (FactKind::Disk { max: Some(max), .. }, None) => {
                let used: u8 = number(value).parse().ok()?;
                (used > *max).then(|| format!("expected {max}% at most"))
            }
            (FactKind::Certificate { min_days, .. }, None) => {
                let left: i64 = number(value).parse().ok()?;
                (left < i64::from(*min_days)).then(|| format!("expected {min_days} days at least"))
            }
            _ => None,
        }
    }
}

/// `notAfter=Jun  1 12:00:00 2027 GMT`
fn expiry(text: &str) -> Option<jiff::Timestamp> {
    let words: Vec<&str> = text.strip_prefix("notAfter=")?.split_whitespace().collect();
    let [month, day, time, year, _] = words.as_slice() else { return None };
    let civil = jiff::civil::DateTime::strptime("%b %d %H:%M:%S %Y", format!("{month} {day} {time} {year}")).ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

fn days_between(from: jiff::Timestamp, to: jiff::Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(86400)
}

#[cfg(test)]
#[path = "fact_tests.rs"]
mod tests;
