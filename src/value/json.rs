//! Values as JSON, the way state and plans write them (cty's JSON encoding).
//!
//! Numbers keep every digit. Where the type says `Dynamic`, the value is wrapped with its type, so
//! that reading gives back exactly what was written.

use super::{Key, Members, Number, Path, Repr, Step, Type, Value, type_from_json, type_to_json};
use serde_json::{Map, Value as Json};

/// Why JSON does not describe a value of the type.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonError {
    /// Place inside the document.
    pub path: Path,
    /// What is wrong there.
    pub message: String,
}

type Result<T> = std::result::Result<T, JsonError>;

/// JSON of a wholly known value; marks are dropped, unknown becomes null. A value whose
/// constraint is `Dynamic` is wrapped as `{"value":..,"type":..}` only where `ty` says `Dynamic`.
#[must_use]
pub fn to_json(value: &Value, ty: &Type) -> Json {
    if *ty == Type::Dynamic {
        let actual = value.ty();
        if actual == Type::Dynamic {
            return Json::Null;
        }
        let mut wrapped = Map::new();
        wrapped.insert("value".into(), to_json(value, &actual));
        wrapped.insert("type".into(), type_to_json(&actual));
        return Json::Object(wrapped);
    }
    let open = Type::Dynamic;
    match value.repr() {
        Repr::Null(_) | Repr::Unknown { .. } => Json::Null,
        Repr::Bool(b) => Json::Bool(*b),
        Repr::Number(n) => number(n),
        Repr::String(s) => Json::String(s.to_string()),
        Repr::List(own, items) | Repr::Set(own, items) => {
            let elem = if let Type::List(e) | Type::Set(e) = ty { e } else { own };
            Json::Array(items.iter().map(|v| to_json(v, elem)).collect())
        }
        Repr::Tuple(items) => {
            let types: &[Type] = if let Type::Tuple(ts) = ty { ts } else { &[] };
            Json::Array(items.iter().enumerate().map(|(i, v)| to_json(v, types.get(i).unwrap_or(&open))).collect())
        }
        Repr::Map(own, members) => {
            let elem = if let Type::Map(e) = ty { e } else { own };
            Json::Object(members.iter().map(|(k, v)| (k.to_string(), to_json(v, elem))).collect())
        }
        Repr::Object(members) => {
            let of = |name: &str| if let Type::Object(o) = ty { o.attrs.get(name) } else { None };
            Json::Object(members.iter().map(|(k, v)| (k.to_string(), to_json(v, of(k).unwrap_or(&open)))).collect())
        }
    }
}

fn number(n: &Number) -> Json {
    n.to_string().parse::<serde_json::Number>().map_or(Json::Null, Json::Number)
}

/// A value of type `ty` from JSON. Absent object attributes are null.
///
/// # Errors
/// When the JSON does not fit the type.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value> {
    read(json, ty, &Path::default())
}

fn fail<T>(path: &Path, message: impl Into<String>) -> Result<T> {
    Err(JsonError { path: path.clone(), message: message.into() })
}

fn read(json: &Json, ty: &Type, path: &Path) -> Result<Value> {
    match (json, ty) {
        (Json::Null, _) => Ok(Value::null(ty.without_optional())),
        (_, Type::Dynamic) => dynamic(json, path),
        (_, Type::Bool | Type::Number | Type::String) => primitive(json, ty, path),
        (Json::Array(items), Type::List(e)) => Ok(Value::list(e.without_optional(), sequence(items, e, path)?)),
        (Json::Array(items), Type::Set(e)) => Ok(Value::set(e.without_optional(), sequence(items, e, path)?)),
        (Json::Array(items), Type::Tuple(ts)) => {
            if items.len() != ts.len() {
                return fail(path, format!("{} elements are required, but there are {}", ts.len(), items.len()));
            }
            let pairs = items.iter().zip(ts.iter()).enumerate();
            pairs.map(|(i, (j, t))| read(j, t, &path.index(i))).collect::<Result<Vec<_>>>().map(Value::tuple)
        }
        (Json::Object(entries), Type::Map(e)) => {
            let mut members = Members::new();
            for (key, entry) in entries {
                members.insert(key.as_str().into(), read(entry, e, &path.with(Step::Index(Key::Str(key.as_str().into()))))?);
            }
            Ok(Value::map(e.without_optional(), members))
        }
        (Json::Object(entries), Type::Object(o)) => {
            if let Some(extra) = entries.keys().find(|k| !o.attrs.contains_key(k.as_str())) {
                return fail(path, format!("unsupported attribute {extra:?}"));
            }
            let mut members = Members::new();
            for (name, ty) in &o.attrs {
                let entry = entries.get(name.as_ref()).unwrap_or(&Json::Null);
                members.insert(name.clone(), read(entry, ty, &path.then(name.clone()))?);
            }
            Ok(Value::object(members))
        }
        (_, Type::List(_) | Type::Set(_) | Type::Tuple(_)) => fail(path, "a JSON array is required"),
        (_, Type::Map(_) | Type::Object(_)) => fail(path, "a JSON object is required"),
    }
}

fn sequence(items: &[Json], elem: &Type, path: &Path) -> Result<Vec<Value>> {
    items.iter().enumerate().map(|(i, j)| read(j, elem, &path.index(i))).collect()
}

fn dynamic(json: &Json, path: &Path) -> Result<Value> {
    let wrapped = json.as_object().filter(|o| o.len() == 2);
    let parts = wrapped.and_then(|o| Some((o.get("value")?, o.get("type")?)));
    let Some((value, ty)) = parts else {
        return fail(path, "an object with \"value\" and \"type\" is required");
    };
    match type_from_json(ty) {
        Some(ty) => read(value, &ty, path),
        None => fail(path, "\"type\" describes no type"),
    }
}

fn primitive(json: &Json, ty: &Type, path: &Path) -> Result<Value> {
    let implied = implied_from_json(json);
    if implied.items().is_some() || implied.members().is_some() {
        return fail(path, format!("a {ty} is required"));
    }
    super::convert(&implied, ty).map_err(|e| JsonError { path: path.clone(), message: e.message })
}

/// A value of the type that the JSON itself implies (objects and tuples), as `jsondecode` gives.
/// A number beyond every range becomes null; use [`from_json`] where that matters.
#[must_use]
pub fn implied_from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::null(Type::Dynamic),
        Json::Bool(b) => Value::bool(*b),
        Json::Number(n) => Number::parse(&n.to_string()).map_or_else(|| Value::null(Type::Number), Value::number),
        Json::String(s) => Value::string(s),
        Json::Array(items) => Value::tuple(items.iter().map(implied_from_json).collect()),
        Json::Object(entries) => Value::object(entries.iter().map(|(k, v)| (super::ops::nfc(k), implied_from_json(v))).collect()),
    }
}
