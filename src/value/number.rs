//! Exact numbers.
//!
//! Whole numbers and decimals are kept exactly up to 154 significant digits, the precision of the
//! 512-bit floats that the Go implementation computes with; what needs more is rounded to that.
//! Text and exponents are bounded, so that no input makes a number that cannot be written out.

use bigdecimal::{BigDecimal, FromPrimitive, RoundingMode, Signed, ToPrimitive, Zero};
use num_bigint::BigInt;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::str::FromStr;

/// Significant digits that are kept.
const DIGITS: u64 = 154;
/// Longest text that is read as a number.
const MAX_TEXT: usize = 4096;
/// Largest power of ten, either way.
const MAX_EXPONENT: i64 = 20_000;

/// An exact decimal number, normalised (no trailing zeros).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(BigDecimal);

impl Number {
    /// Parses decimal notation with optional fraction and exponent; `None` for anything else, and
    /// for numbers beyond 10^±20000.
    #[must_use]
    pub fn parse(text: &str) -> Option<Number> {
        let starts_well = text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
        let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
        if text.len() > MAX_TEXT || !starts_well || !plain {
            return None;
        }
        let number = BigDecimal::from_str(text).ok()?;
        let (_, scale) = number.as_bigint_and_exponent();
        (scale.checked_abs()? <= MAX_EXPONENT).then(|| Number::rounded(number))
    }

    fn rounded(number: BigDecimal) -> Number {
        if number.digits() <= DIGITS {
            return Number::from(number);
        }
        let precision = NonZeroU64::new(DIGITS).unwrap_or(NonZeroU64::MIN);
        Number::from(number.with_precision_round(precision, RoundingMode::HalfEven))
    }

    /// The result unless it left the range of exponents.
    fn bounded(number: BigDecimal) -> Option<Number> {
        let number = Number::rounded(number);
        let (_, scale) = number.0.as_bigint_and_exponent();
        (scale.unsigned_abs() <= MAX_EXPONENT.unsigned_abs()).then_some(number)
    }

    /// The decimal itself.
    #[must_use]
    pub fn decimal(&self) -> &BigDecimal {
        &self.0
    }

    /// The decimal number nearest to a double, by its shortest text; `None` for NaN and infinity.
    #[must_use]
    pub fn from_f64(f: f64) -> Option<Number> {
        if f.is_finite() { BigDecimal::from_str(&format!("{f:e}")).ok().map(Number::from) } else { None }
    }

    /// As a whole number of 64 bits, when it is one.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        if self.is_integer() { self.0.to_i64() } else { None }
    }

    /// As a whole number of any size, when it is one.
    #[must_use]
    pub fn to_bigint(&self) -> Option<BigInt> {
        if !self.is_integer() {
            return None;
        }
        let (digits, _) = self.0.with_scale(0).into_bigint_and_exponent();
        Some(digits)
    }

    /// The nearest double.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.0.to_f64().unwrap_or(f64::NAN)
    }

    /// Whether it has no fraction.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.0.is_integer()
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// Sum; `None` when it is out of range.
    #[must_use]
    pub fn plus(&self, other: &Number) -> Option<Number> {
        Number::bounded(&self.0 + &other.0)
    }

    /// Difference; `None` when it is out of range.
    #[must_use]
    pub fn minus(&self, other: &Number) -> Option<Number> {
        Number::bounded(&self.0 - &other.0)
    }

    /// Product; `None` when it is out of range.
    #[must_use]
    pub fn times(&self, other: &Number) -> Option<Number> {
        Number::bounded(&self.0 * &other.0)
    }

    /// Quotient rounded to 154 significant digits; `None` when `other` is zero.
    #[must_use]
    pub fn over(&self, other: &Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        // Dividend stretched so that the whole-number quotient has two digits more than are kept.
        let (a, a_scale) = self.0.as_bigint_and_exponent();
        let (b, b_scale) = other.0.as_bigint_and_exponent();
        let stretch = (DIGITS + 2 + other.0.digits()).saturating_sub(self.0.digits());
        let wide = a * BigInt::from(10u8).pow(u32::try_from(stretch).ok()?);
        let (mut quotient, rest) = (&wide / &b, &wide % &b);
        let mut scale = a_scale - b_scale + i64::try_from(stretch).ok()?;
        if !rest.is_zero() {
            // One sticky digit, so that rounding to even sees that there was more.
            let up = if wide.is_negative() == b.is_negative() { 1 } else { -1 };
            quotient = quotient * 10 + up;
            scale += 1;
        }
        Number::bounded(BigDecimal::new(quotient, scale))
    }

    /// Remainder of the division that truncates, with the sign of `self`; `self` when `other` is
    /// zero, as in HCL.
    #[must_use]
    pub fn modulo(&self, other: &Number) -> Number {
        if other.is_zero() { self.clone() } else { Number::rounded(&self.0 % &other.0) }
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(&self) -> Number {
        Number(-self.0.clone())
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(&self) -> Number {
        Number(self.0.abs())
    }

    /// The largest whole number that is not greater.
    #[must_use]
    pub fn floor(&self) -> Number {
        Number::from(self.0.with_scale_round(0, RoundingMode::Floor))
    }

    /// The smallest whole number that is not less.
    #[must_use]
    pub fn ceil(&self) -> Number {
        Number::from(self.0.with_scale_round(0, RoundingMode::Ceiling))
    }

    /// The whole part, rounded towards zero.
    #[must_use]
    pub fn trunc(&self) -> Number {
        Number::from(self.0.with_scale_round(0, RoundingMode::Down))
    }
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Number::from(BigDecimal::from(n))
    }
}

