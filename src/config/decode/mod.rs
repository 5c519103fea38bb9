//! From the syntax trees of one folder to a [`Module`]: every block type has its file here.

mod backend;
mod call;
mod check;
mod lifecycle;
mod output;
mod own;
mod provider;
mod provision;
mod refs;
mod resource;
mod retire;
mod terraform;
mod variable;

pub(super) use call::passed_providers;
pub(super) use lifecycle::check_rules;
pub(super) use refs::reference_list;

use super::fields::suggest;
use super::model::{App, Environment, Module};
use super::report::is_identifier;
use crate::addr::ModulePath;
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::syntax::{Block, Body, Ident};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// One file of a module folder.
pub(super) struct Parsed {
    /// Its tree.
    pub body: Body,
    /// A `.hcl` file: `tofu` does not read it.
    pub hcl: bool,
}

/// What the blocks of a folder amount to.
pub(super) struct Decoded {
    /// OpenTofu's blocks.
    pub module: Module,
    /// Our `environment` block.
    pub environment: Option<Environment>,
    /// Our `app` blocks.
    pub apps: Vec<App>,
}

/// Decodes the files of one module.
pub(super) fn decode(path: ModulePath, dir: PathBuf, files: &[Parsed], sources: &SourceMap, diags: &mut Diagnostics) -> Decoded {
    let mut decoder = Decoder { out: empty(path, dir), sources, diags };
    for file in files {
        for block in file.body.blocks_of("terraform") {
            decoder.terraform(block);
        }
    }
    for file in files {
        decoder.file(file);
    }
    decoder.out
}

fn empty(path: ModulePath, dir: PathBuf) -> Decoded {
    let module = Module {
        path,
        dir,
        variables: BTreeMap::new(),
        locals: BTreeMap::new(),
        outputs: BTreeMap::new(),
        resources: BTreeMap::new(),
        calls: BTreeMap::new(),
        providers: BTreeMap::new(),
        required_providers: BTreeMap::new(),
        configuration_aliases: Vec::new(),
        backend: None,
        early_backend: None,
        backend_is_computed: false,
        encryption: None,
        moved: Vec::new(),
        imports: Vec::new(),
        removed: Vec::new(),
        checks: BTreeMap::new(),
        in_hcl: Vec::new(),
    };
    Decoded { module, environment: None, apps: Vec::new() }
}

const BLOCK_TYPES: [&str; 15] = [
    "terraform",
    "provider",
    "variable",
    "locals",
    "output",
    "resource",
    "data",
    "ephemeral",
    "module",
    "moved",
    "removed",
    "import",
    "check",
    "environment",
    "app",
];

struct Decoder<'a> {
    out: Decoded,
    sources: &'a SourceMap,
    diags: &'a mut Diagnostics,
}

impl Decoder<'_> {
    fn file(&mut self, file: &Parsed) {
        for attr in &file.body.attributes {
            self.diags.push(
                Diagnostic::error(
                    "Unsupported argument",
                    format!("An argument named \"{}\" is not expected outside of a block.", attr.name.name),
                )
                .at(attr.name.span)
                .help("Values of variables belong into a .tfvars file, named values into a locals block."),
            );
        }
        for block in &file.body.blocks {
            self.block(block);
            if file.hcl {
                self.invisible_to_tofu(block);
            }
        }
    }

    fn block(&mut self, block: &Block) {
        match block.kind.name.as_ref() {
            "terraform" => {}
            "provider" => self.provider(block),
            "variable" => self.variable(block),
            "locals" => self.locals(block),
            "output" => self.output(block),
            "resource" | "data" | "ephemeral" => self.resource(block),
            "module" => self.call(block),
            "moved" => self.moved(block),
            "environment" => self.environment(block),
            "app" => self.app(block),
            "check" => self.check(block),
            "import" => self.import(block),
            "removed" => self.removed(block),
            kind => {
                let error = Diagnostic::error("Unsupported block type", format!("There is no block type \"{kind}\"."));
                self.diags.push(suggest(error, kind, BLOCK_TYPES).at(block.header));
            }
        }
    }

    /// Labels in the number a block type has; a wrong number or a name that is none is reported.
    fn labels<const N: usize>(&mut self, block: &Block, meaning: [&str; N]) -> Option<[Ident; N]> {
        let kind = &block.kind.name;
        let Ok(labels) = <[Ident; N]>::try_from(block.labels.clone()) else {
            let names = meaning.map(|m| format!("\"{m}\"")).join(" ");
            let detail = if block.labels.len() < N {
                format!("A {kind} block needs {N} label(s), not {}.", block.labels.len())
            } else {
                format!("A {kind} block has {N} label(s), not {}.", block.labels.len())
            };
            let sep = if N == 0 { "" } else { " " };
            self.diags.push(
                Diagnostic::error("Wrong number of labels", detail).at(block.header).help(format!("Write: {kind}{sep}{names} {{ ... }}")),
            );
            return None;
        };
        for label in &labels {
            if !is_identifier(&label.name) {
                self.diags.push(
                    Diagnostic::error("Invalid name", format!("\"{}\" is not a valid name.", label.name))
                        .at(label.span)
                        .help("A name starts with a letter or underscore; letters, digits, underscores and dashes may follow."),
                );
                return None;
            }
        }
        Some(labels)
    }

    fn invisible_to_tofu(&mut self, block: &Block) {
        if matches!(block.kind.name.as_ref(), "resource" | "data" | "module" | "output") {
            let labels = block.labels.iter().map(|l| format!(" \"{}\"", l.name));
            let text = std::iter::once(block.kind.name.to_string()).chain(labels).collect();
            self.out.module.in_hcl.push((text, block.header));
        }
    }

    fn is_root(&self) -> bool {
        self.out.module.path.is_root()
    }

    /// Inserts into a map of the module, or reports the second declaration of a name.
    fn unique<T>(
        &mut self,
        what: &str,
        name: &Ident,
        (item, span): (T, crate::diag::Span),
        map: fn(&mut Module) -> &mut BTreeMap<Arc<str>, T>,
        span_of: fn(&T) -> crate::diag::Span,
    ) {
        let map = map(&mut self.out.module);
        if let Some(first) = map.get(&name.name) {
            self.diags.push(super::report::duplicate(what, &name.name, span_of(first), span, self.sources));
            return;
        }
        map.insert(name.name.clone(), item);
    }
}
