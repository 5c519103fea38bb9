//! The `time` provider: moments that are kept in the state, so that they do not move with each run.
//!
//! Attributes are those of hashicorp/time 0.13. Years and months are added as Go adds them: a day
//! that the month does not have runs over into the next one.

use super::object::{settle, with};
use super::state_only::StateOnly;
use crate::clock::{Clock, SystemClock};
use crate::provider::{ErrorKind, ProviderError};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, RuleError, TypeRules, map_of, number, string};
use crate::value::{Path, Type, Value};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use std::sync::Arc;

/// What a moment consists of.
const PARTS: [&str; 7] = ["year", "month", "day", "hour", "minute", "second", "unix"];
/// Units of offsets and rotations.
const UNITS: [&str; 6] = ["years", "months", "days", "hours", "minutes", "seconds"];

fn base() -> BlockSchema {
    let block = BlockSchema::new().attr("id", string().computed()).attr("triggers", map_of(Type::String).optional().force_new());
    PARTS.iter().fold(block, |block, part| block.attr(part, number().computed()))
}

fn kind(name: &'static str, block: BlockSchema, rules: TypeRules, make: fn(&Value) -> Result<Value, ProviderError>) -> StateOnly {
    // What `make` refused would not have been created.
    let update = |planned: &Value| planned.clone();
    StateOnly {
        name,
        schema: Arc::new(ResourceSchema { version: 0, block, rules }),
        make,
        update,
        refresh: None,
        importable: false,
        expired: None,
    }
}

/// `time_static`
pub(super) fn fixed() -> StateOnly {
    let block = base().attr("rfc3339", string().optional().computed().force_new());
    let rules = TypeRules { validate: vec![|config| moments(config, &["rfc3339"])], ..TypeRules::default() };
    kind("time_static", block, rules, |planned| {
        let at = moment(planned, "rfc3339")?;
        let text = Value::string(rfc3339(at));
        Ok(settle(&with(&with(planned, parts(at)), [("rfc3339", text.clone()), ("id", text)])))
    })
}

/// `time_offset`
pub(super) fn offset() -> StateOnly {
    let block = base().attr("base_rfc3339", string().optional().computed().force_new()).attr("rfc3339", string().computed());
    let block = UNITS.iter().fold(block, |block, unit| block.attr(&format!("offset_{unit}"), number().optional()));
    let rules = TypeRules {
        validate: vec![|config| moments(config, &["base_rfc3339"]), |config| one_unit(config, "offset_", &UNITS)],
        customize: vec![|draft| {
            let moves = UNITS.iter().any(|unit| draft.changes(&format!("offset_{unit}")));
            if moves {
                PARTS.iter().chain(&["rfc3339"]).for_each(|part| draft.set_unknown(part));
            }
        }],
        ..TypeRules::default()
    };
    let update = |planned: &Value| moved(planned).unwrap_or_else(|_| settle(planned));
    StateOnly { update, ..kind("time_offset", block, rules, moved) }
}

fn moved(planned: &Value) -> Result<Value, ProviderError> {
    let base = moment(planned, "base_rfc3339")?;
    let at = shifted(planned, "offset_", base)?;
    let base = Value::string(rfc3339(base));
    let known = [("base_rfc3339", base.clone()), ("id", base), ("rfc3339", Value::string(rfc3339(at)))];
    Ok(settle(&with(&with(planned, parts(at)), known)))
}

/// `time_rotating`: gone when its time has come, so that the next plan makes it anew.
pub(super) fn rotating() -> StateOnly {
    let block = base().attr("rfc3339", string().optional().computed().force_new()).attr("rotation_rfc3339", string().optional().computed());
    let block = UNITS.iter().take(5).fold(block, |block, unit| block.attr(&format!("rotation_{unit}"), number().optional()));
    let rules = TypeRules {
        validate: vec![|config| moments(config, &["rfc3339", "rotation_rfc3339"]), |config| {
            one_unit(config, "rotation_", &["years", "months", "days", "hours", "minutes", "rfc3339"])
        }],
        customize: vec![rotation],
        ..TypeRules::default()
    };
    let expired = |object: &Value| moment(object, "rotation_rfc3339").is_ok_and(|at| SystemClock.now() > at);
    let update = |planned: &Value| turning(planned).unwrap_or_else(|_| settle(planned));
    StateOnly { update, expired: Some(expired), ..kind("time_rotating", block, rules, turning) }
}

