//! Configured providers of a run: each configuration is made once.

use crate::addr::ProviderConfigAddr;
use crate::diag::Diagnostic;
use crate::provider::{Configured, Ctx, Provider, ProviderError, Registry};
use crate::schema::ProviderFacts;
use crate::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Providers by configuration address.
#[derive(Clone, Default)]
pub struct ConfiguredProviders {
    registry: Registry,
    made: BTreeMap<ProviderConfigAddr, Arc<Configured>>,
}

impl ConfiguredProviders {
    /// None configured yet.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        ConfiguredProviders { registry, made: BTreeMap::new() }
    }

    /// All providers.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Makes clients for a configuration; the facts are what planning needs.
    ///
    /// # Errors
    /// What the provider says about its configuration.
    pub async fn configure(&mut self, addr: &ProviderConfigAddr, config: &Value) -> Result<ProviderFacts, ProviderError> {
        let provider = self.registry.provider(&addr.source).cloned().ok_or_else(|| missing(addr))?;
        let configured = provider.configure(config).await?;
        let facts = configured.facts.clone();
        self.made.insert(addr.clone(), Arc::new(configured));
        Ok(facts)
    }

    /// Drops a configuration that was made, all its instances.
    pub fn forget(&mut self, addr: &ProviderConfigAddr) {
        self.made.retain(|made, _| made.base() != *addr);
    }

    /// Whether the configuration was made.
    #[must_use]
    pub fn has(&self, addr: &ProviderConfigAddr) -> bool {
        self.made.contains_key(addr)
    }

    /// The provider and its clients.
    ///
    /// # Errors
    /// When the configuration was never made.
    pub fn get(&self, addr: &ProviderConfigAddr) -> Result<(Arc<dyn Provider>, Arc<Configured>), ProviderError> {
        let provider = self.registry.provider(&addr.source).cloned();
        provider.zip(self.made.get(addr).cloned()).ok_or_else(|| missing(addr))
    }

    /// All configurations made.
    pub fn iter(&self) -> impl Iterator<Item = (&ProviderConfigAddr, &Arc<Configured>)> {
        self.made.iter()
    }
}

/// The surroundings of a call for objects of a region.
pub(super) fn context<'a>(configured: &'a Configured, region: Option<&'a str>) -> Ctx<'a> {
    Ctx { configured: configured.data.as_ref(), facts: &configured.facts, region }
}

/// The region an object or configuration names, else the provider's.
pub(super) fn region(value: &Value, configured: &Configured) -> Option<String> {
    let own = value.get("region").and_then(Value::as_str).filter(|r| !r.is_empty());
    own.or_else(|| configured.facts.str("region")).map(str::to_string)
}

fn missing(addr: &ProviderConfigAddr) -> ProviderError {
    let detail = format!("{addr} is not configured: its configuration could not be evaluated.");
    ProviderError::new(crate::provider::ErrorKind::Invalid, "Provider not configured", detail)
}

/// A provider's error as a message about an object.
#[must_use]
pub(super) fn diagnostic(error: ProviderError, addr: impl ToString) -> Diagnostic {
    let at = error.path.as_ref().map(|p| format!(" (argument {p})")).unwrap_or_default();
    let mut d = Diagnostic::error(error.summary, format!("{}{at}", error.detail)).address(addr);
    d.help = error.help;
    d
}
