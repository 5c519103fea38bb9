//! Resources of one provider become another's: after a fork, or a change of its source.

use crate::addr::{ProviderSource, ResourceInstanceParent};
use crate::state::State;

/// Resources of a provider, in the order of the state.
#[must_use]
pub fn resources_of(state: &State, provider: &ProviderSource) -> Vec<ResourceInstanceParent> {
    state.resources.iter().filter(|(_, r)| r.provider.source == *provider).map(|(addr, _)| addr.clone()).collect()
}

/// Gives all resources of `from` to `to`; aliases and owning modules stay.
pub fn replace_provider(state: &mut State, from: &ProviderSource, to: &ProviderSource) {
    let (old, new) = (format!("provider[\"{from}\"]"), format!("provider[\"{to}\"]"));
    for resource in state.resources.values_mut().filter(|r| r.provider.source == *from) {
        resource.provider.source = to.clone();
        for instance in resource.instances.values_mut() {
            for object in instance.current.iter_mut().chain(instance.deposed.values_mut()) {
                object.provider = object.provider.as_ref().map(|p| p.replace(&old, &new));
            }
        }
    }
}
