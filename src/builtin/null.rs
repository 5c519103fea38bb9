//! `null_resource`: nothing but triggers.

use super::object::{settle, with};
use super::state_only::StateOnly;
use crate::schema::{BlockSchema, ResourceSchema, map_of, string};
use crate::value::{Type, Value};
use rand::RngExt;
use std::sync::Arc;

/// The type.
pub(super) fn resource() -> StateOnly {
    let block = BlockSchema::new().attr("id", string().computed()).attr("triggers", map_of(Type::String).optional().force_new());
    StateOnly {
        name: "null_resource",
        schema: Arc::new(ResourceSchema::new(0, block)),
        make: |planned| {
            let id: u64 = rand::rng().random_range(0..=i64::MAX.unsigned_abs());
            Ok(settle(&with(planned, [("id", Value::string(id.to_string()))])))
        },
        update: settle,
        refresh: None,
        importable: false,
        expired: None,
    }
}
