//! From a `file` block to the content the host must have.

use super::env_file::EnvFile;
use super::spec::{AppSpec, FileContent, FileSpec};
use super::template::{self, RenderedText};
use super::text::{Text, UNKNOWN};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::files::Files;
use crate::value::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A file as it must be.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Path on the host (as written while the source's path is unknown).
    pub path: String,
    /// Path inside the source, when it lies there.
    pub in_source: Option<String>,
    /// Its content; `None` while parts are known after apply only.
    pub bytes: Option<Vec<u8>>,
    /// What has to be known first, in words.
    pub waits_for: Option<String>,
    /// How it is compared and shown.
    pub shape: Shape,
    /// Permission bits.
    pub mode: u32,
    /// Written and read by root.
    pub sudo: bool,
    /// `user` or `user:group`.
    pub owner: Option<String>,
}

/// How a file is compared and shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Shape {
    /// Key by key.
    Env {
        /// Its keys.
        entries: Vec<EnvEntry>,
        /// These are all of them; otherwise the base has more that are not known yet.
        complete: bool,
    },
    /// Line by line; for each line how much of its start may be shown (`None`: all).
    Lines(Vec<Option<usize>>),
    /// Nothing is known of its content yet.
    Unknown,
}

/// A key of a `.env` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvEntry {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: Text,
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shape::Env { entries, .. } => f.debug_tuple("Env").field(entries).finish(),
            Shape::Lines(lines) => write!(f, "Lines({})", lines.len()),
            Shape::Unknown => f.write_str("Unknown"),
        }
    }
}

/// A file of the source at the commit that will be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseFile {
    /// Its content.
    Content(Vec<u8>),
    /// The commit has no such file.
    Missing,
    /// It cannot be read yet, and why.
    Unknown(String),
}

