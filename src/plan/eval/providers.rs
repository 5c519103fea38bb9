//! Which provider configuration takes care of an object whose own one is not written any more.

use crate::addr::{ModulePath, ProviderConfigAddr};
use crate::config::{Config, ProviderBlock, Resource};

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
