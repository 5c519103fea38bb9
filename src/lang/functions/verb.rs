//! One `%` sequence of a format: reading it, and rendering a value by it.

use super::json_text;
use crate::value::{Number, Repr, Type, Value, convert};
use bigdecimal::{BigDecimal, RoundingMode};
use num_bigint::BigInt;
use std::num::NonZeroU64;
use unicode_segmentation::UnicodeSegmentation;

/// Part of a format.
pub(super) enum Piece<'a> {
    Text(&'a str),
    Verb(Verb<'a>),
}

/// `%-8.3[2]f`
#[derive(Default)]
pub(super) struct Verb<'a> {
    pub raw: &'a str,
    /// Which argument, from 1.
    pub arg: usize,
    mode: char,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Widths and precisions beyond this are refused.
const LIMIT: usize = 10_000;

/// Cuts a format into text and verbs.
pub(super) fn pieces(format: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut all = Vec::new();
    let mut rest = format;
    let mut next = 1;
    while let Some((literal, after)) = rest.split_once('%') {
        all.push(Piece::Text(literal));
        if let Some(more) = after.strip_prefix('%') {
            all.push(Piece::Text("%"));
            rest = more;
            continue;
        }
        let (verb, length) = read(after, next)?;
        next = verb.arg + 1;
        all.push(Piece::Verb(verb));
        rest = after.get(length..).unwrap_or("");
    }
    all.push(Piece::Text(rest));
    Ok(all)
}

fn read(text: &str, next: usize) -> Result<(Verb<'_>, usize), String> {
    let mut verb = Verb { arg: next, ..Verb::default() };
    let mut at = 0;
    let peek = |at: usize| text.get(at..).and_then(|t| t.chars().next());
    let number = |at: &mut usize| -> Result<Option<usize>, String> {
        let rest = text.get(*at..).unwrap_or("");
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest.get(..end).unwrap_or("");
        *at += end;
        if digits.is_empty() {
            return Ok(None);
        }
        digits.parse().ok().filter(|n| *n <= LIMIT).map(Some).ok_or_else(|| format!("the number {digits} in the format is too large"))
    };
    while let Some(flag) = peek(at) {
        match flag {
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            '+' => verb.plus = true,
            '-' => verb.minus = true,
            ' ' => verb.space = true,
            _ => break,
        }
        at += 1;
    }
    verb.width = number(&mut at)?;
    if peek(at) == Some('.') {
        at += 1;
        verb.precision = number(&mut at)?;
        if verb.precision.is_none() {
            return Err("a period in a verb must be followed by a precision; write %% for a percent sign".into());
        }
    }
    if peek(at) == Some('[') {
        at += 1;
        verb.arg = number(&mut at)?.filter(|n| *n > 0).ok_or("an argument's number is expected after [")?;
        if peek(at) != Some(']') {
            return Err("] is expected after an argument's number".into());
        }
        at += 1;
    }
    let Some(mode) = peek(at) else { return Err("the format ends inside a verb; write %% for a percent sign".into()) };
    if !"vtbdoxXeEfgGsq".contains(mode) {
        let start = text.get(..at + mode.len_utf8()).unwrap_or("");
        return Err(format!("unsupported verb {mode:?} in \"%{start}\"; write %% for a percent sign"));
    }
    at += mode.len_utf8();
    verb.mode = mode;
    verb.raw = text.get(..at).unwrap_or("");
    Ok((verb, at))
}

impl Verb<'_> {
    /// The text of a value.
    pub(super) fn render(&self, arg: &Value) -> Result<String, String> {
        if arg.is_null() && self.mode != 'v' {
            return Err("null cannot be formatted".into());
        }
        let as_type = |ty: Type| convert(arg, &ty).map_err(|e| e.message);
        match self.mode {
            'v' => Ok(self.pad(&self.default_text(arg))),
            't' => Ok(json_text::encode(&as_type(Type::Bool)?)),
            's' | 'q' => {
                let value = as_type(Type::String)?;
                let text = self.cut(value.as_str().unwrap_or(""));
                if self.mode == 's' {
                    return Ok(self.pad(&text));
                }
                let mut quoted = String::new();
                json_text::quote(&text, &mut quoted);
                Ok(self.pad(&quoted))
            }
            _ => {
                let value = as_type(Type::Number)?;
                let zero = Number::from(0i64);
                let number = value.as_number().unwrap_or(&zero);
                if "bdoxX".contains(self.mode) { self.integer(number) } else { Ok(self.float(number)) }
            }
        }
    }

    fn default_text(&self, arg: &Value) -> String {
        match arg.repr() {
            Repr::String(s) if !self.sharp => s.to_string(),
            Repr::Number(n) if !self.sharp => general(n, None, 'e'),
            _ => json_text::encode(arg),
        }
    }

    fn cut(&self, text: &str) -> String {
        match self.precision {
            Some(n) if n > 0 => text.graphemes(true).take(n).collect(),
            _ => text.to_string(),
        }
    }

    fn pad(&self, text: &str) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(text.graphemes(true).count());
        let padding = if self.zero { "0" } else { " " }.repeat(missing);
        if self.minus { format!("{text}{padding}") } else { format!("{padding}{text}") }
    }

    /// Sign, then zeros, then digits; or spaces on one side.
    fn signed(&self, negative: bool, prefix: &str, digits: &str, zeros: bool) -> String {
        let sign = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len() + digits.len());
        if zeros {
            format!("{sign}{prefix}{}{digits}", "0".repeat(missing))
        } else if self.minus {
            format!("{sign}{prefix}{digits}{}", " ".repeat(missing))
        } else {
            format!("{}{sign}{prefix}{digits}", " ".repeat(missing))
        }
    }

    fn integer(&self, number: &Number) -> Result<String, String> {
        let whole = number.abs().to_bigint().ok_or("a whole number is required")?;
        let (radix, prefix) = match self.mode {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let mut digits = whole.to_str_radix(radix);
        if self.mode == 'X' {
            digits = digits.to_uppercase();
        }
        if let Some(least) = self.precision {
            digits = if least == 0 && number.is_zero() { String::new() } else { format!("{digits:0>least$}") };
        }
        let zeros = self.zero && !self.minus && self.precision.is_none();
        Ok(self.signed(number.is_negative(), if self.sharp { prefix } else { "" }, &digits, zeros))
    }

    fn float(&self, number: &Number) -> String {
        let plain = number.abs();
        let digits = match self.mode {
            'f' => fixed(&plain, self.precision.unwrap_or(6)),
            'e' | 'E' => scientific(&plain, self.precision.unwrap_or(6), self.mode),
            'g' => general(&plain, self.precision, 'e'),
            _ => general(&plain, self.precision, 'E'),
        };
        self.signed(number.is_negative(), "", &digits, self.zero)
    }
}

