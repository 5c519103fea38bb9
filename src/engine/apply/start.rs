//! Prepares steps: what a call needs, its intent, and the call itself as a future.

use super::provision::run_jobs;
use super::{Final, Outcome, Run, Running, unreadable};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::configured::ConfiguredProviders;
use crate::engine::events::{Event, Phase, Silent};
use crate::engine::ledger::{object, shell};
use crate::engine::order::Step;
use crate::engine::perform::{Work, intent, make, remove};
use crate::engine::read::{DataRequest, read_data};
use crate::graph::NodeId;
use crate::plan::{Action, ResourceChange};
use crate::provider::{ErrorKind, Object, Operation, ProviderError};
use crate::provisioner::When;
use crate::schema::{ProviderFacts, ResourceSchema, SchemaSource};
use crate::state::object::decode;
use crate::state::{ObjectState, Status};
use crate::value::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

impl<'a> Run<'a> {
    /// Prepares a step and returns its call; `None` when there is nothing to call.
    pub(super) fn start(
        &mut self,
        id: NodeId,
        i: usize,
        change: &ResourceChange,
        step: &Step,
        providers: &ConfiguredProviders,
    ) -> Result<Option<Running<'a>>, Diagnostics> {
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

    pub(super) fn schema(&self, change: &ResourceChange, providers: &ConfiguredProviders) -> Result<Arc<ResourceSchema>, Diagnostics> {
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
    ) -> Result<Running<'a>, Diagnostics> {
        let Final { config, planned } = self.resolve.finalize(change, &self.facts(change, &providers))?;
        let schema = self.schema(change, &providers)?;
        let updates = change.action == Action::Update;
        let old = self.ledger.state.current(&change.addr).filter(|_| updates).cloned();
        let prior = old.as_ref().map(|stored| object(stored, &schema).map_err(|e| unreadable(change, &e))).transpose()?;
        let deposed = if change.action == Action::CreateThenDelete { self.ledger.depose(&change.addr, &change.provider) } else { None };
        let (operation, phase) = if updates { (Operation::Update, Phase::Update) } else { (Operation::Create, Phase::Create) };
        let plain = |v: &Value| v.unmark_deep().0;
        let mut intent = intent(change, operation, plain(&planned), prior.as_ref().map(|p| p.attributes.clone()), deposed);
        if operation == Operation::Create
            && let Some(token) = self.watched.token(&change.addr, &intent.planned)
        {
            intent.token = token;
        }
        let mut shell = shell(change, &planned, &schema);
        if operation == Operation::Create && self.resolve.is_provisioned(&change.addr) {
            // Should the run die, recovery sees that it was not complete.
            shell.status = Status::Tainted;
        }
        let work = Work {
            addr: change.addr.clone(),
            provider: change.provider.clone(),
            intent,
            config: plain(&config),
            planned: plain(&planned),
            shell,
            marked: planned,
            status: old.as_ref().map(|o| o.status).unwrap_or_default(),
            prior,
            old,
            journal: self.guard.journal(),
            untraced: AtomicBool::new(false),
        };
        self.started(change, phase, work.prior.as_ref());
        let gate = self.gate.clone();
        Ok(Box::pin(async move {
            let begin = Instant::now();
            let applied = make(&providers, &work, &gate).await;
            (id, i, begin.elapsed(), Outcome::Made { work: Box::new(work), applied })
        }))
    }

    fn facts(&self, change: &ResourceChange, providers: &ConfiguredProviders) -> ProviderFacts {
        providers.get(&change.provider).map(|(_, configured)| configured.facts.clone()).unwrap_or_default()
    }

    fn start_destroy(
        &mut self,
        id: NodeId,
        i: usize,
        change: &ResourceChange,
        providers: Arc<ConfiguredProviders>,
    ) -> Result<Option<Running<'a>>, Diagnostics> {
        let schema = self.schema(change, &providers)?;
        let (key, stored) = self.ledger.doomed(change);
        let Some(stored) = stored else { return Ok(None) };
        let prior = object(stored, &schema).map_err(|e| unreadable(change, &e))?;
        // An object whose own provisioners never came to an end, or that was replaced, has none to run.
        let sound = key.is_none() && stored.status == Status::Ready;
        let value = decode(stored, &schema).ok().filter(|_| sound);
        let jobs = value.map_or_else(|| Ok(Vec::new()), |v| self.resolve.provisions(&change.addr, When::Destroy, &v))?;
        let (_, stored) = self.ledger.doomed(change);
        let Some(stored) = stored else { return Ok(None) };
        let gone = Value::null(schema.block.ty());
        let work = Work {
            addr: change.addr.clone(),
            provider: change.provider.clone(),
            intent: intent(change, Operation::Delete, gone.clone(), Some(prior.attributes.clone()), key.clone()),
            config: gone.clone(),
            planned: gone.clone(),
            marked: gone,
            shell: ObjectState::default(),
            status: stored.status,
            old: Some(stored.clone()),
            prior: Some(prior),
            journal: self.guard.journal(),
            untraced: AtomicBool::new(false),
        };
        self.started(change, Phase::Destroy, work.prior.as_ref());
        let gate = self.gate.clone();
        let (provisioner, events) = (self.provisioner, self.events);
        Ok(Some(Box::pin(async move {
            let begin = Instant::now();
            let result = match run_jobs(provisioner, events, &work.addr, &jobs).await {
                Ok(()) => remove(&providers, &work, &gate).await,
                Err(e) => Some(Err(ProviderError::new(ErrorKind::Other, e.summary, e.detail).help("The object was not destroyed."))),
            };
            (id, i, begin.elapsed(), Outcome::Removed { key, intent: work.intent.id, result })
        })))
    }

    fn start_read(
        &mut self,
        id: NodeId,
        i: usize,
        change: &ResourceChange,
        providers: Arc<ConfiguredProviders>,
    ) -> Result<Running<'a>, Diagnostics> {
        let Final { config, .. } = self.resolve.finalize(change, &self.facts(change, &providers))?;
        let request = DataRequest { addr: change.addr.clone(), provider: change.provider.clone(), config: config.unmark_deep().0 };
        self.started(change, Phase::Read, None);
        Ok(Box::pin(async move {
            let begin = Instant::now();
            let answer = read_data(&providers, &[request], &Silent).await.pop();
            let lost = || Err(Diagnostic::error("Reading gave no answer", "The data source did not answer."));
            (id, i, begin.elapsed(), Outcome::Read { planned: config, result: Box::new(answer.unwrap_or_else(lost)) })
        }))
    }

    fn started(&self, change: &ResourceChange, phase: Phase, prior: Option<&Object>) {
        let id = prior.and_then(Object::id).map(str::to_string);
        let (addr, deposed, action) = (change.addr.clone(), change.deposed.clone(), change.action);
        self.events.event(&Event::Started { addr, deposed, phase, action, id });
    }
}
