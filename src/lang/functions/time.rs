//! Dates and times, as RFC 3339 texts.

use super::{Answer, Function, FunctionError, NUMBER, Param, STRING, function, string, text};
use crate::lang::CallEnv;
use crate::value::{Type, Value};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

pub(super) static ALL: &[Function] = &[
    function(
        "formatdate",
        &[Param::new("format", string), Param::new("time", string)],
        STRING,
        formatdate,
        "A time in another format: YYYY YY MMMM MMM MM M DD D EEEE EEE hh h HH H AA aa mm m ss s ZZZZZ ZZZZ ZZZ Z, 'literal'.",
        &[
            ("formatdate(\"DD MMM YYYY hh:mm ZZZ\", \"2018-01-02T23:12:01Z\")", "\"02 Jan 2018 23:12 UTC\""),
            ("formatdate(\"EEEE, DD-MMM-YY hh:mm:ss ZZZ\", \"2018-01-02T23:12:01Z\")", "\"Tuesday, 02-Jan-18 23:12:01 UTC\""),
            ("formatdate(\"EEE, DD MMM YYYY hh:mm:ss ZZZ\", \"2018-01-02T23:12:01-08:00\")", "\"Tue, 02 Jan 2018 23:12:01 -0800\""),
            ("formatdate(\"HH:mmaa\", \"2018-01-02T23:12:01Z\")", "\"11:12pm\""),
            ("formatdate(\"H 'o''clock'\", \"2018-01-02T23:12:01-08:00\")", "\"11 o'clock\""),
            ("formatdate(\"M/D/YY h:m:s AA ZZZZZ Z\", \"2018-01-02T00:02:01.5Z\")", "\"1/2/18 0:2:1 AM +00:00 Z\""),
        ],
    ),
    function(
        "plantimestamp",
        &[],
        STRING,
        plantimestamp,
        "The time of the plan, the same each time it is asked for.",
        &[("plantimestamp()", "\"2017-11-22T00:00:00Z\"")],
    ),
    function(
        "timeadd",
        &[Param::new("timestamp", string), Param::new("duration", string)],
        STRING,
        timeadd,
        "A time moved by a duration like 1h30m or -10s.",
        &[
            ("timeadd(\"2017-11-22T00:00:00Z\", \"10m\")", "\"2017-11-22T00:10:00Z\""),
            ("timeadd(\"2017-11-22T00:00:00+02:00\", \"-1.5h\")", "\"2017-11-21T22:30:00+02:00\""),
            ("timeadd(\"2017-11-22T00:00:00Z\", \"24h1m1s500ms\")", "\"2017-11-23T00:01:01Z\""),
        ],
    ),
    function(
        "timecmp",
        &[Param::new("timestamp_a", string), Param::new("timestamp_b", string)],
        NUMBER,
        timecmp,
        "-1, 0 or 1 as the first time is before, at or after the second.",
        &[
            ("timecmp(\"2017-11-22T00:00:00Z\", \"2017-11-22T00:00:00Z\")", "0"),
            ("timecmp(\"2017-11-22T00:00:00Z\", \"2017-11-22T01:00:00Z\")", "-1"),
            ("timecmp(\"2017-11-22T01:00:00Z\", \"2017-11-22T00:00:00Z\")", "1"),
            ("timecmp(\"2017-11-22T01:00:00Z\", \"2017-11-22T00:00:00-01:00\")", "0"),
        ],
    ),
    function("timestamp", &[], STRING, timestamp, "The present time; known only while applying.", &[]),
];

/// A wall-clock time and its distance from UTC.
#[derive(Clone, Copy)]
struct Stamp {
    local: DateTime,
    offset: Offset,
}

