//! The schema of a stand-in: computed attributes have defaults, and nothing forces a replacement.

use super::draw::draw;
use crate::diag::{Diagnostic, Diagnostics};
use crate::schema::{Attribute, BlockSchema, NestedBlock, ResourceSchema, TypeRules};
use crate::value::{Members, Value, closest, convert};
use std::sync::Arc;

/// The schema of a type for one resource; `place` is what values are drawn from.
pub(super) fn stand_in(real: &ResourceSchema, values: &Members, place: &str) -> ResourceSchema {
    let rules = TypeRules { validate: real.rules.validate.clone(), upgrade: real.rules.upgrade, ..TypeRules::default() };
    ResourceSchema { version: real.version, block: block(&real.block, values, place), rules }
}

fn block(real: &BlockSchema, values: &Members, place: &str) -> BlockSchema {
    let attribute = |name: &str, real: &Attribute| {
        let given = values.get(name).and_then(|v| convert(v, &real.ty).ok());
        let value = real.computed.then(|| given.unwrap_or_else(|| draw(&real.ty, &format!("{place}.{name}"))));
        Attribute { default: value, force_new: false, ..real.clone() }
    };
    let nested = |name: &str, real: &NestedBlock| {
        let none = Members::new();
        let inside = values.get(name).and_then(Value::members).unwrap_or(&none);
        let block = Arc::new(block(&real.block, inside, &format!("{place}.{name}")));
        NestedBlock { block, computed: false, force_new: false, ..real.clone() }
    };
    BlockSchema {
        attrs: real.attrs.iter().map(|(n, a)| (n.clone(), attribute(n, a))).collect(),
        blocks: real.blocks.iter().map(|(n, b)| (n.clone(), nested(n, b))).collect(),
    }
}

/// Values that have no place in the type: misspelt names, what only the configuration may set.
pub(super) fn remarks(real: &BlockSchema, values: &Members, kind: &str) -> Diagnostics {
    let mut diags = Diagnostics::new();
    for (name, value) in values {
        if let Some(nested) = real.blocks.get(name) {
            match value.members() {
                Some(inside) => diags.extend(remarks(&nested.block, inside, &format!("{kind}.{name}"))),
                None => diags.push(unused(name, format!("{name} of {kind} is a block, and values of blocks are objects."))),
            }
            continue;
        }
        let Some(attr) = real.attrs.get(name) else {
            let known = real.attrs.keys().chain(real.blocks.keys()).map(AsRef::as_ref);
            let d = unused(name, format!("{kind} has no attribute \"{name}\"."));
            diags.push(match closest(name, known) {
                Some(near) => d.help(format!("Did you mean \"{near}\"?")),
                None => d,
            });
            continue;
        };
        if !attr.computed {
            diags.push(unused(
                name,
                format!("\"{name}\" of {kind} comes from the configuration alone; only computed attributes can be given."),
            ));
        } else if let Err(e) = convert(value, &attr.ty) {
            let detail = format!("The value given for \"{name}\" of {kind} does not suit its type {}: {}.", attr.ty, e.message);
            diags.push(Diagnostic::error("Unsuitable mock value", detail));
        }
    }
    diags
}

fn unused(name: &str, detail: String) -> Diagnostic {
    Diagnostic::warning("Mock value not used", detail).help(format!("Remove \"{name}\" from the mock or override."))
}
