//! `lock show`, `lock acquire`, `lock release`: see a lock, hold it without a running command, and
//! give back what one holds oneself. Anyone else's is broken by `unlock`, after a question.

use super::args_lock::{LockAcquireArgs, LockCommand, LockReleaseArgs, LockShowArgs};
use super::planning::{lock_info, timeout_of};
use super::project::{Need, open};
use super::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::store::{HeldLock, LockRequest, StateStore, who};
use serde_json::json;

/// The operation of a lock that `lock acquire` took.
const OPERATION: &str = "Acquire";

/// Runs the command.
///
/// # Errors
/// When the store does not answer, somebody else holds the lock, or there is nothing to give back.
pub async fn run(session: &Session, command: &LockCommand) -> Result<(), Diagnostics> {
    match command {
        LockCommand::Show(args) => show(session, args).await,
        LockCommand::Acquire(args) => acquire(session, args).await,
        LockCommand::Release(args) => release(session, args).await,
    }
}

async fn show(session: &Session, args: &LockShowArgs) -> Result<(), Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Backend)?;
    let held = held(project.store().await?.as_ref()).await?;
    if args.json {
        let all: Vec<_> = held.iter().map(as_json).collect();
        session.out(&format!("{}\n", serde_json::Value::Array(all)));
    } else if held.is_empty() {
        session.out("Nobody holds the lock.\n");
    } else {
        session.out(&held.iter().map(text).collect::<Vec<_>>().join("\n"));
    }
    Ok(())
}

async fn held(store: &dyn StateStore) -> Result<Vec<HeldLock>, Diagnostics> {
    store.held_locks().await.map_err(|e| e.diagnostic().into())
}

fn as_json(held: &HeldLock) -> serde_json::Value {
    let i = &held.info;
    json!({
        "id": i.id, "operation": i.operation, "info": i.info, "who": i.who, "version": i.version, "created": i.created,
        "path": i.path, "place": held.place, "lease_seconds": held.lease.map(|l| l.as_secs()), "dead": held.dead,
    })
}

fn text(held: &HeldLock) -> String {
    let i = &held.info;
    let life = match held.lease {
        _ if held.dead => "its process is dead: the next command that needs the lock takes it over".to_string(),
        Some(lease) => format!("renewed by its holder; taken over after {} s without a sign of life", lease.as_secs() + 10),
        None => "no lease: it stays until somebody gives it back".to_string(),
    };
    let rows = [
        ("held by", i.who.as_str()),
        ("since", &i.created),
        ("for", &i.operation),
        ("note", &i.info),
        ("version", &i.version),
        ("id", &i.id),
        ("kept in", &held.place),
        ("life", &life),
    ];
    rows.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k:<8} {v}\n")).collect()
}

async fn acquire(session: &Session, args: &LockAcquireArgs) -> Result<(), Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Backend)?;
    let mut info = lock_info(OPERATION, &project.config.name);
    info.info = match &args.reason {
        Some(reason) => reason.clone(),
        None => format!("envctl lock acquire {}", project.config.name),
    };
    let request = LockRequest { info, timeout: timeout_of(&args.lock_timeout)? };
    let taken = project.store().await?.acquire(request).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    let env = args.env.env.as_deref().map(|e| format!(" {e}")).unwrap_or_default();
    session.out(&format!(
        "The lock is yours: {}.\nNobody can change this environment, you included, until: envctl lock release{env}\n",
        taken.id
    ));
    Ok(())
}

async fn release(session: &Session, args: &LockReleaseArgs) -> Result<(), Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Backend)?;
    let store = project.store().await?;
    let held = held(store.as_ref()).await?;
    let Some(first) = held.first() else {
        return Err(Diagnostic::error("No lock is held", "Nobody holds the lock of this state.").into());
    };
    let me = who();
    let acquired = |h: &&HeldLock| h.info.who == me && h.info.operation == format!("OperationType{OPERATION}");
    let Some(own) = held.iter().find(acquired) else {
        let i = &first.info;
        let detail = format!(
            "It is held by {} since {} for {}, and {me} did not take it with `envctl lock acquire`.",
            i.who, i.created, i.operation
        );
        return Err(Diagnostic::error("The lock is not yours to give back", detail)
            .help(format!("If its holder is certainly dead: envctl unlock <env> {}", i.id))
            .into());
    };
    store.force_unlock(&own.info.id).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    session.out("The lock is given back.\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LockInfo;
    use std::time::Duration;

    #[test]
    fn a_lock_says_how_long_it_lives() {
        let info = LockInfo { id: "l-1".into(), who: "ann@box".into(), operation: "OperationTypeApply".into(), ..LockInfo::default() };
        let held = |lease, dead| text(&HeldLock { info: info.clone(), place: "DynamoDB table \"t\"".into(), lease, dead });
        assert!(held(Some(Duration::from_secs(90)), false).contains("after 100 s without"));
        assert!(held(Some(Duration::from_secs(90)), true).contains("process is dead"));
        let lasting = held(None, false);
        assert!(lasting.contains("no lease") && lasting.contains("held by  ann@box\n") && !lasting.contains("note"), "{lasting}");
    }
}
