//! YAML to values: one document, the plain scalars OpenTofu resolves, anchors and merge keys.

use crate::value::{Members, Number, Type, Value, convert};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Deeper nesting is refused.
const DEPTH: usize = 200;
/// More values, aliases written out, are refused: a few lines of anchors can stand for billions.
const SIZE: usize = 1_000_000;

/// Reads one document.
///
/// # Errors
/// A message with line and column.
pub(super) fn document(text: &str) -> Result<Value, String> {
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: BTreeMap::new(), size: 0 };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd | Event::DocumentEnd, at) => return Err(place(&at, "there is no document")),
            (event, at) => {
                let value = reader.node(event, &at, 0)?;
                reader.end()?;
                return Ok(value);
            }
        }
    }
}

fn place(at: &Marker, message: &str) -> String {
    format!("on line {}, column {}: {message}", at.line(), at.col() + 1)
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    /// Values with names, and how many values each is.
    anchors: BTreeMap<usize, (Value, usize)>,
    size: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Marker), String> {
        match self.parser.next() {
            Some(Ok((event, span))) => Ok((event, span.start)),
            Some(Err(e)) => Err(place(e.marker(), e.info())),
            None => Err("the document ends too early".into()),
        }
    }

    /// Nothing may follow the first document.
    fn end(&mut self) -> Result<(), String> {
        loop {
            match self.next()? {
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (Event::StreamEnd, _) => return Ok(()),
                (_, at) => return Err(place(&at, "only one document is allowed")),
            }
        }
    }

    fn grow(&mut self, by: usize, at: &Marker) -> Result<(), String> {
        self.size = self.size.saturating_add(by);
        if self.size > SIZE { Err(place(at, "the document stands for too many values")) } else { Ok(()) }
    }

    fn node(&mut self, event: Event<'a>, at: &Marker, depth: usize) -> Result<Value, String> {
        if depth > DEPTH {
            return Err(place(at, "the document is nested too deeply"));
        }
        let before = self.size;
        self.grow(1, at)?;
        let (value, anchor) = match event {
            Event::Alias(id) => {
                let Some((value, size)) = self.anchors.get(&id).cloned() else {
                    return Err(place(at, "an alias must not stand inside what it names"));
                };
                self.grow(size, at)?;
                (value, 0)
            }
            Event::Scalar(text, style, anchor, tag) => (scalar(&text, style, tag.as_ref()).map_err(|m| place(at, &m))?, anchor),
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_ref(), "seq", at)?;
                (self.sequence(depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_ref(), "map", at)?;
                (self.mapping(depth)?, anchor)
            }
            _ => return Err(place(at, "a value is expected here")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), self.size - before));
        }
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::tuple(items)),
                (event, at) => items.push(self.node(event, &at, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let (mut members, mut merged) = (Members::new(), Members::new());
        loop {
            let (event, at) = self.next()?;
            let merge = match event {
                Event::MappingEnd => break,
                Event::Scalar(ref text, ScalarStyle::Plain, _, None) => text == "<<",
                _ => false,
            };
            let key = self.node(event, &at, depth + 1)?;
            let (event, value_at) = self.next()?;
            let value = self.node(event, &value_at, depth + 1)?;
            if merge {
                merge_into(&mut merged, &value).map_err(|m| place(&value_at, m))?;
                continue;
            }
            let key = convert(&key, &Type::String).ok();
            let Some(key) = key.as_ref().and_then(Value::as_str) else {
                return Err(place(&at, "only texts are allowed as keys, not null"));
            };
            members.insert(key.into(), value);
        }
        for (key, value) in merged {
            members.entry(key).or_insert(value);
        }
        Ok(Value::object(members))
    }
}

