//! Which differences cannot be made in place.

use super::meaning;
use crate::schema::{BlockSchema, NestedBlock, Nesting, Replace};
use crate::value::{Path, Value};

/// Places whose change forces replacement.
pub(super) fn forced(block: &BlockSchema, prior: &Value, planned: &Value) -> Vec<Replace> {
    let mut found = Vec::new();
    body(block, Some(prior), Some(planned), &Path::default(), false, &mut found);
    found.into_iter().map(|path| Replace { path, reason: None }).collect()
}

fn body(block: &BlockSchema, prior: Option<&Value>, planned: Option<&Value>, path: &Path, all: bool, found: &mut Vec<Path>) {
    for (name, attr) in &block.attrs {
        let both = (member(prior, name), member(planned, name));
        if (all || attr.force_new) && !attr.write_only && differs(both.0, both.1) {
            push(found, path.then(name.clone()));
        }
    }
    for (name, nested) in &block.blocks {
        blocks(nested, member(prior, name), member(planned, name), &path.then(name.clone()), all, found);
    }
}

fn member<'a>(value: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    value.and_then(|v| v.get(name))
}

/// Absent counts as null, and null and blank are the same.
fn differs(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => !(meaning::same(a, b) || meaning::is_blank(a) && meaning::is_blank(b)),
        (Some(one), None) | (None, Some(one)) => !meaning::is_zero(one),
        (None, None) => false,
    }
}

fn blocks(nested: &NestedBlock, prior: Option<&Value>, planned: Option<&Value>, path: &Path, all: bool, found: &mut Vec<Path>) {
    let all = all || nested.force_new;
    if prior.is_some_and(Value::is_unknown) || planned.is_some_and(Value::is_unknown) {
        if all {
            push(found, path.clone());
        }
        return;
    }
    let block = &nested.block;
    match nested.nesting {
        Nesting::Single => {
            let present = |v: Option<&Value>| v.is_some_and(|v| !v.is_null());
            if all && present(prior) != present(planned) {
                push(found, path.clone());
            } else {
                body(block, prior, planned, path, all, found);
            }
        }
        Nesting::List => {
            let (a, b) = (items(prior), items(planned));
            if all && a.len() != b.len() {
                return push(found, path.clone());
            }
            for i in 0..a.len().max(b.len()) {
                body(block, a.get(i), b.get(i), &path.index(i), all, found);
            }
        }
        Nesting::Set => {
            let (a, b) = (items(prior), items(planned));
            let gone = a.iter().filter(|x| !b.iter().any(|y| meaning::same(x, y)));
            let come = b.iter().filter(|y| !a.iter().any(|x| meaning::same(x, y)));
            let mut inside = Vec::new();
            gone.for_each(|x| body(block, Some(x), None, path, all, &mut inside));
            come.for_each(|y| body(block, None, Some(y), path, all, &mut inside));
            if !inside.is_empty() {
                push(found, path.clone());
            }
        }
    }
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::items).unwrap_or(&[])
}

fn push(found: &mut Vec<Path>, path: Path) {
    if !found.contains(&path) {
        found.push(path);
    }
}