fn rotation(draft: &mut DiffDraft<'_>) {
    let moves = UNITS.iter().take(5).any(|unit| draft.changes(&format!("rotation_{unit}")));
    if moves && draft.configured("rotation_rfc3339").is_none() {
        draft.set_unknown("rotation_rfc3339");
    }
}

fn turning(planned: &Value) -> Result<Value, ProviderError> {
    let base = moment(planned, "rfc3339")?;
    let unit = UNITS.iter().any(|unit| planned.get(&format!("rotation_{unit}")).is_some_and(|v| !v.is_null()));
    let turn = if unit { shifted(planned, "rotation_", base)? } else { moment(planned, "rotation_rfc3339")? };
    let text = Value::string(rfc3339(base));
    let known = [("rfc3339", text.clone()), ("id", text), ("rotation_rfc3339", Value::string(rfc3339(turn)))];
    Ok(settle(&with(&with(planned, parts(base)), known)))
}

/// As Go writes it: whole seconds, in UTC.
pub(super) fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The moment an attribute names, or now.
fn moment(object: &Value, name: &str) -> Result<Timestamp, ProviderError> {
    match object.get(name).and_then(Value::as_str) {
        Some(text) => text.parse().map_err(|e| {
            ProviderError::new(ErrorKind::Invalid, "Not a moment", format!("{text:?} is no time in the form of RFC 3339: {e}.")).at(name)
        }),
        None => Ok(SystemClock.now()),
    }
}

fn parts(at: Timestamp) -> impl Iterator<Item = (&'static str, Value)> {
    let here = at.to_zoned(TimeZone::UTC).datetime();
    let numbers =
        [here.year().into(), here.month().into(), here.day().into(), here.hour().into(), here.minute().into(), here.second().into()];
    PARTS.into_iter().zip(numbers.into_iter().map(|n: i64| Value::int(n)).chain([Value::int(at.as_second())]))
}

/// The moment later (or earlier) by what the attributes with a prefix say.
fn shifted(object: &Value, prefix: &str, at: Timestamp) -> Result<Timestamp, ProviderError> {
    let unit = |name: &str| object.get(&format!("{prefix}{name}")).and_then(Value::as_i64).unwrap_or(0);
    let seconds = SignedDuration::try_from_hours(unit("hours"))
        .and_then(|t| t.checked_add(SignedDuration::try_from_mins(unit("minutes"))?))
        .and_then(|t| t.checked_add(SignedDuration::from_secs(unit("seconds"))));
    let months = unit("years").checked_mul(12).and_then(|m| m.checked_add(unit("months")));
    let found = months.zip(seconds).and_then(|(months, seconds)| later(at, months, unit("days"), seconds));
    found.ok_or_else(|| {
        let detail = format!("{} cannot be moved that far.", rfc3339(at));
        ProviderError::new(ErrorKind::Invalid, "Moment out of range", detail)
    })
}

fn later(at: Timestamp, months: i64, days: i64, time: SignedDuration) -> Option<Timestamp> {
    let here: DateTime = at.to_zoned(TimeZone::UTC).datetime();
    let first = here.with().day(1).build().ok()?.checked_add(Span::new().try_months(months).ok()?).ok()?;
    let days = i64::from(here.day()).checked_sub(1)?.checked_add(days)?;
    let day = first.checked_add(Span::new().try_days(days).ok()?).ok()?;
    day.to_zoned(TimeZone::UTC).ok()?.timestamp().checked_add(time).ok()
}

