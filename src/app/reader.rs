//! Evaluated bodies read argument by argument, with mistakes at their places.

use super::shell;
use super::text::Text;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::Body;
use crate::value::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// An evaluated body beside the syntax it came from.
pub(super) struct Reader<'a> {
    pub value: &'a Value,
    pub body: &'a Body,
    pub at: Span,
}

impl<'a> Reader<'a> {
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.value.get(name).filter(|v| !v.is_null())
    }
    pub fn child(&self, name: &str) -> Option<Reader<'a>> {
        let value = self.get(name)?;
        // A dynamic block has no body of its own to point into.
        let block = self.body.blocks.iter().find(|b| b.kind.name.as_ref() == name);
        Some(Reader { value, body: block.map_or(self.body, |b| &b.body), at: block.map_or(self.at, |b| b.header) })
    }
    /// The blocks of a repeated kind.
    pub fn children(&self, name: &str) -> Vec<Reader<'a>> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let mut blocks = self.body.blocks.iter().filter(|b| b.kind.name.as_ref() == name);
        let items = value.items().into_iter().flatten();
        let one = |value| {
            let block = blocks.next();
            Reader { value, body: block.map_or(self.body, |b| &b.body), at: block.map_or(self.at, |b| b.header) }
        };
        items.map(one).collect()
    }
    pub fn span(&self, name: &str) -> Span {
        self.body.attribute(name).map_or(self.at, |a| a.expr.span)
    }
    pub fn text(&self, name: &str) -> Option<Text> {
        Text::of(self.get(name)?)
    }
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(default)
    }
    pub fn error(&self, name: &str, summary: &str, detail: impl Into<String>) -> Diagnostic {
        Diagnostic::error(summary, detail).at(self.span(name)).within(self.at)
    }
    pub fn number<T: TryFrom<i64>>(&self, name: &str, least: i64, diagnostics: &mut Diagnostics) -> Option<T> {
        let value = self.get(name).filter(|v| !v.is_unknown())?;
        let number = value.as_i64().filter(|n| *n >= least).and_then(|n| T::try_from(n).ok());
        if number.is_none() {
            diagnostics.push(self.error(name, "Number out of range", format!("{name} must be a whole number from {least} up.")));
        }
        number
    }
    pub fn duration(&self, name: &str, diagnostics: &mut Diagnostics) -> Option<Duration> {
        let text = self.text(name)?;
        let duration = parse_duration(text.known()?);
        if duration.is_none() {
            let detail = format!("{name} = {:?} is not a duration.", text.to_string());
            diagnostics.push(self.error(name, "Invalid duration", detail).help("Write it like \"90s\", \"5m\" or \"1h30m\"."));
        }
        duration
    }
    /// Entries of a map of strings; an unknown map has none, a null entry counts as absent.
    pub fn map(&self, name: &str) -> BTreeMap<String, Text> {
        let Some(value) = self.get(name) else { return BTreeMap::new() };
        let secret = value.marks().is_secret();
        let entries = value.members().into_iter().flatten();
        entries.filter_map(|(k, v)| Some((k.to_string(), Text::of(v)?.with_sensitive(secret)))).collect()
    }
    /// Environment variables of a command.
    pub fn environment(&self, name: &str, diagnostics: &mut Diagnostics) -> BTreeMap<String, Text> {
        let env = self.map(name);
        for key in env.keys().filter(|key| !shell::is_name(key)) {
            let detail = format!("{key:?} cannot be the name of an environment variable.");
            let help = "Letters, digits and underscores, not a digit first.";
            diagnostics.push(self.error(name, "Invalid environment variable", detail).help(help));
        }
        env
    }
    /// An unknown map says nothing about its keys: the caller has to wait for it.
    pub fn is_unknown(&self, name: &str) -> bool {
        self.get(name).is_some_and(Value::is_unknown)
    }
}

/// `90`, `90s`, `5m`, `1h30m`, `500ms`.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let (mut total, mut rest) = (0u64, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let (unit, after) = match after.strip_prefix("ms") {
            Some(after) => (1, after),
            None => {
                let unit = match after.chars().next()? {
                    'h' => 3_600_000,
                    'm' => 60_000,
                    's' => 1000,
                    _ => return None,
                };
                (unit, after.get(1..)?)
            }
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        rest = after;
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}
