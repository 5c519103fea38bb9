//! The process's environment, and the env files that win over it.

use super::{Collector, Raw, VariableRequest, envfile};
use crate::diag::Diagnostic;
use crate::files::clean;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

impl Collector<'_> {
    /// `TF_VAR_name`; what is not declared is ignored.
    pub(super) fn process_environment(&mut self, environ: &BTreeMap<String, String>) {
        for (key, value) in environ {
            if let Some(name) = key.strip_prefix("TF_VAR_").filter(|n| self.variable(n).is_some()) {
                self.set(name, Raw::Text(value.clone()), format!("{key} of the environment"));
            }
        }
    }

    /// The environment's own `*.env`, then what its block names, then `-env-file`; a file that is
    /// named twice counts where it is named last.
    pub(super) fn all_env_files(&mut self, request: &VariableRequest<'_>) -> Vec<PathBuf> {
        let mut all = Vec::new();
        if self.config.in_environments {
            let listed = self.reader.files.list(&self.config.env_dir).unwrap_or_default();
            all.extend(listed.into_iter().filter(|p| is_env_file(p) && self.reader.files.exists(p)));
        }
        let named = self.config.environment.iter().flat_map(|e| &e.env_files).map(|p| self.config.in_project(p));
        let given = request.env_files.iter().map(|p| clean(&request.cwd.join(p)));
        for path in named.chain(given) {
            all.retain(|p| *p != path);
            all.push(path);
        }
        all
    }

    pub(super) fn env_file(&mut self, path: &Path, environ: &BTreeMap<String, String>) {
        let Some(text) = self.reader.text(path, self.diags) else { return };
        let file = self.reader.shown(path);
        let (entries, problems) = envfile::parse(&text, environ);
        for problem in problems {
            self.diags.push(Diagnostic::error("Invalid line in env file", format!("{file}:{}: {}.", problem.line, problem.message)));
        }
        let mut unknown = Vec::new();
        for entry in entries {
            let origin = format!("{file}:{}", entry.line);
            if entry.name.starts_with("AWS_") {
                self.note_difference(&entry.name, &entry.value, &file, environ);
                self.credentials.insert(entry.name, entry.value);
                continue;
            }
            let name = entry.name.strip_prefix("TF_VAR_").unwrap_or(&entry.name).to_string();
            if self.variable(&name).is_some() {
                self.note_difference(&format!("TF_VAR_{name}"), &entry.value, &file, environ);
                self.set(&name, Raw::Text(entry.value), origin);
            } else if name == entry.name && !unknown.contains(&name) {
                unknown.push(name);
            }
        }
        self.undeclared_in(&file, &unknown);
    }

    fn note_difference(&mut self, key: &str, value: &str, file: &str, environ: &BTreeMap<String, String>) {
        if environ.get(key).is_some_and(|other| other != value) {
            self.diags.push(Diagnostic::warning(
                "Environment variable overridden",
                format!("{key} is set in the environment and, with another value, in {file}; the file's value is used."),
            ));
        }
    }

    /// One warning for all names of a file that are no variables.
    pub(super) fn undeclared_in(&mut self, file: &str, names: &[String]) {
        let Some(first) = names.first() else { return };
        let warning = Diagnostic::warning(
            "Value for undeclared variable",
            format!("{file} sets what the root module does not declare: {}.", names.join(", ")),
        );
        let near = crate::value::closest(first, self.declared()).filter(|_| names.len() == 1);
        self.diags.push(match near {
            Some(near) => warning.help(format!("Did you mean \"{near}\"?")),
            None => warning.help("Declare the variable, or remove the line."),
        });
    }
}

/// `*.env` as a shell expands it: hidden files are not meant.
fn is_env_file(path: &Path) -> bool {
    path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.ends_with(".env") && !n.starts_with('.'))
}
