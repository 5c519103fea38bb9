//! Literal tokens to text: escapes.

use super::Parser;
use crate::diag::Diagnostic;
use crate::syntax::token::Token;
use std::borrow::Cow;

/// What an escape at the start of a text means.
enum Escape {
    /// It is `len` bytes long and means the character.
    Char(char, usize),
    /// It is `len` bytes long and wrong.
    Wrong(&'static str, usize),
}

impl<'a> Parser<'a> {
    /// The text of a literal token. `$${` and `%%{` are escapes everywhere, backslashes only in
    /// quotes.
    pub(super) fn literal(&mut self, token: Token, quoted: bool) -> Cow<'a, str> {
        let text = self.text_of(token);
        if text.starts_with("$${") || text.starts_with("%%{") {
            return Cow::Borrowed(text.get(1..).unwrap_or(""));
        }
        if !quoted || !text.contains('\\') {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
            let plain = rest.find('\\').unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or(""));
            at += plain;
            let Some(escaped) = rest.get(plain..).filter(|e| !e.is_empty()) else { break };
            match escape(escaped) {
                Escape::Char(c, len) => {
                    out.push(c);
                    at += len;
                }
                Escape::Wrong(detail, len) => {
                    let span = self.span(token.start() + at, token.start() + at + len);
                    self.report_once(Diagnostic::error("Invalid escape sequence", detail).at(span).help("For a backslash write \\\\ ."));
                    at += len;
                }
            }
        }
        Cow::Owned(out)
    }
}

fn escape(text: &str) -> Escape {
    let Some(selector) = text.chars().nth(1) else {
        return Escape::Wrong("A backslash must be followed by a character that says what it means.", 1);
    };
    let simple = match selector {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '"' => '"',
        '\\' => '\\',
        'u' => return unicode(text, 4, "After \\u four hexadecimal digits are expected that name a character."),
        'U' => return unicode(text, 8, "After \\U eight hexadecimal digits are expected that name a character."),
        other => {
            let detail = "After a backslash one of n, r, t, \", \\, u, U is expected.";
            return Escape::Wrong(detail, 1 + other.len_utf8());
        }
    };
    Escape::Char(simple, 2)
}

fn unicode(text: &str, digits: usize, wrong: &'static str) -> Escape {
    let hex = text.get(2..2 + digits).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
    let found = hex.and_then(|h| u32::from_str_radix(h, 16).ok()).and_then(char::from_u32);
    match found {
        Some(c) => Escape::Char(c, 2 + digits),
        None => Escape::Wrong(wrong, 2),
    }
}
