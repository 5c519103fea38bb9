//! Canonical order of values, and the sets built on it.

use super::{Marks, Repr, Type, Value};
use std::cmp::Ordering;

/// Total order over values, marks aside: null, unknown, then by kind and content.
pub(super) fn canonical_cmp(a: &Value, b: &Value) -> Ordering {
    fn rank(v: &Value) -> u8 {
        match v.repr() {
            Repr::Null(_) => 0,
            Repr::Bool(_) => 1,
            Repr::Number(_) => 2,
            Repr::String(_) => 3,
            Repr::List(..) => 4,
            Repr::Set(..) => 5,
            Repr::Tuple(_) => 6,
            Repr::Map(..) => 7,
            Repr::Object(_) => 8,
            Repr::Unknown { .. } => 9,
        }
    }
    let seq = |x: &[Value], y: &[Value]| {
        let first = x.iter().zip(y).map(|(p, q)| canonical_cmp(p, q)).find(|o| o.is_ne());
        first.unwrap_or_else(|| x.len().cmp(&y.len()))
    };
    match (a.repr(), b.repr()) {
        (Repr::Bool(x), Repr::Bool(y)) => x.cmp(y),
        (Repr::Number(x), Repr::Number(y)) => x.cmp(y),
        (Repr::String(x), Repr::String(y)) => x.cmp(y),
        (Repr::List(_, x), Repr::List(_, y)) | (Repr::Set(_, x), Repr::Set(_, y)) | (Repr::Tuple(x), Repr::Tuple(y)) => seq(x, y),
        (Repr::Map(_, x), Repr::Map(_, y)) | (Repr::Object(x), Repr::Object(y)) => {
            let pairs = x.iter().zip(y.iter());
            let first = pairs.map(|((k, v), (l, w))| k.cmp(l).then_with(|| canonical_cmp(v, w)));
            first.into_iter().find(|o| o.is_ne()).unwrap_or_else(|| x.len().cmp(&y.len()))
        }
        (Repr::Unknown { ty: x, .. }, Repr::Unknown { ty: y, .. }) => x.cmp(y),
        _ => rank(a).cmp(&rank(b)),
    }
}

impl Value {
    /// Total order over values, marks aside: null first, then by kind and content.
    #[must_use]
    pub fn canonical_cmp(&self, other: &Value) -> Ordering {
        canonical_cmp(self, other)
    }
}

/// Builds a set: deep marks of the elements move to the set, duplicates vanish (unknown elements
/// are all kept: they may turn out different).
pub(super) fn make_set(elem: Type, items: Vec<Value>) -> Value {
    let mut marks = Marks::default();
    let mut plain: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        let (value, own) = item.unmark_deep();
        marks = marks.union(&own);
        plain.push(value);
    }
    plain.sort_by(canonical_cmp);
    plain.dedup_by(|a, b| canonical_cmp(a, b).is_eq() && a.is_wholly_known());
    Value::new(Repr::Set(elem, std::sync::Arc::new(plain))).mark(&marks)
}

/// Equality of content and of marks, for code that compares values (the language's `==` is
/// `equals`): nulls are equal whatever their type, unknowns when their types are.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.marks() == other.marks() && canonical_cmp(self, other).is_eq()
    }
}
