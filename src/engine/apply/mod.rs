//! Carries out a plan: steps in order, as many at once as allowed; decides nothing.
//!
//! One task owns schedule, state and evaluator; provider calls run beside it. What happened is in
//! the state whatever fails: a failed step stops only what depends on it.

mod finish;
mod provision;
mod start;
mod steps;

use super::configured::{ConfiguredProviders, diagnostic};
use super::ephemeral::{OpenRequest, Opened};
use super::events::Events;
use super::ledger::Ledger;
use super::order::{Step, order};
use super::perform::{Gate, Work};
use super::recover::{Watched, keep_watched};
use super::schedule::Schedule;
use super::writer::StateWriter;
use crate::addr::{InstanceAddr, ProviderConfigAddr, ResourceAddr};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::NodeId;
use crate::plan::{Action, Plan, PlanMode, ResourceChange};
use crate::provider::{Applied, ProviderError};
use crate::provisioner::{Job, Provisioner, When};
use crate::schema::ProviderFacts;
use crate::state::{DeposedKey, OutputState, State, Style};
use crate::store::LockGuard;
use crate::value::{Name, Value};
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

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
    /// Assertions of `check` blocks that do not hold with what there is now, as warnings.
    fn checks(&mut self) -> Diagnostics;
    /// How conditions came out, on top of what the plan could tell.
    fn check_results(&self, planned: &serde_json::Value) -> serde_json::Value {
        planned.clone()
    }
    /// An object as later evaluations see it.
    fn value(&self, addr: &InstanceAddr) -> Option<Value>;
    /// The provisioners of an object that run now; `object` is what `self` means.
    ///
    /// # Errors
    /// What cannot be evaluated.
    fn provisions(&mut self, addr: &InstanceAddr, when: When, object: &Value) -> Result<Vec<Job>, Diagnostics>;
    /// Whether provisioners run when this object is made: until they have, it counts as half-made.
    fn is_provisioned(&self, _addr: &InstanceAddr) -> bool {
        false
    }
    /// Whether a data source is written in a `check` block: reading it may fail.
    fn in_check(&self, addr: &InstanceAddr) -> bool;
    /// Ephemeral resources to open now, so that what is needed can be evaluated; none once all are open.
    ///
    /// # Errors
    /// When their configuration cannot be evaluated or is not known yet.
    fn ephemerals(&mut self, _need: &Need) -> Result<Vec<OpenRequest>, Diagnostics> {
        Ok(Vec::new())
    }
    /// An ephemeral resource is open, with this value; later evaluations see it.
    ///
    /// # Errors
    /// Postconditions that do not hold.
    fn opened(&mut self, _addr: &InstanceAddr, _value: Value) -> Result<(), Diagnostics> {
        Ok(())
    }
    /// Provider configurations that came from ephemeral resources: what planning opened is closed by now.
    fn fleeting(&self) -> Vec<ProviderConfigAddr> {
        Vec::new()
    }
}

/// What is about to be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A resource.
    Object(ResourceAddr),
    /// A provider configuration.
    Provider(ProviderConfigAddr),
    /// `check` blocks and outputs of the root module.
    End,
    /// Applications.
    Apps,
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
    /// Carries out provisioners.
    pub provisioner: &'a dyn Provisioner,
    /// Turns true when the run is interrupted: nothing new begins.
    pub cancel: watch::Receiver<bool>,
    /// Turns true when the run shall save and end at once, whatever is under way.
    pub leave: watch::Receiver<bool>,
    /// Creates of former runs that may still arrive: their tokens are used again.
    pub watched: Watched,
    /// Recovery found something: a destroy may be among what it took over.
    pub healed: bool,
    /// How long to look for what a call with a lost answer may have made.
    pub patience: Duration,
    /// How many steps at once.
    pub parallelism: usize,
    /// How far the stored state may lag behind ([`super::PAUSE`]).
    pub pause: Duration,
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
    /// The lock was lost: nothing was written since, and what was begun until then is in the journal.
    pub lost: bool,
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
    /// Without `applied` it was not begun.
    Made {
        work: Box<Work>,
        applied: Option<Applied>,
    },
    /// Without `result` it was not begun.
    Removed {
        key: Option<DeposedKey>,
        intent: String,
        result: Option<Result<(), ProviderError>>,
    },
    /// The provisioners of a new object have run.
    Provisioned {
        intent: String,
        result: Result<(), Diagnostic>,
    },
    Read {
        planned: Value,
        result: Box<Result<Value, Diagnostic>>,
    },
}

