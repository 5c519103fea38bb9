//! Killed at every moment (each write of state, journal and records, each call before and after its
//! effect), a run is finished by the next: no duplicate, no orphan, the state of an undisturbed run.

mod cases;
mod cloud;
mod fuse;
mod graph;
mod lost;
mod odd;
mod store;

use super::super::*;
use super::NoPrograms;
use crate::config::{LoadRequest, load};
use crate::diag::{Diagnostics, SourceMap};
use crate::files::MemFiles;
use crate::lang::CallEnv;
use crate::plan::{Plan, PlanInput, PlanMode, PlanOptions};
use crate::provider::Registry;
use crate::state::{State, Style, read};
use crate::store::{LockGuard, StateMark, StateStore};
use crate::value::{Value, to_json};
use cloud::{Cloud, FakeProvider};
use fuse::Fuse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{MemStore, Shelf};
use tokio::sync::watch;

/// Cloud and store, which survive runs.
struct Place {
    cloud: Cloud,
    shelf: Arc<Shelf>,
    fuse: Arc<Fuse>,
    runs: Mutex<usize>,
    /// How far the clock of later runs is off.
    skew: Mutex<jiff::SignedDuration>,
}

impl Place {
    fn new() -> Self {
        let fuse = Arc::new(Fuse::default());
        let shelf = Arc::new(Shelf { state: Mutex::default(), records: Mutex::default(), fuse: fuse.clone() });
        Place { cloud: Cloud::new(fuse.clone()), shelf, fuse, runs: Mutex::new(0), skew: Mutex::default() }
    }

    /// A run until the moment `kill`; its findings, or `None` when it was killed.
    async fn run(&self, text: &str, mode: PlanMode, kill: Option<usize>) -> Option<Vec<String>> {
        self.fuse.set(kill);
        self.fuse.run(self.apply(text, mode)).await
    }

    fn providers(&self) -> ConfiguredProviders {
        let mut registry = Registry::new();
        registry.add(Arc::new(FakeProvider(self.cloud.clone())));
        ConfiguredProviders::new(registry)
    }

    /// The state after recovery, and what was found.
    async fn heal(&self, store: &MemStore, guard: Option<&dyn LockGuard>) -> (State, Recovered) {
        let stored = store.read().await.unwrap();
        let mark = stored.as_ref().and_then(|s| StateMark::of(&s.bytes));
        let state = stored.map(|s| read(&s.bytes).unwrap()).unwrap_or_default();
        let leftover = read_leftover(store, None).await.unwrap();
        let mut providers = self.providers();
        let input = RecoverInput {
            leftover,
            state,
            mark,
            providers: &mut providers,
            configs: &mut |_, _| Ok(Value::object(BTreeMap::new())),
            check: &|_| Ok(()),
            hold: guard.is_some(),
            patience: Duration::ZERO,
            now: jiff::Timestamp::now() + *self.skew.lock().unwrap(),
        };
        let mut recovered = recover(input).await;
        assert!(recovered.diags.is_empty(), "{:#?}", recovered.diags);
        if let Some(guard) = guard {
            recovered.commit(guard, &providers, Style::Compact).await.unwrap();
        }
        (recovered.state.clone(), recovered)
    }

    async fn plan(&self, text: &str, mode: PlanMode, state: State) -> (Plan, ConfiguredProviders, ResolveInput) {
        let files: MemFiles = [("/p/main.tf".to_string(), text)].into_iter().collect();
        let (sources, mut diags) = (SourceMap::new(), Diagnostics::new());
        let config = load(&LoadRequest { environment: None, cwd: "/p".into() }, &files, sources.clone(), &mut diags);
        let config = Arc::new(config.unwrap_or_else(|| panic!("{diags:#?}\n{text}")));
        let env = CallEnv::new("/p", Arc::new(files), sources);
        let mut providers = self.providers();
        let schemas = Arc::new(providers.registry().clone());
        let input = PlanInput {
            config: config.clone(),
            schemas: schemas.clone(),
            state,
            variables: BTreeMap::new(),
            options: PlanOptions { mode, ..PlanOptions::default() },
            env: env.clone(),
            workspace: "default".into(),
        };
        let planned = plan(input, &mut providers, &Silent).await.unwrap_or_else(|d| panic!("{d:#?}"));
        let plan = planned.plan.unwrap_or_else(|| panic!("{:#?}\n{text}", planned.diags));
        (plan, providers, ResolveInput { config, schemas, variables: BTreeMap::new(), env, workspace: "default".into() })
    }

