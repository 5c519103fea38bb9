//! Every mistake gets one report at the right place, and what follows is read.

use super::*;

/// One report, and the attribute `after` is there.
fn one(text: &str, expected: &str) {
    let text = format!("{text}\nafter = 1\n");
    assert_eq!(problems(&text), [expected], "{text}");
    let mut diags = Diagnostics::new();
    let body = parse_file(FILE, &text, &mut diags);
    assert!(body.attribute("after").is_some(), "{text}: the rest is lost");
}

#[test]
fn unclosed_quotes_end_with_their_line() {
    one("a = \"foo", "1: Unclosed quoted text [\"foo]");
    one("a = f(\"foo)", "1: Unclosed quoted text [\"foo)]");
    one("a = [\n  \"x\",\n  \"y,\n]", "3: Unclosed quoted text [\"y,]");
    one("a = \"foo\" bar\"", "1: Unclosed quoted text [\"]");
    one("b {\n  a = \"foo\n}", "2: Unclosed quoted text [\"foo]");
}

#[test]
fn unclosed_sequences_are_reported_where_they_begin() {
    one("a = \"${", "1: Unclosed template sequence [${]");
    one("a = \"${\"", "1: Unclosed template sequence [${]");
    one("a = \"x ${foo y\"", "1: Unclosed template sequence [${]");
    one("b {\n  a = \"x ${foo\"\n  c = \"d\"\n}", "2: Unclosed template sequence [${]");
    one("b {\n  a = \"${upper(\"abc)}\"\n  c = 1\n}", "2: Unclosed quoted text [\"${upper(\"abc)}\"]");
    one("a = <<EOT\n${foo\nEOT", "2: Unclosed template sequence [${]");
}

#[test]
fn heredocs() {
    assert_eq!(problems("b {\n  a = <<EOT\n  x\n}\n"), ["2: Unclosed heredoc [<<EOT]"]);
    one("a = <<EOT x\n", "1: Invalid heredoc [<<EOT]");
    one("a = <<EOT\n${x y}\nEOT", "2: Extra characters in template sequence [y]");
}

#[test]
fn brackets_left_open_before_the_next_argument() {
    one("a = [1, 2", "1: Unclosed list [[]");
    one("a = f(1, 2", "1: Unclosed function call [(]");
    one("a = (1 + 2", "1: Unclosed parenthesis [(]");
    one("a = x[0", "1: Unclosed index [[]");
    one("a = [for x in y : x", "1: Unclosed for expression [[]");
    one("a = f([{b = 1}, 2", "1: Unclosed list [[]");
    one("b {\n  a = [1,\n  c = 2\n}", "2: Unclosed list [[]");
    assert_eq!(problems("a = {\n  b = 1\n\nresource \"x\" \"y\" {\n}\n"), ["1: Unclosed object [{]"]);
    one("b {\n  a = f(1\n}", "2: Unclosed function call [(]");
    one("a = [1, 2)", "1: Unclosed list [[]");
    one("a = [f(1, 2]", "1: Unclosed function call [(]");
}

#[test]
fn blocks_left_open_are_found_by_their_indentation() {
    let text = "a \"x\" {\n  b = 1\n  c {\n    d = 2\n}\n\na \"y\" {\n  b = 1\n}\n";
    assert_eq!(problems(text), ["1: Unclosed block [a \"x\"]"]);
    let text = "a {\n  b {\n    c = 1\n  d = 1\n}\n";
    assert_eq!(problems(text), ["2: Unclosed block [b]"]);
    assert_eq!(problems("a {"), ["1: Unclosed block [a]"]);
    assert_eq!(problems("a { b = 1"), ["1: Unclosed block [a]"]);
}

