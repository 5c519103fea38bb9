//! One run: variables, stage, plan, apply, judgement.

use super::file::{FileRun, Last};
use super::names::{FileScope, root_outputs};
use super::variables::{RunVariables, variables};
use super::{RunResult, Shown, TestStatus, assert, expect};
use crate::config::Config;
use crate::config::testing::{TestCommand, TestRun, stage};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ApplyInput, ApplyResult, ConfiguredProviders, ResolveInput, Resolver, Watched};
use crate::plan::eval::Evaluator;
use crate::plan::{Plan, PlanInput, PlanMode, PlanOptions};
use crate::provider::MockProvider;
use crate::state::{State, Style};
use crate::store::MemoryLock;
use crate::value::{Name, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

/// What a plan of a run starts from.
pub(super) struct Setting {
    pub config: Arc<Config>,
    pub variables: BTreeMap<Name, Value>,
    pub state: State,
    pub options: PlanOptions,
}

/// A plan with the providers it was made with.
pub(super) struct Made {
    /// `None` after an error.
    pub plan: Option<Plan>,
    pub diags: Diagnostics,
    pub eval: Option<Evaluator>,
    pub providers: ConfiguredProviders,
}

impl FileRun<'_> {
    /// Carries out a run.
    pub(super) async fn run(&mut self, index: usize, run: &TestRun) -> RunResult {
        let mut diags = Diagnostics::new();
        let (status, shown) = match self.prepare(index, run, &mut diags) {
            Some((folder, last, all)) => self.carry_out(run, folder, last, &all, &mut diags).await,
            None => (TestStatus::Error, None),
        };
        // A warning is shown with the run it came up in first.
        let fresh: Diagnostics = diags.into_iter().filter(|d| d.is_error() || !self.warned.iter().any(|w| w == d)).collect();
        self.warned.extend(fresh.iter().filter(|d| !d.is_error()).cloned().collect());
        RunResult { name: run.name.clone(), status, diags: fresh, shown }
    }

    /// The stage of a run, with its variables; `None` after an error.
    fn prepare(&mut self, index: usize, run: &TestRun, diags: &mut Diagnostics) -> Option<(PathBuf, Last, BTreeMap<Name, Value>)> {
        let (folder, config) = self.module(run, diags)?;
        let mut found = Diagnostics::new();
        let given = self.bench.host.variables(&config, &mut found);
        let env = &self.bench.plan_env;
        let RunVariables { own, all } = variables(&config, (self.file, run), given, &self.outputs, env, &mut found);
        let scope = FileScope { variables: &all, outputs: &self.outputs, env };
        let staged = stage(&config, self.file, run, index, &scope, &mut found);
        for double in staged.doubles {
            let Some(inner) = self.registry.provider(&double.of).cloned() else { continue };
            let mock = MockProvider::new(double, inner);
            found.extend(mock.remarks());
            self.registry.add(Arc::new(mock));
        }
        let wrong = found.has_errors();
        diags.extend(found);
        let last = Last { index, name: run.name.clone(), config: Arc::new(staged.config), variables: own };
        (!wrong).then_some((folder, last, all))
    }

    async fn carry_out(
        &mut self,
        run: &TestRun,
        folder: PathBuf,
        last: Last,
        all: &BTreeMap<Name, Value>,
        diags: &mut Diagnostics,
    ) -> (TestStatus, Option<Shown>) {
        let state = self.states.get(&folder).map(|k| k.state.clone()).unwrap_or_default();
        let options = PlanOptions {
            mode: if run.refresh_only { PlanMode::RefreshOnly } else { PlanMode::Normal },
            targets: run.targets.clone(),
            replace: run.replace.clone(),
            refresh: run.refresh,
            ..PlanOptions::default()
        };
        let setting = Setting { config: last.config.clone(), variables: last.variables.clone(), state, options };
        let made = self.plan(&setting).await;
        if run.command == TestCommand::Plan {
            return self.judge_plan(run, made, all, diags);
        }
        let found = expect::before_apply(&run.expected, made.diags, &setting.config);
        let (plan, mut providers) = match (made.plan, found.has_errors()) {
            (Some(plan), false) => (plan, made.providers),
            _ => {
                diags.extend(found);
                return (TestStatus::Error, None);
            }
        };
        diags.extend(found);
        let imported: Vec<_> = plan.changes.iter().filter(|c| c.importing.is_some()).map(|c| c.addr.clone()).collect();
        let kept = self.states.entry(folder.clone()).or_default();
        kept.imported.extend(imported);
        let cancel = self.bench.cancel.clone();
        let (result, resolver) = match self.apply(&setting, &plan, &mut providers, cancel).await {
            Ok(done) => done,
            Err(found) => {
                diags.extend(found);
                return (TestStatus::Error, None);
            }
        };
        if let Some(kept) = self.states.get_mut(&folder) {
            kept.state = result.state.clone();
            kept.last = Some(last.clone());
        }
        let mut found = result.diags;
        if result.interrupted {
            self.interrupted = true;
            found.push(Diagnostic::error(
                "Test interrupted",
                "The run was stopped before everything was made; what was made is taken down.",
            ));
        }
        let found = expect::assess(&run.expected, found, &setting.config);
        let failed = found.has_errors();
        diags.extend(found);
        let shown = Some(Shown::State(Box::new(result.state)));
        if failed {
            return (TestStatus::Error, shown);
        }
        let eval = resolver.into_evaluator();
        self.outputs.insert(run.name.clone(), root_outputs(&eval));
        (assert::judge(run, &eval, all, &self.outputs, diags), shown)
    }

    fn judge_plan(
        &mut self,
        run: &TestRun,
        made: Made,
        all: &BTreeMap<Name, Value>,
        diags: &mut Diagnostics,
    ) -> (TestStatus, Option<Shown>) {
        let config = made.eval.as_ref().map(|e| e.config().clone());
        let found = match &config {
            Some(config) => expect::assess(&run.expected, made.diags, config),
            None => made.diags,
        };
        let failed = found.has_errors();
        diags.extend(found);
        let shown = made.plan.map(|plan| Shown::Plan(Box::new(plan)));
        let Some(eval) = made.eval.filter(|_| !failed) else { return (TestStatus::Error, shown) };
        self.outputs.insert(run.name.clone(), root_outputs(&eval));
        (assert::judge(run, &eval, all, &self.outputs, diags), shown)
    }

    /// Plans; what went wrong is in the result.
    pub(super) async fn plan(&self, setting: &Setting) -> Made {
        let mut providers = ConfiguredProviders::new(self.registry.clone());
        let input = PlanInput {
            config: setting.config.clone(),
            schemas: Arc::new(self.registry.clone()),
            state: setting.state.clone(),
            variables: setting.variables.clone(),
            options: setting.options.clone(),
            env: self.bench.plan_env.clone(),
            workspace: self.bench.workspace.clone(),
        };
        let planned = match crate::engine::plan(input, &mut providers, self.bench.events).await {
            Ok(planned) => planned,
            Err(diags) => return Made { plan: None, diags, eval: None, providers },
        };
        let mut diags = planned.diags;
        if let Some(plan) = &planned.plan {
            self.bench.host.learn(plan);
        }
        if let Err(found) = self.bench.host.allowed(&providers) {
            diags.extend(found);
        }
        Made { plan: planned.plan, diags, eval: Some(planned.eval), providers }
    }

    /// Applies a plan into memory.
    ///
    /// # Errors
    /// When the configuration cannot be evaluated again.
    pub(super) async fn apply(
        &self,
        setting: &Setting,
        plan: &Plan,
        providers: &mut ConfiguredProviders,
        cancel: watch::Receiver<bool>,
    ) -> Result<(ApplyResult, Resolver), Diagnostics> {
        let input = ResolveInput {
            config: setting.config.clone(),
            schemas: Arc::new(self.registry.clone()),
            variables: setting.variables.clone(),
            env: self.bench.apply_env.clone(),
            workspace: self.bench.workspace.clone(),
        };
        let mut resolver = Resolver::new(input, plan)?;
        let guard = MemoryLock::new();
        let result = crate::engine::apply(ApplyInput {
            plan,
            providers,
            guard: &guard,
            resolve: &mut resolver,
            events: self.bench.events,
            provisioner: self.bench.provisioner,
            cancel,
            leave: self.bench.leave.clone(),
            watched: Watched::default(),
            healed: false,
            patience: std::time::Duration::ZERO,
            parallelism: self.bench.parallelism,
            style: Style::Compact,
            stored: false,
            pause: crate::engine::PAUSE,
        })
        .await;
        Ok((result, resolver))
    }
}
