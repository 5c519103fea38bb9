//! `condition ? a : b`

use super::{Env, a_kind, fail};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::Expr;
use crate::value::{Repr, Type, Value, convert, unify};

impl Env<'_> {
    /// Both branches are evaluated, because the result has a type both convert to; errors of the
    /// branch that is not taken do not count.
    pub(super) fn conditional(&self, [condition, then, otherwise]: &[Expr; 3], span: Span, diags: &mut Diagnostics) -> Value {
        let (mut then_diags, mut otherwise_diags) = (Diagnostics::new(), Diagnostics::new());
        let yes = self.eval(then, &mut then_diags);
        let no = self.eval(otherwise, &mut otherwise_diags);
        let Some(ty) = result_type(&yes, &no) else {
            let at = then.span.to(otherwise.span);
            let problem = Diagnostic::error("Inconsistent conditional result types", mismatch(&yes.ty(), &no.ty())).at(at).within(span);
            return fail(diags, problem.help("Convert one of the two, for example with tostring() or tolist()."), at);
        };
        let Some(condition_value) = self.condition(condition, span, diags) else { return Value::unknown(ty) };
        let marks = condition_value.marks().union(yes.marks()).union(no.marks());
        let (taken, expr, reports) = match condition_value.as_bool() {
            Some(true) => (yes, then, then_diags),
            Some(false) => (no, otherwise, otherwise_diags),
            None => return undecided(&yes, &no, ty).mark(&marks),
        };
        diags.extend(reports);
        let result = convert(&taken, &ty).unwrap_or_else(|error| {
            let detail = format!("Both results must have one type, but this one does not convert: {}.", error.message);
            fail(diags, Diagnostic::error("Inconsistent conditional result types", detail), expr.span);
            Value::unknown(ty)
        });
        result.mark(&marks)
    }

    /// The condition as a bool that is not null; `None` after a failure that was reported.
    pub(super) fn condition(&self, expr: &Expr, around: Span, diags: &mut Diagnostics) -> Option<Value> {
        let value = self.eval(expr, diags);
        let detail = match convert(&value, &Type::Bool) {
            Ok(converted) if !converted.is_null() => return Some(converted),
            Ok(_) => "The condition is null; it must be true or false.".to_string(),
            Err(_) => format!("The condition must be true or false, but it is {}.", a_kind(&value.ty())),
        };
        diags.push(self.explain(Diagnostic::error("Invalid condition", detail).at(expr.span).within(around), &[expr]));
        None
    }
}

/// A plain `null` takes the type of the other side; an open type leaves both as they are.
fn result_type(yes: &Value, no: &Value) -> Option<Type> {
    let open_null = |v: &Value| matches!(v.repr(), Repr::Null(Type::Dynamic));
    let (a, b) = (yes.ty(), no.ty());
    if open_null(yes) {
        return Some(b);
    }
    if open_null(no) {
        return Some(a);
    }
    if a == Type::Dynamic || b == Type::Dynamic {
        return Some(Type::Dynamic);
    }
    unify(&[a, b])
}

/// The result while the condition is unknown.
fn undecided(yes: &Value, no: &Value, ty: Type) -> Value {
    let never_null = |v: &Value| match v.repr() {
        Repr::Null(_) => false,
        Repr::Unknown { not_null, .. } => *not_null,
        _ => true,
    };
    if yes.is_null() && no.is_null() {
        return Value::null(ty);
    }
    if never_null(yes) && never_null(no) && ty != Type::Dynamic {
        return Value::unknown_not_null(ty);
    }
    Value::unknown(ty)
}

fn mismatch(yes: &Type, no: &Type) -> String {
    let both = "Both results of a conditional must have one type";
    match (yes, no) {
        (Type::Object(a), Type::Object(b)) => {
            if let Some(name) = a.attrs.keys().find(|n| !b.attrs.contains_key(*n)) {
                return format!("{both}: the first has the attribute {name:?}, the second has not.");
            }
            if let Some(name) = b.attrs.keys().find(|n| !a.attrs.contains_key(*n)) {
                return format!("{both}: the second has the attribute {name:?}, the first has not.");
            }
            let differs = a.attrs.iter().find(|(n, t)| b.attrs.get(*n).is_some_and(|u| unify(&[(*t).clone(), u.clone()]).is_none()));
            match differs {
                Some((name, _)) => format!("{both}: they differ in the type of the attribute {name:?}."),
                None => format!("{both}."),
            }
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() != b.len() => {
            format!("{both}: the first has {} elements of mixed types, the second {}.", a.len(), b.len())
        }
        _ => format!("{both}: the first is {}, the second {}.", a_kind(yes), a_kind(no)),
    }
}
