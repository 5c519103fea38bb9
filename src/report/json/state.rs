//! A state as JSON, format 1.0: what `show -json` writes.

use super::STATE_FORMAT;
use super::objects::{Tree, identity};
use super::value::{plain, sensitive};
use crate::addr::InstanceAddr;
use crate::schema::SchemaSource;
use crate::state::object::decode;
use crate::state::{ObjectState, OutputState, ResourceState, State, Status};
use crate::value::{from_json, type_to_json};
use serde_json::{Map, Value as Json, json};

/// The document. Sensitive values are in it: whoever asks for it asks for them.
#[must_use]
pub fn state(state: &State, schemas: &dyn SchemaSource) -> Json {
    let mut out = Map::new();
    out.insert("format_version".into(), json!(STATE_FORMAT));
    if !state.lineage.is_empty() {
        out.insert("terraform_version".into(), json!(state.tool_version));
        out.insert("values".into(), values(state, schemas));
    }
    if !state.check_results.is_null() {
        out.insert("checks".into(), super::checks(&state.check_results));
    }
    Json::Object(out)
}

fn values(state: &State, schemas: &dyn SchemaSource) -> Json {
    let mut tree = Tree::default();
    for (addr, resource, instance) in state.instances() {
        let current = instance.current.iter().map(|o| (None, o));
        let deposed = instance.deposed.iter().map(|(k, o)| (Some(k), o));
        for (key, stored) in current.chain(deposed) {
            tree.add(&addr.resource.module, object(&addr, key, resource, stored, schemas));
        }
    }
    let outputs: Map<String, Json> = state.outputs.iter().map(|(n, o)| (n.to_string(), output(o))).collect();
    let mut out = Map::new();
    if !outputs.is_empty() {
        out.insert("outputs".into(), Json::Object(outputs));
    }
    out.insert("root_module".into(), tree.json());
    Json::Object(out)
}

fn output(output: &OutputState) -> Json {
    let value = from_json(&output.value, &output.ty).map_or_else(|_| output.value.clone(), |v| plain(&v));
    json!({ "sensitive": output.sensitive, "value": value, "type": type_to_json(&output.ty) })
}

fn object(
    addr: &InstanceAddr,
    deposed: Option<&String>,
    resource: &ResourceState,
    stored: &ObjectState,
    schemas: &dyn SchemaSource,
) -> Json {
    let mut out = Map::from_iter([("address".to_string(), json!(addr.to_string()))]);
    out.extend(identity(addr));
    out.insert("provider_name".into(), json!(resource.provider.source.to_string()));
    out.insert("schema_version".into(), json!(stored.schema_version));
    let schema = schemas.schema(&resource.provider.source, addr.resource.mode, &addr.resource.kind);
    match schema.and_then(|s| decode(stored, &s).ok()) {
        Some(value) => {
            out.insert("values".into(), plain(&value));
            out.insert("sensitive_values".into(), sensitive(&value));
        }
        None => {
            out.insert("values".into(), Json::Object(stored.attributes.clone()));
        }
    }
    if !stored.dependencies.is_empty() {
        out.insert("depends_on".into(), stored.dependencies.iter().map(|d| json!(d.to_string())).collect());
    }
    if stored.status == Status::Tainted {
        out.insert("tainted".into(), json!(true));
    }
    if let Some(key) = deposed {
        out.insert("deposed_key".into(), json!(key));
    }
    Json::Object(out)
}
