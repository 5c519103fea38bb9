//! Template text to a flat row of pieces: literals, interpolations, directives.
//!
//! Order matters: `~` trims single literal tokens first, then `<<-` removes the common
//! indentation, then neighbouring literals melt into one, then directives become a tree.

use super::template_tree::normalized;
use super::{Failed, Parsed, Parser};
use crate::diag::{Diagnostic, Span};
use crate::syntax::ast::{Expr, ExprKind, Ident, Template, TemplatePart};
use crate::syntax::token::{Tok, Token};
use std::borrow::Cow;

/// A piece of a template before the directives are nested.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Literal(Cow<'a, str>),
    Expr(Expr),
    Directive(Box<Directive>, Span),
}

#[derive(Debug)]
pub(super) enum Directive {
    If(Expr),
    Else,
    EndIf,
    For { key_var: Option<Ident>, value_var: Ident, source: Expr },
    EndFor,
}

const DIRECTIVES: [&str; 5] = ["if", "else", "endif", "for", "endfor"];

impl<'a> Parser<'a> {
    /// Reads template tokens up to and with `end`.
    pub(super) fn template_until(&mut self, end: Tok, flush: bool) -> Parsed<Template> {
        if !flush && let Some(text) = self.only_text(end) {
            return Ok(Template { parts: vec![TemplatePart::Literal(normalized(&text))], heredoc: false });
        }
        let (mut pieces, whole) = self.pieces(end)?;
        if flush {
            super::heredoc::dedent(&mut pieces);
        }
        if !whole {
            pieces.retain(|p| !matches!(p, Piece::Directive(..)));
        }
        self.tree(melt(pieces))
    }

