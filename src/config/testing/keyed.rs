//! Small pieces of test files: keywords, addresses, constant objects.

use crate::config::constant::constant;
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::{TraversalStep, traversal};
use crate::syntax::{Attribute, Expr, ExprKind};
use crate::value::{Key, Members, closest};

/// The keyword an argument holds, without quotes; anything else is reported.
pub(super) fn keyword(attr: Option<&Attribute>, allowed: &[&'static str], diags: &mut Diagnostics) -> Option<&'static str> {
    let attr = attr?;
    if let ExprKind::Variable(name) = &*attr.expr.kind
        && let Some(word) = allowed.iter().find(|w| **w == name.as_ref())
    {
        return Some(word);
    }
    if !matches!(&*attr.expr.kind, ExprKind::Invalid) {
        let name = &attr.name.name;
        let detail = format!("\"{name}\" takes one of these words, without quotes: {}.", allowed.join(", "));
        let d = Diagnostic::error(format!("Invalid \"{name}\" keyword"), detail).at(attr.expr.span);
        let near = match &*attr.expr.kind {
            ExprKind::Variable(word) => closest(word, allowed.iter().copied()),
            _ => attr.expr.literal_str().filter(|t| allowed.contains(&t.as_str())),
        };
        diags.push(match near {
            Some(near) => d.help(format!("Write: {name} = {near}")),
            None => d,
        });
    }
    None
}

/// The text of an address with constant keys; `None` for any other expression.
pub(super) fn address(expr: &Expr) -> Option<String> {
    let mut text = String::new();
    for step in traversal(expr)? {
        match step {
            TraversalStep::Root(name) => text.push_str(&name),
            TraversalStep::Attr(name) => text.extend([".", &name]),
            TraversalStep::Index(Key::Int(n)) => text.push_str(&format!("[{n}]")),
            TraversalStep::Index(Key::Str(s)) => text.push_str(&format!("[{}]", serde_json::Value::from(s.as_ref()))),
        }
    }
    Some(text)
}

/// The members of an argument that is a constant object; anything else is reported.
pub(super) fn constant_object(attr: Option<&Attribute>, diags: &mut Diagnostics) -> Members {
    let Some(attr) = attr else { return Members::new() };
    let Some(value) = constant(&attr.expr, diags) else { return Members::new() };
    match value.members() {
        Some(members) => members.clone(),
        None => {
            let detail = format!("\"{}\" must be an object of attribute names and values.", attr.name.name);
            diags.push(Diagnostic::error("Object expected", detail).at(attr.expr.span).help("Write: { name = value }"));
            Members::new()
        }
    }
}
