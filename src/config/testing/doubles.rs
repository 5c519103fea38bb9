//! `mock_provider` and the `override_*` blocks.

use super::decode::label;
use super::keyed::{address, constant_object};
use super::model::{MockProvider, OverrideModule, OverrideResource, Stubs, TestFile};
use crate::addr::{Mode, Target, parse_target};
use crate::config::constant::{constant, text};
use crate::config::fields::Fields;
use crate::config::read::Reader;
use crate::config::report::is_identifier;
use crate::diag::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::files::clean;
use crate::syntax::{Attribute, Block, Body, Expr, ExprKind};
use crate::value::Name;
use std::collections::BTreeMap;
use std::path::Path;

/// A `mock_provider` block.
pub(super) fn mock_provider(block: &Block, sources: &SourceMap, diags: &mut Diagnostics) -> Option<MockProvider> {
    let name = label(block, "name", diags)?.name.clone();
    let mut fields = Fields::new(&block.body, "a mock_provider block", sources);
    let attr = fields.attr("alias");
    let alias = text(attr, diags).filter(|alias| {
        let right = is_identifier(alias);
        if let Some(attr) = attr.filter(|_| !right) {
            diags.push(Diagnostic::error("Invalid name", format!("\"{alias}\" is not a valid alias.")).at(attr.expr.span));
        }
        right
    });
    // Every instance is mocked alike, so that the keys do not matter.
    if let Some(attr) = fields.attr("for_each").filter(|_| alias.is_none()) {
        let d = Diagnostic::error("Alias required with for_each", "Only a provider configuration with an alias can be repeated.");
        diags.push(d.at(attr.name.span).help("Add an alias to the mock_provider block."));
    }
    later("override_during", fields.attr("override_during"), diags);
    let source = fields.attr("source");
    let source = text(source, diags).zip(source.map(|a| a.expr.span));
    let (stubs, overrides) = inside(&mut fields, sources, diags);
    fields.finish(diags);
    Some(MockProvider { name, alias: alias.map(Into::into), source, stubs, overrides, span: block.header })
}

/// What a mock_provider block and a file of its `source` may both hold.
fn inside(fields: &mut Fields<'_>, sources: &SourceMap, diags: &mut Diagnostics) -> (Stubs, Vec<OverrideResource>) {
    let mut stubs = Stubs::new();
    for (kind, mode) in [("mock_resource", Mode::Managed), ("mock_data", Mode::Data)] {
        for block in fields.blocks(kind) {
            let Some(of) = label(block, "type", diags) else { continue };
            let mut own = Fields::new(&block.body, "a mock block", sources);
            let defaults = constant_object(own.attr("defaults"), diags);
            later("override_during", own.attr("override_during"), diags);
            own.finish(diags);
            if stubs.insert((mode, of.name.clone()), defaults).is_some() {
                let detail = format!("{kind} \"{}\" is written twice for this provider.", of.name);
                diags.push(Diagnostic::error(format!("Duplicate {kind} block"), detail).at(block.header));
            }
        }
    }
    let blocks = ["override_resource", "override_data"].into_iter().flat_map(|kind| fields.blocks(kind)).collect::<Vec<_>>();
    (stubs, blocks.into_iter().filter_map(|b| override_resource(b, sources, diags)).collect())
}

/// What Terraform has and OpenTofu 1.11 has not.
fn later(name: &str, attr: Option<&Attribute>, diags: &mut Diagnostics) {
    if let Some(attr) = attr {
        let detail = format!("\"{name}\" is Terraform's. As in OpenTofu 1.11, stand-in values are there from the plan on.");
        diags.push(Diagnostic::error("Unsupported argument", detail).at(attr.name.span).help("Remove it."));
    }
}

/// `override_resource`, `override_data`
pub(super) fn override_resource(block: &Block, sources: &SourceMap, diags: &mut Diagnostics) -> Option<OverrideResource> {
    let (what, mode) = match block.kind.name.as_ref() {
        "override_data" => ("an override_data block", Mode::Data),
        _ => ("an override_resource block", Mode::Managed),
    };
    let mut fields = Fields::new(&block.body, what, sources);
    let target = fields.required("target", block.header, diags);
    let values = constant_object(fields.attr("values"), diags);
    later("override_during", fields.attr("override_during"), diags);
    fields.finish(diags);
    let (found, span) = target_of(target?, diags)?;
    let addr = match found {
        Target::Resource(r) if keyless(&r.module) => r.config_addr(),
        Target::Resource(_) | Target::Instance(_) => {
            let d = Diagnostic::error("Single instances cannot be overridden", "An override stands for all instances of a resource.");
            diags.push(d.at(span).help("Name the resource without keys."));
            return None;
        }
        Target::Module(m) => {
            let d = Diagnostic::error("Invalid override target", format!("{m} is a module, not a resource.")).at(span);
            diags.push(d.help("Use override_module for modules."));
            return None;
        }
    };
    if addr.mode != mode {
        let right = if addr.mode == Mode::Data { "override_data" } else { "override_resource" };
        let d = Diagnostic::error("Invalid override target", format!("{addr} cannot be overridden with {}.", block.kind.name)).at(span);
        diags.push(d.help(format!("Use {right}.")));
        return None;
    }
    Some(OverrideResource { target: addr, values, span: block.header })
}

