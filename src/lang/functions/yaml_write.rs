//! YAML as OpenTofu writes it: block style, quoted texts, lists level with their key.
//!
//! The layout is libyaml's, down to where long texts are folded, because other tools compare it.

use crate::value::{Members, Repr, Value};

/// Texts are folded at the first space after this column.
const WIDTH: usize = 80;

/// A YAML document of a known value.
pub(super) fn document(value: &Value) -> String {
    let mut out = String::new();
    match (value.items(), value.members()) {
        (Some(items), _) if !items.is_empty() => sequence(items, 0, false, &mut out),
        (_, Some(members)) if !members.is_empty() => mapping(members, 0, false, &mut out),
        _ => {
            scalar(value, 2, &mut out);
            if !matches!(value.repr(), Repr::String(_)) && value.items().is_none() && value.members().is_none() {
                out.push_str("...\n");
            }
        }
    }
    out
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// `inline`: the first line continues the one that is begun.
fn mapping(members: &Members, indent: usize, inline: bool, out: &mut String) {
    for (i, (key, value)) in members.iter().enumerate() {
        if i > 0 || !inline {
            pad(indent, out);
        }
        if key.contains('\n') || key.len() > 128 {
            out.push_str("? ");
            text(key, indent + 2, out);
            pad(indent, out);
        } else {
            quoted(key, None, out);
        }
        out.push(':');
        match (value.items(), value.members()) {
            (Some(items), _) if !items.is_empty() => {
                out.push('\n');
                sequence(items, indent, false, out);
            }
            (_, Some(inner)) if !inner.is_empty() => {
                out.push('\n');
                mapping(inner, indent + 2, false, out);
            }
            _ => {
                out.push(' ');
                scalar(value, indent + 2, out);
            }
        }
    }
}

fn sequence(items: &[Value], indent: usize, inline: bool, out: &mut String) {
    for (i, value) in items.iter().enumerate() {
        if i > 0 || !inline {
            pad(indent, out);
        }
        out.push_str("- ");
        match (value.items(), value.members()) {
            (Some(inner), _) if !inner.is_empty() => sequence(inner, indent + 2, true, out),
            (_, Some(inner)) if !inner.is_empty() => mapping(inner, indent + 2, true, out),
            _ => scalar(value, indent + 2, out),
        }
    }
}

/// A scalar or an empty collection, and the end of its line.
fn scalar(value: &Value, indent: usize, out: &mut String) {
    match value.repr() {
        Repr::String(s) => return text(s, indent, out),
        Repr::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Repr::Number(n) => out.push_str(&n.to_string()),
        Repr::List(..) | Repr::Set(..) | Repr::Tuple(_) => out.push_str("[]"),
        Repr::Map(..) | Repr::Object(_) => out.push_str("{}"),
        Repr::Null(_) | Repr::Unknown { .. } => out.push_str("null"),
    }
    out.push('\n');
}

fn text(s: &str, indent: usize, out: &mut String) {
    let plain = s.chars().all(|c| c == '\n' || (c != '\t' && printable(c)));
    if s.contains('\n') && plain && !s.ends_with(' ') && !s.contains(" \n") {
        literal(s, indent, out);
    } else {
        quoted(s, Some(indent), out);
        out.push('\n');
    }
}

fn literal(s: &str, indent: usize, out: &mut String) {
    out.push('|');
    if s.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = s.strip_suffix('\n');
    match body {
        None => out.push('-'),
        Some(b) if b.is_empty() || b.ends_with('\n') => out.push('+'),
        Some(_) => {}
    }
    out.push('\n');
    for line in body.unwrap_or(s).split('\n') {
        if !line.is_empty() {
            pad(indent, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// Double-quoted; folded where `fold` gives the indent of further lines.
fn quoted(s: &str, fold: Option<usize>, out: &mut String) {
    out.push('"');
    let line = out.rsplit('\n').next().unwrap_or("");
    let (mut column, mut after_space) = (line.chars().count(), false);
    let last = s.chars().count().saturating_sub(1);
    let mut chars = s.chars().enumerate().peekable();
    while let Some((i, c)) = chars.next() {
        if let (' ', Some(indent), false) = (c, fold, after_space)
            && column > WIDTH
            && i > 0
            && i < last
        {
            out.push('\n');
            pad(indent, out);
            column = indent;
            if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                out.push('\\');
                column += 1;
            }
            after_space = true;
            continue;
        }
        after_space = c == ' ';
        let before = out.len();
        escaped(c, out);
        column += out.get(before..).unwrap_or("").chars().count();
    }
    out.push('"');
}

fn escaped(c: char, out: &mut String) {
    let short = match c {
        '"' | '\\' => Some(c),
        '\0' => Some('0'),
        '\u{7}' => Some('a'),
        '\u{8}' => Some('b'),
        '\t' => Some('t'),
        '\n' => Some('n'),
        '\u{b}' => Some('v'),
        '\u{c}' => Some('f'),
        '\r' => Some('r'),
        '\u{1b}' => Some('e'),
        '\u{85}' => Some('N'),
        '\u{2028}' => Some('L'),
        '\u{2029}' => Some('P'),
        _ => None,
    };
    let code = u32::from(c);
    match short {
        Some(letter) => out.extend(['\\', letter]),
        None if printable(c) => out.push(c),
        None if code <= 0xff => out.push_str(&format!("\\x{code:02X}")),
        None if code <= 0xffff => out.push_str(&format!("\\u{code:04X}")),
        None => out.push_str(&format!("\\U{code:08X}")),
    }
}

fn printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
}
