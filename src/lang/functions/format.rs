//! `format` and `formatlist`: Go's printf verbs over values.

use super::verb::{self, Piece};
use super::{Answer, Function, FunctionError, Param, Returns, STRING, any, function, string, strings, text, variadic};
use crate::lang::CallEnv;
use crate::value::{Marks, Repr, Type, Value};

pub(super) static ALL: &[Function] = &[
    variadic(
        function(
            "format",
            &[Param::new("format", string)],
            STRING,
            format_one,
            "Text from a format and values: %s %d %v %q %t %x %f %e %g, with flags, width and precision.",
            &[
                ("format(\"Hello, %s!\", \"Ander\")", "\"Hello, Ander!\""),
                ("format(\"There are %d lights\", 4)", "\"There are 4 lights\""),
                ("format(\"%05d|%-5d|%+d|% d\", 42, 42, 42, 42)", "\"00042|42   |+42| 42\""),
                ("format(\"%x %X %#x %o %b\", 255, 255, 255, 8, 5)", "\"ff FF 0xff 10 101\""),
                ("format(\"%.2f %8.3f %f\", 3.14159, 3.14159, 1)", "\"3.14    3.142 1.000000\""),
                ("format(\"%e %E %.2e\", 1234.5678, 0.00012, 5)", "\"1.234568e+03 1.200000E-04 5.00e+00\""),
                ("format(\"%g %g %G %.3g\", 100000, 1000000, 0.00001, 1234.5)", "\"100000 1e+06 1E-05 1.23e+03\""),
                ("format(\"%v %v %v %v\", \"a\", 1.5, true, [1, \"<\"])", "\"a 1.5 true [1,\\\"\\\\u003c\\\"]\""),
                ("format(\"%#v %q %v\", \"a\", \"b\\n\", null)", "\"\\\"a\\\" \\\"b\\\\n\\\" null\""),
                ("format(\"%[2]s %[1]s %s\", \"a\", \"b\")", "\"b a b\""),
                ("format(\"%5s|%-5s|%.2s|%t%%\", \"ab\", \"ab\", \"abc\", \"true\")", "\"   ab|ab   |ab|true%\""),
            ],
        ),
        Param::new("args", any).nulls(),
    ),
    variadic(
        function(
            "formatlist",
            &[Param::new("format", string)],
            Returns::Always(strings),
            format_list,
            "A list of texts, one for each element of the lists among the arguments.",
            &[
                ("formatlist(\"Hello, %s!\", [\"A\", \"B\"])", "[\"Hello, A!\", \"Hello, B!\"]"),
                ("formatlist(\"%s, %s!\", \"Hi\", [\"A\", \"B\"])", "[\"Hi, A!\", \"Hi, B!\"]"),
                ("formatlist(\"%s\", [])", "[]"),
            ],
        ),
        Param::new("args", any).nulls().unknowns().marks(),
    ),
];

fn format_one(_: &CallEnv, args: &[Value]) -> Answer {
    render(text(args, 0), args.get(1..).unwrap_or(&[])).map(Value::string)
}

fn render(format: &str, args: &[Value]) -> Result<String, FunctionError> {
    let mut out = String::new();
    let mut highest = 0;
    for piece in verb::pieces(format).map_err(|m| FunctionError::arg(0, m))? {
        match piece {
            Piece::Text(literal) => out.push_str(literal),
            Piece::Verb(verb) => {
                let Some(arg) = verb.arg.checked_sub(1).and_then(|i| args.get(i)) else {
                    return Err(FunctionError::arg(
                        0,
                        format!("not enough arguments for {:?}: it needs argument {}, but there are {}", verb.raw, verb.arg, args.len()),
                    ));
                };
                highest = highest.max(verb.arg);
                let text =
                    verb.render(arg).map_err(|m| FunctionError::arg(verb.arg, format!("unsupported value for {:?}: {m}", verb.raw)))?;
                out.push_str(&text);
            }
        }
    }
    if highest < args.len() {
        return Err(FunctionError::arg(highest + 1, format!("too many arguments; the format uses only {highest}")));
    }
    Ok(out)
}

fn format_list(_: &CallEnv, args: &[Value]) -> Answer {
    let (format, args) = (text(args, 0), args.get(1..).unwrap_or(&[]));
    let marks = args.iter().fold(Marks::default(), |all, v| all.union(&v.deep_marks()));
    let args: Vec<Value> = args.iter().map(|v| v.unmark_deep().0).collect();
    let mut length: Option<usize> = None;
    for (i, arg) in args.iter().enumerate() {
        let list = matches!(arg.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_));
        if !list && !matches!(arg.ty(), Type::Dynamic) || arg.is_null() {
            continue;
        }
        let Some(items) = arg.items() else { return Ok(Value::unknown_not_null(strings()).mark(&marks)) };
        match length {
            Some(n) if n != items.len() => {
                return Err(FunctionError::arg(
                    i + 1,
                    format!("all lists must have the same length, but one has {n} elements and this one {}", items.len()),
                ));
            }
            _ => length = Some(items.len()),
        }
    }
    let rows = (0..length.unwrap_or(1)).map(|row| {
        let pick = |arg: &Value| match arg.repr() {
            Repr::List(_, v) | Repr::Set(_, v) | Repr::Tuple(v) => v.get(row).cloned().unwrap_or_else(Value::dynamic),
            _ => arg.clone(),
        };
        let row_args: Vec<Value> = args.iter().map(pick).collect();
        if !row_args.iter().all(Value::is_wholly_known) {
            return Ok(Value::unknown_not_null(Type::String));
        }
        render(format, &row_args).map(Value::string)
    });
    Ok(Value::list(Type::String, rows.collect::<Result<_, _>>()?).mark(&marks))
}
