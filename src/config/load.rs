//! Loading everything below one root module.

use super::decode::{Decoded, Parsed, decode};
use super::environment::{Located, locate};
use super::fields::suggest;
use super::folder::read_folder;
use super::model::{Config, Module, ModuleCall};
use super::provider_check::check_providers;
use super::read::Reader;
use super::report::place;
use crate::addr::ModulePath;
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::files::{Files, clean};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// What to load.
#[derive(Clone, Debug, Default)]
pub struct LoadRequest {
    /// `<env>` as typed: a folder under `environments/`, else a path; `None` is `.`.
    pub environment: Option<String>,
    /// Where the shell is (after `-chdir`), absolute.
    pub cwd: PathBuf,
}

/// Deeper nesting of modules than this is taken for a mistake.
const MAX_DEPTH: usize = 64;

/// Loads the configuration: files, blocks, and the modules it calls.
///
/// Mistakes are reported, and loading goes on to find more of them; the result is there as soon as
/// a root module could be found, so check `diags` for errors before using it.
pub fn load(request: &LoadRequest, files: &dyn Files, sources: Arc<SourceMap>, diags: &mut Diagnostics) -> Option<Config> {
    let mut reader = Reader::new(files, &sources, &request.cwd);
    let located = match locate(request.environment.as_deref(), &reader) {
        Ok(located) => located,
        Err(e) => {
            diags.push(e);
            return None;
        }
    };
    let root = read_root(&located, &mut reader, diags)?;
    let mut tree = Tree { reader, folders: BTreeMap::new(), modules: BTreeMap::new(), diags };
    tree.add(root.decoded.module, &mut Vec::new());
    let Tree { reader, modules, .. } = tree;
    let config = Config {
        name: located.name,
        env_dir: located.env_dir,
        in_environments: located.in_environments,
        root_dir: root.dir,
        project_dir: located.project_dir,
        modules,
        environment: root.decoded.environment,
        apps: root.decoded.apps,
        file_hashes: reader.hashes,
        sources: sources.clone(),
    };
    check_providers(&config, diags);
    Some(config)
}

struct Root {
    dir: PathBuf,
    decoded: Decoded,
}

/// Reads the environment's folder and, where its `environment` block names another `root`, that.
fn read_root(located: &Located, reader: &mut Reader<'_>, diags: &mut Diagnostics) -> Option<Root> {
    let dir = located.env_dir.clone();
    let files = read_folder(&dir, located.in_environments, reader, diags);
    if files.is_empty() {
        if !diags.has_errors() {
            let shown = reader.shown(&dir);
            let error = Diagnostic::error("No configuration files", format!("The folder {shown} holds no configuration files."));
            diags.push(error.help("A root module is made of *.tf, *.tofu or envctl.hcl files."));
        }
        return None;
    }
    let decoded = decode(ModulePath::root(), dir.clone(), &files, reader.sources, diags);
    let named = decoded.environment.as_ref().and_then(|e| Some((e.root.clone()?, e.span)));
    let Some((root, span)) = named else { return Some(Root { dir, decoded }) };
    let root_dir = clean(&located.project_dir.join(&root));
    if root_dir == dir {
        return Some(Root { dir, decoded });
    }
    if !reader.files.is_dir(&root_dir) {
        let error = Diagnostic::error(
            "Root module not found",
            format!("The environment block names the root \"{}\", but there is no folder {}.", root.display(), reader.shown(&root_dir)),
        );
        diags.push(error.or_at(span).help("The path starts at the project's folder, the one that holds environments/."));
        return None;
    }
    only_own_blocks(&files, diags);
    other_root(located, &root_dir, decoded, reader, diags)
}

/// Merges the root module named by an environment with the environment's own blocks.
fn other_root(located: &Located, dir: &Path, own: Decoded, reader: &mut Reader<'_>, diags: &mut Diagnostics) -> Option<Root> {
    let in_environments = dir.parent() == Some(located.project_dir.join("environments").as_path());
    let files = read_folder(dir, in_environments, reader, diags);
    let mut decoded = decode(ModulePath::root(), dir.to_path_buf(), &files, reader.sources, diags);
    if let Some(span) = decoded.environment.as_ref().and_then(|e| e.span) {
        let first = own.environment.as_ref().and_then(|e| e.span).map_or_else(String::new, |s| place(reader.sources, s));
        diags.push(
            Diagnostic::error(
                "Duplicate environment block",
                format!("The environment is described at {first} already, which names this folder as its root."),
            )
            .at(span),
        );
    }
    decoded.environment = own.environment;
    for app in own.apps {
        match decoded.apps.iter().find(|a| a.name == app.name) {
            Some(first) => {
                diags.push(super::report::duplicate("app", &app.name, first.block.header, app.block.header, reader.sources));
            }
            None => decoded.apps.push(app),
        }
    }
    Some(Root { dir: dir.to_path_buf(), decoded })
}

