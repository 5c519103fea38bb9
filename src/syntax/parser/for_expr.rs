//! `[for ...]` and `{for ...}`. Line ends mean nothing inside.

use super::{Failed, Parsed, Parser};
use crate::diag::{Diagnostic, Span};
use crate::syntax::ast::{Expr, ExprKind, ForExpr, Ident};
use crate::syntax::token::{Tok, Token};

impl Parser<'_> {
    /// Reads the rest of a `for` expression whose opening bracket was taken.
    pub(super) fn for_expr(&mut self, open: Token, close: Tok) -> Parsed<Expr> {
        self.inside(close, false, |p| {
            let result = p.for_parts(open, close).and_then(|parts| p.close_for(open, close).map(|end| (parts, end)));
            match result {
                Ok((parts, end)) => Ok(Expr::new(ExprKind::For(Box::new(parts)), p.span_of(open).to(end))),
                Err(Failed::Here) => p.abandon_for(open, close),
                Err(failed) => Err(failed),
            }
        })
    }

    /// After a mistake: skips to the closing bracket.
    fn abandon_for(&mut self, open: Token, close: Tok) -> Parsed<Expr> {
        while self.skip_to_separator(close, false) {
            if let Some(end) = self.take(close) {
                return Ok(Expr::new(ExprKind::Invalid, self.span(open.start(), end.end())));
            }
            self.next();
        }
        Err(Failed::Here)
    }

    fn close_for(&mut self, open: Token, close: Tok) -> Parsed<Span> {
        if let Some(token) = self.take(close) {
            return Ok(self.span_of(token));
        }
        let next = self.peek();
        if next.kind == Tok::Eof || next.kind.closes() || self.at_item() {
            return Err(self.unclosed(open, "for expression", if close == Tok::CBrace { "}" } else { "]" }));
        }
        let detail = format!("The for expression is complete, but there is {}.", next.kind.describe());
        Err(self.report(next, Diagnostic::error("Invalid for expression", detail)))
    }

    fn for_parts(&mut self, open: Token, close: Tok) -> Parsed<ForExpr> {
        self.next();
        let (key_var, value_var) = self.for_variables()?;
        let source = self.expression()?;
        if self.take(Tok::Colon).is_none() {
            return Err(self.bad_for("After the collection a colon is expected"));
        }
        let mut key = None;
        let mut value = self.expression()?;
        if let Some(arrow) = self.take(Tok::FatArrow) {
            key = Some(std::mem::replace(&mut value, self.expression()?));
            if close == Tok::CBrack {
                return Err(self.for_error(arrow, "A list has no keys.", "Use braces {for ...} to build a map."));
            }
        } else if close == Tok::CBrace {
            return Err(self.for_error(
                open,
                "An object needs a key for each element.",
                "Write key => value, or use brackets [for ...] to build a list.",
            ));
        }
        let dots = self.take(Tok::Ellipsis);
        if let (Some(dots), Tok::CBrack) = (dots, close) {
            return Err(self.for_error(dots, "Grouping with ... is possible only where there are keys.", "Remove the ... ."));
        }
        let condition = if self.at_keyword("if") {
            self.next();
            Some(self.expression()?)
        } else {
            None
        };
        Ok(ForExpr { key_var, value_var, source, key, value, group: dots.is_some(), condition })
    }

    /// Reads `v in` or `k, v in`.
    pub(super) fn for_variables(&mut self) -> Parsed<(Option<Ident>, Ident)> {
        let first = self.for_variable()?;
        let names = if self.take(Tok::Comma).is_some() { (Some(first), self.for_variable()?) } else { (None, first) };
        if !self.at_keyword("in") {
            return Err(self.bad_for("After the variables the word in is expected"));
        }
        self.next();
        Ok(names)
    }

    fn for_variable(&mut self) -> Parsed<Ident> {
        match self.take(Tok::Ident) {
            Some(token) => Ok(self.ident_of(token)),
            None => Err(self.bad_for("The name of a variable is expected")),
        }
    }

    fn bad_for(&mut self, expected: &str) -> Failed {
        let next = self.peek();
        let detail = format!("{expected}, not {}.", next.kind.describe());
        let diagnostic = Diagnostic::error("Invalid for expression", detail).help("It is written: for x in list : value");
        self.report(next, diagnostic)
    }

    fn for_error(&mut self, at: Token, detail: &str, help: &str) -> Failed {
        self.report(at, Diagnostic::error("Invalid for expression", detail).help(help))
    }
}
