//! Values with unknowns and marks as JSON: exactly what was planned comes back.

use crate::value::{Key, Members, Number, Path, Repr, Step, Value, type_from_json, type_to_json};
use serde_json::{Map, Value as Json, json};

/// A value as JSON.
pub(super) fn encode(value: &Value) -> Json {
    let plain = match value.repr() {
        Repr::Null(ty) => json!({ "null": type_to_json(ty) }),
        Repr::Unknown { ty, not_null } => json!({ "unknown": type_to_json(ty), "not_null": not_null }),
        Repr::Bool(b) => json!(b),
        Repr::String(s) => json!(s.as_ref()),
        Repr::Number(n) => json!({ "number": n.to_string() }),
        Repr::List(ty, items) => json!({ "list": type_to_json(ty), "items": all(items) }),
        Repr::Set(ty, items) => json!({ "set": type_to_json(ty), "items": all(items) }),
        Repr::Tuple(items) => json!({ "tuple": all(items) }),
        Repr::Map(ty, members) => json!({ "map": type_to_json(ty), "items": by_name(members) }),
        Repr::Object(members) => json!({ "object": by_name(members) }),
    };
    if value.marks().is_sensitive() { json!({ "sensitive": plain }) } else { plain }
}

fn all(items: &[Value]) -> Vec<Json> {
    items.iter().map(encode).collect()
}

fn by_name(members: &Members) -> Map<String, Json> {
    members.iter().map(|(k, v)| (k.to_string(), encode(v))).collect()
}

/// The reverse of [`encode`]; `None` for anything else.
pub(super) fn decode(json: &Json) -> Option<Value> {
    match json {
        Json::Bool(b) => return Some(Value::bool(*b)),
        Json::String(s) => return Some(Value::string(s)),
        _ => {}
    }
    let o = json.as_object()?;
    let (kind, first) = o.iter().next()?;
    let items = || o.get("items")?.as_array()?.iter().map(decode).collect::<Option<Vec<_>>>();
    Some(match kind.as_str() {
        "sensitive" => decode(first)?.sensitive(),
        "null" => Value::null(type_from_json(first)?),
        "unknown" if o.get("not_null") == Some(&Json::Bool(true)) => Value::unknown_not_null(type_from_json(first)?),
        "unknown" => Value::unknown(type_from_json(first)?),
        "number" => Value::number(Number::parse(first.as_str()?)?),
        "list" => Value::list(type_from_json(first)?, items()?),
        "set" => Value::set(type_from_json(first)?, items()?),
        "tuple" => Value::tuple(first.as_array()?.iter().map(decode).collect::<Option<_>>()?),
        "map" => Value::map(type_from_json(first)?, members(o.get("items")?)?),
        "object" => Value::object(members(first)?),
        _ => return None,
    })
}

fn members(json: &Json) -> Option<Members> {
    json.as_object()?.iter().map(|(k, v)| Some((k.as_str().into(), decode(v)?))).collect()
}

/// A path as a list of names, positions and `{"key": ..}`.
pub(super) fn path(path: &Path) -> Json {
    let step = |s: &Step| match s {
        Step::Attr(n) => json!(n.as_ref()),
        Step::Index(Key::Int(i)) => json!(i),
        Step::Index(Key::Str(s)) => json!({ "key": s.as_ref() }),
    };
    Json::Array(path.0.iter().map(step).collect())
}

/// The reverse of [`path`].
pub(super) fn path_of(json: &Json) -> Option<Path> {
    let step = |j: &Json| match j {
        Json::String(s) => Some(Step::Attr(s.as_str().into())),
        Json::Number(n) => n.as_i64().map(|i| Step::Index(Key::Int(i))),
        Json::Object(o) => o.get("key")?.as_str().map(|s| Step::Index(Key::Str(s.into()))),
        _ => None,
    };
    json.as_array()?.iter().map(step).collect::<Option<Vec<_>>>().map(Path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    #[test]
    fn every_kind_of_value_comes_back() {
        let members = |v: Value| Members::from([("k".into(), v)]);
        let all = [
            Value::null(Type::list(Type::String)),
            Value::unknown(Type::Dynamic),
            Value::unknown_not_null(Type::String).sensitive(),
            Value::bool(true),
            Value::string("a\"b"),
            Value::number(Number::parse("12345678901234567890.5").unwrap()),
            Value::list(Type::String, vec![Value::string("x").sensitive()]),
            Value::set(Type::Number, vec![Value::int(2), Value::int(1)]),
            Value::tuple(vec![Value::bool(false), Value::int(1)]),
            Value::map(Type::String, members(Value::string("v"))),
            Value::object(members(Value::unknown(Type::String))),
        ];
        for value in all {
            let back = decode(&encode(&value)).unwrap();
            assert_eq!(back, value);
            assert_eq!(back.ty(), value.ty());
        }
        assert_eq!(decode(&json!({ "what": 1 })), None);
        let p = Path::parse("a.0.b").with(Step::Index(Key::Str("x.y".into())));
        assert_eq!(path_of(&path(&p)), Some(p));
    }
}
