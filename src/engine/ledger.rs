//! The state while an apply runs: what each finished step means for it.

use crate::addr::{InstanceAddr, ProviderConfigAddr};
use crate::plan::ResourceChange;
use crate::provider::Object;
use crate::schema::ResourceSchema;
use crate::state::object::{ObjectMeta, decode, encode, mark_schema};
use crate::state::{DeposedKey, ObjectState, State, Status};
use crate::value::{Repr, Value};
use rand::RngExt;
use std::collections::BTreeMap;

/// The state in the making, and the keys of objects replaced in this run.
pub(super) struct Ledger {
    pub state: State,
    replaced: BTreeMap<InstanceAddr, DeposedKey>,
}

impl Ledger {
    pub fn new(state: State) -> Self {
        Ledger { state, replaced: BTreeMap::new() }
    }

    /// Sets the current object aside, so that a new one can take its address.
    pub fn depose(&mut self, addr: &InstanceAddr, provider: &ProviderConfigAddr) -> Option<DeposedKey> {
        let instance = self.state.instance_mut(addr, provider);
        let old = instance.current.take()?;
        let mut key = random_key();
        while instance.deposed.contains_key(&key) {
            key = random_key();
        }
        instance.deposed.insert(key.clone(), old);
        self.replaced.insert(addr.clone(), key.clone());
        Some(key)
    }

    /// Takes the deposed object back when its successor never came to be.
    pub fn restore(&mut self, addr: &InstanceAddr, provider: &ProviderConfigAddr) {
        let Some(key) = self.replaced.remove(addr) else { return };
        let instance = self.state.instance_mut(addr, provider);
        if instance.current.is_none() {
            instance.current = instance.deposed.remove(&key);
        }
        self.state.prune(addr);
    }

    /// The object that a destroy means: a deposed one, the one replaced in this run, the current.
    pub fn doomed(&self, change: &ResourceChange) -> (Option<DeposedKey>, Option<&ObjectState>) {
        let key = change.deposed.clone().or_else(|| self.replaced.get(&change.addr).cloned());
        let instance = self.state.instance(&change.addr);
        let object = match &key {
            Some(key) => instance.and_then(|i| i.deposed.get(key)),
            None => instance.and_then(|i| i.current.as_ref()),
        };
        (key, object)
    }

    /// A destroyed (or forgotten) object leaves the state.
    pub fn removed(&mut self, change: &ResourceChange, key: Option<&DeposedKey>) {
        let instance = self.state.instance_mut(&change.addr, &change.provider);
        match key {
            Some(key) => drop(instance.deposed.remove(key)),
            None => instance.current = None,
        }
        self.state.prune(&change.addr);
    }

    /// A made object enters the state.
    pub fn made(&mut self, change: &ResourceChange, made: ObjectState) {
        self.state.instance_mut(&change.addr, &change.provider).current = Some(made.managed_by(&change.provider));
    }
}

/// The object of a change as the state will have it, without attributes.
pub(super) fn shell(change: &ResourceChange, planned: &Value, schema: &ResourceSchema) -> ObjectState {
    let meta = ObjectMeta {
        dependencies: change.dependencies.clone(),
        create_before_destroy: change.create_before_destroy,
        ..ObjectMeta::default()
    };
    let mut shell = encode(&mark_schema(planned, &schema.block), schema, meta);
    shell.attributes.clear();
    shell.managed_by(&change.provider)
}

/// A provider's object as the state will have it, with its value for later evaluations.
pub(super) fn stored(
    shell: &ObjectState,
    object: &Object,
    planned: &Value,
    schema: &ResourceSchema,
    status: Status,
) -> (Value, ObjectState) {
    let value = mark_schema(&remark(planned, &with_timeouts(planned, &object.attributes)), &schema.block);
    let meta = ObjectMeta {
        private: object.private.clone(),
        dependencies: shell.dependencies.clone(),
        status,
        create_before_destroy: shell.create_before_destroy,
    };
    let encoded = ObjectState { provider: shell.provider.clone(), ..encode(&value, schema, meta) };
    (value, encoded)
}

/// The provider's object of a stored one.
pub(super) fn object(stored: &ObjectState, schema: &ResourceSchema) -> Result<Object, String> {
    let attributes = decode(stored, schema).map_err(|e| format!("{}: {}", e.path, e.message))?;
    Ok(Object { attributes: attributes.unmark_deep().0, private: stored.private.clone() })
}

/// `timeouts` are ours alone: no API returns them.
fn with_timeouts(planned: &Value, result: &Value) -> Value {
    match (result.members(), planned.get("timeouts")) {
        (Some(members), Some(timeouts)) if members.contains_key("timeouts") => {
            let mut members = members.clone();
            members.insert("timeouts".into(), timeouts.clone());
            Value::object(members)
        }
        _ => result.clone(),
    }
}

pub(super) fn random_key() -> DeposedKey {
    format!("{:08x}", rand::rng().random::<u32>())
}

/// The result with the marks that the planned value had at the same places.
fn remark(planned: &Value, result: &Value) -> Value {
    let inner = match (planned.repr(), result.repr()) {
        (Repr::Object(p), Repr::Object(r)) => {
            Value::object(r.iter().map(|(k, v)| (k.clone(), p.get(k).map_or_else(|| v.clone(), |p| remark(p, v)))).collect())
        }
        (Repr::Map(_, p), Repr::Map(t, r)) => {
            Value::map(t.clone(), r.iter().map(|(k, v)| (k.clone(), p.get(k).map_or_else(|| v.clone(), |p| remark(p, v)))).collect())
        }
        (Repr::List(_, p), Repr::List(t, r)) => {
            Value::list(t.clone(), r.iter().enumerate().map(|(i, v)| p.get(i).map_or_else(|| v.clone(), |p| remark(p, v))).collect())
        }
        (Repr::Tuple(p), Repr::Tuple(r)) => {
            Value::tuple(r.iter().enumerate().map(|(i, v)| p.get(i).map_or_else(|| v.clone(), |p| remark(p, v))).collect())
        }
        _ => result.clone(),
    };
    inner.mark(&planned.marks().without_ephemeral())
}
