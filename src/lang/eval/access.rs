//! Attributes and elements of values, and what is said when there is none.

use super::{a_kind, kind};
use crate::diag::{Diagnostic, Span};
use crate::value::{Marks, Number, Repr, Type, Value, closest, convert};

/// `value.name`
pub(super) fn attribute(value: &Value, name: &str, span: Span) -> Result<Value, Diagnostic> {
    let marks = value.marks();
    match value.repr() {
        Repr::Object(members) => match members.get(name) {
            Some(member) => Ok(member.clone().mark(marks)),
            None => Err(no_attribute(name, members.keys().map(AsRef::as_ref), span)),
        },
        Repr::Map(_, members) => match members.get(name) {
            Some(member) => Ok(member.clone().mark(marks)),
            None => Err(no_key(name, members.keys().map(AsRef::as_ref), marks, span)),
        },
        Repr::Null(_) => Err(Diagnostic::error("Attribute of null", format!("The value before .{name} is null; null has no attributes."))
            .at(span)
            .help("Test it with != null first, or use try().")),
        Repr::Unknown { ty, .. } => match ty {
            Type::Dynamic => Ok(Value::dynamic().mark(marks)),
            Type::Map(elem) => Ok(Value::unknown((**elem).clone()).mark(marks)),
            Type::Object(object) => match object.attrs.get(name) {
                Some(ty) => Ok(Value::unknown(ty.clone()).mark(marks)),
                None => Err(no_attribute(name, object.attrs.keys().map(AsRef::as_ref), span)),
            },
            other => Err(no_attributes(other, name, span)),
        },
        _ => Err(no_attributes(&value.ty(), name, span)),
    }
}

fn no_attribute<'a>(name: &str, names: impl Iterator<Item = &'a str> + Clone, span: Span) -> Diagnostic {
    let problem = Diagnostic::error("Unsupported attribute", format!("This object has no attribute named {name:?}.")).at(span);
    suggest(problem, name, names, "attributes")
}

fn no_key<'a>(name: &str, keys: impl Iterator<Item = &'a str> + Clone, marks: &Marks, span: Span) -> Diagnostic {
    let problem = Diagnostic::error("Missing map element", format!("This map has no element with the key {name:?}.")).at(span);
    if marks.is_sensitive() { problem } else { suggest(problem, name, keys, "keys") }
}

/// Adds what may have been meant, or what there is if it is not much.
fn suggest<'a>(problem: Diagnostic, name: &str, names: impl Iterator<Item = &'a str> + Clone, what: &str) -> Diagnostic {
    const MOST: usize = 12;
    if let Some(near) = closest(name, names.clone()) {
        return problem.help(format!("Did you mean {near:?}?"));
    }
    let all: Vec<String> = names.take(MOST + 1).map(|n| format!("{n:?}")).collect();
    match all.len() {
        0 => problem.help(format!("It has no {what} at all.")),
        n if n > MOST => problem,
        _ => problem.help(format!("Its {what} are {}.", all.join(", "))),
    }
}

