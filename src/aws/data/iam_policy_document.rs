//! `data.aws_iam_policy_document`: a policy document written in the language; needs no call.
//!
//! Source documents come first, then the own statements, then the overriding documents; a statement
//! replaces an earlier one of the same Sid. `&{x}` stands for IAM's own `${x}`. Sets are written in
//! reverse order, as the provider writes them.

mod document;

use crate::aws::{shape, support};
use crate::provider::{Ctx, DataSource, ErrorKind, ProviderError};
use crate::schema::{BlockSchema, NestedBlock, ProviderFacts, ResourceSchema, RuleError, list_of, set_of, string};
use crate::value::{Members, Path, Type, Value};
use async_trait::async_trait;
use document::{Document, Principal, Statement};
use serde_json::Value as Json;

/// `data.aws_iam_policy_document`
pub struct IamPolicyDocument;

const VERSIONS: [&str; 2] = ["2008-10-17", "2012-10-17"];
const COMPUTED: [&str; 3] = ["id", "json", "minified_json"];

fn build() -> ResourceSchema {
    let strings = || set_of(Type::String).optional();
    let principals = || -> NestedBlock {
        BlockSchema::new().attr("identifiers", set_of(Type::String).required()).attr("type", string().required()).set(0, 0)
    };
    let condition = BlockSchema::new()
        .attr("test", string().required())
        .attr("values", list_of(Type::String).required())
        .attr("variable", string().required());
    let statement = BlockSchema::new()
        .attr("actions", strings())
        .attr("effect", string().optional().default(Value::string("Allow")))
        .attr("not_actions", strings())
        .attr("not_resources", strings())
        .attr("resources", strings())
        .attr("sid", string().optional())
        .block("condition", condition.set(0, 0))
        .block("not_principals", principals())
        .block("principals", principals());
    let block = BlockSchema::new()
        .attr("id", string().optional().computed())
        .attr("json", string().computed())
        .attr("minified_json", string().computed())
        .attr("override_json", string().optional().deprecated("Not used."))
        .attr("override_policy_documents", list_of(Type::String).optional())
        .attr("policy_id", string().optional())
        .attr("source_json", string().optional().deprecated("Not used."))
        .attr("source_policy_documents", list_of(Type::String).optional())
        .attr("version", string().optional().default(Value::string("2012-10-17")))
        .block("statement", statement.list(0, 0));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = Vec::new();
    let mut wrong = |path: Path, message: &str| errors.push(RuleError { path, message: message.into() });
    if shape::text(config, "version").is_some_and(|v| !VERSIONS.contains(&v)) {
        wrong(Path::attr("version"), "The version is `2012-10-17` or `2008-10-17`.");
    }
    for (name, instead) in [("source_json", "source_policy_documents"), ("override_json", "override_policy_documents")] {
        if shape::text(config, name).is_some() {
            wrong(Path::attr(name), &format!("Not used any more: write the document into `{instead}`."));
        }
    }
    for (i, statement) in shape::objects(config, "statement").iter().enumerate() {
        let at = |name: &str| Path::attr("statement").index(i).then(name);
        if shape::text(statement, "effect").is_some_and(|e| !["Allow", "Deny"].contains(&e)) {
            wrong(at("effect"), "The effect is `Allow` or `Deny`.");
        }
        if shape::text(statement, "sid").is_some_and(|s| !s.bytes().all(|b| b.is_ascii_alphanumeric())) {
            wrong(at("sid"), "A Sid has letters and digits only.");
        }
    }
    errors
}

/// The document of a wholly known configuration.
fn document(config: &Value) -> Result<Document, String> {
    let mut merged = Document::default();
    let mut sids: Vec<String> = Vec::new();
    for (i, source) in shape::strings(config, "source_policy_documents").iter().enumerate() {
        let source = Document::parse(source).map_err(|e| format!("source_policy_documents[{i}] cannot be used: {e}."))?;
        for statement in source.statements.iter().filter(|s| !s.sid.is_empty()) {
            if sids.contains(&statement.sid) {
                return Err(format!(
                    "source_policy_documents[{i}] repeats the Sid `{}`: Sids of source documents must be unique; overriding is what `override_policy_documents` does.",
                    statement.sid
                ));
            }
            sids.push(statement.sid.clone());
        }
        merged.merge(source);
    }
    merged.merge(own(config)?);
    for (i, over) in shape::strings(config, "override_policy_documents").iter().enumerate() {
        merged.merge(Document::parse(over).map_err(|e| format!("override_policy_documents[{i}] cannot be used: {e}."))?);
    }
    Ok(merged)
}

