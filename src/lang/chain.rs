//! Chains of attributes and indexes, flat: `a.b[0].c` as a root and its steps.

use crate::diag::Span;
use crate::syntax::{Expr, ExprKind, Ident};

/// One step of a chain.
#[derive(Clone, Copy)]
pub(super) enum Link<'a> {
    /// `.name`
    Attr(&'a Ident),
    /// `[key]`
    Index(&'a Expr),
}

/// A root and what is taken of it, each step with the span of the chain up to it.
pub(super) struct Chain<'a> {
    pub root: &'a Expr,
    pub links: Vec<(Link<'a>, Span)>,
}

/// Takes a chain apart; an expression that is none is a root without steps.
pub(super) fn chain(expr: &Expr) -> Chain<'_> {
    let mut links = Vec::new();
    let mut root = expr;
    loop {
        root = match &*root.kind {
            ExprKind::GetAttr(source, name) => {
                links.push((Link::Attr(name), root.span));
                source
            }
            ExprKind::Index(source, key) => {
                links.push((Link::Index(key), root.span));
                source
            }
            _ => break,
        };
    }
    links.reverse();
    Chain { root, links }
}
