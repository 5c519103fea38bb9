//! What a provider call runs in.

use super::{Object, ProviderError};
use crate::schema::ProviderFacts;
use async_trait::async_trait;
use std::any::Any;
use std::collections::BTreeSet;
use std::time::Duration;

/// Given to every provider call.
pub struct Ctx<'a> {
    /// The configured provider's own data (clients); each provider knows its type.
    pub configured: &'a (dyn Any + Send + Sync),
    /// What the provider configuration knows.
    pub facts: &'a ProviderFacts,
    /// Region of the objects of this call, where the provider has regions.
    pub region: Option<&'a str>,
}

/// How long create, update, delete may take: the `timeouts` block, or the type's defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// `create`
    pub create: Option<Duration>,
    /// `update`
    pub update: Option<Duration>,
    /// `delete`
    pub delete: Option<Duration>,
}

/// Makes a half-created object durable between the steps of a create, so that nothing is lost
/// when the run dies: until create returns, the object is tainted in the state.
#[async_trait]
pub trait Checkpoint: Send + Sync {
    /// To be called as soon as the object's identity is known, and again after each step that
    /// made something that must be found again.
    async fn reached(&self, partial: Object) -> Result<(), ProviderError>;
    /// To be called before a create is sent without its intent tag; `existing` are the ids of all objects of the type.
    async fn untraced(&self, existing: BTreeSet<String>) -> Result<(), ProviderError>;
}

/// A checkpoint that keeps nothing (imports, tests of single types).
pub struct NoCheckpoint;

#[async_trait]
impl Checkpoint for NoCheckpoint {
    async fn reached(&self, _partial: Object) -> Result<(), ProviderError> {
        Ok(())
    }
    async fn untraced(&self, _existing: BTreeSet<String>) -> Result<(), ProviderError> {
        Ok(())
    }
}
