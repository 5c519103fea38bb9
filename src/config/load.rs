//! Loading everything below one root module.

use super::decode::{Decoded, Parsed, decode};
use super::environment::{Located, locate};
use super::folder::read_folder;
use super::model::Config;
use super::provider_check::check_providers;
use super::read::Reader;
use super::report::place;
use super::sources::{LocalOnly, ModuleRequest, ModuleSources};
use super::tree::Tree;
use crate::addr::ModulePath;
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::files::{Files, clean};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to load.
#[derive(Clone, Debug, Default)]
pub struct LoadRequest {
    /// `<env>` as typed: a folder under `environments/`, else a path; `None` is `.`.
    pub environment: Option<String>,
    /// Where the shell is (after `-chdir`), absolute.
    pub cwd: PathBuf,
}

/// A configuration, and the modules that have to be fetched before it is whole.
pub struct Loaded {
    /// What is there.
    pub config: Config,
    /// Calls that were answered with [`ModuleAnswer::Later`](super::ModuleAnswer::Later).
    pub wanted: Vec<ModuleRequest>,
}

/// [`load_with`] for trees that have local modules only.
pub fn load(request: &LoadRequest, files: &dyn Files, sources: Arc<SourceMap>, diags: &mut Diagnostics) -> Option<Config> {
    load_with(request, files, &LocalOnly, sources, diags).map(|l| l.config)
}

/// Loads the configuration: files, blocks, and the modules it calls.
///
/// Mistakes are reported, and loading goes on to find more of them; the result is there as soon as
/// a root module could be found, so check `diags` for errors before using it.
pub fn load_with(
    request: &LoadRequest,
    files: &dyn Files,
    modules: &dyn ModuleSources,
    sources: Arc<SourceMap>,
    diags: &mut Diagnostics,
) -> Option<Loaded> {
    let mut reader = Reader::new(files, &sources, &request.cwd);
    let located = match locate(request.environment.as_deref(), &reader) {
        Ok(located) => located,
        Err(e) => {
            diags.push(e);
            return None;
        }
    };
    let root = read_root(&located, &mut reader, diags)?;
    let mut config = Config {
        name: located.name,
        env_dir: located.env_dir,
        in_environments: located.in_environments,
        root_dir: root.dir,
        project_dir: located.project_dir,
        modules: BTreeMap::new(),
        environment: root.decoded.environment,
        apps: root.decoded.apps,
        file_hashes: BTreeMap::new(),
        sources: sources.clone(),
    };
    let mut tree = Tree::new(&mut config, reader, modules, diags);
    tree.add(root.decoded.module, None);
    let wanted = tree.finish();
    if wanted.is_empty() {
        check_providers(&config, diags);
    }
    Some(Loaded { config, wanted })
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
