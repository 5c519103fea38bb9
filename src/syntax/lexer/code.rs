//! Names, numbers, operators, comments: everything outside template text.

use super::{Lexer, Mode};
use crate::diag::Diagnostic;
use crate::syntax::token::Tok;
use unicode_ident::{is_xid_continue, is_xid_start};

/// Whether a name may begin with it.
fn ident_start(c: char) -> bool {
    is_xid_start(c) || c == '_'
}

/// Whether a name may go on with it.
fn ident_continue(c: char) -> bool {
    is_xid_continue(c) || c == '-'
}

/// Length of the name at the start of `text`; 0 when there is none.
pub(super) fn ident_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    // Nearly all names are ASCII throughout: one table look-up a byte.
    match bytes.first() {
        Some(b) if b.is_ascii() && !(b.is_ascii_alphabetic() || *b == b'_') => return 0,
        Some(b) if !b.is_ascii() && !text.starts_with(ident_start) => return 0,
        Some(_) => {}
        None => return 0,
    }
    let plain = bytes.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))).unwrap_or(bytes.len());
    match bytes.get(plain) {
        Some(b) if !b.is_ascii() => text.find(|c| !ident_continue(c)).unwrap_or(text.len()),
        _ => plain,
    }
}

/// Length of the number at the start of `text`, which begins with a digit. Dots and exponents
/// belong to it as long as a digit follows somewhere: `1...` is a 1 and an ellipsis.
fn number_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let (mut len, mut i) = (1, 1);
    loop {
        match bytes.get(i) {
            Some(b'0'..=b'9') => i += 1,
            Some(b'e' | b'E') if digit(i + 1) => i += 2,
            Some(b'e' | b'E') if matches!(bytes.get(i + 1), Some(b'+' | b'-')) && digit(i + 2) => i += 3,
            Some(b'.') => {
                i += 1;
                continue;
            }
            _ => return len,
        }
        len = i;
    }
}

/// The operator that begins with these bytes, and its length.
fn operator(first: u8, second: u8, third: u8) -> Option<(Tok, usize)> {
    Some(match (first, second) {
        (b'.', b'.') if third == b'.' => (Tok::Ellipsis, 3),
        (b'=', b'=') => (Tok::EqualOp, 2),
        (b'!', b'=') => (Tok::NotEqual, 2),
        (b'>', b'=') => (Tok::GtEq, 2),
        (b'<', b'=') => (Tok::LtEq, 2),
        (b'&', b'&') => (Tok::And, 2),
        (b'|', b'|') => (Tok::Or, 2),
        (b':', b':') => (Tok::DoubleColon, 2),
        (b'=', b'>') => (Tok::FatArrow, 2),
        (b'[', _) => (Tok::OBrack, 1),
        (b']', _) => (Tok::CBrack, 1),
        (b'(', _) => (Tok::OParen, 1),
        (b')', _) => (Tok::CParen, 1),
        (b'.', _) => (Tok::Dot, 1),
        (b',', _) => (Tok::Comma, 1),
        (b'*', _) => (Tok::Star, 1),
        (b'/', _) => (Tok::Slash, 1),
        (b'%', _) => (Tok::Percent, 1),
        (b'+', _) => (Tok::Plus, 1),
        (b'-', _) => (Tok::Minus, 1),
        (b'=', _) => (Tok::Equal, 1),
        (b'<', _) => (Tok::Lt, 1),
        (b'>', _) => (Tok::Gt, 1),
        (b'!', _) => (Tok::Bang, 1),
        (b'?', _) => (Tok::Question, 1),
        (b':', _) => (Tok::Colon, 1),
        _ => return None,
    })
}

