//! Value and type of expressions, as OpenTofu's functions on HCL's evaluator give them.

use super::records::{Case, data, folder};
use bigdecimal::{BigDecimal, RoundingMode};
use envctl::diag::{Diagnostic, Diagnostics, FileId, SourceMap, Span};
use envctl::disk::DiskFiles;
use envctl::lang::{CallEnv, FunctionTable, Scope, Subject, evaluate};
use envctl::syntax::{parse_expression, parse_file};
use envctl::value::{Members, Value, to_json, type_to_json};
use serde_json::Value as Json;
use std::fs;
use std::num::NonZeroU64;
use std::sync::Arc;

/// Answered otherwise on purpose; `docs/conformance.md` says why.
const LISTED: &[&str] = &["try(1 / 0, 2)", "tostring(1/3)"];

/// The same for functions at the edges of what they take; every documented example agrees.
const FUNCTIONS_LISTED: &[&str] = &[
    r#"jsonencode(1/3)"#,
    r#"yamldecode("\ta: 1")"#,
    r#"templatefile("choice.tftpl", { x = false })"#,
    r#"regex("(?P<a>.)(?P<a>.)", "xy")"#,
    r#"regex("a**", "a")"#,
    r#"textencodebase64("日本", "Shift_JIS")"#,
    r#"base64gzip("")"#,
    r#"cidrhost("::ffff:10.0.0.0/120", 1)"#,
    r#"cidrhost("fd00::/64", 18446744073709551616)"#,
    r#"cidrsubnet("10.0.0.0/8", -1, 0)"#,
    r#"cidrsubnet("10.0.0.0/8", 8, -1)"#,
];

/// `local.NAME`, and where file functions look.
pub struct Locals {
    env: CallEnv,
    found: Members,
}

impl Scope for Locals {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        match subject {
            Subject::Path(name) if ["module", "root"].contains(&name.as_ref()) => Ok(Value::string(".")),
            Subject::Local(name) if self.found.contains_key(name.as_ref()) => Ok(self.found[name.as_ref()].clone()),
            _ => Err(Diagnostic::error("Unknown name", subject.to_string()).at(span)),
        }
    }
    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }
    fn call_env(&self) -> &CallEnv {
        &self.env
    }
}

/// The attributes of `values/locals.hcl`.
pub fn locals() -> Locals {
    let mut env = CallEnv::new(data("files"), Arc::new(DiskFiles), SourceMap::new());
    env.plan_timestamp = "2017-11-22T00:00:00Z".parse().ok();
    env.home_dir = Some("/home/steve".into());
    let mut scope = Locals { env, found: Members::new() };
    let mut diags = Diagnostics::new();
    let body = parse_file(FileId(0), &fs::read_to_string(data("values/locals.hcl")).unwrap(), &mut diags);
    for attribute in &body.attributes {
        let value = evaluate(&attribute.expr, &scope, &mut diags);
        scope.found.insert(attribute.name.name.clone(), value);
    }
    assert!(!diags.has_errors(), "{diags:?}");
    scope
}

/// The answer in the recorded form; what an error says is not compared.
fn answer(text: &str, scope: &Locals) -> String {
    let mut diags = Diagnostics::new();
    let expr = parse_expression(FileId(0), text, &mut diags);
    if diags.has_errors() {
        return "!".to_string();
    }
    let value = evaluate(&expr, scope, &mut diags);
    if diags.has_errors() || !value.is_wholly_known() {
        return "!".to_string();
    }
    let (plain, marks) = value.unmark_deep();
    let ty = plain.ty();
    let sensitive = if marks.is_sensitive() { " \"sensitive\"" } else { "" };
    format!("= {} {}{sensitive}", type_to_json(&ty), to_json(&plain, &ty))
}

fn disagreements(cases: &[Case]) -> Vec<(String, String)> {
    let scope = locals();
    let mut found = Vec::new();
    for case in cases {
        let got = answer(&case.text, &scope);
        let same = if case.answer.starts_with('!') { got == "!" } else { canonical(&got) == canonical(&case.answer) };
        if !same {
            found.push((case.text.clone(), format!("  OpenTofu {}\n  envctl   {got}", case.answer)));
        }
    }
    found
}

/// The JSON texts of an answer, comparable.
fn canonical(answer: &str) -> Option<Vec<Json>> {
    let texts = serde_json::Deserializer::from_str(answer.strip_prefix("= ")?).into_iter();
    texts.map(|json| json.map(comparable).ok()).collect()
}

/// Members in order, numbers to 150 significant digits: OpenTofu computes with 512 bits, which is 154 digits and a bit.
fn comparable(json: Json) -> Json {
    match json {
        Json::Number(number) => {
            let number: BigDecimal = number.to_string().parse().unwrap();
            let rounded = number.with_precision_round(NonZeroU64::new(150).unwrap(), RoundingMode::HalfEven);
            Json::String(format!("number {}", rounded.normalized().to_scientific_notation()))
        }
        Json::Array(items) => items.into_iter().map(comparable).collect(),
        Json::Object(members) => {
            let sorted: std::collections::BTreeMap<_, _> = members.into_iter().collect();
            Json::Object(sorted.into_iter().map(|(name, item)| (name, comparable(item))).collect())
        }
        other => other,
    }
}

#[test]
fn expressions_have_the_value_and_type_that_opentofu_gives_them() {
    let cases = folder("values");
    assert!(cases.len() >= 400, "{}", cases.len());
    super::judge(cases.len(), &disagreements(&cases), LISTED);
}

/// The examples of OpenTofu's documentation are `functions/documented.txt`.
#[test]
fn functions_give_what_opentofu_gives() {
    let cases = folder("functions");
    assert!(cases.len() >= 700, "{}", cases.len());
    super::only_listed(cases.len(), &disagreements(&cases), FUNCTIONS_LISTED);
}

#[test]
fn every_function_of_opentofu_is_there_with_and_without_its_namespace() {
    let names = fs::read_to_string(data("function_names")).unwrap();
    assert!(names.lines().filter(|name| !name.starts_with("core::")).count() >= 120);
    let missing: Vec<_> = names.lines().filter(|name| FunctionTable::standard().get(name).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
