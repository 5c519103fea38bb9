//! From a path in a value back to the place in the text.

use crate::diag::Span;
use crate::syntax::Body;
use crate::value::{Key, Path, Step};

/// The place of the deepest part of `path` that is written in the body.
pub(super) fn span_at(body: &Body, path: &Path) -> Option<Span> {
    walk(body, &path.0)
}

fn walk(body: &Body, steps: &[Step]) -> Option<Span> {
    let (Step::Attr(name), after) = steps.split_first()? else { return None };
    if let Some(attribute) = body.attribute(name) {
        return Some(attribute.expr.span);
    }
    let (position, after) = match after.split_first() {
        Some((Step::Index(Key::Int(i)), rest)) => (usize::try_from(*i).unwrap_or(0), rest),
        _ => (0, after),
    };
    let block = body.blocks_of(name).nth(position).or_else(|| body.blocks_of(name).next())?;
    walk(&block.body, after).or(Some(block.header))
}
