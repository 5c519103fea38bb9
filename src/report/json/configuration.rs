//! The configuration as plans in JSON carry it: what is written, as constants and references.

use super::objects::mode;
use crate::addr::ModulePath;
use crate::config::{Config, Module, Resource};
use crate::diag::Diagnostics;
use crate::lang::{Reference, RestStep, references};
use crate::syntax::{Body, Expr, ExprKind};
use crate::value::Key;
use serde_json::{Map, Value as Json, json};

/// `provider_config` and `root_module`.
#[must_use]
pub fn configuration(config: &Config) -> Json {
    let mut providers = Map::new();
    for (path, module) in &config.modules {
        for ((name, alias), block) in &module.providers {
            let short = alias.as_ref().map_or_else(|| name.to_string(), |a| format!("{name}.{a}"));
            let key = if path.is_root() { short } else { format!("{path}:{short}") };
            let mut one = Map::from_iter([
                ("name".to_string(), json!(name.as_ref())),
                ("full_name".to_string(), json!(module.provider_source(name).to_string())),
            ]);
            if let Some(alias) = alias {
                one.insert("alias".into(), json!(alias.as_ref()));
            }
            if !path.is_root() {
                one.insert("module_address".into(), json!(path.to_string()));
            }
            one.insert("expressions".into(), body(&block.body, &["alias", "version"]));
            providers.insert(key, Json::Object(one));
        }
    }
    json!({ "provider_config": providers, "root_module": module(config, &ModulePath::root()) })
}

fn module(config: &Config, path: &ModulePath) -> Json {
    let Some(written) = config.modules.get(path) else { return json!({}) };
    let mut out = Map::new();
    let mut section = |name: &str, entries: Map<String, Json>| {
        if !entries.is_empty() {
            out.insert(name.into(), Json::Object(entries));
        }
    };
    section("outputs", outputs(written));
    section("variables", variables(written));
    section("module_calls", calls(config, path, written));
    let resources: Vec<Json> = written.resources.values().map(|r| resource(path, r)).collect();
    if !resources.is_empty() {
        out.insert("resources".into(), Json::Array(resources));
    }
    Json::Object(out)
}

fn outputs(module: &Module) -> Map<String, Json> {
    let one = |o: &crate::config::Output| {
        let mut out = Map::from_iter([("expression".to_string(), expression(&o.value))]);
        if o.sensitive {
            out.insert("sensitive".into(), json!(true));
        }
        if let Some(text) = &o.description {
            out.insert("description".into(), json!(text));
        }
        Json::Object(out)
    };
    module.outputs.iter().map(|(n, o)| (n.to_string(), one(o))).collect()
}

fn variables(module: &Module) -> Map<String, Json> {
    let one = |v: &crate::config::Variable| {
        let mut out = Map::new();
        if let Some(default) = &v.default {
            out.insert("default".into(), super::plain(default));
        }
        if let Some(text) = &v.description {
            out.insert("description".into(), json!(text));
        }
        if v.sensitive {
            out.insert("sensitive".into(), json!(true));
        }
        Json::Object(out)
    };
    module.variables.iter().map(|(n, v)| (n.to_string(), one(v))).collect()
}

fn calls(config: &Config, path: &ModulePath, written: &Module) -> Map<String, Json> {
    let mut all = Map::new();
    for (name, call) in &written.calls {
        let mut one = Map::from_iter([("source".to_string(), json!(call.source))]);
        if let Some(version) = &call.version {
            one.insert("version_constraint".into(), json!(version));
        }
        let arguments: Map<String, Json> = call.arguments.iter().map(|(n, e)| (n.to_string(), expression(e))).collect();
        if !arguments.is_empty() {
            one.insert("expressions".into(), Json::Object(arguments));
        }
        repetition(&mut one, call.count.as_ref(), call.for_each.as_ref());
        one.insert("module".into(), module(config, &path.child(name)));
        all.insert(name.to_string(), Json::Object(one));
    }
    all
}

fn resource(path: &ModulePath, r: &Resource) -> Json {
    let alias = r.provider_ref.alias.as_ref().map(|a| format!(".{a}")).unwrap_or_default();
    let owner = if path.is_root() { String::new() } else { format!("{path}:") };
    let mut addr = r.addr.clone();
    addr.module = ModulePath::root();
    let mut out = Map::from_iter([
        ("address".to_string(), json!(addr.to_string())),
        ("mode".to_string(), json!(mode(r.addr.mode))),
        ("type".to_string(), json!(r.addr.kind.as_ref())),
        ("name".to_string(), json!(r.addr.name.as_ref())),
        ("provider_config_key".to_string(), json!(format!("{owner}{}{alias}", r.provider_ref.name))),
        ("expressions".to_string(), body(&r.body, &[])),
    ]);
    repetition(&mut out, r.count.as_ref(), r.for_each.as_ref());
    let needs: Vec<String> = r.depends_on.iter().flat_map(names).collect();
    if !needs.is_empty() {
        out.insert("depends_on".into(), json!(needs));
    }
    Json::Object(out)
}

fn repetition(out: &mut Map<String, Json>, count: Option<&Expr>, for_each: Option<&Expr>) {
    if let Some(e) = count {
        out.insert("count_expression".into(), expression(e));
    }
    if let Some(e) = for_each {
        out.insert("for_each_expression".into(), expression(e));
    }
}

/// Attributes and blocks as written; repeated blocks are lists.
fn body(body: &Body, skip: &[&str]) -> Json {
    let mut out = Map::new();
    for attr in body.attributes.iter().filter(|a| !skip.contains(&a.name.name.as_ref())) {
        out.insert(attr.name.name.to_string(), expression(&attr.expr));
    }
    for block in &body.blocks {
        let list = out.entry(block.kind.name.to_string()).or_insert_with(|| json!([]));
        if let Json::Array(list) = list {
            list.push(self::body(&block.body, &[]));
        }
    }
    Json::Object(out)
}

fn expression(expr: &Expr) -> Json {
    if let Some(constant) = constant(expr) {
        return json!({ "constant_value": constant });
    }
    let found = names(expr);
    if found.is_empty() { json!({}) } else { json!({ "references": found }) }
}

/// Literals, and collections of literals.
fn constant(expr: &Expr) -> Option<Json> {
    match &*expr.kind {
        ExprKind::Bool(b) => Some(json!(b)),
        ExprKind::Number(n) => n.to_string().parse::<serde_json::Number>().ok().map(Json::Number),
        ExprKind::Null => Some(Json::Null),
        ExprKind::Template(_) => expr.literal_str().map(|s| json!(s)),
        ExprKind::Tuple(items) => items.iter().map(constant).collect::<Option<Vec<_>>>().map(Json::Array),
        ExprKind::Parens(inner) => constant(inner),
        _ => None,
    }
}

/// What an expression refers to, the longest form first, then the object it belongs to.
fn names(expr: &Expr) -> Vec<String> {
    let mut all = Vec::new();
    for Reference { subject, rest, .. } in references(expr, &mut Diagnostics::new()) {
        let mut name = subject.to_string();
        let mut forms = vec![name.clone()];
        for step in &rest {
            match step {
                RestStep::Attr(n) => name = format!("{name}.{n}"),
                RestStep::Index(Key::Int(i)) => name = format!("{name}[{i}]"),
                RestStep::Index(Key::Str(s)) => name = format!("{name}[{:?}]", s.as_ref()),
                RestStep::Dynamic => break,
            }
            forms.push(name.clone());
        }
        let longest = forms.pop();
        all.extend(longest);
        if !rest.is_empty() {
            all.push(subject.to_string());
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|n| seen.insert(n.clone()));
    all
}
