//! What the `random` types refuse: the documented limits of hashicorp/random, found before anything is made.
//!
//! A value that is not known yet passes here and is judged when the object is made.

use super::object::{flag, text};
use crate::provider::{ErrorKind, ProviderError};
use crate::schema::RuleError;
use crate::value::{Path, Value};

/// No name, key or list is longer; memory is finite.
const MOST: i64 = 1_000_000;

/// The minima of each class of characters.
const MINIMA: [&str; 4] = ["min_lower", "min_upper", "min_numeric", "min_special"];

/// Refuses an object whose values break a rule, now that they are known.
pub(super) fn hold(planned: &Value, rule: fn(&Value) -> Vec<RuleError>) -> Result<(), ProviderError> {
    match rule(planned).first() {
        None => Ok(()),
        Some(broken) => Err(ProviderError::new(ErrorKind::Invalid, "Random value is not possible", broken.sentence())),
    }
}

/// `random_string` and `random_password`: a length of at least 1 that holds all minima, and a class to pick from.
pub(super) fn of_text(config: &Value) -> Vec<RuleError> {
    let mut found = between(config, "length", 1, MOST);
    MINIMA.iter().for_each(|name| found.extend(between(config, name, 0, MOST)));
    if !found.is_empty() {
        return found;
    }
    let minima: i64 = MINIMA.iter().filter_map(|name| whole(config, name)).fold(0, i64::saturating_add);
    if let Some(length) = whole(config, "length").filter(|length| minima > *length) {
        let message = format!("a text of {length} characters cannot hold all minima, which add up to {minima}");
        found.push(RuleError { path: Path::attr("length"), message });
    }
    if let Some(no) = numerals(config) {
        found.push(no);
    }
    let classes = ["lower", "upper", "special"];
    let off = |name: &str| config.get(name).is_some_and(|v| !v.is_unknown()) && !flag(config, name, true);
    if classes.iter().all(|name| off(name)) && (off("numeric") || off("number")) {
        let message = "every class of characters is switched off: lower, upper, numeric and special".to_string();
        found.push(RuleError { path: Path::default(), message });
    }
    found
}

/// `number` is the old name of `numeric`: they cannot say different things.
fn numerals(config: &Value) -> Option<RuleError> {
    let (old, new) = (config.get("number")?.as_bool()?, config.get("numeric")?.as_bool()?);
    let message = "number is the old name of numeric, and they contradict each other; leave number out".to_string();
    (old != new).then(|| RuleError { path: Path::attr("number"), message })
}

/// `random_id`: one byte at least.
pub(super) fn of_id(config: &Value) -> Vec<RuleError> {
    between(config, "byte_length", 1, MOST)
}

/// `random_bytes`: one byte at least.
pub(super) fn of_bytes(config: &Value) -> Vec<RuleError> {
    between(config, "length", 1, MOST)
}

/// `random_pet`: one word at least, and not more than anybody reads.
pub(super) fn of_pet(config: &Value) -> Vec<RuleError> {
    between(config, "length", 1, u8::MAX.into())
}

/// `random_shuffle`: a count, 0 for all.
pub(super) fn of_shuffle(config: &Value) -> Vec<RuleError> {
    between(config, "result_count", 0, MOST)
}

/// `random_integer`: whole numbers, min not above max.
pub(super) fn of_integer(config: &Value) -> Vec<RuleError> {
    let mut found = between(config, "min", i64::MIN, i64::MAX);
    found.extend(between(config, "max", i64::MIN, i64::MAX));
    if let Some((min, max)) = whole(config, "min").zip(whole(config, "max")).filter(|(min, max)| min > max) {
        found.push(RuleError { path: Path::attr("min"), message: format!("min ({min}) is above max ({max})") });
    }
    found
}

fn whole(config: &Value, name: &str) -> Option<i64> {
    config.get(name).and_then(Value::as_i64)
}

