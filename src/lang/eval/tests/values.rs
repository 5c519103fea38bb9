use super::*;

#[test]
fn literals_and_names() {
    assert_eq!(value("var.name").as_str(), Some("Jo"));
    assert_eq!(value("aws_vpc.main.n").as_i64(), Some(7));
    assert_eq!(value("data.aws_ami.x[1].id").as_str(), Some("ami-2"));
    assert_eq!(value("var.map[\"one\"]").as_i64(), Some(1));
    assert_eq!(value("var.map.two").as_i64(), Some(2));
    assert_eq!(value("var.list.1").as_str(), Some("b"));
    assert_eq!(value("var.list[\"1\"]").as_str(), Some("b"));
    assert_eq!(value("{ a = { b = [1, 2] } }.a.b[1]").as_i64(), Some(2));
    assert_eq!(value("{ \"0\" = 5 }[0]").as_i64(), Some(5));
}

#[test]
fn one_instance_is_resolved_without_the_others() {
    assert_eq!(value("aws_big.one[\"x\"]").as_str(), Some("Str(\"x\")"));
    assert_eq!(value("aws_big.one[1 + 1]").as_str(), Some("Int(2)"));
}

#[test]
fn arithmetic_is_exact_and_converts_text() {
    same("1 + 2 * 3 - 4 / 2", "5");
    same("0.1 + 0.2 == 0.3", "true");
    same("\"2\" * 3", "6");
    same("7 % 3", "1");
    same("5 % 0", "5");
    same("-(3)", "0 - 3");
    same("9007199254740993 + 1", "9007199254740994");
    same("1 < 2 && 2 <= 2 && !(1 > 2) && 2 >= 2", "true");
}

#[test]
fn equality_needs_the_same_type() {
    same("1 == \"1\"", "false");
    same("null == null", "true");
    same("var.null == null", "true");
    same("var.name != null", "true");
    same("[1, 2] == [1, 2]", "true");
    same("{ a = 1 } == { a = 2 }", "false");
}

#[test]
fn conditionals_find_a_common_type() {
    same("true ? \"a\" : 1", "\"a\"");
    same("false ? \"a\" : 1", "\"1\"");
    assert_eq!(value("true ? null : 1").ty(), Type::Number);
    assert_eq!(value("false ? [] : var.list").ty(), Type::list(Type::String));
    assert_eq!(value("true ? [] : var.list").ty(), Type::list(Type::String));
    same("\"true\" ? 1 : 2", "1");
    same("true ? var.name : var.list[9]", "var.name");
    same("var.null != null ? length(var.null) : 0", "0");
}

#[test]
fn logic_is_decided_by_one_side() {
    same("false && var.list[9] == 1", "false");
    same("var.list[9] == 1 || true", "true");
    same("true && false", "false");
    same("false || false", "false");
    same("true && true", "true");
}

#[test]
fn for_over_everything() {
    same("[for x in var.list : \"${x}!\"]", "[\"a!\", \"b!\"]");
    same("[for i, x in var.list : i]", "[0, 1]");
    same("[for x in var.set : x]", "[\"x\", \"y\"]");
    same("[for k, x in var.set : k]", "[\"x\", \"y\"]");
    same("[for k, v in var.map : \"${k}=${v}\"]", "[\"one=1\", \"two=2\"]");
    same("{ for k, v in { a = 1, b = 2 } : v => k if v > 1 }", "{ \"2\" = \"b\" }");
    same("{ for x in [\"a\", \"b\", \"ac\"] : substr(x, 0, 1) => x... }", "{ a = [\"a\", \"ac\"], b = [\"b\"] }");
    same("[for x in [1, 2] : [for y in [x] : x + y]]", "[[2], [4]]");
    same("[for var in [1] : var]", "[1]");
}

#[test]
fn splats() {
    same("var.things[*].id", "[for x in var.things : x.id] == 0 ? var.list : tolist([\"t1\", \"t2\"])");
    same("data.aws_ami.x.*.id", "[\"ami-1\", \"ami-2\"]");
    same("aws_vpc.main[*].id", "[\"vpc-1\"]");
    same("var.null[*]", "[]");
    assert_eq!(value("var.no_things[*].id").ty(), Type::list(Type::String));
    same("var.thing_set[*].n", "tolist([1])");
    same("[[1, 2], [3]][*][0]", "[1, 3]");
    same("[{ a = [{ b = 1 }] }][*].a[*].b", "[[1]]");
    same("var.things.*.id[0]", "\"t1\"");
}

#[test]
fn templates() {
    same("\"${var.name}\"", "var.name");
    assert_eq!(value("\"${1}\"").ty(), Type::Number);
    same("\"a${1.50}b${true}\"", "\"a1.5btrue\"");
    same("\"%{ if var.name == \"Jo\" }yes%{ else }no%{ endif }\"", "\"yes\"");
    same("\"%{ for i, x in var.list }${i}${x},%{ endfor }\"", "\"0a,1b,\"");
    same("\"%{ for x in var.list }${x}%{ endfor }\"", "\"ab\"");
    same("\"${\"e\"}\u{301}\"", "\"\u{e9}\"");
    same("<<-EOT\n  %{ for x in var.list ~}\n  - ${x}\n  %{ endfor ~}\nEOT\n", "\"  - a\\n  - b\\n\"");
}

#[test]
fn objects() {
    same("{ (var.name) = 1, \"x${var.name}\" = 2, 3 = 4 }", "{ Jo = 1, xJo = 2, \"3\" = 4 }");
    same("{ a = 1, a = 2 }", "{ a = 2 }");
}

#[test]
fn converting_the_result() {
    let mut diags = Diagnostics::new();
    let expr = parse_expression(FileId(0), "[1, \"b\"]", &mut diags);
    let converted = evaluate_as(&expr, &Type::list(Type::String), &vars(), &mut diags);
    assert_eq!(converted.ty(), Type::list(Type::String));
    assert!(diags.is_empty());
    let failed = evaluate_as(&expr, &Type::map(Type::Number), &vars(), &mut diags);
    assert_eq!(failed.ty(), Type::map(Type::Number));
    let d = diags.iter().next().unwrap();
    assert_eq!(d.summary, "Unsuitable value type");
    assert!(d.detail.contains("map(number)") && d.detail.contains("tuple"), "{}", d.detail);
}
