//! Conversion of values, by the rules of HCL's type system (those of cty's `convert`).
//!
//! Whether types fit is decided first and for the whole value, so that the message names the
//! place; values are then converted member by member. Where the constraint holds `any` inside a
//! collection, the members are brought to one common type.

use super::convertible::mismatch;
use super::{Key, Name, Path, Repr, Step, Type, Value, convertible, unify};

/// Why a value does not convert, and where inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvertError {
    /// Place inside the value.
    pub path: Path,
    /// "a string is required"
    pub message: String,
}

type Result<T> = std::result::Result<T, ConvertError>;

/// Converts `value` to the constraint `to` (`Dynamic` inside it accepts anything; optional object
/// attributes that are absent become null). Marks are kept, unknowns become unknowns of the type.
///
/// # Errors
/// When no conversion exists; the message never contains a value.
pub fn convert(value: &Value, to: &Type) -> Result<Value> {
    step(value, to, &mut Vec::new())
}

fn fail<T>(path: &[Step], message: impl Into<String>) -> Result<T> {
    Err(ConvertError { path: Path(path.to_vec()), message: message.into() })
}

fn step(value: &Value, to: &Type, path: &mut Vec<Step>) -> Result<Value> {
    if *to == Type::Dynamic {
        return Ok(value.clone());
    }
    let (plain, marks) = (value.repr(), value.marks());
    let converted = match (plain, to) {
        (Repr::Null(from), _) => Value::null(typed(from, to, path)?),
        (Repr::Unknown { ty, not_null }, _) => {
            let ty = typed(ty, to, path)?;
            if *not_null { Value::unknown_not_null(ty) } else { Value::unknown(ty) }
        }
        (Repr::Bool(_) | Repr::Number(_) | Repr::String(_), _) => primitive(value, to, path)?,
        (Repr::List(t, _), Type::List(e)) | (Repr::Set(t, _), Type::Set(e)) if t == &**e => return Ok(value.clone()),
        (Repr::Map(t, _), Type::Map(e)) if t == &**e => return Ok(value.clone()),
        (Repr::List(_, v) | Repr::Set(_, v) | Repr::Tuple(v), Type::List(e) | Type::Set(e)) => sequence(value, v, to, e, path)?,
        (Repr::Map(_, m) | Repr::Object(m), Type::Map(e)) => {
            let items: Vec<&Value> = m.values().collect();
            let steps: Vec<Step> = m.keys().map(|k| Step::Index(Key::Str(k.clone()))).collect();
            let (elem, items) = collection(value, &items, &steps, to, e, path)?;
            Value::map(elem, m.keys().cloned().zip(items).collect())
        }
        (Repr::Tuple(v), Type::Tuple(ts)) if v.len() == ts.len() => {
            let pairs = v.iter().zip(ts.iter()).enumerate();
            let items = pairs.map(|(i, (v, t))| at(v, t, index(i), path)).collect::<Result<Vec<_>>>()?;
            Value::tuple(items)
        }
        (Repr::Object(_) | Repr::Map(..), Type::Object(_)) => object(value, to, path)?,
        _ => return fail(path, mismatch(&value.ty(), to)),
    };
    Ok(converted.mark(marks))
}

fn index(i: usize) -> Step {
    Step::Index(Key::Int(i64::try_from(i).unwrap_or(i64::MAX)))
}

fn at(value: &Value, to: &Type, next: Step, path: &mut Vec<Step>) -> Result<Value> {
    path.push(next);
    let result = step(value, to, path);
    path.pop();
    result
}

/// The type that a null or unknown of type `from` gets.
fn typed(from: &Type, to: &Type, path: &[Step]) -> Result<Type> {
    if !convertible(from, to) {
        return fail(path, mismatch(from, to));
    }
    Ok(to.without_optional().filled_from(from))
}

