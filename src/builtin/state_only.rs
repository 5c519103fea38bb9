//! Types whose objects exist in the state alone: made once, kept, forgotten.

use super::object::only_id;
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, Trace, UpdateRequest,
};
use crate::schema::ResourceSchema;
use crate::value::Value;
use async_trait::async_trait;
use std::sync::Arc;

/// A state-only type: its schema and how its computed attributes come about.
pub(super) struct StateOnly {
    pub name: &'static str,
    pub schema: Arc<ResourceSchema>,
    /// Completes a planned object.
    pub make: fn(&Value) -> Result<Value, ProviderError>,
    /// Completes a planned update.
    pub update: fn(&Value) -> Value,
    /// The object as it reads now, where that moves with time.
    pub refresh: Option<fn(&Value) -> Value>,
    /// Whether `id` alone can stand for the object (import).
    pub importable: bool,
    /// Whether an object's time is over: it is read as gone.
    pub expired: Option<fn(&Value) -> bool>,
}

#[async_trait]
impl ResourceType for StateOnly {
    fn name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        self.schema.clone()
    }

    fn iam(&self) -> IamActions {
        IamActions::default()
    }

    fn trace(&self) -> Trace {
        Trace::StateOnly
    }

    async fn read(&self, _ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let over = |object: &Value| self.expired.is_some_and(|expired| expired(object));
        let now = |object: &Object| match self.refresh {
            Some(refresh) => Object { attributes: refresh(&object.attributes), private: object.private.clone() },
            None => object.clone(),
        };
        let read = |p: &Prior<'_>| if over(&p.object.attributes) { ReadOutcome::Gone } else { ReadOutcome::Found(Box::new(now(p.object))) };
        priors.iter().map(read).collect()
    }

    async fn create(&self, _ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match (self.make)(request.planned) {
            Ok(attributes) => Applied::ok(Object::new(attributes)),
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, _ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        Applied::ok(Object { attributes: (self.update)(request.planned), private: request.prior.private.clone() })
    }

    async fn delete(&self, _ctx: &Ctx<'_>, _request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn locate(&self, _ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        Ok(intents.iter().map(|_| Located::NotFound).collect())
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        if self.importable {
            return Ok(Object::new(only_id(&self.schema.block.ty(), id)));
        }
        let detail = format!("{} exists in the state alone: there is nothing outside it to import.", self.name);
        Err(ProviderError::new(ErrorKind::Invalid, "Import is not possible", detail))
    }
}
