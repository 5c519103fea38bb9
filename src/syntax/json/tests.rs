use super::*;
use crate::diag::SourceMap;
use crate::syntax::{Attribute, ExprKind, TemplatePart};

static INNER: Layout = Layout { references: &["depends_on"], ..Layout::PLAIN };
static TOP: Layout = Layout { blocks: &[("resource", 2, &INNER), ("locals", 0, &Layout::PLAIN)], ..Layout::PLAIN };

/// The body, the places of what was reported (as the text there), and the source.
fn read_text(text: &str) -> (Body, Vec<(String, String)>, std::sync::Arc<SourceMap>) {
    let sources = SourceMap::new();
    let file = sources.add("x.tf.json", text);
    let mut diags = Diagnostics::new();
    let body = parse_json_file(file, text, &TOP, &mut diags);
    let said = diags.iter().map(|d| (d.summary.clone(), d.subject.map(|s| sources.slice(s)).unwrap_or_default())).collect();
    (body, said, sources)
}

fn local<'b>(body: &'b Body, name: &str) -> &'b Attribute {
    body.blocks_of("locals").find_map(|b| b.body.attribute(name)).unwrap()
}

#[test]
fn labels_are_levels_and_repetition_is_an_array() {
    let text =
        r#"{"//": "comment", "resource": {"a": {"x": {"//": 1, "n": 1}, "y": [{"n": 1}, {"n": 2}]}}, "locals": [{"p": 1}, {"q": 2}]}"#;
    let (body, said, _) = read_text(text);
    assert!(said.is_empty(), "{said:?}");
    let heads: Vec<String> = body
        .blocks
        .iter()
        .map(|b| format!("{} {}", b.kind.name, b.labels.iter().map(|l| l.name.to_string()).collect::<Vec<_>>().join(".")))
        .collect();
    assert_eq!(heads, ["resource a.x", "resource a.y", "resource a.y", "locals ", "locals "]);
    assert!(body.blocks.iter().all(|b| b.body.attributes.len() == 1));
}

#[test]
fn text_is_a_template_and_places_are_exact() {
    let text = "{\"locals\": {\"a\": \"x-${upper(\\\"q\\\")}-${bad +}\", \"b\": \"$${no} \\u00e4\", \"c\": \"${var.x}\"}}";
    let (body, said, sources) = read_text(text);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].1, "}", "{said:?}");
    let ExprKind::Template(t) = &*local(&body, "b").expr.kind else { panic!() };
    assert!(matches!(t.parts.as_slice(), [TemplatePart::Literal(_)] | [TemplatePart::Literal(_), TemplatePart::Literal(_)]), "{t:?}");
    assert_eq!(local(&body, "b").expr.literal_str().unwrap(), "${no} ä");
    let ExprKind::Template(t) = &*local(&body, "c").expr.kind else { panic!() };
    let [TemplatePart::Expr(inner)] = t.parts.as_slice() else { panic!("{t:?}") };
    assert_eq!(sources.slice(inner.span), "var.x");
}

#[test]
fn references_are_expressions() {
    let (body, said, sources) = read_text(r#"{"resource": {"a": {"x": {"depends_on": ["b.y", "module.m"]}}}}"#);
    assert!(said.is_empty(), "{said:?}");
    let ExprKind::Tuple(items) = &*body.blocks[0].body.attributes[0].expr.kind else { panic!() };
    assert!(items.iter().all(|i| matches!(&*i.kind, ExprKind::GetAttr(..))));
    assert_eq!(sources.slice(items[1].span), "module.m");
}

#[test]
fn mistakes_in_json_have_places() {
    for (text, at) in [
        ("{\"locals\": {\"a\": 1,}}", "}"),
        ("{\"locals\": {\"a\" 1}}", "1"),
        ("{\"locals\": {\"a\": [1 2]}}", "2"),
        ("{\"locals\": {\"a\": yes}}", "yes"),
        ("{\"locals\": {\"a\": 'x'}}", "'"),
        ("{\"locals\": {\"a\": \"x}", "\""),
        ("{\"locals\": {\"a\": 01}}", "01"),
        ("{\"locals\": {\"a\": \"\\q\"}}", "\\"),
        ("{} x", "x"),
        ("{\"locals\": {", "{"),
        ("{\"locals\": 5}", "5"),
        ("{\"resource\": {\"a\": 5}}", "5"),
        ("{\"locals\": {\"a\": 1, \"a\": 2}}", "\"a\""),
    ] {
        let (_, said, _) = read_text(text);
        assert_eq!(said.len(), 1, "{text}: {said:?}");
        assert_eq!(said[0].1, at, "{text}: {said:?}");
    }
}

#[test]
fn hostile_texts_are_no_panic() {
    let deep = "[".repeat(5000);
    for text in
        ["", "\u{feff}{}", "{\"a\":\"\\ud83d\\ude00 \\ud83d \\u12\"}", "\"\\", "-", "{\"a\":1e999999999}", deep.as_str(), "\"\\u+123\""]
    {
        let _ = read_text(text);
    }
}

#[test]
fn values_are_literal() {
    let sources = SourceMap::new();
    let text = r#"{"a": "${x}", "b": {"k": "%{if}"}}"#;
    let file = sources.add("x.tfvars.json", text);
    let mut diags = Diagnostics::new();
    let body = parse_json_values(file, text, &mut diags);
    assert!(diags.is_empty());
    assert_eq!(body.attribute("a").unwrap().expr.literal_str().unwrap(), "${x}");
}
