//! Regular expressions: Go's syntax (RE2) on Rust's engine, which is linear too.

use super::{ANY, Answer, Function, FunctionError, Param, Returns, STRING, function, string, text};
use crate::lang::CallEnv;
use crate::value::{Type, Value};
use regex::{Captures, Regex, RegexBuilder};

const PATTERN: Param = Param::new("pattern", string);

pub(super) static ALL: &[Function] = &[
    function(
        "regex",
        &[PATTERN, Param::new("string", string)],
        ANY,
        first_match,
        "The first match of a pattern, or its groups; an error where there is none.",
        &[
            ("regex(\"[a-z]+\", \"53453453.345345aaabbbccc23454\")", "\"aaabbbccc\""),
            ("regex(\"(\\\\d\\\\d\\\\d\\\\d)-(\\\\d\\\\d)-(\\\\d\\\\d)\", \"2019-02-01\")", "[\"2019\", \"02\", \"01\"]"),
            (
                "regex(\"^(?:(?P<scheme>[^:/?#]+):)?(?://(?P<authority>[^/?#]*))?\", \"https://opentofu.org/docs/\")",
                "{authority = \"opentofu.org\", scheme = \"https\"}",
            ),
            ("regex(\"(a)(b)?\", \"ac\")", "[\"a\", null]"),
        ],
    ),
    function(
        "regexall",
        &[PATTERN, Param::new("string", string)],
        Returns::Depends(|_| Type::Dynamic),
        all_matches,
        "All matches of a pattern.",
        &[
            ("regexall(\"[a-z]+\", \"1234abcd5678efgh9\")", "[\"abcd\", \"efgh\"]"),
            ("length(regexall(\"[a-z]+\", \"123456789\"))", "0"),
            ("regexall(\"(?P<k>\\\\w)=\", \"a=b=\")", "[{k = \"a\"}, {k = \"b\"}]"),
        ],
    ),
    function(
        "replace",
        &[Param::new("str", string), Param::new("substring", string), Param::new("replace", string)],
        STRING,
        replace,
        "Replaces a text, or what a /pattern/ matches, everywhere.",
        &[
            ("replace(\"1 + 2 + 3\", \"+\", \"-\")", "\"1 - 2 - 3\""),
            ("replace(\"hello world\", \"/w.*d/\", \"everybody\")", "\"hello everybody\""),
            ("replace(\"abc-def\", \"/(\\\\w+)-(\\\\w+)/\", \"$${2}_$1\")", "\"def_abc\""),
        ],
    ),
];

/// Compiles a pattern written for Go.
pub(super) fn compile(pattern: &str, arg: usize) -> Result<Regex, FunctionError> {
    RegexBuilder::new(&translate(pattern)).build().map_err(|e| {
        let text = e.to_string();
        let reason = text.lines().last().unwrap_or("").trim_start_matches("error: ").to_string();
        FunctionError::arg(arg, format!("invalid regular expression {pattern:?}: {reason}"))
    })
}

/// Go reads `\d \w \s \b` as ASCII, braces that count nothing as themselves, `[` inside brackets
/// as itself, and `\Q…\E` as literal text.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut class = false;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or("");
        let mut took = c.len_utf8();
        match c {
            '\\' => {
                if let Some(literal) = after.strip_prefix('Q') {
                    let end = literal.find("\\E").unwrap_or(literal.len());
                    out.push_str(&regex::escape(literal.get(..end).unwrap_or("")));
                    rest = literal.get((end + 2).min(literal.len())..).unwrap_or("");
                    continue;
                }
                let escaped = after.chars().next();
                took += escaped.map_or(0, char::len_utf8);
                match (escaped, class) {
                    (Some('d'), false) => out.push_str("[0-9]"),
                    (Some('w'), false) => out.push_str("[0-9A-Za-z_]"),
                    (Some('s'), false) => out.push_str("[\\t\\n\\f\\r ]"),
                    (Some('d'), true) => out.push_str("0-9"),
                    (Some('w'), true) => out.push_str("0-9A-Za-z_"),
                    (Some('s'), true) => out.push_str("\\t\\n\\f\\r "),
                    (Some('D'), _) => out.push_str("[^0-9]"),
                    (Some('W'), _) => out.push_str("[^0-9A-Za-z_]"),
                    (Some('S'), _) => out.push_str("[^\\t\\n\\f\\r ]"),
                    (Some(named @ ('p' | 'P' | 'x')), _) if after.get(1..).is_some_and(|a| a.starts_with('{')) => {
                        // The braces belong to the escape: \p{Greek}, \x{1F600}.
                        let braces = after.get(1..).and_then(|a| a.split_inclusive('}').next()).unwrap_or("");
                        out.extend(['\\', named]);
                        out.push_str(braces);
                        took += braces.len();
                    }
                    (Some(b @ ('b' | 'B')), false) => out.push_str(&format!("(?-u:\\{b})")),
                    (Some(other), _) => out.extend(['\\', other]),
                    (None, _) => out.push('\\'),
                }
            }
            '[' if !class => {
                class = true;
                out.push('[');
                // A bracket right at the start is a member.
                let negated = after.starts_with('^');
                if negated {
                    out.push('^');
                    took += 1;
                }
                if after.get(usize::from(negated)..).unwrap_or("").starts_with(']') {
                    out.push_str("\\]");
                    took += 1;
                }
            }
            '[' if after.starts_with(':') => {
                let end = after.find(":]").map_or(0, |e| e + 2);
                out.push('[');
                out.push_str(after.get(..end).unwrap_or(""));
                took += end;
            }
            '[' => out.push_str("\\["),
            '&' | '~' if class => out.extend(['\\', c]),
            ']' if class => {
                class = false;
                out.push(']');
            }
            '{' if !class && !counts(after) => out.push_str("\\{"),
            other => out.push(other),
        }
        rest = rest.get(took..).unwrap_or("");
    }
    out
}

