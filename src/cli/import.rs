//! `import ENV ADDR ID`: an object that exists comes under management at once; nothing is changed
//! but the state.

use super::args::ImportArgs;
use super::planning::{give_back, prepare, take};
use super::project::{Need, Project, open};
use super::recover::Lock;
use super::session::Session;
use super::state::edit::save;
use crate::addr::{InstanceAddr, Target, parse_instance};
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::{Plan, PlanOptions};
use crate::store::{LockGuard, StateStore};

/// Runs the command.
///
/// # Errors
/// When the address is not in the configuration or holds an object already, or when there is no
/// such object.
pub async fn run(session: &Session, args: &ImportArgs) -> Result<(), Diagnostics> {
    let (env, addr, id) = match &args.id {
        Some(id) => (Some(args.env.as_str()), args.addr.as_str(), id.as_str()),
        None => (None, args.env.as_str(), args.addr.as_str()),
    };
    let addr = parse_instance(addr).map_err(|e| {
        if args.id.is_none() {
            let detail =
                format!("With two words the first is an address, and {:?} is none; if it is the environment, the ID is missing.", e.text);
            return Diagnostic::error("An argument is missing", detail).help("Write: envctl import ENV ADDR ID");
        }
        let d = Diagnostic::error("Invalid address", format!("{:?}: {}.", e.text, e.message));
        d.help("Write: envctl import ENV aws_instance.web i-0123456789abcdef0")
    })?;
    let project = open(session, env, &args.input, Need::Variables)?;
    is_written(&project, &addr)?;
    let store = project.store().await?;
    let guard = take(session, store.as_ref(), &args.lock, "Import", &project.config.name).await?;
    let outcome = bring_in(session, &project, store.as_ref(), guard.as_ref(), &addr, id).await;
    give_back(session, guard).await;
    outcome
}

fn is_written(project: &Project, addr: &InstanceAddr) -> Result<(), Diagnostics> {
    let resource = addr.config_addr();
    if project.config.modules.get(&resource.module).is_some_and(|m| m.resources.contains_key(&resource)) {
        return Ok(());
    }
    let detail = format!("{resource} is not in the configuration, so nothing says how the imported object should be.");
    let d = Diagnostic::error("Configuration for import target does not exist", detail).address(addr);
    Err(d.help("Write the resource block first, with at least its required arguments.").into())
}

async fn bring_in(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    addr: &InstanceAddr,
    id: &str,
) -> Result<(), Diagnostics> {
    let options = PlanOptions {
        targets: vec![Target::Instance(addr.clone())],
        imports: vec![(addr.clone(), id.to_string())],
        refresh: false,
        ..PlanOptions::default()
    };
    let prepared = prepare(session, project, store, options, false, Lock::Hold(guard)).await?;
    let Plan { prior_state, refreshed_state, changes, .. } = prepared.plan;
    if prior_state.current(addr).is_some() {
        let detail = format!("The state holds an object at {addr} already.");
        let help = "Forget that one first with `envctl state rm`, if it is not the one you mean.";
        return Err(Diagnostic::error("Resource already managed", detail).help(help).into());
    }
    let planned = changes.iter().find(|c| c.addr == *addr && c.importing.is_some());
    let (Some(object), Some(change)) = (refreshed_state.current(addr), planned) else {
        let detail = format!("{addr} is no instance that the configuration has.");
        return Err(Diagnostic::error("Configuration for import target does not exist", detail).address(addr).into());
    };
    let mut state = prior_state;
    if state.lineage.is_empty() {
        state.lineage = uuid::Uuid::new_v4().to_string();
    }
    state.serial += 1;
    state.instance_mut(addr, &change.provider).current = Some(object.clone());
    save(store, guard, &mut state).await?;
    session.out(&format!("{}\n", session.style.good(&format!("Imported {addr} from {id:?}."))));
    if change.action != crate::plan::Action::NoOp {
        session.out("It is not yet as the configuration says: `envctl plan` shows the differences.\n");
    }
    Ok(())
}
