//! Lines: indentation, and columns of `=` and of trailing comments.

use super::Piece;
use super::spaces::space_between;
use crate::syntax::token::Tok;
use std::ops::Range;

/// A line as ranges of tokens: what leads, what is assigned from the `=` on, the comment.
struct Line {
    lead: Range<usize>,
    assign: Range<usize>,
    comment: Range<usize>,
}

/// Sets the spaces in front of every token.
pub(super) fn lay_out(pieces: &mut [Piece<'_>]) {
    let lines = split(pieces);
    indent(pieces, &lines);
    for line in &lines {
        space(pieces, &line.lead);
        space(pieces, &line.assign);
    }
    align(pieces, &lines, |line| &line.assign, |pieces, line| width(pieces, &line.lead));
    align(pieces, &lines, |line| &line.comment, |pieces, line| width(pieces, &line.lead) + width(pieces, &line.assign));
}

fn width(pieces: &[Piece<'_>], range: &Range<usize>) -> usize {
    pieces.get(range.clone()).unwrap_or(&[]).iter().map(Piece::columns).sum()
}

fn split(pieces: &[Piece<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (i, piece) in pieces.iter().enumerate() {
        if piece.ends_line || i + 1 == pieces.len() {
            lines.push(cells(pieces, start..i + 1));
            start = i + 1;
        }
    }
    lines
}

/// Splits off a trailing comment, and an assignment whose brackets are balanced on the line.
fn cells(pieces: &[Piece<'_>], all: Range<usize>) -> Line {
    let mut lead = all.clone();
    let mut comment = all.end..all.end;
    let last = pieces.get(all.end.saturating_sub(1));
    if all.len() > 1 && last.is_some_and(|p| p.kind == Tok::Comment) {
        comment = all.end - 1..all.end;
        lead.end -= 1;
    }
    let rest = pieces.get(lead.clone()).unwrap_or(&[]);
    let equal = rest.iter().skip(1).position(|p| p.kind == Tok::Equal).map(|i| lead.start + 1 + i);
    let mut assign = lead.end..lead.end;
    if let Some(at) = equal {
        let brackets: isize = pieces.get(at..lead.end).unwrap_or(&[]).iter().map(Piece::brackets).sum();
        if brackets == 0 {
            assign = at..lead.end;
            lead.end = at;
        }
    }
    Line { lead, assign, comment }
}

/// Two spaces for every line before that left brackets open.
fn indent(pieces: &mut [Piece<'_>], lines: &[Line]) {
    let mut open: Vec<isize> = Vec::new();
    for line in lines {
        let lead = pieces.get(line.lead.clone()).unwrap_or(&[]);
        let Some(first) = lead.first() else { continue };
        if first.kind == Tok::Newline {
            continue;
        }
        // What a heredoc holds does not count; its opening token ends the counting.
        let body = lead.iter().position(|p| matches!(p.kind, Tok::OHeredoc { .. })).map_or(lead.len(), |i| i + 1);
        let assigned = pieces.get(line.assign.clone()).unwrap_or(&[]);
        let net: isize = lead.iter().take(body).chain(assigned).map(Piece::brackets).sum();
        let level = open.len();
        if net > 0 {
            open.push(net);
        } else if net < 0 {
            close(&mut open, -net);
        }
        let level = if net < 0 { open.len() } else { level };
        if let Some(first) = pieces.get_mut(line.lead.start) {
            first.spaces = 2 * level;
        }
    }
}

fn close(open: &mut Vec<isize>, mut closed: isize) {
    while let Some(last) = open.last_mut().filter(|_| closed > 0) {
        if closed < *last {
            *last -= closed;
            return;
        }
        closed -= *last;
        open.pop();
    }
}

fn space(pieces: &mut [Piece<'_>], range: &Range<usize>) {
    for i in range.start..range.end.saturating_sub(1) {
        let before = (i > range.start).then(|| pieces.get(i - 1)).flatten();
        let (Some(this), Some(after)) = (pieces.get(i), pieces.get(i + 1)) else { return };
        let spaces = usize::from(space_between(before, this, after));
        if let Some(after) = pieces.get_mut(i + 1) {
            after.spaces = spaces;
        }
    }
}

/// Puts a cell of consecutive lines into one column, one space behind the widest.
fn align(pieces: &mut [Piece<'_>], lines: &[Line], cell: impl Fn(&Line) -> &Range<usize>, before: impl Fn(&[Piece<'_>], &Line) -> usize) {
    for chain in lines.chunk_by(|a, b| !cell(a).is_empty() && !cell(b).is_empty()) {
        let widths: Vec<usize> = chain.iter().map(|line| before(pieces, line)).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        for (line, width) in chain.iter().zip(widths) {
            if let Some(first) = pieces.get_mut(cell(line).start).filter(|_| !cell(line).is_empty()) {
                first.spaces = widest - width + 1;
            }
        }
    }
}
