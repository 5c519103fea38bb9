//! One test file: its runs from top to bottom, then the clean-up.

use super::names::Outputs;
use super::{Bench, FileResult, RunResult, TestStatus};
use crate::addr::InstanceAddr;
use crate::config::Config;
use crate::config::testing::{TestFile, TestRun};
use crate::diag::{Diagnostic, Diagnostics};
use crate::files::clean;
use crate::provider::Registry;
use crate::state::State;
use crate::value::{Name, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// The state of one module, as runs leave it.
#[derive(Default)]
pub(super) struct Kept {
    pub state: State,
    /// The run that touched it last: what it is taken down with.
    pub last: Option<Last>,
    /// Objects that were taken over by import blocks, not made.
    pub imported: BTreeSet<InstanceAddr>,
}

/// What a run was planned with.
#[derive(Clone)]
pub(super) struct Last {
    pub index: usize,
    pub name: Name,
    pub config: Arc<Config>,
    pub variables: BTreeMap<Name, Value>,
}

/// A file under way.
pub(super) struct FileRun<'a> {
    pub bench: &'a Bench<'a>,
    pub file: &'a TestFile,
    /// Real providers and all stand-ins so far.
    pub registry: Registry,
    /// By folder of the module.
    pub states: BTreeMap<PathBuf, Kept>,
    pub outputs: Outputs,
    pub configs: BTreeMap<PathBuf, Arc<Config>>,
    /// Warnings that were shown with an earlier run.
    pub warned: Diagnostics,
    pub interrupted: bool,
}

/// Runs a file and cleans up after it.
pub async fn run_file(bench: &Bench<'_>, file: &TestFile) -> FileResult {
    let mut this = FileRun {
        bench,
        file,
        registry: bench.registry.clone(),
        states: BTreeMap::new(),
        outputs: Outputs::new(),
        configs: BTreeMap::new(),
        warned: Diagnostics::new(),
        interrupted: false,
    };
    let mut status = if file.runs.is_empty() { TestStatus::Pass } else { TestStatus::Pending };
    let mut runs = Vec::new();
    for (index, run) in file.runs.iter().enumerate() {
        let result = if status == TestStatus::Error || *bench.cancel.borrow() {
            RunResult { name: run.name.clone(), status: TestStatus::Skip, diags: Diagnostics::new(), shown: None }
        } else {
            bench.host.begins(&file.name, &run.name);
            this.run(index, run).await
        };
        status = status.max(result.status);
        runs.push(result);
    }
    let interrupted = this.interrupted || *bench.cancel.borrow();
    let (cleanup, leftovers, left) = this.clean_up().await;
    if !leftovers.is_empty() || cleanup.iter().any(|(_, d)| d.has_errors()) {
        status = TestStatus::Error;
    }
    FileResult { name: file.name.clone(), status, runs, cleanup, leftovers, left, registry: this.registry, interrupted }
}

impl FileRun<'_> {
    /// The module a run is about: its folder, which names its state, and its configuration.
    pub(super) fn module(&mut self, run: &TestRun, diags: &mut Diagnostics) -> Option<(PathBuf, Arc<Config>)> {
        let main = &self.bench.config;
        let Some(module) = &run.module else {
            // The module under test has a state of its own, also where a run names its folder.
            return Some((PathBuf::new(), main.clone()));
        };
        let local = ["./", "../"].iter().any(|p| module.source.starts_with(p)) || matches!(module.source.as_str(), "." | "..");
        if !local {
            let detail = format!("The run's module has the source {:?}; runs take modules from local folders so far.", module.source);
            let d = Diagnostic::error("Module source not supported yet", detail).at(module.span).within(run.span);
            diags.push(d.help("Write a module that calls it, and name that one's folder: source = \"./tests/setup\"."));
            return None;
        }
        let folder = clean(&main.root_dir.join(&module.source));
        if let Some(config) = self.configs.get(&folder) {
            return Some((folder, config.clone()));
        }
        let mut found = Diagnostics::new();
        let config = self.bench.host.load(&folder, &mut found);
        let wrong = found.has_errors();
        for mut d in found {
            if d.subject.is_none() {
                d = d.at(module.span).within(run.span);
            }
            diags.push(d);
        }
        let mut config = config.filter(|_| !wrong)?;
        // A helper runs where the module under test does.
        config.root_dir.clone_from(&main.root_dir);
        config.project_dir.clone_from(&main.project_dir);
        let config = Arc::new(config);
        self.configs.insert(folder.clone(), config.clone());
        Some((folder, config))
    }
}