/// The part that the configuration itself writes.
fn own(config: &Value) -> Result<Document, String> {
    let version = shape::text(config, "version").unwrap_or("2012-10-17");
    let mut statements: Vec<Statement> = Vec::new();
    for written in shape::objects(config, "statement") {
        let statement = statement(written, version)?;
        if !statement.sid.is_empty() && statements.iter().any(|s| s.sid == statement.sid) {
            return Err(format!("Two statements have the Sid `{}`: remove it, or choose another.", statement.sid));
        }
        statements.push(statement);
    }
    Ok(Document { version: version.into(), id: shape::string(config, "policy_id").unwrap_or_default(), statements })
}

fn statement(written: &Value, version: &str) -> Result<Statement, String> {
    let list = |name: &str, variables: bool| -> Result<Option<Json>, String> {
        let mut items = shape::strings(written, name);
        if variables {
            items = items.iter().map(|i| interpolated(i, version)).collect::<Result<_, _>>()?;
        }
        items.sort_unstable_by(|a, b| b.cmp(a));
        Ok(match items.as_slice() {
            [] => None,
            [one] => Some(Json::String(one.clone())),
            many => Some(Json::Array(many.iter().cloned().map(Json::String).collect())),
        })
    };
    let principals = |name: &str| -> Result<Vec<Principal>, String> {
        let one = |p: &Value| {
            let identifiers: Vec<String> =
                shape::strings(p, "identifiers").iter().map(|i| interpolated(i, version)).collect::<Result<_, _>>()?;
            let listed = identifiers.len() != 1;
            Ok(Principal { kind: shape::string(p, "type").unwrap_or_default(), identifiers, listed })
        };
        shape::objects(written, name).iter().map(one).collect()
    };
    let condition = |c: &Value| {
        let values = shape::strings(c, "values").iter().map(|v| interpolated(v, version)).collect::<Result<_, _>>()?;
        Ok((shape::string(c, "test").unwrap_or_default(), shape::string(c, "variable").unwrap_or_default(), values))
    };
    Ok(Statement {
        sid: shape::string(written, "sid").unwrap_or_default(),
        effect: shape::string(written, "effect").unwrap_or_else(|| "Allow".into()),
        lists: [list("actions", false)?, list("not_actions", false)?, list("resources", true)?, list("not_resources", true)?],
        principals: [principals("principals")?, principals("not_principals")?],
        conditions: shape::objects(written, "condition").iter().map(condition).collect::<Result<_, String>>()?,
    })
}

/// `&{x}` becomes `${x}`, which documents of the old version do not have.
fn interpolated(text: &str, version: &str) -> Result<String, String> {
    if version == "2008-10-17" && text.contains("&{") {
        return Err(format!("`{text}` has a variable, which documents of version 2008-10-17 do not know."));
    }
    Ok(text.replace("&{", "${"))
}

/// Defaults and zero values where nothing is written, as the state has them.
fn filled(config: &Value) -> Members {
    let mut members = config.members().cloned().unwrap_or_default();
    if members.get("version").is_none_or(Value::is_null) {
        members.insert("version".into(), Value::string("2012-10-17"));
    }
    let statement = |s: &Value| {
        let Some(inner) = s.members() else { return s.clone() };
        let fill = |name: &str, v: &Value| match name {
            _ if !v.is_null() => v.clone(),
            "effect" => Value::string("Allow"),
            _ => shape::zero(&v.ty()),
        };
        Value::object(inner.iter().map(|(n, v)| (n.clone(), fill(n, v))).collect()).mark(s.marks())
    };
    if let Some(statements) = members.get("statement").filter(|s| !s.is_null() && !s.is_unknown()) {
        let statements = statements.map_children(&mut |s| statement(s));
        members.insert("statement".into(), statements);
    }
    members
}

/// The result; what depends on unknown parts is unknown, what depends on secrets is a secret.
fn answer(config: &Value) -> Result<Value, String> {
    let (plain, marks) = config.unmark_deep();
    let mut members = filled(config);
    let texts: [Value; 3] = if plain.is_wholly_known() {
        let document = document(&plain)?;
        let pretty = document.pretty();
        [Value::string(support::hashcode(&pretty).to_string()), Value::string(&pretty), Value::string(document.minified())]
    } else {
        COMPUTED.map(|_| Value::unknown_not_null(Type::String))
    };
    for (name, text) in COMPUTED.iter().zip(texts) {
        let text = if marks.is_sensitive() && *name != "id" { text.sensitive() } else { text };
        members.insert((*name).into(), text);
    }
    Ok(Value::object(members))
}

#[async_trait]
impl DataSource for IamPolicyDocument {
    support::basics!("aws_iam_policy_document", build);

    fn read_inline(&self, config: &Value, _facts: &ProviderFacts) -> Option<Result<Value, String>> {
        Some(answer(config))
    }

    async fn read(&self, _ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let error = |text| ProviderError::new(ErrorKind::Invalid, "The policy document cannot be written", text);
        configs.iter().map(|c| answer(c).map_err(error)).collect()
    }
}

#[cfg(test)]
mod tests;