impl AppSpec {
    /// Files of the source that rendering needs: to be read at the commit that will be deployed.
    #[must_use]
    pub fn base_files(&self) -> Vec<String> {
        let base = |file: &FileSpec| match &file.content {
            FileContent::Base { base, .. } => base.known().map(String::from),
            _ => None,
        };
        let mut all: Vec<String> = self.files.iter().filter_map(base).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Renders all files. `bases` holds the files named by [`AppSpec::base_files`]; a missing entry
    /// counts as not readable yet.
    ///
    /// # Errors (as diagnostics)
    /// Templates that do not render, base files that the commit has not.
    pub fn render(
        &self,
        bases: &BTreeMap<String, BaseFile>,
        files: &dyn Files,
        project: &Path,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Rendered> {
        let mut all = Vec::new();
        for file in &self.files {
            match self.render_file(file, bases, files, project, diagnostics) {
                Ok(rendered) => all.push(rendered),
                Err(error) => diagnostics.push(error.address(format!("app.{}", self.name))),
            }
        }
        all
    }

    fn render_file(
        &self,
        file: &FileSpec,
        bases: &BTreeMap<String, BaseFile>,
        files: &dyn Files,
        project: &Path,
        diagnostics: &mut Diagnostics,
    ) -> Result<Rendered, Diagnostic> {
        let part = match &file.content {
            FileContent::Template { path, vars, span } => from_template(path, vars, *span, &file.path, files, project)?,
            FileContent::Inline(text) => from_text(text, &file.path),
            FileContent::Base { base, set, span } => from_base(base, set, *span, bases, diagnostics)?,
        };
        let on_host = self.on_host(&file.path);
        let waits_for = part.waits_for.or_else(|| on_host.is_none().then(|| "the source's path".into()));
        Ok(Rendered {
            in_source: self.in_source(&file.path).map(String::from),
            bytes: part.bytes.filter(|_| on_host.is_some()),
            path: on_host.unwrap_or_else(|| file.path.clone()),
            waits_for,
            shape: part.shape,
            mode: file.mode,
            sudo: file.sudo,
            owner: file.owner.as_ref().and_then(|o| o.known().map(String::from)),
        })
    }
}

struct Part {
    bytes: Option<Vec<u8>>,
    waits_for: Option<String>,
    shape: Shape,
}

impl Part {
    fn unknown(waits_for: impl Into<String>) -> Self {
        Part { bytes: None, waits_for: Some(waits_for.into()), shape: Shape::Unknown }
    }
    fn known(rendered: RenderedText, path: &str) -> Self {
        let bytes = rendered.text.clone().into_bytes();
        Part { bytes: Some(bytes), waits_for: None, shape: shape(rendered, path) }
    }
}

fn from_template(path: &Text, vars: &Value, at: Span, file: &str, files: &dyn Files, project: &Path) -> Result<Part, Diagnostic> {
    let Some(path) = path.known() else { return Ok(Part::unknown("the template's path")) };
    let set = template::load(files, project, path, at)?;
    let mut unknown = Vec::new();
    unknown_names(vars, "vars", &mut unknown);
    if !unknown.is_empty() {
        set.check(at)?;
        return Ok(Part::unknown(unknown.join(", ")));
    }
    Ok(Part::known(set.render(vars, at)?, file))
}

fn from_text(text: &Text, file: &str) -> Part {
    let Some(content) = text.known() else { return Part::unknown("content") };
    let line = text.is_sensitive().then_some(0);
    Part::known(RenderedText { text: content.into(), secret_lines: content.lines().map(|_| line).collect() }, file)
}

/// Every unknown place inside variables, as people would write it.
fn unknown_names(value: &Value, name: &str, into: &mut Vec<String>) {
    if value.is_unknown() {
        into.push(name.to_string());
    }
    for (key, member) in value.members().into_iter().flatten() {
        unknown_names(member, &format!("{name}.{key}"), into);
    }
    for (i, item) in value.items().into_iter().flatten().enumerate() {
        unknown_names(item, &format!("{name}[{i}]"), into);
    }
}

fn from_base(
    base: &Text,
    set: &BTreeMap<String, Text>,
    at: Span,
    bases: &BTreeMap<String, BaseFile>,
    diagnostics: &mut Diagnostics,
) -> Result<Part, Diagnostic> {
    let Some(name) = base.known() else { return Ok(Part::unknown("the base or the keys to set")) };
    let bytes = match bases.get(name) {
        Some(BaseFile::Content(bytes)) => bytes,
        Some(BaseFile::Missing) => {
            let detail = format!("The commit that would be deployed has no file {name}.");
            return Err(Diagnostic::error("Base file not found", detail).at(at).help("base is a path inside the source repository."));
        }
        Some(BaseFile::Unknown(why)) => {
            return Ok(Part {
                shape: Shape::Env { entries: entries_of_set(set), complete: false },
                ..Part::unknown(format!("{name} of the source ({why})"))
            });
        }
        None => {
            return Ok(Part {
                shape: Shape::Env { entries: entries_of_set(set), complete: false },
                ..Part::unknown(format!("{name} of the source"))
            });
        }
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Diagnostic::error("Base file not readable", format!("{name} is not UTF-8 text.")).at(at));
    };
    let unset: Vec<String> = super::required::required_keys(text).into_iter().filter(|k| !set.contains_key(k)).collect();
    if !unset.is_empty() {
        let detail = format!("{name} has no value for {}, and the file block sets none.", unset.join(", "));
        let help = "Set each of them (to \"\" where it shall stay empty), or write \"# optional\" behind it in the sample.";
        diagnostics.push(Diagnostic::warning("Required keys without a value", detail).at(at).help(help));
    }
    let mut file = EnvFile::parse(text);
    let mut unknown = Vec::new();
    for (key, value) in set {
        let Some(known) = value.known() else {
            unknown.push(format!("set.{key}"));
            file.set(key, UNKNOWN);
            continue;
        };
        if !file.set(key, known) {
            let detail = format!(
                "The value of {key} in {name} holds characters that shells, docker compose and dotenv libraries read differently (a single quote beside double quotes, $, ` or \\, or a \\ at its end)."
            );
            diagnostics.push(
                Diagnostic::warning("Value without a common spelling", detail)
                    .at(at)
                    .help("It is written for a POSIX shell. Choose a value without those characters to be safe."),
            );
        }
    }
    let entries = file.entries().into_iter().map(|(key, value)| {
        let value = set.get(&key).cloned().unwrap_or_else(|| Text::plain(value));
        EnvEntry { key, value }
    });
    let shape = Shape::Env { entries: entries.collect(), complete: true };
    if unknown.is_empty() {
        Ok(Part { bytes: Some(file.text().into_bytes()), waits_for: None, shape })
    } else {
        Ok(Part { shape, ..Part::unknown(unknown.join(", ")) })
    }
}

fn entries_of_set(set: &BTreeMap<String, Text>) -> Vec<EnvEntry> {
    set.iter().map(|(key, value)| EnvEntry { key: key.clone(), value: value.clone() }).collect()
}

/// Whether a path is that of a `.env` file: `.env`, `.env.docker`, `stage.env`.
fn is_env_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "env" || name.starts_with(".env") || name.ends_with(".env")
}

/// How a known text is compared and shown.
pub(super) fn shape(rendered: RenderedText, path: &str) -> Shape {
    env_shape(&rendered, path).unwrap_or(Shape::Lines(rendered.secret_lines))
}

/// Keys of a rendered text, when it is a `.env` file by name and by content.
fn env_shape(rendered: &RenderedText, path: &str) -> Option<Shape> {
    let file = is_env_path(path).then(|| EnvFile::parse(&rendered.text)).filter(EnvFile::is_env)?;
    let secret = |lines: std::ops::Range<usize>| lines.clone().any(|i| rendered.secret_lines.get(i).is_some_and(Option::is_some));
    let mut entries: Vec<EnvEntry> = Vec::new();
    for (key, value, lines) in file.located_entries() {
        let value = if secret(lines) { Text::secret(value) } else { Text::plain(value) };
        match entries.iter_mut().find(|e| e.key == key) {
            Some(entry) => entry.value = value.with_sensitive(entry.value.is_sensitive()),
            None => entries.push(EnvEntry { key, value }),
        }
    }
    Some(Shape::Env { entries, complete: true })
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
