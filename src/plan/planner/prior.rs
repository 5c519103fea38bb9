//! The objects of the state: decoded, read again, compared.

use super::request::{ObjectId, ReadAnswer, Request};
use crate::addr::{InstanceAddr, Mode, ProviderConfigAddr, ResourceAddr};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::diff::{same, settle_object};
use crate::plan::eval::{provider_of, standing_in};
use crate::schema::{Availability, ResourceSchema, SchemaSource};
use crate::state::object::{ObjectMeta, decode, encode, mark_schema};
use crate::state::{ObjectState, State, Status};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How far an object's reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Not asked yet.
    Due,
    /// Asked.
    Asked,
    /// Answered, or not to be asked.
    Over,
}

/// A managed object of the state.
#[derive(Clone)]
pub(super) struct Prior {
    pub provider: ProviderConfigAddr,
    pub schema: Arc<ResourceSchema>,
    /// As the state had it.
    pub before: Value,
    /// As it is; `None` when it is gone.
    pub now: Option<Value>,
    pub private: Option<Vec<u8>>,
    pub stored: ObjectState,
    pub reading: Reading,
}

impl Prior {
    pub fn tainted(&self) -> bool {
        self.stored.status == Status::Tainted
    }
}

/// All managed objects of the state.
#[derive(Default)]
pub(super) struct Priors {
    pub all: BTreeMap<ObjectId, Prior>,
    pub by_resource: BTreeMap<ResourceAddr, Vec<ObjectId>>,
}

impl Priors {
    /// Decodes the managed objects of a state. What cannot be read or handled is reported.
    pub fn of(state: &State, config: &Config, schemas: &dyn SchemaSource, diags: &mut Diagnostics) -> Priors {
        let mut priors = Priors::default();
        for (addr, resource, instance) in state.instances().filter(|(a, ..)| a.resource.mode == Mode::Managed) {
            let resource_addr = addr.config_addr();
            let written = config.modules.get(&resource_addr.module).and_then(|m| m.resources.get(&resource_addr));
            let provider = match written {
                Some(r) => Some(provider_of(config, r)),
                None => standing_in(config, &resource.provider),
            };
            let Some(provider) = provider else {
                diags.push(orphaned(&addr, &resource.provider));
                continue;
            };
            let Some(schema) = schemas.schema(&provider.source, Mode::Managed, &addr.resource.kind) else {
                diags.push(unsupported(schemas, &provider, Mode::Managed, &addr.resource.kind).address(&addr));
                continue;
            };
            let current = instance.current.iter().map(|o| (None, o));
            let deposed = instance.deposed.iter().map(|(k, o)| (Some(k.clone()), o));
            for (key, stored) in current.chain(deposed) {
                let before = match decode(stored, &schema) {
                    Ok(value) => value,
                    Err(e) => {
                        let at = if e.path.0.is_empty() { String::new() } else { format!(" at {}", e.path) };
                        let detail = format!("The state's object {addr} cannot be used{at}: {}.", e.message);
                        diags.push(Diagnostic::error("The stored object is not readable", detail).address(&addr));
                        continue;
                    }
                };
                let id = (addr.clone(), key);
                let prior = Prior {
                    provider: provider.clone(),
                    schema: schema.clone(),
                    now: Some(before.clone()),
                    before,
                    private: stored.private.clone(),
                    stored: stored.clone(),
                    reading: Reading::Due,
                };
                priors.by_resource.entry(resource_addr.clone()).or_default().push(id.clone());
                priors.all.insert(id, prior);
            }
        }
        priors
    }

    /// Adds a current object that the state does not have.
    pub fn add(&mut self, addr: &InstanceAddr, prior: Prior) {
        let id = (addr.clone(), None);
        self.by_resource.entry(addr.config_addr()).or_default().push(id.clone());
        self.all.insert(id, prior);
    }

    /// Provider configurations that objects of the state need.
    pub fn providers(&self) -> BTreeSet<ProviderConfigAddr> {
        self.all.values().map(|p| p.provider.clone()).collect()
    }

