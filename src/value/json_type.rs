//! Types as JSON, the way state and plans write them.

use super::{Name, ObjectType, Type};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A type as JSON: `"string"`, `["list","string"]`, `["object",{..}]`, `["object",{..},["opt"]]`.
#[must_use]
pub fn type_to_json(ty: &Type) -> Json {
    let pair = |kind: &str, inner: Json| Json::Array(vec![kind.into(), inner]);
    match ty {
        Type::Dynamic => "dynamic".into(),
        Type::Bool => "bool".into(),
        Type::Number => "number".into(),
        Type::String => "string".into(),
        Type::List(t) => pair("list", type_to_json(t)),
        Type::Set(t) => pair("set", type_to_json(t)),
        Type::Map(t) => pair("map", type_to_json(t)),
        Type::Tuple(ts) => pair("tuple", Json::Array(ts.iter().map(type_to_json).collect())),
        Type::Object(o) => {
            let attrs: Map<String, Json> = o.attrs.iter().map(|(n, t)| (n.to_string(), type_to_json(t))).collect();
            let mut parts = vec!["object".into(), Json::Object(attrs)];
            if !o.optional.is_empty() {
                parts.push(Json::Array(o.optional.iter().map(|n| n.as_ref().into()).collect()));
            }
            Json::Array(parts)
        }
    }
}

/// The reverse of [`type_to_json`]; `None` when the JSON describes no type.
#[must_use]
pub fn type_from_json(json: &Json) -> Option<Type> {
    if let Json::String(name) = json {
        return match name.as_str() {
            "dynamic" => Some(Type::Dynamic),
            "bool" => Some(Type::Bool),
            "number" => Some(Type::Number),
            "string" => Some(Type::String),
            _ => None,
        };
    }
    match json.as_array()?.as_slice() {
        [Json::String(kind), inner] => match (kind.as_str(), inner) {
            ("list", t) => type_from_json(t).map(Type::list),
            ("set", t) => type_from_json(t).map(Type::set),
            ("map", t) => type_from_json(t).map(Type::map),
            ("tuple", Json::Array(ts)) => ts.iter().map(type_from_json).collect::<Option<Vec<_>>>().map(Type::tuple),
            ("object", Json::Object(attrs)) => object(attrs, &[]),
            _ => None,
        },
        [Json::String(kind), Json::Object(attrs), Json::Array(optional)] if kind == "object" => object(attrs, optional),
        _ => None,
    }
}

fn object(attrs: &Map<String, Json>, optional: &[Json]) -> Option<Type> {
    let attrs = attrs.iter().map(|(n, t)| Some((Name::from(n.as_str()), type_from_json(t)?))).collect::<Option<_>>()?;
    let optional = optional.iter().map(|n| n.as_str().map(Name::from)).collect::<Option<BTreeSet<_>>>()?;
    Some(Type::Object(Arc::new(ObjectType { attrs, optional })))
}
