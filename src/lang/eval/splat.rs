//! `x[*].y` and `x.*.y`

use super::{Env, fail, failed_since};
use crate::diag::{Diagnostic, Diagnostics};
use crate::syntax::Expr;
use crate::value::{Repr, Type, Value};

impl Env<'_> {
    /// Lists, sets and tuples element by element; another value counts as a list of itself, null
    /// as an empty one.
    pub(super) fn splat(&self, source: &Expr, each: &Expr, diags: &mut Diagnostics) -> Value {
        let before = diags.len();
        let (value, marks) = self.eval(source, diags).unmark();
        if failed_since(diags, before) {
            return Value::dynamic();
        }
        let ty = value.ty();
        let sequence = matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_));
        if value.is_null() {
            if !sequence {
                return Value::tuple(Vec::new()).mark(&marks);
            }
            let problem = Diagnostic::error("Splat of null", format!("This {} is null; a splat needs its elements.", super::kind(&ty)));
            return fail(diags, problem, source.span);
        }
        if ty == Type::Dynamic {
            return Value::dynamic().mark(&marks);
        }
        if !sequence {
            let may_be_null = matches!(value.repr(), Repr::Unknown { not_null: false, .. });
            let item = self.each(&value, each, diags);
            let result = if may_be_null { Value::dynamic() } else { Value::tuple(vec![item]) };
            return result.mark(&marks);
        }
        let result = match value.repr() {
            Repr::List(elem, items) | Repr::Set(elem, items) => self.over_collection(elem, items, each, diags),
            Repr::Tuple(items) => self.every(items, each, diags).map_or_else(Value::dynamic, Value::tuple),
            _ => self.over_unknown(&ty, each, diags),
        };
        result.mark(&marks)
    }

    fn each(&self, item: &Value, each: &Expr, diags: &mut Diagnostics) -> Value {
        Env { item: Some(item), ..*self }.eval(each, diags)
    }

    /// The results of all elements; `None` when one failed.
    fn every(&self, items: &[Value], each: &Expr, diags: &mut Diagnostics) -> Option<Vec<Value>> {
        let before = diags.len();
        let mut results = Vec::with_capacity(items.len());
        for item in items {
            results.push(self.each(item, each, diags));
            if failed_since(diags, before) {
                return None;
            }
        }
        Some(results)
    }

    fn over_collection(&self, elem: &Type, items: &[Value], each: &Expr, diags: &mut Diagnostics) -> Value {
        if items.is_empty() {
            let one = self.each(&Value::unknown(elem.clone()), each, diags);
            return Value::list(one.ty(), Vec::new());
        }
        let Some(results) = self.every(items, each, diags) else { return Value::dynamic() };
        let first = results.first().map_or(Type::Dynamic, Value::ty);
        if results.iter().all(|v| v.ty() == first) { Value::list(first, results) } else { Value::tuple(results) }
    }

    fn over_unknown(&self, ty: &Type, each: &Expr, diags: &mut Diagnostics) -> Value {
        let mut type_of = |elem: &Type| self.each(&Value::unknown(elem.clone()), each, diags).ty();
        let ty = match ty {
            Type::List(elem) | Type::Set(elem) => Type::list(type_of(elem)),
            Type::Tuple(items) => Type::tuple(items.iter().map(type_of).collect()),
            _ => Type::Dynamic,
        };
        Value::unknown_not_null(ty)
    }
}
