//! What was called, how often, in which order.

use super::call::Call;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Counts since the last reset.
#[derive(Debug, Default)]
pub struct Stats {
    calls: BTreeMap<String, usize>,
    log: Vec<String>,
    mutating: usize,
}

impl Stats {
    /// Counts a call.
    pub fn count(&mut self, call: &Call) {
        *self.calls.entry(call.name()).or_default() += 1;
        self.log.push(call.name());
        self.mutating += usize::from(call.mutating());
    }

    /// The counts as JSON.
    pub fn json(&self) -> Value {
        json!({"total": self.log.len(), "mutating": self.mutating, "calls": self.calls, "log": self.log})
    }
}
