//! Calls of functions.

use super::{Env, a_kind, fail, failed_since};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::function::{Body, Function, FunctionError};
use crate::lang::special;
use crate::syntax::{Expr, ExprKind, Ident};
use crate::value::{Marks, Repr, Type, Value};

impl Env<'_> {
    pub(super) fn call(&self, expr: &Expr, diags: &mut Diagnostics) -> Value {
        let ExprKind::Call { name, args, expand } = &*expr.kind else { return Value::dynamic() };
        let functions = self.scope.functions();
        let Some(function) = functions.get(&name.name).or_else(|| special::find(&name.name)) else {
            let mut detail = capital(&functions.explain_missing(&name.name));
            if !detail.ends_with('?') {
                detail.push('.');
            }
            return fail(diags, Diagnostic::error("Unknown function", detail), name.span);
        };
        if matches!(function.body, Body::Evaluator) {
            return self.special(function, name, args, expr.span, diags);
        }
        let reported = diags.len();
        let mut values: Vec<Value> = args.iter().map(|a| self.eval(a, diags)).collect();
        let mut spans: Vec<Span> = args.iter().map(|a| a.span).collect();
        let mut marks = Marks::default();
        if *expand && let (Some(last), Some(span)) = (values.pop(), spans.pop()) {
            marks = last.marks().clone();
            match last.repr() {
                Repr::List(_, items) | Repr::Set(_, items) | Repr::Tuple(items) => {
                    values.extend(items.iter().cloned());
                    spans.extend(std::iter::repeat_n(span, items.len()));
                }
                Repr::Unknown { ty: Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_), .. } => {
                    return Value::dynamic().mark(&marks);
                }
                _ => {
                    let what = if last.is_null() { "null".to_string() } else { a_kind(&last.ty()) };
                    let detail = format!("The argument before ... must be a list, set or tuple, but it is {what}.");
                    return fail(diags, Diagnostic::error("Invalid expanding argument", detail), span);
                }
            }
        }
        if failed_since(diags, reported) {
            return function.unknown_result(&values);
        }
        match function.call(self.scope.call_env(), &values) {
            Ok(value) => value.mark(&marks),
            Err(error) => {
                let problem = failure(function, &error, &spans, name, expr.span);
                let args: Vec<&Expr> = args.iter().collect();
                diags.push(self.explain(problem, &args));
                function.unknown_result(&values)
            }
        }
    }

    fn special(&self, function: &Function, name: &Ident, args: &[Expr], span: Span, diags: &mut Diagnostics) -> Value {
        match function.name {
            "try" => self.try_each(function, args, name, span, diags),
            "can" => match args {
                [only] => self.can(only),
                _ => {
                    let error = FunctionError::new("it takes one argument");
                    diags.push(failure(function, &error, &[], name, span));
                    Value::unknown(Type::Bool)
                }
            },
            "templatefile" | "templatestring" => self.template_function(function, name, args, span, diags),
            other => fail(diags, Diagnostic::error("Unknown function", format!("{other} cannot be called here.")), name.span),
        }
    }

    /// The first argument that evaluates without an error. What is not wholly known may still
    /// fail, so nothing is said about it.
    fn try_each(&self, function: &Function, args: &[Expr], name: &Ident, span: Span, diags: &mut Diagnostics) -> Value {
        let mut reasons = Vec::new();
        for arg in args {
            let mut own = Diagnostics::new();
            let value = self.eval(arg, &mut own);
            if own.has_errors() {
                reasons.extend(own.iter().filter(|d| d.is_error()).map(|d| d.detail.clone()));
                continue;
            }
            diags.extend(own);
            return if value.is_wholly_known() { value } else { Value::dynamic().mark(&value.deep_marks()) };
        }
        let error = FunctionError::new(format!("none of its arguments can be evaluated: {}", reasons.join(" ")));
        diags.push(failure(function, &error, &[], name, span));
        Value::dynamic()
    }

    fn can(&self, arg: &Expr) -> Value {
        let mut own = Diagnostics::new();
        let value = self.eval(arg, &mut own);
        let result = match (own.has_errors(), value.is_wholly_known()) {
            (true, _) => Value::bool(false),
            (false, true) => Value::bool(true),
            (false, false) => Value::unknown_not_null(Type::Bool),
        };
        result.mark(&value.deep_marks())
    }
}

/// Why a call failed, at the argument that is to blame.
pub(super) fn failure(function: &Function, error: &FunctionError, spans: &[Span], name: &Ident, span: Span) -> Diagnostic {
    let at = error.arg.and_then(|i| spans.get(i)).copied();
    let message = error.message.trim_end_matches('.');
    let detail = format!("{}() failed: {message}.", name.name);
    let problem = Diagnostic::error("Error in function call", detail).at(at.unwrap_or(span)).within(span);
    problem.help(format!("It is called as {}.", function.signature()))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
