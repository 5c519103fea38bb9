//! Values as text on one line, in the language's own spelling.

use super::Style;
use crate::value::{Repr, Value};

/// Text in quotes, escaped as the language does.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What stands for a value whose content must not or cannot be shown.
#[must_use]
pub fn placeholder(value: &Value, style: &Style) -> Option<&'static str> {
    if value.is_unknown() {
        return Some("(known after apply)");
    }
    (value.marks().is_sensitive() && !style.show_sensitive).then_some("(sensitive value)")
}

/// An object's key as the language writes it: bare where it is an identifier.
#[must_use]
pub fn key(name: &str) -> String {
    let mut chars = name.chars();
    let bare = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_owned() } else { quoted(name) }
}

/// The whole value on one line; sensitive parts masked.
#[must_use]
pub fn inline(value: &Value, style: &Style) -> String {
    if let Some(text) = placeholder(value, style) {
        return text.to_string();
    }
    match value.repr() {
        Repr::Null(_) => "null".into(),
        Repr::Unknown { .. } => "(known after apply)".into(),
        Repr::Bool(b) => b.to_string(),
        Repr::Number(n) => n.to_string(),
        Repr::String(s) => quoted(s),
        Repr::List(_, v) | Repr::Set(_, v) | Repr::Tuple(v) => {
            let items: Vec<String> = v.iter().map(|i| inline(i, style)).collect();
            format!("[{}]", items.join(", "))
        }
        Repr::Map(_, m) | Repr::Object(m) if m.is_empty() => "{}".into(),
        Repr::Map(_, m) => {
            let items: Vec<String> = m.iter().map(|(k, v)| format!("{} = {}", quoted(k), inline(v, style))).collect();
            format!("{{ {} }}", items.join(", "))
        }
        Repr::Object(m) => {
            let items: Vec<String> = m.iter().map(|(k, v)| format!("{} = {}", key(k), inline(v, style))).collect();
            format!("{{ {} }}", items.join(", "))
        }
    }
}
