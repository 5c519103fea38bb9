//! Arguments that turn out to be blocks once the schema is known.

use crate::syntax::ast::{Attribute, Block, Body, Expr, ExprKind, Ident};

/// The blocks that an argument of a JSON body stands for: one per object, several in an array,
/// none for null. `None` where its value can only be an argument.
#[must_use]
pub fn as_blocks(attribute: &Attribute) -> Option<Vec<Block>> {
    match &*attribute.expr.kind {
        ExprKind::Null => Some(Vec::new()),
        ExprKind::Object(_) => Some(vec![block(&attribute.name, &attribute.expr)?]),
        ExprKind::Tuple(items) => items.iter().map(|item| block(&attribute.name, item)).collect(),
        _ => None,
    }
}

fn block(kind: &Ident, expr: &Expr) -> Option<Block> {
    let ExprKind::Object(items) = &*expr.kind else { return None };
    let mut body = Body { span: Some(expr.span), json: true, ..Body::default() };
    for item in items {
        let name = item.key.literal_str()?;
        if name != "//" {
            let name = Ident { name: name.into(), span: item.key.span };
            body.attributes.push(Attribute { name, expr: item.value.clone(), span: item.key.span.to(item.value.span) });
        }
    }
    Some(Block { kind: kind.clone(), labels: Vec::new(), body, header: kind.span, span: kind.span.to(expr.span) })
}
