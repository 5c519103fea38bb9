//! What `<<-` does: removes the indentation common to all lines.
//!
//! It looks at pieces, not at the rendered text, after `~` has trimmed: a line whose line end was
//! trimmed away does not make the next piece the beginning of a line.

use super::template::{Piece, drop_front};

/// Removes the smallest indentation of any line from each line. Blank lines do not count and stay
/// as they are; a line that begins with a sequence has no indentation.
pub(super) fn dedent(pieces: &mut [Piece<'_>]) {
    let mut smallest = usize::MAX;
    let mut beginnings = Vec::new();
    let mut line_start = true;
    for (i, piece) in pieces.iter().enumerate() {
        let literal = if let Piece::Literal(text) = piece { Some(text.as_ref()) } else { None };
        if line_start {
            match literal {
                Some(text) if text.trim_start().is_empty() && text.ends_with('\n') => {}
                Some(text) => {
                    smallest = smallest.min(text.chars().take_while(|c| c.is_whitespace()).count());
                    beginnings.push(i);
                }
                None => smallest = 0,
            }
        }
        line_start = literal.is_some_and(|text| text.ends_with('\n'));
    }
    for i in beginnings {
        if let Some(Piece::Literal(text)) = pieces.get_mut(i) {
            let cut = text.char_indices().nth(smallest).map_or(text.len(), |(at, _)| at);
            drop_front(text, cut);
        }
    }
}
