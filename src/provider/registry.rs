//! Providers and how they are found.

use super::{DataSource, EphemeralType, ProviderError, ResourceType};
use crate::addr::{Mode, ProviderSource};
use crate::schema::{Availability, BlockSchema, ProviderFacts, ResourceSchema, SchemaSource};
use crate::value::Value;
use async_trait::async_trait;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A configured provider: clients and what they know.
pub struct Configured {
    /// The provider's own data, handed to its types through `Ctx::configured`.
    pub data: Arc<dyn Any + Send + Sync>,
    /// What planning needs.
    pub facts: ProviderFacts,
}

/// A provider: its configuration and its types.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Which provider.
    fn source(&self) -> ProviderSource;
    /// Schema of its `provider` block.
    fn config_schema(&self) -> Arc<BlockSchema>;
    /// A managed type.
    fn resource(&self, kind: &str) -> Option<Arc<dyn ResourceType>>;
    /// A data source.
    fn data_source(&self, kind: &str) -> Option<Arc<dyn DataSource>>;
    /// An ephemeral resource type.
    fn ephemeral(&self, _kind: &str) -> Option<Arc<dyn EphemeralType>> {
        None
    }
    /// Names of all types of a mode that work here.
    fn supported(&self, mode: Mode) -> Vec<&'static str>;
    /// Names of all types the real provider has (for "not supported yet" against "misspelt").
    fn known(&self, mode: Mode) -> &'static [&'static str];
    /// What can be known of a configuration without any call (used while parts are unknown).
    fn facts(&self, config: &Value) -> ProviderFacts;
    /// Makes clients from a wholly known configuration; checks what it promises (account ids).
    async fn configure(&self, config: &Value) -> Result<Configured, ProviderError>;
    /// Removes intent tags from objects `(type, region, id)` whose state is saved, many a call.
    async fn settle(&self, _configured: &Configured, _objects: &[(String, Option<String>, String)]) -> Result<(), ProviderError> {
        Ok(())
    }
}

/// All providers of this build.
#[derive(Default, Clone)]
pub struct Registry {
    providers: BTreeMap<ProviderSource, Arc<dyn Provider>>,
}

impl Registry {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds a provider.
    pub fn add(&mut self, provider: Arc<dyn Provider>) {
        self.providers.insert(provider.source(), provider);
    }
    /// A provider by source.
    #[must_use]
    pub fn provider(&self, source: &ProviderSource) -> Option<&Arc<dyn Provider>> {
        self.providers.get(source)
    }
    /// All providers.
    pub fn providers(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.providers.values()
    }
}

impl SchemaSource for Registry {
    fn has_provider(&self, provider: &ProviderSource) -> bool {
        self.providers.contains_key(provider)
    }

    fn provider_names(&self) -> Vec<String> {
        self.providers.keys().map(|source| source.kind.to_string()).collect()
    }

    fn provider_config(&self, provider: &ProviderSource) -> Option<Arc<BlockSchema>> {
        self.providers.get(provider).map(|p| p.config_schema())
    }

    fn schema(&self, provider: &ProviderSource, mode: Mode, kind: &str) -> Option<Arc<ResourceSchema>> {
        let p = self.providers.get(provider)?;
        match mode {
            Mode::Managed => p.resource(kind).map(|r| r.schema()),
            Mode::Data => p.data_source(kind).map(|d| d.schema()),
            Mode::Ephemeral => p.ephemeral(kind).map(|e| e.schema()),
        }
    }

    fn availability(&self, provider: &ProviderSource, mode: Mode, kind: &str) -> Availability {
        let Some(p) = self.providers.get(provider) else { return Availability::NotYet };
        if p.supported(mode).contains(&kind) {
            return Availability::Supported;
        }
        if p.known(mode).contains(&kind) {
            return Availability::NotYet;
        }
        Availability::Unknown(crate::value::closest(kind, p.known(mode).iter().copied()))
    }

    fn read_inline(&self, provider: &ProviderSource, kind: &str, config: &Value, facts: &ProviderFacts) -> Option<Result<Value, String>> {
        self.providers.get(provider)?.data_source(kind)?.read_inline(config, facts)
    }
}
