//! What people gave for the root module's variables.
//!
//! The sources and their order are COMPAT.md's ("Variables") and CLI.md's (env files). Values of
//! sensitive variables never reach a message: not in its text, and not through a place whose line
//! would show them.

mod assign;
mod envfile;
mod files;
mod missing;
mod process;
#[cfg(test)]
mod tests;

use super::model::{Config, Variable};
use super::read::Reader;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::files::{Files, clean};
use crate::value::{Name, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where values may come from.
#[derive(Clone, Copy, Debug)]
pub struct VariableRequest<'a> {
    /// Where the shell is: paths on the command line start here.
    pub cwd: &'a Path,
    /// The process's environment.
    pub environ: &'a BTreeMap<String, String>,
    /// `-env-file`, in order.
    pub env_files: &'a [PathBuf],
    /// `-var` and `-var-file`, in order.
    pub given: &'a [Given],
}

/// A `-var` or `-var-file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `name=value`
    Assignment(String),
    /// A file of assignments.
    File(PathBuf),
}

/// The outcome: what every root variable is, and what came along.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// The value of each declared variable that has one, defaults included: converted, with
    /// sensitive and ephemeral ones marked (feed them to the redactor).
    pub values: BTreeMap<Name, Value>,
    /// Required ones without a value, in name order.
    pub missing: Vec<Name>,
    /// Where each value that is no default comes from: `-var`, `terraform.tfvars:3`.
    pub origins: BTreeMap<Name, String>,
    /// `AWS_*` of env files, for this run's credentials. They win over the process's environment.
    pub credentials: BTreeMap<String, String>,
    /// SHA-256 of the files that were read.
    pub file_hashes: BTreeMap<PathBuf, String>,
}

/// A value before its variable's type is applied.
enum Raw {
    /// Text of the environment or the command line.
    Text(String),
    /// A value of a file, with its place.
    Value(Value, Option<Span>),
    /// It could not be read, which is reported.
    Unreadable,
}

/// A value and where it was given.
struct Found {
    raw: Raw,
    origin: String,
}

struct Collector<'a> {
    config: &'a Config,
    reader: Reader<'a>,
    found: BTreeMap<Name, Found>,
    credentials: BTreeMap<String, String>,
    diags: &'a mut Diagnostics,
}

/// Collects the values of the root module's variables. What is wrong with one is reported, and the
/// others are read all the same; what is missing is only listed, see [`missing_variables`].
pub fn collect_variables(config: &Config, request: &VariableRequest<'_>, files: &dyn Files, diags: &mut Diagnostics) -> Variables {
    let reader = Reader::new(files, &config.sources, request.cwd);
    let mut collector = Collector { config, reader, found: BTreeMap::new(), credentials: BTreeMap::new(), diags };
    collector.process_environment(request.environ);
    for path in collector.all_env_files(request) {
        collector.env_file(&path, request.environ);
    }
    collector.automatic_files(&config.root_dir);
    if config.env_dir != config.root_dir {
        collector.automatic_files(&config.env_dir);
    }
    for path in config.environment.iter().flat_map(|e| &e.var_files) {
        collector.var_file(&config.in_project(path));
    }
    for given in request.given {
        match given {
            Given::Assignment(text) => collector.argument(text),
            Given::File(path) => collector.var_file(&clean(&request.cwd.join(path))),
        }
    }
    collector.finish()
}

impl Collector<'_> {
    fn variable(&self, name: &str) -> Option<&Variable> {
        self.config.root()?.variables.get(name)
    }

    fn is_sensitive(&self, name: &str) -> bool {
        self.variable(name).is_some_and(|v| v.sensitive)
    }

    fn any_sensitive(&self) -> bool {
        self.config.root().is_some_and(|m| m.variables.values().any(|v| v.sensitive))
    }

    fn declared(&self) -> Vec<&str> {
        self.config.root().map(|m| m.variables.keys().map(AsRef::as_ref).collect()).unwrap_or_default()
    }

    fn set(&mut self, name: &str, raw: Raw, origin: String) {
        self.found.insert(name.into(), Found { raw, origin });
    }

    /// `-var name=value`: a name that is not declared is an error.
    fn argument(&mut self, text: &str) {
        let Some((name, value)) = super::report::assignment(text) else {
            self.diags.push(
                Diagnostic::error("Invalid -var argument", "A -var argument has the form name=value.").help("Write: -var 'name=value'"),
            );
            return;
        };
        if self.variable(name).is_none() {
            let error = Diagnostic::error(
                "Value for undeclared variable",
                format!("-var sets \"{name}\", but the root module declares no such variable."),
            );
            self.diags.push(super::fields::suggest(error, name, self.declared()));
            return;
        }
        self.set(name, Raw::Text(value.into()), "-var".into());
    }
}

pub use missing::missing_variables;
