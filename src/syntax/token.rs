//! Tokens: what the lexer cuts the text into.

/// A token and the bytes it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub kind: Tok,
    // As in spans: texts of more than 4 GB are not read.
    start: u32,
    end: u32,
}

impl Token {
    /// A token of the bytes from `start` to before `end`.
    pub fn new(kind: Tok, start: usize, end: usize) -> Token {
        let short = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Token { kind, start: short(start), end: short(end) }
    }

    /// First byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// One past the last byte.
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// The bytes it covers.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start()..self.end()
    }
}

/// Kinds of tokens. `trim` is the `~` next to the brace of a template sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[rustfmt::skip]
pub(crate) enum Tok {
    Ident, Number, Newline, Comment,
    OBrace, CBrace, OBrack, CBrack, OParen, CParen,
    Dot, Comma, Star, Slash, Percent, Plus, Minus, Equal, Lt, Gt, Bang, Question, Colon,
    EqualOp, NotEqual, LtEq, GtEq, And, Or, DoubleColon, Ellipsis, FatArrow,
    /// `"` that opens a quoted template.
    OQuote,
    /// `"` that closes it.
    CQuote,
    /// `<<EOT` or, with `flush`, `<<-EOT`, with its line end.
    OHeredoc { flush: bool },
    /// The line with the closing marker, without its line end.
    CHeredoc,
    /// Literal text in a template: a run without sequences, at most one line in a heredoc.
    Lit,
    /// `${`
    Interp { trim: bool },
    /// `%{`
    Control { trim: bool },
    /// `}` that closes `${` or `%{`.
    SeqEnd { trim: bool },
    /// Text the lexer has reported as wrong; the parser is silent about it.
    Bad,
    Eof,
}

impl Tok {
    /// Whether it opens something that a later token closes.
    pub fn opens(self) -> bool {
        use Tok::{Control, Interp, OBrace, OBrack, OHeredoc, OParen, OQuote};
        matches!(self, OBrace | OBrack | OParen | OQuote | OHeredoc { .. } | Interp { .. } | Control { .. })
    }

    /// Whether it closes something.
    pub fn closes(self) -> bool {
        use Tok::{CBrace, CBrack, CHeredoc, CParen, CQuote, SeqEnd};
        matches!(self, CBrace | CBrack | CParen | CQuote | CHeredoc | SeqEnd { .. })
    }

    /// The token in words, for messages.
    pub fn describe(self) -> &'static str {
        match self {
            Tok::Ident => "a name",
            Tok::Number => "a number",
            Tok::Newline => "the end of the line",
            Tok::Comment => "a comment",
            Tok::OBrace => "\"{\"",
            Tok::CBrace | Tok::SeqEnd { .. } => "\"}\"",
            Tok::OBrack => "\"[\"",
            Tok::CBrack => "\"]\"",
            Tok::OParen => "\"(\"",
            Tok::CParen => "\")\"",
            Tok::Comma => "a comma",
            Tok::Equal => "\"=\"",
            Tok::Colon => "\":\"",
            Tok::OQuote | Tok::CQuote => "a quote",
            Tok::OHeredoc { .. } | Tok::CHeredoc => "a heredoc",
            Tok::Eof => "the end of the text",
            Tok::Lit | Tok::Interp { .. } | Tok::Control { .. } => "template text",
            Tok::Bad => "text that cannot be read",
            _ => "an operator",
        }
    }
}
