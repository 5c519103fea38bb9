//! Operands: literals, names, calls, parentheses, quoted text, heredocs.

use super::{Failed, Parsed, Parser};
use crate::diag::Diagnostic;
use crate::syntax::ast::{Expr, ExprKind, Ident, Template, TemplatePart};
use crate::syntax::token::{Tok, Token};

impl Parser<'_> {
    /// Reads one operand.
    pub(super) fn term(&mut self) -> Parsed<Expr> {
        let token = self.peek();
        match token.kind {
            Tok::Number => {
                self.next();
                self.number(token)
            }
            Tok::Ident => self.name(),
            Tok::OQuote => self.quoted(),
            Tok::OHeredoc { flush } => self.heredoc(flush),
            Tok::OParen => self.parens(),
            Tok::OBrack => self.tuple(),
            Tok::OBrace => self.object(),
            Tok::Bad => {
                self.next();
                Ok(Expr::new(ExprKind::Invalid, self.span_of(token)))
            }
            _ => Err(self.no_expression(token)),
        }
    }

    fn no_expression(&mut self, token: Token) -> Failed {
        let detail = format!("A value is expected here, not {}.", token.kind.describe());
        let mut diagnostic = Diagnostic::error("Expression expected", detail);
        if token.kind == Tok::Newline {
            diagnostic = diagnostic.help("Continue on the same line, or put the whole expression in parentheses.");
        } else if token.kind == Tok::EqualOp || token.kind == Tok::Equal {
            diagnostic = diagnostic.help("To compare write ==, to set an argument write a single =.");
        }
        self.report(token, diagnostic)
    }

    fn name(&mut self) -> Parsed<Expr> {
        let token = self.next();
        if matches!(self.peek().kind, Tok::OParen | Tok::DoubleColon) {
            return self.call(token);
        }
        let text = self.text_of(token);
        Ok(Expr { kind: self.names.operand(text), span: self.span_of(token) })
    }

    fn quoted(&mut self) -> Parsed<Expr> {
        let open = self.next();
        let template = self.template_until(Tok::CQuote, false)?;
        Ok(self.template_expr(open, template))
    }

    fn heredoc(&mut self, flush: bool) -> Parsed<Expr> {
        let open = self.next();
        let mut template = self.template_until(Tok::CHeredoc, flush)?;
        template.heredoc = true;
        Ok(self.template_expr(open, template))
    }

    fn template_expr(&self, open: Token, template: Template) -> Expr {
        Expr::new(ExprKind::Template(template), self.span(open.start(), self.previous_end()))
    }

    fn parens(&mut self) -> Parsed<Expr> {
        let open = self.next();
        let inner = self.inside(Tok::CParen, false, |p| {
            let inner = p.expression()?;
            let next = p.peek();
            match next.kind {
                Tok::CParen => Ok(inner),
                Tok::Eof => Err(p.unclosed(open, "parenthesis", ")")),
                kind if kind.closes() || p.at_item() => Err(p.unclosed(open, "parenthesis", ")")),
                kind => {
                    let detail = format!("The parenthesis is expected to close here, but there is {}.", kind.describe());
                    Err(p.report(next, Diagnostic::error("Unbalanced parentheses", detail)))
                }
            }
        });
        let inner = match inner {
            Err(Failed::Here) if self.inside(Tok::CParen, false, |p| p.skip_to_separator(Tok::CParen, false)) => {
                Expr::new(ExprKind::Invalid, self.span_of(open))
            }
            other => other?,
        };
        let close = self.close_after_failure(Tok::CParen)?;
        Ok(Expr::new(ExprKind::Parens(inner), self.span_of(open).to(close)))
    }

    /// Reads `(args)` or `::name(args)` after a name.
    fn call(&mut self, first: Token) -> Parsed<Expr> {
        let mut name = self.name_of(first);
        let mut name_span = self.span_of(first);
        while self.take(Tok::DoubleColon).is_some() {
            let part = self.peek();
            if part.kind != Tok::Ident {
                let diagnostic = Diagnostic::error("Missing function name", "After :: the name of a function is expected.");
                return Err(self.report(part, diagnostic.within(name_span)));
            }
            self.next();
            name = format!("{name}::{}", self.text_of(part)).into();
            name_span = name_span.to(self.span_of(part));
        }
        let open = self.peek();
        if open.kind != Tok::OParen {
            let detail = format!("{name} names a function; its arguments in parentheses are expected here.");
            return Err(self.report(open, Diagnostic::error("Missing function arguments", detail).within(name_span)));
        }
        self.next();
        let mut expand = false;
        let args = self.inside(Tok::CParen, false, |p| p.arguments(open, &mut expand))?;
        let span = self.span(first.start(), self.previous_end());
        Ok(Expr::new(ExprKind::Call { name: Ident { name, span: name_span }, args, expand }, span))
    }

    fn arguments(&mut self, open: Token, expand: &mut bool) -> Parsed<Vec<Expr>> {
        self.elements(open, Tok::CParen, "function call", |p| {
            let arg = p.expression()?;
            let dots = p.peek();
            if dots.kind == Tok::Ellipsis {
                p.next();
                *expand = true;
                if p.peek().kind != Tok::CParen {
                    let diagnostic = Diagnostic::error("Misplaced ...", "Only the last argument of a call can be expanded with ... .")
                        .help("Close the parenthesis right after it.");
                    return Err(p.report(dots, diagnostic));
                }
            }
            Ok(arg)
        })
    }
}

impl Expr {
    /// The one interpolated expression of a template that is nothing else.
    #[must_use]
    pub fn sole_interpolation(&self) -> Option<&Expr> {
        match &*self.kind {
            ExprKind::Template(Template { parts, .. }) => match parts.as_slice() {
                [TemplatePart::Expr(inner)] => Some(inner),
                _ => None,
            },
            _ => None,
        }
    }
}
