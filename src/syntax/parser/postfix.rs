//! What follows an operand: attributes, indexes, splats.

use super::{Failed, Parsed, Parser};
use crate::diag::{Diagnostic, Span};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::token::{Tok, Token};

impl Parser<'_> {
    pub(super) fn postfix(&mut self) -> Parsed<Expr> {
        let term = self.term()?;
        self.steps(term)
    }

    /// Reads all steps that follow `expr`.
    fn steps(&mut self, mut expr: Expr) -> Parsed<Expr> {
        loop {
            expr = match self.peek().kind {
                Tok::Dot => self.dot(expr)?,
                Tok::OBrack => self.bracket(expr)?,
                _ => return Ok(expr),
            };
            self.grow()?;
        }
    }

    fn dot(&mut self, expr: Expr) -> Parsed<Expr> {
        self.next();
        if self.peek().kind == Tok::Star {
            let star = self.next();
            return self.attribute_splat(expr, star);
        }
        self.attribute_step(expr)
    }

    /// Reads the name or number after a dot.
    fn attribute_step(&mut self, expr: Expr) -> Parsed<Expr> {
        let token = self.peek();
        let at = self.span_of(token);
        match token.kind {
            Tok::Ident => {
                self.next();
                let (span, name) = (expr.span.to(at), self.ident_of(token));
                Ok(Expr::new(ExprKind::GetAttr(expr, name), span))
            }
            Tok::Number => {
                self.next();
                let text = self.text_of(token);
                if let Some((first, second)) = text.split_once('.') {
                    let second = second.replace('.', "][");
                    let diagnostic = Diagnostic::error("Invalid legacy index", "Indexes after dots cannot follow one another.")
                        .help(format!("Use brackets: [{first}][{second}]."));
                    return Err(self.report(token, diagnostic));
                }
                let key = self.number(token)?;
                let span = expr.span.to(at);
                Ok(Expr::new(ExprKind::Index(expr, key), span))
            }
            kind => {
                let detail = format!("After a dot the name of an attribute is expected, not {}.", kind.describe());
                Err(self.report(token, Diagnostic::error("Invalid attribute name", detail).within(expr.span)))
            }
        }
    }

    /// `.*`: only `.name` and `.0` after it belong to each element.
    fn attribute_splat(&mut self, source: Expr, star: Token) -> Parsed<Expr> {
        let mut each = Expr::new(ExprKind::SplatItem, self.span_of(star));
        while self.peek().kind == Tok::Dot {
            self.next();
            let next = self.peek();
            if next.kind == Tok::Star {
                let diagnostic = Diagnostic::error("Nested splat", "A .* cannot follow another .* in one chain.")
                    .help("Use [*], or a for expression and flatten().");
                return Err(self.report(next, diagnostic));
            }
            each = self.attribute_step(each)?;
            self.grow()?;
        }
        let span = source.span.to(each.span);
        Ok(Expr::new(ExprKind::Splat { source, each, legacy: true }, span))
    }

    fn bracket(&mut self, expr: Expr) -> Parsed<Expr> {
        let open = self.next();
        if self.peek().kind == Tok::Star {
            return self.full_splat(expr, open);
        }
        let key = self.inside(Tok::CBrack, false, |p| {
            let key = p.expression()?;
            p.close_index(open).map(|close| (key, close))
        });
        let (key, close) = match key {
            Ok(found) => found,
            Err(Failed::Here) if self.inside(Tok::CBrack, false, |p| p.skip_to_separator(Tok::CBrack, false)) => {
                let invalid = Expr::new(ExprKind::Invalid, self.span_of(open));
                (invalid, self.close_after_failure(Tok::CBrack)?)
            }
            Err(failed) => return Err(failed),
        };
        let span = expr.span.to(close);
        Ok(Expr::new(ExprKind::Index(expr, key), span))
    }

    fn close_index(&mut self, open: Token) -> Parsed<Span> {
        if let Some(close) = self.take(Tok::CBrack) {
            return Ok(self.span_of(close));
        }
        if self.peek().kind == Tok::Eof || self.peek().kind.closes() || self.at_item() {
            return Err(self.unclosed(open, "index", "]"));
        }
        let next = self.peek();
        let detail = format!("An index ends with ], but there is {}.", next.kind.describe());
        Err(self.report(next, Diagnostic::error("Unclosed index", detail)))
    }

    /// After a skip: takes the closing bracket where the skip ended there.
    pub(super) fn close_after_failure(&mut self, close: Tok) -> Parsed<Span> {
        match self.inside(close, false, |p| p.take(close)) {
            Some(token) => Ok(self.span_of(token)),
            None => Err(Failed::Here),
        }
    }

    /// `[*]`: everything after it belongs to each element.
    fn full_splat(&mut self, source: Expr, open: Token) -> Parsed<Expr> {
        let star = self.next();
        let close = self.close_index(open)?;
        let item = Expr::new(ExprKind::SplatItem, self.span_of(star).to(close));
        let each = self.nested(|p| p.steps(item))?;
        let span = source.span.to(close).to(each.span);
        Ok(Expr::new(ExprKind::Splat { source, each, legacy: false }, span))
    }

    /// The value of a number token.
    pub(super) fn number(&mut self, token: Token) -> Parsed<Expr> {
        const MAX_EXPONENT: i64 = 9_999;
        let text = self.text_of(token);
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        // HCL takes 1.e5, though not 1. alone.
        let fraction = if fraction.is_empty() && digits.len() < text.len() { "0" } else { fraction };
        let plain = [whole, fraction].iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
        let in_range = exponent.parse::<i64>().is_ok_and(|e| e.abs() <= MAX_EXPONENT);
        if plain
            && in_range
            && let Some(kind) = self.names.number(text)
        {
            return Ok(Expr { kind, span: self.span_of(token) });
        }
        let detail = if plain && !in_range {
            format!("Exponents go up to {MAX_EXPONENT}.")
        } else {
            format!("{text} is not a number; numbers look like 12, 1.5 or 2e10.")
        };
        Err(self.report(token, Diagnostic::error("Invalid number", detail)))
    }
}