fn only_own_blocks(files: &[Parsed], diags: &mut Diagnostics) {
    let foreign = files.iter().flat_map(|f| &f.body.blocks).filter(|b| !matches!(b.kind.name.as_ref(), "environment" | "app"));
    for block in foreign {
        diags.push(
            Diagnostic::error(
                format!("Misplaced {} block", block.kind.name),
                "The environment names another folder as its root module, so this folder may hold environment and app blocks only.",
            )
            .at(block.header)
            .help("Move the block into the root module, or remove \"root\" from the environment block."),
        );
    }
}

struct Tree<'a, 'd> {
    reader: Reader<'a>,
    /// Each folder is read once, however often it is called.
    folders: BTreeMap<PathBuf, Rc<Vec<Parsed>>>,
    modules: BTreeMap<ModulePath, Module>,
    diags: &'d mut Diagnostics,
}

impl Tree<'_, '_> {
    /// Adds a module and everything it calls; `above` are the folders that lead to it.
    fn add(&mut self, module: Module, above: &mut Vec<PathBuf>) {
        above.push(module.dir.clone());
        for call in module.calls.values() {
            if let Some(dir) = self.folder_of(call, &module.dir, above)
                && let Some(files) = self.folder(&dir, call)
            {
                let path = module.path.child(&call.name);
                let child = decode(path, dir, &files, self.reader.sources, self.diags);
                self.add(child.module, above);
            }
        }
        above.pop();
        self.modules.insert(module.path.clone(), module);
    }

    /// The folder a call leads to; what is wrong with it is reported at the source.
    fn folder_of(&mut self, call: &ModuleCall, from: &Path, above: &[PathBuf]) -> Option<PathBuf> {
        if !is_local(&call.source) {
            self.diags.push(remote_source(call));
            return None;
        }
        let dir = clean(&from.join(&call.source));
        if let Some(start) = above.iter().position(|d| *d == dir) {
            let chain: Vec<String> = above.iter().skip(start).chain([&dir]).map(|d| self.reader.shown(d)).collect();
            self.diags.push(
                Diagnostic::error("Cycle of module calls", format!("The module calls itself: {}.", chain.join(" -> ")))
                    .at(call.source_span)
                    .within(call.span)
                    .help("Remove this call, or move what both need into a third module."),
            );
            return None;
        }
        if above.len() >= MAX_DEPTH {
            self.diags.push(
                Diagnostic::error("Modules nested too deeply", format!("More than {MAX_DEPTH} modules call one another."))
                    .at(call.source_span),
            );
            return None;
        }
        if !self.reader.files.is_dir(&dir) {
            let error = self.missing_folder(call, &dir);
            self.diags.push(error);
            return None;
        }
        Some(dir)
    }

    fn missing_folder(&self, call: &ModuleCall, dir: &Path) -> Diagnostic {
        let error = Diagnostic::error(
            "Module not found",
            format!("module.{} has the source \"{}\", but there is no folder {}.", call.name, call.source, self.reader.shown(dir)),
        )
        .at(call.source_span)
        .within(call.span);
        let siblings = dir.parent().and_then(|p| self.reader.files.list(p).ok()).unwrap_or_default();
        let folders = siblings.iter().filter(|p| self.reader.files.is_dir(p));
        let names: Vec<&str> = folders.filter_map(|p| p.file_name()?.to_str()).collect();
        let wanted = dir.file_name().and_then(|n| n.to_str()).unwrap_or("");
        suggest(error.help("The path starts at the folder of the file that calls."), wanted, names)
    }

    fn folder(&mut self, dir: &Path, call: &ModuleCall) -> Option<Rc<Vec<Parsed>>> {
        if let Some(files) = self.folders.get(dir) {
            return Some(files.clone());
        }
        let errors = self.diags.len();
        let files = Rc::new(read_folder(dir, false, &mut self.reader, self.diags));
        if files.is_empty() && self.diags.len() == errors {
            self.diags.push(
                Diagnostic::error(
                    "No configuration files",
                    format!("The folder {} holds no *.tf or *.tofu files.", self.reader.shown(dir)),
                )
                .at(call.source_span)
                .within(call.span),
            );
            return None;
        }
        self.folders.insert(dir.to_path_buf(), files.clone());
        Some(files)
    }
}

fn is_local(source: &str) -> bool {
    source == "." || source == ".." || source.starts_with("./") || source.starts_with("../")
}

fn remote_source(call: &ModuleCall) -> Diagnostic {
    Diagnostic::error(
        "Module source not supported yet",
        format!("module.{} has the source \"{}\"; envctl reads modules from local folders only so far.", call.name, call.source),
    )
    .at(call.source_span)
    .within(call.span)
    .help("Copy the module into the project and name its folder: source = \"../../modules/name\". A local source starts with ./ or ../.")
}
