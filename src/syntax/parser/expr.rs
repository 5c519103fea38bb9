//! Operators, loosest first: `? :`, `||`, `&&`, equality, comparison, sums, products, unary.

use super::{Parsed, Parser};
use crate::diag::Diagnostic;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::syntax::token::Tok;

/// The operator of a token and how tightly it binds.
fn binary_op(kind: Tok) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        Tok::Or => (BinaryOp::Or, 1),
        Tok::And => (BinaryOp::And, 2),
        Tok::EqualOp => (BinaryOp::Eq, 3),
        Tok::NotEqual => (BinaryOp::NotEq, 3),
        Tok::Lt => (BinaryOp::Lt, 4),
        Tok::LtEq => (BinaryOp::LtEq, 4),
        Tok::Gt => (BinaryOp::Gt, 4),
        Tok::GtEq => (BinaryOp::GtEq, 4),
        Tok::Plus => (BinaryOp::Add, 5),
        Tok::Minus => (BinaryOp::Sub, 5),
        Tok::Star => (BinaryOp::Mul, 6),
        Tok::Slash => (BinaryOp::Div, 6),
        Tok::Percent => (BinaryOp::Mod, 6),
        _ => return None,
    })
}

impl Parser<'_> {
    /// Reads one expression.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.nested(|p| {
            let outer = std::mem::take(&mut p.height);
            let result = p.conditional();
            let height = p.height;
            p.height = outer.max(height + 1);
            result
        })
    }

    fn conditional(&mut self) -> Parsed<Expr> {
        let condition = self.binary(1)?;
        if self.take(Tok::Question).is_none() {
            return Ok(condition);
        }
        let then = self.expression()?;
        if self.take(Tok::Colon).is_none() {
            let next = self.peek();
            let span = condition.span;
            let diagnostic = Diagnostic::error(
                "Missing false expression in conditional",
                format!("A conditional is written \"condition ? a : b\"; instead of the colon there is {}.", next.kind.describe()),
            );
            return Err(self.report(next, diagnostic.within(span.to(then.span))));
        }
        let otherwise = self.expression()?;
        let span = condition.span.to(otherwise.span);
        Ok(Expr::new(ExprKind::Conditional(Box::new([condition, then, otherwise])), span))
    }

    /// Reads operands joined by operators that bind at least as tightly as `level`.
    fn binary(&mut self, level: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        while let Some((op, binds)) = binary_op(self.peek().kind).filter(|(_, binds)| *binds >= level) {
            self.next();
            let height = std::mem::take(&mut self.height);
            let right = self.binary(binds + 1)?;
            self.height = self.height.max(height);
            self.grow()?;
            let span = left.span.to(right.span);
            left = Expr::new(ExprKind::Binary(op, left, right), span);
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let token = self.peek();
        let op = match token.kind {
            Tok::Minus => UnaryOp::Neg,
            Tok::Bang => UnaryOp::Not,
            _ => return self.postfix(),
        };
        self.next();
        let operand = self.nested(Self::unary)?;
        self.grow()?;
        let span = self.span_of(token).to(operand.span);
        Ok(Expr::new(ExprKind::Unary(op, operand), span))
    }
}
