//! A reader for the examples: literals, lists, objects and calls, nothing else. It keeps these
//! tests independent of the evaluator.

use super::super::{Answer, FunctionTable};
use crate::lang::{CallEnv, FunctionError};
use crate::value::{Members, Number, Type, Value};

struct Reader<'a> {
    rest: &'a str,
    env: &'a CallEnv,
}

pub(super) fn eval(text: &str, env: &CallEnv) -> Answer {
    let mut reader = Reader { rest: text, env };
    let value = reader.value()?;
    assert!(reader.space().is_empty(), "left over in {text}: {}", reader.rest);
    Ok(value)
}

/// Equality that lets a tuple stand for a list and an object for a map, as examples write them.
pub(super) fn same_but_for_kind(a: &Value, b: &Value) -> bool {
    match (a.items(), b.items(), a.members(), b.members()) {
        (Some(x), Some(y), ..) => x.len() == y.len() && x.iter().zip(y).all(|(p, q)| same_but_for_kind(p, q)),
        (_, _, Some(x), Some(y)) => {
            x.keys().eq(y.keys()) && x.values().zip(y.values()).all(|(p, q)| same_but_for_kind(p, q))
        }
        _ => a == b,
    }
}

impl Reader<'_> {
    fn space(&mut self) -> &str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.space().strip_prefix(token).map(str::len);
        if let Some(left) = found {
            self.rest = &self.rest[self.rest.len() - left..];
        }
        found.is_some()
    }

    fn list(&mut self, close: &str) -> Result<Vec<Value>, FunctionError> {
        let mut all = Vec::new();
        while !self.eat(close) {
            all.push(self.value()?);
            assert!(self.eat(",") || self.space().starts_with(close), "comma before {}", self.rest);
        }
        Ok(all)
    }

    fn word(&mut self) -> String {
        let end = self.space().find(|c: char| !(c.is_alphanumeric() || "_.:+-".contains(c))).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_string()
    }

    fn quoted(&mut self) -> String {
        let mut out = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[i + 1..];
                    return out;
                }
                '\\' => match chars.next().unwrap().1 {
                    'n' => out.push('\n'),
                    'r' => out.push('\r'),
                    't' => out.push('\t'),
                    'u' => {
                        let hex: String = (0..4).map(|_| chars.next().unwrap().1).collect();
                        out.push(char::from_u32(u32::from_str_radix(&hex, 16).unwrap()).unwrap());
                    }
                    other => out.push(other),
                },
                '$' | '%' if self.rest[i..].starts_with("$${") || self.rest[i..].starts_with("%%{") => {
                    chars.next();
                    out.push(c);
                }
                other => out.push(other),
            }
        }
        panic!("unclosed text: {}", self.rest);
    }

    fn object(&mut self) -> Answer {
        let mut members = Members::new();
        while !self.eat("}") {
            let key = if self.eat("\"") { self.quoted() } else { self.word() };
            assert!(self.eat("=") || self.eat(":"), "= before {}", self.rest);
            members.insert(key.into(), self.value()?);
            let _ = self.eat(",");
        }
        Ok(Value::object(members))
    }

    fn value(&mut self) -> Answer {
        if self.eat("\"") {
            return Ok(Value::string(self.quoted()));
        }
        if self.eat("[") {
            return Ok(Value::tuple(self.list("]")?));
        }
        if self.eat("{") {
            return self.object();
        }
        let word = self.word();
        if self.eat("(") {
            let args = self.list(")")?;
            let function = FunctionTable::standard().get(&word).unwrap_or_else(|| panic!("no function {word}"));
            return function.call(self.env, &args);
        }
        Ok(match word.as_str() {
            "true" => Value::bool(true),
            "false" => Value::bool(false),
            "null" => Value::null(Type::Dynamic),
            number => Value::number(Number::parse(number).unwrap_or_else(|| panic!("what is {number:?}?"))),
        })
    }
}
