//! The body of a block to the object its schema describes.
//!
//! Absent attributes become null; defaults, computed values and marks of the schema are the
//! planner's business. Everything a schema forbids is reported at its place, all at once.

mod attributes;
mod blocks;
mod dynamic;
mod json;
#[cfg(test)]
mod tests;
mod unexpected;

use super::eval::Env;
use super::scope::Scope;
use crate::diag::{Diagnostics, Span};
use crate::schema::BlockSchema;
use crate::syntax::Body;
use crate::value::{Members, Value};

/// Evaluates a body against a schema. `at` is where to point for what is missing (the block's
/// header); attributes and blocks called like one of `meta` (`count`, `lifecycle` ...) are not
/// looked at. After errors, which are in `diags`, what failed is unknown in the result.
pub fn decode_body(body: &Body, at: Span, schema: &BlockSchema, meta: &[&str], scope: &dyn Scope, diags: &mut Diagnostics) -> Value {
    Env::new(scope).decode(body, at, schema, meta, diags)
}

impl Env<'_> {
    fn decode(&self, body: &Body, at: Span, schema: &BlockSchema, meta: &[&str], diags: &mut Diagnostics) -> Value {
        let resolved = body.json.then(|| json::resolved(body, schema));
        let body = resolved.as_ref().unwrap_or(body);
        let meant = unexpected::report(body, schema, meta, diags);
        let mut members = Members::new();
        for (name, attribute) in &schema.attrs {
            let value = if attribute.as_blocks && body.attribute(name).is_none() && blocks::any(body, name) {
                self.attribute_from_blocks(body, name, attribute, diags)
            } else {
                let at = Some(at).filter(|_| !meant.iter().any(|m| m == name.as_ref()));
                self.attribute(body, at, name, attribute, diags)
            };
            members.insert(name.clone(), value);
        }
        for (name, block) in &schema.blocks {
            members.insert(name.clone(), self.nested(body, at, name, block, diags));
        }
        Value::object(members)
    }
}
