use super::*;

#[test]
fn operators_bind_as_the_specification_says() {
    assert_eq!(expr("1 + 2 * 3 - 4"), "(- (+ 1 (* 2 3)) 4)");
    assert_eq!(expr("a || b && c == d < e + f * -g"), "(|| a (&& b (== c (< d (+ e (* f (neg g)))))))");
    assert_eq!(expr("10 - 5 - 2"), "(- (- 10 5) 2)");
    assert_eq!(expr("!a.b && c"), "(&& (not a.b) c)");
    assert_eq!(expr("-46+5"), "(+ (neg 46) 5)");
    assert_eq!(expr("!!a"), "(not (not a))");
    assert_eq!(expr("5 % 0 >= 1 != true"), "(!= (>= (% 5 0) 1) true)");
    assert_eq!(expr("(1 + 2) * 3"), "(* <(+ 1 2)> 3)");
}

#[test]
fn conditionals_associate_to_the_right() {
    assert_eq!(expr("a ? b : c ? d : e"), "(if a b (if c d e))");
    assert_eq!(expr("a ? b ? 1 : 2 : 3"), "(if a (if b 1 2) 3)");
    assert_eq!(expr("a == null ? [] : [a]"), "(if (== a null) [] [a])");
}

#[test]
fn numbers_are_exact() {
    assert_eq!(expr("123456789012345678901234567890.000000000000000000001"), "123456789012345678901234567890.000000000000000000001");
    assert_eq!(expr("1.50"), "1.5");
    assert_eq!(expr("1e3"), "1000");
    assert_eq!(expr("25E-1"), "2.5");
}

#[test]
fn steps_after_an_operand() {
    assert_eq!(expr("a.b[0].c[\"x\"][d]"), "a.b[0].c[`\"x\"`][d]");
    assert_eq!(expr("a.0.b"), "a[0].b");
    assert_eq!(expr("a.*.b.0[1].c"), "(splat. a @.b[0])[1].c");
    assert_eq!(expr("a[*].b[0].c"), "(splat a @.b[0].c)");
    assert_eq!(expr("a[*][*].b"), "(splat a (splat @ @.b))");
    assert_eq!(expr("f(x).y"), "(f x).y");
    assert_eq!(expr("[1,2][0]"), "[1 2][0]");
    assert_eq!(expr("{a=1}.a"), "{a=1}.a");
    assert_eq!(expr("a[\n 0\n]"), "a[0]");
}

#[test]
fn names_may_have_dashes_and_letters_of_any_script() {
    assert_eq!(expr("my-name.other_name - 1"), "(- my-name.other_name 1)");
    assert_eq!(expr("größe.名前"), "größe.名前");
}

#[test]
fn calls() {
    assert_eq!(expr("f()"), "(f)");
    assert_eq!(expr("f(a, b,)"), "(f a b)");
    assert_eq!(expr("f(\n  a,\n  b...\n)"), "(f a b...)");
    assert_eq!(expr("f(1...)"), "(f 1...)");
    assert_eq!(expr("core::upper(a)"), "(core::upper a)");
    assert_eq!(expr("provider::aws::arn_parse(a)"), "(provider::aws::arn_parse a)");
    assert_eq!(expr("f (x)"), "(f x)");
}

#[test]
fn tuples_and_objects() {
    assert_eq!(expr("[\n1,\n 2 # two\n,\n]"), "[1 2]");
    assert_eq!(expr("{ a = 1, b : 2\n c = 3,\n\n d = 4 }"), "{a=1 b=2 c=3 d=4}");
    assert_eq!(expr("{true=1, null=2, for=3}"), "{true=1 null=2 for=3}");
    assert_eq!(expr("{(a) = 1, \"b c\" = 2, \"${d}\" = 3, 4 = 5}"), "{<a>=1 `\"b c\"`=2 `${d}`=3 4=5}");
    assert_eq!(expr("{a=1,a=2}"), "{a=1 a=2}");
    assert_eq!(expr("{}"), "{}");
    assert_eq!(expr("{\n  # nothing\n}"), "{}");
}

#[test]
fn line_ends_in_objects_count_again_inside_parentheses() {
    assert_eq!(expr("f({\n a = 1\n b = (2\n + 3)\n})"), "(f {a=1 b=<(+ 2 3)>})");
    assert_eq!(expr("[{\n a = 1\n b = 2\n}]"), "[{a=1 b=2}]");
}

#[test]
fn for_expressions() {
    assert_eq!(expr("[for x in xs : x.id if x.ok]"), "(for x in xs : x.id if x.ok)");
    assert_eq!(expr("{for k, v in m : k => v...}"), "(for k,v in m : k => v...)");
    assert_eq!(expr("{\r\n for\r\n k,\r\n v in m :\r\n k\r\n => v\r\n if v != null\r\n}"), "(for k,v in m : k => v if (!= v null))");
    assert_eq!(expr("[for\nx\nin\nxs\n:\nx]"), "(for x in xs : x)");
    assert_eq!(expr("[for s in xs : {\n a = s\n b = 1\n}]"), "(for s in xs : {a=s b=1})");
    assert_eq!(expr("[a, for]"), "[a for]");
}

#[test]
fn comments_and_line_ends() {
    assert_eq!(expr("( 1 /* one */ + // plus\n 2 # two\n)"), "<(+ 1 2)>");
    assert_eq!(expr("\n a \n"), "a");
    assert_eq!(expr("/* a\n b */ c"), "c");
}

#[test]
fn spans_are_offsets_into_the_source_even_after_a_byte_order_mark() {
    let text = "\u{feff}abc = foo.bar";
    let body = file(text);
    let at = body.attributes[0].expr.span;
    assert_eq!(&text[at.start as usize..at.end as usize], "foo.bar");
    let name = body.attributes[0].name.span;
    assert_eq!(&text[name.start as usize..name.end as usize], "abc");
}

#[test]
fn walk_visits_expressions_inside_templates() {
    let mut diags = Diagnostics::new();
    let e = parse_expression(FILE, "[\"%{ for x in xs }${x.y}%{ endfor }\", {a = b}, c[*].d]", &mut diags);
    let mut names = Vec::new();
    crate::syntax::walk(&e, &mut |e| {
        if let ExprKind::Variable(n) = &*e.kind {
            names.push(n.to_string());
        }
    });
    assert_eq!(names, ["xs", "x", "a", "b", "c"]);
}
