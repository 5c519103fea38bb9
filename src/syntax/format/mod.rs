//! Canonical layout of a file: only white space changes, apart from three rewritings of old
//! spellings (`"${x}"` to `x`, `type = "string"` to `type = string`, bare labels to quoted ones).
//!
//! The layout is decided token by token, as `tofu fmt` does: indentation by brackets, spaces by
//! pairs of neighbours, `=` and trailing comments in columns on consecutive lines. The text of
//! strings, heredocs and comments never changes.

mod lines;
mod rewrite;
mod spaces;
#[cfg(test)]
mod tests;

use super::lexer::{Start, lex};
use super::origin::Origin;
use super::parser::parse_file;
use super::token::Tok;
use crate::diag::{Diagnostics, FileId};
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;

/// A token with the spaces in front of it.
#[derive(Clone)]
struct Piece<'a> {
    kind: Tok,
    text: Cow<'a, str>,
    spaces: usize,
    /// Where it begins in the source; rewritten tokens have the place of what they replace.
    start: usize,
    /// It ends its line: a line end, or a comment with its line end.
    ends_line: bool,
}

impl Piece<'_> {
    /// What it adds to the number of open brackets.
    fn brackets(&self) -> isize {
        match self.kind {
            Tok::OBrace | Tok::OBrack | Tok::OParen | Tok::Interp { .. } | Tok::Control { .. } => 1,
            Tok::CBrace | Tok::CBrack | Tok::CParen | Tok::SeqEnd { .. } => -1,
            _ => 0,
        }
    }

    fn columns(&self) -> usize {
        self.spaces + self.text.graphemes(true).count()
    }
}

/// The text in canonical layout; `None` when it cannot be parsed, and then `diags` says why.
pub fn format_source(file: FileId, text: &str, diags: &mut Diagnostics) -> Option<String> {
    let mut own = Diagnostics::new();
    let body = parse_file(file, text, &mut own);
    let failed = own.has_errors();
    diags.extend(own);
    if failed {
        return None;
    }
    let (pieces, end) = pieces(file, text);
    let mut pieces = rewrite::rewrite(pieces, &body);
    lines::lay_out(&mut pieces);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for piece in &pieces {
        out.extend(std::iter::repeat_n(' ', piece.spaces));
        out.push_str(&piece.text);
    }
    out.push_str(end);
    Some(out)
}

/// The tokens, and what stands behind the last one.
fn pieces(file: FileId, text: &str) -> (Vec<Piece<'_>>, &str) {
    let tokens = lex(Origin::from(file), text, Start::Code).tokens;
    let mut all: Vec<Piece<'_>> = Vec::with_capacity(tokens.len());
    let mut last_end = 0;
    for token in tokens.into_iter().filter(|t| t.kind != Tok::Eof) {
        last_end = token.end();
        let ended_comment = all.last_mut().filter(|p| {
            token.kind == Tok::Newline
                && p.kind == Tok::Comment
                && !p.ends_line
                && !p.text.starts_with("/*")
                && p.start + p.text.len() == token.start()
        });
        if let Some(comment) = ended_comment {
            comment.text = text.get(comment.start..token.end()).unwrap_or("").into();
            comment.ends_line = true;
            continue;
        }
        all.push(Piece {
            kind: token.kind,
            text: text.get(token.start()..token.end()).unwrap_or("").into(),
            spaces: 0,
            start: token.start(),
            ends_line: token.kind == Tok::Newline,
        });
    }
    let end = text.get(last_end..).unwrap_or("");
    (all, end)
}
