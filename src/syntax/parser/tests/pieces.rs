use super::*;
use crate::syntax::parser::pieces;
use proptest::prelude::*;

const BLOCK: &str =
    "resource \"a\" \"b\" {\n  c = [for x in var.y : \"${x}-z\" if x != \"\"]\n  d = <<-EOT\n    text %{ if true }on%{ endif }\n  EOT\n}\n";

fn in_one_go(text: &str) -> (Body, Vec<Diagnostic>) {
    let mut parser = Parser::new(FILE.into(), text, Start::Code);
    let body = parser.file_body();
    (body, parser.found)
}

#[test]
fn pieces_give_the_tree_of_the_whole_places_included() {
    let text = format!("\u{feff}{}a = 1", BLOCK.repeat(7));
    for count in [2, 3, 5, 7] {
        let body = pieces::parse(FILE, &text, count).unwrap();
        assert_eq!(body.blocks.len(), 7);
        assert_eq!(format!("{body:?}"), format!("{:?}", in_one_go(&text).0), "{count} pieces");
    }
}

#[test]
fn a_large_file_with_one_mistake_reports_it_on_its_line() {
    let text = BLOCK.repeat(12_000);
    assert!(pieces::worthwhile(text.len()) > 1 || std::thread::available_parallelism().map_or(1, Into::into) == 1usize);
    let broken = format!("{text}x {{\n  y = \n}}\n{text}");
    let mut diags = Diagnostics::new();
    let body = parse_file(FILE, &broken, &mut diags);
    let reports: Vec<&Diagnostic> = diags.iter().collect();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!(reports[0].subject.map(|s| s.start as usize / 10), Some((text.len() + 10) / 10));
    assert_eq!(body.blocks.len(), 24_001);
}

#[test]
fn what_is_set_twice_is_set_twice_in_two_pieces() {
    let text = format!("a = 1\n{BLOCK}{BLOCK}{BLOCK}a = 2\n{BLOCK}");
    assert!(pieces::parse(FILE, &text, 2).is_none());
    assert!(pieces::parse(FILE, &text.replacen("a = 2", "b = 2", 1), 2).is_some());
}

#[test]
fn a_brace_line_inside_text_is_no_end() {
    let heredoc = "a {\n  b = <<EOT\n{\n}\nEOT\n}\n".repeat(9);
    let comment = "a {\n  /*\n}\n*/\n}\n".repeat(9);
    for text in [heredoc, comment] {
        for count in 2..9 {
            if let Some(body) = pieces::parse(FILE, &text, count) {
                assert_eq!(format!("{body:?}"), format!("{:?}", in_one_go(&text).0));
            }
        }
    }
}

/// Lines of which texts are made, good and bad, many of them next to a place of a cut.
fn line() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a {\n}\n",
        "b \"x\" {\n  c = 1\n}\n",
        "}\n",
        "\n}\n",
        "}\r\n",
        "{\n",
        "x {\n",
        "  d = <<EOT\n",
        "EOT\n",
        "/*\n",
        "*/\n",
        "# }\n",
        "e = \"\n",
        "f = [\n",
        "]\n",
        "g = (\n1)\n",
        "h = {\n}\n",
        "a = 1\n",
        "\u{feff}",
        "i = \"${{\n}\n}\"\n",
        "j = true ? 1\n",
        ": 2\n",
        "~}\n",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn pieces_never_read_what_the_whole_does_not(lines in prop::collection::vec(line(), 1..14), count in 2..5usize) {
        let text = lines.concat();
        if let Some(body) = pieces::parse(FILE, &text, count) {
            let (whole, found) = in_one_go(&text);
            prop_assert!(found.is_empty(), "{text:?}: {found:?}");
            prop_assert_eq!(format!("{body:?}"), format!("{whole:?}"));
        }
    }
}
