//! References in the spellings of old modules: `"aws_vpc.main"`, `"${aws_vpc.main}"`.

use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::{Expr, ExprKind, Ident, TemplatePart};
use crate::value::Number;
use std::sync::Arc;

/// The reference an expression stands for: itself, what a lone `${...}` holds, or what the text
/// in quotes spells (with a warning). Other expressions come back unchanged.
pub(super) fn reference(expr: &Expr, diags: &mut Diagnostics) -> Expr {
    let ExprKind::Template(template) = &*expr.kind else { return expr.clone() };
    let found = match template.parts.as_slice() {
        [TemplatePart::Expr(inner)] => Some(inner.clone()),
        _ => expr.literal_str().and_then(|text| spelled(&text, expr.span)),
    };
    let Some(reference) = found else { return expr.clone() };
    diags.push(
        Diagnostic::warning("Quoted reference", "The reference is written in quotes, as versions before 0.12 needed it.")
            .at(expr.span)
            .help("Remove the quotes."),
    );
    reference
}

/// `a.b.0.c` as an expression.
fn spelled(text: &str, span: Span) -> Option<Expr> {
    let mut parts = text.split('.');
    let root = parts.next().filter(|p| super::report::is_identifier(p))?;
    let start = Expr::new(ExprKind::Variable(root.into()), span);
    parts.try_fold(start, |object, part| {
        let kind = if part.bytes().all(|b| b.is_ascii_digit()) {
            ExprKind::Index(object, Expr::new(ExprKind::Number(Number::parse(part)?), span))
        } else if super::report::is_identifier(part) {
            ExprKind::GetAttr(object, Ident { name: Arc::from(part), span })
        } else {
            return None;
        };
        Some(Expr::new(kind, span))
    })
}

/// The bare names of a reference without indexes: `aws.east`.
pub(super) fn names(expr: &Expr) -> Option<Vec<Arc<str>>> {
    match &*expr.kind {
        ExprKind::Variable(name) => Some(vec![name.clone()]),
        ExprKind::GetAttr(object, name) => {
            let mut all = names(object)?;
            all.push(name.name.clone());
            Some(all)
        }
        ExprKind::Parens(inner) => names(inner),
        _ => None,
    }
}
