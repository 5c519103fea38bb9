//! Where the state lies: the `backend` block completed by `-backend-config`.

mod keys;
mod recorded;
mod remembered;
mod settings;

pub(super) use keys::keys_of;
pub use recorded::{backend_of, recorded_backend};
pub use remembered::{Remembered, findable, identity, recall, same_place};
pub(super) use settings::{settings_by, settings_of};

use super::model::{Backend, Config};
use super::read::Reader;
use super::report::assignment;
use crate::addr::ModulePath;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::files::{Files, clean};
use crate::syntax::parse_expression;
use crate::value::Value;
use std::path::Path;

/// The backend with everything that was given for it. Without a `backend` block that is `local`
/// with no settings.
///
/// `arguments` are those of `-backend-config`, in order: a file (relative to `cwd`) or `key=value`.
/// The environment's `backend_config` (relative to the project) comes before them. `None` when an
/// error is reported: an unknown key, a value that does not fit, a setting that is missing.
pub fn complete_backend(config: &Config, arguments: &[String], cwd: &Path, files: &dyn Files, diags: &mut Diagnostics) -> Option<Backend> {
    let environment = config.environment.as_ref().map_or(&[][..], |e| &e.backend_config);
    let local = Backend { kind: "local".into(), settings: std::collections::BTreeMap::new(), span: None };
    let Some(block) = config.modules.get(&ModulePath::root()).and_then(|m| m.backend.clone()) else {
        if !arguments.is_empty() || !environment.is_empty() {
            diags.push(
                Diagnostic::warning(
                    "Backend settings ignored",
                    "Settings for a backend were given, but the configuration has no backend block.",
                )
                .help("Add to the root module: terraform { backend \"s3\" {} }"),
            );
        }
        return Some(local);
    };
    keys_of(&block.kind)?;
    let before = diags.iter().filter(|d| d.is_error()).count();
    let mut completion = Completion { backend: block, reader: Reader::new(files, &config.sources, cwd), diags };
    for text in environment {
        completion.add(text, &config.project_dir);
    }
    for text in arguments {
        completion.add(text, cwd);
    }
    completion.check();
    let backend = completion.backend;
    (diags.iter().filter(|d| d.is_error()).count() == before).then_some(backend)
}

struct Completion<'a> {
    backend: Backend,
    reader: Reader<'a>,
    diags: &'a mut Diagnostics,
}

impl Completion<'_> {
    fn add(&mut self, text: &str, base: &Path) {
        match assignment(text) {
            Some((key, value)) => self.assign(key, value),
            None => {
                let path = clean(&base.join(text));
                if let Some(body) = self.reader.body(&path, self.diags) {
                    let settings = settings_of(&self.backend.kind, &body, self.diags);
                    self.backend.settings.extend(settings);
                }
            }
        }
    }

    fn assign(&mut self, key: &str, text: &str) {
        let kind = match keys::kind_of(&self.backend.kind, key) {
            Ok(kind) => kind,
            Err(e) => return self.diags.push(Diagnostic { detail: format!("{} It was given as -backend-config.", e.detail), ..e }),
        };
        let value = if kind.is_primitive() {
            Some(Value::string(text))
        } else {
            let file = self.reader.sources.add(format!("<-backend-config {key}>"), text);
            let expr = parse_expression(file, text, self.diags);
            super::constant::constant(&expr, self.diags)
        };
        match value.map(|v| kind.fit(key, &v)) {
            Some(Ok(value)) => {
                self.backend.settings.insert(key.into(), value);
            }
            Some(Err(e)) => self.diags.push(e),
            None => {}
        }
    }

    fn check(&mut self) {
        if self.backend.kind.as_ref() != "s3" {
            return;
        }
        let missing: Vec<&str> = ["bucket", "key"].into_iter().filter(|k| self.text(k).is_none_or(str::is_empty)).collect();
        if !missing.is_empty() {
            let flags: Vec<String> = missing.iter().map(|k| format!("-backend-config={k}=...")).collect();
            self.push(
                Diagnostic::error("Incomplete backend configuration", format!("The s3 backend needs: {}.", missing.join(", "))).help(
                    format!(
                        "Write it in the backend block, or give {}, or a file of such settings: -backend-config=FILE.",
                        flags.join(" ")
                    ),
                ),
            );
        }
        for key in ["key", "workspace_key_prefix"] {
            if self.text(key).is_some_and(|v| v.starts_with('/') || v.ends_with('/')) {
                self.push(Diagnostic::error("Invalid backend setting", format!("\"{key}\" may not begin or end with a slash.")));
            }
        }
        if self.text("kms_key_id").is_some() && self.text("sse_customer_key").is_some() {
            self.push(Diagnostic::error("Invalid backend settings", "Only one of \"kms_key_id\" and \"sse_customer_key\" can be used."));
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.backend.settings.get(key).and_then(Value::as_str)
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        let span: Option<Span> = self.backend.span;
        self.diags.push(diagnostic.or_at(span));
    }
}
