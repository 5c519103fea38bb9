//! The proposed new object: configuration merged with what the provider computed before.

use super::{Equal, matching, meaning};
use crate::schema::{Attribute, BlockSchema, NestedBlock, Nesting};
use crate::value::{Members, Path, Repr, Type, Value};

/// Merges one body. `prior` is `None` where nothing exists yet.
pub(super) fn object(block: &BlockSchema, equal: Equal, config: &Value, prior: Option<&Value>, path: &Path) -> Value {
    let mut members = Members::new();
    let prior = prior.filter(|p| p.members().is_some());
    for (name, attr) in &block.attrs {
        let null = Value::null(attr.ty.clone());
        let config = config.get(name).unwrap_or(&null);
        let before = prior.map(|p| p.get(name).unwrap_or(&null));
        members.insert(name.clone(), attribute(attr, equal, config, before, &path.then(name.clone())));
    }
    for (name, nested) in &block.blocks {
        let empty = none(nested);
        let config = config.get(name).unwrap_or(&empty);
        let before = prior.map(|p| p.get(name).unwrap_or(&empty));
        members.insert(name.clone(), blocks(nested, equal, config, before, &path.then(name.clone())));
    }
    Value::object(members).mark(config.marks())
}

/// The value of a block type of which there is none.
fn none(nested: &NestedBlock) -> Value {
    let inner = nested.block.ty();
    match nested.nesting {
        Nesting::Single => Value::null(inner),
        Nesting::List => Value::list(inner, vec![]),
        Nesting::Set => Value::set(inner, vec![]),
    }
}

fn attribute(attr: &Attribute, equal: Equal, config: &Value, prior: Option<&Value>, path: &Path) -> Value {
    if attr.write_only {
        return Value::null(attr.ty.clone());
    }
    if !config.is_null() {
        return meaning::settle(attr, equal, path, without_nulls(attr, config), prior);
    }
    if let Some(default) = &attr.default {
        return meaning::settle(attr, equal, path, default.clone(), prior);
    }
    let plain = prior.map(|p| p.unmark_deep().0);
    if attr.computed {
        return plain.unwrap_or_else(|| Value::unknown(attr.ty.clone()));
    }
    let zero = plain.filter(|p| attr.ty != Type::Dynamic && meaning::is_zero(p));
    zero.unwrap_or_else(|| Value::null(attr.ty.clone())).mark(config.marks())
}

/// An entry of a map that is null is not there: `{ Owner = var.owner }` has no tag where the variable is null.
fn without_nulls(attr: &Attribute, config: &Value) -> Value {
    match config.repr() {
        Repr::Map(elem, members) if matches!(attr.ty, Type::Map(_)) && members.values().any(Value::is_null) => {
            let there = members.iter().filter(|(_, v)| !v.is_null()).map(|(n, v)| (n.clone(), v.clone()));
            Value::map(elem.clone(), there.collect()).mark(config.marks())
        }
        _ => config.clone(),
    }
}

fn blocks(nested: &NestedBlock, equal: Equal, config: &Value, prior: Option<&Value>, path: &Path) -> Value {
    if config.is_unknown() {
        return config.clone();
    }
    let written = config.items().is_some_and(|i| !i.is_empty()) || config.members().is_some();
    if !written && nested.computed {
        let ty = none(nested).ty();
        return prior.map_or_else(|| Value::unknown(ty), |p| p.unmark_deep().0);
    }
    let one = |config: &Value, prior: Option<&Value>, path: &Path| object(&nested.block, equal, config, prior, path);
    match nested.nesting {
        Nesting::Single if config.is_null() => none(nested),
        Nesting::Single => one(config, prior.filter(|p| !p.is_null()), path),
        Nesting::List => {
            let before = prior.and_then(Value::items).unwrap_or(&[]);
            let items = config.items().unwrap_or(&[]).iter().enumerate();
            let planned = items.map(|(i, c)| element(c, before.get(i), |c, p| one(c, p, &path.index(i)))).collect();
            Value::list(nested.block.ty(), planned).mark(config.marks())
        }
        Nesting::Set => {
            let mut free: Vec<&Value> = prior.and_then(Value::items).unwrap_or(&[]).iter().collect();
            let items = config.items().unwrap_or(&[]).iter();
            let planned = items.map(|c| {
                let before = matching::take(&mut free, |p| matching::fits(&nested.block, equal, c, p, path));
                element(c, before, |c, p| one(c, p, path))
            });
            Value::set(nested.block.ty(), planned.collect()).mark(config.marks())
        }
    }
}

/// An element that is itself unknown stays so.
fn element(config: &Value, prior: Option<&Value>, merge: impl FnOnce(&Value, Option<&Value>) -> Value) -> Value {
    if config.is_unknown() { config.clone() } else { merge(config, prior) }
}
