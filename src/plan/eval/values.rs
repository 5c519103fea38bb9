//! What has been evaluated so far, per module instance.
//!
//! The whole value of a resource or call is built once, when somebody first asks, so that a
//! thousand references to a thousand instances stay linear.

use crate::addr::{InstanceKey, Mode, ModuleInstance, ResourceInstanceParent};
use crate::value::{Key, Members, Name, Type, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// The instances of a resource or module call.
#[derive(Clone, Debug, PartialEq)]
pub enum Expansion {
    /// Neither `count` nor `for_each`.
    Single,
    /// `enabled = false`: none, and the value is null.
    Off,
    /// `count`
    Count(u64),
    /// `for_each`: `each.value` by `each.key`.
    Each(BTreeMap<Name, Value>),
}

impl Expansion {
    /// The keys in order.
    #[must_use]
    pub fn keys(&self) -> Vec<InstanceKey> {
        match self {
            Expansion::Single => vec![InstanceKey::None],
            Expansion::Off => Vec::new(),
            Expansion::Count(n) => (0..*n).map(InstanceKey::Int).collect(),
            Expansion::Each(map) => map.keys().map(|k| InstanceKey::Str(k.clone())).collect(),
        }
    }

    /// Whether the key is one of them.
    #[must_use]
    pub fn contains(&self, key: &InstanceKey) -> bool {
        match (self, key) {
            (Expansion::Single, InstanceKey::None) => true,
            (Expansion::Count(n), InstanceKey::Int(i)) => i < n,
            (Expansion::Each(map), InstanceKey::Str(s)) => map.contains_key(s),
            _ => false,
        }
    }

    /// One value for all instances, as references see it. `of` answers for one key.
    fn whole(&self, of: impl Fn(&InstanceKey) -> Value) -> Value {
        match self {
            Expansion::Single => of(&InstanceKey::None),
            Expansion::Off => Value::null(Type::Dynamic),
            Expansion::Count(n) => Value::tuple((0..*n).map(|i| of(&InstanceKey::Int(i))).collect()),
            Expansion::Each(map) => {
                let members: Members = map.keys().map(|k| (k.clone(), of(&InstanceKey::Str(k.clone())))).collect();
                Value::object(members)
            }
        }
    }
}

/// The key of an instance that an index names.
#[must_use]
pub fn instance_key(key: &Key) -> Option<InstanceKey> {
    match key {
        Key::Int(i) => u64::try_from(*i).ok().map(InstanceKey::Int),
        Key::Str(s) => Some(InstanceKey::Str(s.clone())),
    }
}

/// A resource in its module.
pub type ResourceKey = (Mode, Name, Name);

#[derive(Default)]
struct ResourceData {
    expansion: Option<Expansion>,
    instances: BTreeMap<InstanceKey, Value>,
    whole: Mutex<Option<Value>>,
}

#[derive(Default)]
struct ModuleData {
    variables: BTreeMap<Name, Value>,
    locals: BTreeMap<Name, Value>,
    outputs: BTreeMap<Name, Value>,
    resources: BTreeMap<ResourceKey, ResourceData>,
    calls: BTreeMap<Name, Expansion>,
    /// Whole value of a call, with the number of outputs it was built from.
    whole_calls: Mutex<BTreeMap<Name, (usize, Value)>>,
}

/// Everything evaluated so far.
#[derive(Default)]
pub struct Values {
    modules: HashMap<ModuleInstance, ModuleData>,
    /// Outputs evaluated so far: tells whether a cached call is complete.
    outputs: usize,
}

/// Which kind of named value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `variable`
    Variable,
    /// A local.
    Local,
    /// `output`
    Output,
}

impl Values {
    fn module(&mut self, module: &ModuleInstance) -> &mut ModuleData {
        self.modules.entry(module.clone()).or_default()
    }