impl Stamp {
    /// Reads `2018-01-02T23:12:01.5-08:00`.
    fn parse(text: &str) -> Option<Stamp> {
        let bytes = text.as_bytes();
        let shape = |i: usize, want: u8| bytes.get(i) == Some(&want);
        if !(shape(4, b'-') && shape(7, b'-') && shape(10, b'T') && shape(13, b':') && shape(16, b':')) {
            return None;
        }
        let number = |from: usize, to: usize| text.get(from..to).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?.parse::<i16>().ok();
        let small = |from: usize, to: usize| number(from, to).and_then(|n| i8::try_from(n).ok());
        let mut rest = text.get(19..)?;
        let mut nanos = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let end = fraction.find(|c: char| !c.is_ascii_digit()).filter(|e| *e > 0)?;
            let digits: String = fraction.get(..end)?.chars().chain("000000000".chars()).take(9).collect();
            nanos = digits.parse().ok()?;
            rest = fraction.get(end..)?;
        }
        let local =
            DateTime::new(number(0, 4)?, small(5, 7)?, small(8, 10)?, small(11, 13)?, small(14, 16)?, small(17, 19)?, nanos).ok()?;
        let offset = if rest == "Z" { Offset::UTC } else { parse_offset(rest)? };
        Some(Stamp { local, offset })
    }

    fn arg(args: &[Value], i: usize) -> Result<Stamp, FunctionError> {
        let wrong =
            || FunctionError::arg(i, format!("{:?} is not a time in the form of RFC 3339, like 2018-01-02T23:12:01Z", text(args, i)));
        Stamp::parse(text(args, i)).ok_or_else(wrong)
    }

    fn instant(self) -> Option<Timestamp> {
        self.offset.to_timestamp(self.local).ok()
    }

    fn rfc3339(self) -> String {
        let (d, t) = (self.local.date(), self.local.time());
        let zone = if self.offset == Offset::UTC { "Z".into() } else { self.zone(":") };
        format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{zone}", d.year(), d.month(), d.day(), t.hour(), t.minute(), t.second())
    }

    fn zone(self, colon: &str) -> String {
        let minutes = self.offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}{colon}{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }

    /// What a sequence of one letter stands for.
    fn field(self, sequence: &str) -> Option<String> {
        const MONTHS: [&str; 12] =
            ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
        const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let (d, t) = (self.local.date(), self.local.time());
        let short = |name: &str| name.get(..3).unwrap_or(name).to_string();
        let at = |names: &[&str], i: i8| usize::try_from(i).ok().and_then(|i| names.get(i).map(|n| (*n).to_string()));
        let half = if t.hour() % 12 == 0 { 12 } else { t.hour() % 12 };
        let noon = if t.hour() < 12 { "am" } else { "pm" };
        let utc = self.offset == Offset::UTC;
        Some(match sequence {
            "YYYY" => format!("{:04}", d.year()),
            "YY" => format!("{:02}", d.year() % 100),
            "MMMM" => at(&MONTHS, d.month() - 1)?,
            "MMM" => short(&at(&MONTHS, d.month() - 1)?),
            "MM" => format!("{:02}", d.month()),
            "M" => d.month().to_string(),
            "DD" => format!("{:02}", d.day()),
            "D" => d.day().to_string(),
            "EEEE" => at(&DAYS, d.weekday().to_monday_zero_offset())?,
            "EEE" => short(&at(&DAYS, d.weekday().to_monday_zero_offset())?),
            "hh" => format!("{:02}", t.hour()),
            "h" => t.hour().to_string(),
            "HH" => format!("{half:02}"),
            "H" => half.to_string(),
            "AA" => noon.to_uppercase(),
            "aa" => noon.to_string(),
            "mm" => format!("{:02}", t.minute()),
            "m" => t.minute().to_string(),
            "ss" => format!("{:02}", t.second()),
            "s" => t.second().to_string(),
            "ZZZZZ" => self.zone(":"),
            "ZZZZ" => self.zone(""),
            "ZZZ" if utc => "UTC".to_string(),
            "ZZZ" => self.zone(""),
            "Z" if utc => "Z".to_string(),
            "Z" => self.zone(":"),
            _ => return None,
        })
    }
}

fn parse_offset(text: &str) -> Option<Offset> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let two = |d: &str| d.parse::<i32>().ok().filter(|_| d.len() == 2 && d.bytes().all(|b| b.is_ascii_digit()));
    let (hours, minutes) = (two(hours)?, two(minutes).filter(|m| *m < 60)?);
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().filter(|_| hours < 24)
}

