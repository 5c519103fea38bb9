//! JSON text with the escapes of Go's encoder.

use serde_json::Value as Json;

/// How the text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No spaces, one newline at the end: in S3.
    Compact,
    /// Indented by two spaces, one newline at the end: on disk.
    Indented,
}

/// JSON as Go's `encoding/json` writes it, without a final newline: `<`, `>`, `&`, U+2028 and
/// U+2029 are escaped (they occur only inside strings), numbers keep their digits.
#[must_use]
pub fn to_text(json: &Json, style: Style) -> String {
    let plain = match style {
        Style::Compact => json.to_string(),
        Style::Indented => format!("{json:#}"),
    };
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out
}
