//! From what was given to what a variable is: literal or HCL, defaults of the type, conversion.

use super::{Collector, Found, Raw, Variables};
use crate::config::constant::constant;
use crate::config::model::{Config, Variable};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::parse_expression;
use crate::value::{Marks, Value, convert};

impl Collector<'_> {
    /// Gives every declared variable its value.
    pub(super) fn finish(mut self) -> Variables {
        let mut out = Variables { credentials: std::mem::take(&mut self.credentials), ..Variables::default() };
        let config = self.config;
        for (name, variable) in config.root().iter().flat_map(|m| &m.variables) {
            let Some(found) = self.found.remove(name) else {
                match &variable.default {
                    Some(default) => drop(out.values.insert(name.clone(), marked(variable, default.clone()))),
                    None => out.missing.push(name.clone()),
                }
                continue;
            };
            out.origins.insert(name.clone(), found.origin.clone());
            let value = value_of(variable, found, config, self.diags);
            // A value that is wrong is reported once; unknown stands in for it.
            let value = value.unwrap_or_else(|| Value::unknown(variable.ty.without_optional()));
            out.values.insert(name.clone(), marked(variable, value));
        }
        out.file_hashes = self.reader.hashes;
        out
    }
}

impl Variables {
    /// Sets a missing variable to what was typed on a terminal. `false` when the text is no value
    /// for it, which is reported.
    pub fn answer(&mut self, config: &Config, name: &str, text: &str, diags: &mut Diagnostics) -> bool {
        let Some((key, variable)) = config.root().and_then(|m| m.variables.get_key_value(name)) else { return false };
        let found = Found { raw: Raw::Text(text.into()), origin: "the terminal".into() };
        let Some(value) = value_of(variable, found, config, diags) else { return false };
        self.values.insert(key.clone(), marked(variable, value));
        self.origins.insert(key.clone(), "the terminal".into());
        self.missing.retain(|n| n.as_ref() != name);
        true
    }
}

fn marked(variable: &Variable, value: Value) -> Value {
    let value = if variable.sensitive { value.sensitive() } else { value };
    if variable.ephemeral { value.mark(&Marks::EPHEMERAL) } else { value }
}

fn value_of(variable: &Variable, found: Found, config: &Config, diags: &mut Diagnostics) -> Option<Value> {
    let Found { raw, origin } = found;
    let (value, span) = match raw {
        Raw::Unreadable => return None,
        Raw::Value(value, span) => (value, span),
        Raw::Text(text) => (from_text(variable, &text, &origin, config, diags)?, None),
    };
    let span = span.filter(|_| !variable.sensitive);
    if value.is_null() && !variable.nullable {
        return not_null(variable, &origin, span, diags);
    }
    match convert(&variable.defaults.apply(&value), &variable.ty) {
        Ok(value) => Some(value),
        Err(e) => {
            let at = if e.path.0.is_empty() { String::new() } else { format!(" at {}", e.path) };
            let error = Diagnostic::error(
                "Invalid value for variable",
                format!("The value given for var.{} by {origin} does not fit its type {}{at}: {}.", variable.name, variable.ty, e.message),
            );
            diags.push(error.or_at(span.or(Some(variable.span))));
            None
        }
    }
}

/// Null means the default where the variable says `nullable = false`.
fn not_null(variable: &Variable, origin: &str, span: Option<Span>, diags: &mut Diagnostics) -> Option<Value> {
    if variable.default.is_some() {
        return variable.default.clone();
    }
    diags.push(
        Diagnostic::error(
            "Invalid value for variable",
            format!("The value given for var.{} by {origin} is null, but it must not be.", variable.name),
        )
        .or_at(span.or(Some(variable.span))),
    );
    None
}

/// Text is itself for primitive types and where no type is written, otherwise an expression.
fn from_text(variable: &Variable, text: &str, origin: &str, config: &Config, diags: &mut Diagnostics) -> Option<Value> {
    if variable.ty.is_primitive() || !variable.typed {
        return Some(Value::string(text));
    }
    let name = &variable.name;
    let mut own = Diagnostics::new();
    // The text of a sensitive variable does not enter the source map.
    let shown = if variable.sensitive { "" } else { text };
    let file = config.sources.add(format!("<value of var.{name}>"), shown);
    let expr = parse_expression(file, text, &mut own);
    let value = if own.has_errors() { None } else { constant(&expr, &mut own) };
    if value.is_some() {
        return value;
    }
    if variable.sensitive {
        diags.push(
            Diagnostic::error(
                "Invalid value for variable",
                format!("The value given for var.{name} by {origin} is no expression of type {}. It is not shown, because the variable is sensitive.", variable.ty),
            )
            .at(variable.span),
        );
        return None;
    }
    let help = format!("var.{name} has the type {}; its value is written as in a .tfvars file, for example: [\"a\", \"b\"]", variable.ty);
    for mistake in own {
        diags.push(if mistake.help.is_none() { mistake.help(help.clone()) } else { mistake });
    }
    None
}
