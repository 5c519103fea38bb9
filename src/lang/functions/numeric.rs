//! Functions on numbers.

use super::{Answer, Function, FunctionError, NUMBER, Param, any, function, number, variadic, whole};
use crate::lang::CallEnv;
use crate::value::{Number, Value};
use num_bigint::BigInt;

const NUM: Param = Param::new("num", number);

pub(super) static ALL: &[Function] = &[
    function("abs", &[NUM], NUMBER, abs, "The number without its sign.", &[("abs(23)", "23"), ("abs(-12.4)", "12.4")]),
    function(
        "ceil",
        &[NUM],
        NUMBER,
        ceil,
        "The nearest whole number that is not less.",
        &[("ceil(5)", "5"), ("ceil(5.1)", "6"), ("ceil(-5.1)", "-5")],
    ),
    function(
        "floor",
        &[NUM],
        NUMBER,
        floor,
        "The nearest whole number that is not greater.",
        &[("floor(4.9)", "4"), ("floor(-4.9)", "-5")],
    ),
    function(
        "log",
        &[NUM, Param::new("base", number)],
        NUMBER,
        log,
        "Logarithm to a base.",
        &[("log(16, 2)", "4"), ("log(50, 10)", "1.6989700043360185")],
    ),
    variadic(
        function("max", &[], NUMBER, max, "The greatest of some numbers.", &[("max(12, 54, 3)", "54")]),
        Param::new("numbers", number),
    ),
    variadic(function("min", &[], NUMBER, min, "The least of some numbers.", &[("min(12, 54, 3)", "3")]), Param::new("numbers", number)),
    function(
        "parseint",
        &[Param::new("number", any), Param::new("base", number)],
        NUMBER,
        parseint,
        "Reads a whole number written in a base from 2 to 62.",
        &[
            ("parseint(\"100\", 10)", "100"),
            ("parseint(\"FF\", 16)", "255"),
            ("parseint(\"-10\", 16)", "-16"),
            ("parseint(\"1011111011101111\", 2)", "48879"),
            ("parseint(\"aA\", 62)", "656"),
            ("parseint(\"12345678901234567890123\", 10)", "12345678901234567890123"),
        ],
    ),
    function(
        "pow",
        &[NUM, Param::new("power", number)],
        NUMBER,
        pow,
        "A number raised to a power.",
        &[("pow(3, 2)", "9"), ("pow(4, 0)", "1"), ("pow(4, 0.5)", "2"), ("pow(2, -1)", "0.5")],
    ),
    function(
        "signum",
        &[NUM],
        NUMBER,
        signum,
        "-1, 0 or 1 by the sign of a number.",
        &[("signum(-13)", "-1"), ("signum(0)", "0"), ("signum(344)", "1")],
    ),
];

fn num(args: &[Value], i: usize) -> Number {
    args.get(i).and_then(Value::as_number).cloned().unwrap_or_else(|| Number::from(0i64))
}

fn abs(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::number(num(args, 0).abs()))
}

fn ceil(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::number(num(args, 0).ceil()))
}

fn floor(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::number(num(args, 0).floor()))
}

fn double(result: f64) -> Answer {
    Number::from_f64(result).map(Value::number).ok_or_else(|| FunctionError::new("the result is not a number, or infinite"))
}

fn log(_: &CallEnv, args: &[Value]) -> Answer {
    double(num(args, 0).to_f64().ln() / num(args, 1).to_f64().ln())
}

fn pow(_: &CallEnv, args: &[Value]) -> Answer {
    double(num(args, 0).to_f64().powf(num(args, 1).to_f64()))
}

fn signum(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::int(whole(args, 0)?.signum()))
}

fn pick(args: &[Value], better: fn(&Number, &Number) -> bool) -> Answer {
    let mut numbers = args.iter().filter_map(Value::as_number);
    let Some(first) = numbers.next() else {
        return Err(FunctionError::new("at least one number is required"));
    };
    Ok(Value::number(numbers.fold(first, |best, n| if better(n, best) { n } else { best }).clone()))
}

fn max(_: &CallEnv, args: &[Value]) -> Answer {
    pick(args, |n, best| n > best)
}

fn min(_: &CallEnv, args: &[Value]) -> Answer {
    pick(args, |n, best| n < best)
}

fn parseint(_: &CallEnv, args: &[Value]) -> Answer {
    let Some(text) = args.first().and_then(Value::as_str) else {
        return Err(FunctionError::arg(0, "a string is required; numbers need no parsing"));
    };
    let base = whole(args, 1)?;
    if !(2..=62).contains(&base) {
        return Err(FunctionError::arg(1, "the base must be a whole number from 2 to 62"));
    }
    let parsed = digits(text, u32::try_from(base).unwrap_or(10));
    let Some(parsed) = parsed else {
        return Err(FunctionError::arg(0, format!("cannot read {text:?} as a whole number in base {base}")));
    };
    Ok(Value::number(Number::from(parsed)))
}

/// Up to base 36 letters of both cases count alike; above it, capitals come after small letters.
fn digits(text: &str, base: u32) -> Option<BigInt> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || digits.len() > 4096 {
        return None;
    }
    let mut total = BigInt::from(0);
    for c in digits.chars() {
        let digit = match c {
            '0'..='9' => u32::from(c) - u32::from('0'),
            'a'..='z' => u32::from(c) - u32::from('a') + 10,
            'A'..='Z' if base <= 36 => u32::from(c) - u32::from('A') + 10,
            'A'..='Z' => u32::from(c) - u32::from('A') + 36,
            _ => return None,
        };
        if digit >= base {
            return None;
        }
        total = total * base + digit;
    }
    Some(if negative { -total } else { total })
}
