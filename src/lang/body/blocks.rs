//! Nested blocks: how many there may be, and the value they make together.

use super::attributes::{block_schema, not_supported};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::eval::Env;
use crate::schema::{self, BlockSchema, NestedBlock, Nesting};
use crate::syntax::{Block, Body};
use crate::value::{Marks, Type, Value, unify};

/// What the blocks of one type give.
#[derive(Default)]
pub(super) struct Collected {
    pub values: Vec<Value>,
    /// Where each was written.
    pub spans: Vec<Span>,
    /// Marks of what decided how many there are.
    pub marks: Marks,
    /// It is not known how many there are.
    pub unknown: bool,
}

/// The type of block that a `dynamic` block makes.
pub(super) fn dynamic_label(block: &Block) -> Option<&str> {
    (block.kind.name.as_ref() == "dynamic").then(|| block.labels.first().map_or("", |l| &l.name))
}

/// Whether there is a block of a type, written or dynamic.
pub(super) fn any(body: &Body, name: &str) -> bool {
    body.blocks.iter().any(|b| b.kind.name.as_ref() == name || dynamic_label(b) == Some(name))
}

impl Env<'_> {
    /// All blocks of a type in order, dynamic ones expanded.
    fn collect(&self, body: &Body, name: &str, schema: &BlockSchema, diags: &mut Diagnostics) -> Collected {
        let mut all = Collected::default();
        for block in &body.blocks {
            if block.kind.name.as_ref() == name {
                all.values.push(self.decode(&block.body, block.header, schema, &[], diags));
                all.spans.push(block.header);
            } else if dynamic_label(block) == Some(name) {
                self.expand(block, schema, &mut all, diags);
            }
        }
        all
    }

    pub(super) fn nested(&self, body: &Body, at: Span, name: &str, schema: &NestedBlock, diags: &mut Diagnostics) -> Value {
        let all = self.collect(body, name, &schema.block, diags);
        if let Some(first) = all.spans.first().filter(|_| schema.unsupported) {
            diags.push(not_supported("block", name, *first));
        }
        count(&all, at, name, schema, diags);
        let elem = schema.block.ty();
        if all.unknown {
            let ty = match schema.nesting {
                Nesting::Single => elem,
                Nesting::List => Type::list(elem),
                Nesting::Set => Type::set(elem),
            };
            return Value::unknown(ty).mark(&all.marks);
        }
        let value = match schema.nesting {
            Nesting::Single => all.values.into_iter().next().unwrap_or_else(|| Value::null(elem)),
            nesting => gathered(nesting == Nesting::Set, elem, all.values),
        };
        value.mark(&all.marks)
    }

    /// An attribute of objects that is written as blocks.
    pub(super) fn attribute_from_blocks(&self, body: &Body, name: &str, attribute: &schema::Attribute, diags: &mut Diagnostics) -> Value {
        let Some(schema) = block_schema(&attribute.ty) else { return Value::null(attribute.ty.clone()) };
        let all = self.collect(body, name, &schema, diags);
        if let Some(first) = all.spans.first() {
            if attribute.unsupported {
                diags.push(not_supported("block", name, *first));
            } else if let Some(message) = &attribute.deprecated {
                diags.push(Diagnostic::warning("Deprecated block", format!("{name:?} is deprecated: {message}")).at(*first));
            }
        }
        if all.unknown {
            return Value::unknown(attribute.ty.clone()).mark(&all.marks);
        }
        if all.values.is_empty() {
            return Value::null(attribute.ty.clone()).mark(&all.marks);
        }
        let set = matches!(attribute.ty, Type::Set(_));
        gathered(set, schema.ty(), all.values).mark(&all.marks)
    }
}

/// Objects as a list or set; where `any` in their schema made their types differ, as a tuple.
fn gathered(set: bool, elem: Type, values: Vec<Value>) -> Value {
    let elem = if elem.has_dynamic() && !values.is_empty() {
        let types: Vec<Type> = values.iter().map(Value::ty).collect();
        match unify(&types).filter(|t| types.iter().all(|u| u == t)) {
            Some(common) => common,
            None => return Value::tuple(values),
        }
    } else {
        elem
    };
    if set { Value::set(elem, values) } else { Value::list(elem, values) }
}

fn count(all: &Collected, at: Span, name: &str, schema: &NestedBlock, diags: &mut Diagnostics) {
    let max = if schema.nesting == Nesting::Single { 1 } else { schema.max };
    let (given, plural) = (all.values.len(), |n: usize| if n == 1 { "1 block".to_string() } else { format!("{n} blocks") });
    if max > 0 && given > max {
        let detail = format!("At most {} of type {name:?} can be written here, but there are {given}.", plural(max));
        let span = all.spans.get(max).copied().unwrap_or(at);
        diags.push(Diagnostic::error(format!("Too many {name} blocks"), detail).at(span));
    }
    if given < schema.min && !all.unknown {
        let detail = format!("At least {} of type {name:?} must be written here, but there are {given}.", plural(schema.min));
        diags.push(Diagnostic::error(format!("Insufficient {name} blocks"), detail).at(at).help(format!("Add: {name} {{ ... }}")));
    }
}
