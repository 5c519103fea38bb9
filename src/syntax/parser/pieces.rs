//! Large files: their blocks are read by several threads.
//!
//! A file is cut behind lines that hold a closing brace alone, where a block of a body nearly always ends. A piece that
//! reads without a single report leaves nothing open: no bracket, quote, heredoc or comment. So what follows it begins
//! as a file begins, and the pieces one after the other are the file. Where anything is reported the cut may have been
//! wrong (such a line inside a heredoc), or the text is: then the file is read in one go, which also gives reports their
//! lines.

use super::Parser;
use crate::diag::{FileId, Span};
use crate::syntax::ast::Body;
use crate::syntax::lexer::Start;
use crate::syntax::origin::Origin;
use std::collections::HashSet;
use std::num::NonZero;
use std::ops::Range;
use std::thread;

/// Below this a thread costs more than it brings.
const SMALLEST_PIECE: usize = 256 << 10;
/// More threads wait for memory, not for work.
const MOST_PIECES: usize = 8;
/// As the threads that read everything else: nesting is bounded for it.
const STACK: usize = 8 << 20;

/// How many threads a text of this length is worth.
pub(super) fn worthwhile(len: usize) -> usize {
    let most = (len / SMALLEST_PIECE).min(MOST_PIECES);
    if most < 2 { 1 } else { thread::available_parallelism().map_or(1, NonZero::get).min(most) }
}

/// The file, read in up to so many pieces; `None` where it has to be read in one go.
pub(super) fn parse(file: FileId, text: &str, count: usize) -> Option<Body> {
    let mut ranges = cut(text, count).into_iter();
    let first = ranges.next()?;
    if ranges.len() == 0 {
        return None;
    }
    thread::scope(|scope| {
        let read = |range: Range<usize>| move || piece(file, text, range);
        let others: Option<Vec<_>> =
            ranges.map(|range| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read(range)).ok()).collect();
        let mut bodies = vec![read(first)()?];
        for other in others? {
            bodies.push(other.join().ok()??);
        }
        join(Span::new(file, 0, text.len()), bodies)
    })
}

/// Pieces of about the same length, each ending behind a line with nothing but a closing brace, the last with the text.
fn cut(text: &str, count: usize) -> Vec<Range<usize>> {
    let mut ranges = Vec::with_capacity(count);
    let mut start = 0;
    for i in 1..count {
        let about = (text.len() / count * i).max(start);
        let Some(end) = end_of_block(text, about) else { break };
        ranges.push(start..end);
        start = end;
    }
    ranges.push(start..text.len());
    ranges
}

/// Behind the first line `}` that begins after `from`.
fn end_of_block(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at += bytes.get(at..)?.windows(2).position(|two| two == b"\n}")? + 2;
        let line_end = match bytes.get(at..)? {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => continue,
        };
        let end = at + line_end;
        // The mark that may begin a file means nothing behind a line end, and a piece would take it for one.
        if text.get(end..).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('\u{feff}')) {
            return Some(end);
        }
    }
}

fn piece(file: FileId, text: &str, range: Range<usize>) -> Option<Body> {
    let shift = [(0, range.start)];
    let mut parser = Parser::new(Origin::pieces(file, &shift), text.get(range)?, Start::Code);
    let body = parser.file_body();
    parser.found.is_empty().then_some(body)
}

/// One body of all; `None` when an argument is set in two of them.
fn join(span: Span, bodies: Vec<Body>) -> Option<Body> {
    let mut whole = Body { span: Some(span), ..Body::default() };
    let mut names = HashSet::new();
    for body in bodies {
        if !body.attributes.iter().all(|a| names.insert(a.name.name.clone())) {
            return None;
        }
        whole.attributes.extend(body.attributes);
        whole.blocks.extend(body.blocks);
    }
    Some(whole)
}
