//! The state file, format version 4, byte for byte as OpenTofu writes it.
//!
//! Facts from OpenTofu's `internal/states/statefile`: field order, which fields are left out when
//! empty, sorting, and Go's JSON escapes. A team must be able to run `tofu` and envctl in turn on
//! one state, so what we do not interpret passes through untouched.

mod object;
mod paths;
mod read;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub use object::{read_object, write_object};
pub use read::{parse_provider_addr, read};
pub use text::{Style, to_text};
pub use write::write;

use serde_json::{Map, Value as Json};

/// Fields of a JSON object in the order in which OpenTofu's structs name them; what is left is
/// another tool's and keeps its order behind them.
fn ordered(order: &[&str], mut ours: Map<String, Json>, extra: &Map<String, Json>) -> Json {
    let mut out = Map::new();
    for name in order {
        if let Some(value) = ours.remove(*name).or_else(|| extra.get(*name).cloned()) {
            out.insert((*name).to_string(), value);
        }
    }
    for (name, value) in extra {
        if !out.contains_key(name) {
            out.insert(name.clone(), value.clone());
        }
    }
    Json::Object(out)
}