/// A step under way: its node, the change's position, how long it took, how it ended.
type Running<'a> = BoxFuture<'a, (NodeId, usize, Duration, Outcome)>;

/// An object that carries an intent tag: type, region, id.
type Tagged = (String, Option<String>, String);

struct Run<'a> {
    plan: &'a Plan,
    resolve: &'a mut dyn Resolve,
    events: &'a dyn Events,
    provisioner: &'a dyn Provisioner,
    guard: &'a dyn LockGuard,
    gate: Gate<'a>,
    ledger: Ledger,
    diags: Diagnostics,
    done: Done,
    fresh: Vec<(ProviderConfigAddr, Tagged)>,
    /// Intents whose results are in the ledger.
    closed: Vec<String>,
    interrupted: bool,
    /// Calls may be under way still.
    left: bool,
    watched: Watched,
    watched_before: Watched,
    opened: Opened,
}

/// So many times the steps that may run have their intents written ahead.
const AHEAD: usize = 2;

/// Applies. Never fails as a whole: the result says what happened.
pub async fn apply(input: ApplyInput<'_>) -> ApplyResult {
    let ApplyInput {
        plan,
        providers,
        guard,
        resolve,
        events,
        provisioner,
        cancel,
        mut leave,
        watched,
        healed,
        patience,
        parallelism,
        pause,
        style,
        stored,
    } = input;
    let mut state = plan.refreshed_state.clone();
    if state.lineage.is_empty() {
        state.lineage = uuid::Uuid::new_v4().to_string();
    }
    let base = stored.then_some(&plan.prior_state);
    let mut writer = StateWriter::new(guard, style, base, pause, events);
    let parallelism = parallelism.max(1);
    let gate = Gate { permits: Arc::new(Semaphore::new(parallelism)), cancel, guard, patience };
    let mut run = Run {
        plan,
        resolve,
        events,
        provisioner,
        guard,
        gate,
        ledger: Ledger::new(state),
        diags: Diagnostics::new(),
        done: Done::default(),
        fresh: vec![],
        closed: vec![],
        interrupted: false,
        left: false,
        watched_before: watched.clone(),
        watched,
        opened: Opened::default(),
    };
    run.resolve.fleeting().iter().for_each(|addr| providers.forget(addr));
    match order(plan) {
        Ok(graph) => {
            run.configure(providers).await;
            run.steps(Schedule::new(graph), providers, &mut writer, &mut leave, parallelism * AHEAD).await;
        }
        Err(cycle) => run.diags.push(cycle_error(&cycle)),
    }
    if !run.left && !run.interrupted {
        run.open(&Need::End, providers).await.unwrap_or_else(|d| run.diags.extend(d));
    }
    run.outputs();
    if !run.left {
        run.diags.extend(std::mem::take(&mut run.opened).close(run.events).await);
    }
    if (healed || run.done.destroyed > 0) && !run.interrupted && !run.diags.has_errors() {
        run.ledger.state.drop_lost_references();
    }
    let lost = run.lost();
    let saved = !lost && run.save(&mut writer).await;
    if saved && !run.left {
        run.settle(providers).await;
    }
    let interrupted = run.interrupted && !lost;
    ApplyResult { state: run.ledger.state, diags: run.diags, saved, lost, interrupted, done: run.done }
}

/// Waits until the flag turns true.
async fn told(flag: &mut watch::Receiver<bool>) {
    if flag.wait_for(|on| *on).await.is_err() {
        std::future::pending().await
    }
}

fn cycle_error(cycle: &[InstanceAddr]) -> Diagnostic {
    let names: Vec<String> = cycle.iter().map(ToString::to_string).collect();
    let detail = format!("No order satisfies these changes: {}. Nothing was changed.", names.join(", "));
    Diagnostic::error("Changes depend on each other in a circle", detail)
        .help("Apply in two steps with -target, or set create_before_destroy on all of them.")
}

