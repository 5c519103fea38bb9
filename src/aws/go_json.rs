//! JSON as Go's `encoding/json` writes it: keys of maps sorted, `<`, `>`, `&` and the line
//! separators escaped. Texts that the provider writes into states are compared letter by letter.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is written: members in the order given.
pub enum Tree {
    /// Text.
    Text(String),
    /// A number, a truth, null.
    Raw(String),
    /// A list.
    List(Vec<Tree>),
    /// An object.
    Object(Vec<(String, Tree)>),
}

/// JSON text without spaces and with sorted keys; text that is no JSON stays as it is.
#[must_use]
pub fn normalized(text: &str) -> String {
    match serde_json::from_str::<Json>(text) {
        Ok(json) => Tree::of(&json).minified(),
        Err(_) => text.to_string(),
    }
}

impl Tree {
    /// Of parsed JSON, keys sorted.
    #[must_use]
    pub fn of(json: &Json) -> Tree {
        match json {
            Json::String(s) => Tree::Text(s.clone()),
            Json::Array(items) => Tree::List(items.iter().map(Tree::of).collect()),
            Json::Object(members) => {
                let sorted: BTreeMap<&String, &Json> = members.iter().collect();
                Tree::Object(sorted.into_iter().map(|(k, v)| (k.clone(), Tree::of(v))).collect())
            }
            other => Tree::Raw(other.to_string()),
        }
    }

    /// One text stays text unless it was a list.
    #[must_use]
    pub fn texts(mut items: Vec<String>, listed: bool) -> Tree {
        match (items.len(), listed) {
            (1, false) => Tree::Text(items.pop().unwrap_or_default()),
            _ => Tree::List(items.into_iter().map(Tree::Text).collect()),
        }
    }

    /// Indented by two spaces.
    #[must_use]
    pub fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    /// Without spaces.
    #[must_use]
    pub fn minified(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    fn write(&self, out: &mut String, depth: Option<usize>) {
        match self {
            Tree::Text(text) => quote(out, text),
            Tree::Raw(raw) => out.push_str(raw),
            Tree::List(items) => enclose(out, depth, ('[', ']'), items, |out, inner, item| item.write(out, inner)),
            Tree::Object(members) => enclose(out, depth, ('{', '}'), members, |out, inner, (name, value)| {
                quote(out, name);
                out.push_str(if inner.is_some() { ": " } else { ":" });
                value.write(out, inner);
            }),
        }
    }
}

fn enclose<T>(
    out: &mut String,
    depth: Option<usize>,
    (open, close): (char, char),
    items: &[T],
    each: impl Fn(&mut String, Option<usize>, &T),
) {
    let line = |out: &mut String, depth: Option<usize>| {
        if let Some(depth) = depth {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
    };
    let inner = depth.map(|d| d + 1);
    out.push(open);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        line(out, inner);
        each(out, inner, item);
    }
    if !items.is_empty() {
        line(out, depth);
    }
    out.push(close);
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_text_has_sorted_keys_and_no_spaces() {
        assert_eq!(
            normalized("{\"b\": [1.50, true, null],\n \"a\": \"<&>\\u0001\"}"),
            r#"{"a":"\u003c\u0026\u003e\u0001","b":[1.50,true,null]}"#
        );
        assert_eq!(normalized("{}"), "{}");
        assert_eq!(normalized("no json"), "no json");
    }

    #[test]
    fn indentation_is_that_of_go() {
        let json: Json = serde_json::from_str(r#"{"a":[],"b":{"c":["x"]}}"#).unwrap();
        assert_eq!(Tree::of(&json).pretty(), "{\n  \"a\": [],\n  \"b\": {\n    \"c\": [\n      \"x\"\n    ]\n  }\n}");
    }
}
