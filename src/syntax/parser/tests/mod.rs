//! Tests of the parser. Trees are compared in a compact notation, see [`show`].

mod bodies;
mod expressions;
mod hostile;
mod mistakes;
mod pieces;
mod templates;

use super::*;
use crate::syntax::ast::{BinaryOp, TemplateFor, TemplateIf, TemplatePart, UnaryOp};

const FILE: FileId = FileId(0);

/// The expression as `(op operand operand)`.
fn show(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(show).collect::<Vec<_>>().join(" ");
    match &*expr.kind {
        ExprKind::Invalid => "INVALID".into(),
        ExprKind::Null => "null".into(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(n) => n.to_string(),
        ExprKind::Template(t) => format!("{}{}", if t.heredoc { "<<" } else { "" }, show_template(t)),
        ExprKind::Variable(n) => n.to_string(),
        ExprKind::GetAttr(e, n) => format!("{}.{}", show(e), n.name),
        ExprKind::Index(e, k) => format!("{}[{}]", show(e), show(k)),
        ExprKind::Splat { source, each, legacy } => {
            format!("(splat{} {} {})", if *legacy { "." } else { "" }, show(source), show(each))
        }
        ExprKind::SplatItem => "@".into(),
        ExprKind::Call { name, args, expand } => {
            format!(
                "({}{}{})",
                name.name,
                args.iter().map(|a| format!(" {}", show(a))).collect::<String>(),
                if *expand { "..." } else { "" }
            )
        }
        ExprKind::Conditional(parts) => format!("(if {})", parts.each_ref().map(show).join(" ")),
        ExprKind::Binary(op, a, b) => format!("({} {} {})", op_text(*op), show(a), show(b)),
        ExprKind::Unary(UnaryOp::Neg, a) => format!("(neg {})", show(a)),
        ExprKind::Unary(UnaryOp::Not, a) => format!("(not {})", show(a)),
        ExprKind::Parens(a) => format!("<{}>", show(a)),
        ExprKind::Tuple(items) => format!("[{}]", list(items)),
        ExprKind::Object(items) => {
            let items = items.iter().map(|i| format!("{}={}", show(&i.key), show(&i.value)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(" "))
        }
        ExprKind::For(f) => {
            let key_var = f.key_var.as_ref().map(|k| format!("{},", k.name)).unwrap_or_default();
            let key = f.key.as_ref().map(|k| format!("{} => ", show(k))).unwrap_or_default();
            let cond = f.condition.as_ref().map(|c| format!(" if {}", show(c))).unwrap_or_default();
            let group = if f.group { "..." } else { "" };
            format!("(for {key_var}{} in {} : {key}{}{group}{cond})", f.value_var.name, show(&f.source), show(&f.value))
        }
    }
}

fn op_text(op: BinaryOp) -> &'static str {
    use BinaryOp::*;
    match op {
        Or => "||",
        And => "&&",
        Eq => "==",
        NotEq => "!=",
        Lt => "<",
        LtEq => "<=",
        Gt => ">",
        GtEq => ">=",
        Add => "+",
        Sub => "-",
        Mul => "*",
        Div => "/",
        Mod => "%",
    }
}

fn show_template(t: &Template) -> String {
    let parts = t.parts.iter().map(|p| match p {
        TemplatePart::Literal(s) => format!("{s:?}"),
        TemplatePart::Expr(e) => format!("${{{}}}", show(e)),
        TemplatePart::If(part) => {
            let TemplateIf { condition, then, otherwise, .. } = &**part;
            format!("(if {} {} {})", show(condition), show_template(then), show_template(otherwise))
        }
        TemplatePart::For(part) => {
            let TemplateFor { key_var, value_var, source, body, .. } = &**part;
            let key = key_var.as_ref().map(|k| format!("{},", k.name)).unwrap_or_default();
            format!("(for {key}{} in {} {})", value_var.name, show(source), show_template(body))
        }
    });
    format!("`{}`", parts.collect::<Vec<_>>().join(" "))
}

/// Reads an expression without mistakes.
fn expr(text: &str) -> String {
    let mut diags = Diagnostics::new();
    let e = parse_expression(FILE, text, &mut diags);
    assert!(diags.is_empty(), "{text}: {diags:?}");
    show(&e)
}

/// Reads a file without mistakes.
fn file(text: &str) -> Body {
    let mut diags = Diagnostics::new();
    let body = parse_file(FILE, text, &mut diags);
    assert!(diags.is_empty(), "{text}: {diags:?}");
    body
}

/// The only attribute of a file.
fn attr(text: &str) -> String {
    let body = file(text);
    assert_eq!(body.attributes.len(), 1, "{text}");
    show(&body.attributes[0].expr)
}

/// Reports for a file: `line: summary [text under the subject]`.
fn problems(text: &str) -> Vec<String> {
    let mut diags = Diagnostics::new();
    parse_file(FILE, text, &mut diags);
    described(text, &diags)
}

fn described(text: &str, diags: &Diagnostics) -> Vec<String> {
    let describe = |d: &Diagnostic| {
        let span = d.subject.expect("every syntax error has a place");
        let (start, end) = (span.start as usize, span.end as usize);
        let line = text[..start].matches('\n').count() + 1;
        format!("{line}: {} [{}]", d.summary, text[start..end].replace('\n', "\\n"))
    };
    diags.iter().map(describe).collect()
}
