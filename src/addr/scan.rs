//! The pieces addresses are made of: names, dots, keys.

use super::{InstanceKey, ModuleInstance, ParseError};
use std::sync::Arc;

/// A place in the text of an address.
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Scan { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest().is_empty()
    }

    /// Fails at this place.
    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Result<T, ParseError> {
        let message = format!("{} (at character {})", message.into(), self.text.get(..self.at).unwrap_or("").chars().count() + 1);
        Err(ParseError { text: self.text.into(), message })
    }

    /// Takes `token` if it comes next.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Whether the next name is exactly `word`.
    pub(super) fn sees_word(&self, word: &str) -> bool {
        self.rest().strip_prefix(word).is_some_and(|r| !r.starts_with(is_name_char))
    }

    /// A name: letters, digits, `_` and `-`, not starting with a digit or `-`.
    pub(super) fn name(&mut self, what: &str) -> Result<Arc<str>, ParseError> {
        let rest = self.rest();
        let end = rest.find(|c| !is_name_char(c)).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or("");
        if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return self.fail(format!("{what} is expected here"));
        }
        self.at += end;
        Ok(name.into())
    }

    /// A dot and a name.
    pub(super) fn dot_name(&mut self, what: &str) -> Result<Arc<str>, ParseError> {
        if !self.eat(".") {
            return self.fail(format!("a dot and {what} are expected here"));
        }
        self.name(what)
    }

    /// `[0]`, `["key"]`, or nothing.
    pub(super) fn key(&mut self) -> Result<InstanceKey, ParseError> {
        if !self.eat("[") {
            return Ok(InstanceKey::None);
        }
        let key = if self.eat("\"") { InstanceKey::Str(self.quoted()?) } else { self.number()? };
        if self.eat("]") { Ok(key) } else { self.fail("the key's closing bracket is missing") }
    }

    fn number(&mut self) -> Result<InstanceKey, ParseError> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        match rest.get(..end).unwrap_or("").parse() {
            Ok(n) => {
                self.at += end;
                Ok(InstanceKey::Int(n))
            }
            Err(_) => {
                self.fail("a key is a whole number or a text in double quotes; the shell may have eaten the quotes: write '…[\"key\"]'")
            }
        }
    }

    /// The rest of a quoted text, after its opening quote.
    pub(super) fn quoted(&mut self) -> Result<Arc<str>, ParseError> {
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let mut chars = rest.chars();
            let Some(c) = chars.next() else { return self.fail("the closing quote is missing") };
            let doubled = rest.starts_with("$${") || rest.starts_with("%%{");
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(out.into());
                }
                '\\' => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                '$' | '%' if doubled => {
                    out.extend([c, '{']);
                    self.at += 3;
                }
                '$' | '%' if chars.next() == Some('{') => return self.fail("templates are not allowed in a key"),
                _ => {
                    out.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let Some(c) = self.rest().chars().next() else { return self.fail("the text ends inside an escape") };
        let digits = match c {
            'n' | 'r' | 't' | '"' | '\\' => 0,
            'u' => 4,
            'U' => 8,
            _ => return self.fail(format!("\\{c} is not an escape")),
        };
        let hex = self.rest().get(1..=digits).unwrap_or("");
        let plain = match c {
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            '"' | '\\' => Some(c),
            _ if hex.chars().all(|h| h.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok().and_then(char::from_u32),
            _ => None,
        };
        match plain {
            Some(p) => {
                self.at += 1 + digits;
                Ok(p)
            }
            None => self.fail(format!("\\{c} needs {digits} hexadecimal digits")),
        }
    }

    /// Leading `module.x[key].` steps. The final dot is taken where more follows.
    pub(super) fn modules(&mut self) -> Result<ModuleInstance, ParseError> {
        let mut module = ModuleInstance::root();
        while self.sees_word("module") {
            self.eat("module");
            let name = self.dot_name("a module's name")?;
            let key = self.key()?;
            module = module.child(&name, key);
            if self.is_done() {
                return Ok(module);
            }
            if !self.eat(".") {
                return self.fail("a dot is expected here");
            }
        }
        Ok(module)
    }
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
