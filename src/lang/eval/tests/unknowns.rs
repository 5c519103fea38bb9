use super::*;

fn unknown(text: &str, ty: Type) {
    let v = value(text);
    assert!(v.is_unknown(), "{text}: {v:?}");
    assert_eq!(v.ty(), ty, "{text}");
}

#[test]
fn operators_keep_the_type() {
    unknown("var.unknown_number + 1", Type::Number);
    unknown("var.unknown_number < 1", Type::Bool);
    unknown("var.unknown == \"x\"", Type::Bool);
    unknown("!var.unknown_bool", Type::Bool);
    unknown("-var.unknown_number", Type::Number);
    unknown("var.any + 1", Type::Number);
    same("var.some == null", "false");
    unknown("var.unknown == null", Type::Bool);
}

#[test]
fn logic_with_one_known_side() {
    same("var.unknown_bool && false", "false");
    same("true || var.unknown_bool", "true");
    unknown("var.unknown_bool && true", Type::Bool);
    unknown("false || var.unknown_bool", Type::Bool);
    unknown("var.unknown_bool && var.unknown_bool", Type::Bool);
}

#[test]
fn an_unknown_condition_keeps_the_common_type() {
    unknown("var.unknown_bool ? \"a\" : 1", Type::String);
    unknown("var.unknown_bool ? [] : var.list", Type::list(Type::String));
    unknown("var.unknown_bool ? null : 1", Type::Number);
    unknown("var.unknown_bool ? var.any : 1", Type::Dynamic);
    assert!(value("var.unknown_bool ? null : var.null").is_null());
}

#[test]
fn parts_of_unknowns() {
    unknown("var.unknown_object.id", Type::String);
    unknown("var.unknown_list[0].n", Type::Number);
    unknown("var.unknown_map[\"x\"]", Type::String);
    unknown("var.unknown_map.x", Type::String);
    unknown("var.any.x[0].y", Type::Dynamic);
    unknown("var.list[var.unknown_number]", Type::String);
    unknown("data.aws_ami.x[var.unknown_number]", Type::Dynamic);
}

#[test]
fn iterating() {
    unknown("[for x in var.unknown_list : x.id]", Type::Dynamic);
    unknown("[for x in var.list : x if x == var.unknown]", Type::Dynamic);
    unknown("{ for x in [var.unknown] : x => 1 }", Type::Dynamic);
    assert_eq!(value("[for x in [var.unknown] : x]").items().map(<[Value]>::len), Some(1));
    unknown("var.unknown_list[*].id", Type::list(Type::String));
    unknown("var.unknown_object[*].id", Type::Dynamic);
    unknown("var.any[*].id", Type::Dynamic);
    unknown("{ (var.unknown) = 1 }", Type::Dynamic);
    assert_eq!(value("var.some[*]").items().map(<[Value]>::len), Some(1));
}

#[test]
fn templates() {
    unknown("\"a${var.unknown}\"", Type::String);
    unknown("\"${var.unknown}\"", Type::String);
    unknown("\"${var.any}\"", Type::Dynamic);
    unknown("\"a%{ if var.unknown_bool }b%{ endif }\"", Type::String);
    unknown("\"a%{ for x in var.unknown_list }b%{ endfor }\"", Type::String);
}

#[test]
fn sensitive_spreads_to_everything_made_of_it() {
    for text in [
        "var.secret",
        "\"a${var.secret}\"",
        "var.secret == \"x\"",
        "var.secret == null",
        "var.secret_map.user",
        "var.secret_map[\"user\"]",
        "var.map[var.secret == \"\" ? \"one\" : \"two\"]",
        "true ? var.secret : 1",
        "var.secret == \"x\" ? 1 : 2",
        "{ (var.secret) = 1 }",
        "[for x in [1] : x if var.secret != \"\"]",
        "{ for x in [1] : var.secret => x }",
        "\"%{ if var.secret == \"x\" }a%{ else }b%{ endif }\"",
        "\"%{ for x in [var.secret] }${x}%{ endfor }\"",
        "upper(var.secret)",
        "templatefile(\"value.tftpl\", { value = var.secret })",
        "\"a${var.secret}${var.unknown}\"",
        "can(var.secret)",
        "try(\"a${var.secret}${var.unknown}\", 1)",
        "concat([[1], [var.secret]]...)[1]",
    ] {
        assert!(value(text).marks().is_sensitive(), "{text}");
    }
    assert!(!value("[var.secret]").marks().is_sensitive());
    assert!(!value("{ a = var.secret }").marks().is_sensitive());
    assert!(value("{ a = var.secret }.a").marks().is_sensitive());
    assert_eq!(value("var.secret").marks(), &Marks::SENSITIVE);
}
