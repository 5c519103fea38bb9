//! Tuples, objects, and what their elements have in common with arguments of calls.

use super::{Failed, Parsed, Parser};
use crate::diag::Diagnostic;
use crate::syntax::ast::{Expr, ExprKind, ObjectItem};
use crate::syntax::token::{Tok, Token};

impl Parser<'_> {
    /// Reads elements separated by commas up to and with the closing bracket. A mistake in one
    /// costs that one.
    pub(super) fn elements(
        &mut self,
        open: Token,
        close: Tok,
        what: &str,
        mut element: impl FnMut(&mut Self) -> Parsed<Expr>,
    ) -> Parsed<Vec<Expr>> {
        let mut all = Vec::new();
        loop {
            if self.take(close).is_some() {
                return Ok(all);
            }
            if matches!(self.peek().kind, Tok::Eof | Tok::SeqEnd { .. }) || self.at_item() {
                return Err(self.unclosed(open, what, close_text(close)));
            }
            let start = self.peek();
            let result = element(self).and_then(|e| self.separator(open, close, what).map(|()| e));
            match result {
                Ok(expr) => all.push(expr),
                Err(Failed::Here) if self.skip_to_separator(close, false) => {
                    self.take(Tok::Comma);
                    all.push(Expr::new(ExprKind::Invalid, self.span_of(start)));
                }
                Err(Failed::Unclosed) if self.peek().kind == close => all.push(Expr::new(ExprKind::Invalid, self.span_of(start))),
                Err(failed) => return Err(failed),
            }
        }
    }

    /// Requires a comma (and takes it) or the closing bracket (and leaves it).
    fn separator(&mut self, open: Token, close: Tok, what: &str) -> Parsed<()> {
        let next = self.peek();
        match next.kind {
            Tok::Comma => {
                self.next();
                Ok(())
            }
            kind if kind == close => Ok(()),
            Tok::Eof => Err(self.unclosed(open, what, close_text(close))),
            kind if kind.closes() || self.at_item() => Err(self.unclosed(open, what, close_text(close))),
            kind => {
                let detail = format!("In this {what} a comma or {} is expected, not {}.", close_text(close), kind.describe());
                Err(self.report(next, Diagnostic::error("Missing comma", detail)))
            }
        }
    }

    pub(super) fn tuple(&mut self) -> Parsed<Expr> {
        let open = self.next();
        if self.inside(Tok::CBrack, false, |p| p.at_for()) {
            return self.for_expr(open, Tok::CBrack);
        }
        let items = self.inside(Tok::CBrack, false, |p| p.elements(open, Tok::CBrack, "list", Self::expression))?;
        let span = self.span(open.start(), self.previous_end());
        Ok(Expr::new(ExprKind::Tuple(items), span))
    }

    pub(super) fn object(&mut self) -> Parsed<Expr> {
        let open = self.next();
        if self.inside(Tok::CBrace, false, |p| p.at_for()) {
            return self.for_expr(open, Tok::CBrace);
        }
        let items = self.inside(Tok::CBrace, true, |p| p.object_items(open))?;
        let span = self.span(open.start(), self.previous_end());
        Ok(Expr::new(ExprKind::Object(items), span))
    }

    /// Whether `for` comes next: as the first word between brackets it is always the keyword.
    fn at_for(&self) -> bool {
        self.at_keyword("for")
    }

    fn object_items(&mut self, open: Token) -> Parsed<Vec<ObjectItem>> {
        let mut items = Vec::new();
        loop {
            let token = self.peek();
            match token.kind {
                Tok::Newline => {
                    self.next();
                    continue;
                }
                Tok::CBrace => {
                    self.next();
                    return Ok(items);
                }
                Tok::Eof => return Err(self.unclosed(open, "object", "}")),
                _ => {}
            }
            match self.object_item(open) {
                Ok(item) => items.push(item),
                Err(Failed::Here) if self.skip_to_separator(Tok::CBrace, true) => {
                    self.take(Tok::Comma);
                }
                Err(failed) => return Err(failed),
            }
        }
    }

    fn object_item(&mut self, open: Token) -> Parsed<ObjectItem> {
        let key = self.object_key(open)?;
        self.next();
        let value = self.expression()?;
        let next = self.peek();
        match next.kind {
            Tok::Comma | Tok::Newline => {
                self.next();
            }
            Tok::CBrace => {}
            Tok::Eof => return Err(self.unclosed(open, "object", "}")),
            kind => {
                let detail = format!("Entries of an object are separated by line ends or commas; here is {}.", kind.describe());
                return Err(self.report(next, Diagnostic::error("Missing separator in object", detail)));
            }
        }
        Ok(ObjectItem { key, value })
    }

    /// Reads a key and makes sure that `=` or `:` follows.
    fn object_key(&mut self, open: Token) -> Parsed<Expr> {
        let start = self.pos;
        let token = self.peek();
        if token.kind == Tok::Ident && matches!(self.peek_at(1).kind, Tok::Equal | Tok::Colon) {
            self.next();
            let text = self.text_of(token);
            return Ok(Expr { kind: self.names.variable(text), span: self.span_of(token) });
        }
        let is_block = self.at_item() && self.peek_at(1).kind == Tok::OQuote;
        if is_block {
            self.pos = start;
            return Err(self.unclosed(open, "object", "}"));
        }
        let key = self.expression()?;
        let next = self.peek();
        if !matches!(next.kind, Tok::Equal | Tok::Colon) {
            if next.kind == Tok::Eof {
                return Err(self.unclosed(open, "object", "}"));
            }
            let detail = format!("After the key of an entry = and a value are expected, not {}.", next.kind.describe());
            return Err(self.report(next, Diagnostic::error("Missing value in object", detail).within(key.span)));
        }
        Ok(key)
    }
}

fn close_text(close: Tok) -> &'static str {
    match close {
        Tok::CParen => ")",
        Tok::CBrack => "]",
        _ => "}",
    }
}
