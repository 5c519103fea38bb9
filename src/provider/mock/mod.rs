//! A provider that stands in for another one: it has the other's types and makes no call.
//!
//! What the configuration gives stays as it is; computed attributes take the values that a test
//! gives for them, others are drawn by type as OpenTofu's documentation of `test` says ("Automatically
//! generated values"). They are defaults of the stand-in's schemas, so a plan knows them already.

mod draw;
mod schema;
#[cfg(test)]
mod tests;
mod types;

use super::{Configured, DataSource, EphemeralType, Provider, ProviderError, ResourceType};
use crate::addr::{Mode, ProviderSource};
use crate::config::testing::Double;
use crate::diag::{Diagnostic, Diagnostics};
use crate::schema::{BlockSchema, ProviderFacts, ResourceSchema};
use crate::value::{Members, Name, Value};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use types::{MockData, MockEphemeral, MockResource};

/// A stand-in for a provider.
pub struct MockProvider {
    double: Double,
    inner: Arc<dyn Provider>,
    schemas: Mutex<BTreeMap<(Mode, Name), Arc<ResourceSchema>>>,
}

impl MockProvider {
    /// A stand-in for `inner`.
    #[must_use]
    pub fn new(double: Double, inner: Arc<dyn Provider>) -> Self {
        MockProvider { double, inner, schemas: Mutex::default() }
    }

    /// What cannot be used of the values that the test gives for the resource.
    #[must_use]
    pub fn remarks(&self) -> Diagnostics {
        let resource = &self.double.resource;
        let Some(schema) = self.real_schema(resource.mode, &resource.kind) else { return Diagnostics::new() };
        let none = Members::new();
        let values = self.double.stubs.get(&(resource.mode, resource.kind.clone())).unwrap_or(&none);
        let found = schema::remarks(&schema.block, values, &resource.kind);
        found.into_iter().map(|d: Diagnostic| if d.address.is_none() { d.address(resource) } else { d }).collect()
    }

    fn real_schema(&self, mode: Mode, kind: &str) -> Option<Arc<ResourceSchema>> {
        match mode {
            Mode::Managed => self.inner.resource(kind).map(|r| r.schema()),
            Mode::Data => self.inner.data_source(kind).map(|d| d.schema()),
            Mode::Ephemeral => self.inner.ephemeral(kind).map(|e| e.schema()),
        }
    }

    fn schema(&self, mode: Mode, kind: &str) -> Option<Arc<ResourceSchema>> {
        let key = (mode, Name::from(kind));
        let mut made = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(schema) = made.get(&key) {
            return Some(schema.clone());
        }
        let real = self.real_schema(mode, kind)?;
        let none = Members::new();
        let values = self.double.stubs.get(&key).unwrap_or(&none);
        let schema = Arc::new(schema::stand_in(&real, values, &self.double.resource.to_string()));
        made.insert(key, schema.clone());
        Some(schema)
    }
}

#[async_trait]
impl Provider for MockProvider {
    fn source(&self) -> ProviderSource {
        self.double.source.clone()
    }

    fn config_schema(&self) -> Arc<BlockSchema> {
        Arc::new(BlockSchema::new())
    }

    fn resource(&self, kind: &str) -> Option<Arc<dyn ResourceType>> {
        let inner = self.inner.resource(kind)?;
        let schema = self.schema(Mode::Managed, kind)?;
        Some(Arc::new(MockResource { inner, schema }))
    }

    fn data_source(&self, kind: &str) -> Option<Arc<dyn DataSource>> {
        let inner = self.inner.data_source(kind)?;
        let schema = self.schema(Mode::Data, kind)?;
        Some(Arc::new(MockData { inner, schema }))
    }

    fn ephemeral(&self, kind: &str) -> Option<Arc<dyn EphemeralType>> {
        let inner = self.inner.ephemeral(kind)?;
        let schema = self.schema(Mode::Ephemeral, kind)?;
        Some(Arc::new(MockEphemeral { inner, schema }))
    }

    fn supported(&self, mode: Mode) -> Vec<&'static str> {
        self.inner.supported(mode)
    }

    fn known(&self, mode: Mode) -> &'static [&'static str] {
        self.inner.known(mode)
    }

    fn facts(&self, _config: &Value) -> ProviderFacts {
        ProviderFacts::default()
    }

    async fn configure(&self, _config: &Value) -> Result<Configured, ProviderError> {
        Ok(Configured { data: Arc::new(()), facts: ProviderFacts::default() })
    }
}
