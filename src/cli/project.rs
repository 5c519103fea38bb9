//! An environment, loaded: configuration, variables, backend, store.

use super::args::{EnvArgs, InputArgs};
use super::backends;
use super::modules::{Fetching, given, load};
use super::session::Session;
use super::wire::{Edges, random};
use crate::config::{
    Backend, Config, Given, LoadRequest, SealMethod, VariableRequest, Variables, collect_variables, complete_backend, missing_variables,
};
use crate::deploy::RunSecrets;
use crate::diag::{Diagnostic, Diagnostics};
use crate::disk::DiskFiles;
use crate::files::Files;
use crate::lang::CallEnv;
use crate::state::seal::Sealer;
use crate::store::{SealedStore, Seals, StateStore};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A loaded environment.
pub struct Project {
    /// The configuration.
    pub config: Arc<Config>,
    /// Root variables and the credentials that came with them.
    pub variables: Variables,
    /// Where the state lies.
    pub backend: Backend,
    /// `-backend-config` or a variable chooses it, now or in an earlier run: one folder for several states.
    pub backend_is_chosen: bool,
    /// The workspace.
    pub workspace: String,
    /// Providers and stores of this run.
    pub edges: Edges,
    /// The disk.
    pub files: Arc<dyn Files>,
    /// Encrypts the state, the journal and the records; `None`: nothing says so.
    pub state_sealer: Option<Arc<Seals>>,
    /// Encrypts saved plans.
    pub plan_sealer: Option<Arc<Seals>>,
    /// Secrets of applications.
    pub secrets: RunSecrets,
    /// When this run (or the one that made the saved plan) planned: `plantimestamp()`.
    pub planned_at: jiff::Timestamp,
}

/// How much of an environment a command needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The root module's blocks and the backend; missing variables and modules do not matter.
    Backend,
    /// All modules too.
    Modules,
    /// All modules, and values of all variables.
    Variables,
    /// All modules, fetched and locked; `upgrade`: their versions chosen anew.
    Renewed {
        /// Choose versions anew.
        upgrade: bool,
    },
}

impl Need {
    fn fetching(self) -> Fetching {
        match self {
            Need::Backend => Fetching::Never,
            Need::Modules | Need::Variables => Fetching::Missing,
            Need::Renewed { upgrade } => Fetching::Everything { upgrade },
        }
    }
}

/// The disk as the language sees it.
pub fn disk() -> Arc<dyn Files> {
    Arc::new(DiskFiles)
}

/// Loads an environment. The process then stands in the root module's folder, where relative
/// paths of the configuration start.
///
/// # Errors
/// Everything that is wrong with the configuration, the variables or the backend's settings.
pub fn open(session: &Session, env: Option<&str>, input: &InputArgs, need: Need) -> Result<Project, Diagnostics> {
    open_with(session, env, input, need, None)
}

/// [`open`] with a backend that is settled already (a saved plan's).
///
/// # Errors
/// As [`open`].
pub fn open_with(
    session: &Session,
    env: Option<&str>,
    input: &InputArgs,
    need: Need,
    settled: Option<Backend>,
) -> Result<Project, Diagnostics> {
    session.compact(input.compact_warnings);
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let files = disk();
    let mut diags = Diagnostics::new();
    let request = LoadRequest { environment: env.map(str::to_string), cwd: cwd.clone() };
    let Some(loaded) = load(session, &request, input, need.fetching(), &mut diags) else { return Err(diags) };
    let config = loaded.config;
    let variables = variables(session, &config, input, &cwd, files.as_ref(), need, &mut diags);
    let has_settled = settled.is_some();
    let backend = match settled {
        Some(backend) => Some(backend),
        None => backend_of(&config, input, &cwd, files.as_ref(), &mut diags),
    };
    let backend_is_chosen = has_settled || is_chosen(&config, input);
    let call_env = language_env(session, &config.root_dir, files.clone());
    let given = session.env.get("TF_ENCRYPTION").map(String::as_str);
    let encryption = crate::config::encryption(&config, &variables.values, &call_env, given, &mut diags).unwrap_or_default();
    encryption.secrets().for_each(|secret| session.redactor.add(secret));
    let Some(backend) = backend.filter(|_| !diags.has_errors()) else { return Err(diags) };
    session.report(&diags);
    enter(&config.root_dir)?;
    let mut environment = session.env.clone();
    environment.extend(variables.credentials.clone());
    lock_settings(&config, &mut environment);
    let edges = Edges::new(config.root_dir.clone(), environment);
    let seals = |methods: Option<Vec<SealMethod>>| methods.map(|m| Arc::new(Seals::new(Sealer::new(m, random), edges.keys())));
    let (state_sealer, plan_sealer) = (seals(encryption.state), seals(encryption.plan));
    edges.seal_remote(encryption.remote);
    let workspace = workspace(session, &config.root_dir);
    super::workspace::checked(&workspace)?;
    let planned_at = crate::clock::Clock::now(&crate::clock::SystemClock);
    let secrets = RunSecrets::new(Arc::new(edges.secrets(&config.project_dir)));
    Ok(Project {
        config: Arc::new(config),
        variables,
        backend,
        backend_is_chosen,
        workspace,
        edges,
        files,
        state_sealer,
        plan_sealer,
        secrets,
        planned_at,
    })
}

