//! Which provider configuration takes care of an object, also when its own one is not written any more.

use super::{Evaluator, Expansion, Repetition};
use crate::addr::{InstanceAddr, ModuleInstance, ModulePath, ProviderConfigAddr};
use crate::config::{Config, ProviderBlock, Resource};
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::evaluate_as;
use crate::syntax::Expr;
use crate::value::{Name, Type};

/// The configuration a resource uses.
#[must_use]
pub fn provider_of(config: &Config, resource: &Resource) -> ProviderConfigAddr {
    let mut addr = config.provider_config_for(&resource.addr.module, &resource.provider_ref).addr;
    addr.source = resource.provider.clone();
    addr
}

/// The block of a configuration; `None` when it is implied.
#[must_use]
pub fn block<'a>(config: &'a Config, addr: &ProviderConfigAddr) -> Option<&'a ProviderBlock> {
    let module = config.modules.get(&addr.module)?;
    module.providers.values().find(|b| b.alias == addr.alias && module.provider_source(&b.name) == addr.source)
}

/// The same alias in the nearest module above, else the root's default. `None` when it needs an
/// alias that nobody has.
#[must_use]
pub fn standing_in(config: &Config, addr: &ProviderConfigAddr) -> Option<ProviderConfigAddr> {
    let mut at = Some(addr.module.clone());
    while let Some(module) = at {
        let candidate = ProviderConfigAddr { module: module.clone(), ..addr.clone() };
        if block(config, &candidate).is_some() {
            return Some(candidate);
        }
        at = module.parent();
    }
    addr.alias.is_none().then(|| ProviderConfigAddr { module: ModulePath::root(), ..addr.clone() })
}

impl Evaluator {
    /// The instances of a configuration: itself, where it has no `for_each`. `None` before it was evaluated.
    #[must_use]
    pub fn provider_addrs(&self, base: &ProviderConfigAddr) -> Option<Vec<ProviderConfigAddr>> {
        let repeated = block(&self.config, base).is_some_and(|b| b.for_each.is_some());
        match self.provider_instances.get(base) {
            Some(Expansion::Each(keys)) => Some(keys.keys().map(|k| base.instance(k)).collect()),
            _ if repeated => None,
            _ => Some(vec![base.clone()]),
        }
    }

    /// The provider (instance) that manages an instance; `None` after an error.
    pub fn provider_of_instance(&self, resource: &Resource, addr: &InstanceAddr, diags: &mut Diagnostics) -> Option<ProviderConfigAddr> {
        let base = provider_of(&self.config, resource);
        if block(&self.config, &base).is_none_or(|b| b.for_each.is_none()) {
            return Some(base);
        }
        let (module, repetition, expr) = self.key_place(resource, addr)?;
        let mut scope = self.scope(&module);
        scope.repetition = repetition;
        let mut found = Diagnostics::new();
        let key = evaluate_as(expr, &Type::String, &scope, &mut found);
        if found.has_errors() {
            diags.extend(found);
            return None;
        }
        let marks = key.marks();
        let wrong = if marks.is_secret() {
            Some("must be neither sensitive nor ephemeral: it shows in the state")
        } else if key.is_unknown() {
            Some("is known only after apply")
        } else if key.is_null() {
            Some("is null")
        } else {
            None
        };
        let invalid = |detail: String| Diagnostic::error("Invalid provider instance key", detail).at(expr.span).address(addr);
        if let Some(why) = wrong {
            diags.push(invalid(format!("The key of the provider instance for {addr} {why}.")));
            return None;
        }
        let chosen = base.instance(key.as_str().unwrap_or_default());
        let all = self.provider_addrs(&base).unwrap_or_default();
        if all.contains(&chosen) {
            return Some(chosen);
        }
        let keys: Vec<&str> = all.iter().filter_map(|a| a.key.as_deref()).collect();
        let there = if keys.is_empty() { "none at all".to_string() } else { keys.join(", ") };
        let d = invalid(format!("{addr} needs {chosen}, which the for_each of that provider does not make. There are: {there}."));
        diags
            .push(d.help("Remove objects with the provider instance they were made with, and that instance from its for_each afterwards."));
        None
    }

    /// Where the key is written: at the resource, or at the call that passes the configuration.
    fn key_place<'r>(&'r self, resource: &'r Resource, addr: &InstanceAddr) -> Option<(ModuleInstance, Repetition, &'r Expr)> {
        let via = self.config.provider_config_for(&resource.addr.module, &resource.provider_ref).via;
        let Some((path, call, child)) = via else {
            let repetition = self.values.resource(&addr.resource).map(|e| Repetition::of(e, &addr.key)).unwrap_or_default();
            return Some((addr.resource.module.clone(), repetition, resource.provider_key.as_ref()?));
        };
        let depth = path.0.len();
        let module = ModuleInstance(addr.resource.module.0.iter().take(depth).cloned().collect());
        let (_, key) = addr.resource.module.0.get(depth)?;
        let repetition = self.values.call(&module, &call).map(|e| Repetition::of(e, key)).unwrap_or_default();
        let written: &Name = &call;
        let keys = &self.config.modules.get(&path)?.calls.get(written)?.provider_keys;
        Some((module, repetition, keys.iter().find(|(name, _)| *name == child).map(|(_, key)| key)?))
    }
}