    /// Asks for every object of a provider that is due; where it cannot be called, or `wanted`
    /// says no, the object stays as the state has it.
    pub fn ask(&mut self, provider: &ProviderConfigAddr, callable: bool, wanted: impl Fn(&ObjectId) -> bool, requests: &mut Vec<Request>) {
        for (id, prior) in self.all.iter_mut().filter(|(_, p)| p.provider == *provider && p.reading == Reading::Due) {
            if !callable || !wanted(id) {
                prior.reading = Reading::Over;
                continue;
            }
            prior.reading = Reading::Asked;
            let attributes = prior.before.unmark_deep().0;
            requests.push(Request::Read { id: id.clone(), provider: provider.clone(), attributes, private: prior.private.clone() });
        }
    }

    /// Takes what was found.
    pub fn answer(&mut self, id: &ObjectId, found: ReadAnswer, diags: &mut Diagnostics) {
        let Some(prior) = self.all.get_mut(id) else { return };
        prior.reading = Reading::Over;
        match found {
            ReadAnswer::Found { attributes, private } => {
                let read = keep_timeouts(&attributes, &prior.before);
                let settled = settle_object(&prior.schema, &prior.before, &read);
                prior.now = Some(mark_schema(&settled, &prior.schema.block));
                prior.private = private;
            }
            ReadAnswer::Gone => prior.now = None,
            ReadAnswer::Failed(d) => diags.push(d),
        }
    }

    /// Whether every object of a resource is read.
    pub fn ready(&self, resource: &ResourceAddr) -> bool {
        let ids = self.by_resource.get(resource).into_iter().flatten();
        ids.filter_map(|id| self.all.get(id)).all(|p| p.reading == Reading::Over)
    }

    /// Writes what was found into a state.
    pub fn record(&self, state: &mut State) {
        for ((addr, key), prior) in &self.all {
            let instance = state.instance_mut(addr, &prior.provider);
            let replaced = prior.now.as_ref().map(|now| refreshed(prior, now));
            match (key, replaced) {
                (None, object) => instance.current = object,
                (Some(key), Some(object)) => drop(instance.deposed.insert(key.clone(), object)),
                (Some(key), None) => drop(instance.deposed.remove(key)),
            }
            state.prune(addr);
        }
    }
}

/// `timeouts` are ours alone: no API returns them.
fn keep_timeouts(read: &Value, before: &Value) -> Value {
    match (read.members(), before.get("timeouts")) {
        (Some(members), Some(timeouts)) if members.contains_key("timeouts") => {
            let mut members = members.clone();
            members.insert("timeouts".into(), timeouts.clone());
            Value::object(members).mark(read.marks())
        }
        _ => read.clone(),
    }
}

fn refreshed(prior: &Prior, now: &Value) -> ObjectState {
    let old = &prior.stored;
    if same(now, &prior.before) && old.schema_version == prior.schema.version {
        return ObjectState { private: prior.private.clone(), ..old.clone() }.managed_by(&prior.provider);
    }
    let meta = ObjectMeta {
        private: prior.private.clone(),
        dependencies: old.dependencies.clone(),
        status: old.status,
        create_before_destroy: old.create_before_destroy,
    };
    ObjectState { extra: old.extra.clone(), ..encode(now, &prior.schema, meta) }.managed_by(&prior.provider)
}

fn orphaned(addr: impl std::fmt::Display, provider: &ProviderConfigAddr) -> Diagnostic {
    let detail = format!("{addr} is in the state and was made with {provider}, which is not in the configuration any more.");
    Diagnostic::error("Provider configuration not present", detail)
        .address(&addr)
        .help("Put that provider block back, apply, and take it out after the object is gone.")
}

/// Why a type cannot be used.
pub(super) fn unsupported(schemas: &dyn SchemaSource, provider: &ProviderConfigAddr, mode: Mode, kind: &str) -> Diagnostic {
    let what = if mode == Mode::Data { "data source" } else { "resource type" };
    if !schemas.has_provider(&provider.source) {
        let detail = format!("{kind} belongs to the provider {}, which envctl does not have.", provider.source);
        return Diagnostic::error("Provider not supported", detail);
    }
    match schemas.availability(&provider.source, mode, kind) {
        Availability::Unknown(near) => {
            let d = Diagnostic::error(format!("Invalid {what}"), format!("The provider {} has no {what} \"{kind}\".", provider.source));
            match near {
                Some(near) => d.help(format!("Did you mean \"{near}\"?")),
                None => d,
            }
        }
        _ => Diagnostic::error(
            format!("{} not supported yet", if mode == Mode::Data { "Data source" } else { "Resource type" }),
            format!("The provider {} has {kind}, but envctl does not handle it yet.", provider.source),
        ),
    }
}