fn primitive(value: &Value, to: &Type, path: &[Step]) -> Result<Value> {
    match (value.repr(), to) {
        (Repr::Bool(_), Type::Bool) | (Repr::Number(_), Type::Number) | (Repr::String(_), Type::String) => {
            Ok(Value::new(value.repr().clone()))
        }
        (Repr::Bool(b), Type::String) => Ok(Value::string(if *b { "true" } else { "false" })),
        (Repr::Number(n), Type::String) => Ok(Value::string(n.to_string())),
        (Repr::String(s), Type::Number) => match super::Number::parse(s) {
            Some(n) => Ok(Value::number(n)),
            None => fail(path, "a number is required"),
        },
        (Repr::String(s), Type::Bool) => match &**s {
            "true" | "1" => Ok(Value::bool(true)),
            "false" | "0" => Ok(Value::bool(false)),
            other => match other.to_ascii_lowercase().as_str() {
                lower @ ("true" | "false") => fail(path, format!("a bool is required; to convert from string, use lowercase {lower:?}")),
                _ => fail(path, "a bool is required"),
            },
        },
        _ => fail(path, mismatch(&value.ty(), to)),
    }
}

fn sequence(whole: &Value, items: &[Value], to: &Type, elem: &Type, path: &mut Vec<Step>) -> Result<Value> {
    let into_list = matches!(to, Type::List(_));
    if into_list && matches!(whole.repr(), Repr::Set(..)) && !items.iter().all(Value::is_wholly_known) {
        // A set with unknown elements has no known length yet.
        return typed(&whole.ty(), to, path).map(Value::unknown_not_null);
    }
    let refs: Vec<&Value> = items.iter().collect();
    let steps: Vec<Step> = (0..items.len()).map(index).collect();
    let (elem, items) = collection(whole, &refs, &steps, to, elem, path)?;
    Ok(if into_list { Value::list(elem, items) } else { Value::set(elem, items) })
}

/// Converts the members of a collection; returns their common type with them.
fn collection(whole: &Value, items: &[&Value], steps: &[Step], to: &Type, elem: &Type, path: &mut Vec<Step>) -> Result<(Type, Vec<Value>)> {
    if items.is_empty() {
        if !convertible(&element_of(whole), elem) {
            return fail(path, mismatch(&whole.ty(), to));
        }
        return Ok((elem.without_optional().filled_from(&element_of(whole)), Vec::new()));
    }
    let each = |elem: &Type, items: &[&Value], path: &mut Vec<Step>| {
        let pairs = items.iter().zip(steps);
        pairs.map(|(v, s)| at(v, elem, s.clone(), path)).collect::<Result<Vec<_>>>()
    };
    let converted = each(elem, items, path)?;
    if !elem.has_dynamic() {
        return Ok((elem.without_optional(), converted));
    }
    let types: Vec<Type> = converted.iter().map(Value::ty).collect();
    let Some(common) = unify(&types) else {
        return fail(
            path,
            if *elem == Type::Dynamic { mismatch(&whole.ty(), to) } else { "cannot find a common base type for all elements".into() },
        );
    };
    let items: Vec<&Value> = converted.iter().collect();
    Ok((common.clone(), each(&common, &items, path)?))
}

fn element_of(collection: &Value) -> Type {
    match collection.repr() {
        Repr::List(t, _) | Repr::Set(t, _) | Repr::Map(t, _) => t.clone(),
        _ => Type::Dynamic,
    }
}

fn object(value: &Value, to: &Type, path: &mut Vec<Step>) -> Result<Value> {
    let (Some(have), Type::Object(want)) = (value.members(), to) else {
        return fail(path, mismatch(&value.ty(), to));
    };
    let from_map = matches!(value.repr(), Repr::Map(..));
    let mut members = super::Members::new();
    for (name, ty) in &want.attrs {
        let next = |n: &Name| if from_map { Step::Index(Key::Str(n.clone())) } else { Step::Attr(n.clone()) };
        let member = match have.get(name) {
            Some(v) => at(v, ty, next(name), path)?,
            None if want.optional.contains(name) => Value::null(ty.without_optional()),
            None if from_map => return fail(path, format!("map has no element for required attribute {name:?}")),
            None => return fail(path, mismatch(&value.ty(), to)),
        };
        members.insert(name.clone(), member);
    }
    Ok(Value::object(members))
}
