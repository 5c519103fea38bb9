//! Operators.

use super::{Env, a_kind};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::{BinaryOp, Expr, UnaryOp};
use crate::value::{Marks, Number, Type, Value, convert, equals};

impl Env<'_> {
    pub(super) fn binary(&self, op: BinaryOp, left: &Expr, right: &Expr, span: Span, diags: &mut Diagnostics) -> Value {
        match op {
            BinaryOp::And => self.logical(left, right, false, diags),
            BinaryOp::Or => self.logical(left, right, true, diags),
            BinaryOp::Eq | BinaryOp::NotEq => {
                let (a, b) = (self.eval(left, diags), self.eval(right, diags));
                let equal = equals(&a, &b);
                if op == BinaryOp::Eq { equal } else { not(equal) }
            }
            _ => self.arithmetic(op, left, right, span, diags),
        }
    }

    fn arithmetic(&self, op: BinaryOp, left: &Expr, right: &Expr, span: Span, diags: &mut Diagnostics) -> Value {
        let compares = matches!(op, BinaryOp::Lt | BinaryOp::LtEq | BinaryOp::Gt | BinaryOp::GtEq);
        let result_type = if compares { Type::Bool } else { Type::Number };
        let a = self.operand(left, &Type::Number, "number", diags);
        let b = self.operand(right, &Type::Number, "number", diags);
        let (Some(a), Some(b)) = (a, b) else { return Value::unknown(result_type) };
        let marks = a.marks().union(b.marks());
        let (Some(x), Some(y)) = (a.as_number(), b.as_number()) else {
            return Value::unknown_not_null(result_type).mark(&marks);
        };
        match compute(op, x, y) {
            Ok(value) => value.mark(&marks),
            Err(detail) => {
                let problem = Diagnostic::error("Invalid operation", detail).at(span);
                diags.push(self.explain(problem, &[left, right]));
                Value::unknown(result_type)
            }
        }
    }

    /// `&&` (decided by false) and `||` (decided by true). What decides hides errors of the other
    /// side, as the branch of a conditional does that is not taken; a side that can be no bool is
    /// an error all the same. Null decides `&&` and is an error where it would matter to `||`: so
    /// does OpenTofu, on whose trees it has to work.
    fn logical(&self, left: &Expr, right: &Expr, decisive: bool, diags: &mut Diagnostics) -> Value {
        let (mut left_diags, mut right_diags) = (Diagnostics::new(), Diagnostics::new());
        let (l, l_marks) = self.side(left, decisive, &mut left_diags);
        let (r, r_marks) = self.side(right, decisive, &mut right_diags);
        let mut reports = vec![left_diags, right_diags];
        let result = match (l, r) {
            (Side::Wrong, _) | (_, Side::Wrong) => Value::unknown(Type::Bool),
            (Side::Known(l), _) if l == decisive => {
                reports.truncate(1);
                Value::bool(decisive)
            }
            (_, Side::Known(r)) if r == decisive => {
                reports.remove(0);
                Value::bool(decisive)
            }
            (Side::Null, other) | (other, Side::Null) => {
                if other != Side::Unknown {
                    let null = if l == Side::Null { left } else { right };
                    diags.push(self.explain(null_operand("bool").at(null.span), &[null]));
                }
                Value::unknown(Type::Bool)
            }
            (Side::Known(_), Side::Known(_)) => Value::bool(!decisive),
            (Side::Unknown, Side::Unknown) if reports.first().is_some_and(|d| !d.has_errors()) => {
                reports.truncate(1);
                Value::unknown_not_null(Type::Bool)
            }
            _ => Value::unknown_not_null(Type::Bool),
        };
        reports.into_iter().for_each(|d| diags.extend(d));
        result.mark(&l_marks.union(&r_marks))
    }

    fn side(&self, expr: &Expr, decisive: bool, diags: &mut Diagnostics) -> (Side, Marks) {
        let value = self.eval(expr, diags);
        let side = match convert(&value, &Type::Bool) {
            Ok(converted) if converted.is_null() && !decisive => Side::Known(false),
            Ok(converted) if converted.is_null() => Side::Null,
            Ok(converted) => converted.as_bool().map_or(Side::Unknown, Side::Known),
            Err(error) => {
                diags.push(self.explain(wrong_operand(&value, "bool", &error.message).at(expr.span), &[expr]));
                Side::Wrong
            }
        };
        (side, value.marks().clone())
    }

    pub(super) fn unary(&self, op: UnaryOp, operand: &Expr, diags: &mut Diagnostics) -> Value {
        let (ty, name) = match op {
            UnaryOp::Neg => (Type::Number, "number"),
            UnaryOp::Not => (Type::Bool, "bool"),
        };
        let Some(value) = self.operand(operand, &ty, name, diags) else { return Value::unknown(ty) };
        match op {
            UnaryOp::Not => not(value),
            UnaryOp::Neg => match value.as_number() {
                Some(n) => Value::number(n.negated()).mark(value.marks()),
                None => Value::unknown_not_null(ty).mark(value.marks()),
            },
        }
    }

    /// An operand of the type an operator needs; `None` after a failure that was reported.
    fn operand(&self, expr: &Expr, ty: &Type, name: &str, diags: &mut Diagnostics) -> Option<Value> {
        let value = self.eval(expr, diags);
        let problem = match convert(&value, ty) {
            Ok(converted) if !converted.is_null() => return Some(converted),
            Ok(_) => null_operand(name),
            Err(error) => wrong_operand(&value, name, &error.message),
        };
        diags.push(self.explain(problem.at(expr.span), &[expr]));
        None
    }
}

/// One side of `&&` or `||`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Known(bool),
    Unknown,
    Null,
    /// No bool, and reported.
    Wrong,
}

fn null_operand(name: &str) -> Diagnostic {
    Diagnostic::error("Invalid operand", format!("The operator needs a {name}, but this is null."))
}

fn wrong_operand(value: &Value, name: &str, why: &str) -> Diagnostic {
    let detail = if value.ty() == Type::String {
        format!("The operator needs a {name}, but this text is none: {why}.")
    } else {
        format!("The operator needs a {name}, but this is {}.", a_kind(&value.ty()))
    };
    Diagnostic::error("Invalid operand", detail)
}

fn not(value: Value) -> Value {
    match value.as_bool() {
        Some(b) => Value::bool(!b).mark(value.marks()),
        None => value,
    }
}

fn compute(op: BinaryOp, x: &Number, y: &Number) -> Result<Value, &'static str> {
    let number = |n: Option<Number>| n.map(Value::number).ok_or("The result is too large or too small to compute with.");
    Ok(match op {
        BinaryOp::Lt => Value::bool(x < y),
        BinaryOp::LtEq => Value::bool(x <= y),
        BinaryOp::Gt => Value::bool(x > y),
        BinaryOp::GtEq => Value::bool(x >= y),
        BinaryOp::Add => number(x.plus(y))?,
        BinaryOp::Sub => number(x.minus(y))?,
        BinaryOp::Mul => number(x.times(y))?,
        BinaryOp::Mod => Value::number(x.modulo(y)),
        _ if y.is_zero() => return Err("Division by zero."),
        _ => number(x.over(y))?,
    })
}
