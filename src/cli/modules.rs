//! Loading a configuration with the modules it calls, fetched where they are not here yet.

use super::args::{InputArgs, OrderedVar};
use super::project::{data_dir, disk, language_env, workspace};
use super::session::Session;
use crate::app::url_secrets;
use crate::config::{
    Config, EarlyValues, Given, LoadRequest, ModuleAnswer, ModuleRequest, ModuleSources, VariableRequest, collect_variables, load_with,
};
use crate::diag::{Diagnostic, Diagnostics};
use crate::fetch::{Entry, Key, Modules, Settings, secrets_of};
use std::cell::OnceCell;

/// Where fetched modules are kept, below the project.
pub const CACHE: &str = ".envctl/modules";

/// Calls of calls of calls: as deep as the loader goes, and one to see that nothing is left.
const ROUNDS: usize = 66;

/// What to do about modules that are not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetching {
    /// Leave them out: the command needs the root module only.
    Never,
    /// Fetch them.
    Missing,
    /// Fetch and lock every one, also those that `.terraform` has; `upgrade`: choose versions anew.
    Everything {
        /// Choose versions anew.
        upgrade: bool,
    },
}

/// A configuration with its modules.
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// What the calls of modules from elsewhere mean.
    pub chosen: Vec<(Key, Entry)>,
}

/// Loads a configuration; mistakes are reported in `diags`. `None`: no root module was found.
pub fn load(session: &Session, request: &LoadRequest, input: &InputArgs, fetching: Fetching, diags: &mut Diagnostics) -> Option<Loaded> {
    let sources = Sources { session, request, input, fetching, modules: OnceCell::new() };
    let mut rounds = 0;
    loop {
        rounds += 1;
        let mut own = Diagnostics::new();
        let loaded = load_with(request, disk().as_ref(), &sources, session.sources.clone(), &mut own);
        let Some(loaded) = loaded else {
            diags.extend(own);
            return None;
        };
        mask_repositories(session, &loaded.config);
        let modules = match fetching {
            Fetching::Everything { .. } => Some(sources.modules(&loaded.config)),
            _ => sources.modules.get().map(Result::as_ref),
        };
        let again = fetching != Fetching::Never && !loaded.wanted.is_empty() && rounds < ROUNDS;
        match modules {
            Some(Ok(modules)) if again => modules.fetch(&loaded.wanted, &|line| session.err(line)),
            found => {
                for request in loaded.wanted.iter().filter(|_| fetching != Fetching::Never) {
                    let detail = format!("{} was fetched and is not there. Is something removing {CACHE}?", request.path);
                    own.push(Diagnostic::error("Module not fetched", detail).at(request.source_span));
                }
                let chosen = found.map(|m| settle(m, fetching, &mut own)).unwrap_or_default();
                diags.extend(own);
                return Some(Loaded { config: loaded.config, chosen });
            }
        }
    }
}

/// Passwords in the URLs of applications are refused later; the line that is shown for that must not show them.
fn mask_repositories(session: &Session, config: &Config) {
    let sources = config.apps.iter().flat_map(|a| &a.block.body.blocks).filter(|b| b.kind.name.as_ref() == "source");
    for url in sources.filter_map(|b| b.body.attribute("git")) {
        url_secrets(&session.sources.slice(url.expr.span)).iter().for_each(|secret| session.redactor.add(secret));
    }
}

/// Writes the lock file at the end of loading.
fn settle(modules: Result<&Modules, &Diagnostic>, fetching: Fetching, diags: &mut Diagnostics) -> Vec<(Key, Entry)> {
    let modules = match modules {
        Ok(modules) if fetching != Fetching::Never => modules,
        // Where a call needs it, it was reported there.
        Err(error) if matches!(fetching, Fetching::Everything { .. }) && !diags.has_errors() => {
            diags.push(error.clone());
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    if let Err(error) = modules.finish(!diags.has_errors()) {
        // A checkout that cannot be written is no reason not to plan.
        let asked_for = matches!(fetching, Fetching::Everything { .. });
        diags.push(if asked_for { error } else { error.into_warning() });
    }
    modules.chosen()
}

/// The loader's questions, answered from lock file and cache.
struct Sources<'a> {
    session: &'a Session,
    request: &'a LoadRequest,
    input: &'a InputArgs,
    fetching: Fetching,
    /// Opened when the first module from elsewhere is met.
    modules: OnceCell<Result<Modules, Diagnostic>>,
}

impl Sources<'_> {
    fn modules(&self, config: &Config) -> Result<&Modules, &Diagnostic> {
        let opened = self.modules.get_or_init(|| {
            let opened = Modules::open(Settings {
                root_dir: config.root_dir.clone(),
                cache: config.project_dir.join(CACHE),
                data_dir: data_dir(self.session, &config.root_dir),
                env: self.session.env.clone(),
                upgrade: self.fetching == Fetching::Everything { upgrade: true },
                own: matches!(self.fetching, Fetching::Everything { .. }),
                objects: super::wire::objects(&self.session.env),
            });
            if let Ok(modules) = &opened {
                modules.secrets().for_each(|secret| self.session.redactor.add(secret));
            }
            opened
        });
        opened.as_ref()
    }
}

impl ModuleSources for Sources<'_> {
    fn find(&self, config: &Config, request: &ModuleRequest) -> ModuleAnswer {
        for secret in secrets_of(&request.source) {
            self.session.redactor.add(&secret);
        }
        let answer = match self.modules(config) {
            Ok(modules) => modules.find(request),
            Err(error) => ModuleAnswer::Refused(Box::new(error.clone())),
        };
        match answer {
            ModuleAnswer::Refused(_) if self.fetching == Fetching::Never => ModuleAnswer::Later,
            answer => answer,
        }
    }

    fn early_values(&self, config: &Config) -> EarlyValues {
        let given = given(self.input);
        let request =
            VariableRequest { cwd: &self.request.cwd, environ: &self.session.env, env_files: &self.input.env_file, given: &given };
        // What is wrong with them is reported where they are collected for the whole run.
        let mut variables = collect_variables(config, &request, disk().as_ref(), &mut Diagnostics::new()).values;
        variables.extend(self.input.settled.clone());
        EarlyValues {
            variables,
            workspace: workspace(self.session, &config.root_dir),
            env: language_env(self.session, &config.root_dir, disk()),
        }
    }
}

/// `-var` and `-var-file` in their order.
#[must_use]
pub fn given(input: &InputArgs) -> Vec<Given> {
    let one = |v: &OrderedVar| match v {
        OrderedVar::Value(text) => Given::Assignment(text.clone()),
        OrderedVar::File(path) => Given::File(path.into()),
    };
    input.ordered.iter().map(one).collect()
}
