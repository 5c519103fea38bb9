//! `bootstrap` in a project that owns its home of states: the root module `state/` is applied, and
//! what exists already is imported.

use super::apply;
use super::args::{BootstrapArgs, InputArgs, LockArgs};
use super::bootstrap::{admin, one, place};
use super::planning::{Prepared, give_back, prepare, take};
use super::project::{Need, Project, disk, open};
use super::recover::{Lock, heal};
use super::session::Session;
use crate::addr::InstanceAddr;
use crate::config::list_environments;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ConfiguredProviders, Silent};
use crate::ops::{adopt, bootstrap};
use crate::plan::{Plan, PlanInput, PlanOptions, Planned};
use crate::store::{LockGuard, PartKind, Standing, StateStore};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder of the module, below the project's.
const FOLDER: &str = "state";
/// How often what was found may reveal more: a bucket is found first, and then its parts.
const ROUNDS: usize = 4;

/// The project's own module for the home of its states, if it has one. `base` is where the command
/// was called, or the environment's folder.
#[must_use]
pub fn find(base: &Path) -> Option<PathBuf> {
    let root = base.ancestors().find(|d| d.join("environments").is_dir()).unwrap_or(base);
    Some(root.join(FOLDER)).filter(|dir| is_module(dir))
}

fn is_module(dir: &Path) -> bool {
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names = files.filter_map(|f| f.file_name().into_string().ok());
    names.any(|n| [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|end| n.ends_with(end)))
}

/// Applies the module.
///
/// # Errors
/// What went wrong; everything that happened is in the module's state.
pub async fn run(session: &Session, args: &BootstrapArgs, dir: &Path) -> Result<u8, Diagnostics> {
    let here = std::env::current_dir().unwrap_or_default();
    let name = dir.strip_prefix(&here).unwrap_or(dir).display().to_string();
    let project = open(session, Some(&name), &args.env.input, Need::Variables)?;
    if project.backend.kind.as_ref() == "s3" {
        session.out("The state of the module lies in S3 itself, so bucket and table come first:\n");
        one(session, &project, args.auto_approve).await?;
    }
    let store = project.store().await?;
    let lock = LockArgs { lock: true, lock_timeout: "0s".into() };
    let guard = take(session, store.as_ref(), &lock, "Apply", &project.config.name).await?;
    let (outcome, kept) = match plan_module(session, &project, store.as_ref(), guard.as_ref()).await {
        Ok(prepared) => apply_module(session, args, &project, store.as_ref(), guard.as_ref(), prepared).await,
        Err(d) => (Err(d), false),
    };
    if !kept {
        give_back(session, guard).await;
    }
    outcome
}

/// The plan of the module, in which what exists is imported.
async fn plan_module(session: &Session, project: &Project, store: &dyn StateStore, guard: &dyn LockGuard) -> Result<Prepared, Diagnostics> {
    let imports = existing(session, project, store, guard).await?;
    let options = PlanOptions { imports, ..PlanOptions::default() };
    prepare(session, project, store, options, false, Lock::Hold(guard)).await
}

/// How it ended, and whether the lock must stay.
async fn apply_module(
    session: &Session,
    args: &BootstrapArgs,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    prepared: Prepared,
) -> (Result<u8, Diagnostics>, bool) {
    let (made, empty) = (homes(&prepared.plan), prepared.is_empty());
    let (outcome, kept) = apply::carry_out_plan(session, project, store, guard, prepared, args.auto_approve).await;
    if matches!(outcome, Ok(0)) {
        if empty {
            session.out(&format!("{}\n", session.style.good("Nothing to make: bucket and table are as they should be.")));
        }
        beyond(session, project, &made).await;
    }
    (outcome, kept)
}

/// What the module would create and what exists, with the ids to import.
async fn existing(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
) -> Result<Vec<(InstanceAddr, String)>, Diagnostics> {
    let state = heal(session, project, store, Lock::Hold(guard)).await?.state;
    let registry = project.edges.registry();
    let mut imports: Vec<(InstanceAddr, String)> = Vec::new();
    for _ in 0..ROUNDS {
        let mut providers = ConfiguredProviders::new(registry.clone());
        let input = PlanInput {
            config: project.config.clone(),
            schemas: Arc::new(registry.clone()),
            state: state.clone(),
            variables: project.variables.values.clone(),
            options: PlanOptions { imports: imports.clone(), ..PlanOptions::default() },
            env: project.call_env(session),
            workspace: project.workspace.clone(),
        };
        let Planned { plan, diags, .. } = crate::engine::plan(input, &mut providers, &Silent).await?;
        let Some(plan) = plan.filter(|_| !diags.has_errors()) else { return Err(diags) };
        let more = adopt::existing(&plan, &providers, &Silent).await?;
        if more.is_empty() {
            break;
        }
        imports.extend(more);
    }
    Ok(imports)
}

/// The names of buckets and tables in the plan.
fn homes(plan: &Plan) -> BTreeSet<String> {
    let named = [("aws_s3_bucket", "bucket"), ("aws_dynamodb_table", "name")];
    let name = |c: &crate::plan::ResourceChange| {
        let (_, attribute) = named.iter().find(|(kind, _)| *kind == c.addr.resource.kind.as_ref())?;
        c.after.as_ref()?.get(attribute)?.as_str().map(str::to_string)
    };
    plan.changes.iter().filter_map(name).collect()
}

/// Says what the environments' backends need and the module does not make or set.
async fn beyond(session: &Session, project: &Project, made: &BTreeSet<String>) {
    let root = project.config.project_dir.clone();
    let mut seen = BTreeSet::new();
    for name in list_environments(&root, disk().as_ref()) {
        if std::env::set_current_dir(&root).is_err() {
            return;
        }
        let Ok(other) = open(session, Some(&name), &InputArgs::default(), Need::Backend) else { continue };
        let (bucket, table) = place(&other.backend);
        if other.backend.kind.as_ref() != "s3" || !seen.insert((bucket.clone(), table.clone())) {
            continue;
        }
        for (what, wanted) in [("bucket", Some(bucket)), ("table", table)] {
            if let Some(wanted) = wanted.filter(|w| !w.is_empty() && !made.contains(w)) {
                let detail = format!("The backend of {name} names the {what} {wanted:?}, which the module in {FOLDER}/ does not make.");
                let d = Diagnostic::warning("A home of states is not made", detail);
                session.report(&d.help("Give the module that name, or run `envctl bootstrap` in a project without it.").into());
            }
        }
        for line in unset(&other).await {
            session.out(&format!("{}\n", session.style.dim(&line)));
        }
    }
    let _ = std::env::set_current_dir(&project.config.root_dir);
}

/// The settings that a home of states should have and this one has not.
async fn unset(project: &Project) -> Vec<String> {
    let Ok(admin) = admin(&project.edges, &project.backend).await else { return Vec::new() };
    let Ok(plan) = bootstrap::plan(admin.as_ref()).await else { return Vec::new() };
    let asked = |kind: PartKind| !matches!(kind, PartKind::Bucket | PartKind::Table | PartKind::BucketTag);
    let missing = plan.parts.iter().filter(|p| p.standing == Standing::Missing && asked(p.kind));
    missing.map(|p| format!("{}: {} is not on; the module in {FOLDER}/ does not ask for it.", p.name, p.kind.label())).collect()
}
