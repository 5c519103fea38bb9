//! JSON text to nodes with places. Stops at the first mistake.

use crate::diag::{Diagnostic, FileId, Span};
use crate::value::Number;

/// Nesting beyond this is refused.
const MAX_DEPTH: usize = 200;

/// A value and its place.
pub(super) struct Node {
    pub kind: Kind,
    pub span: Span,
}

pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(Text),
    Array(Vec<Node>),
    Object(Vec<(Text, Node)>),
}

/// A string with its escapes resolved.
pub(super) struct Text {
    pub text: String,
    /// Offsets in `text` and in the source where the distance between the two changes.
    pub pieces: Vec<(usize, usize)>,
    /// The quotes included.
    pub span: Span,
}

type Read<T> = Result<T, Box<Diagnostic>>;

/// Reads one document.
pub(super) fn read(file: FileId, text: &str) -> Read<Node> {
    let mut reader = Reader { file, text, pos: if text.starts_with('\u{feff}') { 3 } else { 0 }, depth: 0 };
    let node = reader.value()?;
    reader.blank();
    if reader.pos < text.len() {
        return Err(reader.wrong("Extra characters after JSON value", "The document is complete before this.", reader.pos));
    }
    Ok(node)
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    pos: usize,
    depth: usize,
}

impl Reader<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn wrong(&self, summary: &str, detail: impl Into<String>, at: usize) -> Box<Diagnostic> {
        let length = self.text.get(at..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
        Box::new(Diagnostic::error(summary, detail).at(self.span(at, at + length)))
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    fn blank(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.pos += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.blank();
        let found = self.byte() == Some(byte);
        self.pos += usize::from(found);
        found
    }

    fn value(&mut self) -> Read<Node> {
        self.blank();
        let start = self.pos;
        let kind = match self.byte() {
            Some(b'{') => self.deeper(Self::object)?,
            Some(b'[') => self.deeper(Self::array)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Kind::Number(self.number()?),
            Some(c) if c.is_ascii_alphabetic() => self.word()?,
            Some(b'\'') => return Err(self.wrong("Invalid JSON", "Text is written in double quotes in JSON.", start)),
            Some(_) => return Err(self.wrong("Invalid JSON", "A JSON value is expected here.", start)),
            None => return Err(self.wrong("Invalid JSON", "The text ends where a JSON value is expected.", start)),
        };
        Ok(Node { kind, span: self.span(start, self.pos) })
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Read<Kind>) -> Read<Kind> {
        if self.depth >= MAX_DEPTH {
            return Err(self.wrong("JSON nested too deeply", format!("More than {MAX_DEPTH} levels are not supported."), self.pos));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn object(&mut self) -> Read<Kind> {
        let open = self.pos;
        self.pos += 1;
        let mut members = Vec::new();
        if self.take(b'}') {
            return Ok(Kind::Object(members));
        }
        loop {
            self.blank();
            if self.byte() != Some(b'"') {
                return Err(self.no_member(open));
            }
            let name = self.string()?;
            if !self.take(b':') {
                return Err(self.wrong("Invalid JSON", format!("After the name {:?} a colon is expected.", name.text), self.pos));
            }
            members.push((name, self.value()?));
            if self.take(b',') {
                continue;
            }
            if self.take(b'}') {
                return Ok(Kind::Object(members));
            }
            return Err(self.unfinished("object", "}", open));
        }
    }

    fn no_member(&self, open: usize) -> Box<Diagnostic> {
        match self.byte() {
            Some(b'}') => self.wrong("Invalid JSON", "A comma must not stand before a closing brace in JSON.", self.pos),
            None => self.unfinished("object", "}", open),
            _ => self.wrong("Invalid JSON", "A name in double quotes is expected here.", self.pos),
        }
    }

    fn array(&mut self) -> Read<Kind> {
        let open = self.pos;
        self.pos += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Kind::Array(items));
        }
        loop {
            self.blank();
            match self.byte() {
                Some(b']') => return Err(self.wrong("Invalid JSON", "A comma must not stand before a closing bracket in JSON.", self.pos)),
                None => return Err(self.unfinished("array", "]", open)),
                _ => items.push(self.value()?),
            }
            if self.take(b',') {
                continue;
            }
            if self.take(b']') {
                return Ok(Kind::Array(items));
            }
            return Err(self.unfinished("array", "]", open));
        }
    }

    fn unfinished(&self, what: &str, close: &str, open: usize) -> Box<Diagnostic> {
        if self.pos >= self.text.len() {
            return self.wrong("Invalid JSON", format!("The {what} that is opened here is not closed before the end of the text."), open);
        }
        self.wrong("Invalid JSON", format!("A comma or {close} is expected here."), self.pos)
    }

    fn word(&mut self) -> Read<Kind> {
        let start = self.pos;
        while self.byte().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
            self.pos += 1;
        }
        match self.text.get(start..self.pos).unwrap_or("") {
            "null" => Ok(Kind::Null),
            "true" => Ok(Kind::Bool(true)),
            "false" => Ok(Kind::Bool(false)),
            other => {
                let span = self.span(start, self.pos);
                let error = Diagnostic::error("Invalid JSON", format!("{other} is no JSON value.")).at(span);
                Err(Box::new(error.help("Text stands in double quotes: \"...\"; an expression in \"${...}\".")))
            }
        }
    }

