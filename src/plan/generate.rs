//! Configuration for objects that are imported without any (`-generate-config-out`).
//!
//! A placeholder stands for the missing block while planning: its configuration is what the object
//! says of itself, as far as a person could have written it.

use super::Plan;
use super::eval::static_place;
use crate::addr::{ModulePath, ProviderConfigAddr, ResourceAddr};
use crate::config::{Config, Lifecycle, ProviderRef, Resource};
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::schema::{Attribute, BlockSchema, Nesting, SchemaSource};
use crate::syntax::{Body, format_source};
use crate::value::{Members, Repr, Value};
use std::fmt::Write;

/// Adds a resource without content for each import whose target is not written. Reports targets
/// for which nothing can be generated.
pub fn add_placeholders(config: &mut Config, diags: &mut Diagnostics) {
    let root = ModulePath::root();
    let Some(module) = config.modules.get_mut(&root) else { return };
    let mut missing = Vec::new();
    for import in &module.imports {
        let Some(place) = static_place(&import.to) else { continue };
        let Some(addr) = place.config_addr(&root).filter(|a| !module.resources.contains_key(a)) else { continue };
        if import.for_each.is_some() || place.has_keys() || !place.modules.is_empty() {
            let detail = format!("No configuration can be generated for {addr}: only for one object of the root module, without a key.");
            let d = Diagnostic::error("Cannot generate configuration", detail).at(import.to.span);
            diags.push(d.help("Write the resource block, or import into an address without keys."));
            continue;
        }
        missing.push((addr, import.span));
    }
    for (addr, span) in missing {
        let name = addr.kind.split('_').next().unwrap_or_default();
        let resource = Resource {
            provider: module.provider_source(name),
            provider_ref: ProviderRef { name: name.into(), alias: None },
            provider_key: None,
            generated: true,
            count: None,
            for_each: None,
            depends_on: Vec::new(),
            lifecycle: Lifecycle::default(),
            connection: None,
            provisioners: Vec::new(),
            body: Body::default(),
            span,
            check: None,
            addr: addr.clone(),
        };
        module.resources.insert(addr, resource);
    }
}

/// What a person would have written for an object: no computed and no secret values, and nothing
/// that says no more than leaving it out.
#[must_use]
pub fn configuration(block: &BlockSchema, object: &Value) -> Value {
    let mut members = Members::new();
    for (name, attr) in &block.attrs {
        let value = object.get(name).filter(|v| writable(name, attr, v));
        members.insert(name.clone(), value.map_or_else(|| Value::null(attr.ty.clone()), |v| v.unmark_deep().0));
    }
    for (name, nested) in &block.blocks {
        let inner = nested.block.ty();
        let one = |v: &Value| configuration(&nested.block, v);
        let items = || object.get(name).and_then(Value::items).unwrap_or(&[]).iter().map(one).collect();
        let value = match nested.nesting {
            Nesting::Single => object.get(name).filter(|v| v.members().is_some()).map_or_else(|| Value::null(inner), one),
            Nesting::List => Value::list(inner, items()),
            Nesting::Set => Value::set(inner, items()),
        };
        members.insert(name.clone(), value);
    }
    Value::object(members)
}

fn writable(name: &str, attr: &Attribute, value: &Value) -> bool {
    let writes = attr.required || (attr.optional && !attr.unsupported && attr.deprecated.is_none());
    let secret = attr.sensitive || attr.write_only || value.has_sensitive();
    let plain = value.unmark_deep().0;
    let idle = attr.default.as_ref() == Some(&plain) || (attr.computed && matches!(name, "id" | "tags_all"));
    let empty =
        plain.as_str() == Some("") || plain.items().is_some_and(<[Value]>::is_empty) || plain.members().is_some_and(Members::is_empty);
    writes && !secret && !plain.is_null() && plain.is_wholly_known() && (attr.required || !(idle || empty))
}

