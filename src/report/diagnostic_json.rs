//! Diagnostics as JSON, in the form other tools of this family print (`validate -json`, the
//! `-json` streams): <https://opentofu.org/docs/cli/commands/validate/>.

use crate::diag::{Diagnostic, Diagnostics, FileId, Severity, SourceMap, Span};
use serde_json::{Map, Value, json};

/// The document of `validate -json`.
#[must_use]
pub fn validation_json(all: &Diagnostics, sources: &SourceMap) -> String {
    let errors = all.iter().filter(|d| d.is_error()).count();
    let document = json!({
        "format_version": "1.0",
        "valid": errors == 0,
        "error_count": errors,
        "warning_count": all.len() - errors,
        "diagnostics": all.iter().map(|d| diagnostic_json(d, sources)).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// One diagnostic: severity, summary, detail (what to do included), address, range, snippet.
#[must_use]
pub fn diagnostic_json(d: &Diagnostic, sources: &SourceMap) -> Value {
    let mut out = Map::new();
    let severity = if d.severity == Severity::Error { "error" } else { "warning" };
    out.insert("severity".into(), severity.into());
    out.insert("summary".into(), d.summary.clone().into());
    let detail: Vec<&str> = [Some(d.detail.as_str()), d.help.as_deref()].into_iter().flatten().filter(|t| !t.is_empty()).collect();
    out.insert("detail".into(), detail.join("\n\n").into());
    if let Some(address) = &d.address {
        out.insert("address".into(), address.clone().into());
    }
    if let Some(subject) = d.subject {
        let text = sources.text(subject.file);
        let subject = nonempty(subject, &text);
        out.insert("range".into(), range(subject, sources));
        out.insert("snippet".into(), snippet(d, subject, &text, sources));
    }
    Value::Object(out)
}

/// An empty place is shown as the one character there, as the others do.
fn nonempty(span: Span, text: &str) -> Span {
    if span.end > span.start {
        return span;
    }
    let after = text.get(span.start as usize..).and_then(|t| t.chars().next());
    let length = after.map_or(0, char::len_utf8);
    Span::new(span.file, span.start as usize, span.start as usize + length)
}

fn range(span: Span, sources: &SourceMap) -> Value {
    json!({
        "filename": sources.name(span.file).as_ref(),
        "start": position(span.file, span.start, sources),
        "end": position(span.file, span.end, sources),
    })
}

fn position(file: FileId, byte: u32, sources: &SourceMap) -> Value {
    let (line, column) = sources.line_col(Span { file, start: byte, end: byte });
    json!({ "line": line, "column": column, "byte": byte })
}

/// The lines of the place, where in them it is, and the header of the block around it.
fn snippet(d: &Diagnostic, subject: Span, text: &str, sources: &SourceMap) -> Value {
    let down = |mut i: usize| {
        i = i.min(text.len());
        while !text.is_char_boundary(i) {
            i -= 1;
        }
        i
    };
    let (start, end) = (down(subject.start as usize), down(subject.end as usize));
    let end = end.max(start);
    let line_start = text.get(..start).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1);
    // The line end of the last line is not part of it.
    let last = if end > start && text.get(..end).is_some_and(|t| t.ends_with('\n')) { end - 1 } else { end };
    let line_end = text.get(last..).and_then(|t| t.find('\n')).map_or(text.len(), |n| last + n);
    let code = text.get(line_start..line_end).unwrap_or("").trim_end_matches('\r');
    let clamp = |byte: usize| (byte - line_start).min(code.len());
    let context = d.context.filter(|c| c.file == subject.file && (c.start as usize) < line_start).and_then(|c| header(c, text));
    json!({
        "context": context,
        "code": code,
        "start_line": sources.line_col(subject).0,
        "highlight_start_offset": clamp(start),
        "highlight_end_offset": clamp(end),
        "values": d.values.iter().map(|(n, v)| json!({ "traversal": n, "statement": format!("is {v}") })).collect::<Vec<_>>(),
    })
}

/// The first line of the wider block, without its brace.
fn header(context: Span, text: &str) -> Option<String> {
    let from = text.get(context.start as usize..)?;
    let line = from.lines().next()?;
    let shown = line.trim().trim_end_matches('{').trim_end();
    (!shown.is_empty()).then(|| shown.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_and_snippet() {
        let sources = SourceMap::new();
        let file = sources.add("main.tf", "resource \"aws_vpc\" \"a\" {\n  ä = 1\n}\n");
        let d = Diagnostic::error("Unsupported argument", "There is none.")
            .at(Span::new(file, 27, 29))
            .within(Span::new(file, 0, 23))
            .help("Remove it.")
            .value("x", "5");
        let json = diagnostic_json(&d, &sources);
        assert_eq!(json["severity"], "error");
        assert_eq!(json["detail"], "There is none.\n\nRemove it.");
        assert_eq!(json["range"]["start"], json!({"line": 2, "column": 3, "byte": 27}));
        assert_eq!(json["range"]["end"], json!({"line": 2, "column": 4, "byte": 29}));
        assert_eq!(
            json["snippet"],
            json!({
                "context": "resource \"aws_vpc\" \"a\"", "code": "  ä = 1", "start_line": 2,
                "highlight_start_offset": 2, "highlight_end_offset": 4,
                "values": [{"traversal": "x", "statement": "is 5"}],
            })
        );
    }

    #[test]
    fn counts_and_messages_without_a_place() {
        let all: Diagnostics = [Diagnostic::error("E", "e"), Diagnostic::warning("W", "w")].into_iter().collect();
        let text = validation_json(&all, &SourceMap::new());
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&json["valid"], &json["error_count"], &json["warning_count"]), (&json!(false), &json!(1), &json!(1)));
        assert_eq!(json["diagnostics"][0], json!({"severity": "error", "summary": "E", "detail": "e"}));
        assert!(text.starts_with("{\n  \"format_version\": \"1.0\",\n  \"valid\": false,"));
    }

    #[test]
    fn odd_places_are_no_panic() {
        let sources = SourceMap::new();
        let file = sources.add("x.tf", "ä\n");
        for (start, end) in [(0, 0), (1, 1), (1, 900), (900, 901), (3, 3), (2, 3)] {
            let d = Diagnostic::error("Broken", "").at(Span::new(file, start, end)).within(Span::new(file, 1, 2));
            assert!(diagnostic_json(&d, &sources)["snippet"]["code"].is_string());
        }
    }
}