fn keyless(module: &crate::addr::ModuleInstance) -> bool {
    module.0.iter().all(|(_, key)| *key == crate::addr::InstanceKey::None)
}

fn target_of(attr: &Attribute, diags: &mut Diagnostics) -> Option<(Target, Span)> {
    let expr = crate::config::legacy::reference(&attr.expr, diags);
    let found = address(&expr).ok_or_else(|| "it is not an address".to_string());
    match found.and_then(|text| parse_target(&text).map_err(|e| e.message.to_string())) {
        Ok(target) => Some((target, expr.span)),
        Err(why) => {
            if !matches!(&*expr.kind, ExprKind::Invalid) {
                let d = Diagnostic::error("Invalid override target", format!("The target names nothing: {why}.")).at(attr.expr.span);
                diags.push(d.help("Write for example: target = aws_instance.web"));
            }
            None
        }
    }
}

/// `override_module`
pub(super) fn override_module(block: &Block, sources: &SourceMap, diags: &mut Diagnostics) -> Option<OverrideModule> {
    let mut fields = Fields::new(&block.body, "an override_module block", sources);
    let target = fields.required("target", block.header, diags);
    let outputs = outputs(fields.attr("outputs"), diags);
    later("override_during", fields.attr("override_during"), diags);
    fields.finish(diags);
    let (found, span) = target_of(target?, diags)?;
    match found {
        Target::Module(m) if keyless(&m) => Some(OverrideModule { target: m.path(), outputs, span: block.header }),
        Target::Module(_) => {
            let d = Diagnostic::error("Single instances cannot be overridden", "An override stands for all instances of a module.");
            diags.push(d.at(span).help("Name the module without keys."));
            None
        }
        Target::Resource(_) | Target::Instance(_) => {
            let d = Diagnostic::error("Invalid override target", "override_module takes the address of a module.").at(span);
            diags.push(d.help("Write for example: target = module.network"));
            None
        }
    }
}

/// The outputs of an overridden module: constants, by name.
fn outputs(attr: Option<&Attribute>, diags: &mut Diagnostics) -> BTreeMap<Name, Expr> {
    let Some(attr) = attr else { return BTreeMap::new() };
    let span = attr.expr.span;
    let Some(value) = constant(&attr.expr, diags) else { return BTreeMap::new() };
    match value.members() {
        Some(members) => members.iter().map(|(n, v)| (n.clone(), super::literal::literal(v, span))).collect(),
        None => {
            let d = Diagnostic::error("Object expected", "\"outputs\" must be an object of output names and values.");
            diags.push(d.at(span).help("Write: outputs = { name = value }"));
            BTreeMap::new()
        }
    }
}

/// Reads the folders that mock providers name; what is written in the test file itself wins.
pub(super) fn read_sources(file: &mut TestFile, root: &Path, reader: &mut Reader<'_>, diags: &mut Diagnostics) {
    for mock in &mut file.mocks {
        let Some((source, span)) = mock.source.clone() else { continue };
        let dir = clean(&root.join(&source));
        let Ok(listed) = reader.files.list(&dir) else {
            let detail = format!("The mock provider's source is {source:?}, but there is no folder {}.", reader.shown(&dir));
            diags.push(Diagnostic::error("Folder not found", detail).at(span).help("The path starts at the root module's folder."));
            continue;
        };
        let named = |p: &&std::path::PathBuf| p.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.ends_with(".tfmock.hcl"));
        for path in listed.iter().filter(named) {
            let Some(body) = reader.body(path, diags) else { continue };
            shared(mock, &body, reader.sources, diags);
        }
    }
}

fn shared(mock: &mut MockProvider, body: &Body, sources: &SourceMap, diags: &mut Diagnostics) {
    let mut fields = Fields::new(body, "a mock file", sources);
    let (stubs, overrides) = inside(&mut fields, sources, diags);
    fields.finish(diags);
    for (key, values) in stubs {
        mock.stubs.entry(key).or_insert(values);
    }
    for one in overrides {
        if mock.overrides.iter().all(|o| o.target != one.target) {
            mock.overrides.push(one);
        }
    }
}