fn moments(config: &Value, names: &[&str]) -> Vec<RuleError> {
    let wrong = |name: &&str| {
        let text = config.get(name).and_then(Value::as_str)?;
        let bad = text.parse::<Timestamp>().is_err();
        bad.then(|| RuleError { path: Path::attr(*name), message: format!("{text:?} is no time like 2026-02-12T06:36:13Z") })
    };
    names.iter().filter_map(wrong).collect()
}

fn one_unit(config: &Value, prefix: &str, units: &[&str]) -> Vec<RuleError> {
    let names: Vec<String> = units.iter().map(|unit| format!("{prefix}{unit}")).collect();
    let written = names.iter().filter(|n| config.get(n).is_some_and(|v| !v.is_null())).count();
    let message = match written {
        0 => format!("one of {} is required", names.join(", ")),
        1 => return Vec::new(),
        _ => format!("only one of {} may be written", names.join(", ")),
    };
    vec![RuleError { path: Path::default(), message }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(ty: &StateOnly, members: &[(&'static str, Value)]) -> Value {
        let Type::Object(o) = ty.schema.block.ty() else { unreachable!() };
        let nulls = Value::object(o.attrs.iter().map(|(n, t)| (n.clone(), Value::null(t.clone()))).collect());
        with(&nulls, members.iter().cloned())
    }

    fn text<'v>(value: &'v Value, name: &str) -> &'v str {
        value.get(name).and_then(Value::as_str).unwrap()
    }

    #[test]
    fn months_run_over_as_in_go() {
        let ty = offset();
        let at = |unit: &'static str, n: i64| {
            let made = (ty.make)(&object(&ty, &[("base_rfc3339", Value::string("2024-01-31T22:59:58Z")), (unit, Value::int(n))])).unwrap();
            text(&made, "rfc3339").to_string()
        };
        assert_eq!(at("offset_months", 1), "2024-03-02T22:59:58Z");
        assert_eq!(at("offset_years", -1), "2023-01-31T22:59:58Z");
        assert_eq!(at("offset_days", 30), "2024-03-01T22:59:58Z");
        assert_eq!(at("offset_hours", 2), "2024-02-01T00:59:58Z");
        let far = (ty.make)(&object(&ty, &[("offset_years", Value::int(i64::MAX))]));
        assert_eq!(far.unwrap_err().summary, "Moment out of range");
    }

    #[test]
    fn a_moment_has_parts_and_is_its_own_id() {
        let ty = fixed();
        let made = (ty.make)(&object(&ty, &[("rfc3339", Value::string("2020-02-12T06:36:13Z"))])).unwrap();
        let numbers: Vec<_> = PARTS.iter().map(|p| made.get(p).and_then(Value::as_i64).unwrap()).collect();
        assert_eq!(numbers, [2020, 2, 12, 6, 36, 13, 1_581_489_373]);
        assert_eq!(text(&made, "id"), "2020-02-12T06:36:13Z");
    }

    #[test]
    fn a_rotation_ends() {
        let ty = rotating();
        let made = |days: i64, base: &str| {
            (ty.make)(&object(&ty, &[("rfc3339", Value::string(base)), ("rotation_days", Value::int(days))])).unwrap()
        };
        let over = made(30, "2020-02-12T06:36:13Z");
        assert_eq!(text(&over, "rotation_rfc3339"), "2020-03-13T06:36:13Z");
        assert!(ty.expired.unwrap()(&over) && !ty.expired.unwrap()(&made(30, &rfc3339(SystemClock.now()))));
    }

    #[test]
    fn one_unit_is_needed() {
        let ty = offset();
        let said = |members: &[(&'static str, Value)]| -> Vec<String> {
            let config = object(&ty, members);
            ty.schema.rules.validate.iter().flat_map(|rule| rule(&config)).map(|e| e.message).collect()
        };
        assert!(said(&[])[0].starts_with("one of offset_years"));
        assert!(said(&[("offset_days", Value::int(1)), ("offset_hours", Value::int(1))])[0].starts_with("only one of"));
        assert!(said(&[("offset_days", Value::int(1)), ("base_rfc3339", Value::string("today"))])[0].contains("\"today\""));
    }
}