impl<'a> Run<'a> {
    /// Configurations that planning could not make.
    async fn configure(&mut self, providers: &mut ConfiguredProviders) {
        let needed: std::collections::BTreeSet<_> =
            self.plan.changes.iter().filter(|c| c.action != Action::NoOp).map(|c| &c.provider).collect();
        for addr in needed {
            if providers.has(addr) {
                continue;
            }
            if let Err(d) = self.open(&Need::Provider(addr.clone()), providers).await {
                self.diags.extend(d);
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

    async fn open(&mut self, need: &Need, providers: &mut ConfiguredProviders) -> Result<(), Diagnostics> {
        self.opened.open_for(need, self.resolve, providers, self.events).await
    }

    async fn late(&mut self, change: &ResourceChange, step: &Step, providers: &mut ConfiguredProviders) -> Result<(), Diagnostics> {
        if matches!(step, Step::Do(_)) {
            self.open(&Need::Object(change.addr.config_addr()), providers).await?;
        }
        if providers.has(&change.provider) {
            return Ok(());
        }
        self.open(&Need::Provider(change.provider.clone()), providers).await?;
        let config = self.resolve.provider_config(&change.provider)?;
        let made = providers.configure(&change.provider, &config.unmark_deep().0).await;
        made.map(drop).map_err(|e| Diagnostics::from(diagnostic(e, &change.provider)))
    }

    /// Whether the lock is not ours any more: whoever holds it finds our journal, and writes the state.
    fn lost(&mut self) -> bool {
        let Err(why) = self.guard.check() else { return false };
        self.diags.push(why.diagnostic());
        true
    }

    /// Outputs that can be evaluated are recorded also when something failed.
    fn outputs(&mut self) {
        let mut found = Diagnostics::new();
        let outputs = self.resolve.outputs(&mut found);
        if !self.diags.has_errors() && !self.interrupted {
            self.diags.extend(found);
        }
        self.ledger.state.outputs = outputs;
        if !self.interrupted && !self.plan.is_empty() && self.plan.mode == PlanMode::Normal {
            self.diags.extend(self.resolve.checks());
        }
        if self.plan.mode == PlanMode::Normal {
            self.ledger.state.check_results = self.resolve.check_results(&self.ledger.state.check_results);
        }
    }

    async fn save(&mut self, writer: &mut StateWriter<'_>) -> bool {
        match writer.now(&mut self.ledger.state, &mut self.closed).await {
            Ok(behind) => {
                behind.iter().for_each(|e| self.diags.push(e.diagnostic()));
                true
            }
            Err(e) => {
                self.diags.push(e.diagnostic());
                self.is_untouched()
            }
        }
    }

    /// Nothing was made, changed or found to differ: the stored state tells all.
    fn is_untouched(&self) -> bool {
        let (now, before) = (&self.ledger.state, &self.plan.prior_state);
        now.resources == before.resources
    }

    /// The state is durable: intent tags and the journal have served.
    async fn settle(&mut self, providers: &ConfiguredProviders) {
        let (mut by_provider, mut served) = (BTreeMap::<ProviderConfigAddr, Vec<_>>::new(), true);
        for (provider, object) in std::mem::take(&mut self.fresh) {
            by_provider.entry(provider).or_default().push(object);
        }
        for (addr, objects) in by_provider {
            let Ok((provider, configured)) = providers.get(&addr) else { continue };
            if let Err(e) = provider.settle(&configured, &objects).await {
                self.diags.push(diagnostic(e, &addr).into_warning());
                served = false;
            }
        }
        if !served {
            // The journal names the objects whose tags are still on: the next run takes them off.
            return;
        }
        let kept = if self.watched == self.watched_before { Ok(()) } else { keep_watched(self.guard, &self.watched).await };
        let cleared = match kept {
            Ok(()) => self.guard.journal().clear().await,
            Err(e) => Err(e),
        };
        if let Err(e) = cleared {
            self.diags.push(e.diagnostic().into_warning());
        }
    }
}

fn unreadable(change: &ResourceChange, why: &str) -> Diagnostics {
    Diagnostic::error("The stored object is not readable", format!("{}: {why}.", change.addr)).address(&change.addr).into()
}
