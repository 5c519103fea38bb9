//! When two values mean the same though they are not equal.
//!
//! Providers of the older SDK do not tell null from the empty string, zero or an empty
//! collection, and states written by them hold either. What nobody configured and is "zero" is no
//! difference.

use super::{Equal, matching};
use crate::schema::{Attribute, BlockSchema, NestedBlock, Nesting, ResourceSchema};
use crate::value::{Members, Name, Path, Type, Value};

/// Equality of content, marks aside; unknown equals unknown.
#[must_use]
pub fn same(a: &Value, b: &Value) -> bool {
    a.unmark_deep().0 == b.unmark_deep().0
}

/// Null, "", or an empty collection: indistinguishable in the older SDK.
pub(super) fn is_blank(v: &Value) -> bool {
    v.is_null() || v.as_str() == Some("") || is_empty(v)
}

/// Null, "", 0, false, or an empty collection.
pub(super) fn is_zero(v: &Value) -> bool {
    is_blank(v) || v.as_bool() == Some(false) || v.as_i64() == Some(0)
}

fn is_empty(v: &Value) -> bool {
    v.items().is_some_and(<[_]>::is_empty) || v.members().is_some_and(Members::is_empty)
}

/// `value` with null members filled by zero values, as states keep attributes written as blocks.
pub(super) fn zero_filled(value: &Value) -> Value {
    let Some(elem) = element_type(value) else { return value.clone() };
    value.map_children(&mut |child| fill(child, &elem))
}

fn element_type(value: &Value) -> Option<Type> {
    match value.ty() {
        Type::List(t) | Type::Set(t) => Some((*t).clone()),
        _ => None,
    }
}

fn fill(value: &Value, ty: &Type) -> Value {
    if value.is_null() {
        return zero_of(ty).mark(value.marks());
    }
    let (Type::Object(o), Some(members)) = (ty, value.members()) else { return value.clone() };
    let filled = members.iter().map(|(n, v)| (n.clone(), o.attrs.get(n).map_or_else(|| v.clone(), |t| fill(v, t))));
    Value::object(filled.collect()).mark(value.marks())
}

fn zero_of(ty: &Type) -> Value {
    match ty {
        Type::Bool => Value::bool(false),
        Type::Number => Value::int(0),
        Type::String => Value::string(""),
        Type::List(t) => Value::list((**t).clone(), vec![]),
        Type::Set(t) => Value::set((**t).clone(), vec![]),
        Type::Map(t) => Value::map((**t).clone(), Members::new()),
        other => Value::null(other.clone()),
    }
}

/// What is planned for an attribute with a configured (or default) `value`: the prior one where
/// it means the same.
pub(super) fn settle(attr: &Attribute, equal: Equal, path: &Path, value: Value, prior: Option<&Value>) -> Value {
    let value = if attr.as_blocks { zero_filled(&value) } else { value };
    let Some(prior) = prior else { return value };
    if value.is_unknown() || attr.ty == Type::Dynamic {
        return value;
    }
    let plain = value.unmark_deep().0;
    let old = prior.unmark_deep().0;
    if plain == old {
        return value;
    }
    let blank = is_blank(&plain) && is_blank(&old);
    let filled = attr.as_blocks && zero_filled(&old) == plain;
    if blank || filled || means(equal, path, &old, &plain) {
        return old.mark(&value.deep_marks());
    }
    value
}

/// Whether the type says that two known values mean the same.
pub(super) fn means(equal: Equal, path: &Path, prior: &Value, planned: &Value) -> bool {
    let Some(equal) = equal else { return false };
    let usable = |v: &Value| !v.is_null() && v.is_wholly_known();
    if !usable(prior) || !usable(planned) {
        return false;
    }
    if equal(path, prior, planned) {
        return true;
    }
    match (prior.ty(), planned.ty()) {
        (Type::List(_), Type::List(_)) | (Type::Map(_), Type::Map(_)) => elements_mean(equal, path, prior, planned),
        _ => false,
    }
}

