//! Reading.

use super::super::{OutputState, ResourceState, State, StateError, StateErrorKind};
use super::object::{self, text};
use crate::addr::{Mode, ModuleInstance, ProviderConfigAddr, ResourceInstanceParent, Target, parse_target};
use crate::value::type_from_json;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Reads a state of format version 4. Fields that we do not know are kept.
///
/// # Errors
/// Not JSON or cut off, no state, a format version other than 4, an encrypted state, an object
/// that occurs twice. The message names the place, never a value.
pub fn read(bytes: &[u8]) -> Result<State, StateError> {
    let json: Json = serde_json::from_slice(bytes).map_err(|e| not_json(&e))?;
    let Json::Object(mut top) = json else {
        return Err(StateError::malformed("The document is JSON, but not an object."));
    };
    version(&top)?;
    top.shift_remove("version");
    let place = "top level";
    let mut state = State {
        tool_version: text(&mut top, "terraform_version", place)?.unwrap_or_default(),
        lineage: text(&mut top, "lineage", place)?.unwrap_or_default(),
        check_results: top.shift_remove("check_results").unwrap_or_default(),
        ..State::default()
    };
    if let Some(serial) = top.shift_remove("serial") {
        state.serial = serial.as_u64().ok_or_else(|| StateError::malformed("serial is not a whole number."))?;
    }
    for (name, output) in entries(&mut top, "outputs")? {
        let output = read_output(output, &name)?;
        state.outputs.insert(name.into(), output);
    }
    for (i, json) in list(&mut top, "resources")?.into_iter().enumerate() {
        resource(&mut state, json, i)?;
    }
    state.extra = top;
    Ok(state)
}

fn not_json(error: &serde_json::Error) -> StateError {
    let (line, column) = (error.line(), error.column());
    StateError::malformed(if error.is_eof() {
        format!("The document ends in the middle, at line {line}, column {column}: it was cut off.")
    } else {
        format!("The document is not JSON: line {line}, column {column}.")
    })
}

fn version(top: &Map<String, Json>) -> Result<(), StateError> {
    let other =
        |kind, summary: &str, detail: String, help: &str| Err(StateError { kind, summary: summary.into(), detail, help: help.into() });
    if top.contains_key("encrypted_data") {
        let detail = "It holds encrypted_data, and the configuration does not say how to decrypt it.".to_string();
        return other(
            StateErrorKind::Encrypted,
            "The state is encrypted",
            detail,
            "Nothing was changed. Write terraform { encryption { ... } } with the key that it was written with, or set TF_ENCRYPTION.",
        );
    }
    match top.get("version").and_then(Json::as_u64) {
        Some(4) => Ok(()),
        Some(newer) if newer > 4 => other(
            StateErrorKind::Newer,
            "The state is newer than we know",
            format!("Its format version is {newer}; this envctl knows version 4."),
            "Nothing was changed. Use the tool that wrote it, or a newer envctl.",
        ),
        Some(older) => other(
            StateErrorKind::Older,
            "The state's format is too old",
            format!("Its format version is {older}; envctl reads version 4 (Terraform 0.12 and later)."),
            "Nothing was changed. Run `tofu refresh` on it once: that rewrites it in version 4.",
        ),
        None => Err(StateError::malformed("There is no format version in it: this is not a state file.")),
    }
}

fn entries(fields: &mut Map<String, Json>, name: &str) -> Result<Map<String, Json>, StateError> {
    match fields.shift_remove(name) {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Object(entries)) => Ok(entries),
        Some(_) => Err(StateError::malformed(format!("{name} is not an object."))),
    }
}

fn list(fields: &mut Map<String, Json>, name: &str) -> Result<Vec<Json>, StateError> {
    match fields.shift_remove(name) {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(items)) => Ok(items),
        Some(_) => Err(StateError::malformed(format!("{name} is not a list."))),
    }
}

fn read_output(json: Json, name: &str) -> Result<OutputState, StateError> {
    let wrong = |what: &str| StateError::malformed(format!("output {name:?}: {what}."));
    let Json::Object(mut fields) = json else { return Err(wrong("it is not an object")) };
    let ty = fields.shift_remove("type").as_ref().and_then(type_from_json).ok_or_else(|| wrong("its type is not a type"))?;
    let value = fields.shift_remove("value").unwrap_or_default();
    let sensitive = match fields.shift_remove("sensitive") {
        None | Some(Json::Null) => false,
        Some(flag) => flag.as_bool().ok_or_else(|| wrong("sensitive is not a bool"))?,
    };
    Ok(OutputState { value, ty, sensitive, extra: fields })
}

fn resource(state: &mut State, json: Json, position: usize) -> Result<(), StateError> {
    let place = format!("resources[{position}]");
    let wrong = |what: &str| StateError::malformed(format!("{place}: {what}."));
    let Json::Object(mut fields) = json else { return Err(wrong("it is not an object")) };
    let addr = address(&mut fields, &place)?;
    let place = addr.to_string();
    let provider = text(&mut fields, "provider", &place)?;
    let mut objects = Vec::new();
    for json in list(&mut fields, "instances")? {
        objects.push(object::read(json, &place)?);
    }
    let from_instance = || objects.iter().find_map(|e| e.object.provider.clone());
    let Some(provider) = provider.or_else(from_instance) else {
        return Err(StateError::malformed(format!("{place}: no provider is named.")));
    };
    let provider =
        parse_provider_addr(&provider).ok_or_else(|| StateError::malformed(format!("{place}: {provider:?} is not a provider.")))?;
    let fresh = ResourceState { provider: provider.base(), instances: BTreeMap::new(), extra: fields };
    let resource = state.resources.entry(addr).or_insert(fresh);
    for entry in objects {
        let instance = resource.instances.entry(entry.key.clone()).or_default();
        let twice = match entry.deposed {
            None => instance.current.replace(entry.object).is_some(),
            Some(key) => instance.deposed.insert(key, entry.object).is_some(),
        };
        if twice {
            let detail = format!("{place}{}: the same object occurs twice.", entry.key);
            return Err(StateError::malformed(detail));
        }
    }
    Ok(())
}

fn address(fields: &mut Map<String, Json>, place: &str) -> Result<ResourceInstanceParent, StateError> {
    let wrong = |what: &str| StateError::malformed(format!("{place}: {what}."));
    let mode = match text(fields, "mode", place)?.as_deref() {
        Some("managed") => Mode::Managed,
        Some("data") => Mode::Data,
        _ => return Err(wrong("the mode is neither managed nor data")),
    };
    let kind = text(fields, "type", place)?.ok_or_else(|| wrong("type is missing"))?;
    let name = text(fields, "name", place)?.ok_or_else(|| wrong("name is missing"))?;
    let module = match text(fields, "module", place)? {
        None => ModuleInstance::root(),
        Some(text) => match parse_target(&text) {
            Ok(Target::Module(module)) => module,
            _ => return Err(wrong("module is not the address of a module")),
        },
    };
    Ok(ResourceInstanceParent { module, mode, kind: kind.into(), name: name.into() })
}

/// A provider configuration, or one instance of it (`provider["..."].alias["key"]`).
pub fn parse_provider_addr(text: &str) -> Option<ProviderConfigAddr> {
    let text = object::canonical_provider(text);
    if let Ok(addr) = ProviderConfigAddr::parse(&text) {
        return Some(addr);
    }
    let source_end = text.find("\"]")?;
    let start = source_end + text.get(source_end..)?.find('[')?;
    ProviderConfigAddr::parse(text.get(..start)?).ok()
}
