//! Encodings: JSON, YAML, CSV, base64, URLs, gzip.

use super::{ANY, Answer, Function, FunctionError, Param, STRING, any, charset, function, json_text, string, text, yaml_read, yaml_write};
use crate::lang::CallEnv;
use crate::value::{Members, Number, Type, Value, implied_from_json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder, read::GzDecoder};
use std::fmt::Write as _;
use std::io::{Read, Write as _};

const STR: Param = Param::new("str", string);

pub(super) static ALL: &[Function] = &[
    function(
        "base64decode",
        &[STR],
        STRING,
        base64decode,
        "Text from base64.",
        &[("base64decode(\"SGVsbG8gV29ybGQ=\")", "\"Hello World\"")],
    ),
    function(
        "base64encode",
        &[STR],
        STRING,
        base64encode,
        "Base64 of a text.",
        &[("base64encode(\"Hello World\")", "\"SGVsbG8gV29ybGQ=\"")],
    ),
    function(
        "base64gunzip",
        &[STR],
        STRING,
        base64gunzip,
        "Text from base64 of its gzip form.",
        &[("base64gunzip(base64gzip(\"hello\"))", "\"hello\"")],
    ),
    function(
        "base64gzip",
        &[STR],
        STRING,
        base64gzip,
        "Base64 of a text's gzip form.",
        &[("substr(base64gzip(\"x\"), 0, 14)", "\"H4sIAAAAAAAA/6\"")],
    ),
    function(
        "csvdecode",
        &[STR],
        ANY,
        csvdecode,
        "A list of objects from CSV whose first line names the columns.",
        &[(
            "csvdecode(\"a,b,c\\n1,2,3\\n4,\\\"5,x\\\",6\\n\")",
            "[{a = \"1\", b = \"2\", c = \"3\"}, {a = \"4\", b = \"5,x\", c = \"6\"}]",
        )],
    ),
    function(
        "jsondecode",
        &[STR],
        ANY,
        jsondecode,
        "A value from JSON.",
        &[("jsondecode(\"{\\\"hello\\\": [\\\"world\\\", 1.50, null, true]}\")", "{hello = [\"world\", 1.5, null, true]}")],
    ),
    function(
        "jsonencode",
        &[Param::new("val", any).nulls()],
        STRING,
        jsonencode,
        "JSON of a value, with sorted keys and without spaces.",
        &[
            ("jsonencode({hello = \"world\", a = [1, null, true]})", "\"{\\\"a\\\":[1,null,true],\\\"hello\\\":\\\"world\\\"}\""),
            ("jsonencode(\"<a&b>\\u2028\")", "\"\\\"\\\\u003ca\\\\u0026b\\\\u003e\\\\u2028\\\"\""),
            ("jsonencode(null)", "\"null\""),
        ],
    ),
    function(
        "textdecodebase64",
        &[Param::new("source", string), Param::new("encoding", string)],
        STRING,
        |_, a| charset::decode(decoded(a)?, text(a, 1)).map(Value::string),
        "Text from base64 of another character encoding.",
        &[("textdecodebase64(\"SABlAGwAbABvACAAVwBvAHIAbABkAA==\", \"UTF-16LE\")", "\"Hello World\"")],
    ),
    function(
        "textencodebase64",
        &[Param::new("string", string), Param::new("encoding", string)],
        STRING,
        |_, a| charset::encode(text(a, 0), text(a, 1)).map(|bytes| Value::string(STANDARD.encode(bytes))),
        "Base64 of a text in another character encoding.",
        &[("textencodebase64(\"Hello World\", \"UTF-16LE\")", "\"SABlAGwAbABvACAAVwBvAHIAbABkAA==\"")],
    ),
    function(
        "urldecode",
        &[STR],
        STRING,
        urldecode,
        "Text from its form in URLs.",
        &[("urldecode(\"Hello+World%21%2f\")", "\"Hello World!/\"")],
    ),
    function(
        "urlencode",
        &[STR],
        STRING,
        urlencode,
        "A text as it may stand in URLs.",
        &[("urlencode(\"Hello World!\")", "\"Hello+World%21\""), ("urlencode(\"☃~_-.\")", "\"%E2%98%83~_-.\"")],
    ),
    function(
        "yamldecode",
        &[STR],
        ANY,
        yamldecode,
        "A value from YAML.",
        &[
            ("yamldecode(\"hello: world\")", "{hello = \"world\"}"),
            ("yamldecode(\"true\")", "true"),
            ("yamldecode(\"{a: &foo [1, 2, 3], b: *foo}\")", "{a = [1, 2, 3], b = [1, 2, 3]}"),
            (
                "yamldecode(\"a: 0x1F\\nb: 017\\nc: 1_000\\nd: 1e3\\ne: 2001-12-14\\nf: ~\\nn: NO\\ng: '1'\")",
                "{a = 31, b = 17, c = \"1_000\", d = 1000, e = \"2001-12-14T00:00:00Z\", f = null, false = false, g = \"1\"}",
            ),
            ("yamldecode(\"a: &x {q: 1, r: 1}\\nc:\\n  <<: *x\\n  r: 2\")", "{a = {q = 1, r = 1}, c = {q = 1, r = 2}}"),
            ("yamldecode(\"- !!str 12\\n- !!binary aGVsbG8=\")", "[\"12\", \"aGVsbG8=\"]"),
        ],
    ),
    function(
        "yamlencode",
        &[Param::new("value", any).nulls()],
        STRING,
        yamlencode,
        "YAML of a value.",
        &[
            ("yamlencode({a = \"b\", c = \"d\"})", "\"\\\"a\\\": \\\"b\\\"\\n\\\"c\\\": \\\"d\\\"\\n\""),
            (
                "yamlencode({foo = [1, {a = \"b\", c = \"d\"}, 3], bar = \"baz\"})",
                "\"\\\"bar\\\": \\\"baz\\\"\\n\\\"foo\\\":\\n- 1\\n- \\\"a\\\": \\\"b\\\"\\n  \\\"c\\\": \\\"d\\\"\\n- 3\\n\"",
            ),
            (
                "yamlencode({a = [], b = {}, c = null, d = \"multi\\nline\\n\", h = [[1, 2], [3, {k = \"v\"}]]})",
                "\"\\\"a\\\": []\\n\\\"b\\\": {}\\n\\\"c\\\": null\\n\\\"d\\\": |\\n  multi\\n  line\\n\\\"h\\\":\\n- - 1\\n  - 2\\n- - 3\\n  - \\\"k\\\": \\\"v\\\"\\n\"",
            ),
            ("yamlencode({l = [\"a\\nb\\n\\n\", \"  lead\\n x\"]})", "\"\\\"l\\\":\\n- |+\\n  a\\n  b\\n\\n- |2-\\n    lead\\n   x\\n\""),
            ("yamlencode(true)", "\"true\\n...\\n\""),
        ],
    ),
];

