//! What the names in a failed expression stood for, for its report.

use super::{Env, kind, short};
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::chain::{Link, chain};
use crate::lang::reference::constant_key;
use crate::lang::scope::Scope;
use crate::syntax::{Expr, ExprKind, walk};
use crate::value::{Key, Repr, Value};

/// So many names are explained.
const MOST: usize = 4;
/// So many characters of a text are shown.
const LONGEST: usize = 60;

/// Adds the names of expressions and what they stand for in a scope, secrets hidden.
#[must_use]
pub fn explain(diagnostic: Diagnostic, exprs: &[&Expr], scope: &dyn Scope) -> Diagnostic {
    Env::new(scope).explain(diagnostic, exprs)
}

impl Env<'_> {
    /// Adds the names of an expression and what they stand for, secrets hidden.
    pub(super) fn explain(&self, mut diagnostic: Diagnostic, exprs: &[&Expr]) -> Diagnostic {
        if self.explaining {
            return diagnostic;
        }
        let quiet = Env { explaining: true, ..*self };
        let mut chains: Vec<Expr> = Vec::new();
        let mut end = 0;
        for expr in exprs {
            walk(expr, &mut |e| {
                // A chain is met before the chains inside it, which begin before its end.
                let fresh = e.span.start >= end && !matches!(&*e.kind, ExprKind::Template(_));
                if fresh && matches!(&*e.kind, ExprKind::Variable(_) | ExprKind::GetAttr(..) | ExprKind::Index(..)) {
                    end = e.span.end;
                    chains.push(e.clone());
                }
            });
        }
        for expr in chains {
            let Some(name) = written(&expr).filter(|n| diagnostic.values.iter().all(|(m, _)| m != n)) else { continue };
            if diagnostic.values.len() >= MOST {
                break;
            }
            let mut failures = Diagnostics::new();
            let value = quiet.eval(&expr, &mut failures);
            if !failures.has_errors() {
                diagnostic = diagnostic.value(name, display(&value, self.scope.provisional()));
            }
        }
        diagnostic
    }
}

/// A chain as it is written, if its indexes are constants.
fn written(expr: &Expr) -> Option<String> {
    let chain = chain(expr);
    let ExprKind::Variable(root) = &*chain.root.kind else { return None };
    let mut text = root.to_string();
    for (link, _) in &chain.links {
        match link {
            Link::Attr(name) => text.extend([".", &name.name]),
            Link::Index(key) => match constant_key(key)? {
                Key::Int(n) => text.push_str(&format!("[{n}]")),
                Key::Str(s) => text.push_str(&format!("[{s:?}]")),
            },
        }
    }
    Some(text)
}

/// A value in a few words; while values are stand-ins an unknown one has a type and nothing more to say.
fn display(value: &Value, provisional: bool) -> String {
    if value.marks().is_secret() {
        return "a sensitive value".into();
    }
    let count = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
    let ty = value.ty();
    match value.repr() {
        Repr::Null(_) => "null".into(),
        Repr::Unknown { .. } if provisional => format!("of type {}", short(&ty)),
        Repr::Unknown { .. } => format!("a {}, known only after apply", kind(&ty)),
        Repr::Bool(b) => b.to_string(),
        Repr::Number(n) => {
            let text = n.to_string();
            if text.len() <= LONGEST { text } else { "a number with many digits".into() }
        }
        Repr::String(s) if s.chars().count() <= LONGEST => format!("{s:?}"),
        Repr::String(s) => format!("{:?}...", s.chars().take(LONGEST).collect::<String>()),
        Repr::List(_, items) | Repr::Set(_, items) | Repr::Tuple(items) => {
            format!("a {} of {}", kind(&ty), count(items.len(), "element"))
        }
        Repr::Map(_, members) => format!("a map of {}", count(members.len(), "element")),
        Repr::Object(members) => format!("an object with {}", count(members.len(), "attribute")),
    }
}
