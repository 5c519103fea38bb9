//! Whatever the parser lets through can be evaluated on the stack of a thread.

use super::*;
use crate::lang::references;

fn deepest(open: &str, inner: &str, close: &str) {
    for n in (1..500).rev().step_by(7) {
        let text = format!("{}{inner}{}", open.repeat(n), close.repeat(n));
        let mut diags = Diagnostics::new();
        let expr = parse_expression(FileId(0), &text, &mut diags);
        if diags.is_empty() {
            assert!(n > 60, "{open}: only {n} levels");
            evaluate(&expr, &vars(), &mut diags);
            references(&expr, &mut diags);
            return;
        }
    }
    panic!("{open}: never parses");
}

#[test]
fn the_deepest_expressions() {
    deepest("(", "1", ")");
    deepest("[", "1", "]");
    deepest("{ a = ", "1", " }");
    deepest("upper(", "\"x\"", ")");
    deepest("try(", "1", ")");
    deepest("[for x in [1] : ", "x", "]");
    deepest("\"a${", "1", "}\"");
    deepest("true ? ", "1", " : 2");
    deepest("", "1", " + 1");
    deepest("!", "true", "");
    deepest("var.list[", "0", "]");
    let chain = format!("1{}", " + 1".repeat(400));
    for n in [2, 90] {
        let text = format!("{}{chain}{}", "[for x in [1] : ".repeat(n), "]".repeat(n));
        let mut diags = Diagnostics::new();
        let expr = parse_expression(FileId(0), &text, &mut diags);
        assert!(diags.is_empty(), "{n}: {diags:?}");
        evaluate(&expr, &vars(), &mut diags);
    }
}
