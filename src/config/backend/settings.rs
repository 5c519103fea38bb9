//! Settings from a body: the `backend` block itself, or a file given as `-backend-config`.

use super::keys::kind_of;
use crate::config::constant::constant;
use crate::diag::{Diagnostic, Diagnostics};
use crate::syntax::{Block, Body, Expr};
use crate::value::{Members, Name, Value};
use std::collections::BTreeMap;

/// Reads attributes and nested blocks (as objects) by the backend's keys; nulls are left out.
pub(in crate::config) fn settings_of(backend: &str, body: &Body, diags: &mut Diagnostics) -> BTreeMap<Name, Value> {
    settings_by(backend, body, &constant, diags)
}

/// The same, with a way to evaluate.
pub(in crate::config) fn settings_by(
    backend: &str,
    body: &Body,
    value_of: &dyn Fn(&Expr, &mut Diagnostics) -> Option<Value>,
    diags: &mut Diagnostics,
) -> BTreeMap<Name, Value> {
    let mut settings = BTreeMap::new();
    for attr in &body.attributes {
        let kind = match kind_of(backend, &attr.name.name) {
            Ok(kind) => kind,
            Err(e) => {
                diags.push(e.at(attr.name.span));
                continue;
            }
        };
        let Some(value) = value_of(&attr.expr, diags) else { continue };
        match kind.fit(&attr.name.name, &value) {
            Ok(value) if value.is_null() => {}
            Ok(value) => {
                settings.insert(attr.name.name.clone(), value);
            }
            Err(e) => diags.push(e.at(attr.expr.span)),
        }
    }
    for block in &body.blocks {
        if let Some(value) = nested(backend, block, value_of, diags) {
            settings.insert(block.kind.name.clone(), value);
        }
    }
    settings
}

fn nested(
    backend: &str,
    block: &Block,
    value_of: &dyn Fn(&Expr, &mut Diagnostics) -> Option<Value>,
    diags: &mut Diagnostics,
) -> Option<Value> {
    let name = &block.kind.name;
    let kind = kind_of(backend, name).map_err(|e| diags.push(e.at(block.header))).ok()?;
    if let Some(inner) = block.body.blocks.first() {
        diags.push(Diagnostic::error("Unsupported block type", format!("\"{name}\" holds arguments only.")).at(inner.header));
        return None;
    }
    let mut members = Members::new();
    for attr in &block.body.attributes {
        members.insert(attr.name.name.clone(), value_of(&attr.expr, diags)?);
    }
    kind.fit(name, &Value::object(members)).map_err(|e| diags.push(e.at(block.header))).ok()
}
