//! What is left open: reports it once and goes on where its author most likely meant it to end.

use super::{Lexer, Mode};
use crate::diag::Diagnostic;
use crate::syntax::token::Tok;

/// So many times a text is read again from an earlier place; beyond that it is broken all over,
/// and reading on costs less than reading again.
const MAX_REWINDS: usize = 32;

impl Lexer<'_> {
    /// A line end inside quotes: the quote (and those around it on its line) end with their line.
    pub(super) fn newline_in_quotes(&mut self) {
        let Some(inner) = self.modes.len().checked_sub(1) else { return };
        let mut outer = inner;
        let Some(Mode::Quote { start, .. }) = self.modes.get(inner) else { return };
        let line = self.line_end(*start);
        for (i, mode) in self.modes.iter().enumerate().take(inner) {
            if let Mode::Quote { start: s, .. } = mode
                && self.line_end(*s) == line
            {
                outer = i;
                break;
            }
        }
        let Some(Mode::Quote { start, tokens }) = self.modes.get(outer).cloned() else { return };
        let problem = if outer < inner { self.unclosed_sequence(start, outer) } else { self.unclosed_quote(start) };
        self.replace(problem, outer, tokens, start, line);
    }

    fn unclosed_quote(&self, start: usize) -> Diagnostic {
        Diagnostic::error("Unclosed quoted text", "The quote opened here is not closed on its line.")
            .at(self.span(start, self.line_end(start)))
            .help("Close it with \". For text of several lines use a heredoc (<<EOT ... EOT), for a line end in the text \\n.")
    }

    fn unclosed_sequence(&self, start: usize, outer: usize) -> Diagnostic {
        let inside = self.modes.get(outer + 1).and_then(|m| match m {
            Mode::Sequence { start, .. } => Some(*start),
            _ => None,
        });
        let from = inside.unwrap_or(start);
        let opener = self.text.get(from..from + 2).unwrap_or("${");
        Diagnostic::error(
            "Unclosed template sequence",
            format!("The {opener} opened here has no closing brace before the end of the text around it."),
        )
        .at(self.span(from, from + 2))
        .within(self.span(start, self.line_end(start)))
        .help(format!("Close it with }}. For a literal {opener} write {}{opener}.", opener.get(..1).unwrap_or("$")))
    }

    /// Replaces everything since the mode at `depth` opened (and what was reported there) by one
    /// bad token, and goes on at `resume`.
    fn replace(&mut self, problem: Diagnostic, depth: usize, tokens: usize, start: usize, resume: usize) {
        self.rewinds += 1;
        while self.problems.last().is_some_and(|p| p.subject.is_some_and(|s| s.start as usize >= start)) {
            self.problems.pop();
        }
        self.problem(problem);
        let resume = if self.rewinds > MAX_REWINDS { self.pos.max(resume) } else { resume };
        self.modes.truncate(depth);
        self.tokens.truncate(tokens);
        self.pos = start;
        self.push(Tok::Bad, resume - start);
    }

    /// `<<EOT` that is not followed by a line end.
    pub(super) fn bad_heredoc_start(&mut self, len: usize) -> bool {
        self.problem(
            Diagnostic::error(
                "Invalid heredoc",
                "The marker of a heredoc must be the last thing on its line; not even a space may follow.",
            )
            .at(self.span(self.pos, self.pos + len))
            .help("Start the text on the next line."),
        );
        let len = self.line_end(self.pos) - self.pos;
        self.push(Tok::Bad, len);
        true
    }

    /// At the end of the text: deals with what is open. True when reading goes on elsewhere.
    pub(super) fn end_of_text(&mut self) -> bool {
        let bare = matches!(self.modes.first(), Some(Mode::Bare));
        let depth = usize::from(bare);
        let has_sequence = self.modes.iter().skip(depth).any(|m| matches!(m, Mode::Sequence { .. }));
        match self.modes.get(depth).cloned() {
            None | Some(Mode::Bare) => false,
            Some(Mode::Quote { start, tokens }) => {
                let problem = if has_sequence { self.unclosed_sequence(start, depth) } else { self.unclosed_quote(start) };
                self.replace(problem, depth, tokens, start, self.line_end(start));
                self.pos < self.text.len()
            }
            Some(Mode::Heredoc { start, tokens, body, marker, .. }) => {
                let end = self.marker_line(body, marker);
                let problem = match end {
                    Some(_) if has_sequence => self.unclosed_sequence(start, depth),
                    _ => self.unclosed_heredoc(start, marker),
                };
                self.replace(problem, depth, tokens, start, end.unwrap_or(self.text.len()));
                self.pos < self.text.len()
            }
            Some(Mode::Sequence { start, .. }) => {
                let problem = self.unclosed_sequence(start, 0);
                self.problem(problem);
                self.modes.truncate(depth);
                self.push(Tok::Bad, 0);
                false
            }
        }
    }

    fn unclosed_heredoc(&self, start: usize, marker: (usize, usize)) -> Diagnostic {
        let name = self.text.get(marker.0..marker.1).unwrap_or("");
        Diagnostic::error(
            "Unclosed heredoc",
            format!("The text opened here ends only with a line that holds {name} and nothing else; there is none."),
        )
        .at(self.span(start, marker.1))
        .help(format!("Put {name} on a line of its own after the text; what follows it goes on the next line."))
    }

    /// End of the first line at or after `from` that is the marker alone.
    fn marker_line(&self, from: usize, marker: (usize, usize)) -> Option<usize> {
        let name = self.text.get(marker.0..marker.1)?;
        let mut at = from;
        for line in self.text.get(from..)?.split_inclusive('\n') {
            if line.trim() == name {
                return Some(at + line.trim_end_matches(['\r', '\n']).len());
            }
            at += line.len();
        }
        None
    }
}
