//! Which provider configuration a block uses, through inheritance and `providers = {...}`.
//!
//! The rules are OpenTofu's: a configuration is looked for in the module itself, then among what
//! its call passes explicitly, then (default configurations only) in the calling module by the
//! provider's source. A default configuration that nobody wrote is an empty one of the root.

use super::model::{Config, Module, ModuleCall, ProviderBlock, ProviderRef};
use crate::addr::{ModulePath, ProviderConfigAddr, ProviderSource};
use crate::value::Name;

/// Where a provider configuration was found.
pub struct ResolvedProvider<'a> {
    /// Its address; `addr.module` is the module whose scope its block is evaluated in.
    pub addr: ProviderConfigAddr,
    /// The block; `None` is the implied empty configuration.
    pub block: Option<&'a ProviderBlock>,
    /// The last call that passes it explicitly: the calling module, the call, the name in the child.
    pub via: Option<(ModulePath, Name, ProviderRef)>,
}

impl Module {
    /// What a local provider name means in this module.
    #[must_use]
    pub fn provider_source(&self, local: &str) -> ProviderSource {
        self.required_providers.get(local).map_or_else(|| ProviderSource::default_for(local), |r| r.source.clone())
    }

    /// The `provider` block of a source and alias, whatever its local name.
    fn provider_block(&self, source: &ProviderSource, alias: Option<&Name>) -> Option<&ProviderBlock> {
        self.providers.values().find(|b| b.alias.as_ref() == alias && self.provider_source(&b.name) == *source)
    }

    fn means(&self, reference: &ProviderRef, source: &ProviderSource, alias: Option<&Name>) -> bool {
        reference.alias.as_ref() == alias && self.provider_source(&reference.name) == *source
    }
}

impl ProviderBlock {
    /// Whether nothing is written in it: old modules declare so that a configuration is passed in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.attributes.is_empty() && self.body.blocks.is_empty()
    }
}

impl Config {
    /// The call that leads to a module; `None` for the root.
    #[must_use]
    pub fn call_of(&self, path: &ModulePath) -> Option<&ModuleCall> {
        let parent = self.modules.get(&path.parent()?)?;
        parent.calls.get(path.0.last()?)
    }

    /// The configuration that a reference in a module stands for.
    #[must_use]
    pub fn provider_config_for(&self, module: &ModulePath, reference: &ProviderRef) -> ResolvedProvider<'_> {
        let source =
            self.modules.get(module).map_or_else(|| ProviderSource::default_for(&reference.name), |m| m.provider_source(&reference.name));
        self.resolve(module, &source, reference.alias.as_ref())
    }

    fn resolve(&self, path: &ModulePath, source: &ProviderSource, alias: Option<&Name>) -> ResolvedProvider<'_> {
        let here = |block| ResolvedProvider {
            addr: ProviderConfigAddr { module: path.clone(), source: source.clone(), alias: alias.cloned(), key: None },
            block,
            via: None,
        };
        let Some(module) = self.modules.get(path) else { return here(None) };
        let block = module.provider_block(source, alias);
        let (Some(parent), Some(call)) = (path.parent(), self.call_of(path)) else { return here(block) };
        if block.is_some_and(|b| !b.is_empty()) {
            return here(block);
        }
        let passed = call.providers.iter().find(|(child, _)| module.means(child, source, alias));
        if let Some((child, outer)) = passed {
            let mut found = self.provider_config_for(&parent, outer);
            found.via.get_or_insert_with(|| (parent, call.name.clone(), child.clone()));
            return found;
        }
        if block.is_some() || alias.is_some() {
            return here(block);
        }
        self.resolve(&parent, source, None)
    }

    /// Every provider configuration that is written or used, each once, in address order.
    #[must_use]
    pub fn provider_configs(&self) -> Vec<ResolvedProvider<'_>> {
        let mut all = std::collections::BTreeMap::new();
        for (path, module) in &self.modules {
            let written = module.providers.values().map(|b| ProviderRef { name: b.name.clone(), alias: b.alias.clone() });
            let used = module.resources.values().map(|r| r.provider_ref.clone());
            for reference in written.chain(used) {
                let resolved = self.provider_config_for(path, &reference);
                all.insert(resolved.addr.clone(), resolved);
            }
        }
        all.into_values().collect()
    }
}
