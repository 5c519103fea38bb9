//! Bodies written in JSON: the schema says which properties are blocks.

use crate::schema::BlockSchema;
use crate::syntax::{Body, as_blocks};

/// The body with blocks in place of the properties that stand for them.
pub(super) fn resolved(body: &Body, schema: &BlockSchema) -> Body {
    let mut out = Body { blocks: body.blocks.clone(), span: body.span, ..Body::default() };
    for attribute in &body.attributes {
        let name = &attribute.name.name;
        let block = schema.blocks.contains_key(name) || schema.attrs.get(name).is_some_and(|a| a.as_blocks);
        match block.then(|| as_blocks(attribute)).flatten() {
            Some(blocks) => out.blocks.extend(blocks),
            None => out.attributes.push(attribute.clone()),
        }
    }
    out
}
