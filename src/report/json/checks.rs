//! `checks` of plans and states as JSON: how conditions came out, object by object.

use crate::addr::{InstanceKey, Mode, parse_instance};
use serde_json::{Map, Value as Json, json};

/// The array, from what a state keeps as `check_results`.
#[must_use]
pub fn checks(results: &Json) -> Json {
    let mut all: Vec<Json> = results.as_array().into_iter().flatten().map(entry).collect();
    all.sort_by_key(shown);
    Json::from(all)
}

fn shown(j: &Json) -> String {
    j.pointer("/address/to_display").and_then(Json::as_str).unwrap_or_default().to_string()
}

fn text<'j>(j: &'j Json, name: &str) -> &'j str {
    j.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn entry(result: &Json) -> Json {
    let (kind, addr) = (text(result, "object_kind"), text(result, "config_addr"));
    let mut out = json!({ "address": static_address(kind, addr), "status": text(result, "status") });
    let objects = result.get("objects").and_then(Json::as_array).into_iter().flatten();
    let mut instances: Vec<Json> = objects.map(|o| object(kind, o)).collect();
    instances.sort_by_key(shown);
    if let Some(out) = out.as_object_mut().filter(|_| !instances.is_empty()) {
        out.insert("instances".into(), Json::from(instances));
    }
    out
}

fn object(kind: &str, result: &Json) -> Json {
    let addr = text(result, "object_addr");
    let mut address = Map::from_iter([("to_display".to_string(), json!(addr))]);
    let module = match parse_instance(addr).ok().filter(|_| kind == "resource") {
        Some(found) => {
            match &found.key {
                InstanceKey::None => {}
                InstanceKey::Int(n) => drop(address.insert("instance_key".into(), json!(n))),
                InstanceKey::Str(s) => drop(address.insert("instance_key".into(), json!(s.as_ref()))),
            }
            if found.resource.module.is_root() { String::new() } else { found.resource.module.to_string() }
        }
        None => module_of(kind, addr).0,
    };
    if !module.is_empty() {
        address.insert("module".into(), json!(module));
    }
    let mut out = Map::from_iter([("address".to_string(), Json::Object(address)), ("status".to_string(), json!(text(result, "status")))]);
    let problems: Vec<Json> =
        result.get("failure_messages").and_then(Json::as_array).into_iter().flatten().map(|m| json!({ "message": m })).collect();
    if !problems.is_empty() {
        out.insert("problems".into(), Json::from(problems));
    }
    Json::Object(out)
}

/// Module and name of `module.m["k"].output.o`; names hold no dots.
fn module_of(kind: &str, addr: &str) -> (String, String) {
    let name = addr.rsplit('.').next().unwrap_or_default();
    let module = addr.strip_suffix(&format!("{kind}.{name}")).unwrap_or_default();
    (module.trim_end_matches('.').to_string(), name.to_string())
}

fn static_address(kind: &str, addr: &str) -> Json {
    let mut out = Map::new();
    let module = match parse_instance(addr).ok().filter(|_| kind == "resource") {
        Some(found) => {
            let resource = &found.resource;
            let mode = match resource.mode {
                Mode::Managed => "managed",
                Mode::Data => "data",
                Mode::Ephemeral => "ephemeral",
            };
            out.insert("kind".into(), json!("resource"));
            out.insert("mode".into(), json!(mode));
            out.insert("name".into(), json!(resource.name.as_ref()));
            out.insert("type".into(), json!(resource.kind.as_ref()));
            if resource.module.is_root() { String::new() } else { resource.module.to_string() }
        }
        None => {
            let (module, name) = module_of(kind, addr);
            out.insert("kind".into(), json!(if kind == "output" { "output_value" } else { kind }));
            out.insert("name".into(), json!(name));
            module
        }
    };
    if !module.is_empty() {
        out.insert("module".into(), json!(module));
    }
    out.insert("to_display".into(), json!(addr));
    Json::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document of `terraform show -json` 1.11 for the same results.
    #[test]
    fn results_by_object() {
        let results = json!([
            {"object_kind": "resource", "config_addr": "module.m.terraform_data.a", "status": "pass",
             "objects": [{"object_addr": "module.m[\"k.1\"].terraform_data.a[0]", "status": "pass"}]},
            {"object_kind": "output", "config_addr": "module.m.output.o", "status": "pass",
             "objects": [{"object_addr": "module.m[\"k.1\"].output.o", "status": "pass"}]},
            {"object_kind": "check", "config_addr": "check.c", "status": "fail",
             "objects": [{"object_addr": "check.c", "status": "fail", "failure_messages": ["it is x"]}]},
            {"object_kind": "var", "config_addr": "var.v", "status": "unknown", "objects": null},
        ]);
        let want = json!([
            {"address": {"kind": "check", "name": "c", "to_display": "check.c"}, "status": "fail",
             "instances": [{"address": {"to_display": "check.c"}, "status": "fail", "problems": [{"message": "it is x"}]}]},
            {"address": {"kind": "output_value", "module": "module.m", "name": "o", "to_display": "module.m.output.o"}, "status": "pass",
             "instances": [{"address": {"module": "module.m[\"k.1\"]", "to_display": "module.m[\"k.1\"].output.o"}, "status": "pass"}]},
            {"address": {"kind": "resource", "mode": "managed", "module": "module.m", "name": "a", "to_display": "module.m.terraform_data.a", "type": "terraform_data"},
             "status": "pass",
             "instances": [{"address": {"instance_key": 0, "module": "module.m[\"k.1\"]", "to_display": "module.m[\"k.1\"].terraform_data.a[0]"}, "status": "pass"}]},
            {"address": {"kind": "var", "name": "v", "to_display": "var.v"}, "status": "unknown"},
        ]);
        assert_eq!(checks(&results), want);
    }
}
