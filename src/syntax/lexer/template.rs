//! Text inside quotes, heredocs and bare templates.
//!
//! What counts as one literal token matters, because `~` trims exactly one of them and `<<-`
//! looks at those that begin a line: a run up to a `$`, `%`, the closing quote or (in heredocs) the
//! end of the line; a `$` or `%` that begins no sequence is a token of its own.

use super::{Lexer, Mode};
use crate::syntax::token::Tok;

/// What a template token at the start of the text is.
enum Piece {
    Open {
        control: bool,
        len: usize,
        trim: bool,
    },
    /// `$${` or `%%{`, or a lone `$` or `%`.
    Special(usize),
    /// Ordinary text.
    Text,
}

fn piece(bytes: &[u8]) -> Piece {
    let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let first = at(0);
    if first != b'$' && first != b'%' {
        return Piece::Text;
    }
    if at(1) == b'{' {
        let trim = at(2) == b'~';
        return Piece::Open { control: first == b'%', len: 2 + usize::from(trim), trim };
    }
    Piece::Special(if at(1) == first && at(2) == b'{' { 3 } else { 1 })
}

impl Lexer<'_> {
    /// Reads one token of quoted text.
    pub(super) fn quoted(&mut self) {
        if self.sequence_or_special() {
            return;
        }
        match self.byte(0) {
            b'"' => {
                self.modes.pop();
                self.push(Tok::CQuote, 1);
            }
            b'\n' | b'\r' => self.newline_in_quotes(),
            _ => {
                let len = quoted_run(self.rest().as_bytes());
                self.push(Tok::Lit, len);
            }
        }
    }

    /// Reads one token of a heredoc.
    pub(super) fn heredoc(&mut self) {
        let at_line_start = matches!(self.modes.last(), Some(Mode::Heredoc { line_start: true, .. }));
        if at_line_start && self.close_heredoc() {
            return;
        }
        let ended_line = !self.sequence_or_special() && self.text_line();
        if let Some(Mode::Heredoc { line_start, .. }) = self.modes.iter_mut().rfind(|m| matches!(m, Mode::Heredoc { .. })) {
            *line_start = ended_line;
        }
    }

    /// Reads one token of a bare template.
    pub(super) fn bare(&mut self) {
        if !self.sequence_or_special() {
            self.text_line();
        }
    }

    /// Takes `${`, `%{`, their escapes, or a lone `$` or `%`.
    fn sequence_or_special(&mut self) -> bool {
        match piece(self.rest().as_bytes()) {
            Piece::Text => return false,
            Piece::Special(len) => self.push(Tok::Lit, len),
            Piece::Open { control, len, trim } => {
                self.modes.push(Mode::Sequence { start: self.pos, braces: 0 });
                self.push(if control { Tok::Control { trim } } else { Tok::Interp { trim } }, len);
            }
        }
        true
    }

    /// Takes text up to a `$` or `%` or past the end of the line; says whether a line ended.
    fn text_line(&mut self) -> bool {
        let bytes = self.rest().as_bytes();
        let stop = bytes.iter().position(|b| matches!(b, b'$' | b'%' | b'\n')).unwrap_or(bytes.len());
        let newline = bytes.get(stop) == Some(&b'\n');
        self.push(Tok::Lit, stop + usize::from(newline));
        newline
    }

    /// Takes `<<MARKER` or `<<-MARKER` and its line end; false when it is no heredoc.
    pub(super) fn open_heredoc(&mut self) -> bool {
        let rest = self.rest();
        let flush = rest.as_bytes().get(2) == Some(&b'-');
        let from = 2 + usize::from(flush);
        let len = super::code::ident_len(rest.get(from..).unwrap_or(""));
        if len == 0 {
            return false;
        }
        let after = rest.get(from + len..).unwrap_or("");
        let newline = if after.starts_with("\r\n") { 2 } else { usize::from(after.starts_with('\n')) };
        if newline == 0 {
            return self.bad_heredoc_start(from + len);
        }
        let (start, tokens) = (self.pos, self.tokens.len());
        let marker = (start + from, start + from + len);
        let body = start + from + len + newline;
        self.modes.push(Mode::Heredoc { start, tokens, body, marker, line_start: true });
        self.push(Tok::OHeredoc { flush }, from + len + newline);
        true
    }

    /// At a line start: takes the line with the marker, if it is that.
    fn close_heredoc(&mut self) -> bool {
        let Some(Mode::Heredoc { marker, .. }) = self.modes.last() else { return false };
        let name = self.text.get(marker.0..marker.1).unwrap_or("");
        let rest = self.rest();
        let line = rest.get(..rest.find('\n').unwrap_or(rest.len())).unwrap_or(rest);
        if line.trim() != name {
            return false;
        }
        let len = line.strip_suffix('\r').unwrap_or(line).len();
        self.modes.pop();
        self.push(Tok::CHeredoc, len);
        true
    }
}

/// Length of the quoted text before a `$`, `%`, quote or line end; a backslash takes the next
/// character with it.
fn quoted_run(bytes: &[u8]) -> usize {
    let mut i = 0;
    while let Some(b) = bytes.get(i) {
        match b {
            b'$' | b'%' | b'"' | b'\n' | b'\r' => break,
            b'\\' if bytes.get(i + 1).is_some_and(|n| !matches!(n, b'\n' | b'\r')) => {
                // The escaped character may have several bytes: the others follow as ordinary ones.
                i += 2;
            }
            _ => i += 1,
        }
    }
    i.max(1)
}