    /// The text up to `end` where it is one literal: most quoted text is.
    fn only_text(&mut self, end: Tok) -> Option<Cow<'a, str>> {
        let token = self.peek_at(0);
        if token.kind != Tok::Lit || self.peek_at(1).kind != end {
            return None;
        }
        self.next();
        self.next();
        Some(self.literal(token, end == Tok::CQuote))
    }

    /// The pieces, and whether every directive among them could be read.
    fn pieces(&mut self, end: Tok) -> Parsed<(Vec<Piece<'a>>, bool)> {
        let mut pieces = Vec::new();
        let mut whole = true;
        let (mut trim_next, mut after_literal) = (false, false);
        loop {
            let token = self.next();
            if token.kind == end || token.kind == Tok::Eof {
                return Ok((pieces, whole));
            }
            let (trim_this, can_trim) = (std::mem::take(&mut trim_next), std::mem::take(&mut after_literal));
            match token.kind {
                Tok::Lit => {
                    let text = self.literal(token, end == Tok::CQuote);
                    pieces.push(Piece::Literal(if trim_this { trimmed(text) } else { text }));
                    after_literal = true;
                }
                Tok::Interp { trim } | Tok::Control { trim } => {
                    if trim
                        && can_trim
                        && let Some(Piece::Literal(text)) = pieces.last_mut()
                    {
                        let len = text.trim_end().len();
                        cut(text, len);
                    }
                    match self.inside(Tok::SeqEnd { trim: false }, false, |p| p.sequence(token)) {
                        Ok((piece, trim_after)) => {
                            pieces.push(piece);
                            trim_next = trim_after;
                        }
                        Err(Failed::Here | Failed::Unclosed) => {
                            self.skip_sequence();
                            if matches!(token.kind, Tok::Interp { .. }) {
                                pieces.push(Piece::Expr(Expr::new(ExprKind::Invalid, self.span_of(token))));
                            } else {
                                whole = false;
                            }
                        }
                    }
                }
                _ => return Err(Failed::Here),
            }
        }
    }

    /// Reads what is between `${` or `%{` and its closing brace, and that; says whether `~` is
    /// before the brace.
    fn sequence(&mut self, open: Token) -> Parsed<(Piece<'a>, bool)> {
        if matches!(open.kind, Tok::Interp { .. }) {
            let expr = self.expression()?;
            let (_, trim) = self.close_sequence(open)?;
            return Ok((Piece::Expr(expr), trim));
        }
        let directive = self.directive(open)?;
        let (end, trim) = self.close_sequence(open)?;
        Ok((Piece::Directive(Box::new(directive), self.span_of(open).to(end)), trim))
    }

    fn close_sequence(&mut self, open: Token) -> Parsed<(Span, bool)> {
        let next = self.peek();
        if let Tok::SeqEnd { trim } = next.kind {
            self.next();
            return Ok((self.span_of(next), trim));
        }
        let opener = self.text_of(open).trim_end_matches('~');
        let detail = format!("The {opener} sequence is expected to end here with a closing brace, but there is {}.", next.kind.describe());
        let escape = format!(
            "If this is meant for another language, such as a shell, write {}{opener} for a literal {opener}.",
            opener.get(..1).unwrap_or("$")
        );
        let diagnostic = Diagnostic::error("Extra characters in template sequence", detail).within(self.span_of(open)).help(escape);
        Err(self.report(next, diagnostic))
    }

    fn directive(&mut self, open: Token) -> Parsed<Directive> {
        let word = self.peek();
        if word.kind != Tok::Ident {
            let diagnostic =
                Diagnostic::error("Invalid template directive", "After %{ one of the words if, else, endif, for, endfor is expected.")
                    .within(self.span_of(open))
                    .help("For a literal %{ write %%{.");
            return Err(self.report(word, diagnostic));
        }
        self.next();
        match self.text_of(word) {
            "if" => Ok(Directive::If(self.expression()?)),
            "else" => Ok(Directive::Else),
            "endif" => Ok(Directive::EndIf),
            "endfor" => Ok(Directive::EndFor),
            "for" => {
                let (key_var, value_var) = self.for_variables()?;
                Ok(Directive::For { key_var, value_var, source: self.expression()? })
            }
            other => {
                let detail = format!("{other} is no template directive; there are {}.", DIRECTIVES.join(", "));
                let diagnostic =
                    Diagnostic::error("Invalid template directive", detail).within(self.span_of(open)).help("For a literal %{ write %%{.");
                Err(self.report(word, diagnostic))
            }
        }
    }

    /// Skips to after the brace that closes the current sequence.
    fn skip_sequence(&mut self) {
        let mut open = 0_usize;
        loop {
            let token = self.next();
            match token.kind {
                Tok::Eof => return,
                Tok::Interp { .. } | Tok::Control { .. } => open += 1,
                Tok::SeqEnd { .. } if open == 0 => return,
                Tok::SeqEnd { .. } => open -= 1,
                _ => {}
            }
        }
    }
}

fn trimmed(mut text: Cow<'_, str>) -> Cow<'_, str> {
    let blank = text.len() - text.trim_start().len();
    drop_front(&mut text, blank);
    text
}

/// Takes the first `len` bytes off a text.
pub(super) fn drop_front(text: &mut Cow<'_, str>, len: usize) {
    match text {
        Cow::Borrowed(whole) => *whole = whole.get(len..).unwrap_or(""),
        Cow::Owned(whole) => drop(whole.drain(..len)),
    }
}

/// Keeps the first `len` bytes of a text.
fn cut(text: &mut Cow<'_, str>, len: usize) {
    match text {
        Cow::Borrowed(whole) => *whole = whole.get(..len).unwrap_or(whole),
        Cow::Owned(whole) => whole.truncate(len),
    }
}

/// Joins neighbouring literals.
fn melt(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    if !pieces.windows(2).any(|pair| matches!(pair, [Piece::Literal(_), Piece::Literal(_)])) {
        return pieces;
    }
    let mut melted: Vec<Piece<'_>> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (melted.last_mut(), piece) {
            (Some(Piece::Literal(before)), Piece::Literal(text)) => before.to_mut().push_str(&text),
            (_, piece) => melted.push(piece),
        }
    }
    melted
}
