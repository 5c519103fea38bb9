//! Plans and applies against a fake provider; after every clean apply the next plan is empty.

mod actions;
mod enabled;
mod ephemeral;
mod failures;
mod fake;
mod killed;
mod order;
mod partial;
mod provider_each;
mod saved;
mod values;

use super::*;
use crate::config::{Config, LoadRequest, load};
use crate::diag::{Diagnostics, SourceMap};
use crate::files::MemFiles;
use crate::lang::CallEnv;
use crate::plan::{Plan, PlanInput, PlanMode, PlanOptions, Planned};
use crate::provider::Registry;
use crate::schema::SchemaSource;
use crate::state::{ObjectState, State, Style, read};
use crate::store::{Journal, JournalEntry, LockGuard, LockInfo, StoreError};
use crate::value::{Name, Value};
use async_trait::async_trait;
use fake::{Cloud, FakeProvider};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Runs nothing.
struct NoPrograms;

#[async_trait]
impl crate::provisioner::Provisioner for NoPrograms {
    async fn run(
        &self,
        job: &crate::provisioner::Job,
        _lines: crate::provisioner::Lines<'_>,
    ) -> Result<(), crate::provisioner::ProvisionError> {
        Err(crate::provisioner::ProvisionError::new("No programs here", format!("{job:?}")))
    }
}

/// A store in memory: what was written last, and what the journal was told.
#[derive(Default)]
struct Memory {
    info: LockInfo,
    state: Mutex<Vec<u8>>,
    journal: Arc<Notes>,
}

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

#[async_trait]
impl Journal for Notes {
    async fn begin(&self, entry: &JournalEntry) -> Result<(), StoreError> {
        self.0.lock().unwrap().push(format!("begin {}", entry.intent.addr));
        Ok(())
    }
    async fn reached(&self, _id: &str, _object: &ObjectState) -> Result<(), StoreError> {
        self.0.lock().unwrap().push("reached".into());
        Ok(())
    }
    fn noted(&self, _id: &str, _object: &ObjectState) {
        self.0.lock().unwrap().push("noted".into());
    }
    async fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
    fn end(&self, _id: &str, object: Option<&ObjectState>) {
        self.0.lock().unwrap().push(format!("end {}", if object.is_some() { "object" } else { "nothing" }));
    }
    fn made(&self, entry: &JournalEntry, _object: Option<&ObjectState>) {
        self.0.lock().unwrap().push(format!("made {}", entry.intent.addr));
    }
    async fn saving(&self, _state: &[u8]) -> Result<(), StoreError> {
        Ok(())
    }
    async fn saved(&self, _ids: &[String]) -> Result<(), StoreError> {
        Ok(())
    }
    async fn clear(&self) -> Result<(), StoreError> {
        self.0.lock().unwrap().push("clear".into());
        Ok(())
    }
}

#[async_trait]
impl LockGuard for Memory {
    fn info(&self) -> &LockInfo {
        &self.info
    }
    fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
    async fn write_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        *self.state.lock().unwrap() = bytes.to_vec();
        Ok(())
    }
    async fn write_record(&self, _name: &str, _bytes: &[u8]) -> Result<(), StoreError> {
        Ok(())
    }
    async fn delete_record(&self, _name: &str) -> Result<(), StoreError> {
        Ok(())
    }
    fn journal(&self) -> Arc<dyn Journal> {
        self.journal.clone()
    }
    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A place to plan and apply in: cloud and state survive between calls.
struct House {
    cloud: Cloud,
    state: State,
    variables: BTreeMap<Name, Value>,
    options: PlanOptions,
    files: BTreeMap<String, String>,
    journal: Arc<Notes>,
    cancelled: bool,
}

fn house(text: &str) -> House {
    let mut house = House {
        cloud: Cloud::default(),
        state: State::default(),
        variables: BTreeMap::new(),
        options: PlanOptions::default(),
        files: BTreeMap::new(),
        journal: Arc::default(),
        cancelled: false,
    };
    house.write(text);
    house
}

impl House {
    fn write(&mut self, text: &str) -> &mut Self {
        self.files.insert("main.tf".into(), text.into());
        self
    }

    fn loaded(&self) -> (Option<Config>, CallEnv, Diagnostics) {
        let files: MemFiles = self.files.iter().map(|(p, t)| (format!("/p/{p}"), t)).collect();
        let (sources, mut diags) = (SourceMap::new(), Diagnostics::new());
        let config = load(&LoadRequest { environment: None, cwd: "/p".into() }, &files, sources.clone(), &mut diags);
        (config, CallEnv::new("/p", Arc::new(files), sources), diags)
    }

    fn config(&self) -> (Arc<Config>, CallEnv) {
        let (config, env, diags) = self.loaded();
        assert!(!diags.has_errors(), "{diags:#?}");
        (Arc::new(config.unwrap()), env)
    }

