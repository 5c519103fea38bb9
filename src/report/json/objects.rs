//! Resource instances as trees of modules: `planned_values`, and the values of a state.

use crate::addr::{InstanceAddr, InstanceKey, Mode, ModuleInstance};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// `managed`, `data`
pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    }
}

/// `index`, where there is one.
pub(super) fn index(key: &InstanceKey) -> Option<Json> {
    match key {
        InstanceKey::None => None,
        InstanceKey::Int(i) => Some(json!(i)),
        InstanceKey::Str(s) => Some(json!(s.as_ref())),
    }
}

/// The members that say which instance something is about, without its address.
pub(super) fn identity(addr: &InstanceAddr) -> Map<String, Json> {
    let r = &addr.resource;
    let mut out = Map::new();
    out.insert("mode".into(), json!(mode(r.mode)));
    out.insert("type".into(), json!(r.kind.as_ref()));
    out.insert("name".into(), json!(r.name.as_ref()));
    if let Some(index) = index(&addr.key) {
        out.insert("index".into(), index);
    }
    out
}

/// Objects by the module instance they lie in, nested as modules are.
#[derive(Default)]
pub(super) struct Tree(BTreeMap<ModuleInstance, Vec<Json>>);

impl Tree {
    pub fn add(&mut self, module: &ModuleInstance, object: Json) {
        self.0.entry(module.clone()).or_default().push(object);
    }

    /// `root_module`
    pub fn json(&self) -> Json {
        self.module(&ModuleInstance::root())
    }

    fn module(&self, at: &ModuleInstance) -> Json {
        let mut out = Map::new();
        if !at.is_root() {
            out.insert("address".into(), json!(at.to_string()));
        }
        if let Some(resources) = self.0.get(at) {
            out.insert("resources".into(), Json::Array(resources.clone()));
        }
        let depth = at.0.len();
        let below = self.0.keys().filter(|m| m.0.len() > depth && m.0.starts_with(&at.0));
        let mut children: Vec<ModuleInstance> = below.map(|m| ModuleInstance(m.0.iter().take(depth + 1).cloned().collect())).collect();
        children.sort();
        children.dedup();
        if !children.is_empty() {
            out.insert("child_modules".into(), children.iter().map(|c| self.module(c)).collect());
        }
        Json::Object(out)
    }
}
