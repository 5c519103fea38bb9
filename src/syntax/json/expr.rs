//! Nodes to expressions.

use super::read::{Kind, Node, Text};
use crate::diag::{Diagnostics, FileId};
use crate::syntax::ast::{Expr, ExprKind, ObjectItem, Template, TemplatePart};
use crate::syntax::origin::Origin;
use crate::syntax::parser::{expression_from, template_from};

/// What text means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A template: `"${var.a}-b"`.
    Template,
    /// An expression: `"aws_vpc.main"` in `depends_on`.
    Expression,
    /// Itself.
    Literal,
}

/// The expression of a value. Inside objects, members named in `references` hold expressions.
pub(super) fn expr(file: FileId, node: &Node, meaning: Meaning, references: &[&str], diags: &mut Diagnostics) -> Expr {
    let kind = match &node.kind {
        Kind::Null => ExprKind::Null,
        Kind::Bool(b) => ExprKind::Bool(*b),
        Kind::Number(n) => ExprKind::Number(n.clone()),
        Kind::Text(text) => return text_expr(file, text, meaning, diags),
        Kind::Array(items) => ExprKind::Tuple(items.iter().map(|i| expr(file, i, meaning, references, diags)).collect()),
        Kind::Object(members) => {
            let item = |(name, value): &(Text, Node)| {
                let inside = if references.contains(&name.text.as_str()) { Meaning::Expression } else { meaning };
                let key = if meaning == Meaning::Template { Meaning::Template } else { Meaning::Literal };
                ObjectItem { key: text_expr(file, name, key, diags), value: expr(file, value, inside, references, diags) }
            };
            ExprKind::Object(members.iter().map(item).collect())
        }
    };
    Expr::new(kind, node.span)
}

fn text_expr(file: FileId, text: &Text, meaning: Meaning, diags: &mut Diagnostics) -> Expr {
    let origin = Origin::pieces(file, &text.pieces);
    match meaning {
        Meaning::Expression => expression_from(origin, &text.text, diags),
        Meaning::Template if text.text.contains(['$', '%']) => match template_from(origin, &text.text, diags) {
            Some(template) => Expr::new(ExprKind::Template(template), text.span),
            None => Expr::new(ExprKind::Invalid, text.span),
        },
        _ => {
            let parts = if text.text.is_empty() { Vec::new() } else { vec![TemplatePart::Literal(text.text.as_str().into())] };
            Expr::new(ExprKind::Template(Template { parts, heredoc: false }), text.span)
        }
    }
}