fn base64encode(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::string(STANDARD.encode(text(args, 0))))
}

fn decoded(args: &[Value]) -> Result<Vec<u8>, FunctionError> {
    // Line breaks are ignored, as Go does it.
    let compact: String = text(args, 0).chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    STANDARD.decode(compact).map_err(|e| FunctionError::arg(0, format!("this is not valid base64: {e}")))
}

fn utf8(bytes: Vec<u8>) -> Answer {
    String::from_utf8(bytes).map(Value::string).map_err(|_| FunctionError::arg(0, "the decoded bytes are not valid UTF-8 text"))
}

fn base64decode(_: &CallEnv, args: &[Value]) -> Answer {
    utf8(decoded(args)?)
}

fn base64gzip(_: &CallEnv, args: &[Value]) -> Answer {
    let failed = |e: std::io::Error| FunctionError::new(format!("cannot compress: {e}"));
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::default());
    gzip.write_all(text(args, 0).as_bytes()).map_err(failed)?;
    Ok(Value::string(STANDARD.encode(gzip.finish().map_err(failed)?)))
}

/// A text that unpacks to more than this is refused.
const UNPACKED: u64 = 256 * 1024 * 1024;

fn base64gunzip(_: &CallEnv, args: &[Value]) -> Answer {
    let packed = decoded(args)?;
    let mut bytes = Vec::new();
    let read = GzDecoder::new(packed.as_slice()).take(UNPACKED + 1).read_to_end(&mut bytes);
    read.map_err(|e| FunctionError::arg(0, format!("this is not valid gzip data: {e}")))?;
    if bytes.len() as u64 > UNPACKED {
        return Err(FunctionError::arg(0, "the data unpacks to more than 256 MB"));
    }
    utf8(bytes)
}