    fn providers(&self) -> ConfiguredProviders {
        let mut registry = Registry::new();
        registry.add(Arc::new(FakeProvider { cloud: self.cloud.clone() }));
        ConfiguredProviders::new(registry)
    }

    async fn planned(&self, providers: &mut ConfiguredProviders) -> Planned {
        self.try_plan(providers).await.unwrap_or_else(|d| panic!("{d:#?}"))
    }

    async fn try_plan(&self, providers: &mut ConfiguredProviders) -> Result<Planned, Diagnostics> {
        let (config, env) = self.config();
        let input = PlanInput {
            config,
            schemas: Arc::new(providers.registry().clone()) as Arc<dyn SchemaSource>,
            state: self.state.clone(),
            variables: self.variables.clone(),
            options: self.options.clone(),
            env,
            workspace: "default".into(),
        };
        plan(input, providers, &Silent).await
    }

    /// The plan as lines `action address`, no-ops left out.
    async fn plan(&self) -> Vec<String> {
        let planned = self.planned(&mut self.providers()).await;
        let plan = planned.plan.unwrap_or_else(|| panic!("{:#?}", planned.diags));
        lines(&plan)
    }

    async fn errors(&self) -> Vec<String> {
        let diags = self.try_plan(&mut self.providers()).await.map_or_else(|d| d, |planned| planned.diags);
        diags.iter().filter(|d| d.is_error()).map(|d| format!("{}: {}", d.summary, d.detail)).collect()
    }

    /// The same, those of loading among them.
    async fn try_errors(&self) -> Vec<String> {
        let diags = self.loaded().2;
        if !diags.has_errors() {
            return self.errors().await;
        }
        diags.iter().filter(|d| d.is_error()).map(|d| format!("{}: {}", d.summary, d.detail)).collect()
    }

    async fn apply(&mut self) -> ApplyResult {
        let mut providers = self.providers();
        let planned = self.planned(&mut providers).await;
        let plan = planned.plan.unwrap_or_else(|| panic!("{:#?}", planned.diags));
        self.apply_plan(&plan, &mut providers).await
    }

    async fn apply_plan(&mut self, plan: &Plan, providers: &mut ConfiguredProviders) -> ApplyResult {
        let (config, env) = self.config();
        let schemas = Arc::new(providers.registry().clone());
        let input = ResolveInput { config, schemas, variables: self.variables.clone(), env, workspace: "default".into() };
        let mut resolver = Resolver::new(input, plan).unwrap();
        let memory = Memory { journal: self.journal.clone(), ..Memory::default() };
        let (_sender, cancel) = watch::channel(self.cancelled);
        let result = super::apply(ApplyInput {
            plan,
            providers,
            guard: &memory,
            resolve: &mut resolver,
            events: &Silent,
            provisioner: &NoPrograms,
            cancel,
            leave: watch::channel(false).1,
            watched: Watched::default(),
            healed: false,
            patience: std::time::Duration::ZERO,
            parallelism: 10,
            // After every step, where that stays cheap.
            pause: if plan.changes.len() < 100 { std::time::Duration::ZERO } else { crate::engine::PAUSE },
            style: Style::Compact,
            stored: !self.state.lineage.is_empty(),
        })
        .await;
        let bytes = memory.state.lock().unwrap().clone();
        if !bytes.is_empty() {
            assert_eq!(read(&bytes).unwrap(), result.state, "what was written is what is");
        }
        self.state = result.state.clone();
        result
    }

    /// Applies, expects no error, and expects the next plan to be empty.
    async fn converge(&mut self) -> Vec<String> {
        self.cloud.get().log.clear();
        let result = self.apply().await;
        assert!(!result.diags.has_errors(), "{:#?}", result.diags);
        self.assert_empty().await;
        self.calls()
    }

    async fn assert_empty(&mut self) {
        let log = self.cloud.get().log.clone();
        let planned = self.planned(&mut self.providers()).await;
        self.cloud.get().log = log;
        let plan = planned.plan.unwrap_or_else(|| panic!("{:#?}", planned.diags));
        assert!(plan.is_empty(), "{:?} {:?}", lines(&plan), plan.outputs);
        assert!(plan.drift.is_empty(), "{:#?}", plan.drift);
    }

    /// Mutating calls so far.
    fn calls(&self) -> Vec<String> {
        self.cloud.get().log.iter().filter(|l| !l.starts_with("configure")).cloned().collect()
    }
}

fn lines(plan: &Plan) -> Vec<String> {
    let changes = plan.changes.iter().filter(|c| c.action != crate::plan::Action::NoOp);
    changes.map(|c| format!("{:?} {}{}", c.action, c.addr, c.deposed.as_ref().map(|_| " (deposed)").unwrap_or_default())).collect()
}
