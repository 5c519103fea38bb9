//! Where text came from: files, spans, line and column.
//!
//! Sources are added while evaluating (`templatefile`), so the map is shared and append-only.

use std::sync::{Arc, RwLock};

/// Number of a source in its [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open byte range in one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The source.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of `file` from byte `start` to before byte `end`.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end) }
    }

    /// The smallest span that holds both; `self` where the files differ.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

struct Source {
    name: Arc<str>,
    text: Arc<str>,
}

/// All sources of a run, append-only and shared between threads.
#[derive(Default)]
pub struct SourceMap {
    sources: RwLock<Vec<Source>>,
}

impl SourceMap {
    /// An empty map.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Adds a source; `name` is the path as it is shown to people.
    pub fn add(&self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let mut sources = self.sources.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = FileId(u32::try_from(sources.len()).unwrap_or(u32::MAX));
        sources.push(Source { name: name.into(), text: text.into() });
        id
    }

    fn with<T>(&self, file: FileId, f: impl FnOnce(&Source) -> T) -> Option<T> {
        let sources = self.sources.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        sources.get(file.0 as usize).map(f)
    }

    /// The displayed name of a source.
    #[must_use]
    pub fn name(&self, file: FileId) -> Arc<str> {
        self.with(file, |s| s.name.clone()).unwrap_or_else(|| Arc::from(""))
    }

    /// The whole text of a source.
    #[must_use]
    pub fn text(&self, file: FileId) -> Arc<str> {
        self.with(file, |s| s.text.clone()).unwrap_or_else(|| Arc::from(""))
    }

    /// The text under a span; empty when the span is not on character boundaries.
    #[must_use]
    pub fn slice(&self, span: Span) -> String {
        let text = self.text(span.file);
        text.get(span.start as usize..span.end as usize).unwrap_or("").to_string()
    }

    /// Line and column (both from 1, columns in characters) of the span's start.
    #[must_use]
    pub fn line_col(&self, span: Span) -> (usize, usize) {
        let text = self.text(span.file);
        let upto = text.get(..span.start as usize).unwrap_or(&text);
        let line = upto.matches('\n').count() + 1;
        let column = upto.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}
