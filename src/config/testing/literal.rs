//! Values written as expressions again, and bodies with what only a test knows put in place.

use crate::diag::{Diagnostics, Span};
use crate::lang::{Scope, Subject, evaluate, references};
use crate::syntax::{Attribute, Block, Body, Expr, ExprKind, ObjectItem, Template, TemplatePart};
use crate::value::{Members, Repr, Value};

/// The expression of a value; marks are lost, and what is unknown becomes null.
pub(super) fn literal(value: &Value, span: Span) -> Expr {
    let object = |members: &Members| {
        let item = |(k, v): (&std::sync::Arc<str>, &Value)| ObjectItem { key: text(k, span), value: literal(v, span) };
        ExprKind::Object(members.iter().map(item).collect())
    };
    let kind = match value.repr() {
        Repr::Null(_) | Repr::Unknown { .. } => ExprKind::Null,
        Repr::Bool(b) => ExprKind::Bool(*b),
        Repr::Number(n) => ExprKind::Number(n.clone()),
        Repr::String(s) => return text(s, span),
        Repr::List(_, items) | Repr::Set(_, items) | Repr::Tuple(items) => {
            ExprKind::Tuple(items.iter().map(|v| literal(v, span)).collect())
        }
        Repr::Object(members) | Repr::Map(_, members) => object(members),
    };
    Expr::new(kind, span)
}

fn text(text: &str, span: Span) -> Expr {
    let parts = vec![TemplatePart::Literal(text.into())];
    Expr::new(ExprKind::Template(Template { parts, heredoc: false }), span)
}

/// A body whose arguments name nothing that the tested configuration does not declare: those that
/// do (`run.setup.x`, a variable of the test file) are evaluated in `scope`.
pub(super) fn settled(body: &Body, declared: &dyn Fn(&str) -> bool, scope: &dyn Scope, diags: &mut Diagnostics) -> Body {
    let foreign = |expr: &Expr| {
        references(expr, &mut Diagnostics::new()).iter().any(|r| match &r.subject {
            Subject::Var(name) => !declared(name),
            Subject::Resource { kind, .. } => kind.as_ref() == "run",
            _ => false,
        })
    };
    let attribute = |attr: &Attribute, diags: &mut Diagnostics| {
        if !foreign(&attr.expr) {
            return attr.clone();
        }
        let value = evaluate(&attr.expr, scope, diags);
        Attribute { expr: literal(&value.unmark_deep().0, attr.expr.span), ..attr.clone() }
    };
    Body {
        attributes: body.attributes.iter().map(|a| attribute(a, diags)).collect(),
        blocks: body.blocks.iter().map(|b| Block { body: settled(&b.body, declared, scope, diags), ..b.clone() }).collect(),
        span: body.span,
        json: body.json,
    }
}
