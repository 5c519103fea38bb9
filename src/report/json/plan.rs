//! A plan as JSON, format 1.2: what `show -json FILE` writes.

use super::objects::{Tree, identity};
use super::value::{path, plain, sensitive, unknown};
use super::{PLAN_FORMAT, actions, reason, state};
use crate::addr::ModuleInstance;
use crate::plan::{Action, OutputChange, Plan, ResourceChange};
use crate::schema::SchemaSource;
use crate::state::State;
use crate::value::{Value, type_to_json};
use serde_json::{Map, Value as Json, json};

/// What the document says beside the plan itself.
pub struct PlanContext<'a> {
    /// The language level.
    pub version: &'a str,
    /// When it was made, RFC 3339.
    pub made: &'a str,
    /// [`super::configuration`] of what was planned.
    pub configuration: &'a Json,
    /// Schemas of providers and types.
    pub schemas: &'a dyn SchemaSource,
}

/// The document. Sensitive values are in it: whoever asks for it asks for them.
#[must_use]
pub fn plan(plan: &Plan, context: &PlanContext<'_>) -> Json {
    let variables: Map<String, Json> = plan.variables.iter().map(|(n, v)| (n.to_string(), json!({ "value": plain(v) }))).collect();
    let outputs: Map<String, Json> = plan.outputs.iter().map(|(n, o)| (n.to_string(), output_change(o))).collect();
    let mut out = Map::new();
    out.insert("format_version".into(), json!(PLAN_FORMAT));
    out.insert("terraform_version".into(), json!(context.version));
    out.insert("variables".into(), Json::Object(variables));
    out.insert("planned_values".into(), planned_values(plan, context.schemas));
    if !plan.drift.is_empty() {
        out.insert("resource_drift".into(), plan.drift.iter().map(resource_change).collect());
    }
    out.insert("resource_changes".into(), plan.changes.iter().map(resource_change).collect());
    out.insert("output_changes".into(), Json::Object(outputs));
    if !plan.prior_state.lineage.is_empty() {
        let prior = State { check_results: plan.prior_state.check_results.clone(), ..plan.refreshed_state.clone() };
        out.insert("prior_state".into(), state(&prior, context.schemas));
    }
    out.insert("configuration".into(), context.configuration.clone());
    if !plan.refreshed_state.check_results.is_null() {
        out.insert("checks".into(), super::checks(&plan.refreshed_state.check_results));
    }
    out.insert("timestamp".into(), json!(context.made));
    out.insert("errored".into(), json!(false));
    Json::Object(out)
}

fn planned_values(plan: &Plan, schemas: &dyn SchemaSource) -> Json {
    let mut tree = Tree::default();
    for change in plan.changes.iter().filter(|c| c.deposed.is_none()) {
        if let Some(after) = &change.after {
            tree.add(&change.addr.resource.module, planned_object(change, after, schemas));
        }
    }
    let mut outputs = Map::new();
    for (name, output) in &plan.outputs {
        let Some(after) = &output.after else { continue };
        let mut one = Map::from_iter([("sensitive".to_string(), json!(output.sensitive))]);
        if after.is_wholly_known() {
            one.insert("type".into(), type_to_json(&after.ty()));
            one.insert("value".into(), plain(after));
        }
        outputs.insert(name.to_string(), Json::Object(one));
    }
    let mut out = Map::new();
    if !outputs.is_empty() {
        out.insert("outputs".into(), Json::Object(outputs));
    }
    out.insert("root_module".into(), tree.json());
    Json::Object(out)
}

fn planned_object(change: &ResourceChange, after: &Value, schemas: &dyn SchemaSource) -> Json {
    let r = &change.addr.resource;
    let version = schemas.schema(&change.provider.source, r.mode, &r.kind).map_or(0, |s| s.version);
    let mut out = Map::from_iter([("address".to_string(), json!(change.addr.to_string()))]);
    out.extend(identity(&change.addr));
    out.insert("provider_name".into(), json!(change.provider.source.to_string()));
    out.insert("schema_version".into(), json!(version));
    out.insert("values".into(), plain(after));
    out.insert("sensitive_values".into(), sensitive(after));
    Json::Object(out)
}

fn resource_change(c: &ResourceChange) -> Json {
    let mut out = Map::from_iter([("address".to_string(), json!(c.addr.to_string()))]);
    if let Some(from) = &c.previous_addr {
        out.insert("previous_address".into(), json!(from.to_string()));
    }
    if c.addr.resource.module != ModuleInstance::root() {
        out.insert("module_address".into(), json!(c.addr.resource.module.to_string()));
    }
    out.extend(identity(&c.addr));
    if let Some(key) = &c.deposed {
        out.insert("deposed".into(), json!(key));
    }
    out.insert("provider_name".into(), json!(c.provider.source.to_string()));
    let mut change = sides(actions(c.action), c.before.as_ref(), c.after.as_ref());
    if !c.replace.is_empty() && matches!(c.action, Action::DeleteThenCreate | Action::CreateThenDelete) {
        change.insert("replace_paths".into(), c.replace.iter().map(|r| path(&r.path)).collect());
    }
    if let Some(id) = &c.importing {
        change.insert("importing".into(), json!({ "id": id }));
    }
    out.insert("change".into(), Json::Object(change));
    if let Some(why) = c.reason {
        out.insert("action_reason".into(), json!(reason(why)));
    }
    Json::Object(out)
}

/// `actions`, `before`, `after` and what is unknown or sensitive of them.
fn sides(actions: &[&str], before: Option<&Value>, after: Option<&Value>) -> Map<String, Json> {
    let shown = |v: Option<&Value>| v.map_or(Json::Null, plain);
    let secret = |v: Option<&Value>| v.map_or(Json::Bool(false), sensitive);
    let mut out = Map::new();
    out.insert("actions".into(), json!(actions));
    out.insert("before".into(), shown(before));
    let open = after.is_some_and(Value::is_unknown);
    if !open {
        out.insert("after".into(), shown(after));
    }
    out.insert("after_unknown".into(), after.map_or_else(|| json!({}), unknown));
    out.insert("before_sensitive".into(), secret(before));
    out.insert("after_sensitive".into(), secret(after));
    out
}

fn output_change(o: &OutputChange) -> Json {
    let action = match (&o.before, &o.after) {
        (None, _) => "create",
        (_, None) => "delete",
        (Some(b), Some(a)) if b == a => "no-op",
        _ => "update",
    };
    let mut out = sides(&[action], o.before.as_ref(), o.after.as_ref());
    let known = o.after.as_ref().is_none_or(|v| !v.is_unknown());
    if known && o.after.as_ref().is_none_or(Value::is_wholly_known) {
        out.insert("after_unknown".into(), json!(false));
    }
    out.insert("before_sensitive".into(), json!(o.sensitive));
    out.insert("after_sensitive".into(), json!(o.sensitive));
    Json::Object(out)
}
