use super::format_source;
use crate::diag::{Diagnostics, SourceMap};
use crate::syntax::parse_file;
use proptest::prelude::*;

fn formatted(text: &str) -> Option<String> {
    let sources = SourceMap::new();
    let file = sources.add("x.tf", text);
    format_source(file, text, &mut Diagnostics::new())
}

/// The tree without places, with the rewritten spellings taken back.
fn tree(text: &str) -> String {
    let sources = SourceMap::new();
    let file = sources.add("x.tf", text);
    let body = parse_file(file, text, &mut Diagnostics::new());
    let shown = format!("{body:?}");
    let spans = regex::Regex::new(r"(Some\()?Span \{ file: FileId\(\d+\), start: \d+, end: \d+ \}\)?").unwrap();
    spans.replace_all(&shown, "_").into_owned()
}

/// Pairs confirmed with `terraform fmt` 1.11, which shares this code with `tofu fmt`.
const GOLDEN: &[(&str, &str)] = &[
    ("a=1\nbcd = 2 # x\n\ne=3//y\n", "a   = 1\nbcd = 2 # x\n\ne = 3 //y\n"),
    ("a \"b\" c{\nd=[1,2 , {x=1}]\n}\n", "a \"b\" \"c\" {\n  d = [1, 2, { x = 1 }]\n}\n"),
    ("a = <<EOT\n  ${  x  } y\n  EOT\nb=1\n", "a = <<EOT\n  ${x} y\n  EOT\nb = 1\n"),
    ("a = \"${x}\"\nb = \"${x}${y}\"\nc = \"a${ x }\"\n", "a = x\nb = \"${x}${y}\"\nc = \"a${x}\"\n"),
    ("locals {\n a = \"${\n x ? 1\n : 2\n}\"\n}\n", "locals {\n  a = (x ? 1\n  : 2)\n}\n"),
    (
        "variable \"x\" {\n type = \"list\"\n}\nvariable \"y\" {\n type = set\n}\n",
        "variable \"x\" {\n  type = list(string)\n}\nvariable \"y\" {\n  type = set(any)\n}\n",
    ),
    ("a = - 1 + -  2\nb = ! c\nd = x [ 0 ] . y\ne = f ( 1 ,x ... )\n", "a = -1 + -2\nb = !c\nd = x[0].y\ne = f(1, x...)\n"),
    ("x = f([\n1,\n], {\na = 1\n})\n", "x = f([\n  1,\n  ], {\n  a = 1\n})\n"),
    ("a = [for x in [1]:x]\nb={}\nc = a?b:c\n", "a = [for x in [1] : x]\nb = {}\nc = a ? b : c\n"),
    ("resource aws_x /* c */ \"y\" {}\n", "resource \"aws_x\" \"y\" {}\n"),
    ("a = 1\n   \n\t# c\nb   = { # d\n}", "a = 1\n\n# c\nb = { # d\n}"),
];

#[test]
fn golden_pairs() {
    for (text, want) in GOLDEN {
        assert_eq!(formatted(text).as_deref(), Some(*want), "{text}");
    }
}

#[test]
fn what_does_not_parse_is_not_formatted() {
    assert_eq!(formatted("a = \n"), None);
}

#[test]
fn line_ends_and_comments_stay() {
    let text = "a=1 # x\r\n/* one\n   two */\r\nb = 2\r\n";
    assert_eq!(formatted(text).unwrap(), "a = 1 # x\r\n/* one\n   two */\r\nb = 2\r\n");
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let Some(once) = formatted(text) else { return Ok(()) };
    let twice = formatted(&once);
    prop_assert_eq!(twice.as_deref(), Some(once.as_str()), "not idempotent: {:?}", text);
    Ok(())
}

proptest! {
    #[test]
    fn formatting_is_idempotent_and_keeps_the_tree(lines in proptest::collection::vec(prop::sample::select(vec![
        "a = 1", "bcd=2 # x", "e = f(1,2)", "f   =\"${x}-${ y }\"", "g = [for x in y:x...]", "h = {a=1,b = 2}", "# comment", "", "  ",
        "i = <<EOT\n  x ${ y }\n %{ if a }b%{ endif }\nEOT", "j = <<-E\n    x\n   E", "k = [\n1,\n  2, # c\n]", "l = {\n a = 1\n bb = {\n c = 2 }\n}",
        "m = a ?b :c", "n = -1 - - 2", "o = !a&&b||c==d", "p = a.b[0].*.c[\"x\"]", "q = x[*] . y", "r = (\n1 +\n2\n)", "s = f({\na = 1\n}, [\n1\n])",
        "t {\n u = 1\n}", "v \"w\" {}", "x \"y\" z { a = 1 }", "/* c */ aa = 1", "bb = 1 /* d */", "cc = \"é${ {a=1} }\"", "dd = core::upper( \"x\" )",
    ]), 0..12)) {
        let text: String = lines.iter().enumerate().map(|(i, line)| numbered(line, i) + "\n").collect();
        check(&text)?;
        if let Some(out) = formatted(&text) {
            let plain = |t: &str| tree(&t.replace(" z {", " \"z\" {"));
            prop_assert_eq!(plain(&text), plain(&out), "{}", text);
        }
    }

    #[test]
    fn rows_of_tokens_are_idempotent(words in proptest::collection::vec(prop::sample::select(vec![
        "a", "b", "1", "\"", "${", "}", "{", "(", ")", "[", "]", "\n", " ", "=", "=>", ".", "*", ",", "...", "?", ":", "for", "in",
        "<<EOT\n", "EOT\n", "~}", "#", "/*", "*/", "-", "!", "&&", "null",
    ]), 0..30)) {
        check(&words.concat())?;
        check(&format!("a = [{}]\n", words.concat()))?;
    }
}

/// Names of arguments made distinct.
fn numbered(line: &str, i: usize) -> String {
    match line.split_once('=') {
        Some((name, rest)) if !name.contains(['{', '#', '"', '/']) => format!("{}{i} ={rest}", name.trim()),
        _ => line.to_string(),
    }
}
