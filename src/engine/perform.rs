//! One step through its provider: intent, call, checkpoints, result.

use super::configured::{ConfiguredProviders, context, region};
use crate::addr::InstanceAddr;
use crate::plan::ResourceChange;
use crate::provider::{
    Applied, Checkpoint, CreateRequest, DeleteRequest, ErrorKind, Intent, Object, Operation, ProviderError, ResourceType, Timeouts,
    UpdateRequest,
};
use crate::schema::ResourceSchema;
use crate::state::object::{ObjectMeta, encode};
use crate::store::{Journal, StoreError};
use crate::value::Value;
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};

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
    }
}

/// A create or update with everything it needs.
pub(super) struct Work {
    pub addr: InstanceAddr,
    pub provider: crate::addr::ProviderConfigAddr,
    pub intent: Intent,
    pub config: Value,
    pub planned: Value,
    /// The planned object with its marks, for the state.
    pub marked: Value,
    pub prior: Option<Object>,
    pub journal: Arc<dyn Journal>,
}

/// Keeps partial results durable, and at hand should the call fail without an object.
struct Durable<'a> {
    journal: &'a dyn Journal,
    intent: &'a Intent,
    schema: &'a ResourceSchema,
    last: Mutex<Option<Object>>,
}

#[async_trait]
impl Checkpoint for Durable<'_> {
    async fn reached(&self, partial: Object) -> Result<(), ProviderError> {
        let json = as_json(&partial, self.schema);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(partial);
        self.journal.end(&self.intent.id, Some(&json)).await.map_err(from_store)
    }
}

fn as_json(object: &Object, schema: &ResourceSchema) -> serde_json::Value {
    let encoded = encode(&object.attributes, schema, ObjectMeta::default());
    serde_json::Value::Object(encoded.attributes)
}

pub(super) fn from_store(error: StoreError) -> ProviderError {
    let mut out = ProviderError::new(ErrorKind::Other, error.summary, error.detail);
    out.help = error.help;
    out
}

/// `timeouts` of an object.
fn timeouts(value: &Value) -> Timeouts {
    let block = value.get("timeouts");
    let get = |name: &str| {
        let text = block.and_then(|b| b.get(name)).and_then(Value::as_str)?;
        crate::clock::parse_duration(text).ok()
    };
    Timeouts { create: get("create"), update: get("update"), delete: get("delete") }
}

fn resource(
    providers: &ConfiguredProviders,
    work: &Work,
) -> Result<(Arc<dyn ResourceType>, Arc<crate::provider::Configured>), ProviderError> {
    let (provider, configured) = providers.get(&work.provider)?;
    let kind = &work.addr.resource.kind;
    let ty = provider
        .resource(kind)
        .ok_or_else(|| ProviderError::new(ErrorKind::Invalid, "Type not supported yet", format!("envctl does not know {kind} yet.")))?;
    Ok((ty, configured))
}

/// Creates or updates.
pub(super) async fn make(providers: &ConfiguredProviders, work: &Work) -> Applied {
    let (ty, configured) = match resource(providers, work) {
        Ok(found) => found,
        Err(e) => return Applied { object: work.prior.clone(), error: Some(e) },
    };
    if let Err(e) = work.journal.begin(&work.intent).await {
        return Applied { object: work.prior.clone(), error: Some(from_store(e)) };
    }
    let schema = ty.schema();
    let place = region(&work.planned, &configured);
    let ctx = context(&configured, place.as_deref());
    let timeouts = timeouts(&work.config);
    let mut applied = if let Some(prior) = &work.prior {
        let request =
            UpdateRequest { addr: &work.addr, prior, planned: &work.planned, config: &work.config, intent: &work.intent, timeouts };
        ty.update(&ctx, request).await
    } else {
        let checkpoint = Durable { journal: work.journal.as_ref(), intent: &work.intent, schema: &schema, last: Mutex::new(None) };
        let request = CreateRequest {
            addr: &work.addr,
            planned: &work.planned,
            config: &work.config,
            intent: &work.intent,
            timeouts,
            checkpoint: &checkpoint,
        };
        let mut applied = ty.create(&ctx, request).await;
        if applied.object.is_none() {
            applied.object = checkpoint.last.into_inner().unwrap_or_else(PoisonError::into_inner);
        }
        applied
    };
    if applied.error.is_some() && applied.object.is_none() {
        applied.object.clone_from(&work.prior);
    }
    let settled = !applied.error.as_ref().is_some_and(|e| e.kind == ErrorKind::Unsettled);
    if settled || applied.object.is_some() {
        let json = applied.object.as_ref().map(|o| as_json(o, &schema));
        if let Err(e) = work.journal.end(&work.intent.id, json.as_ref()).await {
            applied.error.get_or_insert(from_store(e));
        }
    }
    applied
}

/// Destroys.
pub(super) async fn remove(providers: &ConfiguredProviders, work: &Work) -> Result<(), ProviderError> {
    let (ty, configured) = resource(providers, work)?;
    let Some(prior) = &work.prior else { return Ok(()) };
    work.journal.begin(&work.intent).await.map_err(from_store)?;
    let place = region(&prior.attributes, &configured);
    let ctx = context(&configured, place.as_deref());
    let request = DeleteRequest { addr: &work.addr, prior, intent: &work.intent, timeouts: timeouts(&prior.attributes) };
    ty.delete(&ctx, request).await?;
    work.journal.end(&work.intent.id, None).await.map_err(from_store)
}
