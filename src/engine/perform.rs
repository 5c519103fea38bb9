//! One step through its provider: intent, call, checkpoints, result.

use super::configured::{ConfiguredProviders, context, region};
use super::ledger::stored;
use super::lost::look_again;
use crate::addr::InstanceAddr;
use crate::clock::{Clock, SystemClock};
use crate::plan::ResourceChange;
use crate::provider::{
    Applied, Checkpoint, Configured, CreateRequest, DeleteRequest, ErrorKind, Intent, Located, Object, Operation, ProviderError,
    ResourceType, Timeouts, Trace, UpdateRequest,
};
use crate::schema::ResourceSchema;
use crate::state::object::without_write_only;
use crate::state::{ObjectState, Status};
use crate::store::{Journal, JournalEntry, LockGuard, StoreError};
use crate::value::Value;
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// A new intent with its token drawn.
pub(super) fn intent(
    change: &ResourceChange,
    operation: Operation,
    planned: Value,
    prior: Option<Value>,
    deposed: Option<String>,
) -> Intent {
    Intent {
        id: uuid::Uuid::new_v4().to_string(),
        addr: change.addr.clone(),
        deposed,
        operation,
        token: uuid::Uuid::new_v4().simple().to_string(),
        planned,
        prior,
        existing: None,
    }
}

/// A step with everything it needs.
pub(super) struct Work {
    pub addr: InstanceAddr,
    pub provider: crate::addr::ProviderConfigAddr,
    pub intent: Intent,
    pub config: Value,
    pub planned: Value,
    /// The planned object with its marks, for the state.
    pub marked: Value,
    pub prior: Option<Object>,
    /// The prior object as the state has it.
    pub old: Option<ObjectState>,
    /// The object as the state will have it, without attributes.
    pub shell: ObjectState,
    /// What the object will be when all goes well.
    pub status: Status,
    pub journal: Arc<dyn Journal>,
    /// The object had to be made without its intent tag.
    pub untraced: AtomicBool,
}

impl Work {
    /// Whether what a create makes carries no intent tag.
    pub fn is_untraced(&self) -> bool {
        self.untraced.load(Ordering::Acquire)
    }

    /// What the object is in the state after this.
    pub fn status_after(&self, failed: bool) -> Status {
        if failed && self.intent.operation == Operation::Create { Status::Tainted } else { self.status }
    }

    fn entry(&self, before: Option<String>) -> JournalEntry {
        let (intent, provider, shell) = (self.intent.clone(), self.provider.clone(), self.shell.clone());
        JournalEntry { intent, provider, shell, before, at: SystemClock.now() }
    }
}

/// Lets steps through: their intents are written ahead, together, while others still run.
#[derive(Clone)]
pub(super) struct Gate<'a> {
    pub permits: Arc<Semaphore>,
    pub cancel: watch::Receiver<bool>,
    pub guard: &'a dyn LockGuard,
    /// How long to look for what a call with a lost answer may have made.
    pub patience: Duration,
}

impl Gate<'_> {
    /// Waits for a turn; `None` when nothing new shall begin.
    pub async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        let permit = self.permits.clone().acquire_owned().await.ok()?;
        let go = !*self.cancel.borrow() && self.guard.check().is_ok();
        go.then_some(permit)
    }
}

/// Keeps partial results durable, and at hand should the call fail without an object.
pub(super) struct Durable<'a> {
    work: &'a Work,
    schema: &'a ResourceSchema,
    /// Recovery finds the object by its trace too: the step does not wait for the record.
    found_anyway: bool,
    last: Mutex<Option<Object>>,
}

impl<'a> Durable<'a> {
    pub fn new(work: &'a Work, schema: &'a ResourceSchema, trace: Trace) -> Self {
        Durable { work, schema, found_anyway: matches!(trace, Trace::Token | Trace::Name), last: Mutex::new(None) }
    }
}

#[async_trait]
impl Checkpoint for Durable<'_> {
    async fn reached(&self, partial: Object) -> Result<(), ProviderError> {
        let work = self.work;
        let (_, object) = stored(&work.shell, &partial, &work.marked, self.schema, Status::Tainted);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(partial);
        if !self.found_anyway || work.is_untraced() {
            return work.journal.reached(&work.intent.id, &object).await.map_err(from_store);
        }
        work.journal.noted(&work.intent.id, &object);
        let journal = work.journal.clone();
        // A create that ends at once is told by its result; one that waits for minutes is on record meanwhile.
        tokio::spawn(async move {
            tokio::time::sleep(NOTED).await;
            drop(journal.flush().await);
        });
        Ok(())
    }

    async fn untraced(&self, existing: BTreeSet<String>) -> Result<(), ProviderError> {
        let mut entry = self.work.entry(None);
        entry.intent.existing = Some(existing);
        self.work.untraced.store(true, Ordering::Release);
        self.work.journal.begin(&entry).await.map_err(from_store)
    }
}

/// So long what a create has made so far may wait for a segment that somebody else writes.
const NOTED: Duration = Duration::from_secs(1);

pub(super) fn from_store(error: StoreError) -> ProviderError {
    error.into()
}

/// `timeouts` of an object.
pub(super) fn timeouts(value: &Value) -> Timeouts {
    let block = value.get("timeouts");
    let get = |name: &str| {
        let text = block.and_then(|b| b.get(name)).and_then(Value::as_str)?;
        crate::clock::parse_duration(text).ok()
    };
    Timeouts { create: get("create"), update: get("update"), delete: get("delete") }
}