/// Whether `{` followed by this is a repetition: `3}`, `3,}`, `3,5}`.
fn counts(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else { return false };
    let (low, high) = inside.split_once(',').unwrap_or((inside, ""));
    !low.is_empty() && low.bytes().all(|b| b.is_ascii_digit()) && high.bytes().all(|b| b.is_ascii_digit())
}

/// What a match yields: text, tuple of groups, or object of named groups.
fn shape(regex: &Regex) -> Result<Type, FunctionError> {
    let groups: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    let named = groups.iter().flatten().count();
    if groups.is_empty() {
        return Ok(Type::String);
    }
    if named == 0 {
        return Ok(Type::tuple(vec![Type::String; groups.len()]));
    }
    if named < groups.len() {
        return Err(FunctionError::arg(
            0,
            "a pattern must not have both named and unnamed groups; write (?: ... ) for groups that only group",
        ));
    }
    Ok(Type::object(groups.into_iter().flatten().map(|n| (n, Type::String))))
}

fn captured(found: &Captures, regex: &Regex, shape: &Type) -> Value {
    let group = |m: Option<regex::Match>| m.map_or_else(|| Value::null(Type::String), |m| Value::string(m.as_str()));
    match shape {
        Type::Object(_) => {
            let named = regex.capture_names().flatten();
            Value::object(named.map(|n| (n.into(), group(found.name(n)))).collect())
        }
        Type::Tuple(_) => Value::tuple((1..found.len()).map(|i| group(found.get(i))).collect()),
        _ => group(found.get(0)),
    }
}

fn first_match(_: &CallEnv, args: &[Value]) -> Answer {
    let regex = compile(text(args, 0), 0)?;
    let shape = shape(&regex)?;
    match regex.captures(text(args, 1)) {
        Some(found) => Ok(captured(&found, &regex, &shape)),
        None => Err(FunctionError::arg(
            1,
            "the pattern does not match anything in this text; test with length(regexall(...)) or can(regex(...)) where that may happen",
        )),
    }
}

fn all_matches(_: &CallEnv, args: &[Value]) -> Answer {
    let regex = compile(text(args, 0), 0)?;
    let shape = shape(&regex)?;
    let all = regex.captures_iter(text(args, 1)).map(|found| captured(&found, &regex, &shape)).collect();
    Ok(Value::list(shape, all))
}

fn replace(_: &CallEnv, args: &[Value]) -> Answer {
    let (whole, wanted, with) = (text(args, 0), text(args, 1), text(args, 2));
    let pattern = wanted.strip_prefix('/').and_then(|p| p.strip_suffix('/'));
    match pattern {
        Some(pattern) => Ok(Value::string(compile(pattern, 1)?.replace_all(whole, with))),
        None => Ok(Value::string(whole.replace(wanted, with))),
    }
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn patterns_mean_what_they_mean_in_go() {
        for (pattern, text, matches) in [
            ("^\\d$", "५", false),
            ("^[\\d-]+$", "1-2", true),
            ("^[^\\s]+$", "a b", false),
            ("^a{,3}$", "a{,3}", true),
            ("^${x}$", "x", false),
            ("^[[]$", "[", true),
            ("^[]a]+$", "]a", true),
            ("^[^]]$", "]", false),
            ("^[&&~]+$", "&~", true),
            ("^[[:alpha:]_]+$", "ab_", true),
            ("^\\Qa.b\\E$", "a.b", true),
            ("^\\Qa.b\\E$", "axb", false),
            ("(?i)^É$", "é", true),
            ("^[\\w.]+@[\\w.]+$", "a.b@c.d", true),
            ("^x{2}$", "xx", true),
        ] {
            assert_eq!(compile(pattern, 0).unwrap().is_match(text), matches, "{pattern} on {text}");
        }
        assert!(compile("(", 0).unwrap_err().message.contains("unclosed group"));
    }
}
