//! A diagnostic as `validate -json` and the stream have it.

use crate::diag::{Diagnostic, Severity, SourceMap, Span};
use serde_json::{Map, Value as Json, json};

/// Severity, summary, detail, address, range and snippet.
#[must_use]
pub fn diagnostic(d: &Diagnostic, sources: &SourceMap) -> Json {
    let mut out = Map::new();
    let severity = if d.severity == Severity::Error { "error" } else { "warning" };
    let detail = match &d.help {
        Some(help) if d.detail.is_empty() => help.clone(),
        Some(help) => format!("{}\n\n{help}", d.detail),
        None => d.detail.clone(),
    };
    out.insert("severity".into(), json!(severity));
    out.insert("summary".into(), json!(d.summary));
    out.insert("detail".into(), json!(detail));
    if let Some(address) = &d.address {
        out.insert("address".into(), json!(address));
    }
    if let Some(span) = d.subject {
        out.insert("range".into(), range(span, sources));
        out.insert("snippet".into(), snippet(d, span, sources));
    }
    Json::Object(out)
}

fn range(span: Span, sources: &SourceMap) -> Json {
    let position = |at: u32| {
        let (line, column) = sources.line_col(Span { start: at, end: at, ..span });
        json!({ "line": line, "column": column, "byte": at })
    };
    json!({ "filename": sources.name(span.file).to_string(), "start": position(span.start), "end": position(span.end) })
}

/// The line the place begins in, with the place as byte offsets into it.
fn snippet(d: &Diagnostic, span: Span, sources: &SourceMap) -> Json {
    let text = sources.text(span.file);
    let (start, end) = (span.start as usize, (span.end as usize).max(span.start as usize));
    let from = text.get(..start).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1);
    let to = text.get(end..).and_then(|t| t.find('\n')).map_or(text.len(), |n| end + n);
    let context = d.context.map(|c| header(&sources.slice(c)));
    let values: Vec<Json> = d.values.iter().map(|(n, v)| json!({ "traversal": n, "statement": format!("is {v}") })).collect();
    json!({
        "context": context.filter(|c| !c.is_empty()),
        "code": text.get(from..to).unwrap_or(""),
        "start_line": sources.line_col(span).0,
        "highlight_start_offset": start.saturating_sub(from),
        "highlight_end_offset": end.saturating_sub(from),
        "values": values,
    })
}

/// `resource "aws_vpc" "a"` of a block's text.
fn header(block: &str) -> String {
    block.lines().next().unwrap_or("").trim().trim_end_matches('{').trim_end().to_string()
}
