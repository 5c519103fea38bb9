//! Values as three JSON documents: what is known, what is not yet known, what is sensitive.

use crate::value::{Key, Path, Repr, Step, Value};
use serde_json::{Map, Value as Json};

/// The value, unknown members of objects left out, other unknown parts null. Marks are dropped.
#[must_use]
pub fn plain(value: &Value) -> Json {
    match value.repr() {
        Repr::Null(_) | Repr::Unknown { .. } => Json::Null,
        Repr::Bool(b) => Json::Bool(*b),
        Repr::Number(n) => n.to_string().parse::<serde_json::Number>().map_or(Json::Null, Json::Number),
        Repr::String(s) => Json::String(s.to_string()),
        Repr::List(_, items) | Repr::Set(_, items) | Repr::Tuple(items) => Json::Array(items.iter().map(plain).collect()),
        Repr::Map(_, members) | Repr::Object(members) => {
            let known = members.iter().filter(|(_, v)| !v.is_unknown());
            Json::Object(known.map(|(k, v)| (k.to_string(), plain(v))).collect())
        }
    }
}

/// The value as it may be shown: what is sensitive is null.
#[must_use]
pub fn masked(value: &Value) -> Json {
    if value.marks().is_secret() {
        return Json::Null;
    }
    match value.repr() {
        Repr::List(_, items) | Repr::Set(_, items) | Repr::Tuple(items) => Json::Array(items.iter().map(masked).collect()),
        Repr::Map(_, members) | Repr::Object(members) => {
            Json::Object(members.iter().filter(|(_, v)| !v.is_unknown()).map(|(k, v)| (k.to_string(), masked(v))).collect())
        }
        _ => plain(value),
    }
}

/// True where the value is unknown; containers are followed, known members of objects left out.
pub(super) fn unknown(value: &Value) -> Json {
    flags(value, &|v| v.is_unknown())
}

/// True where the value is sensitive; the same shape.
pub(super) fn sensitive(value: &Value) -> Json {
    flags(value, &|v| v.marks().is_sensitive())
}

fn flags(value: &Value, test: &dyn Fn(&Value) -> bool) -> Json {
    if test(value) {
        return Json::Bool(true);
    }
    match value.repr() {
        Repr::List(_, items) | Repr::Set(_, items) | Repr::Tuple(items) => Json::Array(items.iter().map(|v| flags(v, test)).collect()),
        Repr::Map(_, members) | Repr::Object(members) => {
            let mut found = Map::new();
            for (name, member) in members.iter() {
                let inner = flags(member, test);
                if inner != Json::Bool(false) {
                    found.insert(name.to_string(), inner);
                }
            }
            Json::Object(found)
        }
        _ => Json::Bool(false),
    }
}

/// A path as `replace_paths` has it: names and positions.
pub(super) fn path(path: &Path) -> Json {
    let step = |step: &Step| match step {
        Step::Attr(name) => Json::String(name.to_string()),
        Step::Index(Key::Int(i)) => Json::from(*i),
        Step::Index(Key::Str(key)) => Json::String(key.to_string()),
    };
    Json::Array(path.0.iter().map(step).collect())
}
