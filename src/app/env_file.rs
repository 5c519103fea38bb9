//! Lossless reading and editing of `.env` files.
//!
//! Order, comments, `export`, quoting, spacing, CRLF and whatever else stands in the file stay as
//! they are; only the values of the keys that are set change. A key that occurs several times is
//! set in every place, because readers disagree on which one wins (a shell and docker compose take
//! the last, others the first). A key that is missing is appended. What is written reads the same
//! in a POSIX shell, in docker compose and in the dotenv libraries wherever such a form exists.

/// A parsed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    lines: Vec<Line>,
    crlf: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// Blank lines, comments, and what is no assignment; with its line end.
    Other(String),
    Assign(Assign),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Assign {
    /// Indent, `export`, key, `=` and space after it.
    before: String,
    key: String,
    /// The value as written, quotes included; may span lines.
    raw: String,
    quote: Option<char>,
    /// Space, comment and line end.
    after: String,
}

/// A value as it is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// With quotes where they are needed.
    pub text: String,
    /// Whether a shell, docker compose and dotenv libraries read it alike.
    pub portable: bool,
}

impl EnvFile {
    /// Parses any text; what is no assignment is kept as it is.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut lines = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (line, len) = parse_line(rest);
            lines.push(line);
            rest = rest.get(len..).unwrap_or("");
        }
        EnvFile { lines, crlf: text.contains("\r\n") }
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |line: &Line| match line {
            Line::Other(text) => text.clone(),
            Line::Assign(a) => format!("{}{}{}", a.before, a.raw, a.after),
        };
        self.lines.iter().map(line).collect()
    }

    /// Whether there is nothing but assignments, comments and blank lines, and an assignment at all.
    #[must_use]
    pub fn is_env(&self) -> bool {
        let fits = |line: &Line| match line {
            Line::Other(text) => text.trim().is_empty() || text.trim_start().starts_with('#'),
            Line::Assign(_) => true,
        };
        self.lines.iter().all(fits) && self.lines.iter().any(|l| matches!(l, Line::Assign(_)))
    }

    /// Keys with their values, quotes taken off, in order of first appearance; of several the last
    /// value counts.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, String)> {
        let mut entries: Vec<(String, String)> = Vec::new();
        for line in &self.lines {
            let Line::Assign(a) = line else { continue };
            match entries.iter_mut().find(|(key, _)| *key == a.key) {
                Some((_, value)) => *value = a.value(),
                None => entries.push((a.key.clone(), a.value())),
            }
        }
        entries
    }

    /// Every assignment in order, with the lines it takes (from 0).
    #[must_use]
    pub fn located_entries(&self) -> Vec<(String, String, std::ops::Range<usize>)> {
        let (mut at, mut entries) = (0, Vec::new());
        for line in &self.lines {
            let (text, assign) = match line {
                Line::Other(text) => (text.clone(), None),
                Line::Assign(a) => (format!("{}{}{}", a.before, a.raw, a.after), Some(a)),
            };
            let end = at + text.lines().count();
            entries.extend(assign.map(|a| (a.key.clone(), a.value(), at..end)));
            at = end;
        }
        entries
    }

    /// Sets a key in every place where it occurs, or appends it. False when readers of the file
    /// will disagree on the value.
    pub fn set(&mut self, key: &str, value: &str) -> bool {
        let (mut portable, mut found) = (true, false);
        for line in &mut self.lines {
            let Line::Assign(a) = line else { continue };
            if a.key == key {
                found = true;
                portable &= a.set(value);
            }
        }
        if !found {
            portable = self.append(key, value);
        }
        portable && !self.swallows()
    }

    /// Whether a quote that is nowhere closed takes in, up to a quote further down, what was set there.
    fn swallows(&self) -> bool {
        let open = |line: &Line| matches!(line, Line::Assign(a) if a.quote.is_none() && a.raw.starts_with(['\'', '"']));
        self.lines.iter().any(open) && EnvFile::parse(&self.text()).entries() != self.entries()
    }

    fn append(&mut self, key: &str, value: &str) -> bool {
        let eol = if self.crlf { "\r\n" } else { "\n" };
        if let Some(Line::Other(after) | Line::Assign(Assign { after, .. })) = self.lines.last_mut()
            && !after.ends_with('\n')
        {
            after.push_str(eol);
        }
        let encoded = encode(value, None);
        let quote = encoded.text.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let (before, raw) = (format!("{key}="), encoded.text);
        self.lines.push(Line::Assign(Assign { before, key: key.into(), raw, quote, after: eol.into() }));
        encoded.portable
    }
}

impl Assign {
    fn value(&self) -> String {
        let inner = || self.raw.get(1..self.raw.len().saturating_sub(1)).unwrap_or("");
        match self.quote {
            Some('"') => unescape(inner()),
            Some(_) => inner().to_string(),
            None => self.raw.clone(),
        }
    }

    /// Whether the text as written means itself to every reader.
    fn is_literal(&self) -> bool {
        match self.quote {
            Some('"') => !self.raw.contains(['$', '`', '\\']),
            Some(_) => true,
            None => self.raw.chars().all(is_bare),
        }
    }

