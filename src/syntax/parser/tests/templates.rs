use super::*;

/// The literal text of a heredoc attribute.
fn heredoc_text(text: &str) -> String {
    let body = file(text);
    body.attributes[0].expr.literal_str().expect("only literals")
}

fn template(text: &str) -> String {
    let mut diags = Diagnostics::new();
    let t = parse_template(FILE, text, &mut diags);
    assert!(diags.is_empty(), "{text}: {diags:?}");
    show_template(&t)
}

#[test]
fn escapes_in_quotes() {
    assert_eq!(expr(r#""a\n\t\"\\ \u00e9 \U0001F600 é""#), "`\"a\\n\\t\\\"\\\\ é 😀 é\"`");
    assert_eq!(expr(r#""$${a} %%{b} $$$ 100% $ $5""#), "`\"${a} %{b} $$$ 100% $ $5\"`");
    assert_eq!(expr(r#""$$${1}""#), "`\"$${1}\"`");
    assert_eq!(expr(r#""$$$${1}""#), "`\"$$${1}\"`");
    assert_eq!(expr(r#""""#), "``");
}

#[test]
fn text_is_normalised() {
    assert_eq!(expr("\"e\u{301}\""), "`\"é\"`");
}

#[test]
fn interpolation() {
    assert_eq!(expr(r#""a${b}c""#), "`\"a\" ${b} \"c\"`");
    assert_eq!(expr(r#""${b}""#), "`${b}`");
    assert_eq!(expr(r#""${ {a = 1}["a"] }""#), "`${{a=1}[`\"a\"`]}`");
    assert_eq!(expr(r#""${"x${"y"}"}""#), "`${`\"x\" ${`\"y\"`}`}`");
    assert_eq!(expr("\"${f(\n  a,\n  b\n)}\""), "`${(f a b)}`");
}

#[test]
fn trim_marks_take_white_space_of_the_neighbouring_literal() {
    assert_eq!(expr(r#""a  ${~ b ~}  c""#), "`\"a\" ${b} \"c\"`");
    assert_eq!(expr(r#"" ${~ b }""#), "`\"\" ${b}`");
    assert_eq!(template("a\n  ${~ b ~}\n\n c"), "`\"a\\n\" ${b} \"\\n c\"`");
}

#[test]
fn directives() {
    assert_eq!(expr(r#""%{ if a }x%{ else }y%{ endif }""#), "`(if a `\"x\"` `\"y\"`)`");
    assert_eq!(expr(r#""%{if a}x%{endif}""#), "`(if a `\"x\"` ``)`");
    assert_eq!(expr(r#""%{ for k, v in m }${k}=${v};%{ endfor }""#), "`(for k,v in m `${k} \"=\" ${v} \";\"`)`");
    assert_eq!(
        expr(r#""%{for a in b}%{if a}%{for c in d}.%{endfor}%{else}-%{endif}%{endfor}""#),
        "`(for a in b `(if a `(for c in d `\".\"`)` `\"-\"`)`)`"
    );
}

#[test]
fn heredocs_keep_their_text() {
    assert_eq!(heredoc_text("a = <<EOT\n  x\\n\n y $${z}\nEOT\n"), "  x\\n\n y ${z}\n");
    assert_eq!(heredoc_text("a = <<EOT\nEOT\n"), "");
    assert_eq!(heredoc_text("a = <<EOT\r\nx\r\n  EOT\r\n"), "x\r\n");
    assert_eq!(heredoc_text("a = <<EOT\nx EOT\nEOT x\nEOT"), "x EOT\nEOT x\n");
    assert_eq!(attr("a = <<EOT\n${x}\nEOT\n"), "<<`${x} \"\\n\"`");
}

#[test]
fn dedent_takes_the_smallest_indentation() {
    assert_eq!(heredoc_text("a = <<-EOT\n    x\n      y\n\n    z\n  EOT\n"), "x\n  y\n\nz\n");
    assert_eq!(heredoc_text("a = <<-EOT\n    x\n  \n    y\n  EOT\n"), "x\n  \ny\n");
    assert_eq!(heredoc_text("a = <<-EOT\r\n    x\r\n      y\r\n  EOT\r\n"), "x\r\n  y\r\n");
    assert_eq!(heredoc_text("a = <<-EOT\n\tx\n\t\ty\n  EOT\n"), "x\n\ty\n");
}

#[test]
fn dedent_looks_at_sequences_as_the_reference_does() {
    assert_eq!(attr("a = <<-EOT\n    ${x}\n      y\n  EOT\n"), "<<`\"\" ${x} \"\\n  y\\n\"`");
    assert_eq!(attr("a = <<-EOT\n${x}\n      y\n  EOT\n"), "<<`${x} \"\\n      y\\n\"`");
    assert_eq!(attr("a = <<-EOT\n  %{ if a }\n    b\n  %{ endif }\n  EOT\n"), "<<`\"\" (if a `\"\\n  b\\n\"` ``) \"\\n\"`");
    // The line end before "    b" was trimmed away, so "    b" begins no line and stays.
    assert_eq!(attr("a = <<-EOT\n  %{ if a ~}\n    b\n  %{ endif ~}\n  EOT\n"), "<<`\"\" (if a `\"    b\\n\"` ``) \"\"`");
    // The indentation before %{~ was trimmed away, so its line has none.
    assert_eq!(attr("a = <<-EOT\n  %{~ if a }\n    b\n  %{ endif }\n  EOT\n"), "<<`\"\" (if a `\"\\n    b\\n  \"` ``) \"\\n\"`");
}

#[test]
fn heredocs_inside_brackets() {
    assert_eq!(attr("a = f(<<EOT\nx\nEOT\n, b)\n"), "(f <<`\"x\\n\"` b)");
    assert_eq!(attr("a = [<<EOT\nx\nEOT\n, <<-B\n  y\n  B\n]\n"), "[<<`\"x\\n\"` <<`\"y\\n\"`]");
    assert_eq!(attr("a = {\n b = <<EOT\nx\nEOT\n c = 1\n}\n"), "{b=<<`\"x\\n\"` c=1}");
}

#[test]
fn heredoc_inside_an_interpolation_of_a_heredoc() {
    assert_eq!(attr("a = <<A\n1 ${f(<<B\n2\nB\n)}\nA\n"), "<<`\"1 \" ${(f <<`\"2\\n\"`)} \"\\n\"`");
}

#[test]
fn whole_text_as_template() {
    assert_eq!(template("#!/bin/sh\necho \"$HOME\" ${x} $${y} \\n\n"), "`\"#!/bin/sh\\necho \\\"$HOME\\\" \" ${x} \" ${y} \\\\n\\n\"`");
    assert_eq!(template("${x}"), "`${x}`");
    assert_eq!(template(""), "``");
    assert_eq!(template("a $"), "`\"a $\"`");
    assert_eq!(template("%{ for x in xs ~}\n${x}\n%{ endfor ~}\n"), "`(for x in xs `\"\" ${x} \"\\n\"`) \"\"`");
}
