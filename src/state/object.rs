//! Objects between the JSON of the state and values of the language.
//!
//! Reading is tolerant: attributes that the state lacks are null, attributes that the schema lacks
//! are left out (another version of the provider wrote them), a missing nested block is empty.

use super::{ObjectState, Status};
use crate::addr::ResourceAddr;
use crate::schema::{BlockSchema, NestedBlock, Nesting, ResourceSchema};
use crate::value::{Key, Members, Path, Step, Type, Value, from_json, to_json};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Why a stored object cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectError {
    /// Where in the object.
    pub path: Path,
    /// What is wrong.
    pub message: String,
}

/// What the state keeps of an object beside its attributes.
#[derive(Clone, Debug, Default)]
pub struct ObjectMeta {
    /// Opaque provider bytes.
    pub private: Option<Vec<u8>>,
    /// Resources it depends on.
    pub dependencies: Vec<ResourceAddr>,
    /// Ready or tainted.
    pub status: Status,
    /// Made under `create_before_destroy`.
    pub create_before_destroy: bool,
}

/// The value of a stored object: conforms to the schema, sensitive where the state or the schema
/// says so.
///
/// # Errors
/// When the object was written by a newer schema version, cannot be upgraded, or does not fit.
pub fn decode(object: &ObjectState, schema: &ResourceSchema) -> Result<Value, ObjectError> {
    let fail = |message: String| ObjectError { path: Path::default(), message };
    if object.schema_version > schema.version {
        return Err(fail(format!(
            "it was written with schema version {}, and this version of envctl knows up to {}",
            object.schema_version, schema.version
        )));
    }
    let attributes = match schema.rules.upgrade {
        Some(upgrade) if object.schema_version < schema.version => {
            &upgrade(object.schema_version, object.attributes.clone()).map_err(fail)?
        }
        _ => &object.attributes,
    };
    let mut value = body(attributes, &schema.block, &Path::default())?;
    for path in &object.sensitive_paths {
        value = mark_at(&value, &path.0);
    }
    Ok(mark_schema(&value, &schema.block))
}

/// Stored attributes with `(sensitive value)` wherever the state says that a part is sensitive; for
/// types whose schema is not known.
#[must_use]
pub fn hide_sensitive(object: &ObjectState) -> Map<String, Json> {
    let mut attributes = object.attributes.clone();
    for path in &object.sensitive_paths {
        if let Some((Step::Attr(name) | Step::Index(Key::Str(name)), rest)) = path.0.split_first()
            && let Some(part) = attributes.get_mut(name.as_ref())
        {
            hide(part, rest);
        }
    }
    attributes
}

/// Masks the part at `steps`; where they lead nowhere, all that was reached.
fn hide(json: &mut Json, steps: &[Step]) {
    let inner = match (steps.first(), &mut *json) {
        (Some(Step::Attr(name) | Step::Index(Key::Str(name))), Json::Object(members)) => members.get_mut(name.as_ref()),
        (Some(Step::Index(Key::Int(i))), Json::Array(items)) => usize::try_from(*i).ok().and_then(|i| items.get_mut(i)),
        _ => None,
    };
    if let Some(part) = inner {
        return hide(part, steps.get(1..).unwrap_or_default());
    }
    if !json.is_null() {
        *json = "(sensitive value)".into();
    }
}

/// The state's form of an object. Unknown parts become null, so the value should be known.
#[must_use]
pub fn encode(value: &Value, schema: &ResourceSchema, meta: ObjectMeta) -> ObjectState {
    let ty = schema.block.ty();
    let value = &without_write_only(value, &schema.block);
    let attributes = match to_json(value, &ty) {
        Json::Object(map) => map,
        _ => Map::new(),
    };
    let mut sensitive = BTreeSet::new();
    sensitive_paths(value, &Path::default(), &mut sensitive);
    ObjectState {
        schema_version: schema.version,
        attributes,
        sensitive_paths: sensitive.into_iter().collect(),
        private: meta.private,
        dependencies: meta.dependencies,
        status: meta.status,
        create_before_destroy: meta.create_before_destroy,
        provider: None,
        extra: Map::new(),
    }
}

fn body(json: &Map<String, Json>, block: &BlockSchema, path: &Path) -> Result<Value, ObjectError> {
    let mut members = Members::new();
    for (name, attr) in &block.attrs {
        let at = path.then(name.clone());
        let value = match json.get(name.as_ref()) {
            None | Some(Json::Null) => Value::null(attr.ty.clone()),
            Some(j) if attr.ty == Type::Dynamic => dynamic(j, &at)?,
            Some(j) => from_json(&prune(j, &attr.ty), &attr.ty).map_err(|e| below(&at, e.path, e.message))?,
        };
        members.insert(name.clone(), value);
    }
    for (name, nested) in &block.blocks {
        let at = path.then(name.clone());
        let value = blocks(json.get(name.as_ref()).unwrap_or(&Json::Null), nested, &at)?;
        members.insert(name.clone(), value);
    }
    Ok(Value::object(members))
}

