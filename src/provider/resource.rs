//! What a managed resource type promises.

use super::{Checkpoint, Ctx, Intent, Located, ProviderError, Timeouts};
use crate::addr::InstanceAddr;
use crate::schema::ResourceSchema;
use crate::value::Value;
use async_trait::async_trait;
use std::sync::Arc;

/// A remote object as the state keeps it: conforms to the type's schema, wholly known.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// All attributes and blocks.
    pub attributes: Value,
    /// Opaque bytes of the provider, kept in the state's `private`.
    pub private: Option<Vec<u8>>,
}

impl Object {
    /// An object without private bytes.
    #[must_use]
    pub fn new(attributes: Value) -> Self {
        Object { attributes, private: None }
    }
    /// Text attribute, when known; empty counts as absent.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(Value::as_str).filter(|s| !s.is_empty())
    }
    /// The `id` attribute.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.str("id")
    }
}

/// One object to read again.
pub struct Prior<'a> {
    /// Its address (for messages).
    pub addr: &'a InstanceAddr,
    /// As the state has it; an import has little more than `id`.
    pub object: &'a Object,
}

/// What reading one object found.
#[derive(Clone, Debug)]
pub enum ReadOutcome {
    /// As it is now.
    Found(Box<Object>),
    /// It does not exist any more, confirmed by its own NotFound answer.
    Gone,
    /// It could not be read; the state keeps what it has.
    Failed(ProviderError),
}

/// A create.
pub struct CreateRequest<'a> {
    /// Address.
    pub addr: &'a InstanceAddr,
    /// What was planned; every value that the configuration gives is known.
    pub planned: &'a Value,
    /// The configuration alone (null where nothing is written; write-only values are here).
    pub config: &'a Value,
    /// The durable intent, with the token.
    pub intent: &'a Intent,
    /// Timeouts from the configuration.
    pub timeouts: Timeouts,
    /// Makes partial results durable.
    pub checkpoint: &'a dyn Checkpoint,
}

/// An update in place.
pub struct UpdateRequest<'a> {
    /// Address.
    pub addr: &'a InstanceAddr,
    /// As it is.
    pub prior: &'a Object,
    /// As it shall be.
    pub planned: &'a Value,
    /// The configuration alone.
    pub config: &'a Value,
    /// The durable intent.
    pub intent: &'a Intent,
    /// Timeouts from the configuration.
    pub timeouts: Timeouts,
}

/// A delete.
pub struct DeleteRequest<'a> {
    /// Address.
    pub addr: &'a InstanceAddr,
    /// As it is.
    pub prior: &'a Object,
    /// The durable intent.
    pub intent: &'a Intent,
    /// Timeouts from the state's last configuration.
    pub timeouts: Timeouts,
}

/// What create and update leave behind, also when they fail.
#[derive(Debug)]
pub struct Applied {
    /// The object as it is now. `None`: nothing exists. With an error: what was reached; a
    /// created object with an error is tainted in the state.
    pub object: Option<Object>,
    /// What went wrong.
    pub error: Option<ProviderError>,
}

impl Applied {
    /// All went well.
    #[must_use]
    pub fn ok(object: Object) -> Self {
        Applied { object: Some(object), error: None }
    }
    /// Nothing exists.
    #[must_use]
    pub fn failed(error: ProviderError) -> Self {
        Applied { object: None, error: Some(error) }
    }
    /// Something exists, but not all was done.
    #[must_use]
    pub fn partial(object: Object, error: ProviderError) -> Self {
        Applied { object: Some(object), error: Some(error) }
    }
}

/// API permissions a type needs, per operation (`ec2:CreateVpc`).
#[derive(Clone, Copy, Debug, Default)]
pub struct IamActions {
    /// Reading and locating.
    pub read: &'static [&'static str],
    /// Creating.
    pub create: &'static [&'static str],
    /// Updating.
    pub update: &'static [&'static str],
    /// Deleting.
    pub delete: &'static [&'static str],
}

/// What of an object shows that an intent of ours made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// Intent tag or client token: what is found is ours, also when it arrives late.
    Token,
    /// Name or natural key: what is found may have been there before.
    Name,
    /// A name on this machine: nothing arrives late.
    Machine,
    /// It exists in the state alone.
    StateOnly,
}

/// A managed resource type. One file each; `aws_vpc` is the model.
#[async_trait]
pub trait ResourceType: Send + Sync {
    /// `aws_vpc`
    fn name(&self) -> &'static str;
    /// Schema and pure rules.
    fn schema(&self) -> Arc<ResourceSchema>;
    /// Permissions needed.
    fn iam(&self) -> IamActions;
    /// Whether a created object carries the intent tag until the state is saved (only where
    /// neither name nor natural key finds it).
    fn uses_intent_tag(&self) -> bool {
        false
    }
    /// Types whose objects show in their own attributes what this type attaches to them (a role its policies, a group its
    /// rules): they are read again when one is attached or taken off, so that no plan takes it for somebody else's change.
    fn shows_in(&self) -> &'static [&'static str] {
        &[]
    }
    /// What `locate` goes by.
    fn trace(&self) -> Trace {
        if self.uses_intent_tag() { Trace::Token } else { Trace::Name }
    }
    /// Goes on with a create that an earlier run left half-made; `object` is what was found of it.
    /// A type overrides this where steps remain (waiting above all) that do not show as
    /// differences in the next plan, which carries out all others.
    async fn resume(&self, _ctx: &Ctx<'_>, _request: CreateRequest<'_>, object: Object) -> Applied {
        Applied::ok(object)
    }
    /// Reads many objects of one provider configuration and region; answers in the order asked,
    /// exactly one outcome for each.
    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome>;
    /// Creates; on return with an error the object says what exists.
    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied;
    /// Changes in place; on return with an error the object says what is now.
    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied;
    /// Deletes and waits until it is gone; an object that does not exist is success.
    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError>;
    /// Finds what unsettled intents (all of this type, one provider configuration and region)
    /// made: by client token, intent tag, name or natural key. One answer for each, in order.
    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError>;
    /// The object that an import id names, as a [`Prior`] for `read` (usually just `id` set).
    fn import(&self, id: &str) -> Result<Object, ProviderError>;
}