fn csvdecode(_: &CallEnv, args: &[Value]) -> Answer {
    let wrong = |e: csv::Error| FunctionError::arg(0, format!("this is not valid CSV: {e}"));
    csv_quotes(text(args, 0)).map_err(|e| FunctionError::arg(0, e))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text(args, 0).as_bytes());
    let mut records = reader.records();
    let Some(header) = records.next() else { return Err(FunctionError::arg(0, "there is no header line")) };
    let header = header.map_err(wrong)?;
    let mut attrs = std::collections::BTreeMap::new();
    for name in &header {
        if attrs.insert(crate::value::Name::from(name), Type::String).is_some() {
            return Err(FunctionError::arg(0, format!("the column {name:?} is there twice")));
        }
    }
    let mut rows = Vec::new();
    for record in records {
        let record = record.map_err(wrong)?;
        rows.push(Value::object(header.iter().zip(&record).map(|(n, v)| (n.into(), Value::string(v))).collect::<Members>()));
    }
    Ok(Value::list(Type::object(attrs), rows))
}

/// Quotes that stand where none may: the reader itself would take them as text.
fn csv_quotes(csv: &str) -> Result<(), String> {
    let mut chars = csv.chars().peekable();
    let (mut line, mut field_start, mut quoted) = (1, true, None);
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match (c, quoted) {
            ('"', Some(_)) if chars.peek() == Some(&'"') => drop(chars.next()),
            ('"', Some(_)) => {
                if !matches!(chars.peek(), None | Some(',' | '\n' | '\r')) {
                    return Err(format!("this is not valid CSV: a quoted field on line {line} goes on behind its closing quote"));
                }
                quoted = None;
            }
            ('"', None) if field_start => quoted = Some(line),
            ('"', None) => return Err(format!("this is not valid CSV: there is a quote inside a field on line {line} that is not quoted")),
            _ => {}
        }
        field_start = matches!(c, ',' | '\n');
    }
    quoted.map_or(Ok(()), |line| Err(format!("this is not valid CSV: the quote opened on line {line} is not closed")))
}

fn jsondecode(_: &CallEnv, args: &[Value]) -> Answer {
    let json: serde_json::Value =
        serde_json::from_str(text(args, 0)).map_err(|e| FunctionError::arg(0, format!("this is not valid JSON: {e}")))?;
    if let Some(number) = too_large(&json) {
        return Err(FunctionError::arg(0, format!("the number {number} is out of range")));
    }
    Ok(implied_from_json(&json))
}

fn too_large(json: &serde_json::Value) -> Option<String> {
    match json {
        serde_json::Value::Number(n) if Number::parse(&n.to_string()).is_none() => Some(n.to_string()),
        serde_json::Value::Array(items) => items.iter().find_map(too_large),
        serde_json::Value::Object(members) => members.values().find_map(too_large),
        _ => None,
    }
}

fn jsonencode(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::string(args.first().map(json_text::encode).unwrap_or_default()))
}

fn yamldecode(_: &CallEnv, args: &[Value]) -> Answer {
    yaml_read::document(text(args, 0)).map_err(|m| FunctionError::arg(0, m))
}

fn yamlencode(_: &CallEnv, args: &[Value]) -> Answer {
    Ok(Value::string(args.first().map(yaml_write::document).unwrap_or_default()))
}

fn urlencode(_: &CallEnv, args: &[Value]) -> Answer {
    let mut out = String::new();
    for b in text(args, 0).bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(b)),
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{b:02X}");
            }
        }
    }
    Ok(Value::string(out))
}

fn urldecode(_: &CallEnv, args: &[Value]) -> Answer {
    let mut bytes = Vec::new();
    let mut rest = text(args, 0).bytes();
    while let Some(b) = rest.next() {
        match b {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut digit = || rest.next().and_then(|d| char::from(d).to_digit(16)).and_then(|d| u8::try_from(d).ok());
                match (digit(), digit()) {
                    (Some(high), Some(low)) => bytes.push(high * 16 + low),
                    _ => return Err(FunctionError::arg(0, "% must be followed by two hexadecimal digits")),
                }
            }
            other => bytes.push(other),
        }
    }
    utf8(bytes)
}
