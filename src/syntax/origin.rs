//! Where the text that is being parsed stands.

use crate::diag::{FileId, Span};

/// A source, or a piece of one whose offsets differ: the text of a JSON string.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    file: FileId,
    /// Offset in the text and offset in the source where a stretch of equal distance begins.
    pieces: &'a [(usize, usize)],
}

impl From<FileId> for Origin<'_> {
    fn from(file: FileId) -> Self {
        Origin { file, pieces: &[] }
    }
}

impl<'a> Origin<'a> {
    /// A text made of pieces of a source.
    pub fn pieces(file: FileId, pieces: &'a [(usize, usize)]) -> Self {
        Origin { file, pieces }
    }

    /// The place of a range of the text.
    pub fn span(self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.at(start), self.at(end))
    }

    fn at(self, offset: usize) -> usize {
        let before = self.pieces.partition_point(|(text, _)| *text <= offset);
        match before.checked_sub(1).and_then(|i| self.pieces.get(i)) {
            Some((text, source)) => source + (offset - text),
            None => offset,
        }
    }
}
