//! The functions of OpenTofu 1.11, one file per family.

mod charset;
mod cidr;
mod collection;
mod convert;
mod encoding;
mod file;
mod format;
mod hash;
mod json_text;
mod numeric;
mod pattern;
mod rsa;
mod set;
mod shape;
mod string;
mod time;
mod verb;
mod yaml_read;
mod yaml_write;

#[cfg(test)]
mod tests;

use super::CallEnv;
use super::function::{Body, Function, FunctionError, Param, Returns};
use crate::value::{Type, Value, closest};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One YAML document as a value.
///
/// # Errors
/// What is wrong with it, with line and column.
pub fn yaml(text: &str) -> Result<Value, String> {
    yaml_read::document(text)
}

/// All functions by name.
pub struct FunctionTable {
    by_name: BTreeMap<&'static str, &'static Function>,
}

impl FunctionTable {
    /// The functions of the language.
    #[must_use]
    pub fn standard() -> &'static FunctionTable {
        static TABLE: OnceLock<FunctionTable> = OnceLock::new();
        TABLE.get_or_init(|| {
            let families: &[&'static [Function]] = &[
                cidr::ALL,
                collection::ALL,
                convert::ALL,
                encoding::ALL,
                file::ALL,
                format::ALL,
                hash::ALL,
                numeric::ALL,
                pattern::ALL,
                rsa::ALL,
                set::ALL,
                shape::ALL,
                &super::special::ALL,
                string::ALL,
                time::ALL,
            ];
            FunctionTable { by_name: families.iter().copied().flatten().map(|f| (f.name, f)).collect() }
        })
    }

    /// The function called `name`, with or without `core::` in front.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'static Function> {
        self.by_name.get(name.strip_prefix("core::").unwrap_or(name)).copied()
    }

    /// Why `name` is no function, and what was probably meant.
    #[must_use]
    pub fn explain_missing(&self, name: &str) -> String {
        if name.starts_with("provider::") {
            return format!("functions of providers are not supported yet, and {name} is one");
        }
        if let Some((namespace, _)) = name.rsplit_once("::").filter(|(ns, _)| *ns != "core") {
            return format!("there is no function namespace {namespace:?}; functions of the language are called by their name alone");
        }
        let bare = name.strip_prefix("core::").unwrap_or(name);
        match closest(bare, self.by_name.keys().copied()) {
            Some(meant) => format!("there is no function named {bare:?}; did you mean {meant:?}?"),
            None => format!("there is no function named {bare:?}"),
        }
    }

    /// All functions in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &'static Function> + '_ {
        self.by_name.values().copied()
    }
}

type Answer = Result<Value, FunctionError>;

fn any() -> Type {
    Type::Dynamic
}
fn string() -> Type {
    Type::String
}
fn number() -> Type {
    Type::Number
}
fn boolean() -> Type {
    Type::Bool
}
fn strings() -> Type {
    Type::list(Type::String)
}

const STRING: Returns = Returns::Always(string);
const NUMBER: Returns = Returns::Always(number);
const BOOL: Returns = Returns::Always(boolean);
const STRINGS: Returns = Returns::Always(strings);
const ANY: Returns = Returns::Depends(|_| Type::Dynamic);
const AS_FIRST: Returns = Returns::Depends(|args| args.first().map_or(Type::Dynamic, Value::ty));

/// The text of an argument; empty where it is none, which conversion rules out.
fn text(args: &[Value], i: usize) -> &str {
    args.get(i).and_then(Value::as_str).unwrap_or("")
}

/// A whole number within `i64`.
fn whole(args: &[Value], i: usize) -> Result<i64, FunctionError> {
    let number = args.get(i).and_then(Value::as_i64);
    number.ok_or_else(|| FunctionError::arg(i, "a whole number is required"))
}

/// The elements of a list, set or tuple argument.
fn items(args: &[Value], i: usize) -> &[Value] {
    args.get(i).and_then(Value::items).unwrap_or(&[])
}

const fn function(
    name: &'static str,
    params: &'static [Param],
    returns: Returns,
    body: fn(&CallEnv, &[Value]) -> Answer,
    doc: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> Function {
    Function { name, params, variadic: None, doc, examples, returns, body: Body::Code(body) }
}

const fn variadic(function: Function, rest: Param) -> Function {
    Function { variadic: Some(rest), ..function }
}
