//! Ephemeral values go into write-only arguments alone: everything else is stored.

use crate::addr::Mode;
use crate::config::Resource;
use crate::diag::{Diagnostic, Diagnostics};
use crate::schema::BlockSchema;
use crate::value::{Path, Step, Value};

/// Reports every ephemeral value in a place of a configuration that is stored.
pub(super) fn only(resource: &Resource, schema: &BlockSchema, value: &Value, diags: &mut Diagnostics) {
    if resource.addr.mode == Mode::Ephemeral || !value.deep_marks().is_ephemeral() {
        return;
    }
    let mut paths = Vec::new();
    stored(schema, value, &Path::default(), &mut paths);
    for path in paths {
        let Some(Step::Attr(name)) = path.0.first() else { continue };
        let attr = resource.body.attribute(name).map(|a| a.expr.span);
        let block = resource.body.blocks_of(name).next().map(|b| b.header);
        let detail = format!("{path} of {} would be stored in the state, and ephemeral values never are.", resource.addr);
        let d = Diagnostic::error("Invalid use of an ephemeral value", detail).at(attr.or(block).unwrap_or(resource.span));
        let write_only: Vec<&str> = schema.attrs.iter().filter(|(_, a)| a.write_only && !a.unsupported).map(|(n, _)| n.as_ref()).collect();
        diags.push(match write_only.as_slice() {
            [] => d.help("Use a value that is not ephemeral: this type has no write-only argument."),
            names => d.help(format!("Use a write-only argument of the type ({}), or a value that is not ephemeral.", names.join(", "))),
        });
    }
}

fn stored(schema: &BlockSchema, value: &Value, at: &Path, found: &mut Vec<Path>) {
    for (name, member) in value.members().into_iter().flatten().filter(|(_, v)| v.deep_marks().is_ephemeral()) {
        let path = at.with(Step::Attr(name.clone()));
        match (schema.attrs.get(name), schema.blocks.get(name)) {
            (Some(attr), _) if attr.write_only => {}
            (None, Some(nested)) if !member.marks().is_ephemeral() => match member.items() {
                Some(items) => items.iter().enumerate().for_each(|(i, item)| stored(&nested.block, item, &path.index(i), found)),
                None => stored(&nested.block, member, &path, found),
            },
            _ => found.push(path),
        }
    }
}
