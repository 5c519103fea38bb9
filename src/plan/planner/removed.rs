//! `removed`: objects that leave the configuration without being destroyed.

use crate::addr::{InstanceAddr, ModulePath, ResourceAddr};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::eval::static_place;

/// What the blocks of a configuration say.
#[derive(Default)]
pub(super) struct Retired(Vec<One>);

struct One {
    module: ModulePath,
    resource: Option<ResourceAddr>,
    destroy: bool,
}

impl Retired {
    /// Reads the blocks; those that cannot be meant so are reported.
    pub fn new(config: &Config, diags: &mut Diagnostics) -> Retired {
        let mut all = Vec::new();
        for (path, module) in &config.modules {
            for block in &module.removed {
                let Some(place) = static_place(&block.from).filter(|p| !p.has_keys()) else {
                    let detail = "\"from\" must name a managed resource (aws_vpc.a) or a module (module.m), without keys.";
                    diags.push(Diagnostic::error("Invalid removed block", detail).at(block.from.span));
                    continue;
                };
                let one = One { module: place.module(path), resource: place.config_addr(path), destroy: block.destroy };
                if let Some(name) = one.still_there(config) {
                    let detail = format!("The block says that {name} is gone, but it is still in the configuration.");
                    let d = Diagnostic::error("Removed object still exists", detail).at(block.span);
                    diags.push(d.help("Remove that block, or remove the removed block."));
                    continue;
                }
                all.push(one);
            }
        }
        Retired(all)
    }

    /// Whether an object that is not wanted any more is only forgotten.
    pub fn forgets(&self, addr: &InstanceAddr) -> bool {
        let at = addr.config_addr();
        self.0.iter().any(|one| one.covers(&at) && !one.destroy)
    }
}

impl One {
    fn covers(&self, addr: &ResourceAddr) -> bool {
        match &self.resource {
            Some(own) => own == addr,
            None => addr.module.0.starts_with(&self.module.0),
        }
    }

    fn still_there(&self, config: &Config) -> Option<String> {
        match &self.resource {
            Some(own) => config.modules.get(&own.module).filter(|m| m.resources.contains_key(own)).map(|_| own.to_string()),
            None => config.modules.contains_key(&self.module).then(|| self.module.to_string()),
        }
    }
}
