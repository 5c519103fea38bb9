//! Where the logs of an application are: a `log` block, its docker compose services, or a systemd unit.

use super::commands::quote_path;
use super::reader::Reader;
use super::shell::{AS_ROOT, RemoteCommand, exports, quote};
use super::spec::AppSpec;
use super::text::Text;
use crate::diag::{Diagnostic, Diagnostics};
use crate::schema::{BlockSchema, boolean, string};

/// `log { }`
#[derive(Clone, Debug)]
pub struct LogSpec {
    /// What is shown.
    pub source: LogSource,
    /// Read by root.
    pub sudo: bool,
}

/// What a `log` block shows.
#[derive(Clone, Debug)]
pub enum LogSource {
    /// The output of a command; `ENVCTL_LINES`, `ENVCTL_FOLLOW` (`1` or empty) and `ENVCTL_SERVICE` say what is asked for.
    Command(Text),
    /// The journal of a systemd unit.
    Unit(Text),
    /// A file: absolute, below `~/`, or relative to the source.
    File(Text),
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogRequest<'a> {
    /// How many lines.
    pub lines: u32,
    /// Go on with what comes.
    pub follow: bool,
    /// A service of docker compose, or a systemd unit.
    pub service: Option<&'a str>,
}

/// What may stand in the block.
pub(super) fn schema() -> BlockSchema {
    BlockSchema::new()
        .attr("command", string().optional())
        .attr("unit", string().optional())
        .attr("file", string().optional())
        .attr("sudo", boolean().optional())
}

pub(super) fn decode(r: &Reader<'_>, diagnostics: &mut Diagnostics) -> Option<LogSpec> {
    let given: Vec<&str> = ["command", "unit", "file"].into_iter().filter(|n| r.get(n).is_some()).collect();
    let &[kind] = given.as_slice() else {
        let detail =
            if given.is_empty() { "The block names none.".to_string() } else { format!("{} exclude each other.", given.join(" and ")) };
        let help = "Exactly one of: command = \"...\", unit = \"web.service\", file = \"/var/log/web.log\".";
        diagnostics.push(Diagnostic::error("A log needs exactly one source", detail).at(r.at).help(help));
        return None;
    };
    let text = r.text(kind)?;
    let source = match kind {
        "command" => LogSource::Command(text),
        "unit" => LogSource::Unit(text),
        _ => LogSource::File(text),
    };
    Some(LogSpec { source, sudo: r.flag("sudo", false) })
}

impl AppSpec {
    /// The command that shows the logs.
    ///
    /// # Errors
    /// When nothing says where they are, or it is not known yet: in words, with what to do.
    pub fn log_command(&self, asked: LogRequest<'_>) -> Result<RemoteCommand, (String, &'static str)> {
        const LATER: &str = "Apply the environment first.";
        let unknown = |what: &str| (format!("{what} is known after apply."), LATER);
        let Some(log) = &self.log else { return self.other_logs(asked) };
        let root = if log.sudo { "r " } else { "" };
        let lines = asked.lines;
        let body = match &log.source {
            LogSource::Command(text) => {
                return Ok(self.own_command(text.known().ok_or_else(|| unknown("The log command"))?, log.sudo, asked));
            }
            LogSource::Unit(unit) => {
                let unit = asked.service.or(unit.known()).ok_or_else(|| unknown("The unit of the log"))?;
                journal(root, unit, asked)
            }
            LogSource::File(path) => {
                let path = path.known().and_then(|p| self.on_host(p)).ok_or_else(|| unknown("The path of the log"))?;
                let follow = if asked.follow { " -F" } else { "" };
                format!("{root}tail -n {lines}{follow} -- {}\n", quote_path(&path))
            }
        };
        Ok(RemoteCommand::script(format!("{AS_ROOT}\n{body}")))
    }

    fn own_command(&self, command: &str, sudo: bool, asked: LogRequest<'_>) -> RemoteCommand {
        let lines = asked.lines.to_string();
        let follow = if asked.follow { "1" } else { "" };
        let env = exports([("ENVCTL_LINES", lines.as_str()), ("ENVCTL_FOLLOW", follow), ("ENVCTL_SERVICE", asked.service.unwrap_or(""))]);
        let script = format!("{}{env}{command}\n", self.enter());
        if sudo { RemoteCommand::root_script(script) } else { RemoteCommand::script(script) }
    }

    /// Goes to the checkout, where there is one.
    pub(super) fn enter(&self) -> String {
        let root = self.source.as_ref().and_then(super::SourceSpec::root);
        root.map(|root| format!("cd {} || exit 1\n", quote_path(&root))).unwrap_or_default()
    }

    fn other_logs(&self, asked: LogRequest<'_>) -> Result<RemoteCommand, (String, &'static str)> {
        if let Some(services) = &self.services {
            let compose = services
                .compose(self)
                .ok_or_else(|| ("The services block is known after apply.".to_string(), "Apply the environment first."))?;
            let follow = if asked.follow { " --follow" } else { "" };
            let service = asked.service.map(|s| format!(" {}", quote(s))).unwrap_or_default();
            return Ok(RemoteCommand::script(format!("{AS_ROOT}\n{compose} logs --no-color --tail {}{follow}{service}\n", asked.lines)));
        }
        if let Some(unit) = asked.service {
            return Ok(RemoteCommand::script(journal("", unit, asked)));
        }
        Err((
            "The app block says nothing about logs, and no systemd unit was named.".to_string(),
            "Add log { unit = \"web.service\" } (or command, or file) to the block, or services { } for docker compose; or name a unit: envctl logs ENV APP UNIT.",
        ))
    }
}

fn journal(root: &str, unit: &str, asked: LogRequest<'_>) -> String {
    let follow = if asked.follow { " --follow" } else { "" };
    format!("{root}journalctl --no-pager --lines {}{follow} --unit {}\n", asked.lines, quote(unit))
}
