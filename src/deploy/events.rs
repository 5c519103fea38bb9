//! What a deploy tells while it runs.

use crate::app::Step;
use crate::diag::{Diagnostic, Diagnostics};
use crate::value::Name;
use std::time::Duration;

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// The host to accept an SSH connection.
    Ssh,
    /// The marker file of the first boot.
    File(String),
    /// A health check.
    Health(String),
}

/// One thing that happened. Texts hold no secrets.
#[derive(Clone, Debug)]
pub enum DeployEvent {
    /// Still waiting; sent every few seconds.
    Waiting {
        /// The app.
        app: Name,
        /// Where.
        host: String,
        /// For what.
        what: WaitingFor,
        /// How long already.
        elapsed: Duration,
        /// How long at most from here.
        left: Duration,
        /// What the last attempt said.
        last: Option<String>,
    },
    /// The host answered.
    Connected {
        /// The app.
        app: Name,
        /// Where.
        host: String,
    },
    /// A step begins.
    StepStarted {
        /// The app.
        app: Name,
        /// Which.
        step: Step,
        /// In words: the commit, the number of files, the command.
        detail: String,
    },
    /// A step is done and recorded.
    StepFinished {
        /// The app.
        app: Name,
        /// Which.
        step: Step,
        /// How long it took.
        elapsed: Duration,
    },
    /// Something worth a line.
    Notice {
        /// The app.
        app: Name,
        /// What.
        text: String,
    },
    /// A line that a command printed.
    Output {
        /// The app.
        app: Name,
        /// The line.
        line: String,
    },
    /// Something to look at.
    Warning {
        /// The app.
        app: Name,
        /// What.
        diagnostic: Diagnostic,
    },
    /// The app is as it must be.
    Finished {
        /// The app.
        app: Name,
        /// Whether anything was done.
        changed: bool,
        /// How long it took.
        elapsed: Duration,
    },
    /// The app stopped; the next run goes on.
    Failed {
        /// The app.
        app: Name,
        /// Why.
        diagnostics: Diagnostics,
    },
}

/// Listens to a deploy.
pub trait DeploySink: Send + Sync {
    /// Called for everything that happens, from several tasks.
    fn event(&self, event: DeployEvent);
}