/// The text of a file with the blocks of all placeholders that are imported; `None` when there are none.
#[must_use]
pub fn text(plan: &Plan, config: &Config, schemas: &dyn SchemaSource, sources: &SourceMap) -> Option<String> {
    let mut out = String::from("# Generated from the objects to import. Review it, and keep it with your configuration.\n");
    let mut any = false;
    for change in &plan.changes {
        let addr: ResourceAddr = change.addr.config_addr();
        let generated = config.modules.get(&addr.module).and_then(|m| m.resources.get(&addr)).is_some_and(|r| r.generated);
        let schema = schemas.schema(&change.provider.source, addr.mode, &addr.kind);
        let (true, Some(schema), Some(object)) = (generated, schema, &change.before) else { continue };
        any = true;
        let _ = write!(out, "\nresource \"{}\" \"{}\" {{\n", addr.kind, addr.name);
        alias(&mut out, &change.provider);
        body(&mut out, &schema.block, &configuration(&schema.block, object));
        for (name, _) in schema.block.attrs.iter().filter(|(_, a)| a.required && a.sensitive) {
            let _ = writeln!(out, "{name} = null # sensitive: say here where it comes from");
        }
        out.push_str("}\n");
    }
    let file = sources.add("generated.tf", out.clone());
    any.then(|| format_source(file, &out, &mut Diagnostics::new()).unwrap_or(out))
}

fn alias(out: &mut String, provider: &ProviderConfigAddr) {
    if let Some(alias) = &provider.alias {
        let _ = writeln!(out, "provider = {}.{alias}", provider.source.kind);
    }
}

fn body(out: &mut String, block: &BlockSchema, value: &Value) {
    for name in block.attrs.keys() {
        if let Some(v) = value.get(name).filter(|v| !v.is_null()) {
            let _ = write!(out, "{name} = ");
            expression(out, v);
            out.push('\n');
        }
    }
    for (name, nested) in &block.blocks {
        let Some(v) = value.get(name).filter(|v| !v.is_null()) else { continue };
        for item in v.items().unwrap_or(std::slice::from_ref(v)) {
            let _ = writeln!(out, "{name} {{");
            body(out, &nested.block, item);
            out.push_str("}\n");
        }
    }
}

fn expression(out: &mut String, value: &Value) {
    match value.repr() {
        Repr::Bool(b) => drop(write!(out, "{b}")),
        Repr::Number(n) => drop(write!(out, "{n}")),
        Repr::String(s) => string(out, s),
        Repr::List(_, items) | Repr::Set(_, items) => list(out, items),
        Repr::Tuple(items) => list(out, items),
        Repr::Object(members) | Repr::Map(_, members) => {
            out.push_str("{\n");
            for (name, inner) in members.iter() {
                string(out, name);
                out.push_str(" = ");
                expression(out, inner);
                out.push('\n');
            }
            out.push('}');
        }
        Repr::Null(_) | Repr::Unknown { .. } => out.push_str("null"),
    }
}

fn list(out: &mut String, items: &[Value]) {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        expression(out, item);
    }
    out.push(']');
}

/// A quoted text in which nothing is a template.
fn string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([c, c]),
            c if c.is_control() => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{boolean, list_of, map_of, number, string};
    use crate::value::Type;

    fn object(members: &[(&str, Value)]) -> Value {
        Value::object(members.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
    }

    #[test]
    fn only_what_a_person_would_write_is_written() {
        let rule = BlockSchema::new().attr("port", number().required()).attr("note", string().optional());
        let block = BlockSchema::new()
            .attr("id", string().optional().computed())
            .attr("arn", string().computed())
            .attr("name", string().required())
            .attr("password", string().required().sensitive())
            .attr("zone", string().optional().computed())
            .attr("empty", string().optional())
            .attr("on", boolean().optional().default(Value::bool(true)))
            .attr("tags", map_of(Type::String).optional())
            .attr("ids", list_of(Type::String).optional())
            .block("rule", rule.list(0, 0));
        let text = Value::string;
        let one = object(&[("port", Value::int(80)), ("note", text(""))]);
        let tags = Value::map(Type::String, [("a b".into(), text("say \"${x}\"\n"))].into());
        let found = object(&[
            ("id", text("i-1")),
            ("arn", text("arn:x")),
            ("name", text("n")),
            ("password", text("hush").sensitive()),
            ("zone", text("z1")),
            ("empty", text("")),
            ("on", Value::bool(true)),
            ("tags", tags),
            ("ids", Value::list(Type::String, vec![text("x"), text("y")])),
            ("rule", Value::list(one.ty(), vec![one])),
        ]);
        let mut out = String::new();
        body(&mut out, &block, &configuration(&block, &found));
        let expected =
            "ids = [\"x\", \"y\"]\nname = \"n\"\ntags = {\n\"a b\" = \"say \\\"$${x}\\\"\\n\"\n}\nzone = \"z1\"\nrule {\nport = 80\n}\n";
        assert_eq!(out, expected);
    }
}
