//! Old spellings made new: `"${x}"` as a whole value, types in quotes, bare labels.

use super::Piece;
use crate::diag::Span;
use crate::syntax::ast::{Block, Body};
use crate::syntax::token::Tok;
use std::ops::Range;

/// What replaces a range of tokens.
struct Change<'a> {
    range: Range<usize>,
    with: Vec<Piece<'a>>,
}

/// Rewrites the values and labels of a body in its tokens.
pub(super) fn rewrite<'a>(pieces: Vec<Piece<'a>>, body: &Body) -> Vec<Piece<'a>> {
    let mut changes = Vec::new();
    Finder { pieces: &pieces, changes: &mut changes }.body(body, &mut Vec::new());
    changes.sort_by_key(|c| c.range.start);
    let mut out = Vec::with_capacity(pieces.len());
    let mut changes = changes.into_iter().peekable();
    let mut skip_to = 0;
    for (i, piece) in pieces.into_iter().enumerate() {
        if changes.peek().is_some_and(|c| c.range.start == i)
            && let Some(change) = changes.next()
        {
            skip_to = change.range.end;
            out.extend(change.with);
        }
        if i >= skip_to {
            out.push(piece);
        }
    }
    out
}

struct Finder<'p, 'a> {
    pieces: &'p [Piece<'a>],
    changes: &'p mut Vec<Change<'a>>,
}

impl<'a> Finder<'_, 'a> {
    fn body(&mut self, body: &Body, above: &mut Vec<String>) {
        for attribute in &body.attributes {
            let range = self.range(attribute.expr.span);
            let Some(tokens) = self.pieces.get(range.clone()) else { continue };
            let is_type = above.as_slice() == ["variable"] && attribute.name.name.as_ref() == "type";
            let with = if is_type { type_expr(tokens) } else { unwrapped_all(tokens) };
            self.changes.extend(with.map(|with| Change { range, with }));
        }
        for block in &body.blocks {
            self.labels(block);
            above.push(block.kind.name.to_string());
            self.body(&block.body, above);
            above.pop();
        }
    }

    /// The tokens of a place.
    fn range(&self, span: Span) -> Range<usize> {
        let at = |offset: u32| self.pieces.partition_point(|p| p.start < offset as usize);
        at(span.start)..at(span.end)
    }

    /// Labels in quotes, nothing between them.
    fn labels(&mut self, block: &Block) {
        let end = self.range(block.header).end;
        let start = self.range(block.kind.span).end;
        let Some(tokens) = self.pieces.get(start..end) else { return };
        let comment = tokens.iter().any(|p| p.kind == Tok::Comment);
        if !comment && !tokens.iter().any(|p| p.kind == Tok::Ident) {
            return;
        }
        let with =
            tokens.iter().filter(|p| p.kind != Tok::Comment).flat_map(|p| if p.kind == Tok::Ident { label(p) } else { vec![p.clone()] });
        self.changes.push(Change { range: start..end, with: with.collect() });
    }
}

/// A bare label as quoted text.
fn label<'a>(ident: &Piece<'a>) -> Vec<Piece<'a>> {
    let made = |kind: Tok, text: &str| Piece { kind, text: text.to_string().into(), ..ident.clone() };
    vec![made(Tok::OQuote, "\""), Piece { kind: Tok::Lit, ..ident.clone() }, made(Tok::CQuote, "\"")]
}

fn made<'a>(kind: Tok, text: &'static str, beside: &Piece<'a>) -> Piece<'a> {
    Piece { kind, text: text.into(), ends_line: false, ..beside.clone() }
}

/// What stands inside all such wrappings: OpenTofu takes one off each time it formats.
fn unwrapped_all<'a>(tokens: &[Piece<'a>]) -> Option<Vec<Piece<'a>>> {
    let mut inside = unwrapped(tokens)?;
    while let Some(deeper) = unwrapped(&inside) {
        inside = deeper;
    }
    Some(inside)
}

/// What stands inside `"${` and `}"`, where that is the whole value; in parentheses when it has
/// several lines.
fn unwrapped<'a>(tokens: &[Piece<'a>]) -> Option<Vec<Piece<'a>>> {
    let [quote, interp, inside @ .., end, close] = tokens else { return None };
    let wrapped = (quote.kind, close.kind) == (Tok::OQuote, Tok::CQuote)
        && matches!((interp.kind, end.kind), (Tok::Interp { .. }, Tok::SeqEnd { .. }));
    if !wrapped || inside.is_empty() {
        return None;
    }
    let mut quotes = 0_usize;
    for token in inside {
        match token.kind {
            Tok::OQuote => quotes += 1,
            Tok::CQuote => quotes = quotes.saturating_sub(1),
            Tok::Interp { .. } | Tok::SeqEnd { .. } | Tok::Lit if quotes == 0 => return None,
            _ => {}
        }
    }
    let newline = |p: &Piece<'a>| p.kind == Tok::Newline;
    let first = inside.iter().position(|p| !newline(p))?;
    let last = inside.iter().rposition(|p| !newline(p))?;
    let trimmed = inside.get(first..=last)?;
    let (head, tail) = (trimmed.first()?, trimmed.last()?);
    let several = trimmed.iter().any(newline);
    let in_parens = head.kind == Tok::OParen && tail.kind == Tok::CParen;
    if !several || in_parens {
        return Some(trimmed.to_vec());
    }
    let mut out = vec![made(Tok::OParen, "(", head)];
    out.extend_from_slice(trimmed);
    out.push(made(Tok::CParen, ")", tail));
    Some(out)
}

/// `list` becomes `list(any)`, `"list"` becomes `list(string)`.
fn type_expr<'a>(tokens: &[Piece<'a>]) -> Option<Vec<Piece<'a>>> {
    let of = |name: &'static str, elem: &'static str, at: &Piece<'a>| {
        vec![made(Tok::Ident, name, at), made(Tok::OParen, "(", at), made(Tok::Ident, elem, at), made(Tok::CParen, ")", at)]
    };
    match tokens {
        [word] if word.kind == Tok::Ident => match word.text.as_ref() {
            "list" => Some(of("list", "any", word)),
            "map" => Some(of("map", "any", word)),
            "set" => Some(of("set", "any", word)),
            _ => None,
        },
        [open, text, close] if (open.kind, text.kind, close.kind) == (Tok::OQuote, Tok::Lit, Tok::CQuote) => match text.text.as_ref() {
            "string" => Some(vec![made(Tok::Ident, "string", text)]),
            "list" => Some(of("list", "string", text)),
            "map" => Some(of("map", "string", text)),
            _ => None,
        },
        _ => None,
    }
}
