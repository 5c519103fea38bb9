//! The contract with whatever knows the folders of modules that lie elsewhere.
//!
//! Loading stays pure: it asks where a module is, and gets a folder, a refusal, or "later" - then
//! the caller fetches everything that was asked for at once, and loads again.

use super::model::Config;
use crate::addr::ModulePath;
use crate::diag::{Diagnostic, Span};
use crate::files::MemFiles;
use crate::lang::CallEnv;
use crate::value::{Name, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A call whose source is not a local path.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleRequest {
    /// Where the module will be in the tree.
    pub path: ModulePath,
    /// `source`, evaluated.
    pub source: String,
    /// `version`, evaluated.
    pub version: Option<String>,
    /// Where the source is written.
    pub source_span: Span,
    /// Where the version is written.
    pub version_span: Option<Span>,
    /// The call's header.
    pub call_span: Span,
}

/// Where a fetched module lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFolder {
    /// The module's own folder.
    pub dir: PathBuf,
    /// The package it came in: local calls of its modules stay inside.
    pub package: PathBuf,
}

/// What is known about a module that lies elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub enum ModuleAnswer {
    /// It is here.
    Folder(ModuleFolder),
    /// It has to be fetched first.
    Later,
    /// It cannot be had; why.
    Refused(Box<Diagnostic>),
}

/// What `source` and `version` may refer to: they are needed before anything is planned.
pub struct EarlyValues {
    /// Values of the root module's variables, defaults included.
    pub variables: BTreeMap<Name, Value>,
    /// `terraform.workspace`
    pub workspace: String,
    /// Files and functions.
    pub env: CallEnv,
}

/// Knows the folders of modules that lie elsewhere.
pub trait ModuleSources {
    /// Where the module of a call is. `config` holds the modules that were met so far.
    fn find(&self, config: &Config, request: &ModuleRequest) -> ModuleAnswer;

    /// What expressions in `source` and `version` may use. Asked for at most once a load, and only where a source is not a constant.
    fn early_values(&self, config: &Config) -> EarlyValues;
}

/// Knows none: for trees that have local modules only.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalOnly;

impl ModuleSources for LocalOnly {
    fn find(&self, _config: &Config, request: &ModuleRequest) -> ModuleAnswer {
        let detail = format!("{} has the source \"{}\", and nothing is fetched here.", request.path, request.source);
        ModuleAnswer::Refused(Box::new(
            Diagnostic::error("Module not fetched", detail).at(request.source_span).help("A local source starts with ./ or ../."),
        ))
    }

    fn early_values(&self, config: &Config) -> EarlyValues {
        let defaults = config.root().into_iter().flat_map(|m| &m.variables);
        EarlyValues {
            variables: defaults.filter_map(|(n, v)| Some((n.clone(), v.default.clone()?))).collect(),
            workspace: "default".into(),
            env: CallEnv::new(config.root_dir.clone(), Arc::new(MemFiles::new()), config.sources.clone()),
        }
    }
}
