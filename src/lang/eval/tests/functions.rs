//! The functions that the evaluator itself carries out.

use super::*;

#[test]
fn plain_calls() {
    same("upper(\"a\")", "\"A\"");
    same("core::upper(\"a\")", "\"A\"");
    same("concat([[1], [\"b\"]]...)", "[1, \"b\"]");
    same("concat(var.list, [var.list, [\"c\"]]...)", "concat(concat(var.list, var.list), [\"c\"])");
    assert!(value("concat(var.any...)").is_unknown());
}

#[test]
fn try_takes_the_first_that_works() {
    same("try(var.list[9], var.nope, \"x\", \"y\")", "\"x\"");
    same("try(var.null, 1)", "var.null");
    assert!(value("try(var.unknown, 1)").is_unknown());
    assert_eq!(value("try([var.unknown], 1)").ty(), Type::Dynamic);
    let (at, said) = problem("try(var.list[9], var.nope)");
    assert_eq!(at, "Error in function call [try(var.list[9], var.nope)]");
    assert!(said.contains("beyond the end") && said.contains("There is no var.nope"), "{said}");
}

#[test]
fn can_says_whether() {
    same("can(var.list[9])", "false");
    same("can(var.list[0])", "true");
    same("can(tonumber(\"x\"))", "false");
    assert!(value("can(var.unknown)").is_unknown());
    assert_eq!(problem("can()").0, "Error in function call [can()]");
}

#[test]
fn templatefile_sees_its_variables_only() {
    same("templatefile(\"hello.tftpl\", { name = \"Jo\", xs = [1, 2] })", "\"Hello Jo! <1> <2>\\n\"");
    assert_eq!(value("templatefile(\"value.tftpl\", { value = [1] })").ty(), Type::tuple(vec![Type::Number]));
    same("templatefile(\"outer.tftpl\", { name = \"Jo\" })", "\"[Jo]\"");
    assert!(value("templatefile(\"value.tftpl\", { value = var.unknown })").is_unknown());
    assert!(value("templatefile(\"value.tftpl\", var.any)").is_unknown());
    same("[for x in [\"a\", \"b\"] : templatefile(\"value.tftpl\", { value = x })]", "[\"a\", \"b\"]");
    same("templatestring(\"a $${b}\", { b = 1 })", "\"a 1\"");
}

#[test]
fn templatefile_failures() {
    assert!(problem("templatefile(\"nope.tftpl\", {})").1.contains("nope.tftpl"));
    assert!(problem("templatefile(\"hello.tftpl\", 1)").1.contains("object or a map"));
    assert!(problem("templatefile(\"hello.tftpl\", { \"a b\" = 1 })").1.contains("\"a b\""));
    let (_, looping) = run("templatefile(\"loop.tftpl\", {})");
    assert_eq!(looping.len(), 1);
    assert!(looping.iter().all(|d| d.detail.contains("levels")), "{looping:?}");
    assert!(problem("templatefile(\"hello.tftpl\")").1.contains("2 arguments"));
    assert!(problem("templatefile(null, {})").1.contains("null"));
}

#[test]
fn mistakes_in_a_template_are_shown_there() {
    let scope = vars();
    for (path, summary, slice) in
        [("broken.tftpl", "Unclosed template sequence", "${"), ("undeclared.tftpl", "Unknown template variable", "nam")]
    {
        let mut diags = Diagnostics::new();
        let expr = parse_expression(FileId(99), &format!("templatefile({path:?}, {{ name = 1 }})"), &mut diags);
        evaluate(&expr, &scope, &mut diags);
        assert_eq!(diags.len(), 1, "{diags:?}");
        let d = diags.iter().next().unwrap();
        assert_eq!(d.summary, summary);
        let span = d.subject.unwrap();
        assert_eq!(&*scope.env.sources.name(span.file), path);
        assert_eq!(scope.env.sources.slice(span), slice);
    }
}

#[test]
fn a_template_is_parsed_once() {
    let scope = vars();
    let mut diags = Diagnostics::new();
    let expr = parse_expression(FileId(0), "[for x in range(50) : templatefile(\"value.tftpl\", { value = x })]", &mut diags);
    evaluate(&expr, &scope, &mut diags);
    assert!(diags.is_empty(), "{diags:?}");
    assert_eq!(&*scope.env.sources.name(FileId(0)), "value.tftpl");
    assert_eq!(&*scope.env.sources.name(FileId(1)), "");
}
