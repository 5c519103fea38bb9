//! Where planning and validation get schemas from.

use super::{BlockSchema, ResourceSchema};
use crate::addr::{Mode, ProviderSource};
use std::sync::Arc;

/// Whether a type can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Supported,
    /// The provider has it; envctl does not yet.
    NotYet,
    /// Nobody has it; perhaps this was meant.
    Unknown(Option<String>),
}

/// Schemas by provider and type name.
pub trait SchemaSource: Send + Sync {
    /// Whether the provider is one of ours.
    fn has_provider(&self, provider: &ProviderSource) -> bool;
    /// Names of ours, for people.
    fn provider_names(&self) -> Vec<String> {
        Vec::new()
    }
    /// Schema of the provider's own configuration.
    fn provider_config(&self, provider: &ProviderSource) -> Option<Arc<BlockSchema>>;
    /// Schema of a resource or data source type.
    fn schema(&self, provider: &ProviderSource, mode: Mode, kind: &str) -> Option<Arc<ResourceSchema>>;
    /// Whether a type is supported, known or misspelt.
    fn availability(&self, provider: &ProviderSource, mode: Mode, kind: &str) -> Availability;
    /// A data source that needs no calls: evaluates it at once, also partly unknown.
    /// `None`: it is not such a data source.
    fn read_inline(
        &self,
        provider: &ProviderSource,
        kind: &str,
        config: &crate::value::Value,
        facts: &super::ProviderFacts,
    ) -> Option<Result<crate::value::Value, String>>;
}
