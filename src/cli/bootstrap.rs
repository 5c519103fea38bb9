//! `bootstrap`: the bucket of the states and the table of the locks, for one or all environments.
//!
//! A project that has a root module `state/` owns them itself: then that module is applied.

use super::args::BootstrapArgs;
use super::bootstrap_module;
use super::project::{Need, Project, open};
use super::session::Session;
use super::wire::Edges;
use crate::config::{Backend, list_environments};
use crate::diag::{Diagnostic, Diagnostics};
use crate::ops::bootstrap::{carry_out, plan};
use crate::store::{BackendAdmin, BackendHealth, StoreError};
use crate::value::Value;
use std::sync::Arc;

/// Runs the command.
///
/// # Errors
/// When an environment does not load, or a part cannot be made; what was made stays.
pub async fn run(session: &Session, args: &BootstrapArgs) -> Result<u8, Diagnostics> {
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let base = args.env.env.as_ref().map(|e| cwd.join(e)).filter(|d| d.is_dir());
    let module = base.iter().chain([&cwd]).find_map(|d| bootstrap_module::find(d));
    if let Some(dir) = module {
        return bootstrap_module::run(session, args, &dir).await;
    }
    let names: Vec<Option<String>> = match &args.env.env {
        Some(env) => vec![Some(env.clone())],
        None => {
            let all = list_environments(&cwd, super::project::disk().as_ref());
            if all.is_empty() { vec![None] } else { all.into_iter().map(Some).collect() }
        }
    };
    let mut done: Vec<(String, Option<String>)> = Vec::new();
    for name in names {
        let _ = std::env::set_current_dir(&cwd);
        let project = open(session, name.as_deref(), &args.env.input, Need::Backend)?;
        let place = place(&project.backend);
        if project.backend.kind.as_ref() != "s3" {
            session.out(&format!("{}: its state is a file on this machine; there is nothing to make.\n", project.config.name));
            continue;
        }
        if done.contains(&place) {
            continue;
        }
        one(session, &project, args.auto_approve).await?;
        done.push(place);
    }
    Ok(0)
}

/// Bucket and table that a backend names.
pub(super) fn place(backend: &Backend) -> (String, Option<String>) {
    let text = |key: &str| backend.settings.get(key).and_then(Value::as_str).map(str::to_string);
    (text("bucket").unwrap_or_default(), text("dynamodb_table"))
}

/// Makes the home that the backend of a project names.
pub(super) async fn one(session: &Session, project: &Project, approved: bool) -> Result<(), Diagnostics> {
    let admin = admin(&project.edges, &project.backend).await.map_err(|e| e.diagnostic())?;
    let plan = plan(admin.as_ref()).await.map_err(|e| e.diagnostic())?;
    for line in plan.lines() {
        session.out(&format!("  {line}\n"));
    }
    if plan.is_done() {
        session.out(&format!("{}\n", session.style.good("Nothing to make: bucket and table are as they should be.")));
        return Ok(());
    }
    if !approved && !session.confirm("Make this?", "-auto-approve")? {
        return Err(Diagnostic::error("Nothing was made", "The question was not answered with yes.").into());
    }
    session.out("\n");
    carry_out(admin.as_ref(), &plan, &mut |step| session.out(&format!("  {}\n", step.line()))).await.map_err(|e| e.diagnostic())?;
    session.out(&format!("\n{}\n", session.style.good("The states have a home.")));
    Ok(())
}

/// Who can look into the home that a backend names.
pub(super) async fn admin(edges: &Edges, backend: &Backend) -> Result<Arc<dyn BackendAdmin>, StoreError> {
    Ok(health(edges, backend).await?)
}

/// The same for whoever only looks.
#[cfg(feature = "aws")]
pub(super) async fn health(edges: &Edges, backend: &Backend) -> Result<Arc<dyn BackendHealth>, StoreError> {
    Ok(Arc::new(crate::aws::store::S3Admin::open(&backend.settings, &edges.env, edges.stats.clone()).await?))
}

#[cfg(not(feature = "aws"))]
#[allow(clippy::unused_async)]
pub(super) async fn health(_edges: &Edges, _backend: &Backend) -> Result<Arc<dyn BackendHealth>, StoreError> {
    let detail = "This build of envctl has no AWS.";
    Err(StoreError::new(crate::store::StoreErrorKind::Other, "Unsupported backend", detail).help("Use a build with the feature \"aws\"."))
}
