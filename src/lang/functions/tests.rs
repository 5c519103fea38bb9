//! Every example of every function, and the rules all calls follow.

use super::*;
use crate::diag::SourceMap;
use crate::diag::{Diagnostic, Diagnostics, FileId, Span};
use crate::files::MemFiles;
use crate::lang::{Scope, Subject, evaluate};
use crate::syntax::parse_expression;
use std::sync::Arc;

pub(super) fn env() -> CallEnv {
    let files = MemFiles::new()
        .with("/root/hello.txt", "Hello World")
        .with("/root/conf/a.tf", "a")
        .with("/root/conf/b.json", "{}")
        .with("/root/bytes.bin", [0xff, 0x00]);
    let mut env = CallEnv::new("/root", Arc::new(files), SourceMap::new());
    env.home_dir = Some("/home/me".into());
    env.plan_timestamp = "2017-11-22T00:00:00Z".parse().ok();
    env
}

/// A scope with functions and nothing else.
struct Bare(CallEnv);

impl Scope for Bare {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        Err(Diagnostic::error("Nothing here", subject.to_string()).at(span))
    }
    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }
    fn call_env(&self) -> &CallEnv {
        &self.0
    }
}

fn eval(text: &str) -> Answer {
    let mut diags = Diagnostics::new();
    let expr = parse_expression(FileId(0), text, &mut diags);
    let value = evaluate(&expr, &Bare(env()), &mut diags);
    match diags.iter().next() {
        Some(problem) => Err(FunctionError::new(problem.detail.clone())),
        None => Ok(value),
    }
}

/// Equality that lets a tuple stand for a list and an object for a map, as examples write them.
fn same_but_for_kind(a: &Value, b: &Value) -> bool {
    match (a.items(), b.items(), a.members(), b.members()) {
        (Some(x), Some(y), ..) => x.len() == y.len() && x.iter().zip(y).all(|(p, q)| same_but_for_kind(p, q)),
        (_, _, Some(x), Some(y)) => x.keys().eq(y.keys()) && x.values().zip(y.values()).all(|(p, q)| same_but_for_kind(p, q)),
        _ => a == b,
    }
}

#[test]
fn every_example_gives_its_result() {
    let mut wrong = Vec::new();
    for function in FunctionTable::standard().iter() {
        for (expression, want) in function.examples {
            let (got, want) = (eval(expression), eval(want).unwrap());
            let same = got.as_ref().is_ok_and(|v| v.deep_marks().is_empty() && same_but_for_kind(v, &want));
            if !same {
                wrong.push(format!("{expression}\n   gives {got:?}\n   not   {want:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_function_is_documented_and_has_examples() {
    let without = ["list", "map", "bcrypt", "uuid", "timestamp", "rsadecrypt", "templatefile"];
    for f in FunctionTable::standard().iter() {
        assert!(f.doc.ends_with(['.', '!']), "{}: {}", f.name, f.doc);
        let special = matches!(f.body, Body::Evaluator) || without.contains(&f.name);
        assert!(special || !f.examples.is_empty(), "{} has no example", f.name);
    }
}

#[test]
fn names() {
    let table = FunctionTable::standard();
    assert_eq!(table.get("core::join").map(|f| f.name), Some("join"));
    assert!(table.get("joni").is_none());
    assert!(table.explain_missing("joinn").contains("did you mean \"join\""));
    assert!(table.explain_missing("provider::aws::arn_parse").contains("not supported yet"));
    assert!(table.explain_missing("foo::bar").contains("namespace"));
}

#[test]
fn arguments_are_counted_and_checked() {
    let message = |text: &str| {
        let detail = eval(text).unwrap_err().to_string();
        detail.split_once(" failed: ").unwrap().1.trim_end_matches('.').to_string()
    };
    assert_eq!(message("lower()"), "lower(str) needs 1 argument, but there are 0; \"str\" is missing");
    assert_eq!(message("lower(\"a\", \"b\")"), "lower(str) takes 1 argument, but there are 2");
    assert_eq!(message("lower(null)"), "invalid value for \"str\": it must not be null");
    assert_eq!(message("lower([])"), "invalid value for \"str\": string required, but have tuple");
    assert_eq!(message("join(\",\", [\"a\", [\"b\"]])"), "invalid value for \"lists\" at [1]: string required, but have tuple");
}

fn call(name: &str, args: &[Value]) -> Value {
    FunctionTable::standard().get(name).unwrap().call(&env(), args).unwrap()
}

#[test]
fn unknown_arguments_give_unknown_results_of_the_type() {
    let unknown = Value::unknown(Type::String);
    let upper = call("upper", std::slice::from_ref(&unknown));
    assert!(upper.is_unknown() && upper.ty() == Type::String);
    let set = call("toset", &[Value::tuple(vec![unknown.clone()])]);
    assert_eq!((set.is_unknown(), set.ty()), (false, Type::set(Type::String)));
    let known = call("length", &[Value::tuple(vec![unknown.clone(), unknown.clone()])]);
    assert_eq!(known.as_i64(), Some(2));
    let open = Value::set(Type::String, vec![unknown.clone(), Value::string("a")]);
    assert!(call("length", &[open]).is_unknown());
    let map = Value::map(Type::String, [("a".into(), unknown.clone())].into());
    assert_eq!(call("keys", std::slice::from_ref(&map)).items().unwrap().len(), 1);
    assert!(call("lookup", &[map.clone(), Value::string("a")]).is_unknown());
    let merged = call("merge", &[map, Value::map(Type::String, [("b".into(), Value::string("x"))].into())]);
    assert_eq!(merged.get("b").and_then(Value::as_str), Some("x"));
    assert!(call("coalesce", &[Value::null(Type::String), unknown]).is_unknown());
}

#[test]
fn marks_spread_or_stay_where_they_were() {
    let secret = Value::string("abc").sensitive();
    assert!(call("upper", std::slice::from_ref(&secret)).marks().is_sensitive());
    let list = Value::tuple(vec![secret.clone(), Value::string("open")]);
    assert!(call("join", &[Value::string(","), list.clone()]).marks().is_sensitive());
    assert!(!call("element", &[list.clone(), Value::int(1)]).marks().is_sensitive());
    assert!(call("element", &[list.clone(), Value::int(0)]).marks().is_sensitive());
    assert!(call("length", &[list.clone().sensitive()]).marks().is_sensitive());
    assert!(!call("length", std::slice::from_ref(&list)).marks().is_sensitive());
    let merged = call("merge", &[Value::object([("a".into(), secret)].into()), Value::object([("b".into(), Value::int(1))].into())]);
    assert!(!merged.marks().is_sensitive() && merged.get("a").unwrap().marks().is_sensitive());
    assert!(call("issensitive", &[call("sensitive", &[list])]).as_bool().unwrap());
}

#[test]
fn messages_hide_sensitive_values() {
    let table = FunctionTable::standard();
    let map = Value::object([("a".into(), Value::int(1))].into());
    let lookup = |key: Value| table.get("lookup").unwrap().call(&env(), &[map.clone(), key]).unwrap_err().message;
    assert!(lookup(Value::string("tok3n")).contains("tok3n"));
    assert!(!lookup(Value::string("tok3n").sensitive()).contains("tok3n"));
}