impl From<usize> for Number {
    fn from(n: usize) -> Self {
        Number::from(BigDecimal::from_usize(n).unwrap_or_default())
    }
}

impl From<BigInt> for Number {
    fn from(n: BigInt) -> Self {
        Number::rounded(BigDecimal::from(n))
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

#[cfg(test)]
mod tests {
    use super::Number;
    use proptest::prelude::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn quotients_have_154_digits() {
        let third = n("1").over(&n("3")).unwrap().to_string();
        assert_eq!(third, format!("0.{}", "3".repeat(154)));
        assert_eq!(n("10").over(&n("4")).unwrap().to_string(), "2.5");
        assert_eq!(n("-2").over(&n("3")).unwrap().to_string(), format!("-0.{}7", "6".repeat(153)));
        assert_eq!(n("1").over(&n("0")), None);
    }

    #[test]
    fn hostile_text_is_no_number() {
        for text in ["", "1e999999999", "1e-999999999", "inf", "NaN", "0x10", "1_000", "--1", "e5", &"9".repeat(5000)] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn remainder_has_the_sign_of_the_dividend() {
        assert_eq!(n("-5").modulo(&n("3")), n("-2"));
        assert_eq!(n("5").modulo(&n("0")), n("5"));
        assert_eq!(n("5.5").modulo(&n("2")), n("1.5"));
    }

    #[test]
    fn doubles_come_by_their_shortest_text() {
        assert_eq!(Number::from_f64(0.1).unwrap().to_string(), "0.1");
        assert_eq!(Number::from_f64(1e21).unwrap().to_string(), "1000000000000000000000");
        assert_eq!(Number::from_f64(f64::NAN), None);
    }

    proptest! {
        #[test]
        fn whole_numbers_agree_with_the_machine(a: i32, b: i32) {
            let (x, y) = (Number::from(i64::from(a)), Number::from(i64::from(b)));
            prop_assert_eq!(x.plus(&y).unwrap().to_i64(), Some(i64::from(a) + i64::from(b)));
            prop_assert_eq!(x.times(&y).unwrap().to_i64(), Some(i64::from(a) * i64::from(b)));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            if b != 0 {
                prop_assert_eq!(x.modulo(&y).to_i64(), Some(i64::from(a) % i64::from(b)));
                let product = x.over(&y).unwrap().times(&y).unwrap();
                let error = product.minus(&x).unwrap().abs();
                prop_assert!(error <= n("1e-140"), "{} off by {}", x, error);
            }
        }

        #[test]
        fn text_round_trips(digits in "-?[1-9][0-9]{0,60}(\\.[0-9]{0,40}[1-9])?") {
            prop_assert_eq!(n(&digits).to_string(), digits);
        }

        #[test]
        fn parse_never_panics(text: String) {
            let _ = Number::parse(&text).map(|n| n.to_string());
        }
    }
}