    fn number(&mut self) -> Read<Number> {
        let start = self.pos;
        while matches!(self.byte(), Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
            self.pos += 1;
        }
        let text = self.text.get(start..self.pos).unwrap_or("");
        let valid = serde_json::from_str::<serde_json::Number>(text).is_ok();
        let number = Number::parse(text).filter(|_| valid);
        number.ok_or_else(|| {
            let span = self.span(start, self.pos);
            Box::new(Diagnostic::error("Invalid JSON", format!("{text} is no number in JSON, or one that is too large.")).at(span))
        })
    }

    fn string(&mut self) -> Read<Text> {
        let open = self.pos;
        self.pos += 1;
        let mut text = String::new();
        let mut pieces = vec![(0, self.pos)];
        loop {
            let rest = self.text.get(self.pos..).unwrap_or("");
            let Some(c) = rest.chars().next() else {
                return Err(self.wrong("Invalid JSON", "The text in quotes that begins here is not closed.", open));
            };
            match c {
                '"' => {
                    self.pos += 1;
                    return Ok(Text { text, pieces, span: self.span(open, self.pos) });
                }
                '\\' => {
                    text.push(self.escape()?);
                    pieces.push((text.len(), self.pos));
                }
                c if c < ' ' => {
                    return Err(self.wrong(
                        "Invalid JSON",
                        "A line end or control character must be escaped in JSON, as \\n is.",
                        self.pos,
                    ));
                }
                c => {
                    text.push(c);
                    self.pos += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let start = self.pos;
        self.pos += 2;
        let plain = match self.text.as_bytes().get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => return Err(self.wrong("Invalid JSON", "JSON has no such escape sequence.", start)),
        };
        Ok(plain)
    }

    /// `\u00e4`, or a pair for characters beyond the first plane.
    fn unicode(&mut self, start: usize) -> Read<char> {
        let Some(first) = self.hex() else {
            return Err(self.wrong("Invalid JSON", "\\u is followed by four hexadecimal digits.", start));
        };
        if !(0xD800..0xDC00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.pos;
        if self.text.get(self.pos..).is_some_and(|t| t.starts_with("\\u")) {
            self.pos += 2;
            if let Some(second) = self.hex().filter(|n| (0xDC00..0xE000).contains(n)) {
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.pos = before;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.pos..self.pos + 4)?;
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        self.pos += 4;
        Some(number)
    }
}
