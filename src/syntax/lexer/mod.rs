//! Text to tokens, templates included.
//!
//! The lexer keeps a stack of what is open (quoted text, heredocs, `${` sequences), because what a
//! character means depends on it. Mistakes in quoting are found and repaired here: an unclosed
//! quote becomes one [`Tok::Bad`] up to the end of its line, and everything after it is read as if
//! the quote had been closed, so that one missing character is one report.

mod code;
mod repair;
mod template;

use super::origin::Origin;
use super::token::{Tok, Token};
use crate::diag::{Diagnostic, Span};

/// How the text begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Attributes, blocks, expressions.
    Code,
    /// Template text outside quotes (`templatefile`).
    Template,
}

/// Something open around the current position.
#[derive(Clone, Debug)]
enum Mode {
    /// Quoted text; `tokens` is the number of tokens before its quote.
    Quote { start: usize, tokens: usize },
    /// A heredoc, the same; `line_start` while nothing of the current line was read.
    Heredoc { start: usize, tokens: usize, body: usize, marker: (usize, usize), line_start: bool },
    /// `${` or `%{`, with the number of braces open inside.
    Sequence { start: usize, braces: usize },
    /// The whole text is a template.
    Bare,
}

/// Tokens (comments included, ending in [`Tok::Eof`]) and what was wrong.
pub(super) struct Lexed {
    pub tokens: Vec<Token>,
    pub problems: Vec<Diagnostic>,
}

struct Lexer<'a> {
    text: &'a str,
    origin: Origin<'a>,
    pos: usize,
    tokens: Vec<Token>,
    problems: Vec<Diagnostic>,
    modes: Vec<Mode>,
    rewinds: usize,
}

/// Cuts `text` into tokens.
pub(super) fn lex(origin: Origin<'_>, text: &str, start: Start) -> Lexed {
    let mut lexer = Lexer {
        text,
        origin,
        pos: if text.starts_with('\u{feff}') { 3 } else { 0 },
        tokens: Vec::with_capacity(text.len() / 4),
        problems: Vec::new(),
        modes: if start == Start::Template { vec![Mode::Bare] } else { Vec::new() },
        rewinds: 0,
    };
    loop {
        while lexer.pos < text.len() {
            match lexer.modes.last() {
                None => {
                    while lexer.pos < text.len() && lexer.modes.is_empty() {
                        lexer.code();
                    }
                }
                Some(Mode::Sequence { .. }) => lexer.code(),
                Some(Mode::Quote { .. }) => lexer.quoted(),
                Some(Mode::Heredoc { .. }) => lexer.heredoc(),
                Some(Mode::Bare) => lexer.bare(),
            }
        }
        if !lexer.end_of_text() {
            break;
        }
    }
    lexer.push(Tok::Eof, 0);
    Lexed { tokens: lexer.tokens, problems: lexer.problems }
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.pos..).unwrap_or("")
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.pos + ahead).copied().unwrap_or(0)
    }

    /// Adds a token of `len` bytes and moves past it.
    fn push(&mut self, kind: Tok, len: usize) {
        let (start, end) = (self.pos, self.pos + len);
        self.tokens.push(Token::new(kind, start, end));
        self.pos = end;
    }

    fn span(&self, start: usize, end: usize) -> Span {
        self.origin.span(start, end)
    }

    fn problem(&mut self, diagnostic: Diagnostic) {
        self.problems.push(diagnostic);
    }

    /// End of the line that holds `from`, before its line end.
    fn line_end(&self, from: usize) -> usize {
        let rest = self.text.as_bytes().get(from..).unwrap_or(&[]);
        from + rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len())
    }
}