    /// Stores a named value.
    pub fn set(&mut self, kind: Kind, module: &ModuleInstance, name: &Name, value: Value) {
        if kind == Kind::Output {
            self.outputs += 1;
        }
        let data = self.module(module);
        let map = match kind {
            Kind::Variable => &mut data.variables,
            Kind::Local => &mut data.locals,
            Kind::Output => &mut data.outputs,
        };
        map.insert(name.clone(), value);
    }

    /// A named value.
    #[must_use]
    pub fn get(&self, kind: Kind, module: &ModuleInstance, name: &str) -> Option<&Value> {
        let data = self.modules.get(module)?;
        match kind {
            Kind::Variable => data.variables.get(name),
            Kind::Local => data.locals.get(name),
            Kind::Output => data.outputs.get(name),
        }
    }

    /// Stores the instances of a module call.
    pub fn set_call(&mut self, module: &ModuleInstance, name: &Name, expansion: Expansion) {
        self.module(module).calls.insert(name.clone(), expansion);
    }

    /// The instances of a module call.
    #[must_use]
    pub fn call(&self, module: &ModuleInstance, name: &str) -> Option<&Expansion> {
        self.modules.get(module)?.calls.get(name)
    }

    /// Stores the instances of a resource.
    pub fn set_resource(&mut self, parent: &ResourceInstanceParent, expansion: Expansion) {
        let key = (parent.mode, parent.kind.clone(), parent.name.clone());
        let data = self.module(&parent.module).resources.entry(key).or_default();
        data.expansion = Some(expansion);
        data.whole = Mutex::default();
    }

    /// The instances of a resource.
    #[must_use]
    pub fn resource(&self, parent: &ResourceInstanceParent) -> Option<&Expansion> {
        self.data(parent)?.expansion.as_ref()
    }

    fn data(&self, parent: &ResourceInstanceParent) -> Option<&ResourceData> {
        let key = (parent.mode, parent.kind.clone(), parent.name.clone());
        self.modules.get(&parent.module)?.resources.get(&key)
    }

    /// Stores the value of one instance.
    pub fn set_instance(&mut self, parent: &ResourceInstanceParent, key: &InstanceKey, value: Value) {
        let id = (parent.mode, parent.kind.clone(), parent.name.clone());
        let data = self.module(&parent.module).resources.entry(id).or_default();
        data.instances.insert(key.clone(), value);
        data.whole = Mutex::default();
    }

    /// The value of one instance.
    #[must_use]
    pub fn instance(&self, parent: &ResourceInstanceParent, key: &InstanceKey) -> Option<&Value> {
        self.data(parent)?.instances.get(key)
    }

    /// The value of a resource as references see it; unknown where an instance has no value.
    #[must_use]
    pub fn whole_resource(&self, parent: &ResourceInstanceParent) -> Option<Value> {
        let data = self.data(parent)?;
        let expansion = data.expansion.as_ref()?;
        let mut cache = data.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = cache.as_ref() {
            return Some(value.clone());
        }
        let value = expansion.whole(|key| data.instances.get(key).cloned().unwrap_or_else(Value::dynamic));
        *cache = Some(value.clone());
        Some(value)
    }

    /// The value of a module call as references see it; `names` are the outputs it declares.
    #[must_use]
    pub fn whole_call(&self, module: &ModuleInstance, call: &Name, names: &[Name]) -> Option<Value> {
        let data = self.modules.get(module)?;
        let expansion = data.calls.get(call)?;
        let mut cache = data.whole_calls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, value)) = cache.get(call)
            && *version == self.outputs
        {
            return Some(value.clone());
        }
        let value = expansion.whole(|key| self.call_instance(module, call, key, names));
        cache.insert(call.clone(), (self.outputs, value.clone()));
        Some(value)
    }

    /// The outputs of one instance of a call.
    #[must_use]
    pub fn call_instance(&self, module: &ModuleInstance, call: &Name, key: &InstanceKey, names: &[Name]) -> Value {
        let child = module.child(call, key.clone());
        let of = |name: &Name| self.get(Kind::Output, &child, name).cloned().unwrap_or_else(Value::dynamic);
        Value::object(names.iter().map(|n| (n.clone(), of(n))).collect())
    }
}
