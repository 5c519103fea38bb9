//! Text functions. Positions and lengths count characters as people see them (grapheme clusters).

use super::{
    Answer, BOOL, Function, FunctionError, Param, STRING, STRINGS, function, items, number, string, strings, text, variadic, whole,
};
use crate::lang::CallEnv;
use crate::value::{Type, Value};
use unicode_segmentation::UnicodeSegmentation;

const STR: Param = Param::new("str", string);

pub(super) static ALL: &[Function] = &[
    function("chomp", &[STR], STRING, chomp, "Removes newlines at the end of a text.", &[("chomp(\"hello\\n\\n\")", "\"hello\"")]),
    function(
        "endswith",
        &[STR, Param::new("suffix", string)],
        BOOL,
        endswith,
        "Whether a text ends with another.",
        &[("endswith(\"hello world\", \"world\")", "true"), ("endswith(\"hello world\", \"hello\")", "false")],
    ),
    function(
        "indent",
        &[Param::new("spaces", number), STR],
        STRING,
        indent,
        "Puts spaces before every line but the first.",
        &[("indent(2, \"[\\n  foo,\\n]\\n\")", "\"[\\n    foo,\\n  ]\\n  \"")],
    ),
    variadic(
        function(
            "join",
            &[Param::new("separator", string)],
            STRING,
            join,
            "Joins the texts of lists with a separator between them.",
            &[
                ("join(\", \", [\"foo\", \"bar\", \"baz\"])", "\"foo, bar, baz\""),
                ("join(\"-\", [\"a\"], [1, true])", "\"a-1-true\""),
                ("join(\", \", [])", "\"\""),
            ],
        ),
        Param::new("lists", strings),
    ),
    function("lower", &[STR], STRING, lower, "Makes letters small.", &[("lower(\"HELLO É\")", "\"hello é\"")]),
    function(
        "split",
        &[Param::new("separator", string), STR],
        STRINGS,
        split,
        "Cuts a text at every separator.",
        &[
            ("split(\",\", \"foo,bar,baz\")", "[\"foo\", \"bar\", \"baz\"]"),
            ("split(\",\", \"\")", "[\"\"]"),
            ("split(\"\", \"ab\")", "[\"a\", \"b\"]"),
        ],
    ),
    function(
        "startswith",
        &[STR, Param::new("prefix", string)],
        BOOL,
        startswith,
        "Whether a text starts with another.",
        &[("startswith(\"hello world\", \"hello\")", "true"), ("startswith(\"hello world\", \"world\")", "false")],
    ),
    function(
        "strcontains",
        &[STR, Param::new("substr", string)],
        BOOL,
        strcontains,
        "Whether a text contains another.",
        &[("strcontains(\"hello world\", \"wor\")", "true"), ("strcontains(\"hello world\", \"wod\")", "false")],
    ),
    function("strrev", &[STR], STRING, strrev, "Turns a text around.", &[("strrev(\"hello\")", "\"olleh\""), ("strrev(\"a☃\")", "\"☃a\"")]),
    function(
        "substr",
        &[STR, Param::new("offset", number), Param::new("length", number)],
        STRING,
        substr,
        "Part of a text; a negative offset counts from the end, length -1 takes the rest.",
        &[
            ("substr(\"hello world\", 1, 4)", "\"ello\""),
            ("substr(\"🤔🤷\", 0, 1)", "\"🤔\""),
            ("substr(\"hello world\", -5, -1)", "\"world\""),
            ("substr(\"hello world\", 6, 10)", "\"world\""),
            ("substr(\"hello\", 2, 0)", "\"\""),
        ],
    ),
    function(
        "title",
        &[STR],
        STRING,
        title,
        "Makes the first letter of each word a capital.",
        &[("title(\"hello world\")", "\"Hello World\""), ("title(\"it's a-b_c\")", "\"It'S A-B_c\"")],
    ),
    function(
        "trim",
        &[STR, Param::new("cutset", string)],
        STRING,
        trim,
        "Removes the given characters from both ends.",
        &[("trim(\"?!hello?!\", \"!?\")", "\"hello\""), ("trim(\"foobar\", \"far\")", "\"oob\"")],
    ),
    function(
        "trimprefix",
        &[STR, Param::new("prefix", string)],
        STRING,
        trimprefix,
        "Removes a beginning, once.",
        &[("trimprefix(\"helloworld\", \"hello\")", "\"world\""), ("trimprefix(\"--foo\", \"-\")", "\"-foo\"")],
    ),
    function(
        "trimspace",
        &[STR],
        STRING,
        trimspace,
        "Removes white space from both ends.",
        &[("trimspace(\"  hello\\n\\n\")", "\"hello\"")],
    ),
    function(
        "trimsuffix",
        &[STR, Param::new("suffix", string)],
        STRING,
        trimsuffix,
        "Removes an end, once.",
        &[("trimsuffix(\"helloworld\", \"world\")", "\"hello\"")],
    ),
    function("upper", &[STR], STRING, upper, "Makes letters capitals.", &[("upper(\"hello é ß\")", "\"HELLO É ß\"")]),
];

