//! The language's `==`: true, false, or not known yet.

use super::{Repr, Type, Value};

/// Compares two values as `==` does: nulls of any type are equal, values of different types are
/// not, and where an unknown decides, the result is an unknown bool. Marks spread to the result;
/// comparing with null takes only the marks of the two values themselves.
#[must_use]
pub fn equals(a: &Value, b: &Value) -> Value {
    let marks = if a.is_null() != b.is_null() { a.marks().union(b.marks()) } else { a.deep_marks().union(&b.deep_marks()) };
    let result = match compare(a, b, true) {
        Some(equal) => Value::bool(equal),
        None => Value::unknown_not_null(Type::Bool),
    };
    result.mark(&marks)
}

/// `check_types` at the outermost known value only: below it the types are equal already.
fn compare(a: &Value, b: &Value, check_types: bool) -> Option<bool> {
    match (a.repr(), b.repr()) {
        (Repr::Null(_), Repr::Null(_)) => return Some(true),
        (Repr::Null(_), Repr::Unknown { not_null, .. }) | (Repr::Unknown { not_null, .. }, Repr::Null(_)) => {
            return if *not_null { Some(false) } else { None };
        }
        (Repr::Null(_), _) | (_, Repr::Null(_)) => return Some(false),
        (Repr::Unknown { .. }, Repr::Unknown { .. }) => return None,
        (Repr::Unknown { ty, .. }, _) => return if ty.has_dynamic() || *ty == b.ty() { None } else { Some(false) },
        (_, Repr::Unknown { ty, .. }) => return if ty.has_dynamic() || *ty == a.ty() { None } else { Some(false) },
        _ => {}
    }
    if check_types && !is_primitive(a) {
        let (ta, tb) = (a.ty(), b.ty());
        if has_open_type(a) || has_open_type(b) {
            return if conforms(&ta, &tb) { None } else { Some(false) };
        }
        if ta != tb {
            return Some(false);
        }
    }
    known(a, b)
}

fn known(a: &Value, b: &Value) -> Option<bool> {
    match (a.repr(), b.repr()) {
        (Repr::Bool(x), Repr::Bool(y)) => Some(x == y),
        (Repr::Number(x), Repr::Number(y)) => Some(x == y),
        (Repr::String(x), Repr::String(y)) => Some(x == y),
        (Repr::Set(_, x), Repr::Set(_, y)) => {
            if x.iter().chain(y.iter()).any(|v| !v.is_wholly_known()) {
                return None;
            }
            Some(x == y)
        }
        (Repr::List(_, x), Repr::List(_, y)) | (Repr::Tuple(x), Repr::Tuple(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            all(x.iter().zip(y.iter()))
        }
        (Repr::Map(_, x), Repr::Map(_, y)) | (Repr::Object(x), Repr::Object(y)) => {
            if !x.keys().eq(y.keys()) {
                return Some(false);
            }
            all(x.values().zip(y.values()))
        }
        _ => Some(false),
    }
}

/// False as soon as one pair differs; unknown if any pair is and none differs.
fn all<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let mut result = Some(true);
    for (a, b) in pairs {
        match compare(a, b, false) {
            Some(false) => return Some(false),
            None => result = None,
            Some(true) => {}
        }
    }
    result
}

fn is_primitive(v: &Value) -> bool {
    matches!(v.repr(), Repr::Bool(_) | Repr::Number(_) | Repr::String(_))
}

/// Whether an unknown inside may still turn out to be of another type.
fn has_open_type(v: &Value) -> bool {
    match v.repr() {
        Repr::Unknown { ty, .. } => ty.has_dynamic(),
        _ => v.children().any(has_open_type),
    }
}

/// Whether the types are equal where neither is open.
fn conforms(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dynamic, _) | (_, Type::Dynamic) => true,
        (Type::List(x), Type::List(y)) | (Type::Set(x), Type::Set(y)) | (Type::Map(x), Type::Map(y)) => conforms(x, y),
        (Type::Tuple(x), Type::Tuple(y)) => x.len() == y.len() && x.iter().zip(y.iter()).all(|(p, q)| conforms(p, q)),
        (Type::Object(x), Type::Object(y)) => {
            x.attrs.keys().eq(y.attrs.keys()) && x.attrs.values().zip(y.attrs.values()).all(|(p, q)| conforms(p, q))
        }
        _ => a == b,
    }
}