fn no_attributes(ty: &Type, name: &str, span: Span) -> Diagnostic {
    let problem =
        Diagnostic::error("Unsupported attribute", format!("{} has no attributes, so it has no {name:?}.", capital(&a_kind(ty)))).at(span);
    let elements = match ty {
        Type::List(elem) | Type::Set(elem) => matches!(**elem, Type::Object(_) | Type::Map(_)),
        Type::Tuple(items) => items.iter().any(|t| matches!(t, Type::Object(_))),
        _ => false,
    };
    match ty {
        Type::Set(_) if elements => {
            problem.help(format!("For this attribute of every element write [*].{name}, for the only element one(x).{name}."))
        }
        _ if elements => problem.help(format!("For one element write [0].{name}, for all of them [*].{name}.")),
        _ => problem,
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// `value[key]`
pub(super) fn index(value: &Value, key: &Value, span: Span) -> Result<Value, Diagnostic> {
    let marks = value.marks().union(key.marks());
    if value.is_null() {
        let detail = "The value before the brackets is null; null has no elements.";
        return Err(Diagnostic::error("Index of null", detail).at(span).help("Test it with != null first, or use try()."));
    }
    if key.is_null() {
        return Err(invalid("the key is null", span));
    }
    let open = |v: &Value| matches!(v.repr(), Repr::Unknown { ty: Type::Dynamic, .. });
    if open(value) || open(key) {
        return Ok(Value::dynamic().mark(&marks));
    }
    match outer_type(value) {
        ty @ (Type::List(_) | Type::Tuple(_)) => sequence(value, &ty, key, span),
        ty @ (Type::Map(_) | Type::Object(_)) => keyed(value, &ty, key, span),
        Type::Set(_) => Err(invalid("the elements of a set have no order and no keys", span)
            .help("Use tolist() where the order does not matter, one() for a set of one element, or a for expression.")),
        other => Err(invalid(&format!("{} has no elements", a_kind(&other)), span)),
    }
    .map(|v| v.mark(&marks))
}

/// The type of a value, but not those of the members of a known tuple or object: taking one
/// element must not cost as much as looking at all of them.
fn outer_type(value: &Value) -> Type {
    match value.repr() {
        Repr::Tuple(_) => Type::tuple(Vec::new()),
        Repr::Object(_) => Type::object::<&str>([]),
        _ => value.ty(),
    }
}

fn invalid(why: &str, span: Span) -> Diagnostic {
    Diagnostic::error("Invalid index", format!("This index names no element: {why}.")).at(span)
}

fn sequence(value: &Value, ty: &Type, key: &Value, span: Span) -> Result<Value, Diagnostic> {
    let key = convert(key, &Type::Number).map_err(|_| invalid(&format!("{} is indexed by whole numbers from 0", a_kind(ty)), span))?;
    let unknown_element = || match ty {
        Type::List(elem) => Value::unknown((**elem).clone()),
        _ => Value::dynamic(),
    };
    let (Some(number), known) = (key.as_number(), value.items()) else { return Ok(unknown_element()) };
    if !number.is_integer() {
        return Err(invalid("it is not a whole number", span).help("Use floor() after a division."));
    }
    if number.is_negative() {
        return Err(
            invalid("it is negative; counting from the end is not possible", span).help("For the last element write x[length(x) - 1].")
        );
    }
    let position = number.to_i64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let types = if let Type::Tuple(types) = ty { Some(types) } else { None };
    let length = known.map(<[Value]>::len).or(types.map(|t| t.len()));
    if let Some(length) = length.filter(|l| position >= *l) {
        let shown = if key.marks().is_sensitive() { "it".to_string() } else { Number::to_string(number) };
        return Err(out_of_range(&shown, length, kind(ty), value.marks(), span));
    }
    let element = known.and_then(|items| items.get(position)).cloned();
    let typed = || types.and_then(|t| t.get(position)).map(|t| Value::unknown(t.clone()));
    Ok(element.or_else(typed).unwrap_or_else(unknown_element))
}

fn out_of_range(shown: &str, length: usize, kind: &str, marks: &Marks, span: Span) -> Diagnostic {
    if marks.is_sensitive() {
        return invalid("it is beyond the end", span);
    }
    if length == 0 {
        return invalid(&format!("the {kind} has no elements"), span)
            .help("Use one() for a resource that may be absent, or try(x[0], null).");
    }
    let elements = if length == 1 { "1 element".to_string() } else { format!("{length} elements") };
    invalid(&format!("the {kind} has {elements}, counted from 0, and {shown} is beyond the end"), span)
}

fn keyed(value: &Value, ty: &Type, key: &Value, span: Span) -> Result<Value, Diagnostic> {
    let by_number = key.ty() == Type::Number;
    let key = convert(key, &Type::String).map_err(|_| invalid(&format!("{} is indexed by text", a_kind(ty)), span))?;
    let Some(name) = key.as_str() else {
        return Ok(match ty {
            Type::Map(elem) => Value::unknown((**elem).clone()),
            _ => Value::dynamic(),
        });
    };
    if let Some(member) = value.get(name) {
        return Ok(member.clone());
    }
    match (value.repr(), ty) {
        (Repr::Unknown { .. }, Type::Map(elem)) => return Ok(Value::unknown((**elem).clone())),
        (Repr::Unknown { .. }, Type::Object(o)) => {
            if let Some(ty) = o.attrs.get(name) {
                return Ok(Value::unknown(ty.clone()));
            }
        }
        _ => {}
    }
    let hidden = key.marks().is_secret() || value.marks().is_secret();
    if hidden {
        return Err(invalid(&format!("the {} has no such key", kind(ty)), span));
    }
    let problem = invalid(&format!("the {} has no element with the key {name:?}", kind(ty)), span);
    if by_number {
        return Err(problem.help("It is indexed by text, not by position."));
    }
    let names: Vec<&str> = value.members().into_iter().flat_map(|m| m.keys().map(AsRef::as_ref)).collect();
    Err(suggest(problem, name, names.into_iter(), "keys"))
}