#[test]
fn several_mistakes_several_reports() {
    let text = "a = \nb = 'x'\nc = 1 2\nd {\n  e = [1 2]\n  f = {\n    g = \n    h = )\n    i = 3\n  }\n}\n}\nj = @\n";
    assert_eq!(
        problems(text),
        [
            "1: Expression expected [\\n]",
            "2: Invalid character ['x']",
            "3: Missing line end after argument [2]",
            "5: Missing comma [2]",
            "7: Expression expected [\\n]",
            "8: Expression expected [)]",
            "12: Unexpected closing brace [}]",
            "13: Invalid character [@]",
        ]
    );
}

#[test]
fn an_argument_set_twice() {
    let text = "b {\n  a = 1\n  c = 2\n  a = 3\n}\n";
    let mut diags = Diagnostics::new();
    let body = parse_file(FILE, text, &mut diags);
    assert_eq!(described(text, &diags), ["4: Argument set twice [a]"]);
    assert!(diags.iter().next().is_some_and(|d| d.detail.contains("line 2")));
    assert_eq!(show(&body.blocks[0].body.attributes[0].expr), "1");
}

#[test]
fn bodies() {
    one("\"a\" = 1", "1: Invalid argument name [\"]");
    one("a: 1", "1: Invalid argument or block [:]");
    one("resource \"x\"\n{\n}", "1: Invalid argument or block [\\n]");
    one("a \"${x}\" {\n}", "1: Invalid block label [\"${x}\"]");
    one("a { b = 1, c = 2 }", "1: Invalid one-line block [,]");
    one("a { b {} }", "1: Invalid one-line block [b]");
    one("a {\n  b = 1 }", "2: Missing line end after argument [}]");
    one("a {\n} b = 1", "2: Missing line end after block [b]");
    one("a = 1,", "1: Unexpected comma [,]");
    one("a", "1: Invalid argument or block [\\n]");
}

#[test]
fn expressions() {
    one("a = 1 ? 2", "1: Missing false expression in conditional [\\n]");
    one("a = b.0.1", "1: Invalid legacy index [0.1]");
    one("a = b.", "1: Invalid attribute name [\\n]");
    one("a = b.*.c.*", "1: Nested splat [*]");
    one("a = 1.2.3", "1: Invalid number [1.2.3]");
    one("a = 1e99999999", "1: Invalid number [1e99999999]");
    one("a = [for x of y : x]", "1: Invalid for expression [of]");
    one("a = {for x in y : x}", "1: Invalid for expression [{]");
    one("a = [for x in y : x => x]", "1: Invalid for expression [=>]");
    one("a = [for x in y : x...]", "1: Invalid for expression [...]");
    one("a = f(b... , c)", "1: Misplaced ... [...]");
    one("a = a::", "1: Missing function name [\\n]");
    one("a = a::b", "1: Missing function arguments [\\n]");
    one("a = b & c", "1: Invalid character [&]");
    one("a = { b }", "1: Missing value in object [}]");
    one("a = { b = 1 c = 2 }", "1: Missing separator in object [c]");
    one("a = \"\\q\"", "1: Invalid escape sequence [\\q]");
    one("a = \"\\u12\"", "1: Invalid escape sequence [\\u]");
    one("a = \"\\ud800\"", "1: Invalid escape sequence [\\u]");
    assert_eq!(problems("a = 1 /* x\n"), ["1: Unclosed comment [/*]"]);
}

#[test]
fn templates() {
    one("a = \"%{ if x }y\"", "1: Unbalanced template directives [%{ if x }]");
    one("a = \"%{ endif }\"", "1: Unbalanced template directives [%{ endif }]");
    one("a = \"%{ for x in y }%{ endif }\"", "1: Unbalanced template directives [%{ endif }]");
    one("a = \"%{ fi }\"", "1: Invalid template directive [fi]");
    one("a = \"%{ 1 }\"", "1: Invalid template directive [1]");
    one("a = \"${x y}\"", "1: Extra characters in template sequence [y]");
    one("a = \"${x:-y}\"", "1: Extra characters in template sequence [:]");
    one("a = \"${}\"", "1: Expression expected [}]");
}
