//! The tree of modules below the root: every call is followed to a folder, and that is read.

use super::backend::settings_by;
use super::decode::{Parsed, decode};
use super::early::{early_setting, early_text};
use super::fields::suggest;
use super::folder::read_folder;
use super::model::{Config, Module};
use super::read::Reader;
use super::sources::{EarlyValues, ModuleAnswer, ModuleFolder, ModuleRequest, ModuleSources};
use crate::addr::ModulePath;
use crate::diag::{Diagnostic, Diagnostics};
use crate::files::clean;
use crate::syntax::{Expr, ExprKind};
use crate::value::Name;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Deeper nesting of modules than this is taken for a mistake.
const MAX_DEPTH: usize = 64;

/// A tree that grows.
pub(super) struct Tree<'a, 'd> {
    config: &'d mut Config,
    reader: Reader<'a>,
    sources: &'a dyn ModuleSources,
    /// Asked for when the first source that is not a constant is met.
    early: Option<EarlyValues>,
    /// Each folder is read once, however often it is called.
    folders: BTreeMap<PathBuf, Rc<Vec<Parsed>>>,
    /// The folders that lead to the module that is being followed.
    above: Vec<PathBuf>,
    wanted: Vec<ModuleRequest>,
    diags: &'d mut Diagnostics,
}

/// One call, its expressions evaluated.
struct Followed {
    request: ModuleRequest,
    /// Folder of the module that calls.
    from: PathBuf,
}

impl<'a, 'd> Tree<'a, 'd> {
    pub fn new(config: &'d mut Config, reader: Reader<'a>, sources: &'a dyn ModuleSources, diags: &'d mut Diagnostics) -> Self {
        let (folders, above, wanted) = (BTreeMap::new(), Vec::new(), Vec::new());
        Tree { config, reader, sources, early: None, folders, above, wanted, diags }
    }

    /// Ends the growing: what has to be fetched before the tree is whole.
    pub fn finish(self) -> Vec<ModuleRequest> {
        self.config.file_hashes = self.reader.hashes;
        self.wanted
    }

    /// Adds a module and everything it calls. `package`: what was fetched and holds the module.
    pub fn add(&mut self, module: Module, package: Option<&Path>) {
        let path = module.path.clone();
        let names: Vec<Name> = module.calls.keys().cloned().collect();
        self.above.push(module.dir.clone());
        self.config.modules.insert(path.clone(), module);
        self.backend(&path);
        for name in names {
            let Some(call) = self.evaluated(&path, &name) else { continue };
            if let Some(found) = self.folder_of(&call, package)
                && let Some(files) = self.folder(&found.dir, &call.request)
            {
                let child = decode(call.request.path, found.dir, &files, self.reader.sources, self.diags);
                let package = Some(found.package.as_path()).filter(|p| !p.as_os_str().is_empty());
                self.add(child.module, package);
            }
        }
        self.above.pop();
    }

    /// Evaluates what the backend takes from variables and locals.
    fn backend(&mut self, path: &ModulePath) {
        let Some(body) = self.config.modules.get_mut(path).and_then(|m| m.early_backend.take()) else { return };
        let Some(kind) = self.config.modules.get(path).and_then(|m| m.backend.as_ref()).map(|b| b.kind.clone()) else { return };
        if self.early.is_none() {
            self.early = Some(self.sources.early_values(self.config));
        }
        let (config, Some(early)) = (&*self.config, self.early.as_ref()) else { return };
        let settings = settings_by(&kind, &body, &|expr, diags| early_setting(expr, config, early, diags), self.diags);
        let Some(module) = self.config.modules.get_mut(path) else { return };
        module.backend_is_computed = true;
        if let Some(backend) = &mut module.backend {
            backend.settings.extend(settings);
        }
    }

    /// Evaluates `source` and `version` of a call and keeps them in it.
    fn evaluated(&mut self, path: &ModulePath, name: &Name) -> Option<Followed> {
        let module = self.config.modules.get(path)?;
        let call = module.calls.get(name)?;
        let (source_expr, version_expr) = (call.source_expr.clone(), call.version_expr.clone());
        let (call_span, from) = (call.span, module.dir.clone());
        let source = self.text(&source_expr, "source", path)?;
        let version = match &version_expr {
            Some(expr) => Some(self.text(expr, "version", path)?),
            None => None,
        };
        if let Some(call) = self.config.modules.get_mut(path).and_then(|m| m.calls.get_mut(name)) {
            call.source.clone_from(&source);
            call.version.clone_from(&version);
        }
        let request = ModuleRequest {
            path: path.child(name),
            source,
            version,
            source_span: source_expr.span,
            version_span: version_expr.map(|e| e.span),
            call_span,
        };
        Some(Followed { request, from })
    }

