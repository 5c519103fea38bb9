//! Expressions that are read as addresses and never evaluated: `depends_on`, `ignore_changes`,
//! `replace_triggered_by`, `moved`.

use crate::syntax::{Expr, ExprKind};
use crate::value::{Key, Name, Path, Step};

/// `root.name["key"].name`: a root name and literal steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Traversal {
    /// The first name.
    pub root: Name,
    /// What follows.
    pub steps: Vec<Step>,
}

/// The expression as literal steps; `None` where it is anything else. `index` turns a key that is
/// not literal (`each.key`) into a value, when the caller can.
#[must_use]
pub fn traversal(expr: &Expr, index: &dyn Fn(&Expr) -> Option<Key>) -> Option<Traversal> {
    match &*expr.kind {
        ExprKind::Variable(name) => Some(Traversal { root: name.clone(), steps: Vec::new() }),
        ExprKind::Template(_) => {
            let text = expr.literal_str()?;
            let path = Path::parse(&text);
            let (first, rest) = path.0.split_first()?;
            let Step::Attr(root) = first else { return None };
            Some(Traversal { root: root.clone(), steps: rest.to_vec() })
        }
        ExprKind::GetAttr(object, name) => {
            let mut found = traversal(object, index)?;
            found.steps.push(Step::Attr(name.name.clone()));
            Some(found)
        }
        ExprKind::Index(object, key) => {
            let mut found = traversal(object, index)?;
            let key = literal_key(key).or_else(|| index(key))?;
            found.steps.push(Step::Index(key));
            Some(found)
        }
        ExprKind::Parens(inner) => traversal(inner, index),
        _ => None,
    }
}

/// A traversal with literal keys only.
#[must_use]
pub fn static_traversal(expr: &Expr) -> Option<Traversal> {
    traversal(expr, &|_| None)
}

fn literal_key(expr: &Expr) -> Option<Key> {
    match &*expr.kind {
        ExprKind::Number(n) => n.to_i64().map(Key::Int),
        ExprKind::Template(_) => expr.literal_str().map(|s| Key::Str(s.into())),
        _ => None,
    }
}

impl Traversal {
    /// Root and steps as one path (`ignore_changes = [tags["x"]]`).
    #[must_use]
    pub fn into_path(self) -> Path {
        let mut steps = vec![Step::Attr(self.root)];
        steps.extend(self.steps);
        Path(steps)
    }

    /// The name at a step, if that step is one.
    #[must_use]
    pub fn name(&self, at: usize) -> Option<&Name> {
        match self.steps.get(at) {
            Some(Step::Attr(n)) => Some(n),
            _ => None,
        }
    }
}
