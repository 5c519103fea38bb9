//! Objects as the provider's state writes them.
//!
//! The real provider writes zero values (`""`, `0`, `false`, `[]`) for what a read sets and
//! finds empty, keeps what a read does not set, and null for what was never set. [`Attrs`] does
//! the same: it starts from the object before and overwrites what the API answered.

use crate::schema::{BlockSchema, Nesting, ResourceSchema};
use crate::value::{Members, Repr, Type, Value};
use std::collections::BTreeMap;

/// Builds the attributes of an object from what it was.
pub struct Attrs {
    members: Members,
}

impl Attrs {
    /// Starts from `base` (prior or planned object): its known members, null for the others and
    /// for unknown ones, no blocks where none are known. Marks are dropped: the engine marks.
    #[must_use]
    pub fn over(schema: &ResourceSchema, base: &Value) -> Self {
        let attrs = schema.block.attrs.iter().map(|(n, a)| (n, Value::null(a.ty.clone())));
        let blocks = schema.block.blocks.iter().map(|(n, b)| {
            let inner = b.block.ty();
            let none = match b.nesting {
                Nesting::Single => Value::null(inner),
                Nesting::List => Value::list(inner, Vec::new()),
                Nesting::Set => Value::set(inner, Vec::new()),
            };
            (n, none)
        });
        let known = |n: &str| base.get(n).filter(|v| !v.is_null()).map(|v| known_part(&v.unmark_deep().0));
        let all = attrs.chain(blocks);
        let members = all.map(|(n, none)| (n.clone(), known(n).filter(|v| !v.is_null()).unwrap_or(none))).collect();
        Attrs { members }
    }
    /// Sets a member that the schema has; others are left out.
    #[must_use]
    pub fn put(mut self, name: &str, value: Value) -> Self {
        if let Some(slot) = self.members.get_mut(name) {
            *slot = value;
        }
        self
    }
    /// Sets text; absent is `""`.
    #[must_use]
    pub fn text(self, name: &str, text: Option<&str>) -> Self {
        self.put(name, Value::string(text.unwrap_or_default()))
    }
    /// Sets text; absent or empty is null.
    #[must_use]
    pub fn text_or_null(self, name: &str, text: Option<&str>) -> Self {
        let value = text.filter(|t| !t.is_empty()).map_or_else(|| Value::null(Type::String), Value::string);
        self.put(name, value)
    }
    /// Sets truth; absent is false.
    #[must_use]
    pub fn flag(self, name: &str, flag: Option<bool>) -> Self {
        self.put(name, Value::bool(flag.unwrap_or(false)))
    }
    /// Sets a whole number; absent is 0.
    #[must_use]
    pub fn int(self, name: &str, number: Option<impl Into<i64>>) -> Self {
        self.put(name, Value::int(number.map_or(0, Into::into)))
    }
    /// Sets a list of strings.
    #[must_use]
    pub fn list<S: AsRef<str>>(self, name: &str, items: impl IntoIterator<Item = S>) -> Self {
        let items = items.into_iter().map(Value::string).collect();
        self.put(name, Value::list(Type::String, items))
    }
    /// Sets a set of strings.
    #[must_use]
    pub fn set<S: AsRef<str>>(self, name: &str, items: impl IntoIterator<Item = S>) -> Self {
        let items = items.into_iter().map(Value::string).collect();
        self.put(name, Value::set(Type::String, items))
    }
    /// A member as it stands.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }
    /// The object.
    #[must_use]
    pub fn finish(self) -> Value {
        Value::object(self.members)
    }
}

/// The value with every unknown part replaced by null (dropped from collections).
#[must_use]
pub fn known_part(value: &Value) -> Value {
    match value.repr() {
        Repr::Unknown { ty, .. } => Value::null(ty.clone()),
        Repr::List(t, v) => Value::list(t.clone(), known_items(v)),
        Repr::Set(t, v) => Value::set(t.clone(), known_items(v)),
        Repr::Map(t, m) => {
            let known = m.iter().filter(|(_, v)| !v.is_unknown()).map(|(k, v)| (k.clone(), known_part(v)));
            Value::map(t.clone(), known.collect())
        }
        _ => value.map_children(&mut known_part_of),
    }
}

fn known_part_of(value: &Value) -> Value {
    known_part(value)
}

fn known_items(items: &[Value]) -> Vec<Value> {
    items.iter().filter(|v| !v.is_unknown()).map(known_part).collect()
}

/// Text of a member; empty, null and unknown count as absent.
#[must_use]
pub fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|s| !s.is_empty())
}

/// Owned text of a member, for optional parameters of SDK builders (`set_x(shape::string(..))`).
#[must_use]
pub fn string(object: &Value, name: &str) -> Option<String> {
    text(object, name).map(str::to_string)
}

/// Truth of a member.
#[must_use]
pub fn flag(object: &Value, name: &str) -> Option<bool> {
    object.get(name).and_then(Value::as_bool)
}

/// Whole number of a member, as the SDK's integers; null, unknown and out of range are absent.
#[must_use]
pub fn int(object: &Value, name: &str) -> Option<i32> {
    object.get(name).and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok())
}

/// Strings of a list or set member.
#[must_use]
pub fn strings(object: &Value, name: &str) -> Vec<String> {
    let items = object.get(name).and_then(Value::items).unwrap_or(&[]);
    items.iter().filter_map(Value::as_str).map(str::to_string).collect()
}

