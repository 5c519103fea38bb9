//! Nothing a text contains makes the parser panic, overflow or take long.

use super::*;
use proptest::prelude::*;

fn read_all(text: &str) {
    let mut diags = Diagnostics::new();
    parse_file(FILE, text, &mut diags);
    parse_expression(FILE, text, &mut diags);
    parse_template(FILE, text, &mut diags);
    for d in diags.iter() {
        let span = d.subject.expect("a place");
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{text:?}: {d:?}");
    }
}

#[test]
fn deep_nesting_is_refused_with_one_report() {
    for open in ["[", "(", "{a=", "f(", "-", "!", "a?", "x[", "\"${", "[for x in ", "a[*]", "a ? b : ", "%{", "a.b[", "<<A\n${"] {
        let text = format!("a = {}", open.repeat(20_000));
        read_all(&text);
        assert!(!problems(&text).is_empty(), "{open}");
    }
    assert_eq!(problems(&format!("a = {}1{}\n", "(".repeat(1000), ")".repeat(1000))), ["1: Expression nested too deeply [(]"]);
    read_all(&"a {\n".repeat(20_000));
    read_all(&"%{ if true }".repeat(20_000));
}

#[test]
fn long_chains_are_refused_and_long_lists_are_not() {
    assert_eq!(problems(&format!("a = 1{}\n", " + 1".repeat(5000))).len(), 1);
    assert_eq!(problems(&format!("a = x{}\n", ".y".repeat(5000))).len(), 1);
    assert_eq!(problems(&format!("a = x{}\n", "[0]".repeat(5000))).len(), 1);
    assert!(problems(&format!("a = [{}]\n", "1 + 2 + 3, ".repeat(5000))).is_empty());
    assert!(problems(&"a {\n b = c.d\n}\n".repeat(5000)).is_empty());
    assert!(problems(&format!("a = \"{}\"\n", "${x} %{ if y }z%{ endif }".repeat(5000))).is_empty());
}

#[test]
fn broken_lines_in_numbers_take_linear_time() {
    let started = std::time::Instant::now();
    for line in ["a = \"${\n", "a = \"${x(\"\n", "a = [\n", "a = <<EOT\n${\n", "a = \"\n", "}\n", "a = {\n"] {
        read_all(&line.repeat(20_000));
    }
    assert!(started.elapsed().as_secs() < 60, "quadratic");
}

proptest! {
    #[test]
    fn arbitrary_text(text in "\\PC*") {
        read_all(&text);
    }

    #[test]
    fn arbitrary_rows_of_tokens(words in proptest::collection::vec(prop::sample::select(vec![
        "a", "b", "1", "0.5", "\"", "${", "%{", "}", "{", "(", ")", "[", "]", "\n", "\r\n", " ", "=", "==", "=>", ".", "*", ",",
        "...", "?", ":", "::", "for", "in", "if", "else", "endif", "endfor", "<<EOT\n", "<<-EOT\n", "EOT\n", "~", "~}", "$", "%",
        "\\", "é", "#", "/*", "*/", "'", "-", "!", "&&", "null", "true", "\u{feff}", "\\u00e9",
    ]), 0..60)) {
        read_all(&words.concat());
    }
}