/// The backend as written, completed by `-backend-config` or by what was given before.
fn backend_of(config: &Config, input: &InputArgs, cwd: &Path, files: &dyn Files, diags: &mut Diagnostics) -> Option<Backend> {
    // An environment that names its backend means that one, whatever the module was used with by hand.
    let named = config.environment.as_ref().is_some_and(|e| !e.backend_config.is_empty());
    let remembered = if named { Vec::new() } else { backends::read(&config.root_dir) };
    let arguments = match crate::config::recall(!input.backend_config.is_empty(), &remembered) {
        Ok(Some(recalled)) => recalled.to_vec(),
        Ok(None) => input.backend_config.clone(),
        Err(d) => {
            diags.push(d);
            return None;
        }
    };
    let base = if input.backend_config.is_empty() { config.root_dir.as_path() } else { cwd };
    let backend = complete_backend(config, &arguments, base, files, diags).filter(|_| !diags.has_errors())?;
    if !input.backend_config.is_empty() {
        backends::remember(&config.root_dir, cwd, &backend, &input.backend_config);
    }
    Some(backend)
}

/// Whether arguments or variables choose the backend, not the text of the configuration alone.
fn is_chosen(config: &Config, input: &InputArgs) -> bool {
    let named = config.environment.as_ref().is_some_and(|e| !e.backend_config.is_empty());
    let computed = config.root().is_some_and(|m| m.backend_is_computed);
    computed || !input.backend_config.is_empty() || !named && backends::read(&config.root_dir).iter().any(|r| !r.arguments.is_empty())
}

/// `environment { lock { .. } }`, where no variable says otherwise.
fn lock_settings(config: &Config, environment: &mut BTreeMap<String, String>) {
    let Some(block) = &config.environment else { return };
    for (name, value) in [("ENVCTL_LOCK_LEASE", block.lock_lease), ("ENVCTL_LOCK_BEAT", block.lock_beat)] {
        if let Some(value) = value {
            environment.entry(name.to_string()).or_insert_with(|| value.as_secs().to_string());
        }
    }
}

/// Loads the blocks of an environment, for what needs nothing else.
///
/// # Errors
/// Everything that is wrong with the configuration.
pub fn load_only(session: &Session, args: &EnvArgs) -> Result<Config, Diagnostics> {
    session.compact(args.input.compact_warnings);
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let mut diags = Diagnostics::new();
    let request = LoadRequest { environment: args.env.clone(), cwd };
    let config = load(session, &request, &args.input, Fetching::Missing, &mut diags).map(|l| l.config);
    let Some(config) = config.filter(|_| !diags.has_errors()) else { return Err(diags) };
    session.report(&diags);
    Ok(config)
}

/// Stands in the root module's folder from here on.
///
/// # Errors
/// When the folder cannot be entered.
pub fn enter(root: &Path) -> Result<(), Diagnostics> {
    std::env::set_current_dir(root)
        .map_err(|e| Diagnostic::error("The root module's folder is not accessible", format!("{}: {e}.", root.display())).into())
}

