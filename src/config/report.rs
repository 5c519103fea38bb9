//! Pieces of messages that several parts of loading share.

use crate::diag::{Diagnostic, SourceMap, Span};

/// `main.tf:3`: where a span starts, in words.
pub(super) fn place(sources: &SourceMap, span: Span) -> String {
    format!("{}:{}", sources.name(span.file), sources.line_col(span).0)
}

/// Two declarations of one name; both places are named.
pub(super) fn duplicate(what: &str, name: &str, first: Span, again: Span, sources: &SourceMap) -> Diagnostic {
    Diagnostic::error(
        format!("Duplicate {what}"),
        format!("The {what} \"{name}\" is declared here and at {}. Names must be unique in a module.", place(sources, first)),
    )
    .at(again)
    .help("Rename or remove one of the two.")
}

/// Something OpenTofu has and envctl has not yet.
pub(super) fn not_yet(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error("Not supported yet", format!("{what} is part of OpenTofu's language, but envctl does not support it yet.")).at(span)
}

/// Whether a text is an identifier of the language.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// `name=value` taken apart; `None` for a text without `=`.
pub(super) fn assignment(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').map(|(name, value)| (name.trim(), value))
}
