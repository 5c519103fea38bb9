//! Expressions to values.
//!
//! Every form of expression keeps unknowns and marks as HCL's reference implementation does.
//! A failure is reported once, where it happens, and yields an unknown of unknown type, which every
//! further operation passes on silently.

mod access;
mod call;
mod chain_value;
mod collection;
mod conditional;
mod explain;
mod for_expr;
mod operators;
mod splat;
mod template;
mod template_function;
#[cfg(test)]
mod tests;

pub use explain::explain;
pub(super) use for_expr::{Elements, elements};

use super::scope::Scope;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::{Expr, ExprKind};
use crate::value::{Members, Type, Value, convert};

/// Evaluates an expression. After an error, which is in `diags`, the result is unknown.
pub fn evaluate(expr: &Expr, scope: &dyn Scope, diags: &mut Diagnostics) -> Value {
    Env::new(scope).eval(expr, diags)
}

/// Evaluates an expression and converts the result to a type. After an error, which is in
/// `diags`, the result is an unknown of that type.
pub fn evaluate_as(expr: &Expr, ty: &Type, scope: &dyn Scope, diags: &mut Diagnostics) -> Value {
    Env::new(scope).eval_as(expr, ty, diags)
}

/// Names bound around an expression: `for` variables, iterators, variables of a template.
pub(super) struct Frame<'a> {
    pub vars: Vars<'a>,
    pub parent: Option<&'a Frame<'a>>,
}

/// The names of one frame.
pub(super) enum Vars<'a> {
    One(&'a str, &'a Value),
    Many(&'a Members),
}

/// What surrounds an expression while it is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Env<'a> {
    pub scope: &'a dyn Scope,
    pub frame: Option<&'a Frame<'a>>,
    /// The element of the innermost splat.
    pub item: Option<&'a Value>,
    /// How many templates of `templatefile` are around.
    pub templates: u8,
    /// A report is being made: what fails now is not reported.
    pub explaining: bool,
}

impl<'a> Env<'a> {
    pub(super) fn new(scope: &'a dyn Scope) -> Self {
        Env { scope, frame: None, item: None, templates: 0, explaining: false }
    }

    /// This environment with more names.
    pub(super) fn with_frame<'b>(&self, frame: &'b Frame<'b>) -> Env<'b>
    where
        'a: 'b,
    {
        Env { frame: Some(frame), ..*self }
    }

    fn lookup(&self, name: &str) -> Option<&'a Value> {
        let mut frame = self.frame;
        while let Some(f) = frame {
            let found = match f.vars {
                Vars::One(n, value) => (n == name).then_some(value),
                Vars::Many(members) => members.get(name),
            };
            if found.is_some() {
                return found;
            }
            frame = f.parent;
        }
        None
    }

    pub(super) fn eval(&self, expr: &Expr, diags: &mut Diagnostics) -> Value {
        match &*expr.kind {
            ExprKind::Invalid => Value::dynamic(),
            ExprKind::Null => Value::null(Type::Dynamic),
            ExprKind::Bool(b) => Value::bool(*b),
            ExprKind::Number(n) => Value::number(n.clone()),
            ExprKind::Template(template) => self.template(template, diags),
            ExprKind::Variable(_) | ExprKind::GetAttr(..) | ExprKind::Index(..) => self.chain(expr, diags),
            ExprKind::Splat { source, each, .. } => self.splat(source, each, diags),
            ExprKind::SplatItem => self.item.cloned().unwrap_or_else(Value::dynamic),
            ExprKind::Call { .. } => self.call(expr, diags),
            ExprKind::Conditional(parts) => self.conditional(parts, expr.span, diags),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expr.span, diags),
            ExprKind::Unary(op, operand) => self.unary(*op, operand, diags),
            ExprKind::Parens(inner) => self.eval(inner, diags),
            ExprKind::Tuple(items) => Value::tuple(items.iter().map(|e| self.eval(e, diags)).collect()),
            ExprKind::Object(items) => self.object(items, diags),
            ExprKind::For(for_expr) => self.for_expr(for_expr, diags),
        }
    }

    pub(super) fn eval_as(&self, expr: &Expr, ty: &Type, diags: &mut Diagnostics) -> Value {
        let value = self.eval(expr, diags);
        convert(&value, ty).unwrap_or_else(|error| {
            let place = if error.path.0.is_empty() { String::new() } else { format!(" (at {})", error.path) };
            let detail = format!(
                "Here a value of type {} is needed, but the expression gives {}: {}{place}.",
                short(ty),
                a_kind(&value.ty()),
                error.message
            );
            diags.push(self.explain(Diagnostic::error("Unsuitable value type", detail).at(expr.span), &[expr]));
            Value::unknown(ty.clone())
        })
    }
}

/// A type for a sentence: long object types by their kind alone.
pub(super) fn short(ty: &Type) -> String {
    let text = ty.to_string();
    if text.len() <= 80 { text } else { kind(ty).to_string() }
}

/// "object", "list", "string" ...
pub(super) fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Dynamic => "value of unknown type",
        Type::Bool => "bool",
        Type::Number => "number",
        Type::String => "string",
        Type::List(_) => "list",
        Type::Set(_) => "set",
        Type::Map(_) => "map",
        Type::Object(_) => "object",
        Type::Tuple(_) => "tuple",
    }
}

/// "an object", "a list" ...
pub(super) fn a_kind(ty: &Type) -> String {
    let kind = kind(ty);
    format!("{} {kind}", if kind.starts_with(['a', 'o']) { "an" } else { "a" })
}

/// Whether an error was added since there were `before` reports.
fn failed_since(diags: &Diagnostics, before: usize) -> bool {
    diags.iter().skip(before).any(Diagnostic::is_error)
}

/// Reports a failure and gives what stands for its result.
fn fail(diags: &mut Diagnostics, diagnostic: Diagnostic, span: Span) -> Value {
    diags.push(diagnostic.or_at(Some(span)));
    Value::dynamic()
}