/// Of several maps the first wins.
fn merge_into(merged: &mut Members, value: &Value) -> Result<(), &'static str> {
    let maps: Vec<&Value> = value.items().map_or_else(|| vec![value], |items| items.iter().collect());
    for map in maps {
        let members = map.members().ok_or("<< must name a map or a list of maps")?;
        for (key, value) in members {
            merged.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    Ok(())
}

fn check_tag(tag: Option<&Cow<Tag>>, wanted: &str, at: &Marker) -> Result<(), String> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == wanted) => Err(place(at, &format!("unsupported tag \"{tag}\""))),
        _ => Ok(()),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Cow<Tag>>) -> Result<Value, String> {
    let Some(tag) = tag else {
        return if style == ScalarStyle::Plain { resolve(text) } else { Ok(Value::string(text)) };
    };
    let wrong = || format!("{text:?} does not fit the tag \"{tag}\"");
    let kind = if tag.is_yaml_core_schema() { tag.suffix.as_str() } else { "" };
    let as_type = |ty: Type| resolve(text).ok().filter(|v| v.ty() == ty).ok_or_else(wrong);
    match kind {
        "str" => Ok(Value::string(text)),
        // As OpenTofu does it: quotes win over these tags.
        "int" | "float" | "bool" if style != ScalarStyle::Plain => Ok(Value::string(text)),
        "int" | "float" => as_type(Type::Number),
        "bool" => as_type(Type::Bool),
        "null" => Ok(Value::null(Type::Dynamic)),
        "timestamp" => Ok(timestamp(text).unwrap_or_else(|| Value::string(text))),
        // The language has no bytes: base64 stays base64.
        "binary" => {
            let compact: String = text.split_whitespace().collect();
            STANDARD.decode(&compact).map(|_| Value::string(&compact)).map_err(|_| wrong())
        }
        _ if tag.handle == "!" && tag.suffix.is_empty() => Ok(Value::string(text)),
        _ => Err(format!("unsupported tag \"{tag}\"")),
    }
}

static FLOAT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$").ok());

/// What a plain scalar means.
fn resolve(text: &str) -> Result<Value, String> {
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']));
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::null(Type::Dynamic)),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Ok(Value::bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Ok(Value::bool(false)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
            return Err("infinite numbers are not supported".into());
        }
        ".nan" | ".NaN" | ".NAN" => return Err("\"not a number\" is not supported".into()),
        _ => {}
    }
    let prefixed = text.strip_prefix("0x").and_then(|d| radix(d, 16)).or_else(|| text.strip_prefix("0o").and_then(|d| radix(d, 8)));
    if let Some(n) = prefixed {
        return Ok(Value::number(Number::parse(&n.to_string()).unwrap_or_else(|| Number::from(0i64))));
    }
    if FLOAT.as_ref().is_some_and(|f| f.is_match(text)) {
        return Number::parse(text).map(Value::number).ok_or_else(|| format!("the number {text} is out of range"));
    }
    Ok(timestamp(text).unwrap_or_else(|| Value::string(text)))
}

static TIMESTAMP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]|[ ]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(Z|[-+][0-9]{2}:[0-9]{2})?)?$").ok()
});

/// Dates and times become RFC 3339 texts.
fn timestamp(text: &str) -> Option<Value> {
    let found = TIMESTAMP.as_ref()?.captures(text)?;
    let part = |i: usize| found.get(i).map_or("0", |m| m.as_str()).parse::<i8>().ok();
    let year = found.get(1)?.as_str();
    let date = jiff::civil::Date::new(year.parse().ok()?, part(2)?, part(3)?).ok()?;
    let time = jiff::civil::Time::new(part(4)?, part(5)?, part(6)?, 0).ok()?;
    let with_t = text.contains(['T', 't']);
    // A time after a space has no zone here; one after T needs it.
    if found.get(4).is_some() && with_t != found.get(8).is_some() {
        return None;
    }
    let fraction = found.get(7).map(|f| f.as_str().trim_end_matches('0')).filter(|f| !f.is_empty());
    let fraction = if with_t { String::new() } else { fraction.map(|f| format!(".{f}")).unwrap_or_default() };
    let zone = found.get(8).map_or("Z", |z| z.as_str());
    Some(Value::string(format!("{date}T{:02}:{:02}:{:02}{fraction}{zone}", time.hour(), time.minute(), time.second())))
}
