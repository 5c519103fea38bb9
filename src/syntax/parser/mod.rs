//! Tokens to tree, by recursive descent.
//!
//! A function that meets a mistake reports it and returns [`Failed`]; the nearest construct that
//! knows where it ends (an argument of a body, an element between brackets, a template sequence)
//! skips to that place and goes on. A line gets one report: what else seems wrong on it is nearly
//! always a consequence.

mod body;
mod collection;
mod expr;
mod for_expr;
mod heredoc;
mod literal;
mod names;
mod pieces;
mod postfix;
mod template;
mod template_tree;
mod term;
#[cfg(test)]
mod tests;

use super::ast::{Body, Expr, ExprKind, Ident, Template};
use super::lexer::{Start, lex};
use super::origin::Origin;
use super::token::{Tok, Token};
use crate::diag::{Diagnostic, Diagnostics, FileId, Span};
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Nesting beyond this is refused: no configuration needs it, and the stack is finite.
const MAX_DEPTH: usize = 250;
/// Height of the tree beyond this is refused (long chains of operators count too).
const MAX_HEIGHT: usize = 500;
/// So many mistakes of one text are shown.
const MAX_REPORTS: usize = 100;

/// A mistake that has been reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    /// Skip to the end of the nearest construct.
    Here,
    /// A bracket is not closed before the next token: nothing is to be skipped up to there.
    Unclosed,
}

type Parsed<T> = Result<T, Failed>;

struct Parser<'a> {
    text: &'a str,
    origin: Origin<'a>,
    tokens: Vec<Token>,
    pos: usize,
    /// Line ends mean nothing at present (inside parentheses and the like).
    skip_newlines: bool,
    depth: usize,
    /// Height of the tallest expression read since the surrounding one began.
    height: usize,
    names: names::Names,
    line_starts: OnceCell<Vec<usize>>,
    reported_lines: BTreeSet<usize>,
    /// The end of the text was reported as unexpected.
    end_reported: bool,
    /// Header of the first block that seems to lack its closing brace, by indentation.
    suspect: Option<Span>,
    /// What would close the brackets that are open, innermost last.
    closers: Vec<Tok>,
    found: Vec<Diagnostic>,
}

/// Reads a file of attributes and blocks. The result is complete even when there are mistakes:
/// they are reported in `diags`, and what could not be read is [`ExprKind::Invalid`].
pub fn parse_file(file: FileId, text: &str, diags: &mut Diagnostics) -> Body {
    let threads = pieces::worthwhile(text.len());
    if threads > 1
        && let Some(body) = pieces::parse(file, text, threads)
    {
        return body;
    }
    let mut parser = Parser::new(file.into(), text, Start::Code);
    let body = parser.file_body();
    parser.finish(diags);
    body
}

/// Reads a text that is one expression, line ends around it allowed.
pub fn parse_expression(file: FileId, text: &str, diags: &mut Diagnostics) -> Expr {
    expression_from(file.into(), text, diags)
}

/// The same for a text that stands inside another one.
pub(super) fn expression_from(origin: Origin<'_>, text: &str, diags: &mut Diagnostics) -> Expr {
    let mut parser = Parser::new(origin, text, Start::Code);
    let expr = parser.whole_expression();
    parser.finish(diags);
    expr.unwrap_or_else(|_| Expr::new(ExprKind::Invalid, origin.span(0, text.len())))
}

/// Reads a text that is a template as a whole, as `templatefile` does: `${` and `%{` sequences
/// count, `$${` and `%%{` escape them, backslashes mean themselves.
pub fn parse_template(file: FileId, text: &str, diags: &mut Diagnostics) -> Template {
    template_from(file.into(), text, diags).unwrap_or_default()
}

/// The same for a text that stands inside another one; `None` when it could not be read.
pub(super) fn template_from(origin: Origin<'_>, text: &str, diags: &mut Diagnostics) -> Option<Template> {
    let mut parser = Parser::new(origin, text, Start::Template);
    let template = parser.template_until(Tok::Eof, false);
    parser.finish(diags);
    template.ok()
}

