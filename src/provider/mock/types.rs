//! Types of a stand-in.

use super::draw::draw;
use crate::plan::diff::{DiffInput, recreate};
use crate::provider::{
    Applied, CreateRequest, Ctx, DataSource, DeleteRequest, EphemeralType, IamActions, Intent, Lease, Located, Object, Prior,
    ProviderError, ReadOutcome, ResourceType, Trace, UpdateRequest,
};
use crate::schema::{BlockSchema, Nesting, ProviderFacts, ResourceSchema};
use crate::value::{Members, Repr, Value};
use async_trait::async_trait;
use std::sync::Arc;

/// A managed type whose objects exist in the state alone.
pub(super) struct MockResource {
    pub inner: Arc<dyn ResourceType>,
    pub schema: Arc<ResourceSchema>,
}

/// A data source that answers without a call.
pub(super) struct MockData {
    pub inner: Arc<dyn DataSource>,
    pub schema: Arc<ResourceSchema>,
}

/// An ephemeral type that opens nothing.
pub(super) struct MockEphemeral {
    pub inner: Arc<dyn EphemeralType>,
    pub schema: Arc<ResourceSchema>,
}

/// What is still unknown of an object becomes a value of its type.
fn known(value: &Value) -> Value {
    match value.repr() {
        Repr::Unknown { ty, .. } => draw(ty, "").mark(value.marks()),
        _ => value.map_children(&mut known),
    }
}

/// The object that a configuration gives, completed.
fn complete(schema: &ResourceSchema, config: &Value, facts: &ProviderFacts) -> Value {
    known(&recreate(&DiffInput { schema, config, prior: None, provider: facts }).unmark_deep().0)
}

/// A configuration in which nothing is written.
fn nothing(block: &BlockSchema) -> Value {
    let attrs = block.attrs.iter().map(|(n, a)| (n.clone(), Value::null(a.ty.clone())));
    let blocks = block.blocks.iter().map(|(n, b)| {
        let ty = b.block.ty();
        let none = match b.nesting {
            Nesting::Single => Value::null(ty),
            Nesting::List => Value::list(ty, vec![]),
            Nesting::Set => Value::set(ty, vec![]),
        };
        (n.clone(), none)
    });
    Value::object(attrs.chain(blocks).collect())
}

#[async_trait]
impl ResourceType for MockResource {
    fn name(&self) -> &'static str {
        self.inner.name()
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
        priors.iter().map(|p| ReadOutcome::Found(Box::new(p.object.clone()))).collect()
    }

    async fn create(&self, _ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        Applied::ok(Object::new(known(request.planned)))
    }

    async fn update(&self, _ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        Applied::ok(Object::new(known(request.planned)))
    }

    async fn delete(&self, _ctx: &Ctx<'_>, _request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn locate(&self, _ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        Ok(intents.iter().map(|_| Located::NotFound).collect())
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let made = complete(&self.schema, &nothing(&self.schema.block), &ProviderFacts::default());
        let mut members: Members = made.members().cloned().unwrap_or_default();
        if members.contains_key("id") {
            members.insert("id".into(), Value::string(id));
        }
        Ok(Object::new(Value::object(members)))
    }
}

#[async_trait]
impl DataSource for MockData {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        self.schema.clone()
    }

    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        configs.iter().map(|config| Ok(complete(&self.schema, config, ctx.facts))).collect()
    }
}

#[async_trait]
impl EphemeralType for MockEphemeral {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        self.schema.clone()
    }

    async fn open(&self, ctx: &Ctx<'_>, config: &Value) -> Result<Lease, ProviderError> {
        Ok(Lease::of(complete(&self.schema, config, ctx.facts)))
    }
}
