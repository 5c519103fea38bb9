//! Visiting every expression of a tree.

use super::ast::{Body, Expr, ExprKind, Template, TemplatePart};

/// Calls `f` for `expr` and everything inside it, parents first, template parts included.
pub fn walk(expr: &Expr, f: &mut dyn FnMut(&Expr)) {
    f(expr);
    match &*expr.kind {
        ExprKind::Invalid | ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Variable(_) | ExprKind::SplatItem => {}
        ExprKind::Template(template) => walk_template(template, f),
        ExprKind::GetAttr(a, _) | ExprKind::Unary(_, a) | ExprKind::Parens(a) => walk(a, f),
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) | ExprKind::Splat { source: a, each: b, .. } => {
            walk(a, f);
            walk(b, f);
        }
        ExprKind::Call { args: items, .. } | ExprKind::Tuple(items) => items.iter().for_each(|e| walk(e, f)),
        ExprKind::Conditional(parts) => parts.iter().for_each(|e| walk(e, f)),
        ExprKind::Object(items) => {
            for item in items {
                walk(&item.key, f);
                walk(&item.value, f);
            }
        }
        ExprKind::For(e) => {
            walk(&e.source, f);
            [e.key.as_ref(), Some(&e.value), e.condition.as_ref()].into_iter().flatten().for_each(|e| walk(e, f));
        }
    }
}

/// [`walk`] for every expression of a template.
pub fn walk_template(template: &Template, f: &mut dyn FnMut(&Expr)) {
    for part in &template.parts {
        match part {
            TemplatePart::Literal(_) => {}
            TemplatePart::Expr(e) => walk(e, f),
            TemplatePart::If(part) => {
                walk(&part.condition, f);
                walk_template(&part.then, f);
                walk_template(&part.otherwise, f);
            }
            TemplatePart::For(part) => {
                walk(&part.source, f);
                walk_template(&part.body, f);
            }
        }
    }
}

/// [`walk`] for every attribute of a body and of the blocks inside it.
pub fn walk_body(body: &Body, f: &mut dyn FnMut(&Expr)) {
    body.attributes.iter().for_each(|a| walk(&a.expr, f));
    body.blocks.iter().for_each(|b| walk_body(&b.body, f));
}
