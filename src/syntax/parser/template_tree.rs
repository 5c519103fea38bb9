//! Pieces of a template to a tree: every `if` with its `endif`, every `for` with its `endfor`.

use super::template::{Directive, Piece};
use super::{Parsed, Parser};
use crate::diag::{Diagnostic, Span};
use crate::syntax::ast::{Expr, ExprKind, Ident, Template, TemplateFor, TemplateIf, TemplatePart};
use std::sync::Arc;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// What ended a row of parts.
enum End {
    Text,
    Directive(Directive, Span),
}

type Pieces<'a> = std::vec::IntoIter<Piece<'a>>;

impl Parser<'_> {
    /// Nests the directives. When they do not match, that is reported and the template is invalid
    /// as a whole.
    pub(super) fn tree(&mut self, pieces: Vec<Piece<'_>>) -> Parsed<Template> {
        if !pieces.iter().any(|p| matches!(p, Piece::Directive(..))) {
            // Nearly all templates are flat: their parts need no place to spare.
            let mut parts = Vec::with_capacity(pieces.len());
            parts.extend(pieces.into_iter().filter_map(part));
            return Ok(Template { parts, heredoc: false });
        }
        let mut pieces = pieces.into_iter();
        let (template, end) = self.row(&mut pieces)?;
        match end {
            End::Text => Ok(template),
            End::Directive(directive, span) => {
                let (name, opener) = match directive {
                    Directive::EndFor => ("endfor", "for"),
                    Directive::Else => ("else", "if"),
                    _ => ("endif", "if"),
                };
                let detail = format!("There is no %{{ {opener} }} open that this %{{ {name} }} could belong to.");
                self.report_once(Diagnostic::error("Unbalanced template directives", detail).at(span));
                Ok(invalid(span))
            }
        }
    }

    fn row(&mut self, pieces: &mut Pieces<'_>) -> Parsed<(Template, End)> {
        let mut parts = Vec::new();
        while let Some(piece) = pieces.next() {
            let part = match piece {
                Piece::Literal(text) => TemplatePart::Literal(normalized(&text)),
                Piece::Expr(expr) => TemplatePart::Expr(expr),
                Piece::Directive(directive, span) => match *directive {
                    Directive::If(condition) => self.nested(|p| p.conditional_part(pieces, condition, span))?,
                    Directive::For { key_var, value_var, source } => {
                        self.nested(|p| p.loop_part(pieces, (key_var, value_var, source), span))?
                    }
                    end => return Ok((Template { parts, heredoc: false }, End::Directive(end, span))),
                },
            };
            parts.push(part);
        }
        Ok((Template { parts, heredoc: false }, End::Text))
    }

    fn conditional_part(&mut self, pieces: &mut Pieces<'_>, condition: Expr, open: Span) -> Parsed<TemplatePart> {
        let (then, end) = self.row(pieces)?;
        let (otherwise, end) = match end {
            End::Directive(Directive::Else, _) => self.row(pieces)?,
            other => (Template::default(), other),
        };
        match end {
            End::Directive(Directive::EndIf, close) => {
                Ok(TemplatePart::If(Box::new(TemplateIf { condition, then, otherwise, span: open.to(close) })))
            }
            other => Ok(self.unbalanced("if", "endif", open, other)),
        }
    }

    fn loop_part(
        &mut self,
        pieces: &mut Pieces<'_>,
        (key_var, value_var, source): (Option<Ident>, Ident, Expr),
        open: Span,
    ) -> Parsed<TemplatePart> {
        let (body, end) = self.row(pieces)?;
        match end {
            End::Directive(Directive::EndFor, close) => {
                Ok(TemplatePart::For(Box::new(TemplateFor { key_var, value_var, source, body, span: open.to(close) })))
            }
            other => Ok(self.unbalanced("for", "endfor", open, other)),
        }
    }

    fn unbalanced(&mut self, opener: &str, closer: &str, open: Span, found: End) -> TemplatePart {
        let diagnostic = match found {
            End::Text => Diagnostic::error(
                "Unbalanced template directives",
                format!("The %{{ {opener} }} directive has no %{{ {closer} }} before the end of the text."),
            )
            .at(open),
            End::Directive(_, span) => {
                let line = self.line_of(open.start as usize);
                Diagnostic::error(
                    "Unbalanced template directives",
                    format!("The %{{ {opener} }} directive of line {line} needs its %{{ {closer} }} before this directive."),
                )
                .at(span)
                .within(open.to(span))
            }
        };
        self.report_once(diagnostic);
        TemplatePart::Expr(Expr::new(ExprKind::Invalid, open))
    }
}

/// A piece that is no directive.
fn part(piece: Piece<'_>) -> Option<TemplatePart> {
    match piece {
        Piece::Literal(text) => Some(TemplatePart::Literal(normalized(&text))),
        Piece::Expr(expr) => Some(TemplatePart::Expr(expr)),
        Piece::Directive(..) => None,
    }
}

pub(super) fn normalized(text: &str) -> Arc<str> {
    if text.is_ascii() || is_nfc(text) { text.into() } else { text.nfc().collect::<String>().into() }
}

fn invalid(span: Span) -> Template {
    Template { parts: vec![TemplatePart::Expr(Expr::new(ExprKind::Invalid, span))], heredoc: false }
}
