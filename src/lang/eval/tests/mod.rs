//! Tests of the evaluator, written as expressions of the language.

mod depth;
mod failures;
mod functions;
mod unknowns;
mod values;

use super::*;
use crate::diag::{FileId, SourceMap};
use crate::files::MemFiles;
use crate::lang::{CallEnv, FunctionTable, Subject};
use crate::syntax::parse_expression;
use crate::value::{Key, Marks};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A scope of variables, whose resources have instances.
struct Vars {
    values: BTreeMap<String, Value>,
    env: CallEnv,
}

impl Scope for Vars {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        let found = self.values.get(&subject.to_string());
        found.cloned().ok_or_else(|| Diagnostic::error("Undeclared", format!("There is no {subject}.")).at(span))
    }
    fn resolve_instance(&self, subject: &Subject, key: &Key, _: Span) -> Option<Result<Value, Diagnostic>> {
        (subject.to_string() == "aws_big.one").then(|| Ok(Value::string(format!("{key:?}"))))
    }
    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }
    fn call_env(&self) -> &CallEnv {
        &self.env
    }
}

fn object(members: &[(&str, Value)]) -> Value {
    Value::object(members.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
}

fn map(elem: Type, members: &[(&str, Value)]) -> Value {
    Value::map(elem, members.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
}

fn vars() -> Vars {
    let thing = |id: &str, n: i64| object(&[("id", Value::string(id)), ("n", Value::int(n))]);
    let thing_type = thing("", 0).ty();
    let all = [
        ("var.name", Value::string("Jo")),
        ("var.null", Value::null(Type::String)),
        ("var.nulls", Value::null(Type::list(Type::String))),
        ("var.unknown", Value::unknown(Type::String)),
        ("var.some", Value::unknown_not_null(Type::String)),
        ("var.any", Value::dynamic()),
        ("var.unknown_number", Value::unknown(Type::Number)),
        ("var.unknown_bool", Value::unknown(Type::Bool)),
        ("var.unknown_list", Value::unknown(Type::list(thing_type.clone()))),
        ("var.unknown_map", Value::unknown(Type::map(Type::String))),
        ("var.unknown_object", Value::unknown(thing_type.clone())),
        ("var.secret", Value::string("hunter2").sensitive()),
        ("var.secret_map", map(Type::String, &[("user", Value::string("hunter2"))]).sensitive()),
        ("var.list", Value::list(Type::String, vec![Value::string("a"), Value::string("b")])),
        ("var.set", Value::set(Type::String, vec![Value::string("y"), Value::string("x")])),
        ("var.map", map(Type::Number, &[("one", Value::int(1)), ("two", Value::int(2))])),
        ("var.things", Value::list(thing_type.clone(), vec![thing("t1", 1), thing("t2", 2)])),
        ("var.no_things", Value::list(thing_type.clone(), vec![])),
        ("var.thing_set", Value::set(thing_type, vec![thing("t1", 1)])),
        ("aws_vpc.main", thing("vpc-1", 7)),
        ("data.aws_ami.x", Value::tuple(vec![thing("ami-1", 1), thing("ami-2", 2)])),
        ("each.key", Value::string("k")),
    ];
    let files = MemFiles::new()
        .with("/root/hello.tftpl", "Hello ${name}!%{ for x in xs } <${x}>%{ endfor }\n")
        .with("/root/value.tftpl", "${value}")
        .with("/root/outer.tftpl", "[${templatefile(\"value.tftpl\", { value = name })}]")
        .with("/root/loop.tftpl", "${templatefile(\"loop.tftpl\", {})}")
        .with("/root/broken.tftpl", "a\n${b\n")
        .with("/root/undeclared.tftpl", "${nam}");
    let env = CallEnv::new("/root", Arc::new(files), SourceMap::new());
    Vars { values: all.into_iter().map(|(k, v)| (k.to_string(), v)).collect(), env }
}

fn run(text: &str) -> (Value, Diagnostics) {
    let mut diags = Diagnostics::new();
    let expr = parse_expression(FileId(0), text, &mut diags);
    assert!(diags.is_empty(), "{text} does not parse: {diags:?}");
    let value = evaluate(&expr, &vars(), &mut diags);
    (value, diags)
}

/// The value of an expression without mistakes.
fn value(text: &str) -> Value {
    let (value, diags) = run(text);
    assert!(diags.is_empty(), "{text}: {diags:?}");
    value
}

/// Both expressions have the same value, marks and types included.
fn same(text: &str, expected: &str) {
    let (got, want) = (value(text), value(expected));
    assert_eq!(got, want, "{text}");
    assert_eq!(got.ty(), want.ty(), "{text}");
}

/// The only report for an expression: its summary, its detail, and the text it points at.
fn problem(text: &str) -> (String, String) {
    let (result, diags) = run(text);
    assert_eq!(diags.len(), 1, "{text}: {diags:?}");
    assert!(!result.is_wholly_known(), "{text}: a failure gives an unknown");
    let d = diags.into_iter().next().unwrap();
    let span = d.subject.expect("a place");
    (format!("{} [{}]", d.summary, &text[span.start as usize..span.end as usize]), d.detail + " " + &d.help.unwrap_or_default())
}
