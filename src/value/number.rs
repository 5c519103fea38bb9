//! Exact numbers.
//!
//! Whole numbers and decimals are kept exactly; a quotient is rounded to 154 significant digits,
//! the precision of the 512-bit floats that the Go implementation computes with.

use bigdecimal::{BigDecimal, ToPrimitive};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// An exact decimal number, normalised (no trailing zeros).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(BigDecimal);

impl Number {
    /// Parses decimal notation with optional fraction and exponent.
    #[must_use]
    pub fn parse(text: &str) -> Option<Number> {
        BigDecimal::from_str(text).ok().map(Number::from)
    }

    /// The decimal itself.
    #[must_use]
    pub fn decimal(&self) -> &BigDecimal {
        &self.0
    }

    /// As a whole number of 64 bits, when it is one.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        if self.0.is_integer() { self.0.to_i64() } else { None }
    }

    /// The nearest double.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.0.to_f64().unwrap_or(f64::NAN)
    }
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Number::from(BigDecimal::from(n))
    }
}

impl From<BigDecimal> for Number {
    fn from(d: BigDecimal) -> Self {
        Number(d.normalized())
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for Number {
    /// Plain decimal notation, never an exponent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_plain_string())
    }
}