fn elements_mean(equal: fn(&Path, &Value, &Value) -> bool, path: &Path, prior: &Value, planned: &Value) -> bool {
    if let (Some(a), Some(b)) = (prior.items(), planned.items()) {
        let mut pairs = a.iter().zip(b).enumerate();
        return a.len() == b.len() && pairs.all(|(i, (x, y))| x == y || equal(&path.index(i), x, y));
    }
    if let (Some(a), Some(b)) = (prior.members(), planned.members()) {
        let mut pairs = a.iter().zip(b);
        return a.len() == b.len() && pairs.all(|((k, x), (l, y))| k == l && (x == y || equal(path, x, y)));
    }
    false
}

/// What was read again, with the older spelling kept wherever it means the same: only real
/// changes remain different from `prior`. Clocks that moved alone are as they were.
#[must_use]
pub fn settle_object(schema: &ResourceSchema, prior: &Value, read: &Value) -> Value {
    let settled = object(&schema.block, schema.rules.equal, prior, read, &Path::default());
    let set = |name: &Name| prior.get(name).is_some_and(|v| !v.is_null());
    let volatile = |name: &Name| set(name) && schema.block.attrs.get(name).is_some_and(|a| a.volatile);
    let moved = |(name, value): (&Name, &Value)| prior.get(name).is_none_or(|before| !same(before, value)).then(|| name.clone());
    let moved: Vec<Name> = settled.members().into_iter().flatten().filter_map(moved).collect();
    if !moved.is_empty() && moved.iter().all(volatile) { prior.clone() } else { settled }
}

fn object(block: &BlockSchema, equal: Equal, prior: &Value, read: &Value, path: &Path) -> Value {
    let (Some(old), Some(new)) = (prior.members(), read.members()) else { return read.clone() };
    let mut settled = Members::new();
    for (name, value) in new {
        let at = path.then(name.clone());
        let before = old.get(name);
        let value = match (before, block.attrs.get(name), block.blocks.get(name)) {
            (Some(before), Some(attr), _) => attribute(attr, equal, &at, before, value),
            (Some(before), _, Some(nested)) => blocks(nested, equal, before, value, &at),
            _ => value.clone(),
        };
        settled.insert(name.clone(), value);
    }
    Value::object(settled).mark(read.marks())
}

fn attribute(attr: &Attribute, equal: Equal, path: &Path, prior: &Value, read: &Value) -> Value {
    if same(prior, read) {
        return prior.clone();
    }
    let zero = attr.ty != Type::Dynamic && is_zero(prior) && is_zero(read) && (prior.is_null() || read.is_null() || is_empty(prior));
    if zero || means(equal, path, &prior.unmark_deep().0, &read.unmark_deep().0) {
        return prior.clone();
    }
    if prior.marks().is_sensitive() { read.clone().sensitive() } else { read.clone() }
}

fn blocks(nested: &NestedBlock, equal: Equal, prior: &Value, read: &Value, path: &Path) -> Value {
    let settled = |p: &Value, r: &Value, i: usize| object(&nested.block, equal, p, r, &path.index(i));
    let rebuilt = match nested.nesting {
        Nesting::Single => object(&nested.block, equal, prior, read, path),
        Nesting::List => {
            let before = prior.items().unwrap_or(&[]);
            let mut at = 0;
            read.map_children(&mut |child| {
                at += 1;
                before.get(at - 1).map_or_else(|| child.clone(), |p| settled(p, child, at - 1))
            })
        }
        Nesting::Set => {
            let mut free: Vec<&Value> = prior.items().unwrap_or(&[]).iter().collect();
            read.map_children(&mut |child| match matching::take(&mut free, |p| same(&settled(p, child, 0), p)) {
                Some(p) => p.clone(),
                None => child.clone(),
            })
        }
    };
    if same(&rebuilt, prior) { prior.clone() } else { rebuilt }
}
