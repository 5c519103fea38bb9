//! `terraform_data`: a value that follows the resource life cycle.
//!
//! OpenTofu documentation, "The terraform_data Managed Resource Type".

use super::object::{settle, with};
use super::state_only::StateOnly;
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, TypeRules, of, string};
use crate::value::{Type, Value};
use std::sync::Arc;

/// The type.
pub(super) fn data() -> StateOnly {
    let block = BlockSchema::new()
        .attr("id", string().computed())
        .attr("input", of(Type::Dynamic).optional())
        .attr("output", of(Type::Dynamic).computed())
        .attr("triggers_replace", of(Type::Dynamic).optional().force_new());
    let rules = TypeRules { customize: vec![output_follows_input], ..TypeRules::default() };
    StateOnly {
        name: "terraform_data",
        schema: Arc::new(ResourceSchema { version: 0, block, rules }),
        make: |planned| {
            let id = Value::string(uuid::Uuid::new_v4().to_string());
            Ok(finish(&with(planned, [("id", id)])))
        },
        update: finish,
        refresh: None,
        importable: true,
        expired: None,
    }
}

/// `output` is `input`, once that is known.
fn finish(planned: &Value) -> Value {
    let input = planned.get("input").cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
    settle(&with(planned, [("output", input)]))
}

fn output_follows_input(draft: &mut DiffDraft<'_>) {
    if draft.is_create() || draft.changes("input") {
        let ty = draft.planned("input").map_or(Type::Dynamic, Value::ty);
        let none = draft.planned("input").is_some_and(Value::is_null);
        draft.set("output", if none { Value::null(Type::Dynamic) } else { Value::unknown(ty) });
    }
}
