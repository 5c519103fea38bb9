//! `sensitive_attributes`: a list of paths, each a list of steps.

use super::super::StateError;
use crate::value::{Key, Path, Step};
use serde_json::{Map, Value as Json, json};

pub(super) fn write(paths: &[Path]) -> Json {
    let mut sorted: Vec<&Path> = paths.iter().collect();
    sorted.sort();
    sorted.dedup();
    Json::Array(sorted.iter().map(|p| Json::Array(p.0.iter().map(step).collect())).collect())
}

fn step(step: &Step) -> Json {
    let (kind, value) = match step {
        Step::Attr(name) => ("get_attr", Json::from(name.as_ref())),
        Step::Index(Key::Int(n)) => ("index", json!({"value": n, "type": "number"})),
        Step::Index(Key::Str(s)) => ("index", json!({"value": s.as_ref(), "type": "string"})),
    };
    let mut out = Map::new();
    out.insert("type".into(), kind.into());
    out.insert("value".into(), value);
    Json::Object(out)
}

/// Reads the paths. An element of a set has a whole value as its key, which our paths cannot say:
/// such a path ends above it, so that the whole set stays masked.
pub(super) fn read(json: &Json, place: &str) -> Result<Vec<Path>, StateError> {
    if json.is_null() {
        return Ok(Vec::new());
    }
    let wrong = || StateError::malformed(format!("{place}: sensitive_attributes is not a list of paths."));
    let mut paths = Vec::new();
    for path in json.as_array().ok_or_else(wrong)? {
        let mut steps = Vec::new();
        for step in path.as_array().ok_or_else(wrong)? {
            let value = step.get("value").ok_or_else(wrong)?;
            match step.get("type").and_then(Json::as_str) {
                Some("get_attr") => steps.push(Step::Attr(value.as_str().ok_or_else(wrong)?.into())),
                Some("index") => match index(value) {
                    Some(key) => steps.push(Step::Index(key)),
                    None => break,
                },
                _ => return Err(wrong()),
            }
        }
        paths.push(Path(steps));
    }
    Ok(paths)
}

fn index(wrapped: &Json) -> Option<Key> {
    match wrapped.get("value")? {
        Json::String(s) => Some(Key::Str(s.as_str().into())),
        Json::Number(n) => n.as_i64().map(Key::Int),
        _ => None,
    }
}
