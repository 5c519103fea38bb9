//! Carries out a plan: steps in order, as many at once as allowed; decides nothing.
//!
//! One task owns schedule, state and evaluator; provider calls run beside it. What happened is in
//! the state whatever fails: a failed step stops only what depends on it.

use super::configured::{ConfiguredProviders, diagnostic};
use super::events::{Event, Events, Phase};
use super::ledger::{Ledger, object};
use super::order::{Step, order};
use super::perform::{Work, intent, make, remove};
use super::read::{DataRequest, read_data};
use super::schedule::Schedule;
use super::writer::StateWriter;
use crate::addr::{InstanceAddr, ProviderConfigAddr};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::NodeId;
use crate::plan::{Action, Plan, ResourceChange};
use crate::provider::{Applied, Object, Operation, ProviderError};
use crate::schema::{ProviderFacts, ResourceSchema};
use crate::state::{DeposedKey, OutputState, State, Status, Style};
use crate::store::LockGuard;
use crate::value::{Name, Value};
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Final values of one change, everything known that its provider needs.
#[derive(Clone, Debug)]
pub struct Final {
    /// The configuration alone.
    pub config: Value,
    /// The object as it shall be.
    pub planned: Value,
}

/// Evaluates the configuration with what the apply has made so far.
pub trait Resolve {
    /// Configuration and planned object of a change, with real values.
    ///
    /// # Errors
    /// When evaluation fails or the values break what the plan promised.
    fn finalize(&mut self, change: &ResourceChange, facts: &ProviderFacts) -> Result<Final, Diagnostics>;
    /// A provider configuration that could not be made while planning.
    ///
    /// # Errors
    /// When evaluation fails.
    fn provider_config(&mut self, addr: &ProviderConfigAddr) -> Result<Value, Diagnostics>;
    /// An object is there now (`None`: not any more); later evaluations see it.
    ///
    /// # Errors
    /// Postconditions that do not hold: what depends on the object is not touched then.
    fn settled(&mut self, addr: &InstanceAddr, value: Option<Value>) -> Result<(), Diagnostics>;
    /// Root outputs as they are now; those that cannot be evaluated are left out.
    fn outputs(&mut self, diags: &mut Diagnostics) -> BTreeMap<Name, OutputState>;
}

/// What an apply needs.
pub struct ApplyInput<'a> {
    /// The approved plan.
    pub plan: &'a Plan,
    /// Providers; those configured while planning are there.
    pub providers: &'a mut ConfiguredProviders,
    /// The held lock.
    pub guard: &'a dyn LockGuard,
    /// The evaluator.
    pub resolve: &'a mut dyn Resolve,
    /// Who listens.
    pub events: &'a dyn Events,
    /// Turns true when the run is interrupted.
    pub cancel: watch::Receiver<bool>,
    /// How many steps at once.
    pub parallelism: usize,
    /// How the store wants the document.
    pub style: Style,
    /// Whether a state lies in the store already.
    pub stored: bool,
}

/// What an apply leaves.
pub struct ApplyResult {
    /// The state now.
    pub state: State,
    /// What went wrong, and warnings.
    pub diags: Diagnostics,
    /// Whether the last state is durable; if not, keep it elsewhere.
    pub saved: bool,
    /// Whether steps were left out because the run was interrupted.
    pub interrupted: bool,
    /// How many objects were made, changed, destroyed.
    pub done: Done,
}

/// Objects handled by an apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Created, replacements included.
    pub added: usize,
    /// Updated in place.
    pub changed: usize,
    /// Destroyed, replacements included.
    pub destroyed: usize,
}

/// How a step ended.
enum Outcome {
    Made { work: Box<Work>, applied: Applied },
    Removed { key: Option<DeposedKey>, result: Result<(), ProviderError> },
    Read { planned: Value, result: Box<Result<Value, Diagnostic>> },
}

/// A step under way: its node, the change's position, how long it took, how it ended.
type Running = BoxFuture<'static, (NodeId, usize, Duration, Outcome)>;

/// An object that carries an intent tag: type, region, id.
type Tagged = (String, Option<String>, String);

