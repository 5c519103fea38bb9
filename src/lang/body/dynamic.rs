//! `dynamic` blocks: one block for each element of a collection.

use super::blocks::Collected;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::eval::{Elements, Env, Frame, Vars, elements};
use crate::schema::BlockSchema;
use crate::syntax::{Attribute, Block, Body, ExprKind};
use crate::value::{Members, Name, Value};

const ARGUMENTS: [&str; 2] = ["for_each", "iterator"];

/// The parts of a `dynamic` block.
struct Dynamic<'a> {
    for_each: &'a Attribute,
    iterator: Name,
    content: &'a Block,
}

impl Env<'_> {
    pub(super) fn expand(&self, block: &Block, schema: &BlockSchema, all: &mut Collected, diags: &mut Diagnostics) {
        let Some(dynamic) = parts(block, diags) else {
            all.unknown = true;
            return;
        };
        let (collection, marks) = self.eval(&dynamic.for_each.expr, diags).unmark();
        all.marks = all.marks.union(&marks);
        match elements(&collection, &dynamic.for_each.expr, diags) {
            Elements::Known(items) => {
                for (key, value) in &items {
                    let decoded = self.content(&dynamic, key, value, schema, diags);
                    all.values.push(decoded);
                    all.spans.push(block.header);
                }
            }
            Elements::Unknown => {
                all.unknown = true;
                // What does not depend on the elements is checked all the same.
                self.content(&dynamic, &Value::dynamic(), &Value::dynamic(), schema, diags);
            }
            Elements::Failed => all.unknown = true,
        }
    }

    fn content(&self, dynamic: &Dynamic<'_>, key: &Value, value: &Value, schema: &BlockSchema, diags: &mut Diagnostics) -> Value {
        let members = Members::from([("key".into(), key.clone()), ("value".into(), value.clone())]);
        let iterator = Value::object(members);
        let frame = Frame { vars: Vars::One(&dynamic.iterator, &iterator), parent: self.frame };
        self.with_frame(&frame).decode(&dynamic.content.body, dynamic.content.header, schema, &[], diags)
    }
}

/// Takes a `dynamic` block apart; `None` after a failure that was reported.
fn parts<'a>(block: &'a Block, diags: &mut Diagnostics) -> Option<Dynamic<'a>> {
    let mut wrong = |at: Span, detail: String| diags.push(Diagnostic::error("Invalid dynamic block", detail).at(at));
    let body: &Body = &block.body;
    for attribute in body.attributes.iter().filter(|a| !ARGUMENTS.contains(&a.name.name.as_ref())) {
        let detail = format!(
            "A dynamic block has the arguments for_each and iterator, and no {:?}; what it makes goes into its content block.",
            attribute.name.name
        );
        wrong(attribute.name.span, detail);
    }
    for other in body.blocks.iter().filter(|b| b.kind.name.as_ref() != "content") {
        wrong(other.header, format!("A dynamic block holds a content block, and no {:?}.", other.kind.name));
    }
    let Some(for_each) = body.attribute("for_each") else {
        wrong(block.header, "The argument for_each is missing: the collection with an element for each block.".into());
        return None;
    };
    let mut contents = body.blocks_of("content");
    let Some(content) = contents.next() else {
        wrong(block.header, "The block content { ... } is missing: what each block holds.".into());
        return None;
    };
    if let Some(second) = contents.next() {
        wrong(second.header, "A dynamic block holds one content block only.".into());
    }
    let iterator = match body.attribute("iterator").map(|a| (&*a.expr.kind, a.expr.span)) {
        None => block.labels.first()?.name.clone(),
        Some((ExprKind::Variable(name), _)) => name.clone(),
        Some((_, span)) => {
            wrong(span, "The argument iterator is a name without quotes.".into());
            return None;
        }
    };
    Some(Dynamic { for_each, iterator, content })
}