impl<'a> Parser<'a> {
    fn new(origin: Origin<'a>, text: &'a str, start: Start) -> Parser<'a> {
        let lexed = lex(origin, text, start);
        // Text that is unreadable up to the end hides whatever closes the constructs around it.
        let cut_off = lexed.tokens.iter().rev().nth(1).is_some_and(|t| t.kind == Tok::Bad && t.end() == text.len());
        let mut parser = Parser {
            text,
            origin,
            tokens: lexed.tokens.into_iter().filter(|t| t.kind != Tok::Comment).collect(),
            pos: 0,
            skip_newlines: false,
            depth: 0,
            height: 0,
            names: names::Names::new(),
            line_starts: OnceCell::new(),
            reported_lines: BTreeSet::new(),
            end_reported: cut_off,
            suspect: None,
            closers: Vec::new(),
            found: Vec::new(),
        };
        for problem in lexed.problems {
            parser.report_once(problem);
        }
        parser
    }

    /// Hands the reports over in source order.
    fn finish(mut self, diags: &mut Diagnostics) {
        self.found.sort_by_key(|d| d.subject.map(|s| s.start));
        let total = self.found.len();
        let start = self.span(0, 0);
        self.found.into_iter().take(MAX_REPORTS).for_each(|d| diags.push(d));
        if total > MAX_REPORTS {
            let detail = format!("There are {total} in all; the first {MAX_REPORTS} are shown.");
            diags.push(Diagnostic::error("Too many syntax errors", detail).at(start));
        }
    }

    fn whole_expression(&mut self) -> Parsed<Expr> {
        self.skip_newlines = true;
        let expr = self.expression()?;
        let next = self.peek();
        if next.kind == Tok::Eof {
            return Ok(expr);
        }
        let detail = format!("The expression ends before {} found here.", next.kind.describe());
        Err(self.report(next, Diagnostic::error("Extra characters after expression", detail)))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        self.origin.span(start, end)
    }

    fn span_of(&self, token: Token) -> Span {
        self.span(token.start(), token.end())
    }

    fn text_of(&self, token: Token) -> &'a str {
        self.text.get(token.range()).unwrap_or("")
    }

    fn ident_of(&mut self, token: Token) -> Ident {
        Ident { name: self.name_of(token), span: self.span_of(token) }
    }

    fn name_of(&mut self, token: Token) -> Arc<str> {
        let text = self.text_of(token);
        self.names.get(text)
    }

    fn end_token(&self) -> Token {
        let end = self.text.len();
        Token::new(Tok::Eof, end, end)
    }

    /// Index of the next token that counts.
    fn next_index(&self) -> usize {
        let mut i = self.pos;
        if self.skip_newlines {
            while self.tokens.get(i).is_some_and(|t| t.kind == Tok::Newline) {
                i += 1;
            }
        }
        i
    }

    fn peek(&self) -> Token {
        self.peek_at(0)
    }

    /// The token `ahead` places after the next one that counts, line ends included.
    fn peek_at(&self, ahead: usize) -> Token {
        self.tokens.get(self.next_index() + ahead).copied().unwrap_or_else(|| self.end_token())
    }

    fn next(&mut self) -> Token {
        let i = self.next_index();
        let token = self.tokens.get(i).copied().unwrap_or_else(|| self.end_token());
        if token.kind != Tok::Eof {
            self.pos = i + 1;
        }
        token
    }

    /// Takes the next token if it is of this kind.
    fn take(&mut self, kind: Tok) -> Option<Token> {
        (self.peek().kind == kind).then(|| self.next())
    }

    fn at_keyword(&self, word: &str) -> bool {
        let token = self.peek();
        token.kind == Tok::Ident && self.text_of(token) == word
    }

    /// End of the token before the position.
    fn previous_end(&self) -> usize {
        self.pos.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0, |t| t.end())
    }

    /// Runs `f` between brackets: `close` ends them, and line ends mean something only in objects.
    fn inside<T>(&mut self, close: Tok, line_ends: bool, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.skip_newlines, !line_ends);
        self.closers.push(close);
        let result = f(self);
        self.closers.pop();
        self.skip_newlines = before;
        result
    }

    /// The line that holds an offset, from 1: only reports ask for it.
    fn line_of(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|s| *s <= offset)
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| std::iter::once(0).chain(self.text.match_indices('\n').map(|(i, _)| i + 1)).collect())
    }

    /// Whether only white space precedes the offset on its line.
    fn first_on_line(&self, offset: usize) -> bool {
        let before = self.text.get(..offset).unwrap_or("");
        let indented = before.trim_end_matches([' ', '\t']);
        if indented.is_empty() || indented.ends_with('\n') {
            return true;
        }
        if indented.as_bytes().last().is_some_and(u8::is_ascii) {
            return false;
        }
        // White space beyond ASCII, or the mark at the start of a file.
        let line = self.line_of(offset).saturating_sub(1);
        let start = self.line_starts().get(line).copied().unwrap_or(0);
        self.text.get(start..offset).is_some_and(|before| before.trim_start_matches('\u{feff}').trim().is_empty())
    }

    fn column(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(&[]);
        before.iter().rev().take_while(|b| **b != b'\n').count()
    }

    /// Adds a report unless its line has one.
    fn report_once(&mut self, diagnostic: Diagnostic) {
        let line = diagnostic.subject.map_or(0, |s| self.line_of(s.start as usize));
        if self.reported_lines.insert(line) {
            self.found.push(diagnostic);
        }
    }

    /// Reports a mistake at a token, unless the lexer has reported that very token.
    fn report(&mut self, token: Token, diagnostic: Diagnostic) -> Failed {
        match token.kind {
            Tok::Bad => {}
            Tok::Eof if self.end_reported => {}
            Tok::Eof => {
                self.end_reported = true;
                let span = self.span_of(token);
                self.report_once(diagnostic.or_at(Some(span)));
            }
            _ => {
                let span = self.span_of(token);
                self.report_once(diagnostic.or_at(Some(span)));
            }
        }
        Failed::Here
    }

    /// Runs `f` one level deeper, or refuses.
    fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    fn too_deep(&mut self) -> Failed {
        let token = self.peek();
        let detail = format!("More than {MAX_DEPTH} levels of nesting, or a chain of more than {MAX_HEIGHT} operators, are not supported.");
        let diagnostic = Diagnostic::error("Expression nested too deeply", detail).help("Split it up with local values.");
        self.report(token, diagnostic)
    }

    /// Counts one more link of a chain, or refuses.
    fn grow(&mut self) -> Parsed<()> {
        self.height += 1;
        if self.height > MAX_HEIGHT { Err(self.too_deep()) } else { Ok(()) }
    }

    /// After a mistake between brackets: skips to the separator or the closing bracket. False when
    /// something else closes first; then the construct around this one has to go on.
    fn skip_to_separator(&mut self, close: Tok, newline_separates: bool) -> bool {
        let mut open = 0_usize;
        loop {
            let token = self.peek();
            match token.kind {
                Tok::Eof => return false,
                Tok::Comma if open == 0 => return true,
                Tok::Newline if open == 0 && newline_separates => return true,
                kind if kind.opens() => open += 1,
                kind if kind.closes() && open == 0 => {
                    let stray = matches!(kind, Tok::CParen | Tok::CBrack) && !self.closers.contains(&kind);
                    if kind == close || !stray {
                        return kind == close;
                    }
                }
                kind if kind.closes() => open -= 1,
                _ => {}
            }
            self.next();
        }
    }

    /// Whether the next token begins an argument or a block on a line of its own: between brackets
    /// that means that a bracket was not closed.
    fn at_item(&self) -> bool {
        let first = self.peek();
        if first.kind != Tok::Ident || !self.first_on_line(first.start()) {
            return false;
        }
        match self.peek_at(1).kind {
            Tok::Equal | Tok::OBrace => true,
            Tok::OQuote => {
                let after = (2..8).map(|i| self.peek_at(i).kind);
                after.take_while(|k| *k != Tok::Newline).any(|k| k == Tok::OBrace)
            }
            _ => false,
        }
    }

    /// Reports a bracket that is not closed where `next` stands.
    fn unclosed(&mut self, open: Token, what: &str, close: &str) -> Failed {
        let next = self.peek();
        if next.kind == Tok::Eof && std::mem::replace(&mut self.end_reported, true) {
            return Failed::Unclosed;
        }
        let place = match next.kind {
            Tok::Eof => "the end of the text".to_string(),
            kind if kind.closes() => format!("the {} on line {}", kind.describe(), self.line_of(next.start())),
            _ => format!("the next argument on line {}", self.line_of(next.start())),
        };
        let span = self.span_of(open);
        self.report_once(
            Diagnostic::error(format!("Unclosed {what}"), format!("The {what} opened here is not closed before {place}."))
                .at(span)
                .help(format!("Close it with {close}.")),
        );
        Failed::Unclosed
    }
}
