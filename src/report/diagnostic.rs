//! Diagnostics with their source snippets.

use super::Style;
use crate::diag::{Diagnostic, Diagnostics, Severity, SourceMap, Span};
use annotate_snippets::{Annotation, AnnotationKind, Element, Level, Renderer, Snippet};

/// All diagnostics, errors last (nearest to the prompt), a blank line after each.
#[must_use]
pub fn render_diagnostics(all: &Diagnostics, sources: &SourceMap, style: &Style) -> String {
    let warnings = all.iter().filter(|d| !d.is_error());
    let errors = all.iter().filter(|d| d.is_error());
    warnings.chain(errors).map(|d| render_diagnostic(d, sources, style) + "\n").collect()
}

/// One diagnostic: summary, snippet, detail, what to do.
#[must_use]
pub fn render_diagnostic(d: &Diagnostic, sources: &SourceMap, style: &Style) -> String {
    let level = match d.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let name = d.subject.map(|s| sources.name(s.file).to_string());
    let text = d.subject.map(|s| sources.text(s.file).to_string()).unwrap_or_default();
    let mut elements: Vec<Element<'_>> = Vec::new();
    if let Some(subject) = d.subject {
        let annotations = annotations(subject, d.context, &text);
        elements.push(Snippet::source(text.as_str()).path(name).annotations(annotations).into());
    }
    if let Some(address) = &d.address {
        elements.push(Level::NOTE.no_name().message(format!("with {address}")).into());
    }
    for (n, v) in &d.values {
        elements.push(Level::NOTE.no_name().message(format!("{n} is {v}")).into());
    }
    if !d.detail.is_empty() {
        elements.push(Level::NOTE.no_name().message(d.detail.clone()).into());
    }
    if let Some(help) = &d.help {
        elements.push(Level::HELP.message(help.clone()).into());
    }
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let report = [level.primary_title(d.summary.clone()).elements(elements)];
    renderer.render(&report) + "\n"
}

/// The subject, and the first line of the wider block it stands in.
fn annotations<'a>(subject: Span, context: Option<Span>, text: &str) -> Vec<Annotation<'a>> {
    let range = clamp(subject, text);
    let mut all = vec![AnnotationKind::Primary.span(range.clone())];
    if let Some(context) = context.filter(|c| c.file == subject.file) {
        let start = clamp(context, text).start;
        let header = text.get(start..).and_then(|t| t.find('\n')).map_or(text.len(), |n| start + n);
        if header <= range.start {
            all.push(AnnotationKind::Visible.span(start..header));
        }
    }
    all
}

/// A range inside the text, on character boundaries.
fn clamp(span: Span, text: &str) -> std::ops::Range<usize> {
    let down = |mut i: usize| {
        i = i.min(text.len());
        while !text.is_char_boundary(i) {
            i -= 1;
        }
        i
    };
    let start = down(span.start as usize);
    start..down(span.end as usize).max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_place_reason_and_remedy() {
        let sources = SourceMap::new();
        let file = sources.add("main.tf", "resource \"aws_vpc\" \"main\" {\n  cidr_blok = \"10.0.0.0/16\"\n}\n");
        let d = Diagnostic::error("Unsupported argument", "aws_vpc has no argument \"cidr_blok\".")
            .at(Span::new(file, 30, 39))
            .within(Span::new(file, 0, 56))
            .help("Did you mean \"cidr_block\"?");
        let text = render_diagnostic(&d, &sources, &Style::default());
        for part in ["error: Unsupported argument", "main.tf:2:3", "resource \"aws_vpc\" \"main\"", "^^^^^^^^^", "Did you mean"] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }

    #[test]
    fn a_place_beyond_the_text_is_no_panic() {
        let sources = SourceMap::new();
        let file = sources.add("x.tf", "ä");
        let d = Diagnostic::error("Broken", "").at(Span::new(file, 1, 900));
        assert!(render_diagnostic(&d, &sources, &Style::default()).contains("Broken"));
    }
}