impl Lexer<'_> {
    /// Reads one token of code.
    pub(super) fn code(&mut self) {
        match self.byte(0) {
            b' ' | b'\t' => {
                let rest = self.text.as_bytes().get(self.pos..).unwrap_or(&[]);
                self.pos += rest.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(rest.len());
            }
            b'\n' => self.push(Tok::Newline, 1),
            b'\r' if self.byte(1) == b'\n' => self.push(Tok::Newline, 2),
            b'#' => self.line_comment(),
            b'/' if self.byte(1) == b'/' => self.line_comment(),
            b'/' if self.byte(1) == b'*' => self.block_comment(),
            b'"' => {
                self.modes.push(Mode::Quote { start: self.pos, tokens: self.tokens.len() });
                self.push(Tok::OQuote, 1);
            }
            b'{' | b'}' => self.brace(1, false),
            b'~' if self.byte(1) == b'}' => self.brace(2, true),
            b'0'..=b'9' => self.push(Tok::Number, number_len(self.rest())),
            b'<' if self.byte(1) == b'<' && self.open_heredoc() => {}
            _ => self.name_or_operator(),
        }
    }

    fn line_comment(&mut self) {
        let len = self.line_end(self.pos) - self.pos;
        self.push(Tok::Comment, len);
    }

    fn block_comment(&mut self) {
        // Behind the opening: /*/ opens a comment and does not close it.
        if let Some(len) = self.rest().get(2..).and_then(|rest| rest.find("*/")) {
            return self.push(Tok::Comment, len + 4);
        }
        let at = self.span(self.pos, self.pos + 2);
        self.problem(
            Diagnostic::error("Unclosed comment", "The comment opened here with /* is not closed before the end of the text.")
                .at(at)
                .help("Close it with */."),
        );
        let len = self.text.len() - self.pos;
        self.push(Tok::Comment, len);
    }

    fn brace(&mut self, len: usize, trim: bool) {
        let open = self.byte(0) == b'{';
        let closes_sequence = match self.modes.last_mut() {
            Some(Mode::Sequence { braces, .. }) if open => {
                *braces += 1;
                false
            }
            Some(Mode::Sequence { braces: 0, .. }) => true,
            Some(Mode::Sequence { braces, .. }) if !trim => {
                *braces -= 1;
                false
            }
            _ => false,
        };
        if closes_sequence {
            self.modes.pop();
            self.push(Tok::SeqEnd { trim }, len);
        } else if trim {
            self.unreadable(1);
        } else {
            self.push(if open { Tok::OBrace } else { Tok::CBrace }, len);
        }
    }

    fn name_or_operator(&mut self) {
        let rest = self.rest();
        let ident = ident_len(rest);
        if ident > 0 {
            return self.push(Tok::Ident, ident);
        }
        match operator(self.byte(0), self.byte(1), self.byte(2)) {
            Some((kind, len)) => self.push(kind, len),
            None => {
                let first = self.rest().chars().next().unwrap_or(' ');
                self.unreadable(first.len_utf8());
            }
        }
    }

    /// Reports characters that mean nothing here. Text in single quotes is taken as a whole.
    fn unreadable(&mut self, len: usize) {
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or(' ');
        // Looked for only where it matters: a line may be all mistakes.
        let quoted = if first == '\'' {
            rest.get(1..).and_then(|r| r.find(['\'', '\n', '\r'])).filter(|i| rest.as_bytes().get(i + 1) == Some(&b'\''))
        } else {
            None
        };
        let (len, detail, help) = match first {
            '\'' => (
                quoted.map_or(len, |i| i + 2),
                "Text is written in double quotes; single quotes have no meaning.".to_string(),
                Some("Use \" instead of '."),
            ),
            '“' | '”' | '‘' | '’' | '„' => (
                len,
                format!("The typographic quote {first} has no meaning; it often comes from copying out of a document."),
                Some("Use the plain double quote \"."),
            ),
            '&' => (len, "A single & is not an operator.".to_string(), Some("Write && for \"and\".")),
            '|' => (len, "A single | is not an operator.".to_string(), Some("Write || for \"or\".")),
            '`' => (len, "Backticks have no meaning.".to_string(), Some("Use \", or a heredoc (<<EOT) for several lines.")),
            ';' => (len, "A semicolon has no meaning.".to_string(), Some("Put each argument on a line of its own.")),
            '\r' => (len, "A carriage return without a line feed ends no line.".to_string(), None),
            c if c.is_control() || c.is_whitespace() => {
                (len, format!("The invisible character U+{:04X} has no meaning here.", u32::from(c)), Some("Remove it."))
            }
            c => (len, format!("The character {c} has no meaning here."), None),
        };
        let mut problem = Diagnostic::error("Invalid character", detail).at(self.span(self.pos, self.pos + len));
        problem.help = help.map(str::to_string);
        self.problem(problem);
        self.push(Tok::Bad, len);
    }
}
