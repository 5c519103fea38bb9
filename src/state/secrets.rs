//! Which secrets a state holds in plain text. Every state does: a provider has to know them.

use super::{ObjectState, State};
use crate::addr::InstanceAddr;
use crate::schema::{BlockSchema, Nesting, SchemaSource};
use crate::value::{Key, Path, Step};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// One stored secret; never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// `aws_db_instance.main`, or `output.password`.
    pub place: String,
    /// Where in it; empty for an output.
    pub attribute: String,
    /// The argument that takes the same value without storing it.
    pub write_only: Option<String>,
    /// The argument that lets the service make the secret and keep it to itself.
    pub managed: Option<String>,
    /// The type declares it sensitive; otherwise the configuration made it so.
    pub by_type: bool,
}

/// Arguments of databases that leave the password to the service.
const MANAGED: [&str; 2] = ["manage_master_user_password", "manage_master_password"];

/// Every secret of a state, in its order: outputs, then objects. Where the schema of a type is not
/// known, only what the state itself marks.
#[must_use]
pub fn secrets(state: &State, schemas: &dyn SchemaSource) -> Vec<Secret> {
    let output =
        |name: &str| Secret { place: format!("output.{name}"), attribute: String::new(), write_only: None, managed: None, by_type: false };
    let outputs = state.outputs.iter().filter(|(_, o)| o.sensitive && !is_nothing(&o.value));
    let mut found: Vec<Secret> = outputs.map(|(name, _)| output(name)).collect();
    each(state, schemas, &mut |addr, path, declared, block, _| {
        let name = match path.0.first() {
            Some(Step::Attr(name)) if path.0.len() == 1 => Some(format!("{name}_wo")),
            _ => None,
        };
        let usable = |name: &String| block.and_then(|b| b.attrs.get(name.as_str())).is_some_and(|a| a.write_only && !a.unsupported);
        let offered = |name: &&str| block.and_then(|b| b.attrs.get(*name)).is_some_and(|a| !a.unsupported);
        let password = path.to_string().contains("password");
        let managed = MANAGED.iter().find(|n| password && offered(n)).map(|n| (*n).to_string());
        found.push(Secret {
            place: addr.to_string(),
            attribute: path.to_string(),
            write_only: name.filter(usable),
            managed,
            by_type: declared,
        });
    });
    found
}

/// The texts and numbers of all secrets, for redaction.
#[must_use]
pub fn secret_texts(state: &State, schemas: &dyn SchemaSource) -> Vec<String> {
    let mut texts = Vec::new();
    state.outputs.values().filter(|o| o.sensitive).for_each(|o| leaves(&o.value, &mut texts));
    each(state, schemas, &mut |_, _, _, _, json| leaves(json, &mut texts));
    texts
}

/// Where secrets lie: the object and the place in it.
#[must_use]
pub fn secret_places(state: &State, schemas: &dyn SchemaSource) -> Vec<(InstanceAddr, Path)> {
    let mut places = Vec::new();
    each(state, schemas, &mut |addr, path, _, _, _| places.push((addr.clone(), path.clone())));
    places
}

fn leaves(json: &Json, texts: &mut Vec<String>) {
    match json {
        Json::String(s) => texts.push(s.clone()),
        Json::Number(n) => texts.push(n.to_string()),
        Json::Array(items) => items.iter().for_each(|j| leaves(j, texts)),
        // A value of any type is kept with its type, whose words are no secret.
        Json::Object(members) if members.len() == 2 && members.get("type").is_some_and(is_type) && members.contains_key("value") => {
            members.get("value").into_iter().for_each(|j| leaves(j, texts));
        }
        Json::Object(members) => members.values().for_each(|j| leaves(j, texts)),
        Json::Null | Json::Bool(_) => {}
    }
}

/// Whether this is how states write a type.
fn is_type(json: &Json) -> bool {
    match json {
        Json::String(name) => ["string", "number", "bool", "dynamic"].contains(&name.as_str()),
        Json::Array(items) => items.first().and_then(Json::as_str).is_some_and(|n| ["list", "set", "map", "object", "tuple"].contains(&n)),
        _ => false,
    }
}

type Visit<'v> = dyn FnMut(&InstanceAddr, &Path, bool, Option<&BlockSchema>, &Json) + 'v;

/// Visits the topmost secret parts of every object that hold something.
fn each(state: &State, schemas: &dyn SchemaSource, visit: &mut Visit<'_>) {
    for (addr, resource, instance) in state.instances() {
        let schema = schemas.schema(&resource.provider.source, addr.resource.mode, &addr.resource.kind);
        let block = schema.as_ref().map(|s| s.block.clone());
        for object in instance.current.iter().chain(instance.deposed.values()) {
            let mut declared = BTreeSet::new();
            if let Some(block) = &block {
                by_schema(block, &object.attributes, &Path::default(), &mut declared);
            }
            for (path, json) in places(object, &declared) {
                visit(&addr, &path, declared.contains(&path), block.as_ref(), json);
            }
        }
    }
}

/// Declared and marked paths, none below another, with what lies there.
fn places<'o>(object: &'o ObjectState, declared: &BTreeSet<Path>) -> Vec<(Path, &'o Json)> {
    let all: BTreeSet<&Path> = declared.iter().chain(&object.sensitive_paths).collect();
    let covered = |p: &Path| all.iter().any(|other| other.0.len() < p.0.len() && p.0.starts_with(&other.0));
    let topmost = all.iter().filter(|p| !covered(p));
    topmost.filter_map(|p| Some(((*p).clone(), at(&object.attributes, p)?))).filter(|(_, json)| !is_nothing(json)).collect()
}

fn is_nothing(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::String(s) => s.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

/// What lies at a path; where it leads nowhere, what was reached.
fn at<'o>(attributes: &'o Map<String, Json>, path: &Path) -> Option<&'o Json> {
    let (Step::Attr(first) | Step::Index(Key::Str(first)), rest) = path.0.split_first()? else { return None };
    let mut json = attributes.get(first.as_ref())?;
    for step in rest {
        let inner = match step {
            Step::Attr(name) | Step::Index(Key::Str(name)) => json.get(name.as_ref()),
            Step::Index(Key::Int(i)) => usize::try_from(*i).ok().and_then(|i| json.get(i)),
        };
        match inner {
            Some(inner) => json = inner,
            None => break,
        }
    }
    Some(json)
}

fn by_schema(block: &BlockSchema, json: &Map<String, Json>, path: &Path, found: &mut BTreeSet<Path>) {
    found.extend(block.attrs.iter().filter(|(_, a)| a.sensitive).map(|(name, _)| path.then(name.clone())));
    for (name, nested) in &block.blocks {
        let here = path.then(name.clone());
        match (nested.nesting, json.get(name.as_ref())) {
            (Nesting::Single, Some(Json::Object(inner))) => by_schema(&nested.block, inner, &here, found),
            (Nesting::List | Nesting::Set, Some(Json::Array(items))) => {
                for (i, item) in items.iter().enumerate() {
                    if let Json::Object(inner) = item {
                        by_schema(&nested.block, inner, &here.index(i), found);
                    }
                }
            }
            _ => {}
        }
    }
}
