//! What the journal keeps of an intent, and its JSON form.

use crate::addr::{ProviderConfigAddr, parse_instance};
use crate::provider::{Intent, Operation};
use crate::state::{ObjectState, read_object, write_object};
use crate::value::{Type, Value, from_json, to_json};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};

/// An intent with everything that recovery needs to put its result in the state.
#[derive(Clone, Debug)]
pub struct JournalEntry {
    /// What was about to be done.
    pub intent: Intent,
    /// Provider configuration that does it.
    pub provider: ProviderConfigAddr,
    /// The object as the state will have it, attributes left out: schema version, dependencies,
    /// sensitive paths, `create_before_destroy`.
    pub shell: ObjectState,
    /// Id of an object that had the name or natural key already, just before the intent: it is
    /// not ours, and never adopted. Empty: nobody could look.
    pub before: Option<String>,
    /// When it was written, by that machine's clock.
    pub at: Timestamp,
}

/// The JSON form.
#[must_use]
pub fn entry_to_json(entry: &JournalEntry) -> Json {
    let intent = &entry.intent;
    let operation = match intent.operation {
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
    };
    let value = |v: &Value| to_json(v, &Type::Dynamic);
    let mut out = Map::new();
    out.insert("id".into(), intent.id.as_str().into());
    out.insert("at".into(), entry.at.to_string().into());
    out.insert("address".into(), intent.addr.to_string().into());
    out.insert("provider".into(), entry.provider.to_string().into());
    out.insert("deposed".into(), intent.deposed.clone().into());
    out.insert("operation".into(), operation.into());
    out.insert("token".into(), intent.token.as_str().into());
    out.insert("before".into(), entry.before.clone().into());
    if let Some(existing) = &intent.existing {
        out.insert("existing".into(), existing.iter().map(String::as_str).collect());
    }
    out.insert("planned".into(), value(&intent.planned));
    out.insert("prior".into(), intent.prior.as_ref().map_or(Json::Null, value));
    out.insert("shell".into(), write_object(&entry.shell));
    Json::Object(out)
}

/// Reads what [`entry_to_json`] wrote; `None` when it is something else.
#[must_use]
pub fn entry_from_json(json: &Json) -> Option<JournalEntry> {
    let text = |name: &str| json.get(name)?.as_str().map(str::to_string);
    let value = |name: &str| -> Option<Value> { from_json(json.get(name)?, &Type::Dynamic).ok() };
    let intent = Intent {
        id: text("id")?,
        addr: parse_instance(&text("address")?).ok()?,
        deposed: text("deposed"),
        operation: match text("operation")?.as_str() {
            "create" => Operation::Create,
            "update" => Operation::Update,
            "delete" => Operation::Delete,
            _ => return None,
        },
        token: text("token")?,
        planned: value("planned")?,
        prior: value("prior").filter(|p| !p.is_null()),
        existing: match json.get("existing") {
            None => None,
            Some(ids) => Some(ids.as_array()?.iter().map(|id| id.as_str().map(str::to_string)).collect::<Option<_>>()?),
        },
    };
    Some(JournalEntry {
        intent,
        provider: ProviderConfigAddr::parse(&text("provider")?).ok()?,
        shell: read_object(json.get("shell")?.clone()).ok()?,
        before: text("before"),
        at: text("at")?.parse().ok()?,
    })
}