fn variables(
    session: &Session,
    config: &Config,
    input: &InputArgs,
    cwd: &Path,
    files: &dyn Files,
    need: Need,
    diags: &mut Diagnostics,
) -> Variables {
    let mut given = given(input);
    let collect = |given: &[Given], diags: &mut Diagnostics| {
        let request = VariableRequest { cwd, environ: &session.env, env_files: &input.env_file, given };
        collect_variables(config, &request, files, diags)
    };
    let mut own = Diagnostics::new();
    let mut found = collect(&given, &mut own);
    if need == Need::Variables && !found.missing.is_empty() && session.interactive && input.input != Some(false) {
        let asked: Vec<Given> = found.missing.iter().filter_map(|n| ask(session, config, n)).collect();
        given.extend(asked);
        own = Diagnostics::new();
        found = collect(&given, &mut own);
    }
    if need == Need::Variables {
        diags.extend(own);
        if let Some(d) = missing_variables(config, &found) {
            diags.push(d);
        }
    }
    for (name, value) in &found.values {
        let declared = config.root().and_then(|m| m.variables.get(name));
        if declared.is_some_and(|v| v.sensitive) {
            session.redactor.add_value(&value.clone().sensitive());
        }
    }
    found
}

/// Asks for one variable on the terminal.
fn ask(session: &Session, config: &Config, name: &str) -> Option<Given> {
    let declared = config.root()?.variables.get(name)?;
    let about = declared.description.as_deref().map(|d| format!("\n  {d}")).unwrap_or_default();
    session.out(&format!("{}{about}\n\n  Value: ", session.style.bold(&format!("var.{name}"))));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).ok()?;
    session.out("\n");
    let answer = answer.trim_end_matches(['\n', '\r']);
    (!answer.is_empty()).then(|| Given::Assignment(format!("{name}={answer}")))
}

/// `TF_DATA_DIR`, else `.terraform` in the root module's folder.
pub fn data_dir(session: &Session, root: &Path) -> PathBuf {
    session.env.get("TF_DATA_DIR").filter(|d| !d.is_empty()).map_or_else(|| root.join(".terraform"), |d| root.join(d))
}

/// `TF_WORKSPACE`, else what `.terraform/environment` (in `TF_DATA_DIR`) says, else `default`.
pub fn workspace(session: &Session, root: &Path) -> String {
    if let Some(name) = session.env.get("TF_WORKSPACE").filter(|n| !n.is_empty()) {
        return name.clone();
    }
    let selected = std::fs::read_to_string(data_dir(session, root).join("environment")).unwrap_or_default();
    let selected = selected.trim();
    if selected.is_empty() { "default".into() } else { selected.into() }
}

/// What functions of the language may use where nothing is planned.
#[must_use]
pub fn language_env(session: &Session, root: &Path, files: Arc<dyn Files>) -> CallEnv {
    let mut env = CallEnv::new(root, files, session.sources.clone());
    env.home_dir = session.env.get("HOME").map(PathBuf::from);
    env
}

impl Project {
    /// Opens the store of the state.
    ///
    /// # Errors
    /// When backend settings do not open.
    pub async fn store(&self) -> Result<Arc<dyn StateStore>, Diagnostics> {
        self.store_of(&self.backend, &self.workspace).await
    }

    /// Opens the store of another backend or workspace, encrypted as this project's is.
    ///
    /// # Errors
    /// When backend settings do not open.
    pub async fn store_of(&self, backend: &Backend, workspace: &str) -> Result<Arc<dyn StateStore>, Diagnostics> {
        let store = self.edges.store(backend, workspace).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
        Ok(match &self.state_sealer {
            Some(sealer) => Arc::new(SealedStore::new(store, sealer.clone())),
            None => store,
        })
    }

    /// What functions of the language may use, for planning.
    #[must_use]
    pub fn call_env(&self, session: &Session) -> CallEnv {
        let mut env = language_env(session, &self.config.root_dir, self.files.clone());
        env.plan_timestamp = Some(self.planned_at);
        env
    }
}
