//! Conversion to a named type, and the functions about marks.

use super::{ANY, AS_FIRST, Answer, BOOL, Function, FunctionError, Param, Returns, any, function};
use crate::lang::CallEnv;
use crate::value::{Type, Value, convert};

const V: Param = Param::new("v", any).nulls().unknowns().marks();

pub(super) static ALL: &[Function] = &[
    function(
        "tobool",
        &[V],
        Returns::Depends(|_| Type::Bool),
        to_bool,
        "Converts to bool.",
        &[("tobool(\"true\")", "true"), ("tobool(null)", "null")],
    ),
    function(
        "tolist",
        &[V],
        ANY,
        to_list,
        "Converts to a list; the elements get one type.",
        &[("tolist([\"a\", 3])", "[\"a\", \"3\"]"), ("tolist(toset([\"b\", \"a\", \"b\"]))", "[\"a\", \"b\"]")],
    ),
    function(
        "tomap",
        &[V],
        ANY,
        to_map,
        "Converts to a map; the values get one type.",
        &[("tomap({a = \"foo\", b = true})", "{a = \"foo\", b = \"true\"}")],
    ),
    function(
        "tonumber",
        &[V],
        Returns::Depends(|_| Type::Number),
        to_number,
        "Converts to number.",
        &[("tonumber(\"1\")", "1"), ("tonumber(\"1e3\")", "1000"), ("tonumber(null)", "null")],
    ),
    function(
        "toset",
        &[V],
        ANY,
        to_set,
        "Converts to a set; order and duplicates are lost.",
        &[("toset([\"c\", \"b\", \"b\"])", "toset([\"b\", \"c\"])"), ("toset([1, \"1\"])", "toset([\"1\"])")],
    ),
    function(
        "tostring",
        &[V],
        Returns::Depends(|_| Type::String),
        to_string,
        "Converts to string.",
        &[("tostring(1)", "\"1\""), ("tostring(true)", "\"true\""), ("tostring(null)", "null")],
    ),
    function(
        "ephemeralasnull",
        &[V],
        AS_FIRST,
        ephemeral_as_null,
        "The value with everything ephemeral in it made null.",
        &[("ephemeralasnull({a = 1})", "{a = 1}")],
    ),
    function(
        "issensitive",
        &[V],
        BOOL,
        is_sensitive,
        "Whether a value is marked sensitive.",
        &[("issensitive(sensitive(\"x\"))", "true"), ("issensitive(\"x\")", "false")],
    ),
    function(
        "nonsensitive",
        &[V],
        AS_FIRST,
        nonsensitive,
        "The value without its sensitive mark: it may then be shown.",
        &[("nonsensitive(sensitive(\"x\"))", "\"x\""), ("nonsensitive(\"x\")", "\"x\"")],
    ),
    function(
        "sensitive",
        &[V],
        AS_FIRST,
        sensitive,
        "The value marked sensitive: it is masked wherever it would be shown.",
        &[("nonsensitive(sensitive(1))", "1")],
    ),
];

fn first(args: &[Value]) -> Value {
    args.first().cloned().unwrap_or_else(Value::dynamic)
}

fn converted(args: &[Value], to: &Type) -> Answer {
    let value = first(args);
    convert(&value, to).map_err(|e| {
        let place = if e.path.0.is_empty() { String::new() } else { format!(" at {}", e.path) };
        FunctionError::arg(0, format!("cannot convert {} to {}{place}: {}", value.ty().kind(), to.kind(), e.message))
    })
}

fn to_bool(_: &CallEnv, args: &[Value]) -> Answer {
    converted(args, &Type::Bool)
}

fn to_number(_: &CallEnv, args: &[Value]) -> Answer {
    converted(args, &Type::Number)
}

fn to_string(_: &CallEnv, args: &[Value]) -> Answer {
    converted(args, &Type::String)
}

fn to_list(_: &CallEnv, args: &[Value]) -> Answer {
    converted(args, &Type::list(Type::Dynamic))
}

fn to_set(_: &CallEnv, args: &[Value]) -> Answer {
    converted(args, &Type::set(Type::Dynamic))
}

fn to_map(_: &CallEnv, args: &[Value]) -> Answer {
    converted(args, &Type::map(Type::Dynamic))
}

fn sensitive(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(first(args).sensitive())
}

fn nonsensitive(_: &CallEnv, args: &[Value]) -> Answer {
    let (plain, marks) = first(args).unmark();
    Ok(plain.mark(&marks.without_sensitive()))
}

fn is_sensitive(_: &CallEnv, args: &[Value]) -> Answer {
    let value = first(args);
    if value.is_unknown() && !value.marks().is_sensitive() {
        // What it turns out to be may carry the mark.
        return Ok(Value::unknown_not_null(Type::Bool));
    }
    Ok(Value::bool(value.marks().is_sensitive()))
}

fn ephemeral_as_null(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(without_ephemeral(&first(args)))
}

fn without_ephemeral(value: &Value) -> Value {
    if value.marks().is_ephemeral() {
        return Value::null(value.ty()).mark(&value.marks().without_ephemeral());
    }
    value.map_children(&mut without_ephemeral)
}
