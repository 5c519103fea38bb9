//! What the plan needs to know about a type beyond its schema.

use super::{BlockSchema, DiffDraft};
use crate::value::{Name, Path, Value};
use std::collections::BTreeMap;

/// A complaint of a type about a configuration, at a path in it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleError {
    /// Where.
    pub path: Path,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl RuleError {
    /// What is wrong and where in the object, as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let at = if self.path.0.is_empty() { String::new() } else { format!("{}: ", self.path) };
        format!("{at}{}.", self.message.trim_end_matches('.'))
    }
}

/// What a configured provider knows and planning needs: for AWS `region`, `account_id`,
/// `partition`, `default_tags`, `ignore_tags`. Values may be unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderFacts(pub BTreeMap<Name, Value>);

impl ProviderFacts {
    /// A fact by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
    /// A fact that is text.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}

/// Upgrades the stored attributes of an older schema version to the current one.
pub type Upgrade =
    fn(from: u64, attributes: serde_json::Map<String, serde_json::Value>) -> Result<serde_json::Map<String, serde_json::Value>, String>;

/// Pure rules of a type.
#[derive(Clone, Default)]
pub struct TypeRules {
    /// Checks a configuration (unknowns inside are possible) beyond types: enumerations, ranges,
    /// conflicts, "exactly one of".
    pub validate: Vec<fn(config: &Value) -> Vec<RuleError>>,
    /// Adjusts the planned object in order: marks computed attributes unknown that a change moves,
    /// asks for replacement, adds notes. See [`DiffDraft`].
    pub customize: Vec<fn(draft: &mut DiffDraft<'_>)>,
    /// Whether two known values at a path (indexes left out: `Path::schema_key`) mean the same
    /// (JSON policies, upper/lower case); then the prior one is kept.
    pub equal: Option<fn(path: &Path, prior: &Value, planned: &Value) -> bool>,
    /// Names of other objects that are often written as literals: where the attribute equals the
    /// third of an object of the type planned beside it, it waits for that object
    /// (`("key_name", "aws_key_pair", "key_name")`).
    pub waits_for: &'static [(&'static str, &'static str, &'static str)],
    /// Brings attributes of an older `schema_version` up to date.
    pub upgrade: Option<Upgrade>,
}

/// Schema and rules of a resource or data source type.
#[derive(Clone, Default)]
pub struct ResourceSchema {
    /// `schema_version` in the state.
    pub version: u64,
    /// Attributes and blocks.
    pub block: BlockSchema,
    /// Pure rules.
    pub rules: TypeRules,
}

impl ResourceSchema {
    /// A schema without rules.
    #[must_use]
    pub fn new(version: u64, block: BlockSchema) -> Self {
        ResourceSchema { version, block, rules: TypeRules::default() }
    }
}
