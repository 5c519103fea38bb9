//! A name for what a plan does, for records.

use super::{change, output};
use crate::plan::Plan;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

/// SHA-256 of what the plan changes, in hexadecimal: equal for plans that do the same.
#[must_use]
pub fn digest(plan: &Plan) -> String {
    let outputs: Map<String, Json> = plan.outputs.iter().map(|(n, o)| (n.to_string(), output(o))).collect();
    let text = json!({ "changes": plan.changes.iter().map(change::to_json).collect::<Vec<_>>(), "outputs": outputs }).to_string();
    Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}