    async fn apply(&self, text: &str, mode: PlanMode) -> Vec<String> {
        let (result, recovered) = self.apply_until(text, mode, watch::channel(false).1).await;
        assert!(!result.diags.has_errors(), "{:#?}", result.diags);
        recovered.findings.iter().map(|f| f.text(true)).collect()
    }

    async fn apply_until(&self, text: &str, mode: PlanMode, leave: watch::Receiver<bool>) -> (ApplyResult, Recovered) {
        let run = {
            let mut runs = self.runs.lock().unwrap();
            *runs += 1;
            format!("run-{runs}")
        };
        let store = MemStore::new(self.shelf.clone());
        let guard = store.guard(&run);
        let (state, recovered) = self.heal(&store, Some(&guard)).await;
        let (plan, mut providers, input) = self.plan(text, mode, state).await;
        let mut resolver = Resolver::new(input, &plan).unwrap();
        let stored = self.shelf.state.lock().unwrap().is_some();
        let result = super::super::apply(ApplyInput {
            plan: &plan,
            providers: &mut providers,
            guard: &guard,
            resolve: &mut resolver,
            events: &Silent,
            provisioner: &NoPrograms,
            cancel: watch::channel(false).1,
            leave,
            watched: recovered.watched.clone(),
            healed: !recovered.findings.is_empty(),
            patience: std::time::Duration::ZERO,
            parallelism: 4,
            pause: std::time::Duration::ZERO,
            style: Style::Compact,
            stored,
        })
        .await;
        (result, recovered)
    }

    fn state(&self) -> State {
        self.shelf.state.lock().unwrap().as_deref().map(|b| read(b).unwrap()).unwrap_or_default()
    }

    /// State and cloud with addresses in place of ids, so that two runs can be compared.
    fn picture(&self) -> (String, Vec<String>) {
        let mut state = self.state();
        state.serial = 0;
        state.lineage = String::new();
        let id = |i: &crate::state::InstanceState| Some(i.current.as_ref()?.attributes.get("id")?.as_str()?.to_string());
        let mut ids: Vec<(String, String)> =
            state.instances().filter_map(|(a, _, i)| Some((id(i)?, a.to_string()))).filter(|(id, a)| !a.contains(id)).collect();
        ids.sort_by_key(|(id, _)| std::cmp::Reverse(id.len()));
        let general = |text: String| ids.iter().fold(text, |t, (id, a)| t.replace(id, &format!("<{a}>")));
        let world = self.cloud.get();
        let mut things: Vec<String> = world
            .things
            .iter()
            .map(|(id, t)| general(format!("{id} {:?} {} {:?}", t.kind, to_json(&t.attributes, &t.attributes.ty()), t.tag)))
            .collect();
        things.sort();
        (general(String::from_utf8(crate::state::write(&state, Style::Indented)).unwrap()), things)
    }

    /// Nothing is left to do or to clean up.
    async fn assert_clean(&self, text: &str, mode: PlanMode, what: &str) {
        self.fuse.set(None);
        let left: Vec<String> = self.shelf.records.lock().unwrap().keys().filter(|k| *k != "journal/watched").cloned().collect();
        assert!(left.is_empty(), "{what}: {left:?}");
        let store = MemStore::new(self.shelf.clone());
        let (state, recovered) = self.heal(&store, None).await;
        assert!(recovered.findings.is_empty(), "{what}: {:#?}", recovered.findings);
        let (plan, ..) = self.plan(text, mode, state).await;
        assert!(plan.is_empty() && plan.drift.is_empty(), "{what}: {:?} {:?}", super::lines(&plan), plan.drift);
    }
}
