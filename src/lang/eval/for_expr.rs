//! `[for ...]` and `{for ...}`

use super::collection::KeyOf;
use super::{Env, Frame, Vars, a_kind, fail, failed_since};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::{Expr, ForExpr, Ident};
use crate::value::{Marks, Members, Name, Repr, Type, Value, convert};
use std::collections::BTreeMap;

/// What iterating over a value gives.
pub(in crate::lang) enum Elements {
    /// Keys and values.
    Known(Vec<(Value, Value)>),
    /// It cannot be said yet.
    Unknown,
    /// It is nothing to iterate over; that was reported.
    Failed,
}

/// The elements of a value without its own marks.
pub(in crate::lang) fn elements(value: &Value, expr: &Expr, diags: &mut Diagnostics) -> Elements {
    let detail = match value.repr() {
        Repr::List(_, items) | Repr::Tuple(items) => {
            let number = |i: usize| Value::int(i64::try_from(i).unwrap_or(i64::MAX));
            return Elements::Known(items.iter().enumerate().map(|(i, v)| (number(i), v.clone())).collect());
        }
        Repr::Set(_, items) => return Elements::Known(items.iter().map(|v| (v.clone(), v.clone())).collect()),
        Repr::Map(_, members) | Repr::Object(members) => {
            return Elements::Known(members.iter().map(|(k, v)| (Value::string(k), v.clone())).collect());
        }
        Repr::Unknown { ty, .. } if !ty.is_primitive() => return Elements::Unknown,
        Repr::Null(_) => "It is null; only lists, sets, maps and objects have elements.".to_string(),
        _ => format!("It is {}; only lists, sets, maps and objects have elements.", a_kind(&value.ty())),
    };
    diags.push(Diagnostic::error("Iteration over a value without elements", detail).at(expr.span));
    Elements::Failed
}

/// What a `for` builds.
enum Built {
    Tuple(Vec<Value>),
    Object(Members),
    Groups(BTreeMap<Name, Vec<Value>>),
}

struct Run<'a> {
    e: &'a ForExpr,
    marks: Marks,
    known: bool,
    built: Built,
}

impl Env<'_> {
    pub(super) fn for_expr(&self, e: &ForExpr, diags: &mut Diagnostics) -> Value {
        let (source, marks) = self.eval(&e.source, diags).unmark();
        let items = match elements(&source, &e.source, diags) {
            Elements::Known(items) => items,
            Elements::Unknown | Elements::Failed => return Value::dynamic().mark(&marks),
        };
        let built = match (&e.key, e.group) {
            (None, _) => Built::Tuple(Vec::with_capacity(items.len())),
            (Some(_), false) => Built::Object(Members::new()),
            (Some(_), true) => Built::Groups(BTreeMap::new()),
        };
        let mut run = Run { e, marks, known: true, built };
        for (key, value) in &items {
            let reported = diags.len();
            self.with_variables(e.key_var.as_ref(), &e.value_var, key, value, &mut |env| env.for_step(&mut run, diags));
            if failed_since(diags, reported) {
                // The other elements would most likely fail in the same way.
                run.known = false;
                break;
            }
        }
        if !run.known {
            return Value::dynamic().mark(&run.marks);
        }
        let value = match run.built {
            Built::Tuple(items) => Value::tuple(items),
            Built::Object(members) => Value::object(members),
            Built::Groups(groups) => Value::object(groups.into_iter().map(|(k, v)| (k, Value::tuple(v))).collect()),
        };
        value.mark(&run.marks)
    }

    /// Runs `f` with the variables of one element.
    pub(super) fn with_variables(
        &self,
        key_var: Option<&Ident>,
        value_var: &Ident,
        key: &Value,
        value: &Value,
        f: &mut dyn FnMut(&Env<'_>),
    ) {
        let outer = Frame { vars: Vars::One(key_var.map_or("", |v| &v.name), key), parent: self.frame };
        let parent = if key_var.is_some() { Some(&outer) } else { self.frame };
        let inner = Frame { vars: Vars::One(&value_var.name, value), parent };
        f(&self.with_frame(&inner));
    }

    fn for_step(&self, run: &mut Run<'_>, diags: &mut Diagnostics) {
        if let Some(condition) = &run.e.condition {
            match self.included(condition, &mut run.marks, diags) {
                Some(true) => {}
                Some(false) => return,
                None => {
                    run.known = false;
                    return;
                }
            }
        }
        let Some(key_expr) = &run.e.key else {
            let value = self.eval(&run.e.value, diags);
            if let Built::Tuple(items) = &mut run.built {
                items.push(value);
            }
            return;
        };
        let (key, own) = self.key(key_expr, "for expression", diags);
        run.marks = run.marks.union(&own);
        let KeyOf::Known(name) = key else {
            run.known = false;
            return;
        };
        let value = self.eval(&run.e.value, diags);
        match &mut run.built {
            Built::Groups(groups) => groups.entry(name).or_default().push(value),
            Built::Object(members) if !members.contains_key(&name) => {
                members.insert(name, value);
            }
            _ => {
                let shown = if run.marks.is_sensitive() { "one key".to_string() } else { format!("the key {name:?}") };
                duplicate(&shown, key_expr.span, diags);
                run.known = false;
            }
        }
    }

    /// Whether the `if` of a `for` lets an element through; `None` when that is unknown or failed.
    fn included(&self, condition: &Expr, marks: &mut Marks, diags: &mut Diagnostics) -> Option<bool> {
        let value = self.eval(condition, diags);
        *marks = marks.union(value.marks());
        let detail = match convert(&value, &Type::Bool) {
            Ok(converted) if !converted.is_null() => return converted.as_bool(),
            Ok(_) => "The condition after if is null; it must be true or false.".to_string(),
            Err(_) => format!("The condition after if must be true or false, but it is {}.", a_kind(&value.ty())),
        };
        diags.push(self.explain(Diagnostic::error("Invalid condition", detail).at(condition.span), &[condition]));
        None
    }
}

fn duplicate(shown: &str, span: Span, diags: &mut Diagnostics) {
    let problem = Diagnostic::error("Duplicate object key", format!("Two elements of this for expression give {shown}."))
        .help("Where that is intended, write ... after the value: all values of a key are then collected in a list.");
    fail(diags, problem, span);
}
