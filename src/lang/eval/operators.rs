//! Operators.

use super::{Env, a_kind};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::{BinaryOp, Expr, UnaryOp};
use crate::value::{Number, Type, Value, convert, equals};

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
    /// side, as the branch of a conditional does that is not taken.
    fn logical(&self, left: &Expr, right: &Expr, decisive: bool, diags: &mut Diagnostics) -> Value {
        let mut left_diags = Diagnostics::new();
        let a = self.operand(left, &Type::Bool, "bool", &mut left_diags);
        let known_left = a.as_ref().and_then(Value::as_bool);
        let mut right_diags = Diagnostics::new();
        let b = self.operand(right, &Type::Bool, "bool", &mut right_diags);
        let known_right = b.as_ref().and_then(Value::as_bool);
        let marks = [&a, &b].into_iter().flatten().fold(crate::value::Marks::default(), |all, v| all.union(v.marks()));
        let unknown = || Value::unknown_not_null(Type::Bool);
        let (result, reports) = match (known_left, known_right) {
            (Some(l), _) if l == decisive => (Value::bool(decisive), vec![left_diags]),
            (_, Some(r)) if r == decisive => (Value::bool(decisive), vec![right_diags]),
            (Some(_), Some(_)) => (Value::bool(!decisive), vec![left_diags, right_diags]),
            (None, None) if !left_diags.has_errors() => (unknown(), vec![left_diags]),
            _ => (unknown(), vec![left_diags, right_diags]),
        };
        reports.into_iter().for_each(|d| diags.extend(d));
        result.mark(&marks)
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
            Ok(_) => format!("The operator needs a {name}, but this is null."),
            Err(error) if value.ty() == Type::String => format!("The operator needs a {name}, but this text is none: {}.", error.message),
            Err(_) => format!("The operator needs a {name}, but this is {}.", a_kind(&value.ty())),
        };
        diags.push(self.explain(Diagnostic::error("Invalid operand", problem).at(expr.span), &[expr]));
        None
    }
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