fn chomp(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::string(text(args, 0).trim_end_matches(['\n', '\r'])))
}

fn endswith(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::bool(text(args, 0).ends_with(text(args, 1))))
}

fn startswith(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::bool(text(args, 0).starts_with(text(args, 1))))
}

fn strcontains(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::bool(text(args, 0).contains(text(args, 1))))
}

fn indent(_: &CallEnv, args: &[Value]) -> Answer {
    let spaces = usize::try_from(whole(args, 0)?).ok().filter(|n| *n <= 10_000);
    let Some(spaces) = spaces else { return Err(FunctionError::arg(0, "a whole number from 0 to 10000 is required")) };
    Ok(Value::string(text(args, 1).replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

fn join(_: &CallEnv, args: &[Value]) -> Answer {
    if args.len() < 2 {
        return Err(FunctionError::new("at least one list is required"));
    }
    let mut parts = Vec::new();
    for (i, _) in args.iter().enumerate().skip(1) {
        for (j, item) in items(args, i).iter().enumerate() {
            let null = || FunctionError::arg(i, format!("element {j} is null; null values cannot be joined"));
            parts.push(item.as_str().ok_or_else(null)?);
        }
    }
    Ok(Value::string(parts.join(text(args, 0))))
}

fn split(_: &CallEnv, args: &[Value]) -> Answer {
    let (separator, whole) = (text(args, 0), text(args, 1));
    let parts: Vec<Value> = if separator.is_empty() {
        whole.chars().map(|c| Value::string(c.to_string())).collect()
    } else {
        whole.split(separator).map(Value::string).collect()
    };
    Ok(Value::list(Type::String, parts))
}

/// One character to one character, as Go does it: no sharp s to two letters.
fn single(c: char, mut mapped: impl ExactSizeIterator<Item = char>) -> char {
    if mapped.len() == 1 { mapped.next().unwrap_or(c) } else { c }
}

fn lower(_: &CallEnv, args: &[Value]) -> Answer {
    let small = |c| if c == 'İ' { 'i' } else { single(c, char::to_lowercase(c)) };
    Ok(Value::string(text(args, 0).chars().map(small).collect::<String>()))
}

fn upper(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::string(text(args, 0).chars().map(|c| single(c, c.to_uppercase())).collect::<String>()))
}

/// Title case differs from upper case for four ligatures only.
fn capital(c: char) -> char {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        _ => single(c, c.to_uppercase()),
    }
}

fn title(_: &CallEnv, args: &[Value]) -> Answer {
    let separates = |c: char| if c.is_ascii() { !(c.is_ascii_alphanumeric() || c == '_') } else { c.is_whitespace() };
    let mut before = ' ';
    let titled = text(args, 0).chars().map(|c| {
        let start = separates(before);
        before = c;
        if start { capital(c) } else { c }
    });
    Ok(Value::string(titled.collect::<String>()))
}

fn strrev(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::string(text(args, 0).graphemes(true).rev().collect::<String>()))
}

fn substr(_: &CallEnv, args: &[Value]) -> Answer {
    let (offset, length) = (whole(args, 1)?, whole(args, 2)?);
    let all: Vec<&str> = text(args, 0).graphemes(true).collect();
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
    let range = usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0);
    Ok(Value::string(all.get(range).unwrap_or(&[]).concat()))
}

fn trim(_: &CallEnv, args: &[Value]) -> Answer {
    let cutset: Vec<char> = text(args, 1).chars().collect();
    Ok(Value::string(text(args, 0).trim_matches(&cutset[..])))
}

fn trimprefix(_: &CallEnv, args: &[Value]) -> Answer {
    let whole = text(args, 0);
    Ok(Value::string(whole.strip_prefix(text(args, 1)).unwrap_or(whole)))
}

fn trimsuffix(_: &CallEnv, args: &[Value]) -> Answer {
    let whole = text(args, 0);
    Ok(Value::string(whole.strip_suffix(text(args, 1)).unwrap_or(whole)))
}

fn trimspace(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::string(text(args, 0).trim()))
}
