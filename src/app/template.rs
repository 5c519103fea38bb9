//! Tera templates, rendered without reading anything but the project's files.
//!
//! A second rendering, with other values in the place of every secret, tells which lines of the
//! result depend on a secret: they are masked wherever the file is shown. That holds for short
//! secrets too, which no search by value could find.

use super::text::{Redactor, collect_secrets};
use crate::diag::{Diagnostic, Span};
use crate::files::Files;
use crate::value::{Members, Repr, Value};
use regex::Regex;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use similar::{DiffTag, TextDiff};
use std::collections::BTreeMap;
use std::path::Path;
use tera::{Context, ErrorKind, ReportError, Tera};

/// A template with everything it includes or extends.
#[derive(Clone, Debug)]
pub struct TemplateSet {
    main: String,
    /// Name as templates call it → path shown to people, text.
    sources: BTreeMap<String, (String, String)>,
}

/// What a template gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedText {
    /// The text.
    pub text: String,
    /// For each line: `None` when it may be shown, else how many bytes of its start may.
    pub secret_lines: Vec<Option<usize>>,
}

/// Reads a template of the project and, through `include` and `extends`, what it needs. Names in
/// those are relative to `templates/`, else to the project.
///
/// # Errors
/// When a file is missing or not UTF-8, with the place where its name stands.
pub fn load(files: &dyn Files, project: &Path, template: &str, at: Span) -> Result<TemplateSet, Diagnostic> {
    let mut sources = BTreeMap::new();
    let mut open = vec![(template.to_string(), String::new())];
    while let Some((name, from)) = open.pop() {
        if sources.contains_key(&name) {
            continue;
        }
        let tries = if from.is_empty() { vec![name.clone()] } else { vec![format!("templates/{name}"), name.clone()] };
        let Some(path) = tries.iter().find(|p| files.exists(&project.join(p))) else {
            let wanted_by = if from.is_empty() { String::new() } else { format!(", which {from} needs,") };
            let detail = format!("The template {name}{wanted_by} is not in the project ({}).", project.display());
            return Err(Diagnostic::error("Template not found", detail)
                .at(at)
                .help("Paths are relative to the folder that holds environments/; in include and extends to its templates/."));
        };
        let bytes =
            files.read(&project.join(path)).map_err(|e| Diagnostic::error("Template not readable", format!("{path}: {e}.")).at(at))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Diagnostic::error("Template not readable", format!("{path} is not UTF-8 text.")).at(at))?;
        open.extend(references(&text).map(|n| (n, path.clone())));
        sources.insert(name, (path.clone(), text));
    }
    Ok(TemplateSet { main: template.to_string(), sources })
}

/// Names in `{% include "x" %}` and `{% extends "x" %}`.
fn references(text: &str) -> impl Iterator<Item = String> {
    let pattern = Regex::new(r#"\{%-?\s*(?:include|extends)\s+["'`]([^"'`]+)["'`]"#).ok();
    let found: Vec<String> =
        pattern.iter().flat_map(|p| p.captures_iter(text)).filter_map(|c| Some(c.get(1)?.as_str().to_string())).collect();
    found.into_iter()
}

impl TemplateSet {
    /// Checks the syntax without any values.
    ///
    /// # Errors
    /// Syntax errors with their place in the template.
    pub fn check(&self, at: Span) -> Result<(), Diagnostic> {
        self.tera().map(|_| ()).map_err(|e| self.diagnostic(&e, &Redactor::default(), at))
    }

    /// Renders with variables (an object, wholly known). Undefined variables are errors.
    ///
    /// # Errors
    /// Template errors with their place in the template and the names that exist, secrets masked.
    pub fn render(&self, vars: &Value, at: Span) -> Result<RenderedText, Diagnostic> {
        let mut secrets = Vec::new();
        collect_secrets(vars, false, &mut secrets);
        let redactor = Redactor::new(secrets.iter().map(String::as_str));
        let fail = |e: &tera::Error| self.diagnostic(e, &redactor, at);
        let tera = self.tera().map_err(|e| fail(&e))?;
        let text = tera.render(&self.main, &context(vars)).map_err(|e| fail(&e))?;
        let masked = disguise(vars, false, &mut 0);
        let secret_lines = match masked.map(|vars| tera.render(&self.main, &context(&vars))) {
            None => vec![None; text.lines().count()],
            Some(Ok(other)) => differing_lines(&text, &other),
            Some(Err(_)) => vec![Some(0); text.lines().count()],
        };
        Ok(RenderedText { text, secret_lines })
    }

    fn tera(&self) -> Result<Tera, tera::Error> {
        let mut tera = Tera::new();
        tera.autoescape_on(Vec::<&'static str>::new());
        tera.add_raw_templates(self.sources.iter().map(|(name, (_, text))| (name.as_str(), text.as_str())))?;
        Ok(tera)
    }

    fn diagnostic(&self, error: &tera::Error, redactor: &Redactor, at: Span) -> Diagnostic {
        let summary = match error.kind() {
            ErrorKind::SyntaxError(_) => "Template syntax error",
            _ => "Template cannot be rendered",
        };
        let detail = match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => self.located(report),
            other => format!("{}: {other}", self.main),
        };
        Diagnostic::error(summary, redactor.clean(&detail))
            .at(at)
            .help("Every variable comes from vars; {{ name | default(value=\"x\") }} allows one to be missing.")
    }

    fn located(&self, report: &ReportError) -> String {
        let path = self.sources.get(report.filename()).map_or(report.filename(), |(path, _)| path.as_str());
        format!("{path}:{}:{}: {}", report.span().start_line, report.span().start_col + 1, report.message())
    }
}

fn context(vars: &Value) -> Context {
    let mut context = Context::new();
    for (name, value) in vars.members().into_iter().flatten() {
        context.insert(name.to_string(), &Plain(value));
    }
    context
}

/// A value as serde sees it: numbers as integers where they fit.
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.0.repr() {
            Repr::Null(_) | Repr::Unknown { .. } => s.serialize_none(),
            Repr::Bool(b) => s.serialize_bool(*b),
            Repr::String(text) => s.serialize_str(text),
            Repr::Number(n) => match n.to_i64() {
                Some(n) => s.serialize_i64(n),
                None => s.serialize_f64(n.to_f64()),
            },
            Repr::List(_, items) | Repr::Set(_, items) | Repr::Tuple(items) => {
                let mut seq = s.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| seq.serialize_element(&Plain(item)))?;
                seq.end()
            }
            Repr::Map(_, members) | Repr::Object(members) => {
                let mut map = s.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(k, v)| map.serialize_entry(k.as_ref(), &Plain(v)))?;
                map.end()
            }
        }
    }
}

