//! What a test can set while the proxy runs.

use serde::{Deserialize, Serialize};

/// All settings; a POST changes the members it names.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How many descriptions of an instance still show the transitional state.
    pub instance_describes: u32,
    /// And for how many milliseconds.
    pub instance_ms: u64,
    /// The same for databases.
    pub database_describes: u32,
    /// And for how many milliseconds.
    pub database_ms: u64,
    /// For how many milliseconds what EC2 just made is not known everywhere.
    pub unseen_ms: u64,
    /// Page size of EC2's Describe calls; 0: only as asked with MaxResults.
    pub page_size: usize,
    /// Access keys that no account has.
    pub unknown_keys: Vec<String>,
    /// Buckets that belong to another account.
    pub foreign_buckets: Vec<String>,
    /// Rules that are switched off, by name.
    pub disabled: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            instance_describes: 1,
            instance_ms: 0,
            database_describes: 1,
            database_ms: 0,
            unseen_ms: 0,
            page_size: 0,
            unknown_keys: Vec::new(),
            foreign_buckets: Vec::new(),
            disabled: Vec::new(),
        }
    }
}

impl Settings {
    /// These settings with the members of a JSON object replaced.
    pub fn changed(&self, body: &[u8]) -> Result<Self, String> {
        let mut all = serde_json::to_value(self).map_err(|error| error.to_string())?;
        let change: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if let Some(map) = all.as_object_mut() {
            map.extend(change);
        }
        serde_json::from_value(all).map_err(|error| error.to_string())
    }
}