fn resource(providers: &ConfiguredProviders, work: &Work) -> Result<(Arc<dyn ResourceType>, Arc<Configured>), ProviderError> {
    let (provider, configured) = providers.get(&work.provider)?;
    let kind = &work.addr.resource.kind;
    let ty = provider
        .resource(kind)
        .ok_or_else(|| ProviderError::new(ErrorKind::Invalid, "Type not supported yet", format!("envctl does not know {kind} yet.")))?;
    Ok((ty, configured))
}

/// Id of what has the name or natural key already; empty when nobody can look.
async fn before(ty: &dyn ResourceType, configured: &Configured, work: &Work) -> Option<String> {
    if work.intent.operation != Operation::Create || !matches!(ty.trace(), Trace::Name | Trace::Machine) {
        return None;
    }
    let place = region(&work.planned, configured);
    match ty.locate(&context(configured, place.as_deref()), std::slice::from_ref(&work.intent)).await.map(|mut l| l.pop()) {
        Ok(Some(Located::Found(object))) => Some(object.id().unwrap_or_default().to_string()),
        Ok(_) => None,
        Err(_) => Some(String::new()),
    }
}

/// Creates or updates; `None` when it was not begun.
pub(super) async fn make(providers: &ConfiguredProviders, work: &Work, gate: &Gate<'_>) -> Option<Applied> {
    let refused = |e| Some(Applied { object: work.prior.clone(), error: Some(e) });
    let (ty, configured) = match resource(providers, work) {
        Ok(found) => found,
        Err(e) => return refused(e),
    };
    let entry = work.entry(before(ty.as_ref(), &configured, work).await);
    let outside = ty.trace() != Trace::StateOnly;
    if outside && let Err(e) = work.journal.begin(&entry).await {
        return refused(from_store(e));
    }
    let Some(_turn) = gate.enter().await else {
        if outside {
            work.journal.end(&work.intent.id, work.old.as_ref());
        }
        return None;
    };
    let schema = ty.schema();
    let applied = send(ty.as_ref(), &configured, &schema, work).await;
    let mut applied = look_again(ty.as_ref(), &configured, &schema, work, entry.before.as_deref(), applied, gate.patience).await;
    if let Some(object) = &mut applied.object {
        object.attributes = without_write_only(&object.attributes, &schema.block);
    }
    if applied.error.is_some() && applied.object.is_none() {
        applied.object.clone_from(&work.prior);
    }
    let open = applied.error.as_ref().is_some_and(|e| matches!(e.kind, ErrorKind::Unsettled | ErrorKind::Throttled));
    let half = work.shell.status == Status::Tainted;
    let status = if half { Status::Tainted } else { work.status_after(applied.error.is_some()) };
    let object = applied.object.as_ref().map(|o| stored(&work.shell, o, &work.marked, &schema, status).1);
    match &object {
        _ if !outside => work.journal.made(&entry, object.as_ref()),
        // The rest of the create was not refused, only not reached: the next run goes on with it.
        Some(object) if open && work.prior.is_none() => drop(work.journal.reached(&work.intent.id, object).await),
        None if applied.error.as_ref().is_some_and(|e| e.kind == ErrorKind::Unsettled) => {}
        _ => work.journal.end(&work.intent.id, object.as_ref()),
    }
    Some(applied)
}

async fn send(ty: &dyn ResourceType, configured: &Configured, schema: &ResourceSchema, work: &Work) -> Applied {
    let place = region(&work.planned, configured);
    let ctx = context(configured, place.as_deref());
    let timeouts = timeouts(&work.config);
    let (addr, planned, config, intent) = (&work.addr, &work.planned, &work.config, &work.intent);
    if let Some(prior) = &work.prior {
        return ty.update(&ctx, UpdateRequest { addr, prior, planned, config, intent, timeouts }).await;
    }
    let checkpoint = Durable::new(work, schema, ty.trace());
    let mut applied = ty.create(&ctx, CreateRequest { addr, planned, config, intent, timeouts, checkpoint: &checkpoint }).await;
    if applied.object.is_none() {
        applied.object = checkpoint.last.into_inner().unwrap_or_else(PoisonError::into_inner);
    }
    applied
}

/// Destroys; `None` when it was not begun.
pub(super) async fn remove(providers: &ConfiguredProviders, work: &Work, gate: &Gate<'_>) -> Option<Result<(), ProviderError>> {
    let (ty, configured) = match resource(providers, work) {
        Ok(found) => found,
        Err(e) => return Some(Err(e)),
    };
    let Some(prior) = &work.prior else { return Some(Ok(())) };
    let entry = work.entry(None);
    let outside = ty.trace() != Trace::StateOnly;
    if outside && let Err(e) = work.journal.begin(&entry).await {
        return Some(Err(from_store(e)));
    }
    let Some(_turn) = gate.enter().await else {
        if outside {
            work.journal.end(&work.intent.id, work.old.as_ref());
        }
        return None;
    };
    let place = region(&prior.attributes, &configured);
    let ctx = context(&configured, place.as_deref());
    let request = DeleteRequest { addr: &work.addr, prior, intent: &work.intent, timeouts: timeouts(&prior.attributes) };
    let result = ty.delete(&ctx, request).await;
    match &result {
        Ok(()) if outside => work.journal.end(&work.intent.id, None),
        Ok(()) => work.journal.made(&entry, None),
        Err(e) if outside && e.kind != ErrorKind::Unsettled => work.journal.end(&work.intent.id, work.old.as_ref()),
        Err(_) => {}
    }
    Some(result)
}