/// A value whose type the state carries beside it.
fn dynamic(json: &Json, path: &Path) -> Result<Value, ObjectError> {
    from_json(json, &Type::Dynamic).map_err(|e| below(path, e.path, e.message))
}

/// `json` without object members that the type does not have (written by another version).
fn prune(json: &Json, ty: &Type) -> Json {
    match (json, ty) {
        (Json::Object(m), Type::Object(o)) => {
            let known = m.iter().filter_map(|(k, v)| Some((k.clone(), prune(v, o.attrs.get(k.as_str())?))));
            Json::Object(known.collect())
        }
        (Json::Object(m), Type::Map(e)) => Json::Object(m.iter().map(|(k, v)| (k.clone(), prune(v, e))).collect()),
        (Json::Array(v), Type::List(e) | Type::Set(e)) => Json::Array(v.iter().map(|j| prune(j, e)).collect()),
        _ => json.clone(),
    }
}

fn below(path: &Path, rest: Path, message: String) -> ObjectError {
    let steps = path.0.iter().cloned().chain(rest.0).collect();
    ObjectError { path: Path(steps), message }
}

fn blocks(json: &Json, nested: &NestedBlock, path: &Path) -> Result<Value, ObjectError> {
    let inner = nested.block.ty();
    let wrong = |what: &str| ObjectError { path: path.clone(), message: format!("{what} is required") };
    let element = |j: &Json, at: &Path| match j {
        Json::Object(m) => body(m, &nested.block, at),
        _ => Err(wrong("a JSON object")),
    };
    match (json, nested.nesting) {
        (Json::Null, Nesting::Single) => Ok(Value::null(inner)),
        (j, Nesting::Single) => element(j, path),
        (Json::Null, Nesting::List) => Ok(Value::list(inner, vec![])),
        (Json::Null, Nesting::Set) => Ok(Value::set(inner, vec![])),
        (Json::Array(items), nesting) => {
            let items: Result<Vec<_>, _> = items.iter().enumerate().map(|(i, j)| element(j, &path.index(i))).collect();
            let make = if nesting == Nesting::List { Value::list } else { Value::set };
            Ok(make(inner, items?))
        }
        _ => Err(wrong("a JSON array")),
    }
}

/// `value` with everything sensitive that the schema declares so.
#[must_use]
pub fn mark_schema(value: &Value, block: &BlockSchema) -> Value {
    let Some(members) = value.members() else { return value.clone() };
    if !has_sensitive(block) {
        return value.clone();
    }
    let mut marked = members.clone();
    for (name, attr) in block.attrs.iter().filter(|(_, a)| a.sensitive) {
        if let Some(v) = marked.get_mut(name)
            && (!v.is_null() || attr.required)
        {
            *v = v.clone().sensitive();
        }
    }
    for (name, nested) in &block.blocks {
        if let Some(v) = marked.get_mut(name) {
            *v = match nested.nesting {
                Nesting::Single => mark_schema(v, &nested.block),
                Nesting::List | Nesting::Set => v.map_children(&mut |c| mark_schema(c, &nested.block)),
            };
        }
    }
    Value::object(marked).mark(value.marks())
}

/// The object with every write-only attribute null, as it is stored and compared.
#[must_use]
pub fn without_write_only(value: &Value, block: &BlockSchema) -> Value {
    let Some(members) = value.members().filter(|_| has_write_only(block)) else { return value.clone() };
    let mut kept = members.clone();
    for (name, attr) in block.attrs.iter().filter(|(_, a)| a.write_only) {
        kept.insert(name.clone(), Value::null(attr.ty.clone()));
    }
    for (name, nested) in &block.blocks {
        if let Some(v) = kept.get_mut(name) {
            *v = match nested.nesting {
                Nesting::Single => without_write_only(v, &nested.block),
                Nesting::List | Nesting::Set => v.map_children(&mut |c| without_write_only(c, &nested.block)),
            };
        }
    }
    Value::object(kept).mark(value.marks())
}

fn has_write_only(block: &BlockSchema) -> bool {
    block.attrs.values().any(|a| a.write_only) || block.blocks.values().any(|b| has_write_only(&b.block))
}

fn has_sensitive(block: &BlockSchema) -> bool {
    block.attrs.values().any(|a| a.sensitive) || block.blocks.values().any(|b| has_sensitive(&b.block))
}

