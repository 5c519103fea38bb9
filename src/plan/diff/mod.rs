//! What changes on one object: from configuration and prior object to the planned object.
//!
//! Pure. The steps: merge the configuration with what the provider computed before (`propose`),
//! let the type's rules adjust it, find what forces replacement, and when something does, plan the
//! object once more as if there were none.

mod ignore;
mod matching;
mod meaning;
mod propose;
mod replace;

pub use ignore::ignore_changes;
pub use meaning::{same, settle_object};

use crate::schema::{BlockSchema, DiffDraft, Note, ProviderFacts, Replace, ResourceSchema};
use crate::state::object::mark_schema;
use crate::value::{Path, Value};

/// Semantic equality of a type's rules.
type Equal = Option<fn(&Path, &Value, &Value) -> bool>;

/// What a diff starts from.
pub struct DiffInput<'a> {
    /// Schema and rules of the type.
    pub schema: &'a ResourceSchema,
    /// The configuration, conforming to the schema.
    pub config: &'a Value,
    /// The object as it is; `None` when there is none to keep.
    pub prior: Option<&'a Value>,
    /// What the provider configuration knows.
    pub provider: &'a ProviderFacts,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Diff {
    /// The object as it shall be, unknown where only apply will know.
    pub planned: Value,
    /// Why the object must be replaced; empty when it need not.
    pub replace: Vec<Replace>,
    /// Remarks of the type.
    pub notes: Vec<Note>,
}

/// Plans one object.
#[must_use]
pub fn diff(input: &DiffInput<'_>) -> Diff {
    let mut first = pass(input, input.prior);
    first.notes.extend(written_only(&input.schema.block, input.config, &Path::default()));
    let Some(prior) = input.prior else {
        first.replace.clear();
        return first;
    };
    for found in replace::forced(&input.schema.block, prior, &first.planned) {
        if !first.replace.iter().any(|r| r.path == found.path) {
            first.replace.push(found);
        }
    }
    if !first.replace.is_empty() {
        first.planned = pass(input, None).planned;
    }
    first
}

/// The remark on write-only arguments that are given: nothing else of them is in a plan.
pub const WRITE_ONLY: &str = "write-only";

fn written_only(block: &BlockSchema, config: &Value, at: &Path) -> Vec<Note> {
    let given = |n: &str| config.get(n).is_some_and(|v| !v.is_null());
    let own = block.attrs.iter().filter(|(n, a)| a.write_only && given(n));
    let mut notes: Vec<Note> = own.map(|(n, _)| Note { path: at.then(n.clone()), text: WRITE_ONLY.into() }).collect();
    for (name, nested) in &block.blocks {
        let Some(inner) = config.get(name) else { continue };
        let here = at.then(name.clone());
        match inner.items() {
            Some(items) => items.iter().enumerate().for_each(|(i, v)| notes.extend(written_only(&nested.block, v, &here.index(i)))),
            None => notes.extend(written_only(&nested.block, inner, &here)),
        }
    }
    notes
}

/// Plans the object as if there were none: what a replacement makes.
#[must_use]
pub fn recreate(input: &DiffInput<'_>) -> Value {
    pass(input, None).planned
}

fn pass(input: &DiffInput<'_>, prior: Option<&Value>) -> Diff {
    let rules = &input.schema.rules;
    let planned = propose::object(&input.schema.block, rules.equal, input.config, prior, &Path::default());
    let mut draft = DiffDraft { config: input.config, prior, planned, provider: input.provider, replace: Vec::new(), notes: Vec::new() };
    for rule in &rules.customize {
        rule(&mut draft);
    }
    let planned = mark_schema(&draft.planned, &input.schema.block);
    Diff { planned, replace: draft.replace, notes: draft.notes }
}

#[cfg(test)]
mod tests;
