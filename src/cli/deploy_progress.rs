//! Progress of a deploy: what is waited for, steps, output of commands with the app's name.

use super::progress::Progress;
use super::session::Session;
use crate::deploy::{DeployEvent, DeploySink, WaitingFor};
use crate::report::json::Line;
use crate::report::{Style, render_diagnostic};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Without a terminal a wait is told this often.
const TELL: Duration = Duration::from_secs(15);

/// Listens to a deploy and tells people.
pub struct DeployProgress<'a> {
    style: Style,
    sources: Arc<crate::diag::SourceMap>,
    lines: &'a Progress,
    told: Mutex<Option<(String, Duration)>>,
    every: Duration,
}

impl<'a> DeployProgress<'a> {
    /// Prints through `lines`.
    #[must_use]
    pub fn new(session: &Session, lines: &'a Progress) -> Self {
        let every = if session.interactive { Duration::from_secs(3) } else { TELL };
        DeployProgress { style: session.style, sources: session.sources.clone(), lines, told: Mutex::default(), every }
    }

    /// Whether this wait should be told again.
    fn due(&self, what: &str, elapsed: Duration) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.as_ref().is_none_or(|(last, at)| last != what || elapsed >= *at + self.every);
        if due {
            *told = Some((what.to_string(), elapsed));
        }
        due
    }
}

fn seconds(d: Duration) -> String {
    let s = d.as_secs();
    if s < 60 { format!("{s}s") } else { format!("{}m{:02}s", s / 60, s % 60) }
}

impl DeploySink for DeployProgress<'_> {
    fn event(&self, event: DeployEvent) {
        if self.lines.emit(|| Line::deploy(&event, &self.sources)) {
            return;
        }
        let name = |app: &str| self.style.bold(&format!("app.{app}"));
        match event {
            DeployEvent::Waiting { app, host, what, elapsed, left, last } => {
                let what = match what {
                    WaitingFor::Ssh => format!("SSH on {host}"),
                    WaitingFor::File(path) => format!("{path} on {host}"),
                    WaitingFor::Health(check) => check,
                };
                if self.due(&format!("{app} {what}"), elapsed) {
                    let said = last.map(|l| format!(" ({l})")).unwrap_or_default();
                    self.lines.line(&format!("{}: waiting for {what}, {} left{said}", name(&app), seconds(left)));
                }
            }
            DeployEvent::Connected { app, host } => self.lines.line(&format!("{}: connected to {host}", name(&app))),
            DeployEvent::StepStarted { app, detail, .. } => self.lines.line(&format!("{}: {detail}", name(&app))),
            DeployEvent::Notice { app, text } => self.lines.line(&format!("{}: {text}", name(&app))),
            DeployEvent::StepFinished { .. } => {}
            DeployEvent::Output { app, line } => self.lines.line(&format!("{} {line}", self.style.dim(&format!("app.{app} |")))),
            DeployEvent::Warning { diagnostic, .. } => self.lines.line(&render_diagnostic(&diagnostic, &self.sources, &self.style)),
            DeployEvent::Finished { app, changed, elapsed } => {
                let how = if changed { format!("deployed after {}", seconds(elapsed)) } else { "nothing to do".into() };
                self.lines.line(&format!("{}: {how}", name(&app)));
            }
            DeployEvent::Failed { app, .. } => self.lines.line(&format!("{}: {}", name(&app), self.style.alert("failed"))),
        }
    }
}