struct Run<'a> {
    plan: &'a Plan,
    resolve: &'a mut dyn Resolve,
    events: &'a dyn Events,
    guard: &'a dyn LockGuard,
    ledger: Ledger,
    diags: Diagnostics,
    done: Done,
    fresh: Vec<(ProviderConfigAddr, Tagged)>,
}

/// Applies. Never fails as a whole: the result says what happened.
pub async fn apply(input: ApplyInput<'_>) -> ApplyResult {
    let ApplyInput { plan, providers, guard, resolve, events, mut cancel, parallelism, style, stored } = input;
    let mut state = plan.refreshed_state.clone();
    if state.lineage.is_empty() {
        state.lineage = uuid::Uuid::new_v4().to_string();
    }
    let base = stored.then_some(&plan.prior_state);
    let mut writer = StateWriter::new(guard, style, base, events);
    let mut run =
        Run { plan, resolve, events, guard, ledger: Ledger::new(state), diags: Diagnostics::new(), done: Done::default(), fresh: vec![] };
    let mut interrupted = false;
    match order(plan) {
        Ok(graph) => {
            run.configure(providers).await;
            interrupted = run.steps(Schedule::new(graph), providers, &mut writer, &mut cancel, parallelism.max(1)).await;
        }
        Err(cycle) => run.diags.push(cycle_error(&cycle)),
    }
    run.outputs(interrupted);
    let saved = run.save(&mut writer).await;
    if saved {
        run.settle(providers).await;
    }
    ApplyResult { state: run.ledger.state, diags: run.diags, saved, interrupted, done: run.done }
}

fn cycle_error(cycle: &[InstanceAddr]) -> Diagnostic {
    let names: Vec<String> = cycle.iter().map(ToString::to_string).collect();
    let detail = format!("No order satisfies these changes: {}. Nothing was changed.", names.join(", "));
    Diagnostic::error("Changes depend on each other in a circle", detail)
        .help("Apply in two steps with -target, or set create_before_destroy on all of them.")
}

