//! A managed resource of the configuration: all its instances.

use super::prior::unsupported;
use super::{Planner, ProviderStatus, Tried};
use crate::addr::{InstanceAddr, ProviderConfigAddr, ResourceAddr};
use crate::config::Resource;
use crate::graph::NodeId;
use crate::plan::PlanMode;
use crate::plan::eval::provider_of;
use crate::schema::{ProviderFacts, ResourceSchema};
use std::sync::Arc;

/// What every instance of a resource shares.
pub(super) struct Shared<'a> {
    pub resource: &'a Resource,
    pub provider: ProviderConfigAddr,
    pub schema: Arc<ResourceSchema>,
    pub facts: Arc<ProviderFacts>,
}

impl Planner {
    pub(super) fn managed(&mut self, id: NodeId, addr: &ResourceAddr) -> Tried {
        let config = self.config.clone();
        let Some(resource) = config.modules.get(&addr.module).and_then(|m| m.resources.get(addr)) else { return Tried::Done };
        let shared = match self.prepare(id, resource) {
            Ok(shared) => shared,
            Err(tried) => return tried,
        };
        let bound = match self.all_bound(&shared, addr) {
            Ok(bound) => bound,
            Err(tried) => return tried,
        };
        self.bind_chosen(addr, &bound);
        match self.imports(&shared, addr) {
            Tried::Done if self.priors.ready(addr) => {}
            Tried::Failed => return Tried::Failed,
            Tried::Done | Tried::Wait => return Tried::Wait,
        }
        if self.options.mode == PlanMode::RefreshOnly {
            self.set_stored_values(addr);
            return Tried::Done;
        }
        let mut ok = true;
        for (instance, shared) in bound {
            if self.selection.instance(&instance) {
                ok &= self.plan_instance(&shared, &instance);
            } else {
                self.keep_instance(&instance);
            }
        }
        ok.into()
    }

    /// Expands the resource; its schema, and its provider's facts once they are there.
    pub(super) fn prepare<'a>(&mut self, id: NodeId, resource: &'a Resource) -> Result<Shared<'a>, Tried> {
        let addr = &resource.addr;
        let provider = provider_of(&self.config, resource);
        if !self.expanded.contains(addr) {
            if !self.eval.run(id, &mut self.diags) {
                return Err(Tried::Failed);
            }
            self.expanded.insert(addr.clone());
        }
        let Some(schema) = self.eval.schemas.schema(&provider.source, addr.mode, &addr.kind) else {
            let used = !self.instances(addr).is_empty();
            // Without an instance it was one of the types that `config::validate` lists.
            if used {
                let d = unsupported(self.eval.schemas.as_ref(), &provider, addr.mode, &addr.kind);
                self.diags.push(d.at(resource.span).address(addr));
            }
            return Err((!used).into());
        };
        match self.providers.get(&provider) {
            Some(ProviderStatus::Ready(facts)) => Ok(Shared { resource, provider, schema, facts: facts.clone() }),
            Some(ProviderStatus::Failed) => Err(Tried::Failed),
            Some(ProviderStatus::Asked) | None => Err(Tried::Wait),
        }
    }

    /// Instances of a resource in all module instances.
    pub(super) fn instances(&self, addr: &ResourceAddr) -> Vec<InstanceAddr> {
        let modules = self.eval.module_instances(&addr.module).iter();
        let parents = modules.map(|m| addr.in_module(m.clone()));
        parents
            .flat_map(|p| {
                let keys = self.eval.values.resource(&p).map(|e| e.keys()).unwrap_or_default();
                keys.into_iter().map(move |k| p.instance(k))
            })
            .collect()
    }

    /// An instance that is left out of a partial plan: as it is.
    fn keep_instance(&mut self, instance: &InstanceAddr) {
        self.kept.insert(instance.clone());
        let now = self.priors.all.get(&(instance.clone(), None)).and_then(|p| p.now.clone());
        if let Some(value) = now {
            self.eval.values.set_instance(&instance.resource, &instance.key, value);
        }
    }

    /// Values of the state for all instances that it has.
    pub(super) fn set_stored_values(&mut self, addr: &ResourceAddr) {
        let ids = self.priors.by_resource.get(addr).cloned().unwrap_or_default();
        for (instance, _) in ids.iter().filter(|(_, deposed)| deposed.is_none()) {
            self.keep_instance(instance);
        }
        if addr.mode == crate::addr::Mode::Data {
            self.keep_data(addr);
        }
    }
}