/// Objects of a list or set member (nested blocks).
#[must_use]
pub fn objects<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::items).unwrap_or(&[])
}

/// The first nested block of a type.
#[must_use]
pub fn first<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    objects(object, name).first()
}

/// Strings of a map member by key.
#[must_use]
pub fn string_map(value: &Value) -> BTreeMap<String, String> {
    let members = value.members().into_iter().flatten();
    members.filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_string()))).collect()
}

/// An object of a block: what `members` say, null and no blocks for the rest.
#[must_use]
pub fn filled(block: &BlockSchema, members: Members) -> Value {
    let schema = ResourceSchema::new(0, block.clone());
    Attrs::over(&schema, &Value::object(members)).finish()
}

/// Whether a value is null or the zero value of its type: the provider's SDK does not tell them apart.
#[must_use]
pub fn is_zero(value: &Value) -> bool {
    match value.repr() {
        Repr::Null(_) | Repr::Bool(false) => true,
        Repr::String(s) => s.is_empty(),
        Repr::Number(n) => n.to_i64() == Some(0),
        Repr::List(_, v) | Repr::Set(_, v) => v.is_empty(),
        Repr::Map(_, m) => m.is_empty(),
        _ => false,
    }
}

/// The zero value of a type, as the provider's SDK writes members of `list(object)` attributes
/// that are not written.
#[must_use]
pub fn zero(ty: &Type) -> Value {
    match ty {
        Type::String => Value::string(""),
        Type::Number => Value::int(0),
        Type::Bool => Value::bool(false),
        Type::List(t) => Value::list((**t).clone(), Vec::new()),
        Type::Set(t) => Value::set((**t).clone(), Vec::new()),
        Type::Map(t) => Value::map((**t).clone(), Members::new()),
        other => Value::null(other.clone()),
    }
}

/// Whether an update must send the member: the planned value is known and differs, null and zero
/// being the same.
#[must_use]
pub fn changed(prior: &Value, planned: &Value, name: &str) -> bool {
    let plain = |v: &Value| v.get(name).map(|v| v.unmark_deep().0);
    match (plain(prior), plain(planned)) {
        (_, None) => false,
        (_, Some(new)) if !new.is_wholly_known() => false,
        (None, Some(new)) => !is_zero(&new),
        (Some(old), Some(new)) => old != new && !(is_zero(&old) && is_zero(&new)),
    }
}

/// Equality of content, marks aside, null and zero being the same at any depth.
#[must_use]
pub fn same(a: &Value, b: &Value) -> bool {
    if is_zero(a) && is_zero(b) {
        return true;
    }
    match (a.repr(), b.repr()) {
        (Repr::Object(x), Repr::Object(y)) => x.len() == y.len() && x.iter().all(|(n, v)| y.get(n).is_some_and(|w| same(v, w))),
        (Repr::List(_, x), Repr::List(_, y)) => x.len() == y.len() && x.iter().zip(y.iter()).all(|(v, w)| same(v, w)),
        (Repr::Set(_, x), Repr::Set(_, y)) => x.len() == y.len() && x.iter().all(|v| y.iter().any(|w| same(v, w))),
        _ => a.unmark_deep().0 == b.unmark_deep().0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{number, set_of, string};

    fn object(members: &[(&str, Value)]) -> Value {
        Value::object(members.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
    }

    #[test]
    fn starts_from_the_base_and_fills_the_rest_with_null() {
        let inner = BlockSchema::new().attr("size", number().optional()).list(0, 1);
        let block = BlockSchema::new()
            .attr("a", string().optional())
            .attr("b", string().computed())
            .attr("c", set_of(Type::String).optional())
            .block("d", inner);
        let schema = ResourceSchema::new(0, block);
        let base = object(&[("a", Value::string("x").sensitive()), ("b", Value::unknown(Type::String)), ("zzz", Value::int(1))]);
        let built = Attrs::over(&schema, &base).text("b", None).put("nowhere", Value::int(1)).finish();
        assert_eq!(built.ty(), schema.block.ty());
        assert_eq!(built.get("a"), Some(&Value::string("x")));
        assert_eq!(built.get("b"), Some(&Value::string("")));
        assert!(built.get("c").is_some_and(Value::is_null));
        assert_eq!(built.get("d").and_then(Value::items), Some(&[][..]));
    }

    #[test]
    fn null_and_zero_are_no_change() {
        let prior = object(&[("a", Value::string("")), ("b", Value::int(0)), ("c", Value::string("x"))]);
        let planned = object(&[("a", Value::null(Type::String)), ("b", Value::null(Type::Number)), ("c", Value::null(Type::String))]);
        assert!(!changed(&prior, &planned, "a"));
        assert!(changed(&prior, &planned, "c"));
        assert!(!changed(&planned, &prior, "b"));
    }

    #[test]
    fn set_elements_match_with_their_zeros() {
        let element = |gw: Value| object(&[("cidr", Value::string("0.0.0.0/0")), ("gw", gw)]);
        let ty = Type::object([("cidr", Type::String), ("gw", Type::String)]);
        let old = Value::set(ty.clone(), vec![element(Value::string(""))]);
        let new = Value::set(ty, vec![element(Value::null(Type::String))]);
        assert!(same(&old, &new));
    }
}
