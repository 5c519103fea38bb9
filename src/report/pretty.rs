//! Values and types over several lines, as OpenTofu's `console` and `output` print them.

use crate::value::{Members, Repr, Type, Value};

/// A value: collections with one element a line, text of several lines as a heredoc.
#[must_use]
pub fn pretty(value: &Value) -> String {
    at(value, 0)
}

fn at(value: &Value, indent: usize) -> String {
    if value.marks().is_sensitive() {
        return "(sensitive value)".into();
    }
    if value.marks().is_ephemeral() {
        return "(ephemeral value)".into();
    }
    match value.repr() {
        Repr::Unknown { .. } => "(known after apply)".into(),
        Repr::Null(ty) => null(ty),
        Repr::Bool(b) => b.to_string(),
        Repr::Number(n) => n.to_string(),
        Repr::String(s) => text(s, indent),
        Repr::Tuple(items) => sequence(items, indent),
        Repr::List(_, items) => format!("tolist({})", sequence(items, indent)),
        Repr::Set(_, items) => format!("toset({})", sequence(items, indent)),
        Repr::Object(members) => mapping(members, indent),
        Repr::Map(_, members) => format!("tomap({})", mapping(members, indent)),
    }
}

fn null(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "null".into(),
        Type::String | Type::Number | Type::Bool => format!("to{ty}(null)"),
        Type::List(elem) => format!("tolist(null) /* of {elem} */"),
        Type::Set(elem) => format!("toset(null) /* of {elem} */"),
        Type::Map(elem) => format!("tomap(null) /* of {elem} */"),
        Type::Object(_) => "null /* object */".into(),
        Type::Tuple(_) => "null /* tuple */".into(),
    }
}

fn pad(indent: usize) -> String {
    " ".repeat(indent)
}

fn sequence(items: &[Value], indent: usize) -> String {
    if items.is_empty() {
        return "[]".into();
    }
    let inner = indent + 2;
    let lines: String = items.iter().map(|v| format!("\n{}{},", pad(inner), at(v, inner))).collect();
    format!("[{lines}\n{}]", pad(indent))
}

fn mapping(members: &Members, indent: usize) -> String {
    if members.is_empty() {
        return "{}".into();
    }
    let inner = indent + 2;
    let lines: String = members.iter().map(|(k, v)| format!("\n{}{} = {}", pad(inner), text(k, inner), at(v, inner))).collect();
    format!("{{{lines}\n{}}}", pad(indent))
}

fn text(s: &str, indent: usize) -> String {
    if !s.contains('\n') {
        return quoted(s);
    }
    let mut marker = String::from("EOT");
    while s.lines().any(|line| line.trim() == marker) {
        marker.push('_');
    }
    let pad = pad(indent);
    let lines: String = s.split('\n').map(|line| format!("\n{pad}{line}")).collect();
    format!("<<{}{marker}{lines}\n{pad}{marker}", if indent > 0 { "-" } else { "" })
}

/// In quotes; only what could not be read otherwise is escaped.
fn quoted(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for c in s.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A type: objects and tuples with one member a line.
#[must_use]
pub fn pretty_type(ty: &Type) -> String {
    type_at(ty, 0)
}

fn type_at(ty: &Type, indent: usize) -> String {
    let inner = indent + 4;
    match ty {
        Type::Dynamic => "dynamic".into(),
        Type::List(elem) => format!("list({})", type_at(elem, indent)),
        Type::Set(elem) => format!("set({})", type_at(elem, indent)),
        Type::Map(elem) => format!("map({})", type_at(elem, indent)),
        Type::Tuple(items) if !items.is_empty() => {
            let lines: String = items.iter().map(|t| format!("\n{}{},", pad(inner), type_at(t, inner))).collect();
            format!("tuple([{lines}\n{}])", pad(indent))
        }
        Type::Object(object) if !object.attrs.is_empty() => {
            let lines: String = object.attrs.iter().map(|(n, t)| format!("\n{}{n}: {},", pad(inner), type_at(t, inner))).collect();
            format!("object({{{lines}\n{}}})", pad(indent))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(members: &[(&str, Value)]) -> Value {
        Value::object(members.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
    }

    /// Texts printed by `terraform console` 1.11, which shares this code with OpenTofu.
    #[test]
    fn values_as_the_console_prints_them() {
        let a = object(&[
            ("x", Value::int(1)),
            ("b c", Value::tuple(vec![Value::string("q"), Value::string("l1\nl2")])),
            ("n", Value::null(Type::Dynamic)),
        ]);
        let want = "{\n  \"b c\" = [\n    \"q\",\n    <<-EOT\n    l1\n    l2\n    EOT,\n  ]\n  \"n\" = null\n  \"x\" = 1\n}";
        assert_eq!(pretty(&a), want);
        assert_eq!(pretty(&Value::list(Type::String, vec![Value::string("a")])), "tolist([\n  \"a\",\n])");
        assert_eq!(pretty(&Value::set(Type::Dynamic, vec![])), "toset([])");
        assert_eq!(pretty(&Value::string("x\ny\nEOT")), "<<EOT_\nx\ny\nEOT\nEOT_");
        assert_eq!(pretty(&Value::string("é\u{7}\t\"${")), "\"é\\a\\t\\\"${\"");
        assert_eq!(pretty(&Value::null(Type::String)), "tostring(null)");
        assert_eq!(pretty(&object(&[("p", Value::string("s").sensitive())])), "{\n  \"p\" = (sensitive value)\n}");
        let ty = "object({\n    b c: tuple([\n        string,\n        string,\n    ]),\n    n: dynamic,\n    x: number,\n})";
        assert_eq!(pretty_type(&a.ty()), ty);
    }
}
