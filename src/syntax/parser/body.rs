//! Bodies: attributes and blocks.

use super::{Failed, Parsed, Parser};
use crate::diag::{Diagnostic, Span};
use crate::syntax::ast::{Attribute, Block, Body, Expr, ExprKind, Ident};
use crate::syntax::token::{Tok, Token};
use std::collections::HashMap;
use std::sync::Arc;

enum Item {
    Attribute(Attribute),
    Block(Block),
}

/// Where the arguments of a body were set: a table only where there are many.
#[derive(Default)]
struct Seen(HashMap<Arc<str>, Span>);

/// Up to so many arguments are looked through one by one.
const FEW: usize = 16;

impl Seen {
    fn first(&mut self, body: &Body, name: &Arc<str>) -> Option<Span> {
        if body.attributes.len() <= FEW {
            return body.attributes.iter().find(|a| a.name.name == *name).map(|a| a.name.span);
        }
        if self.0.is_empty() {
            self.0.extend(body.attributes.iter().map(|a| (a.name.name.clone(), a.name.span)));
        }
        self.0.get(name).copied()
    }

    fn add(&mut self, name: &Ident) {
        if !self.0.is_empty() {
            self.0.insert(name.name.clone(), name.span);
        }
    }
}

/// What a body belongs to.
struct Owner {
    header: Span,
    /// Column of the block's type where it is first on its line.
    column: Option<usize>,
}

