//! `workspace`: several states of one configuration.
//!
//! Which one is selected stands where OpenTofu keeps it (`.terraform/environment`), so that both
//! tools always mean the same state.

use super::args_workspace::{NamedArgs, WorkspaceCommand};
use super::project::{Need, Project, data_dir, open};
use super::session::Session;
use super::state::edit::{hold, save, stored};
use super::state::words::env_and;
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::State;
use crate::store::{StateStore, StoreError};
use std::sync::Arc;

const DEFAULT: &str = "default";

/// Runs the command.
///
/// # Errors
/// When the environment does not load, or a workspace is (not) there.
pub async fn run(session: &Session, command: &WorkspaceCommand) -> Result<u8, Diagnostics> {
    match command {
        WorkspaceCommand::List { env } => {
            let project = open(session, env.env.as_deref(), &env.input, Need::Backend)?;
            for name in all(&project).await? {
                let mark = if name == project.workspace { "*" } else { " " };
                session.out(&format!("{mark} {name}\n"));
            }
        }
        WorkspaceCommand::Show { env } => {
            let project = open(session, env.env.as_deref(), &env.input, Need::Backend)?;
            session.out(&format!("{}\n", project.workspace));
        }
        WorkspaceCommand::New(args) => {
            let (project, name) = named(session, args, "new")?;
            create(session, &project, args, name).await?;
        }
        WorkspaceCommand::Select(args) => select(session, args).await?,
        WorkspaceCommand::Delete(args) => delete(session, args).await?,
    }
    Ok(0)
}

/// Whether a text may name a workspace.
///
/// # Errors
/// When it may not.
pub(super) fn checked(name: &str) -> Result<(), Diagnostic> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~$&+=:@".contains(c);
    if !name.is_empty() && name != "." && name != ".." && name.chars().all(plain) {
        return Ok(());
    }
    let detail = format!("{name:?} cannot name a workspace: its name becomes part of keys and paths.");
    Err(Diagnostic::error("Invalid workspace name", detail).help("Use letters, digits, - and _."))
}

fn named<'a>(session: &Session, args: &'a NamedArgs, verb: &str) -> Result<(Project, &'a str), Diagnostics> {
    let (env, [name]) = env_and(&args.words, &format!("workspace {verb} [ENV] NAME"))?;
    checked(name)?;
    Ok((open(session, env, &args.input, Need::Backend)?, name))
}

async fn all(project: &Project) -> Result<Vec<String>, Diagnostics> {
    let store = at(project, DEFAULT).await?;
    let others = store.workspaces().await.map_err(said)?;
    Ok([DEFAULT.to_string()].into_iter().chain(others).collect())
}

async fn at(project: &Project, workspace: &str) -> Result<Arc<dyn StateStore>, Diagnostics> {
    project.store_of(&project.backend, workspace).await
}

fn said(e: StoreError) -> Diagnostics {
    e.diagnostic().into()
}

async fn create(session: &Session, project: &Project, args: &NamedArgs, name: &str) -> Result<(), Diagnostics> {
    not_overridden(session)?;
    if all(project).await?.iter().any(|n| n == name) {
        let detail = format!("There is a workspace {name:?} already.");
        return Err(Diagnostic::error("The workspace exists", detail).help(format!("Select it: envctl workspace select {name}")).into());
    }
    let store = at(project, name).await?;
    let place = store.describe();
    if place.kind == "local" {
        std::fs::create_dir_all(&place.container)
            .map_err(|e| Diagnostic::error("The folder cannot be made", format!("{}: {e}.", place.container)))?;
    } else {
        let guard = hold(session, store.as_ref(), &args.lock, "init", &project.config.name).await?;
        let mut state = State { serial: 1, lineage: uuid::Uuid::new_v4().to_string(), ..State::default() };
        let outcome = match stored(store.as_ref()).await {
            Ok(None) => save(store.as_ref(), guard.as_ref(), &mut state).await,
            other => other.map(drop),
        };
        guard.release().await.map_err(said)?;
        outcome?;
    }
    remember(session, project, name)?;
    session.out(&format!("Workspace {name} is made and selected. Its state is empty: no object of another workspace is in it.\n"));
    Ok(())
}

async fn select(session: &Session, args: &NamedArgs) -> Result<(), Diagnostics> {
    let (project, name) = named(session, args, "select")?;
    not_overridden(session)?;
    let known = all(&project).await?;
    if !known.iter().any(|n| n == name) {
        if args.or_create {
            return create(session, &project, args, name).await;
        }
        let detail = format!("There is no workspace {name:?}. There are: {}.", known.join(", "));
        return Err(Diagnostic::error("No such workspace", detail).help("Make it with `envctl workspace new`, or add -or-create.").into());
    }
    remember(session, &project, name)?;
    session.out(&format!("Workspace {name} is selected.\n"));
    Ok(())
}

async fn delete(session: &Session, args: &NamedArgs) -> Result<(), Diagnostics> {
    let (project, name) = named(session, args, "delete")?;
    let refuse = |detail: String, help: &str| Err(Diagnostic::error("The workspace stays", detail).help(help).into());
    if name == DEFAULT {
        return refuse("The workspace default cannot be deleted.".into(), "Destroy what it holds instead.");
    }
    if !all(&project).await?.iter().any(|n| n == name) {
        return refuse(format!("There is no workspace {name:?}."), "`envctl workspace list` shows all.");
    }
    if name == project.workspace {
        return refuse(format!("{name} is the selected workspace."), "Select another one first.");
    }
    let store = at(&project, name).await?;
    let guard = hold(session, store.as_ref(), &args.lock, "workspace-delete", &project.config.name).await?;
    let outcome = async {
        let state = stored(store.as_ref()).await?.unwrap_or_default();
        if !state.resources.is_empty() && !args.force {
            let list: Vec<String> = state.instances().map(|(addr, ..)| format!("\n  {addr}")).collect();
            let detail = format!("The state of {name} holds objects:{}", list.concat());
            return refuse(detail, "Destroy them first. With -force they stay, and nobody knows them any more.");
        }
        let unfinished = store.list_records("journal/").await.map_err(said)?;
        if !unfinished.is_empty() && !args.force {
            let detail =
                format!("A run in {name} did not end: its journal lies beside the state, and what it made may be known to nobody else.");
            return refuse(detail, "Select the workspace and apply or destroy once. With -force the journal is removed too.");
        }
        guard.remove_state(false).await.map_err(said)
    }
    .await;
    guard.release().await.map_err(said)?;
    outcome?;
    session.out(&format!("Workspace {name} is deleted.\n"));
    Ok(())
}

fn not_overridden(session: &Session) -> Result<(), Diagnostics> {
    match session.env.get("TF_WORKSPACE").filter(|n| !n.is_empty()) {
        Some(name) => {
            let detail = format!("TF_WORKSPACE={name} selects the workspace; what is selected here would have no effect.");
            Err(Diagnostic::error("The workspace is set by the environment", detail).help("Unset TF_WORKSPACE.").into())
        }
        None => Ok(()),
    }
}

/// Writes `.terraform/environment`.
fn remember(session: &Session, project: &Project, name: &str) -> Result<(), Diagnostics> {
    let dir = data_dir(session, &project.config.root_dir);
    let path = dir.join("environment");
    let written = std::fs::create_dir_all(&dir).and_then(|()| std::fs::write(&path, name));
    written.map_err(|e| Diagnostic::error("The selection cannot be kept", format!("{}: {e}.", path.display())).into())
}