/// A known number that is not whole, below the least or above the most.
fn between(config: &Value, name: &str, least: i64, most: i64) -> Vec<RuleError> {
    let Some(value) = config.get(name).filter(|v| !v.is_null() && !v.is_unknown()) else { return Vec::new() };
    let message = match value.as_i64() {
        Some(n) if (least..=most).contains(&n) => return Vec::new(),
        Some(n) if n > most => format!("it must be at most {most}, and is {n}"),
        Some(n) => format!("it must be at least {least}, and is {n}"),
        None => "it must be a whole number of 64 bits".to_string(),
    };
    vec![RuleError { path: Path::attr(name), message }]
}

/// `local_file`: three or four octal digits, 0777 at most.
pub(super) fn permission(config: &Value, name: &str) -> Option<RuleError> {
    let written = text(config, name)?;
    let digits = matches!(written.len(), 3 | 4) && written.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let fits = digits && u32::from_str_radix(written, 8).is_ok_and(|mode| mode <= 0o777);
    let message = format!("{written:?} is no permission: write three or four octal digits up to \"0777\", \"0640\" say");
    (!fits).then(|| RuleError { path: Path::attr(name), message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    fn config(members: &[(&str, Value)]) -> Value {
        Value::object(members.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
    }

    #[test]
    fn texts_that_cannot_be_made_are_refused() {
        let int = Value::int;
        let bad: [&[(&str, Value)]; 6] = [
            &[("length", int(0))],
            &[("length", int(-1))],
            &[("length", int(3)), ("min_upper", int(5))],
            &[("length", int(3)), ("min_upper", int(2)), ("min_lower", int(2))],
            &[("length", int(3)), ("min_upper", int(-1))],
            &[("length", int(3)), ("number", Value::bool(true)), ("numeric", Value::bool(false))],
        ];
        for members in bad {
            assert_eq!(of_text(&config(members)).len(), 1, "{members:?}");
            assert!(hold(&config(members), of_text).is_err());
        }
        let off = ["lower", "upper", "special", "numeric"].map(|n| (n, Value::bool(false)));
        assert_eq!(of_text(&config(&[&[("length", int(3))], &off[..]].concat())).len(), 1);
        assert!(of_text(&config(&[&[("length", int(3))], &off[..3]].concat())).is_empty());
        for length in [int(1), Value::unknown(Type::Number), Value::null(Type::Number)] {
            assert!(of_text(&config(&[("length", length)])).is_empty());
        }
    }

    #[test]
    fn bounds_of_the_other_types() {
        for length in [0, MOST + 1, i64::MAX] {
            assert_eq!(of_id(&config(&[("byte_length", Value::int(length))])).len(), 1);
        }
        assert!(of_id(&config(&[("byte_length", Value::int(1))])).is_empty());
        assert_eq!(of_integer(&config(&[("min", Value::int(5)), ("max", Value::int(4))])).len(), 1);
        assert!(of_integer(&config(&[("min", Value::int(-5)), ("max", Value::int(-5))])).is_empty());
        for (mode, fits) in [("0640", true), ("640", true), ("9999", false), ("1777", false), ("64", false), ("rw-", false), ("+77", false)]
        {
            assert_eq!(permission(&config(&[("file_permission", Value::string(mode))]), "file_permission").is_none(), fits, "{mode}");
        }
    }

    #[test]
    fn the_types_have_their_rules() {
        let broken = |rules: &crate::schema::TypeRules, value: &Value| rules.validate.iter().flat_map(|rule| rule(value)).count();
        let zero = config(&[("length", Value::int(0))]);
        for ty in [super::super::random::password(), super::super::random::string_type()] {
            assert_eq!(broken(&ty.schema.rules, &zero), 1);
            assert!((ty.make)(&zero).is_err(), "known only when it is made");
        }
        assert_eq!(broken(&super::super::random::id().schema.rules, &config(&[("byte_length", Value::int(0))])), 1);
        let turned = config(&[("min", Value::int(1)), ("max", Value::int(0))]);
        assert_eq!(broken(&super::super::random::integer().schema.rules, &turned), 1);
    }
}
