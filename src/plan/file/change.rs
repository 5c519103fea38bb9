//! Changes as JSON.

use super::value::{decode, encode, path, path_of};
use crate::addr::{InstanceAddr, ResourceAddr, parse_instance};
use crate::plan::{Action, ActionReason, ResourceChange};
use crate::schema::{Note, Replace};
use crate::state::parse_provider_addr;
use crate::value::Value;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value as Json, json};

const ACTIONS: [(Action, &str); 8] = [
    (Action::NoOp, "no-op"),
    (Action::Create, "create"),
    (Action::Read, "read"),
    (Action::Update, "update"),
    (Action::DeleteThenCreate, "delete-create"),
    (Action::CreateThenDelete, "create-delete"),
    (Action::Delete, "delete"),
    (Action::Forget, "forget"),
];

const REASONS: [(ActionReason, &str); 12] = [
    (ActionReason::ReplaceBecauseCannotUpdate, "replace_because_cannot_update"),
    (ActionReason::ReplaceBecauseTainted, "replace_because_tainted"),
    (ActionReason::ReplaceByRequest, "replace_by_request"),
    (ActionReason::ReplaceByTriggers, "replace_by_triggers"),
    (ActionReason::DeleteBecauseNoResourceConfig, "delete_because_no_resource_config"),
    (ActionReason::DeleteBecauseNoModule, "delete_because_no_module"),
    (ActionReason::DeleteBecauseWrongRepetition, "delete_because_wrong_repetition"),
    (ActionReason::DeleteBecauseCountIndex, "delete_because_count_index"),
    (ActionReason::DeleteBecauseEnabledFalse, "delete_because_enabled_false"),
    (ActionReason::DeleteBecauseEachKey, "delete_because_each_key"),
    (ActionReason::ReadBecauseConfigUnknown, "read_because_config_unknown"),
    (ActionReason::ReadBecauseDependencyPending, "read_because_dependency_pending"),
];

fn name_of<T: PartialEq + Copy>(table: &[(T, &'static str)], value: T) -> &'static str {
    table.iter().find(|(v, _)| *v == value).map_or("", |(_, n)| n)
}

fn named<T: Copy>(table: &[(T, &'static str)], json: Option<&Json>) -> Option<T> {
    let name = json?.as_str()?;
    table.iter().find(|(_, n)| *n == name).map(|(v, _)| *v)
}

/// A change as JSON.
pub(super) fn to_json(change: &ResourceChange) -> Json {
    let value = |v: &Option<Value>| v.as_ref().map(encode);
    json!({
        "address": change.addr.to_string(),
        "previous_address": change.previous_addr.as_ref().map(ToString::to_string),
        "deposed": change.deposed,
        "provider": change.provider.to_string(),
        "action": name_of(&ACTIONS, change.action),
        "reason": change.reason.map(|r| name_of(&REASONS, r)),
        "before": value(&change.before),
        "after": value(&change.after),
        "replace": change.replace.iter().map(|r| json!({ "path": path(&r.path), "reason": r.reason })).collect::<Vec<_>>(),
        "notes": change.notes.iter().map(|n| json!({ "path": path(&n.path), "text": n.text })).collect::<Vec<_>>(),
        "dependencies": change.dependencies.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "private": change.private.as_ref().map(|b| STANDARD.encode(b)),
        "create_before_destroy": change.create_before_destroy,
        "importing": change.importing,
    })
}

/// The reverse of [`to_json`]; `None` when it is not one.
pub(super) fn from_json(json: &Json) -> Option<ResourceChange> {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    let list = |name: &str| json.get(name)?.as_array();
    Some(ResourceChange {
        addr: address(text("address")?)?,
        previous_addr: optional(text("previous_address"), address)?,
        deposed: text("deposed").map(str::to_string),
        provider: parse_provider_addr(text("provider")?)?,
        action: named(&ACTIONS, json.get("action"))?,
        reason: optional(json.get("reason").filter(|r| !r.is_null()), |r| named(&REASONS, Some(r)))?,
        before: optional(json.get("before").filter(|v| !v.is_null()), decode)?,
        after: optional(json.get("after").filter(|v| !v.is_null()), decode)?,
        replace: list("replace")?.iter().map(replace).collect::<Option<_>>()?,
        notes: list("notes")?.iter().map(note).collect::<Option<_>>()?,
        dependencies: list("dependencies")?.iter().map(|d| resource(d.as_str()?)).collect::<Option<_>>()?,
        private: optional(text("private"), |b| STANDARD.decode(b).ok())?,
        create_before_destroy: json.get("create_before_destroy")?.as_bool()?,
        importing: text("importing").map(str::to_string),
    })
}

/// Absent is fine, unreadable is not.
fn optional<T, U>(value: Option<T>, read: impl Fn(T) -> Option<U>) -> Option<Option<U>> {
    match value {
        None => Some(None),
        Some(v) => read(v).map(Some),
    }
}

fn address(text: &str) -> Option<InstanceAddr> {
    parse_instance(text).ok()
}

fn resource(text: &str) -> Option<ResourceAddr> {
    parse_instance(text).ok().map(|a| a.config_addr())
}

fn replace(json: &Json) -> Option<Replace> {
    Some(Replace { path: path_of(json.get("path")?)?, reason: json.get("reason").and_then(Json::as_str).map(str::to_string) })
}

fn note(json: &Json) -> Option<Note> {
    Some(Note { path: path_of(json.get("path")?)?, text: json.get("text")?.as_str()?.to_string() })
}
