//! What a configuration says of each of its objects, without schemas and without any call.
//!
//! Costs and permissions need a handful of attributes: names, sizes, classes. They are evaluated where they are
//! written; what only AWS will know is unknown.

use crate::addr::{InstanceAddr, InstanceKey, Mode, ResourceInstanceParent};
use crate::diag::Diagnostics;
use crate::lang::evaluate;
use crate::plan::eval::{Evaluator, InstanceScope, Repetition};
use crate::syntax::Body;
use crate::value::{Members, Name, Value};

/// An object of the configuration.
#[derive(Clone, Debug)]
pub struct Described {
    /// Its address.
    pub addr: InstanceAddr,
    /// What is written, blocks as lists of objects; unknown where it is not known.
    pub value: Value,
    /// How many there are is not known yet: this stands for all of them.
    pub uncounted: bool,
}

/// Every object of a mode, in the order of modules and addresses.
#[must_use]
pub fn described(eval: &Evaluator, mode: Mode) -> Vec<Described> {
    let mut all = Vec::new();
    for module in eval.config().modules.values() {
        for resource in module.resources.values().filter(|r| r.addr.mode == mode) {
            for instance in eval.module_instances(&module.path) {
                let parent = ResourceInstanceParent {
                    module: instance.clone(),
                    mode,
                    kind: resource.addr.kind.clone(),
                    name: resource.addr.name.clone(),
                };
                let expansion = eval.values.resource(&parent);
                let keys = expansion.map_or_else(|| vec![InstanceKey::None], crate::plan::eval::Expansion::keys);
                for key in keys {
                    let mut scope = eval.scope(instance);
                    scope.repetition = expansion.map_or(Repetition::None, |e| Repetition::of(e, &key));
                    let value = object(&resource.body, &scope);
                    all.push(Described { addr: InstanceAddr { resource: parent.clone(), key }, value, uncounted: expansion.is_none() });
                }
            }
        }
    }
    all
}

fn object(body: &Body, scope: &InstanceScope<'_>) -> Value {
    let mut members = Members::new();
    for attr in &body.attributes {
        let mut own = Diagnostics::new();
        let value = evaluate(&attr.expr, scope, &mut own);
        members.insert(attr.name.name.clone(), if own.has_errors() { Value::dynamic() } else { value.unmark_deep().0 });
    }
    for block in &body.blocks {
        let (kind, value): (Name, Value) = match (block.kind.name.as_ref(), block.labels.first()) {
            ("dynamic", Some(label)) => (label.name.clone(), Value::dynamic()),
            _ => (block.kind.name.clone(), object(&block.body, scope)),
        };
        let mut items = members.get(&kind).and_then(|v: &Value| v.items().map(<[Value]>::to_vec)).unwrap_or_default();
        items.push(value);
        members.insert(kind, Value::tuple(items));
    }
    Value::object(members)
}
