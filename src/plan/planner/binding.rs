//! Which instance of a provider configuration with `for_each` an object belongs to: the one its
//! resource chooses, and where nothing chooses any more, the one the state names.

use super::managed::Shared;
use super::prior::Reading;
use super::request::ObjectId;
use super::{Planner, ProviderStatus, Tried};
use crate::addr::{InstanceAddr, ProviderConfigAddr, ResourceAddr};
use crate::diag::Diagnostic;
use crate::plan::eval::provider_block;
use std::collections::{BTreeMap, BTreeSet};

impl Planner {
    /// What an instance is planned with, once its provider is there.
    pub(super) fn bound<'a>(&mut self, shared: &Shared<'a>, addr: &InstanceAddr) -> Result<Shared<'a>, Tried> {
        let Some(provider) = self.eval.provider_of_instance(shared.resource, addr, &mut self.diags) else { return Err(Tried::Failed) };
        match self.providers.get(&provider) {
            Some(ProviderStatus::Ready(facts)) => {
                Ok(Shared { resource: shared.resource, provider, schema: shared.schema.clone(), facts: facts.clone() })
            }
            Some(ProviderStatus::Failed) => Err(Tried::Failed),
            Some(ProviderStatus::Asked) | None => Err(Tried::Wait),
        }
    }

    /// All instances of a resource with what they are planned with.
    pub(super) fn all_bound<'a>(&mut self, shared: &Shared<'a>, addr: &ResourceAddr) -> Result<Vec<(InstanceAddr, Shared<'a>)>, Tried> {
        let all: Vec<InstanceAddr> = self.instances(addr);
        all.into_iter().map(|instance| self.bound(shared, &instance).map(|shared| (instance, shared))).collect()
    }

    /// Objects of the state go to the provider instances that the configuration chooses for them.
    pub(super) fn bind_chosen(&mut self, addr: &ResourceAddr, bound: &[(InstanceAddr, Shared<'_>)]) {
        let keyed = bound.iter().filter(|(_, shared)| shared.provider.key.is_some());
        let chosen: BTreeMap<&InstanceAddr, &ProviderConfigAddr> = keyed.map(|(a, shared)| (a, &shared.provider)).collect();
        let ids = self.priors.by_resource.get(addr).cloned().unwrap_or_default();
        self.bind(ids.iter().filter_map(|id| Some((id, (*chosen.get(&id.0)?).clone()))));
        self.bind_to_stored(&ids);
    }

    /// Objects that no instance of the configuration stands for go to the one they were made with.
    pub(super) fn bind_stored(&mut self, addr: &ResourceAddr) {
        let ids = self.priors.by_resource.get(addr).cloned().unwrap_or_default();
        self.bind_to_stored(&ids);
    }

    /// The same for objects whose resource is not written any more.
    pub(super) fn bind_orphans(&mut self, base: &ProviderConfigAddr) {
        let written = |a: &ResourceAddr| self.config.modules.get(&a.module).is_some_and(|m| m.resources.contains_key(a));
        let orphans = self.priors.all.iter().filter(|((a, _), p)| p.provider == *base && !written(&a.config_addr()));
        let ids: Vec<ObjectId> = orphans.map(|(id, _)| id.clone()).collect();
        self.bind_to_stored(&ids);
    }

    fn bind_to_stored(&mut self, ids: &[ObjectId]) {
        let mut found = Vec::new();
        for id in ids {
            let Some(prior) = self.priors.all.get_mut(id).filter(|p| p.reading == Reading::Due && p.provider.key.is_none()) else {
                continue;
            };
            if provider_block(&self.config, &prior.provider).is_none_or(|b| b.for_each.is_none()) {
                continue;
            }
            let chosen = prior.stored.provider_key().map(|key| prior.provider.instance(&key));
            if let Some(provider) = chosen.filter(|c| self.providers.contains_key(c)) {
                found.push((id, provider));
                continue;
            }
            prior.reading = Reading::Over;
            let made = prior.stored.provider.clone().unwrap_or_else(|| prior.provider.to_string());
            let detail =
                format!("{} is in the state and was made with {made}; the for_each of that provider makes no such instance.", id.0);
            let d = Diagnostic::error("Provider instance not present", detail).address(&id.0);
            self.diags.push(d.help("Put the key back into the provider's for_each, apply, and take it out after the object is gone."));
        }
        self.bind(found.into_iter());
    }

    fn bind<'i>(&mut self, found: impl Iterator<Item = (&'i ObjectId, ProviderConfigAddr)>) {
        let mut providers = BTreeSet::new();
        for (id, provider) in found {
            if let Some(prior) = self.priors.all.get_mut(id).filter(|p| p.provider != provider) {
                prior.provider = provider.clone();
                providers.insert(provider);
            }
        }
        for provider in providers {
            if matches!(self.providers.get(&provider), Some(ProviderStatus::Ready(_))) {
                self.ask_priors(&provider);
            }
        }
    }

    /// Has the objects of a provider read again that are due.
    pub(super) fn ask_priors(&mut self, provider: &ProviderConfigAddr) {
        let refresh = self.options.refresh && !self.uncallable.contains(provider);
        let selection = &self.selection;
        self.priors.ask(provider, refresh, |(a, _)| selection.instance(a), &mut self.requests);
    }
}
