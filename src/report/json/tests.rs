use super::*;
use crate::diag::{Diagnostic, SourceMap, Span};
use crate::value::{Members, Type, Value};
use serde_json::json;

fn object(members: &[(&str, Value)]) -> Value {
    Value::object(members.iter().map(|(n, v)| ((*n).into(), v.clone())).collect::<Members>())
}

#[test]
fn a_value_is_three_documents() {
    let v = object(&[
        ("id", Value::unknown(Type::String)),
        ("password", Value::string("p").sensitive()),
        ("list", Value::list(Type::String, vec![Value::string("a"), Value::unknown(Type::String)])),
        ("tags", Value::map(Type::String, Members::from([("k".into(), Value::string("v"))]))),
        ("none", Value::null(Type::Number)),
    ]);
    assert_eq!(value::plain(&v), json!({"password": "p", "list": ["a", null], "tags": {"k": "v"}, "none": null}));
    assert_eq!(value::unknown(&v), json!({"id": true, "list": [false, true], "tags": {}}));
    assert_eq!(value::sensitive(&v), json!({"password": true, "list": [false, false], "tags": {}}));
    assert_eq!(value::masked(&v).get("password"), Some(&json!(null)));
}

#[test]
fn numbers_keep_every_digit() {
    let n = crate::value::Number::parse("12345678901234567890.125").unwrap();
    assert_eq!(plain(&Value::number(n)).to_string(), "12345678901234567890.125");
}

#[test]
fn a_diagnostic_has_its_place() {
    let sources = SourceMap::new();
    let file = sources.add("main.tf", "a = 1\nresource \"x\" \"y\" {\n  z = 2\n}\n");
    let d = Diagnostic::error("Bad", "It is bad.").at(Span::new(file, 27, 28)).within(Span::new(file, 6, 32)).help("Mend it.");
    let json = diagnostic(&d, &sources);
    assert_eq!(json["detail"], "It is bad.\n\nMend it.");
    assert_eq!(json["range"]["start"], json!({"line": 3, "column": 3, "byte": 27}));
    assert_eq!(json["snippet"]["code"], "  z = 2");
    assert_eq!(json["snippet"]["highlight_start_offset"], 2);
    assert_eq!(json["snippet"]["highlight_end_offset"], 3);
    assert_eq!(json["snippet"]["context"], "resource \"x\" \"y\"");
    let beyond = Diagnostic::warning("Odd", "").at(Span::new(file, 3, 999));
    assert_eq!(diagnostic(&beyond, &sources)["severity"], "warning");
}

#[test]
fn a_line_names_itself() {
    let text = Line::version("0.1.0", "1.11.0").text("2026-01-01T00:00:00Z");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["@module"], "tofu.ui");
    assert_eq!(json["type"], "version");
    assert_eq!(json["ui"], "1.2");
    assert!(!text.contains('\n'));
}
