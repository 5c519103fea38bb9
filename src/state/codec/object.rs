//! One object of an instance.

use super::super::{ObjectState, StateError, Status};
use super::{ordered, paths};
use crate::addr::{InstanceKey, ResourceAddr, Target, parse_target};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

const ORDER: [&str; 15] = [
    "index_key",
    "status",
    "deposed",
    "provider",
    "schema_version",
    "attributes",
    "attributes_flat",
    "sensitive_attributes",
    "private",
    "dependencies",
    "depends_on",
    "create_before_destroy",
    "skip_destroy",
    "identity",
    "identity_schema_version",
];

pub(super) fn write(key: &InstanceKey, deposed: Option<&str>, object: &ObjectState) -> Json {
    let mut out = Map::new();
    let mut put = |name: &str, value: Json| out.insert(name.to_string(), value);
    match key {
        InstanceKey::None => {}
        InstanceKey::Int(n) => drop(put("index_key", Json::from(*n))),
        InstanceKey::Str(s) => drop(put("index_key", Json::from(s.as_ref()))),
    }
    if object.status == Status::Tainted {
        put("status", "tainted".into());
    }
    if let Some(deposed) = deposed {
        put("deposed", deposed.into());
    }
    if let Some(provider) = &object.provider {
        put("provider", provider.as_str().into());
    }
    put("schema_version", object.schema_version.into());
    if !(object.attributes.is_empty() && object.extra.contains_key("attributes_flat")) {
        put("attributes", Json::Object(object.attributes.clone()));
    }
    put("sensitive_attributes", paths::write(&object.sensitive_paths));
    if let Some(private) = object.private.as_ref().filter(|p| !p.is_empty()) {
        put("private", STANDARD.encode(private).into());
    }
    if !object.dependencies.is_empty() {
        put("dependencies", object.dependencies.iter().map(ToString::to_string).collect());
    }
    if object.create_before_destroy {
        put("create_before_destroy", true.into());
    }
    ordered(&ORDER, out, &object.extra)
}

/// One object by itself, as an entry of `instances` has it: what lies beside the state (the
/// journal) keeps objects in the state's own form.
#[must_use]
pub fn write_object(object: &ObjectState) -> Json {
    write(&InstanceKey::None, None, object)
}

/// Reads what [`write_object`] wrote.
///
/// # Errors
/// When it is not an object of a state.
pub fn read_object(json: Json) -> Result<ObjectState, StateError> {
    read(json, "object").map(|entry| entry.object)
}

/// What an entry of `instances` says besides its object.
pub(super) struct Entry {
    pub key: InstanceKey,
    pub deposed: Option<String>,
    pub object: ObjectState,
}

pub(super) fn read(json: Json, place: &str) -> Result<Entry, StateError> {
    let wrong = |what: &str| StateError::malformed(format!("{place}: {what}."));
    let Json::Object(mut fields) = json else { return Err(wrong("an instance is not an object")) };
    let key = match fields.shift_remove("index_key") {
        None | Some(Json::Null) => InstanceKey::None,
        Some(Json::String(s)) => InstanceKey::Str(s.into()),
        Some(Json::Number(n)) => InstanceKey::Int(whole(&n).ok_or_else(|| wrong("index_key is not a whole number"))?),
        Some(_) => return Err(wrong("index_key is neither a number nor a string")),
    };
    let place = &format!("{place}{key}");
    let wrong = |what: &str| StateError::malformed(format!("{place}: {what}."));
    let mut object = ObjectState {
        status: match text(&mut fields, "status", place)?.as_deref() {
            None => Status::Ready,
            Some("tainted") => Status::Tainted,
            Some(_) => return Err(wrong("the status is neither empty nor \"tainted\"")),
        },
        provider: text(&mut fields, "provider", place)?.map(|p| canonical_provider(&p)),
        ..ObjectState::default()
    };
    let deposed = text(&mut fields, "deposed", place)?;
    if deposed.as_ref().is_some_and(|d| d.len() != 8) {
        return Err(wrong("the deposed key does not have 8 characters"));
    }
    if let Some(version) = fields.shift_remove("schema_version") {
        object.schema_version = version.as_u64().ok_or_else(|| wrong("schema_version is not a whole number"))?;
    }
    match fields.shift_remove("attributes") {
        None | Some(Json::Null) => {}
        Some(Json::Object(attributes)) => object.attributes = attributes,
        Some(_) => return Err(wrong("attributes is not an object")),
    }
    object.sensitive_paths = paths::read(&fields.shift_remove("sensitive_attributes").unwrap_or_default(), place)?;
    if let Some(private) = text(&mut fields, "private", place)? {
        let bytes = STANDARD.decode(private).map_err(|_| wrong("private is not base64"))?;
        object.private = Some(bytes);
    }
    object.dependencies = dependencies(fields.shift_remove("dependencies"), place)?;
    object.create_before_destroy = match fields.shift_remove("create_before_destroy") {
        None | Some(Json::Null) => false,
        Some(flag) => flag.as_bool().ok_or_else(|| wrong("create_before_destroy is not a bool"))?,
    };
    object.extra = fields;
    Ok(Entry { key, deposed, object })
}

/// A text field; empty and null count as absent, as in Go's `omitempty`.
pub(super) fn text(fields: &mut Map<String, Json>, name: &str, place: &str) -> Result<Option<String>, StateError> {
    match fields.shift_remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(s)) => Ok(Some(s).filter(|s| !s.is_empty())),
        Some(_) => Err(StateError::malformed(format!("{place}: {name} is not a string."))),
    }
}

/// `registry.terraform.io` names the same native providers.
pub(super) fn canonical_provider(text: &str) -> String {
    text.replace("provider[\"registry.terraform.io/", "provider[\"registry.opentofu.org/")
}

fn whole(n: &serde_json::Number) -> Option<u64> {
    n.as_u64().or_else(|| n.to_string().strip_suffix(".0")?.parse().ok())
}

fn dependencies(json: Option<Json>, place: &str) -> Result<Vec<ResourceAddr>, StateError> {
    let wrong = |what: &str| StateError::malformed(format!("{place}: {what}."));
    let list = match json {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Array(list)) => list,
        Some(_) => return Err(wrong("dependencies is not a list")),
    };
    let one = |json: &Json| {
        let text = json.as_str().ok_or_else(|| wrong("a dependency is not a string"))?;
        match parse_target(text) {
            Ok(Target::Resource(resource)) => Ok(resource.config_addr()),
            Ok(Target::Instance(instance)) => Ok(instance.config_addr()),
            _ => Err(wrong("a dependency is not the address of a resource")),
        }
    };
    list.iter().map(one).collect()
}