/// Marks the part at `steps` sensitive; inside a set, the set itself.
fn mark_at(value: &Value, steps: &[Step]) -> Value {
    let Some((step, rest)) = steps.split_first() else { return value.clone().sensitive() };
    if matches!(value.repr(), crate::value::Repr::Set(..)) {
        return value.clone().sensitive();
    }
    let mut position = -1;
    let names: Vec<_> = value.members().map(|m| m.keys().cloned().collect()).unwrap_or_default();
    value.map_children(&mut |child| {
        position += 1;
        let here = match step {
            Step::Attr(n) | Step::Index(Key::Str(n)) => usize::try_from(position).ok().and_then(|p| names.get(p)) == Some(n),
            Step::Index(Key::Int(i)) => position == *i,
        };
        if here { mark_at(child, rest) } else { child.clone() }
    })
}

/// Paths of the topmost sensitive parts.
fn sensitive_paths(value: &Value, path: &Path, found: &mut BTreeSet<Path>) {
    if value.marks().is_sensitive() {
        found.insert(path.clone());
        return;
    }
    if let Some(members) = value.members() {
        let map = matches!(value.repr(), crate::value::Repr::Map(..));
        for (name, v) in members {
            let step = if map { Step::Index(Key::Str(name.clone())) } else { Step::Attr(name.clone()) };
            sensitive_paths(v, &path.with(step), found);
        }
    }
    for (i, v) in value.items().unwrap_or(&[]).iter().enumerate() {
        sensitive_paths(v, &path.index(i), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{boolean, map_of, string};
    use serde_json::json;

    fn schema() -> ResourceSchema {
        let rule = BlockSchema::new().attr("port", string().optional()).attr("key", string().sensitive().optional());
        let block = BlockSchema::new()
            .attr("id", string().computed())
            .attr("password", string().optional().sensitive())
            .attr("tags", map_of(Type::String).optional())
            .attr("on", boolean().optional())
            .block("rule", rule.list(0, 0));
        ResourceSchema::new(1, block)
    }

    fn object(json: Json) -> ObjectState {
        let Json::Object(attributes) = json else { panic!("an object") };
        ObjectState { schema_version: 1, attributes, ..ObjectState::default() }
    }

    #[test]
    fn missing_parts_are_null_or_empty_and_extra_ones_left_out() {
        let value = decode(&object(json!({"id": "x", "gone": 1})), &schema()).unwrap();
        assert_eq!(value.get("id"), Some(&Value::string("x")));
        assert!(value.get("tags").unwrap().is_null());
        assert_eq!(value.get("rule").unwrap().items(), Some(&[][..]));
        assert_eq!(value.get("gone"), None);
    }

    #[test]
    fn round_trip_keeps_values_and_sensitivity() {
        let mut stored = object(json!({
            "id": "x", "password": "p", "tags": {"a": "b"}, "on": true, "rule": [{"port": "1", "key": "k"}]
        }));
        stored.sensitive_paths = vec![Path(vec![Step::Attr("tags".into()), Step::Index(Key::Str("a".into()))])];
        let value = decode(&stored, &schema()).unwrap();
        assert!(value.get("password").unwrap().marks().is_sensitive());
        assert!(value.get("tags").unwrap().get("a").unwrap().marks().is_sensitive());
        assert!(!value.get("tags").unwrap().marks().is_sensitive());
        let again = encode(&value, &schema(), ObjectMeta::default());
        assert_eq!(again.attributes, stored.attributes);
        let paths: Vec<String> = again.sensitive_paths.iter().map(ToString::to_string).collect();
        assert_eq!(paths, ["password", "rule[0].key", "tags[\"a\"]"]);
    }

    #[test]
    fn sensitive_parts_are_hidden_without_a_schema() {
        let mut stored = object(json!({"id": "x", "tags": {"a": "s", "b": "o"}, "l": ["o", "s"], "odd": "s", "n": null}));
        let path = |steps: &[Step]| Path(steps.to_vec());
        let (attr, key) = (|n: &str| Step::Attr(n.into()), |n: &str| Step::Index(Key::Str(n.into())));
        stored.sensitive_paths = vec![
            path(&[attr("tags"), key("a")]),
            path(&[attr("l"), Step::Index(Key::Int(1))]),
            path(&[attr("odd"), attr("deeper")]),
            path(&[attr("n")]),
            path(&[attr("gone")]),
        ];
        let want = json!({"id": "x", "tags": {"a": "(sensitive value)", "b": "o"}, "l": ["o", "(sensitive value)"],
            "odd": "(sensitive value)", "n": null});
        assert_eq!(Json::Object(hide_sensitive(&stored)), want);
    }

    #[test]
    fn newer_schema_version_is_refused_and_older_upgraded() {
        let mut s = schema();
        let mut stored = object(json!({"name": "x"}));
        stored.schema_version = 2;
        assert!(decode(&stored, &s).unwrap_err().message.contains("schema version 2"));
        stored.schema_version = 0;
        s.rules.upgrade = Some(|from, mut a| {
            assert_eq!(from, 0);
            let id = a.remove("name").unwrap_or_default();
            a.insert("id".into(), id);
            Ok(a)
        });
        assert_eq!(decode(&stored, &s).unwrap().get("id"), Some(&Value::string("x")));
    }
}
