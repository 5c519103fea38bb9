//! Small steps on object values that all built-in types share.

use crate::value::{Repr, Type, Value};

/// `object` with attributes replaced.
pub(super) fn with<'a>(object: &Value, changes: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let mut members = object.members().cloned().unwrap_or_default();
    for (name, value) in changes {
        members.insert(name.into(), value);
    }
    Value::object(members).mark(object.marks())
}

/// Every unknown attribute of a finished object becomes null of its type.
pub(super) fn settle(object: &Value) -> Value {
    object.map_children(&mut |child| match child.repr() {
        Repr::Unknown { ty, .. } => Value::null(ty.clone()),
        _ => child.clone(),
    })
}

/// A known bool, or what it is when not set.
pub(super) fn flag(object: &Value, name: &str, otherwise: bool) -> bool {
    object.get(name).and_then(Value::as_bool).unwrap_or(otherwise)
}

/// A known whole number, or 0.
pub(super) fn count(object: &Value, name: &str) -> usize {
    object.get(name).and_then(Value::as_i64).and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
}

/// Known text.
pub(super) fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// An object with nothing but an id, as imports start from.
pub(super) fn only_id(ty: &Type, id: &str) -> Value {
    let Type::Object(o) = ty else { return Value::null(ty.clone()) };
    let nulls = o.attrs.iter().map(|(n, t)| (n.clone(), Value::null(t.clone()))).collect();
    with(&Value::object(nulls), [("id", Value::string(id))])
}