    fn set(&mut self, value: &str) -> bool {
        if self.value() == value && self.is_literal() {
            return true;
        }
        let encoded = encode(value, self.quote);
        self.quote = encoded.text.chars().next().filter(|c| matches!(c, '\'' | '"'));
        self.raw = encoded.text;
        encoded.portable
    }
}

/// Writes a value with the quotes it had, as far as they can hold it; without quotes where none
/// are needed; else in single quotes, which every reader takes literally; else in double quotes.
#[must_use]
pub fn encode(value: &str, quote: Option<char>) -> Encoded {
    let single = !value.contains('\'') && !value.ends_with('\\');
    let double = !value.contains(['"', '\\', '$', '`']);
    let portable = true;
    match quote {
        Some('"') if double => return Encoded { text: format!("\"{value}\""), portable },
        Some('\'') if single => return Encoded { text: format!("'{value}'"), portable },
        None if value.chars().all(is_bare) => return Encoded { text: value.to_string(), portable },
        _ => {}
    }
    if single {
        return Encoded { text: format!("'{value}'"), portable };
    }
    let escape = |c: char| if matches!(c, '"' | '\\' | '$' | '`') { vec!['\\', c] } else { vec![c] };
    Encoded { text: format!("\"{}\"", value.chars().flat_map(escape).collect::<String>()), portable: double }
}

/// Characters that need no quotes anywhere.
fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || "_-./:@%+,=".contains(c)
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && matches!(next, '"' | '\\' | '$' | '`') => {
                out.push(*next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// Whether a key is one that every reader of `.env` files accepts.
#[must_use]
pub fn is_key(key: &str) -> bool {
    super::shell::is_name(key)
}

/// The first line of `text` (or the lines of a quoted value) and its length.
fn parse_line(text: &str) -> (Line, usize) {
    let end = text.find('\n').map_or(text.len(), |i| i + 1);
    let line = text.get(..end).unwrap_or(text);
    let other = || (Line::Other(line.to_string()), end);
    let Some((before, key)) = assignment_head(line) else { return other() };
    let body = text.get(before..).unwrap_or("");
    let quoted = body.chars().next().filter(|c| matches!(c, '\'' | '"')).and_then(|q| quoted_value(body, q).map(|n| (q, n)));
    let (quote, raw_len) = match quoted {
        Some((q, n)) => (Some(q), n),
        None => (None, bare_value(line.get(before..).unwrap_or(""))),
    };
    let raw = body.get(..raw_len).unwrap_or("");
    let tail = body.get(raw_len..).unwrap_or("");
    let after = tail.get(..tail.find('\n').map_or(tail.len(), |i| i + 1)).unwrap_or("");
    let before = text.get(..before).unwrap_or("").to_string();
    let len = before.len() + raw.len() + after.len();
    (Line::Assign(Assign { before, key, raw: raw.into(), quote, after: after.into() }), len)
}

/// Length up to the value, and the key, when the line assigns.
fn assignment_head(line: &str) -> Option<(usize, String)> {
    let blank = |s: &str| s.len() - s.trim_start_matches([' ', '\t']).len();
    let mut at = blank(line);
    let rest = line.get(at..)?;
    if let Some(after) = rest.strip_prefix("export").filter(|r| r.starts_with([' ', '\t'])) {
        at += "export".len() + blank(after);
    }
    let rest = line.get(at..)?;
    let key_len = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c))).unwrap_or(rest.len());
    let key = rest.get(..key_len).filter(|k| !k.is_empty() && !k.starts_with(|c: char| c.is_ascii_digit() || "-.".contains(c)))?;
    at += key_len;
    at += blank(line.get(at..)?);
    line.get(at..)?.strip_prefix('=')?;
    at += 1;
    let space = blank(line.get(at..)?);
    let next = line.get(at + space..)?.chars().next();
    let empty = matches!(next, None | Some('\r' | '\n')) || (space > 0 && next == Some('#'));
    Some((if empty { at } else { at + space }, key.to_string()))
}

/// Length of a quoted value with its quotes, when the closing quote ends the line's content.
fn quoted_value(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in body.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            let rest = body.get(i + 1..)?.lines().next().unwrap_or("");
            let trimmed = rest.trim_start();
            let comment = trimmed.starts_with('#') && rest.len() > trimmed.len();
            return (trimmed.is_empty() || comment).then_some(i + 1);
        }
    }
    None
}

/// Length of an unquoted value: up to a comment or the end of the line, without space before it.
fn bare_value(line: &str) -> usize {
    let mut previous = ' ';
    let mut end = line.len();
    for (i, c) in line.char_indices() {
        if c == '#' && i > 0 && matches!(previous, ' ' | '\t') {
            end = i;
            break;
        }
        previous = c;
    }
    line.get(..end).unwrap_or(line).trim_end().len()
}

#[cfg(test)]
#[path = "env_file_tests.rs"]
mod tests;