impl Run<'_> {
    /// Configurations that planning could not make.
    async fn configure(&mut self, providers: &mut ConfiguredProviders) {
        let needed: std::collections::BTreeSet<_> =
            self.plan.changes.iter().filter(|c| c.action != Action::NoOp).map(|c| &c.provider).collect();
        for addr in needed {
            if providers.has(addr) {
                continue;
            }
            // A configuration that needs an object of this apply is made when its first step runs.
            if let Ok(config) = self.resolve.provider_config(addr)
                && config.is_wholly_known()
                && let Err(e) = providers.configure(addr, &config.unmark_deep().0).await
            {
                self.diags.push(diagnostic(e, addr));
            }
        }
    }

    async fn late(&mut self, change: &ResourceChange, providers: &mut ConfiguredProviders) -> Result<(), Diagnostics> {
        if providers.has(&change.provider) {
            return Ok(());
        }
        let config = self.resolve.provider_config(&change.provider)?;
        let made = providers.configure(&change.provider, &config.unmark_deep().0).await;
        made.map(drop).map_err(|e| Diagnostics::from(diagnostic(e, &change.provider)))
    }

    async fn steps(
        &mut self,
        mut schedule: Schedule,
        providers: &mut ConfiguredProviders,
        writer: &mut StateWriter<'_>,
        cancel: &mut watch::Receiver<bool>,
        parallelism: usize,
    ) -> bool {
        let mut running: FuturesUnordered<Running> = FuturesUnordered::new();
        let mut interrupted = false;
        loop {
            while running.len() < parallelism {
                let Some((id, step)) = schedule.next() else { break };
                let (Step::Do(i) | Step::Destroy(i)) = step else {
                    let sick = schedule.is_poisoned(id);
                    schedule.done(id, !sick);
                    continue;
                };
                let Some(change) = self.plan.changes.get(i) else { continue };
                let stop = *cancel.borrow() || self.guard.check().is_err();
                if stop || schedule.is_poisoned(id) {
                    interrupted |= stop;
                    self.events.event(&Event::Skipped { addr: change.addr.clone() });
                    schedule.done(id, false);
                    continue;
                }
                let started = match self.late(change, providers).await {
                    Ok(()) => self.start(id, i, change, &step, providers),
                    Err(d) => Err(d),
                };
                match started {
                    Ok(Some(future)) => running.push(future),
                    Ok(None) => schedule.done(id, true),
                    Err(d) => {
                        self.diags.extend(d);
                        schedule.done(id, false);
                    }
                }
            }
            let Some((id, i, elapsed, outcome)) = running.next().await else { break };
            let Some(change) = self.plan.changes.get(i) else { continue };
            let ok = self.finish(change, elapsed, outcome, providers);
            schedule.done(id, ok);
            if let Err(e) = writer.sometimes(&mut self.ledger.state).await {
                self.diags.push(super::writer::store_diagnostic(&e));
            }
        }
        if let Err(e) = self.guard.check() {
            self.diags.push(e.diagnostic());
        }
        interrupted
    }

    /// Prepares a step and returns its call; `None` when there is nothing to call.
    fn start(
        &mut self,
        id: NodeId,
        i: usize,
        change: &ResourceChange,
        step: &Step,
        providers: &ConfiguredProviders,
    ) -> Result<Option<Running>, Diagnostics> {
        let providers = Arc::new(providers.clone());
        match (step, change.action) {
            (Step::Destroy(_), Action::Forget) => {
                self.ledger.removed(change, change.deposed.as_ref());
                self.resolve.settled(&change.addr, None)?;
                Ok(None)
            }
            (Step::Destroy(_), _) => self.start_destroy(id, i, change, providers),
            (_, Action::Read) => self.start_read(id, i, change, providers).map(Some),
            _ => self.start_make(id, i, change, providers).map(Some),
        }
    }

    fn schema(&self, change: &ResourceChange, providers: &ConfiguredProviders) -> Result<Arc<ResourceSchema>, Diagnostics> {
        use crate::schema::SchemaSource;
        let r = &change.addr.resource;
        providers.registry().schema(&change.provider.source, r.mode, &r.kind).ok_or_else(|| {
            Diagnostic::error("Type not supported yet", format!("envctl does not know {} yet.", r.kind)).address(&change.addr).into()
        })
    }

    fn start_make(
        &mut self,
        id: NodeId,
        i: usize,
        change: &ResourceChange,
        providers: Arc<ConfiguredProviders>,
    ) -> Result<Running, Diagnostics> {
        let Final { config, planned } = self.resolve.finalize(change, &self.facts(change, &providers))?;
        let schema = self.schema(change, &providers)?;
        let updates = change.action == Action::Update;
        let prior = match self.ledger.state.current(&change.addr) {
            Some(stored) if updates => Some(object(stored, &schema).map_err(|e| unreadable(change, &e))?),
            _ => None,
        };
        let deposed = if change.action == Action::CreateThenDelete { self.ledger.depose(&change.addr, &change.provider) } else { None };
        let (operation, phase) = if updates { (Operation::Update, Phase::Update) } else { (Operation::Create, Phase::Create) };
        let plain = |v: &Value| v.unmark_deep().0;
        let work = Work {
            addr: change.addr.clone(),
            provider: change.provider.clone(),
            intent: intent(change, operation, plain(&planned), prior.as_ref().map(|p| p.attributes.clone()), deposed),
            config: plain(&config),
            planned: plain(&planned),
            marked: planned,
            prior,
            journal: self.guard.journal(),
        };
        self.started(change, phase, work.prior.as_ref());
        Ok(Box::pin(async move {
            let begin = Instant::now();
            let applied = make(&providers, &work).await;
            (id, i, begin.elapsed(), Outcome::Made { work: Box::new(work), applied })
        }))
    }

    fn facts(&self, change: &ResourceChange, providers: &ConfiguredProviders) -> ProviderFacts {
        providers.get(&change.provider).map(|(_, configured)| configured.facts.clone()).unwrap_or_default()
    }

    /// Later evaluations see the object; false when its postconditions do not hold.
    fn settle_value(&mut self, addr: &InstanceAddr, value: Option<Value>) -> bool {
        match self.resolve.settled(addr, value) {
            Ok(()) => true,
            Err(found) => {
                self.diags.extend(found);
                false
            }
        }
    }

    fn start_destroy(
        &mut self,
        id: NodeId,
        i: usize,
        change: &ResourceChange,
        providers: Arc<ConfiguredProviders>,
    ) -> Result<Option<Running>, Diagnostics> {
        let schema = self.schema(change, &providers)?;
        let (key, stored) = self.ledger.doomed(change);
        let Some(stored) = stored else { return Ok(None) };
        let prior = object(stored, &schema).map_err(|e| unreadable(change, &e))?;
        let gone = Value::null(schema.block.ty());
        let work = Work {
            addr: change.addr.clone(),
            provider: change.provider.clone(),
            intent: intent(change, Operation::Delete, gone.clone(), Some(prior.attributes.clone()), key.clone()),
            config: gone.clone(),
            planned: gone.clone(),
            marked: gone,
            prior: Some(prior),
            journal: self.guard.journal(),
        };
        self.started(change, Phase::Destroy, work.prior.as_ref());
        Ok(Some(Box::pin(async move {
            let begin = Instant::now();
            let result = remove(&providers, &work).await;
            (id, i, begin.elapsed(), Outcome::Removed { key, result })
        })))
    }

    fn start_read(
        &mut self,
        id: NodeId,
        i: usize,
        change: &ResourceChange,
        providers: Arc<ConfiguredProviders>,
    ) -> Result<Running, Diagnostics> {
        let Final { config, .. } = self.resolve.finalize(change, &self.facts(change, &providers))?;
        let request = DataRequest { addr: change.addr.clone(), provider: change.provider.clone(), config: config.unmark_deep().0 };
        self.started(change, Phase::Read, None);
        Ok(Box::pin(async move {
            let begin = Instant::now();
            let answer = read_data(&providers, &[request], &super::events::Silent).await.pop();
            let lost = || Err(Diagnostic::error("Reading gave no answer", "The data source did not answer."));
            (id, i, begin.elapsed(), Outcome::Read { planned: config, result: Box::new(answer.unwrap_or_else(lost)) })
        }))
    }

    fn started(&self, change: &ResourceChange, phase: Phase, prior: Option<&Object>) {
        let id = prior.and_then(Object::id).map(str::to_string);
        let (addr, deposed, action) = (change.addr.clone(), change.deposed.clone(), change.action);
        self.events.event(&Event::Started { addr, deposed, phase, action, id });
    }

    /// Takes a result into state and evaluator; false when it failed.
    fn finish(&mut self, change: &ResourceChange, elapsed: Duration, outcome: Outcome, providers: &ConfiguredProviders) -> bool {
        match outcome {
            Outcome::Made { work, applied } => self.finish_make(change, elapsed, &work, applied, providers),
            Outcome::Removed { key, result } => self.finish_destroy(change, elapsed, key.as_ref(), result),
            Outcome::Read { planned, result } => self.finish_read(change, elapsed, &planned, *result, providers),
        }
    }

    fn finish_make(
        &mut self,
        change: &ResourceChange,
        elapsed: Duration,
        work: &Work,
        applied: Applied,
        providers: &ConfiguredProviders,
    ) -> bool {
        let Ok(schema) = self.schema(change, providers) else { return false };
        let creating = work.intent.operation == Operation::Create;
        let phase = if creating { Phase::Create } else { Phase::Update };
        let mut ok = applied.error.is_none();
        match &applied.object {
            Some(object) => {
                let status = if ok || !creating { self.status_of(change, creating) } else { Status::Tainted };
                let value = self.ledger.made(change, object, &work.marked, &schema, status);
                if creating {
                    self.tagged(change, object, providers);
                }
                if ok {
                    ok = self.settle_value(&change.addr, Some(value));
                }
            }
            None => self.ledger.restore(&change.addr, &change.provider),
        }
        let id = applied.object.as_ref().and_then(Object::id).map(str::to_string);
        match applied.error {
            None => {
                if creating {
                    self.done.added += 1
                } else {
                    self.done.changed += 1
                }
                self.events.event(&Event::Finished { addr: change.addr.clone(), deposed: None, phase, id, elapsed });
            }
            Some(error) => {
                self.events.event(&Event::Failed { addr: change.addr.clone(), phase, elapsed });
                self.diags.push(diagnostic(error, &change.addr));
            }
        }
        ok
    }

    /// An update does not heal a taint; a create starts clean.
    fn status_of(&self, change: &ResourceChange, creating: bool) -> Status {
        let now = self.ledger.state.current(&change.addr).map(|o| o.status);
        if creating { Status::Ready } else { now.unwrap_or_default() }
    }

    fn tagged(&mut self, change: &ResourceChange, object: &Object, providers: &ConfiguredProviders) {
        let kind = change.addr.resource.kind.to_string();
        let Ok((provider, configured)) = providers.get(&change.provider) else { return };
        if provider.resource(&kind).is_some_and(|t| t.uses_intent_tag()) {
            let region = super::configured::region(&object.attributes, &configured);
            let id = object.id().unwrap_or_default().to_string();
            self.fresh.push((change.provider.clone(), (kind, region, id)));
        }
    }

    fn finish_destroy(
        &mut self,
        change: &ResourceChange,
        elapsed: Duration,
        key: Option<&DeposedKey>,
        result: Result<(), ProviderError>,
    ) -> bool {
        let (addr, phase) = (change.addr.clone(), Phase::Destroy);
        match result {
            Ok(()) => {
                self.ledger.removed(change, key);
                if key.is_none() {
                    self.settle_value(&addr, None);
                }
                self.done.destroyed += 1;
                self.events.event(&Event::Finished { addr, deposed: key.cloned(), phase, id: None, elapsed });
                true
            }
            Err(error) => {
                self.events.event(&Event::Failed { addr: addr.clone(), phase, elapsed });
                self.diags.push(diagnostic(error, addr));
                false
            }
        }
    }

    fn finish_read(
        &mut self,
        change: &ResourceChange,
        elapsed: Duration,
        planned: &Value,
        result: Result<Value, Diagnostic>,
        providers: &ConfiguredProviders,
    ) -> bool {
        let addr = change.addr.clone();
        let value = match (result, self.schema(change, providers)) {
            (Ok(value), Ok(schema)) => self.ledger.made(change, &Object::new(value), planned, &schema, Status::Ready),
            (Err(d), _) => {
                self.events.event(&Event::Failed { addr, phase: Phase::Read, elapsed });
                self.diags.push(d);
                return false;
            }
            (_, Err(d)) => {
                self.diags.extend(d);
                return false;
            }
        };
        let ok = self.settle_value(&addr, Some(value));
        self.events.event(&Event::Finished { addr, deposed: None, phase: Phase::Read, id: None, elapsed });
        ok
    }

    /// Outputs that can be evaluated are recorded also when something failed.
    fn outputs(&mut self, interrupted: bool) {
        let mut found = Diagnostics::new();
        let outputs = self.resolve.outputs(&mut found);
        if !self.diags.has_errors() && !interrupted {
            self.diags.extend(found);
        }
        self.ledger.state.outputs = outputs;
    }

    async fn save(&mut self, writer: &mut StateWriter<'_>) -> bool {
        match writer.now(&mut self.ledger.state).await {
            Ok(()) => true,
            Err(e) => {
                self.diags.push(e.diagnostic());
                false
            }
        }
    }

    /// The state is durable: intent tags and the journal have served.
    async fn settle(&mut self, providers: &ConfiguredProviders) {
        let mut by_provider: BTreeMap<ProviderConfigAddr, Vec<_>> = BTreeMap::new();
        for (provider, object) in std::mem::take(&mut self.fresh) {
            by_provider.entry(provider).or_default().push(object);
        }
        for (addr, objects) in by_provider {
            let Ok((provider, configured)) = providers.get(&addr) else { continue };
            if let Err(e) = provider.settle(&configured, &objects).await {
                let mut d = diagnostic(e, &addr);
                d.severity = crate::diag::Severity::Warning;
                self.diags.push(d);
            }
        }
        if let Err(e) = self.guard.journal().clear().await {
            let mut d = e.diagnostic();
            d.severity = crate::diag::Severity::Warning;
            self.diags.push(d);
        }
    }
}

fn unreadable(change: &ResourceChange, why: &str) -> Diagnostics {
    Diagnostic::error("The stored object is not readable", format!("{}: {why}.", change.addr)).address(&change.addr).into()
}
