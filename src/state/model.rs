//! The snapshot in memory.

use crate::addr::{InstanceAddr, InstanceKey, ProviderConfigAddr, ResourceAddr, ResourceInstanceParent};
use crate::value::{Name, Path, Type};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Eight hexadecimal characters that name a replaced object that still exists.
pub type DeposedKey = String;

/// A state snapshot (format version 4).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// `terraform_version` of the tool that wrote it.
    pub tool_version: String,
    /// Grows by one with each change.
    pub serial: u64,
    /// Identity of the state; never changes.
    pub lineage: String,
    /// Root module outputs.
    pub outputs: BTreeMap<Name, OutputState>,
    /// Resources by address in their module instance.
    pub resources: BTreeMap<ResourceInstanceParent, ResourceState>,
    /// As read.
    pub check_results: Json,
    /// Top-level fields of other tools.
    pub extra: Map<String, Json>,
}

/// An output value as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputState {
    /// Value as JSON of `ty`.
    pub value: Json,
    /// Its type.
    pub ty: Type,
    /// Masked where shown.
    pub sensitive: bool,
    /// Fields of other tools.
    pub extra: Map<String, Json>,
}

/// A resource: its provider and its instances.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceState {
    /// Provider configuration that manages it.
    pub provider: ProviderConfigAddr,
    /// By key.
    pub instances: BTreeMap<InstanceKey, InstanceState>,
    /// Fields of other tools (`each`).
    pub extra: Map<String, Json>,
}

/// One instance: the current object and replaced ones that still exist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstanceState {
    /// The object at this address.
    pub current: Option<ObjectState>,
    /// Objects to be destroyed.
    pub deposed: BTreeMap<DeposedKey, ObjectState>,
}

/// Ready or to be replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Complete.
    #[default]
    Ready,
    /// Half-made or marked: the next plan replaces (or finishes) it.
    Tainted,
}

/// One object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectState {
    /// Schema version the attributes were written with.
    pub schema_version: u64,
    /// Attributes as JSON.
    pub attributes: Map<String, Json>,
    /// Paths that are masked.
    pub sensitive_paths: Vec<Path>,
    /// Opaque provider bytes.
    pub private: Option<Vec<u8>>,
    /// Resources it depends on, without instance keys.
    pub dependencies: Vec<ResourceAddr>,
    /// Ready or tainted.
    pub status: Status,
    /// It was made under `create_before_destroy`.
    pub create_before_destroy: bool,
    /// Provider of this instance where it differs (provider `for_each`).
    pub provider: Option<String>,
    /// Fields we do not interpret (`identity`, `attributes_flat` ...).
    pub extra: Map<String, Json>,
}

impl ObjectState {
    /// The object with the provider instance that manages it, where the configuration has several.
    #[must_use]
    pub fn managed_by(self, provider: &ProviderConfigAddr) -> Self {
        ObjectState { provider: provider.key.as_ref().map(|_| provider.to_string()), ..self }
    }

    /// The key of that provider instance.
    #[must_use]
    pub fn provider_key(&self) -> Option<Name> {
        super::parse_provider_addr(self.provider.as_deref()?)?.key
    }
}

impl State {
    /// The instance at an address.
    #[must_use]
    pub fn instance(&self, addr: &InstanceAddr) -> Option<&InstanceState> {
        self.resources.get(&addr.resource)?.instances.get(&addr.key)
    }

    /// The current object at an address.
    #[must_use]
    pub fn current(&self, addr: &InstanceAddr) -> Option<&ObjectState> {
        self.instance(addr)?.current.as_ref()
    }

    /// Every instance with its address, in the order of the file.
    pub fn instances(&self) -> impl Iterator<Item = (InstanceAddr, &ResourceState, &InstanceState)> {
        self.resources
            .iter()
            .flat_map(|(parent, resource)| resource.instances.iter().map(move |(k, i)| (parent.instance(k.clone()), resource, i)))
    }

    /// The instance at an address for writing; made with `provider` when absent.
    pub fn instance_mut(&mut self, addr: &InstanceAddr, provider: &ProviderConfigAddr) -> &mut InstanceState {
        let fresh = || ResourceState { provider: provider.base(), instances: BTreeMap::new(), extra: Map::new() };
        let resource = self.resources.entry(addr.resource.clone()).or_insert_with(fresh);
        resource.provider = provider.base();
        resource.instances.entry(addr.key.clone()).or_default()
    }

    /// Drops the instance when nothing is left of it, and the resource with its last instance.
    pub fn prune(&mut self, addr: &InstanceAddr) {
        let Some(resource) = self.resources.get_mut(&addr.resource) else { return };
        if resource.instances.get(&addr.key).is_some_and(|i| i.current.is_none() && i.deposed.is_empty()) {
            resource.instances.remove(&addr.key);
        }
        if resource.instances.is_empty() {
            self.resources.remove(&addr.resource);
        }
    }
}
