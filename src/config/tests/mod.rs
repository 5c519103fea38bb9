//! Tests of loading, on files in memory.

mod backends;
mod blocks;
mod encryption;
mod environments;
mod json;
mod modules;
mod providers;
mod types;

use super::{Config, LoadRequest, load};
use crate::diag::{Diagnostics, Severity, SourceMap};
use crate::files::MemFiles;
use std::sync::Arc;

/// A load and what was said about it.
pub(super) struct Loaded {
    pub config: Option<Config>,
    pub diags: Diagnostics,
    pub sources: Arc<SourceMap>,
    pub files: MemFiles,
}

/// Loads `environment` of a tree of files, with the shell in `/p`.
pub(super) fn load_env(environment: Option<&str>, tree: &[(&str, &str)]) -> Loaded {
    let files: MemFiles = tree.iter().map(|(path, text)| (format!("/p/{path}"), *text)).collect();
    let (sources, mut diags) = (SourceMap::new(), Diagnostics::new());
    let request = LoadRequest { environment: environment.map(str::to_string), cwd: "/p".into() };
    let config = load(&request, &files, sources.clone(), &mut diags);
    Loaded { config, diags, sources, files }
}

/// Loads the files as the root module in `/p`.
pub(super) fn load_tree(tree: &[(&str, &str)]) -> Loaded {
    load_env(None, tree)
}

/// Loads one file as the root module.
pub(super) fn load_text(text: &str) -> Loaded {
    load_tree(&[("main.tf", text)])
}

impl Loaded {
    /// Every diagnostic as `E summary @ file:line`; without a place as `E summary`.
    pub fn report(&self) -> Vec<String> {
        said(&self.diags, &self.sources)
    }

    /// The configuration of a load that said nothing.
    pub fn clean(self) -> Config {
        assert_eq!(self.report(), Vec::<String>::new(), "{:?}", self.diags);
        self.config.unwrap()
    }

    /// All details and helps as one text.
    pub fn words(&self) -> String {
        let all = self.diags.iter().map(|d| format!("{} {}\n", d.detail, d.help.as_deref().unwrap_or("")));
        all.collect()
    }
}

/// Diagnostics in short.
pub(super) fn said(diags: &Diagnostics, sources: &SourceMap) -> Vec<String> {
    let one = |d: &crate::diag::Diagnostic| {
        let sign = if d.severity == Severity::Error { "E" } else { "W" };
        let place = d.subject.map_or_else(String::new, |s| format!(" @ {}:{}", sources.name(s.file), sources.line_col(s).0));
        format!("{sign} {}{place}", d.summary)
    };
    diags.iter().map(one).collect()
}
