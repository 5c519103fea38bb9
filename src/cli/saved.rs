//! Plans in files: `plan -out FILE`, `apply FILE`.
//!
//! A saved plan holds the infrastructure as it was planned, and of the applications the commits
//! that were approved: they are planned again on their hosts, as every deploy does.

use super::args::{ApplyArgs, InputArgs, OrderedVar, PlanningArgs};
use super::cost::PlanCost;
use super::planning::{Prepared, guard_account, learn_secrets};
use super::project::{Need, Project, disk, open_with};
use super::recover::{Healed, Lock, heal};
use super::session::Session;
use crate::config::{Backend, locate_environment};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ConfiguredProviders, Resolve, ResolveInput, Resolver};
use crate::ops::guard::Guard;
use crate::plan::file::{PlanOrigin, SavedPlan};
use crate::state::seal::is_sealed;
use crate::store::{LockGuard, StateStore, StoreDescription};
use crate::value::{Name, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A saved plan as the command line names it.
pub struct Named {
    file: PathBuf,
    /// `apply ENV --plan FILE`
    env: Option<String>,
}

/// The saved plan that `apply` is asked to carry out, if any.
#[must_use]
pub fn file_of(args: &ApplyArgs) -> Option<Named> {
    if let Some(file) = &args.plan {
        return Some(Named { file: file.clone(), env: args.env.env.clone() });
    }
    let file = args.env.env.as_ref().map(PathBuf::from).filter(|p| p.is_file())?;
    Some(Named { file, env: None })
}

/// What to plan cannot be said once more when a plan is carried out.
///
/// # Errors
/// The options that do not go with a saved plan.
pub fn only_how(planning: &PlanningArgs, destroy: bool) -> Result<(), Diagnostics> {
    let given = [
        ("-target", !planning.target.is_empty()),
        ("-exclude", !planning.exclude.is_empty()),
        ("-replace", !planning.replace.is_empty()),
        ("-refresh=false", !planning.refresh),
        ("-refresh-only", planning.refresh_only),
        ("-destroy", destroy),
    ];
    let Some((flag, _)) = given.iter().find(|(_, given)| *given) else { return Ok(()) };
    let detail = format!("{flag} steers what is planned, and this plan is made already.");
    Err(Diagnostic::error("Option does not go with a saved plan", detail).help(format!("Leave {flag} out, or plan again with it.")).into())
}

/// Where a file of the command line lies, before the process changes folder.
///
/// # Errors
/// When there is no current folder.
pub fn absolute(path: &Path) -> Result<PathBuf, Diagnostics> {
    std::path::absolute(path).map_err(|e| Diagnostic::error("No current folder", e.to_string()).into())
}

fn place(d: &StoreDescription) -> String {
    format!("{} {} {}", d.kind, d.container, d.key)
}

/// What a plan was made for.
#[must_use]
pub fn origin(project: &Project, store: &StoreDescription, prepared: &Prepared) -> PlanOrigin {
    let mut file_hashes = project.config.file_hashes.clone();
    file_hashes.extend(prepared.files_read.clone());
    let due = |r: &&crate::deploy::AppRequest| r.approved.as_ref().is_none_or(|p| !p.is_empty() || p.is_deferred());
    PlanOrigin {
        environment: project.config.env_dir.display().to_string(),
        store: place(store),
        workspace: project.workspace.clone(),
        file_hashes,
        backend: (project.backend.kind.clone(), project.backend.settings.clone()),
        configuration: crate::report::json::configuration(&project.config),
        made: project.planned_at.to_string(),
        apps: prepared.requests.iter().filter(due).map(|r| (r.spec.name.clone(), r.commit.clone())).collect(),
    }
}

/// Keeps a plan in a file that only its owner can read: it holds secrets.
///
/// # Errors
/// When the file cannot be written.
pub async fn keep(
    session: &Session,
    project: &Project,
    store: &StoreDescription,
    prepared: &Prepared,
    path: &Path,
) -> Result<(), Diagnostics> {
    let mut plan = prepared.plan.clone();
    plan.variables.retain(|_, value| !value.deep_marks().is_ephemeral());
    let plain = SavedPlan { plan, origin: origin(project, store, prepared) }.to_bytes();
    let bytes = match &project.plan_sealer {
        // Who opens it has to know whose key it is.
        Some(sealer) => {
            let environment = [("environment".to_string(), project.config.env_dir.display().to_string().into())];
            sealer.seal(&plain, environment.into_iter().collect()).await.map_err(|e| Diagnostics::from(e.diagnostic()))?
        }
        None => plain,
    };
    let failed = |e: std::io::Error| Diagnostic::error("The plan could not be kept", format!("{}: {e}.", path.display()));
    let dir = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file of this crate is readable by its owner alone, and stays so when it is renamed.
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    file.write_all(&bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    let shown = path.display();
    session.out(&format!("\nThe plan is kept in {shown} (it holds secrets). Carry it out with: envctl apply {shown}\n"));
    Ok(())
}

/// Reads a saved plan.
///
/// # Errors
/// When the file is not there or no plan.
pub async fn read(session: &Session, path: &Path, input: &InputArgs) -> Result<SavedPlan, Diagnostics> {
    let bytes = std::fs::read(path).map_err(|e| Diagnostic::error("The plan file is not readable", format!("{}: {e}.", path.display())))?;
    let bytes = if is_sealed(&bytes) { decrypted(session, &bytes, input).await? } else { bytes };
    SavedPlan::from_bytes(&bytes).map_err(|d| {
        let detail = format!("{}: {}", path.display(), d.detail);
        Diagnostic { detail, ..d }.into()
    })
}

/// An encrypted plan names its environment: that one says how to decrypt it.
async fn decrypted(session: &Session, bytes: &[u8], input: &InputArgs) -> Result<Vec<u8>, Diagnostics> {
    let document: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let environment = document.get("environment").and_then(serde_json::Value::as_str);
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let project = open_with(session, environment, input, Need::Backend, None)?;
    super::project::enter(&cwd)?;
    let Some(sealer) = &project.plan_sealer else {
        let detail = format!("It was encrypted, and {} has no plan block in its encryption block.", project.config.name);
        return Err(Diagnostic::error("The plan is encrypted", detail).into());
    };
    sealer.open(bytes).await.map_err(|e| e.diagnostic().into())
}

/// Reads a saved plan and opens its environment, with the plan's variables.
///
/// # Errors
/// When the file is no plan, or files that it was made from changed.
pub async fn load(session: &Session, named: &Named, input: &InputArgs) -> Result<(SavedPlan, Project), Diagnostics> {
    let saved = read(session, &named.file, input).await?;
    if let Some(env) = &named.env {
        same_environment(env, &saved)?;
    }
    unchanged(&saved, &|p| p.exists() || !is_fetched(p))?;
    learn_secrets(session, &saved.plan);
    saved.plan.variables.values().for_each(|v| session.redactor.add_value(v));
    let (kind, settings) = saved.origin.backend.clone();
    let backend = Backend { kind, settings, span: None };
    let input = &InputArgs { settled: saved.plan.variables.clone(), ..input.clone() };
    let mut project = open_with(session, Some(&saved.origin.environment), input, Need::Modules, Some(backend))?;
    unchanged(&saved, &|_| true)?;
    let new: Vec<&PathBuf> = project.config.file_hashes.keys().filter(|p| !saved.origin.file_hashes.contains_key(*p)).collect();
    if !new.is_empty() {
        return Err(stale_files("These files were not there", &new));
    }
    project.variables.values = variables(&saved, &project, input)?;
    project.workspace.clone_from(&saved.origin.workspace);
    if let Ok(at) = saved.origin.made.parse() {
        project.planned_at = at;
    }
    Ok((saved, project))
}

/// The plan's values, and those of ephemeral variables, which no plan keeps: they are given again.
fn variables(saved: &SavedPlan, project: &Project, input: &InputArgs) -> Result<BTreeMap<Name, Value>, Diagnostics> {
    let declared = project.config.root().map(|m| &m.variables);
    let ephemeral = || declared.into_iter().flatten().filter(|(_, v)| v.ephemeral).map(|(n, v)| (n.clone(), v));
    let again = |given: &OrderedVar| match given {
        OrderedVar::Value(text) => text.split_once('=').is_some_and(|(name, _)| ephemeral().any(|(n, _)| n.as_ref() == name.trim())),
        OrderedVar::File(_) => false,
    };
    if !input.ordered.iter().all(again) {
        let d = Diagnostic::error("Variables cannot be given with a saved plan", "The plan was made with its own values.");
        return Err(d.help("Leave -var and -var-file out (but for ephemeral variables), or plan again.").into());
    }
    let mut values = saved.plan.variables.clone();
    for (name, variable) in ephemeral() {
        match project.variables.values.get(&name).or(variable.default.as_ref()) {
            Some(value) => drop(values.insert(name, value.clone())),
            None => {
                let detail = format!("The variable {name} is ephemeral, so the plan does not keep its value.");
                let d = Diagnostic::error("No value for required variable", detail).at(variable.span);
                return Err(d.help(format!("Give it again: -var '{name}=...', or as TF_VAR_{name}.")).into());
            }
        }
    }
    Ok(values)
}

fn same_environment(env: &str, saved: &SavedPlan) -> Result<(), Diagnostics> {
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let located = locate_environment(env, &cwd, disk().as_ref()).map_err(Diagnostics::from)?;
    if located.env_dir == Path::new(&saved.origin.environment) {
        return Ok(());
    }
    let detail = format!("It was made for {}, and {env} is {}.", saved.origin.environment, located.env_dir.display());
    Err(Diagnostic::error("The plan is for another environment", detail).into())
}

/// Whether a file is of a fetched module, which the lock file brings back where it is missing.
fn is_fetched(path: &Path) -> bool {
    path.ancestors().any(|a| a.ends_with(super::modules::CACHE))
}

/// The files that the plan was made from are what they were.
fn unchanged(saved: &SavedPlan, counts: &dyn Fn(&Path) -> bool) -> Result<(), Diagnostics> {
    let hash = |p: &PathBuf| Some((p.clone(), hex(&Sha256::digest(std::fs::read(p).ok()?))));
    let now: BTreeMap<PathBuf, String> = saved.origin.file_hashes.keys().filter_map(hash).collect();
    let changed: Vec<&PathBuf> = saved.changed_files(&now).into_iter().filter(|p| counts(p)).collect();
    if changed.is_empty() { Ok(()) } else { Err(stale_files("These files are not what they were", &changed)) }
}

fn stale_files(what: &str, files: &[&PathBuf]) -> Diagnostics {
    let names: Vec<String> = files.iter().map(|p| p.display().to_string()).collect();
    let detail = format!("{what} when the plan was made: {}.", names.join(", "));
    Diagnostic::error("The plan is stale", detail).help("Plan again.").into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What carrying out a saved plan needs, if it still holds. To be called under the lock.
///
/// # Errors
/// When the state moved on, or the credentials belong to another account.
pub async fn prepare(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    saved: SavedPlan,
) -> Result<Prepared, Diagnostics> {
    let description = store.describe();
    if saved.origin.store != place(&description) {
        let detail = format!("It was made for the state in {}, and this is {}.", saved.origin.store, place(&description));
        return Err(Diagnostic::error("The plan is for another state", detail).into());
    }
    let Healed { state, stored, watched, healed, .. } = heal(session, project, store, Lock::Hold(guard)).await?;
    if let Some(d) = saved.stale(&state) {
        return Err(d.into());
    }
    let providers = configured(session, project, &saved).await?;
    let mut diags = Diagnostics::new();
    guard_account(project, &providers, &mut diags);
    let (guards, cost) = governed(session, project, &saved, &mut diags)?;
    if diags.has_errors() {
        return Err(diags);
    }
    session.out(&super::planning::header_text(project, &description, &providers));
    let apps: BTreeMap<Name, Option<String>> = saved.origin.apps;
    let moving = super::guards::moving_saved(store, &apps).await?;
    if !apps.is_empty() {
        let names: Vec<&str> = apps.keys().map(AsRef::as_ref).collect();
        session.out(&format!("Applications that are planned again on their hosts afterwards: {}.\n\n", names.join(", ")));
    }
    let snapshots = super::snapshot_rules::due(session, project, &saved.plan, !apps.is_empty())?;
    Ok(Prepared {
        plan: saved.plan,
        registry: providers.registry().clone(),
        providers,
        requests: Vec::new(),
        apps_change: !apps.is_empty(),
        stored,
        files_read: BTreeMap::new(),
        saved_apps: Some(apps),
        watched,
        healed,
        guards,
        moving,
        snapshots,
        cost,
    })
}

/// What has to hold before it is carried out, and its cost, now that the plan is settled.
fn governed(
    session: &Session,
    project: &Project,
    saved: &SavedPlan,
    diags: &mut Diagnostics,
) -> Result<(Vec<Guard>, Result<PlanCost, String>), Diagnostics> {
    let rules = project.config.environment.as_ref().is_some_and(|e| e.rules.iter().any(|b| b.kind.name.as_ref() == "guard"));
    if !rules && !super::prices::any(&project.config.project_dir) {
        return Ok((Vec::new(), Err(String::new())));
    }
    let eval = Resolver::new(resolve_input(session, project), &saved.plan)?.into_evaluator();
    let guards = super::guards::decode(&project.config, &eval.root_scope(), true, diags);
    Ok((guards, super::cost::of_plan(project, &eval, &saved.plan, diags)))
}

fn resolve_input(session: &Session, project: &Project) -> ResolveInput {
    ResolveInput {
        config: project.config.clone(),
        schemas: Arc::new(project.edges.registry()),
        variables: project.variables.values.clone(),
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    }
}

/// The providers of a saved plan. One that needs an object of this plan is configured when that
/// is made.
async fn configured(session: &Session, project: &Project, saved: &SavedPlan) -> Result<ConfiguredProviders, Diagnostics> {
    let registry = project.edges.registry();
    let mut providers = ConfiguredProviders::new(registry);
    let mut resolver = Resolver::new(resolve_input(session, project), &saved.plan)?;
    for addr in saved.plan.changes.iter().map(|c| &c.provider) {
        if providers.has(addr) {
            continue;
        }
        let Ok(config) = resolver.provider_config(addr) else { continue };
        if config.is_wholly_known() {
            let made = providers.configure(addr, &config.unmark_deep().0).await;
            made.map_err(|e| Diagnostic::error(e.summary, e.detail).address(addr))?;
        }
    }
    Ok(providers)
}