impl Parser<'_> {
    /// Reads the whole text as one body.
    pub(super) fn file_body(&mut self) -> Body {
        let mut body = Body { span: Some(self.span(0, self.text.len())), ..Body::default() };
        loop {
            self.items(&mut body, None);
            let token = self.next();
            match token.kind {
                Tok::Eof => return body,
                Tok::CBrace => {
                    let diagnostic = Diagnostic::error("Unexpected closing brace", "No block or object is open here.")
                        .help("Remove it, or look for the opening brace that is missing above.");
                    self.report(token, diagnostic);
                    self.skip_line();
                }
                _ => {}
            }
        }
    }

    /// Reads items up to a closing brace or the end, which stay unread.
    fn items(&mut self, body: &mut Body, owner: Option<&Owner>) {
        let mut seen = Seen::default();
        loop {
            let token = self.peek();
            match token.kind {
                Tok::Eof | Tok::CBrace => return,
                Tok::Newline => {
                    self.next();
                }
                Tok::Ident => {
                    self.suspect(token, owner);
                    match self.item() {
                        Some(Item::Attribute(attribute)) => self.add_attribute(body, &mut seen, attribute),
                        Some(Item::Block(block)) => body.blocks.push(block),
                        None => {}
                    }
                }
                _ => {
                    let failed = self.no_item(token);
                    self.recover_line(failed);
                }
            }
        }
    }

    /// Remembers the first block whose content is indented no deeper than the block itself.
    fn suspect(&mut self, token: Token, owner: Option<&Owner>) {
        let Some(Owner { header, column: Some(column) }) = owner else { return };
        if self.suspect.is_none() && self.first_on_line(token.start()) && self.column(token.start()) <= *column {
            self.suspect = Some(*header);
        }
    }

    fn add_attribute(&mut self, body: &mut Body, seen: &mut Seen, attribute: Attribute) {
        let name = &attribute.name;
        match seen.first(body, &name.name) {
            None => {
                seen.add(name);
                body.attributes.push(attribute);
            }
            Some(first) => {
                let line = self.line_of(first.start as usize);
                let detail = format!("The argument {:?} was set on line {line} already. Each argument may be set once.", name.name);
                self.report_once(
                    Diagnostic::error("Argument set twice", detail)
                        .at(name.span)
                        .within(first.to(name.span))
                        .help("Remove one of the two."),
                );
            }
        }
    }

    fn no_item(&mut self, token: Token) -> Failed {
        let (summary, detail) = match token.kind {
            Tok::OQuote => ("Invalid argument name", "Names of arguments are written without quotes.".to_string()),
            kind => (
                "Argument or block expected",
                format!("A line in a body begins with the name of an argument or block, not with {}.", kind.describe()),
            ),
        };
        self.report(token, Diagnostic::error(summary, detail))
    }

    fn item(&mut self) -> Option<Item> {
        let name = self.next();
        if self.peek().kind == Tok::Equal {
            return Some(Item::Attribute(self.attribute(name, false)));
        }
        let block = self.nested(|p| p.block(name));
        match block {
            Ok(block) => Some(Item::Block(block)),
            Err(failed) => {
                self.recover_line(failed);
                None
            }
        }
    }

    /// Reads `= expression` and the line end, recovering from every mistake.
    fn attribute(&mut self, name: Token, one_line_block: bool) -> Attribute {
        let equals = self.next();
        let name = self.ident_of(name);
        let mut height = std::mem::take(&mut self.height);
        let expr = match self.expression() {
            Ok(expr) => {
                if !one_line_block && let Err(failed) = self.line_end("argument") {
                    self.recover_line(failed);
                }
                expr
            }
            Err(failed) => {
                let end = self.previous_end().max(equals.end());
                self.recover_line(failed);
                Expr::new(ExprKind::Invalid, self.span(equals.end(), end))
            }
        };
        std::mem::swap(&mut height, &mut self.height);
        let span = name.span.to(expr.span);
        Attribute { name, expr, span }
    }

    /// Requires that the line ends here.
    fn line_end(&mut self, what: &str) -> Parsed<()> {
        let token = self.peek();
        match token.kind {
            Tok::Newline => {
                self.next();
                Ok(())
            }
            Tok::Eof => Ok(()),
            Tok::Comma => Err(self.report(
                token,
                Diagnostic::error("Unexpected comma", format!("Each {what} ends with its line, not with a comma."))
                    .help("Remove the comma."),
            )),
            kind => {
                let detail = format!("Each {what} ends with its line, but {} follows.", kind.describe());
                let help = if kind == Tok::CBrace {
                    "Put the closing brace on the next line."
                } else {
                    "Put what follows on the next line; text belongs in double quotes."
                };
                Err(self.report(token, Diagnostic::error(format!("Missing line end after {what}"), detail).help(help)))
            }
        }
    }

    /// Reads labels and body of a block.
    fn block(&mut self, kind: Token) -> Parsed<Block> {
        let name = self.ident_of(kind);
        let labels = self.labels(&name)?;
        let open = self.next();
        let header = labels.last().map_or(name.span, |l| name.span.to(l.span));
        let column = self.first_on_line(kind.start()).then(|| self.column(kind.start()));
        let mut body = Body::default();
        match self.peek().kind {
            Tok::Newline | Tok::Eof | Tok::CBrace => {
                let owner = Owner { header, column };
                self.items(&mut body, Some(&owner));
            }
            _ => self.one_line_body(&mut body),
        }
        let close = self.close_block(header);
        let end = close.map_or(self.previous_end(), |t| t.end());
        body.span = Some(self.span(open.start(), end));
        if close.is_some()
            && let Err(failed) = self.line_end("block")
        {
            self.recover_line(failed);
        }
        Ok(Block { kind: name, labels, body, header, span: self.span(kind.start(), end) })
    }

    fn labels(&mut self, name: &Ident) -> Parsed<Vec<Ident>> {
        let mut labels = Vec::new();
        loop {
            let token = self.peek();
            match token.kind {
                Tok::OBrace => return Ok(labels),
                Tok::Ident => {
                    self.next();
                    labels.push(self.ident_of(token));
                }
                Tok::OQuote => labels.push(self.quoted_label()?),
                kind => {
                    let help = match kind {
                        Tok::Newline if labels.is_empty() => {
                            format!("Write {0} = ... for an argument, {0} {{ ... }} for a block.", name.name)
                        }
                        Tok::Newline => "Put the opening brace on the same line as the block's name.".to_string(),
                        Tok::Colon => format!("Write {} = ... for an argument.", name.name),
                        Tok::Equal => "Leave out the = before a block's brace, and the labels before an argument's =.".to_string(),
                        _ => "A block is written: name \"label\" {".to_string(),
                    };
                    let detail =
                        format!("After {:?} an equals sign, a label or an opening brace is expected, not {}.", name.name, kind.describe());
                    self.skip_to_brace();
                    return Err(self.report(token, Diagnostic::error("Invalid argument or block", detail).within(name.span).help(help)));
                }
            }
        }
    }

    /// Moves over line ends if an opening brace follows them, so that its block is skipped too.
    fn skip_to_brace(&mut self) {
        let ahead = (0..).take_while(|i| self.peek_at(*i).kind == Tok::Newline).count();
        if self.peek_at(ahead).kind == Tok::OBrace {
            self.pos += ahead;
        }
    }

    fn quoted_label(&mut self) -> Parsed<Ident> {
        let open = self.peek();
        let expr = self.term()?;
        match expr.literal_str() {
            Some(text) => Ok(Ident { name: text.into(), span: expr.span }),
            None => {
                let diagnostic = Diagnostic::error("Invalid block label", "A block's label is plain text; templates are not possible.")
                    .at(expr.span)
                    .help("Write the text itself; for a literal ${ write $${.");
                self.report(open, diagnostic);
                Ok(Ident { name: "".into(), span: expr.span })
            }
        }
    }

    /// `{ name = expression }`: one argument, closed on its line.
    fn one_line_body(&mut self, body: &mut Body) {
        let token = self.peek();
        if token.kind != Tok::Ident || self.peek_at(1).kind != Tok::Equal {
            let diagnostic = Diagnostic::error("Invalid one-line block", "A block on one line holds one argument, and no blocks.")
                .help("Put the content on lines of its own.");
            self.report(token, diagnostic);
            if self.peek_at(1).kind != Tok::Eof {
                self.items(body, None);
            }
            return;
        }
        let name = self.next();
        let attribute = self.attribute(name, true);
        body.attributes.push(attribute);
        let next = self.peek();
        if matches!(next.kind, Tok::CBrace | Tok::Eof) {
            return;
        }
        let detail = "A block whose first argument stands on the line of its brace holds that one argument and closes on the same line.";
        let diagnostic = Diagnostic::error("Invalid one-line block", detail).help("Put each argument on a line of its own.");
        self.report(next, diagnostic);
        if next.kind == Tok::Comma {
            self.next();
        }
        self.items(body, None);
    }

    /// Takes the closing brace, or reports that there is none.
    fn close_block(&mut self, header: Span) -> Option<Token> {
        if let Some(close) = self.take(Tok::CBrace) {
            return Some(close);
        }
        if !std::mem::replace(&mut self.end_reported, true) {
            let at = self.suspect.unwrap_or(header);
            self.report_once(
                Diagnostic::error("Unclosed block", "The block that begins here has no closing brace before the end of the text.")
                    .at(at)
                    .help("Close it with } on a line of its own."),
            );
        }
        None
    }

    /// After a mistake in an item: skips to the next line at the same nesting, or to the closing
    /// brace of the body.
    fn recover_line(&mut self, failed: Failed) {
        if failed == Failed::Unclosed && self.at_item() {
            return;
        }
        self.skip_line();
    }

    fn skip_line(&mut self) {
        let mut open = 0_usize;
        loop {
            let token = self.peek();
            match token.kind {
                Tok::Eof => return,
                Tok::Newline if open == 0 => return,
                Tok::CBrace if open == 0 => return,
                kind if kind.opens() => open += 1,
                kind if kind.closes() => open = open.saturating_sub(1),
                _ => {}
            }
            self.next();
        }
    }
}
