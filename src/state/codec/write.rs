//! Writing.

use super::super::{InstanceState, OutputState, ResourceState, State};
use super::{Style, object, ordered, to_text};
use crate::addr::{InstanceKey, Mode, ResourceInstanceParent};
use crate::value::type_to_json;
use serde_json::{Map, Value as Json};

const TOP: [&str; 7] = ["version", "terraform_version", "serial", "lineage", "outputs", "resources", "check_results"];
const RESOURCE: [&str; 7] = ["module", "mode", "type", "name", "each", "provider", "instances"];
const OUTPUT: [&str; 4] = ["value", "type", "sensitive", "deprecated"];

/// The document with its final newline. Ephemeral resources are left out.
#[must_use]
pub fn write(state: &State, style: Style) -> Vec<u8> {
    let mut top = Map::new();
    top.insert("version".into(), 4.into());
    top.insert("terraform_version".into(), state.tool_version.as_str().into());
    top.insert("serial".into(), state.serial.into());
    top.insert("lineage".into(), state.lineage.as_str().into());
    let outputs = state.outputs.iter().map(|(name, o)| (name.to_string(), output(o)));
    top.insert("outputs".into(), Json::Object(outputs.collect()));
    top.insert("resources".into(), resources(state));
    top.insert("check_results".into(), state.check_results.clone());
    let mut text = to_text(&ordered(&TOP, top, &state.extra), style);
    text.push('\n');
    text.into_bytes()
}

fn output(output: &OutputState) -> Json {
    let mut out = Map::new();
    out.insert("value".into(), output.value.clone());
    out.insert("type".into(), type_to_json(&output.ty));
    if output.sensitive {
        out.insert("sensitive".into(), true.into());
    }
    ordered(&OUTPUT, out, &output.extra)
}

/// Sorted by the texts of module, mode, type and name: `module.a[10]` comes before `module.a[2]`,
/// and data before managed.
fn resources(state: &State) -> Json {
    let mut rows: Vec<_> = state.resources.iter().filter_map(|(addr, r)| Some((row(addr)?, addr, r))).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows.into_iter().map(|((module, mode, ..), addr, r)| resource(&module, mode, addr, r)).collect()
}

type Row<'a> = (String, &'static str, &'a str, &'a str);

fn row(addr: &ResourceInstanceParent) -> Option<Row<'_>> {
    let mode = match addr.mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
        Mode::Ephemeral => return None,
    };
    Some((addr.module.to_string(), mode, &addr.kind, &addr.name))
}

fn resource(module: &str, mode: &str, addr: &ResourceInstanceParent, resource: &ResourceState) -> Json {
    let mut out = Map::new();
    if !module.is_empty() {
        out.insert("module".into(), module.into());
    }
    out.insert("mode".into(), mode.into());
    out.insert("type".into(), addr.kind.as_ref().into());
    out.insert("name".into(), addr.name.as_ref().into());
    let own = |i: &InstanceState| i.current.iter().chain(i.deposed.values()).any(|o| o.provider.is_some());
    let per_instance = resource.instances.values().any(own);
    let provider = resource.provider.to_string();
    if !per_instance {
        out.insert("provider".into(), provider.as_str().into());
    }
    let inherited = per_instance.then_some(provider.as_str());
    let entries = resource.instances.iter().flat_map(|(key, i)| instance(key, i, inherited));
    out.insert("instances".into(), entries.collect());
    ordered(&RESOURCE, out, &resource.extra)
}

/// The current object, then deposed ones by key. Where instances name their providers themselves,
/// one that does not gets the resource's.
fn instance(key: &InstanceKey, instance: &InstanceState, inherited: Option<&str>) -> Vec<Json> {
    let current = instance.current.iter().map(|o| (None, o));
    let deposed = instance.deposed.iter().map(|(k, o)| (Some(k.as_str()), o));
    let entry = |(deposed, object): (Option<&str>, &super::super::ObjectState)| match (inherited, &object.provider) {
        (Some(provider), None) => {
            let mut object = object.clone();
            object.provider = Some(provider.to_string());
            object::write(key, deposed, &object)
        }
        _ => object::write(key, deposed, object),
    };
    current.chain(deposed).map(entry).collect()
}
