//! Values, states and configurations as items of a side.

use super::nature::identifies;
use super::side::{Datum, Section, Side, Steps};
use crate::addr::{Mode, ModulePath};
use crate::config::Config;
use crate::diag::Diagnostics;
use crate::lang::{Scope, evaluate};
use crate::ops::looks::secret_name;
use crate::schema::SchemaSource;
use crate::state::{State, secret_places};
use crate::syntax::Body;
use crate::value::{Name, Path, Repr, Step, Value};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// Names inside objects that say "secret" where no schema is at hand.
const SECRET_ATTRIBUTES: &[&str] =
    &["password", "master_password", "secret", "secret_string", "secret_binary", "private_key", "private_key_pem", "token", "auth_token"];

/// A value of the language, its marks as paths.
#[must_use]
pub fn datum(value: &Value) -> Datum {
    let mut out = Datum::default();
    let mut at = Vec::new();
    out.json = json_of(value, &mut at, &mut out.secret, &mut out.unknown);
    out
}

fn json_of(value: &Value, at: &mut Steps, secret: &mut Vec<Steps>, unknown: &mut Vec<Steps>) -> Json {
    if value.marks().is_secret() {
        secret.push(at.clone());
    }
    let mut inner = |step: String, v: &Value| {
        at.push(step);
        let json = json_of(v, at, secret, unknown);
        at.pop();
        json
    };
    match value.repr() {
        Repr::Null(_) => Json::Null,
        Repr::Unknown { .. } => {
            unknown.push(at.clone());
            Json::Null
        }
        Repr::Bool(b) => Json::Bool(*b),
        Repr::Number(n) => n.to_string().parse::<serde_json::Number>().map_or(Json::Null, Json::Number),
        Repr::String(s) => Json::String(s.to_string()),
        Repr::Map(_, members) | Repr::Object(members) => {
            Json::Object(members.iter().map(|(k, v)| (k.to_string(), inner(k.to_string(), v))).collect())
        }
        Repr::List(_, items) | Repr::Set(_, items) => Json::Array(items.iter().enumerate().map(|(i, v)| inner(i.to_string(), v)).collect()),
        Repr::Tuple(items) => Json::Array(items.iter().enumerate().map(|(i, v)| inner(i.to_string(), v)).collect()),
    }
}

fn steps(path: &Path) -> Steps {
    let step = |s: &Step| match s {
        Step::Attr(name) | Step::Index(crate::value::Key::Str(name)) => name.to_string(),
        Step::Index(crate::value::Key::Int(i)) => i.to_string(),
    };
    path.0.iter().map(step).collect()
}

/// Root variables; those that look like secrets are masked whether declared so or not.
pub fn add_variables(side: &mut Side, values: &BTreeMap<Name, Value>) {
    let items = side.section(Section::Variable);
    for (name, value) in values {
        let mut one = datum(value);
        if secret_name(name) {
            one.secret.push(Vec::new());
        }
        items.insert(name.to_string(), one);
    }
}

/// Objects and outputs of a state, with the ids and addresses by which others name them.
pub fn add_state(side: &mut Side, state: &State, schemas: &dyn SchemaSource) {
    let mut marked: BTreeMap<String, Vec<Steps>> = BTreeMap::new();
    for (addr, path) in secret_places(state, schemas) {
        marked.entry(addr.to_string()).or_default().push(steps(&path));
    }
    let mut objects = BTreeMap::new();
    for (addr, _, instance) in state.instances().filter(|(a, ..)| a.resource.mode == Mode::Managed) {
        let Some(object) = &instance.current else { continue };
        let name = addr.to_string();
        let mut secret = marked.remove(&name).unwrap_or_default();
        secret.extend(object.attributes.keys().filter(|k| SECRET_ATTRIBUTES.contains(&k.as_str())).map(|k| vec![k.clone()]));
        for (attribute, json) in &object.attributes {
            if let Json::String(text) = json
                && identifies(attribute, text)
            {
                let what = if attribute == "id" { name.clone() } else { format!("{name}.{attribute}") };
                side.identities.entry(text.clone()).or_insert(what);
            }
        }
        objects.insert(name, Datum { json: Json::Object(object.attributes.clone()), secret, ..Datum::default() });
    }
    side.items.insert(Section::Resource, objects);
    let outputs = side.section(Section::Output);
    for (name, output) in &state.outputs {
        outputs.insert(name.to_string(), Datum::of(output.value.clone(), output.sensitive || secret_name(name)));
    }
}

/// What a configuration says of its resources, for an environment that has no state yet: what is not written is not
/// known, and instances are not counted out.
pub fn add_configuration(side: &mut Side, config: &Config, scope: &dyn Scope) {
    let mut objects = BTreeMap::new();
    for (path, module) in &config.modules {
        for (addr, resource) in module.resources.iter().filter(|(a, _)| a.mode == Mode::Managed) {
            let mut one = Datum { partial: true, ..Datum::default() };
            let root = *path == ModulePath::root() && resource.repetition().next().is_none();
            one.json = if root { body(&resource.body, scope, &mut Vec::new(), &mut one) } else { Json::Object(Map::new()) };
            one.secret.extend(
                resource
                    .body
                    .attributes
                    .iter()
                    .map(|a| a.name.name.to_string())
                    .filter(|n| SECRET_ATTRIBUTES.contains(&n.as_str()))
                    .map(|n| vec![n]),
            );
            objects.insert(addr.to_string(), one);
        }
    }
    side.items.insert(Section::Resource, objects);
}

fn body(body_: &Body, scope: &dyn Scope, at: &mut Steps, out: &mut Datum) -> Json {
    let mut members = Map::new();
    for attribute in &body_.attributes {
        at.push(attribute.name.name.to_string());
        let value = evaluate(&attribute.expr, scope, &mut Diagnostics::new());
        let json = json_of(&value, at, &mut out.secret, &mut out.unknown);
        members.insert(attribute.name.name.to_string(), json);
        at.pop();
    }
    let kinds: BTreeSet<&str> = body_.blocks.iter().map(|b| b.kind.name.as_ref()).collect();
    for kind in kinds {
        at.push(kind.to_string());
        if kind == "dynamic" {
            at.pop();
            continue;
        }
        let mut items = Vec::new();
        for (i, block) in body_.blocks_of(kind).enumerate() {
            at.push(i.to_string());
            items.push(body(&block.body, scope, at, out));
            at.pop();
        }
        at.pop();
        members.insert(kind.to_string(), Json::Array(items));
    }
    Json::Object(members)
}

/// Constraints of providers, sources and versions of modules.
pub fn add_versions(side: &mut Side, config: &Config) {
    let (mut providers, mut modules) = (BTreeMap::new(), BTreeMap::new());
    for module in config.modules.values() {
        for (name, required) in &module.required_providers {
            let version = required.version.clone().unwrap_or_else(|| "any".into());
            let place = if module.path == ModulePath::root() { name.to_string() } else { format!("{}.{name}", module.path) };
            providers.insert(place, Datum::text(format!("{} {version}", required.source)));
        }
        for call in module.calls.values() {
            let version = call.version.as_ref().map(|v| format!(" {v}")).unwrap_or_default();
            modules.insert(module.path.child(&call.name).to_string(), Datum::text(format!("{}{version}", call.source)));
        }
    }
    side.items.insert(Section::Provider, providers);
    side.items.insert(Section::Module, modules);
}
