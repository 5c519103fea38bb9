//! Whether two tokens of a line stand apart.

use super::Piece;
use crate::syntax::token::Tok;

/// Whether there is a space between `this` and `after`; `before` is the token before `this`.
pub(super) fn space_between(before: Option<&Piece<'_>>, this: &Piece<'_>, after: &Piece<'_>) -> bool {
    use Tok::{
        Bang, CBrace, CHeredoc, CQuote, Comma, Dot, DoubleColon, Ellipsis, Ident, Lit, Minus, Newline, Number, OBrace, OBrack, OHeredoc,
        OParen, OQuote, SeqEnd,
    };
    let (kind, next) = (this.kind, after.kind);
    let sequence = |k: Tok| matches!(k, Tok::Interp { .. } | Tok::Control { .. });
    match (kind, next) {
        (_, Newline) | (Ident, OParen | DoubleColon) | (DoubleColon, Ident) | (Dot, _) | (_, Dot | Comma | Ellipsis) => false,
        (Comma, _) => true,
        // Inside text.
        (Lit | OQuote | OHeredoc { .. }, _) | (_, Lit | CQuote | CHeredoc) => false,
        // `[for x in [a]: x]`: no index.
        (Ident, _) if this.text == "in" && before.is_some_and(|b| b.kind == Ident) => true,
        (Ident | Number, OBrack) => false,
        (_, OBrack) if this.brackets() < 0 => false,
        (Bang, _) => false,
        (Minus, _) => !before.is_none_or(|b| needs_operand(b.kind)),
        (OBrace, CBrace) => false,
        (OBrace, _) | (_, CBrace) => true,
        // `${ {a = 1} }`: braces beside those of a sequence stand apart.
        (k, OBrace) if sequence(k) => true,
        (CBrace, SeqEnd { .. }) => true,
        (SeqEnd { .. }, n) if sequence(n) => false,
        _ => this.brackets() <= 0 && after.brackets() >= 0,
    }
}

/// Whether an operand must follow, so that a minus here is a sign.
fn needs_operand(kind: Tok) -> bool {
    use Tok::{And, Bang, Colon, Comma, Equal, EqualOp, Gt, GtEq, Lt, LtEq, Minus, NotEqual, OBrace, OBrack, OParen};
    use Tok::{Or, Percent, Plus, Question, Slash, Star};
    matches!(
        kind,
        OParen | OBrace | OBrack | Equal | Colon | Comma | Question | Plus | Star | Slash | Percent | Minus | EqualOp | NotEqual | Gt
    ) || matches!(kind, GtEq | Lt | LtEq | And | Or | Bang)
}
