//! `test`: runs the files of a module's tests, each in a state of its own, and takes down what they made.
//!
//! A run plans (and applies) like `plan` and `apply` do, with the planner and the engine as they are;
//! its configuration is a [`stage`](crate::config::testing::stage). States live in memory: the
//! environment's backend is never opened.

mod assert;
mod cleanup;
mod expect;
mod file;
mod names;
mod outcome;
mod run;
mod variables;

pub use file::run_file;
pub use outcome::{FileResult, Leftover, RunResult, Shown, TestStatus};

use crate::config::Config;
use crate::diag::Diagnostics;
use crate::engine::{ConfiguredProviders, Events};
use crate::lang::CallEnv;
use crate::plan::Plan;
use crate::provider::Registry;
use crate::provisioner::Provisioner;
use crate::value::{Name, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

/// What the caller knows and does for tests.
pub trait TestHost: Send + Sync {
    /// The configuration in a folder, for runs with a `module` block.
    fn load(&self, folder: &Path, diags: &mut Diagnostics) -> Option<Config>;
    /// What was given for the root variables of a configuration, defaults included.
    fn variables(&self, config: &Config, diags: &mut Diagnostics) -> BTreeMap<Name, Value>;
    /// Whether these providers may be used.
    ///
    /// # Errors
    /// When they lead somewhere else than they should.
    fn allowed(&self, providers: &ConfiguredProviders) -> Result<(), Diagnostics>;
    /// A plan was made: its secrets are to be masked.
    fn learn(&self, plan: &Plan);
    /// A run begins.
    fn begins(&self, file: &str, run: &str);
}

/// What all test files share.
pub struct Bench<'a> {
    /// The configuration under test.
    pub config: Arc<Config>,
    /// The real providers.
    pub registry: Registry,
    /// The surroundings of function calls while planning.
    pub plan_env: CallEnv,
    /// The same while applying.
    pub apply_env: CallEnv,
    /// `terraform.workspace`
    pub workspace: String,
    /// Carries out provisioners.
    pub provisioner: &'a dyn Provisioner,
    /// Who listens to the engine.
    pub events: &'a dyn Events,
    /// The caller.
    pub host: &'a dyn TestHost,
    /// Turns true when no run is to begin any more.
    pub cancel: watch::Receiver<bool>,
    /// Turns true when everything is to end at once.
    pub leave: watch::Receiver<bool>,
    /// How many objects at once.
    pub parallelism: usize,
}
