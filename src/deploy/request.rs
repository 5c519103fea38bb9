//! What a deploy is asked and what it answers.

use super::Identity;
use crate::app::{AppPlan, AppRecord, AppSpec, ReleaseRecord};
use crate::clock::Clock;
use crate::diag::Diagnostics;
use crate::files::Files;
use crate::remote::{Connector, GitSource, Local};
use crate::secret::Redactor;
use crate::value::Name;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

/// The world a deploy works in.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Opens connections.
    pub connector: &'a dyn Connector,
    /// This machine: health checks and hooks.
    pub local: &'a dyn Local,
    /// Reads repositories.
    pub git: &'a dyn GitSource,
    /// Reads the project's files.
    pub files: &'a dyn Files,
    /// The folder that holds `environments/`: templates, keys and ssh configurations are relative
    /// to it.
    pub project: &'a Path,
    /// What `~/` stands for in paths of this machine.
    pub home: Option<&'a Path>,
    /// Secrets of the run; those of the apps are added to it.
    pub redactor: &'a Redactor,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
}

/// One app to plan or to run.
#[derive(Clone, Debug)]
pub struct AppRequest {
    /// The block, evaluated.
    pub spec: AppSpec,
    /// What the last deploy did.
    pub record: Option<AppRecord>,
    /// Which machine the host is.
    pub identity: Identity,
    /// The commit to deploy, when a plan has resolved it already ([`AppPlan::commit`]).
    pub commit: Option<String>,
    /// The plan that was approved: an empty one is not run at all.
    pub approved: Option<AppPlan>,
    /// The release that has to come back, instead of what the block says.
    pub restore: Option<ReleaseRecord>,
}

impl AppRequest {
    /// The app's name in output: with its host, when it has several.
    #[must_use]
    pub fn label(&self) -> Name {
        self.spec.label()
    }
}

/// How a run is done.
pub struct RunOptions<'a> {
    /// Keeps records.
    pub records: &'a dyn super::RecordSink,
    /// Listens.
    pub sink: &'a dyn super::DeploySink,
    /// Time for records.
    pub clock: &'a dyn Clock,
    /// Name of the environment, for hooks.
    pub environment: &'a str,
    /// Who deploys (`user@host`).
    pub who: &'a str,
    /// Turns true when the run is to stop: no further step begins.
    pub cancel: watch::Receiver<bool>,
}

/// What came of an app.
#[derive(Debug)]
pub struct AppOutcome {
    /// The app.
    pub app: Name,
    /// What was done, or why it stopped.
    pub result: Result<Done, Diagnostics>,
    /// The record as it is now.
    pub record: Option<AppRecord>,
}

/// What was done.
#[derive(Debug)]
pub enum Done {
    /// Nothing had to be done.
    Unchanged,
    /// This.
    Deployed(Box<AppPlan>),
}