fn formatdate(_: &CallEnv, args: &[Value]) -> Answer {
    let stamp = Stamp::arg(args, 1)?;
    let (mut out, mut rest) = (String::new(), text(args, 0));
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        if c == '\'' {
            let (literal, taken) = quoted(rest).ok_or_else(|| FunctionError::arg(0, "a literal's closing quote ' is missing"))?;
            out.push_str(&literal);
            length = taken;
        } else if c.is_ascii_alphabetic() {
            length = rest.find(|other| other != c).unwrap_or(rest.len());
            let sequence = rest.get(..length).unwrap_or("");
            let known = stamp.field(sequence);
            out.push_str(&known.ok_or_else(|| {
                FunctionError::arg(0, format!("{sequence:?} stands for nothing; write letters that stand for themselves in single quotes"))
            })?);
        } else {
            out.push(c);
        }
        rest = rest.get(length..).unwrap_or("");
    }
    Ok(Value::string(out))
}

/// A quoted literal at the start of `text` (`''` is a quote), and its length.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((i, c)) = chars.next() {
        if c != '\'' {
            out.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == '\'') {
            chars.next();
            out.push('\'');
        } else {
            return Some((out, i + 1));
        }
    }
    None
}

/// Reads Go's durations: `1h30m`, `-1.5h`, `300ms`.
fn duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut nanos: f64 = 0.0;
    let mut exact: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|e| *e > 0)?;
        let (number, after) = rest.split_at_checked(end)?;
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit_end)?;
        let scale: i64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        match number.parse::<i64>() {
            Ok(whole) => exact = exact.checked_add(i128::from(whole) * i128::from(scale))?,
            Err(_) => nanos += number.parse::<f64>().ok()? * scale as f64,
        }
        rest = after;
    }
    let total = exact.checked_add(nanos.round() as i128)?;
    let total = i64::try_from(if negative { -total } else { total }).ok()?;
    Some(SignedDuration::from_nanos(total))
}

fn timeadd(_: &CallEnv, args: &[Value]) -> Answer {
    let stamp = Stamp::arg(args, 0)?;
    let Some(duration) = duration(text(args, 1)) else {
        return Err(FunctionError::arg(1, format!("{:?} is not a duration, like 1h30m or -10s (h, m, s, ms, us, ns)", text(args, 1))));
    };
    let moved = stamp.local.checked_add(duration).map_err(|_| FunctionError::arg(1, "the resulting time is out of range"))?;
    Ok(Value::string(Stamp { local: moved, ..stamp }.rfc3339()))
}

fn timecmp(_: &CallEnv, args: &[Value]) -> Answer {
    let (a, b) = (Stamp::arg(args, 0)?.instant(), Stamp::arg(args, 1)?.instant());
    Ok(Value::int(match a.cmp(&b) {
        std::cmp::Ordering::Less => -1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => 1,
    }))
}

fn given(time: Option<Timestamp>) -> Answer {
    let Some(time) = time else { return Ok(Value::unknown_not_null(Type::String)) };
    Ok(Value::string(Stamp { local: Offset::UTC.to_datetime(time), offset: Offset::UTC }.rfc3339()))
}

fn timestamp(env: &CallEnv, _: &[Value]) -> Answer {
    given(env.timestamp)
}

fn plantimestamp(env: &CallEnv, _: &[Value]) -> Answer {
    given(env.plan_timestamp)
}

#[cfg(test)]
mod tests {
    use super::{Stamp, duration};
    use crate::lang::FunctionTable;
    use crate::lang::functions::tests::env;
    use proptest::prelude::*;

    #[test]
    fn the_present_is_unknown_while_planning() {
        let mut env = env();
        let timestamp = FunctionTable::standard().get("timestamp").unwrap();
        assert!(timestamp.call(&env, &[]).unwrap().is_unknown());
        env.timestamp = "2020-02-29T12:00:00.7Z".parse().ok();
        assert_eq!(timestamp.call(&env, &[]).unwrap().as_str(), Some("2020-02-29T12:00:00Z"));
    }

    #[test]
    fn what_is_no_time() {
        for bad in [
            "",
            "2018-01-02",
            "2018-01-02 23:12:01Z",
            "2018-13-02T23:12:01Z",
            "2018-01-02T23:12:01",
            "2018-01-02T23:12:01.Z",
            "2018-01-02T23:12:01+8:00",
        ] {
            assert!(Stamp::parse(bad).is_none(), "{bad}");
        }
        for bad in ["", "1", "h", "1x", "1h2", "999999999h", "-"] {
            assert!(duration(bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = (Stamp::parse(&text), duration(&text), super::quoted(&text));
        }
    }
}
