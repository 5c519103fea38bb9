//! What stands in a body and is not in its schema.

use super::blocks::dynamic_label;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::schema::BlockSchema;
use crate::syntax::Body;
use crate::value::closest;

/// Reports attributes and blocks that the schema does not know, and labels where none belong.
/// Returns the arguments that were probably meant: that they are missing needs no further report.
pub(super) fn report(body: &Body, schema: &BlockSchema, meta: &[&str], diags: &mut Diagnostics) -> Vec<String> {
    let mut meant = Vec::new();
    for attribute in &body.attributes {
        let name = attribute.name.name.as_ref();
        if !schema.attrs.contains_key(name) && !meta.contains(&name) {
            let near = nearest(name, schema, meta);
            diags.push(unknown_argument(name, attribute.name.span, schema, near.as_deref()));
            meant.extend(near);
        }
    }
    for block in &body.blocks {
        let kind = block.kind.name.as_ref();
        if meta.contains(&kind) {
            continue;
        }
        let dynamic = dynamic_label(block);
        let at = block.labels.first().filter(|_| dynamic.is_some()).map_or(block.kind.span, |l| l.span);
        let name = dynamic.unwrap_or(kind);
        let as_blocks = schema.attrs.get(name).is_some_and(|a| a.as_blocks);
        if as_blocks && let Some(attribute) = body.attribute(name) {
            let detail = format!("{name:?} is set as an argument already; it is written either as an argument or as blocks.");
            diags.push(Diagnostic::error("Argument set twice", detail).at(block.header).within(attribute.span.to(block.header)));
        } else if !as_blocks && !schema.blocks.contains_key(name) {
            diags.push(unknown_block(name, at, schema));
        } else if let (None, Some(label)) = (dynamic, block.labels.first()) {
            let detail = format!("Blocks of type {name:?} have no labels.");
            diags.push(Diagnostic::error("Extraneous block label", detail).at(label.span).help("Remove the label."));
        }
    }
    meant
}

/// The name that is nearest to one that is not there.
fn nearest(name: &str, schema: &BlockSchema, meta: &[&str]) -> Option<String> {
    let known = schema.attrs.iter().filter(|(_, a)| a.optional || a.required).map(|(n, _)| n.as_ref());
    closest(name, known.chain(schema.blocks.keys().map(AsRef::as_ref)).chain(meta.iter().copied()))
}

fn unknown_argument(name: &str, at: Span, schema: &BlockSchema, near: Option<&str>) -> Diagnostic {
    let problem = Diagnostic::error("Unsupported argument", format!("There is no argument named {name:?} here.")).at(at);
    if schema.blocks.contains_key(name) {
        return problem.help(format!("{name:?} is a block: write {name} {{ ... }} without the equals sign."));
    }
    match near {
        Some(near) => problem.help(format!("Did you mean {near:?}?")),
        None => problem,
    }
}

fn unknown_block(name: &str, at: Span, schema: &BlockSchema) -> Diagnostic {
    let problem = Diagnostic::error("Unsupported block type", format!("There are no blocks of type {name:?} here.")).at(at);
    if schema.attrs.contains_key(name) {
        return problem.help(format!("{name:?} is an argument: write {name} = ... with an equals sign."));
    }
    let names = schema.blocks.keys().map(AsRef::as_ref);
    let as_blocks = schema.attrs.iter().filter(|(_, a)| a.as_blocks).map(|(n, _)| n.as_ref());
    match closest(name, names.chain(as_blocks)) {
        Some(near) => problem.help(format!("Did you mean {near:?}?")),
        None => problem,
    }
}
