//! Nesting is an error at some depth, never the end of the stack; and no construct takes more than linear time.

use super::engine::processor_time;
use super::targets;
use std::time::Duration;

/// Openings that nest.
const NESTED: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("{a=", "1", "}"),
    ("f(", "1", ")"),
    ("-", "1", ""),
    ("!", "a", ""),
    ("a?", "b", ":c"),
    ("a?b:", "c", ""),
    ("\"${", "1", "}\""),
    ("[for x in ", "y", ": x]"),
    ("[for x in y : ", "x", "]"),
    ("{for x in y : x => ", "x", "}"),
    ("a[", "0", "]"),
    ("", "a", "[*]"),
    ("", "a", ".b"),
    ("", "a", "[0]"),
    ("", "1", "+1"),
    ("1+(", "1", ")"),
    ("", "a", " && b"),
    ("\"%{if a}", "x", "%{endif}\""),
    ("%{if a}", "x", "%{endif}"),
    ("%{for x in y}", "x", "%{endfor}"),
    ("b {\n", "a = 1", "\n}\n"),
    ("{\"a\":", "1", "}"),
    ("\"$${", "", "}\""),
    ("<<E\n${", "1", "}\nE\n"),
    ("/*", "", "*/"),
];

fn nested(shape: (&str, &str, &str), depth: usize) -> String {
    let (open, inner, close) = shape;
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

/// Every reader of the language on a text; the slowest one's time.
fn all(text: &str) -> Duration {
    let argument = format!("a = {text}\n");
    let runs = [targets::parser, targets::lexer, targets::evaluator, targets::config].into_iter();
    let took = runs.flat_map(|run| [text, &argument].map(|t| timed(|| _ = run(t.as_bytes()))));
    took.max().unwrap_or_default()
}

fn timed(f: impl FnOnce()) -> Duration {
    let before = processor_time();
    f();
    processor_time() - before
}

#[test]
fn deep_nesting_is_an_error() {
    let mut slow = Vec::new();
    for shape in NESTED {
        for depth in [240, 5_000] {
            // Closed, only opened, and only closed.
            for text in [nested(*shape, depth), shape.0.repeat(depth), shape.2.repeat(depth)] {
                let took = all(&text);
                if took > Duration::from_millis(500) {
                    slow.push(format!("{:?} {depth} times: {took:?}", text.chars().take(20).collect::<String>()));
                }
            }
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

#[test]
fn long_input_takes_time_in_proportion_to_its_length() {
    let lines = [
        "a = 1\n",
        "a {}\n",
        "a {\n",
        "}\n",
        "\"\n",
        "a = \"\n",
        "a = <<E\n",
        "a = [\n",
        "${\n",
        "/*\n",
        "a = 'x'\n",
        "# c\n",
        "a = \"${x}\" # y\n",
        "=\n",
        "[1,\n",
        "\u{301}",
    ];
    for line in lines {
        let took = |times: usize| {
            let text = line.repeat(times);
            let run = || {
                targets::parser(text.as_bytes());
                targets::lexer(text.as_bytes());
            };
            (0..2).map(|_| timed(run)).min().unwrap_or_default()
        };
        let (short, long) = (took(2_000), took(16_000));
        // Eight times the length; a square would be sixty-four.
        assert!(long < short * 30 + Duration::from_millis(20), "{line:?}: {short:?}, eight times as long {long:?}");
    }
}