    fn text(&mut self, expr: &Expr, what: &str, module: &ModulePath) -> Option<String> {
        if let Some(text) = expr.literal_str() {
            return Some(text.to_string());
        }
        if matches!(&*expr.kind, ExprKind::Invalid) {
            return None;
        }
        if self.early.is_none() {
            self.early = Some(self.sources.early_values(self.config));
        }
        let early = self.early.as_ref()?;
        early_text(expr, what, self.config, early, module, self.diags)
    }

    /// The folder a call leads to; what is wrong with it is reported at the source.
    fn folder_of(&mut self, call: &Followed, package: Option<&Path>) -> Option<ModuleFolder> {
        let request = &call.request;
        let found = if is_local(&request.source) {
            self.local(call, package)?
        } else {
            match self.sources.find(self.config, request) {
                ModuleAnswer::Folder(folder) => folder,
                ModuleAnswer::Later => {
                    self.wanted.push(request.clone());
                    return None;
                }
                ModuleAnswer::Refused(error) => {
                    self.diags.push(error.or_at(Some(request.source_span)).within(request.call_span));
                    return None;
                }
            }
        };
        self.no_cycle(request, &found.dir)?;
        if !self.reader.files.is_dir(&found.dir) {
            let error = self.missing_folder(request, &found.dir);
            self.diags.push(error);
            return None;
        }
        Some(found)
    }

    fn local(&mut self, call: &Followed, package: Option<&Path>) -> Option<ModuleFolder> {
        let request = &call.request;
        if let Some(span) = request.version_span {
            self.diags.push(
                Diagnostic::error("Invalid version argument", "A module in a local folder has no versions.")
                    .at(span)
                    .help("Remove the version argument."),
            );
        }
        let dir = clean(&call.from.join(&request.source));
        if let Some(package) = package.filter(|p| !dir.starts_with(p)) {
            let detail = format!(
                "{} was fetched as a package, and its call of \"{}\" leads out of that package ({}).",
                request.path.parent().unwrap_or_default(),
                request.source,
                self.reader.shown(package)
            );
            self.diags.push(
                Diagnostic::error("Local source leaves its package", detail).at(request.source_span).within(request.call_span).help(
                    "Fetch more of the repository: put // in front of the sub-folder in the outer source, as in repository//sub-folder.",
                ),
            );
            return None;
        }
        Some(ModuleFolder { dir, package: package.map(Path::to_path_buf).unwrap_or_default() })
    }

    /// Whether the chain of calls may go on to this folder.
    fn no_cycle(&mut self, request: &ModuleRequest, dir: &Path) -> Option<()> {
        let error = if let Some(start) = self.above.iter().position(|d| d == dir) {
            let chain: Vec<String> =
                self.above.iter().skip(start).map(PathBuf::as_path).chain([dir]).map(|d| self.reader.shown(d)).collect();
            let detail = match chain.as_slice() {
                [_, _] => format!("The module calls itself: \"{}\" is its own folder.", request.source),
                _ => format!("The module calls itself by way of others: {}.", chain.join(" -> ")),
            };
            Diagnostic::error("Cycle of module calls", detail)
                .within(request.call_span)
                .help("Remove this call, or move what both need into a third module.")
        } else if self.above.len() >= MAX_DEPTH {
            Diagnostic::error("Modules nested too deeply", format!("More than {MAX_DEPTH} modules call one another."))
        } else {
            return Some(());
        };
        self.diags.push(error.at(request.source_span));
        None
    }

    fn missing_folder(&self, request: &ModuleRequest, dir: &Path) -> Diagnostic {
        let error = Diagnostic::error(
            "Module not found",
            format!("{} has the source \"{}\", but there is no folder {}.", request.path, request.source, self.reader.shown(dir)),
        )
        .at(request.source_span)
        .within(request.call_span);
        let siblings = dir.parent().and_then(|p| self.reader.files.list(p).ok()).unwrap_or_default();
        let folders = siblings.iter().filter(|p| self.reader.files.is_dir(p));
        let names: Vec<&str> = folders.filter_map(|p| p.file_name()?.to_str()).collect();
        let wanted = dir.file_name().and_then(|n| n.to_str()).unwrap_or("");
        suggest(error.help("The path starts at the folder of the file that calls."), wanted, names)
    }

    fn folder(&mut self, dir: &Path, request: &ModuleRequest) -> Option<Rc<Vec<Parsed>>> {
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
                .at(request.source_span)
                .within(request.call_span),
            );
            return None;
        }
        self.folders.insert(dir.to_path_buf(), files.clone());
        Some(files)
    }
}

/// Whether a source is a path beside the calling module.
fn is_local(source: &str) -> bool {
    source == "." || source == ".." || source.starts_with("./") || source.starts_with("../")
}
