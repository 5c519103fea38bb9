//! What the SNS types share: attributes, which the API has as texts by name, and their tables.

use super::clients::Aws;
use super::policy_json::{kept, kept_json, same_json};
use super::region;
use super::shape::{self, Attrs};
use crate::provider::{Ctx, ProviderError};
use crate::schema::RuleError;
use crate::value::{Number, Path, Value};
use aws_sdk_sns::Client;
use std::collections::HashMap;

/// The code of "does not exist".
pub const NOT_FOUND: &[&str] = &["NotFound"];

/// How an attribute is written in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As it is.
    Text,
    /// A JSON document.
    Json,
    /// An IAM policy.
    Policy,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Flag,
}

/// An argument, the API's name of it, and its kind.
pub type Attribute = (&'static str, &'static str, Kind);

/// The client of a call's region.
///
/// # Errors
/// As [`Aws::of`].
pub fn client(ctx: &Ctx<'_>) -> Result<Client, ProviderError> {
    Ok(Aws::of(ctx)?.sns(Some(region::of(ctx))))
}

/// The API's text for a planned argument; empty when there is none.
#[must_use]
pub fn expand(planned: &Value, (name, _, kind): Attribute) -> String {
    match kind {
        Kind::Text | Kind::Json | Kind::Policy => shape::string(planned, name).unwrap_or_default(),
        Kind::Int => planned.get(name).and_then(Value::as_i64).map(|n| n.to_string()).unwrap_or_default(),
        Kind::Flag => shape::flag(planned, name).unwrap_or(false).to_string(),
    }
}

/// Sets what the API answered; documents stay as they were written where they mean the same.
#[must_use]
pub fn flatten(attrs: Attrs, base: &Value, table: &[Attribute], found: &HashMap<String, String>) -> Attrs {
    table.iter().fold(attrs, |attrs, (name, key, kind)| {
        let text = found.get(*key).map(String::as_str).unwrap_or_default();
        let before = shape::text(base, name);
        match kind {
            Kind::Text => attrs.text(name, Some(text)),
            Kind::Json if text.is_empty() => attrs.text(name, None),
            Kind::Json => attrs.text(name, Some(&kept_json(before, text))),
            Kind::Policy => attrs.text(name, Some(&kept(before, text))),
            Kind::Int => attrs.put(name, Value::number(Number::parse(text).unwrap_or_else(|| Number::from(0i64)))),
            Kind::Flag => attrs.flag(name, Some(text == "true")),
        }
    })
}

/// The errors of documents that are no JSON.
#[must_use]
pub fn check_json(config: &Value, table: &[Attribute]) -> Vec<RuleError> {
    let wrong = |(name, _, kind): &Attribute| {
        let text = shape::text(config, name).filter(|_| matches!(kind, Kind::Json | Kind::Policy))?;
        let error = serde_json::from_str::<serde_json::Value>(text).err()?;
        Some(RuleError { path: Path::attr(*name), message: format!("Not JSON: {error}. Use `jsonencode`.") })
    };
    table.iter().filter_map(wrong).collect()
}

/// Whether two documents at a path are the same, for the rule `equal`.
#[must_use]
pub fn same_document(prior: &Value, planned: &Value) -> bool {
    matches!((prior.as_str(), planned.as_str()), (Some(a), Some(b)) if same_json(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{BlockSchema, ResourceSchema, boolean, number, string};

    #[test]
    fn attributes_are_texts_there_and_values_here() {
        let table: &[Attribute] =
            &[("rate", "Rate", Kind::Int), ("raw", "Raw", Kind::Flag), ("doc", "Doc", Kind::Json), ("name", "Name", Kind::Text)];
        let block = BlockSchema::new()
            .attr("rate", number().optional())
            .attr("raw", boolean().optional())
            .attr("doc", string().optional())
            .attr("name", string().optional());
        let written = r#"{ "b": [1], "a": 2 }"#;
        let base = Value::object([("doc".into(), Value::string(written))].into());
        let found = [("Rate", "50"), ("Raw", "true"), ("Doc", r#"{"a":2,"b":[1]}"#)].map(|(k, v)| (k.to_string(), v.to_string()));
        let read = flatten(Attrs::over(&ResourceSchema::new(0, block), &base), &base, table, &found.into()).finish();
        assert_eq!(
            (shape::int(&read, "rate"), shape::flag(&read, "raw"), shape::text(&read, "doc")),
            (Some(50), Some(true), Some(written))
        );
        assert_eq!(table.iter().map(|a| expand(&read, *a)).collect::<Vec<_>>(), ["50", "true", written, ""]);
        assert_eq!(check_json(&Value::object([("doc".into(), Value::string("{"))].into()), table).len(), 1);
    }
}