/// The value with something else in the place of every secret; `None` when it holds none.
fn disguise(value: &Value, inherited: bool, count: &mut usize) -> Option<Value> {
    let secret = inherited || value.marks().is_secret();
    match value.repr() {
        Repr::String(_) if secret => {
            *count += 1;
            Some(Value::string(format!("\u{1}secret-{count}\u{1}")))
        }
        Repr::Number(n) if secret => Some(Value::int(n.to_i64().map_or(7, |n| n.wrapping_add(1)))),
        Repr::Bool(b) if secret => Some(Value::bool(!b)),
        Repr::List(_, items) | Repr::Set(_, items) | Repr::Tuple(items) => {
            let new: Vec<Option<Value>> = items.iter().map(|v| disguise(v, secret, count)).collect();
            let any = new.iter().any(Option::is_some);
            any.then(|| Value::tuple(new.into_iter().zip(items.iter()).map(|(n, o)| n.unwrap_or_else(|| o.clone())).collect()))
        }
        Repr::Map(_, members) | Repr::Object(members) => {
            let new: Vec<_> = members.iter().map(|(k, v)| (k, v, disguise(v, secret, count))).collect();
            let any = new.iter().any(|(_, _, n)| n.is_some());
            any.then(|| Value::object(new.into_iter().map(|(k, v, n)| (k.clone(), n.unwrap_or_else(|| v.clone()))).collect::<Members>()))
        }
        _ => None,
    }
}

/// For each line of `text`: nothing when `other` has it too, else how much of its start is public.
fn differing_lines(text: &str, other: &str) -> Vec<Option<usize>> {
    let (lines, others): (Vec<&str>, Vec<&str>) = (text.lines().collect(), other.lines().collect());
    let mut secret = Vec::new();
    for op in TextDiff::from_slices(&lines, &others).ops() {
        let (old, new) = (op.old_range(), op.new_range());
        let same = op.tag() == DiffTag::Equal;
        for (i, line) in old.clone().zip(lines.get(old.clone()).into_iter().flatten()) {
            let pair = others.get(new.start + i - old.start).filter(|_| new.contains(&(new.start + i - old.start)));
            secret.push((!same).then(|| pair.map_or(0, |pair| public_prefix(line, pair))));
        }
    }
    secret
}

/// Length of the common start of two lines, cut back to before the last word.
fn public_prefix(line: &str, other: &str) -> usize {
    let common = line.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map_or(line.len().min(other.len()), |((i, _), _)| i);
    let start = line.get(..common).unwrap_or("");
    start.rfind(|c: char| !c.is_alphanumeric()).map_or(0, |i| i + start.get(i..).and_then(|s| s.chars().next()).map_or(0, char::len_utf8))
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
