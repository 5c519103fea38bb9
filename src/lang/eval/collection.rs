//! Object expressions.

use super::{Env, a_kind};
use crate::diag::{Diagnostic, Diagnostics};
use crate::syntax::{Expr, ExprKind, ObjectItem};
use crate::value::{Marks, Members, Name, Type, Value, convert};

/// A key of an object expression.
pub(super) enum KeyOf {
    Known(Name),
    Unknown,
    Failed,
}

/// Whether a chain of attributes and indexes begins with a name.
fn rooted_in_variable(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Variable(_) => true,
        ExprKind::GetAttr(source, _) | ExprKind::Index(source, _) => rooted_in_variable(source),
        _ => false,
    }
}

/// As in the reference implementation this is a matter of evaluation, not of syntax: the
/// `providers` argument of a module block has such keys.
fn ambiguous(key: &Expr) -> Diagnostic {
    Diagnostic::error("Ambiguous object key", "This key could be a reference or a text with dots in it.")
        .at(key.span)
        .help("Put a reference in parentheses, text in quotes.")
}

impl Env<'_> {
    pub(super) fn object(&self, items: &[ObjectItem], diags: &mut Diagnostics) -> Value {
        let mut members = Members::new();
        let mut marks = Marks::default();
        let mut known = true;
        for item in items {
            let key = match &*item.key.kind {
                ExprKind::Variable(name) => KeyOf::Known(name.clone()),
                ExprKind::GetAttr(..) | ExprKind::Index(..) if rooted_in_variable(&item.key) => {
                    diags.push(ambiguous(&item.key));
                    KeyOf::Failed
                }
                _ => {
                    let (key, own) = self.key(&item.key, "object", diags);
                    marks = marks.union(&own);
                    key
                }
            };
            let value = self.eval(&item.value, diags);
            match key {
                KeyOf::Known(name) => {
                    members.insert(name, value);
                }
                KeyOf::Unknown | KeyOf::Failed => known = false,
            }
        }
        if known { Value::object(members).mark(&marks) } else { Value::dynamic().mark(&marks) }
    }

    /// Evaluates a key; its marks are for the whole object.
    pub(super) fn key(&self, expr: &Expr, what: &str, diags: &mut Diagnostics) -> (KeyOf, Marks) {
        let value = self.eval(expr, diags);
        let marks = value.marks().clone();
        let problem = match convert(&value, &Type::String) {
            Ok(key) if key.is_null() => format!("A key of this {what} is null; keys are text."),
            Ok(key) => return (key.as_str().map_or(KeyOf::Unknown, |s| KeyOf::Known(s.into())), marks),
            Err(_) => format!("A key of this {what} is {}; keys are text.", a_kind(&value.ty())),
        };
        diags.push(self.explain(Diagnostic::error("Invalid object key", problem).at(expr.span), &[expr]));
        (KeyOf::Failed, marks)
    }
}