/// What a float of 512 bits makes of a decimal fraction, a little more or less than it: in Go this
/// decides which way a tie is rounded (0.05 to one place is 0.1, 0.15 too).
fn as_float(number: &Number) -> BigDecimal {
    const BITS: u64 = 512;
    let (digits, scale) = number.decimal().as_bigint_and_exponent();
    let Some(scale) = u32::try_from(scale).ok().filter(|s| (1..=400).contains(s)) else { return number.decimal().clone() };
    let ten = BigInt::from(10u8).pow(scale);
    // As many binary places as leave exactly 512 bits before the point.
    let mut places = BITS + ten.bits() - digits.bits();
    let mut mantissa = (&digits << places) / &ten;
    if mantissa.bits() > BITS {
        places -= 1;
        mantissa = (&digits << places) / &ten;
    }
    let rest = (&digits << places) - &mantissa * &ten;
    let twice = rest * 2;
    if twice > ten || (twice == ten && mantissa.bit(0)) {
        mantissa += 1;
    }
    let fives = u32::try_from(places).map_or_else(|_| BigInt::from(0), |p| BigInt::from(5u8).pow(p));
    BigDecimal::new(mantissa * fives, i64::try_from(places).unwrap_or(0))
}

fn fixed(number: &Number, places: usize) -> String {
    let scale = i64::try_from(places).unwrap_or(0);
    let rounded = as_float(number).with_scale_round(scale, RoundingMode::HalfEven);
    let text = rounded.to_plain_string();
    // Zero may be written without its places.
    match (text.split_once('.'), places) {
        (_, 0) => text.split('.').next().unwrap_or("0").to_string(),
        (Some((whole, fraction)), _) => format!("{whole}.{fraction:0<places$}"),
        (None, _) => format!("{text}.{}", "0".repeat(places)),
    }
}

/// Digits without leading or trailing zeros, and the power of ten of the first.
fn digits_of(number: &Number) -> (String, i64) {
    if number.is_zero() {
        return ("0".into(), 0);
    }
    let (whole, scale) = number.abs().decimal().normalized().into_bigint_and_exponent();
    let digits = whole.to_string();
    let exponent = i64::try_from(digits.len()).unwrap_or(0) - 1 - scale;
    (digits, exponent)
}

fn rounded(number: &Number, significant: usize) -> Number {
    match u64::try_from(significant).ok().and_then(NonZeroU64::new) {
        Some(precision) if !number.is_zero() => {
            let decimal: BigDecimal = as_float(number).with_precision_round(precision, RoundingMode::HalfEven);
            Number::from(decimal)
        }
        _ => number.clone(),
    }
}

fn scientific(number: &Number, places: usize, letter: char) -> String {
    let (digits, exponent) = digits_of(&rounded(number, places + 1));
    let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
    let sign = if exponent < 0 { '-' } else { '+' };
    let power = exponent.unsigned_abs();
    if places == 0 {
        return format!("{first}{letter}{sign}{power:02}");
    }
    format!("{first}.{rest:0<places$}{letter}{sign}{power:02}")
}

/// `%g`: scientific below 10^-4 and from the precision upwards (six where none is given, though no
/// digit is cut then), plain in between.
fn general(number: &Number, precision: Option<usize>, letter: char) -> String {
    let sign = if number.is_negative() { "-" } else { "" };
    let number = match precision {
        Some(p) => rounded(&number.abs(), p.max(1)),
        None => number.abs(),
    };
    let (digits, exponent) = digits_of(&number);
    let count = i64::try_from(digits.len()).unwrap_or(0);
    let limit = match precision {
        None => 6,
        Some(p) => {
            let p = i64::try_from(p.max(1)).unwrap_or(i64::MAX);
            if p > count && count > exponent { count } else { p }
        }
    };
    if exponent < -4 || exponent >= limit {
        return format!("{sign}{}", scientific(&number, digits.len() - 1, letter));
    }
    format!("{sign}{number}")
}
