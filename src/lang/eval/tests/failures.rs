use super::*;

/// One report at a place, and its text holds some words.
fn fails(text: &str, place: &str, words: &[&str]) {
    let (at, said) = problem(text);
    assert_eq!(at, place, "{text}");
    for word in words {
        assert!(said.contains(word), "{text}: {said}");
    }
}

#[test]
fn names() {
    fails("var.nope", "Undeclared [var.nope]", &[]);
    fails("foo", "Invalid reference [foo]", &["\"foo\""]);
    fails("var.nope.a.b[0] + 1", "Undeclared [var.nope]", &[]);
    fails("[for x in var.nope : x.y]", "Undeclared [var.nope]", &[]);
    fails("\"a${var.nope}\"", "Undeclared [var.nope]", &[]);
    fails("var.nope[*].x", "Undeclared [var.nope]", &[]);
    fails("upper(var.nope)", "Undeclared [var.nope]", &[]);
}

#[test]
fn attributes() {
    fails("aws_vpc.main.idd", "Unsupported attribute [idd]", &["Did you mean \"id\"?"]);
    fails("aws_vpc.main.xyz", "Unsupported attribute [xyz]", &["\"id\", \"n\""]);
    fails("var.things.id", "Unsupported attribute [id]", &["[0].id", "[*].id"]);
    fails("var.thing_set.id", "Unsupported attribute [id]", &["one(x).id"]);
    fails("var.name.x", "Unsupported attribute [x]", &["A string has no attributes"]);
    fails("var.null.x", "Attribute of null [x]", &["null"]);
    fails("var.unknown_object.idd", "Unsupported attribute [idd]", &["\"id\""]);
    fails("var.map.three", "Missing map element [three]", &["\"three\""]);
}

#[test]
fn indexes() {
    fails("var.list[2]", "Invalid index [2]", &["2 elements", "2 is beyond the end"]);
    fails("[][0]", "Invalid index [0]", &["no elements"]);
    fails("var.list[-1]", "Invalid index [-1]", &["negative"]);
    fails("var.list[0.5]", "Invalid index [0.5]", &["whole number"]);
    fails("var.list[\"x\"]", "Invalid index [\"x\"]", &["whole numbers"]);
    fails("var.list[null]", "Invalid index [null]", &["null"]);
    fails("var.set[0]", "Invalid index [0]", &["set", "tolist"]);
    fails("var.map[\"onee\"]", "Invalid index [\"onee\"]", &["Did you mean \"one\"?"]);
    fails("var.name[0]", "Invalid index [0]", &["a string has no elements"]);
    fails("var.nulls[0]", "Index of null [0]", &[]);
}

#[test]
fn sensitive_values_are_not_in_messages() {
    for text in [
        "var.secret_map.x",
        "var.secret_map[\"x\"]",
        "var.map[var.secret]",
        "{ hunter2 = 1 }[\"${var.secret}x\"]",
        "{ for x in [1, 2] : var.secret => x }",
        "var.secret + 1",
        "tonumber(var.secret)",
        "templatefile(\"value.tftpl\", { (var.secret) = 1 })",
    ] {
        let (_, diags) = run(text);
        let shown = format!("{diags:?}");
        assert!(diags.has_errors() && !shown.contains("hunter2") && !shown.contains("user"), "{text}: {shown}");
    }
}

#[test]
fn operators() {
    fails("1 / 0", "Invalid operation [1 / 0]", &["Division by zero"]);
    fails("\"a\" + 1", "Invalid operand [\"a\"]", &["number"]);
    fails("1 + var.list", "Invalid operand [var.list]", &["a list"]);
    fails("1 + null", "Invalid operand [null]", &["null"]);
    fails("!5", "Invalid operand [5]", &["bool"]);
    fails("true && \"x\"", "Invalid operand [\"x\"]", &["bool"]);
    fails("1e9000 * 1e9000 * 1e9000", "Invalid operation [1e9000 * 1e9000 * 1e9000]", &["too large"]);
}

#[test]
fn reports_say_what_names_stood_for() {
    let values = |text: &str| {
        let (_, diags) = run(text);
        let d = diags.into_iter().next().unwrap();
        d.values.into_iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>()
    };
    assert_eq!(values("var.name + var.map[\"one\"]"), ["var.name = \"Jo\""]);
    assert_eq!(values("var.map.one / (aws_vpc.main.n - 7)"), ["var.map.one = 1", "aws_vpc.main.n = 7"]);
    assert_eq!(values("[for x in [1, 2] : var.list[x + 1]]"), ["x = 1"]);
    assert_eq!(values("tonumber(var.secret)"), ["var.secret = a sensitive value"]);
    assert_eq!(values("\"a${var.things}\""), ["var.things = a list of 2 elements"]);
    assert_eq!(
        values("substr(var.list, var.unknown_number, aws_vpc.main)"),
        [
            "var.list = a list of 2 elements",
            "var.unknown_number = a number, known only after apply",
            "aws_vpc.main = an object with 2 attributes"
        ]
    );
}

#[test]
fn conditions() {
    fails("null ? 1 : 2", "Invalid condition [null]", &["null"]);
    fails("[] ? 1 : 2", "Invalid condition [[]]", &["tuple"]);
    fails("true ? 1 : [1]", "Inconsistent conditional result types [1 : [1]]", &["a number", "a tuple"]);
    fails(
        "true ? { a = 1, b = true } : { a = [] }",
        "Inconsistent conditional result types [{ a = 1, b = true } : { a = [] }]",
        &["\"b\""],
    );
    fails("\"%{ if 5 }a%{ endif }\"", "Invalid condition [5]", &[]);
    fails("[for x in [1] : x if 5]", "Invalid condition [5]", &[]);
}

#[test]
fn iterations() {
    fails("[for x in 5 : x]", "Iteration over a value without elements [5]", &["a number"]);
    fails("[for x in null : x]", "Iteration over a value without elements [null]", &["null"]);
    fails("{ for x in [1, 2] : \"a\" => x }", "Duplicate object key [\"a\"]", &["\"a\"", "..."]);
    fails("{ for x in [1] : null => x }", "Invalid object key [null]", &["null"]);
    fails("{ ([]) = 1 }", "Invalid object key [([])]", &["a tuple"]);
    fails("[for x in [1, 2, 3] : x.y]", "Unsupported attribute [y]", &[]);
    fails("var.nulls[*]", "Splat of null [var.nulls]", &[]);
}

#[test]
fn templates() {
    fails("\"a${null}\"", "Invalid template value [null]", &["null"]);
    fails("\"a${[1]}\"", "Invalid template value [[1]]", &["join()"]);
    fails("\"a%{ for x in 1 }%{ endfor }\"", "Iteration over a value without elements [1]", &[]);
}

#[test]
fn calls() {
    fails("uper(\"x\")", "Unknown function [uper]", &["upper"]);
    fails("upper()", "Error in function call [upper()]", &["upper() failed"]);
    fails("upper([])", "Error in function call [[]]", &["upper(str)"]);
    fails("upper(1...)", "Invalid expanding argument [1]", &["a number"]);
    fails("aws::x(1)", "Unknown function [aws::x]", &["namespace"]);
}
