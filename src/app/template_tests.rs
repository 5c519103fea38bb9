//! Tests of templates.

use super::*;
use crate::diag::FileId;
use crate::files::MemFiles;

fn at() -> Span {
    Span::new(FileId(0), 0, 1)
}

fn object(entries: &[(&str, Value)]) -> Value {
    Value::object(entries.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
}

fn set(files: &[(&str, &str)]) -> Result<TemplateSet, Diagnostic> {
    let disk = files.iter().fold(MemFiles::new(), |disk, (path, text)| disk.with(format!("/p/{path}"), text));
    load(&disk, Path::new("/p"), files.first().unwrap().0, at())
}

fn render(files: &[(&str, &str)], vars: &[(&str, Value)]) -> Result<RenderedText, Diagnostic> {
    set(files)?.render(&object(vars), at())
}

#[test]
fn values_keep_their_types_and_nothing_is_escaped() {
    let vars = [
        ("port", Value::int(7000)),
        ("ratio", Value::number(crate::value::Number::parse("0.5").unwrap())),
        ("tags", Value::tuple(vec![Value::string("a&b"), Value::string("<c>")])),
        ("on", Value::bool(true)),
        ("db", object(&[("name", Value::string("x"))])),
    ];
    let text = "{{ port + 1 }} {{ ratio }} {% for t in tags %}{{ t }};{% endfor %} {% if on %}yes{% endif %} {{ db.name }}\n";
    let got = render(&[("templates/a.html", text)], &vars).unwrap();
    assert_eq!(got.text, "7001 0.5 a&b;<c>; yes x\n");
    assert_eq!(got.secret_lines, [None]);
}

#[test]
fn includes_and_parents_are_found_below_templates() {
    let files = [
        ("templates/app/main.tera", "{% extends \"base.tera\" %}{% block body %}{% include 'app/part.tera' %}{% endblock %}"),
        ("templates/base.tera", "[{% block body %}{% endblock %}]"),
        ("templates/app/part.tera", "part {{ x }}"),
    ];
    assert_eq!(render(&files, &[("x", Value::string("1"))]).unwrap().text, "[part 1]");
}

#[test]
fn a_missing_template_names_who_needs_it() {
    let error = set(&[("templates/a.tera", "{% include \"gone.tera\" %}")]).unwrap_err();
    assert_eq!(error.summary, "Template not found");
    assert!(error.detail.contains("gone.tera") && error.detail.contains("templates/a.tera"), "{}", error.detail);
}

#[test]
fn undefined_variables_are_errors_with_place_and_names() {
    let error = render(&[("templates/a.tera", "ok\n  {{ tokn }}\n")], &[("token", Value::string("abc"))]).unwrap_err();
    assert_eq!(error.summary, "Template cannot be rendered");
    assert!(error.detail.starts_with("templates/a.tera:2:6: Variable `tokn` is not defined"), "{}", error.detail);
    assert!(error.detail.contains("token"), "{}", error.detail);
}

#[test]
fn syntax_errors_show_their_place() {
    let error = set(&[("templates/a.tera", "x\n{% if %}\n")]).unwrap().check(at()).unwrap_err();
    assert_eq!(error.summary, "Template syntax error");
    assert!(error.detail.starts_with("templates/a.tera:2:"), "{}", error.detail);
}

#[test]
fn errors_do_not_show_secrets() {
    let vars = [("token", Value::string("hunter2hunter2").sensitive())];
    let error = render(&[("templates/a.tera", "{{ throw(message=token) }}")], &vars).unwrap_err();
    assert!(error.detail.contains("(sensitive value)") && !error.detail.contains("hunter2"), "{}", error.detail);
}

#[test]
fn lines_that_depend_on_a_secret_are_known() {
    let vars = [("pin", Value::string("ab").sensitive()), ("count", Value::int(2).sensitive()), ("name", Value::string("n"))];
    let text = "name = {{ name }}\npin = {{ pin }}\n{% if count > 2 %}many\n{% endif %}abc\nn = {{ count }}\n";
    let got = render(&[("templates/a.tera", text)], &vars).unwrap();
    assert_eq!(got.text, "name = n\npin = ab\nabc\nn = 2\n");
    assert_eq!(got.secret_lines, [None, Some("pin = ".len()), None, Some("n = ".len())]);
}
