//! Diagnostics: what went wrong, where, why, and what to do about it.
//!
//! Every error that reaches a person is a [`Diagnostic`]. Its summary is fixed text (searchable,
//! free of values); its detail says what and why; its help says how to fix it. Rendering with
//! source snippets lives in `report`, so that this layer stays free of terminals.

mod diagnostic;
mod source;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use source::{FileId, SourceMap, Span};
