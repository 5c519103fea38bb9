//! `restore`: a database from a snapshot or to a moment, beside the one there is, and into its place.

use super::args_snapshot::RestoreDatabaseArgs;
use super::databases::{DatabaseProgress, Managed, Reacher, managed};
use super::deploy::resolver;
use super::guards::{self, Approval};
use super::history;
use super::interrupt::watch_signals;
use super::planning::{give_back, take};
use super::progress::Progress;
use super::project::{Need, Project, open};
use super::recover::{Lock, heal};
use super::restore_state::Adopter;
use super::session::Session;
use super::snapshot::{missing, which};
use super::snapshot_rules::rules;
use super::state::secrets::learn;
use crate::diag::{Diagnostic, Diagnostics};
use crate::ops::snapshot::restore::{
    RECORDS, Record, Restoring, Switch, ending, prepare_switch, settings_of, steps_text, switch, terms_text,
};
use crate::ops::snapshot::{Halt, diagnostic};
use crate::provider::{Database, Databases, RestoreSource, Snapshot, Standing};
use crate::schema::SchemaSource;
use crate::state::State;
use crate::state::object::decode;
use crate::store::{LockGuard, StateStore};
use crate::value::Value;
use jiff::Timestamp;
use std::time::Duration;

/// Exit code of an interrupted run.
const INTERRUPTED: u8 = 130;

/// Runs the command.
///
/// # Errors
/// What stopped it; the same command goes on from there.
pub async fn run(session: &Session, args: &RestoreDatabaseArgs) -> Result<u8, Diagnostics> {
    let limit = crate::clock::parse_duration(&args.timeout).map_err(|e| Diagnostic::error("Invalid -timeout", format!("{e}.")))?;
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Variables)?;
    let store = project.store().await?;
    let guard = take(session, store.as_ref(), &args.lock, "Restore", &project.config.name).await?;
    let outcome = under_lock(session, &project, store.as_ref(), guard.as_ref(), args, limit).await;
    give_back(session, guard).await;
    outcome
}

async fn under_lock(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    args: &RestoreDatabaseArgs,
    limit: Duration,
) -> Result<u8, Diagnostics> {
    let state = heal(session, project, store, Lock::Hold(guard)).await?.state;
    learn(session, &state, &project.edges.registry());
    let (instance, _) = which(&args.which, &rules(session, project, &state)?, &state)?;
    let source = source(args, &instance)?;
    let known = under_way(store, &instance).await?;
    if args.abandon {
        return abandon(session, guard, known, &instance).await;
    }
    let mut reacher = Reacher::new(session, project, &state);
    let databases = reacher.reach(&instance).await?;
    let password = password(session, project, &state, reacher.managed(&instance).as_ref());
    let mut record = match known {
        Some(record) => go_on(session, record, &source, args)?,
        None => begin(session, project, &state, databases.as_ref(), args, &source, &instance).await?,
    };
    let resumed = !record.done.is_empty() || record.new.is_some();
    session.out(&format!("{}\n", steps_text(&record, password.is_some())));
    let verb = if resumed { "Go on restoring" } else { "Restore" };
    let question = format!("{verb} {instance} of {} from {}?", project.config.name, record.origin());
    let approval = Approval { given: args.auto_approve, implied: false };
    if !guards::approved(session, &project.config, &args.guard, approval, &question)? {
        session.out("Nothing was changed.\n");
        return Ok(1);
    }
    let cancel =
        watch_signals(|| eprintln!("\nInterrupted: what was asked for goes on in AWS; the same command goes on from there.")).cancel;
    let (progress, adopter) = (Progress::new(session), Adopter::new(session, project, store, guard, reacher.providers.clone()));
    let tell = DatabaseProgress::new(session, &progress);
    let restoring =
        Restoring { databases: databases.as_ref(), tell: &tell, cancel: &cancel, keeper: &adopter, password: password.as_deref(), limit };
    let mut run = history::begin(project, guard, "restore", None, &state);
    let outcome = steps(session, project, &state, guard, &restoring, &mut record).await;
    run.serial_after = adopter.serial(state.serial);
    run.note = Some(format!("{} from {}", record.instance, record.origin()));
    history::end(session, guard, run, &outcome).await;
    outcome
}

async fn steps(
    session: &Session,
    project: &Project,
    state: &State,
    guard: &dyn LockGuard,
    restoring: &Restoring<'_>,
    record: &mut Record,
) -> Result<u8, Diagnostics> {
    let done = async {
        restoring.keeper.save(record).await?;
        prepare_switch(restoring, record).await?;
        switch(restoring, record).await
    };
    match done.await {
        Ok(()) => {}
        Err(Halt::Interrupted) => {
            session.err("Interrupted. Run the same command again to go on.\n");
            return Ok(INTERRUPTED);
        }
        Err(Halt::Failed(d)) => {
            let help = d.help.unwrap_or_else(|| "Run the same command again: it goes on from here.".into());
            return Err(Diagnostic { help: Some(help), ..d }.into());
        }
    }
    let id = record.new.as_deref().unwrap_or(&record.target);
    let new = restoring.databases.database(id).await.map_err(diagnostic)?.ok_or_else(|| missing(&record.target))?;
    let failed = |e: crate::store::StoreError| Diagnostics::from(e.diagnostic());
    guard.write_record(&record.finished_name(), &record.to_bytes()).await.map_err(failed)?;
    guard.delete_record(&Record::name_of(&record.instance)).await.map_err(failed)?;
    session.out(&format!("\n{}", session.style.good(&ending(record, &new))));
    if record.switch == Switch::Variable {
        session.out(&pointer(session, project, state, record, &new));
    }
    Ok(0)
}

/// `-snapshot`, `-to-time`
fn source(args: &RestoreDatabaseArgs, instance: &str) -> Result<RestoreSource, Diagnostics> {
    let at = match (args.snapshot.as_deref(), args.to_time.as_deref()) {
        (Some(id), _) => return Ok(RestoreSource::Snapshot(id.to_lowercase())),
        (None, None | Some("latest")) => None,
        (None, Some(text)) => Some(text.parse::<Timestamp>().map_err(|e| {
            let d = Diagnostic::error("Invalid -to-time", format!("{text:?} is no moment: {e}."));
            d.help("Write it with its zone, like 2026-01-02T03:04:05Z or 2026-01-02T04:04:05+01:00; or latest.")
        })?),
    };
    Ok(RestoreSource::Time { instance: instance.to_string(), at })
}

async fn under_way(store: &dyn StateStore, instance: &str) -> Result<Option<Record>, Diagnostics> {
    let name = Record::name_of(instance);
    let Some(bytes) = store.read_record(&name).await.map_err(|e| Diagnostics::from(e.diagnostic()))? else { return Ok(None) };
    let unreadable = || {
        let detail = format!("The record {name} beside the state cannot be read by this version of envctl.");
        Diagnostics::from(Diagnostic::error("Unreadable restore record", detail).help("Use the version that began the restore."))
    };
    Record::from_bytes(&bytes).map(Some).ok_or_else(unreadable)
}

/// Refuses to change an environment whose databases are changing places.
///
/// # Errors
/// When a restore has begun to rename and has not finished.
pub async fn refuse_unfinished(store: &dyn StateStore, state: &State) -> Result<(), Diagnostics> {
    if managed(state).is_empty() {
        return Ok(());
    }
    let names = store.list_records(RECORDS).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    for name in names.iter().filter(|n| Record::is_under_way(n)) {
        let bytes = store.read_record(name).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
        if let Some(record) = bytes.as_deref().and_then(Record::from_bytes).filter(Record::is_switching) {
            let detail = format!("The restore of {} that {} began at {} has not ended.", record.instance, record.who, record.begun);
            let d = Diagnostic::error("A restore is under way", format!("{detail} Databases may have each other's names."));
            return Err(d.help("Run the same `envctl restore` again: it goes on and ends.").into());
        }
    }
    Ok(())
}

async fn abandon(session: &Session, guard: &dyn LockGuard, known: Option<Record>, instance: &str) -> Result<u8, Diagnostics> {
    let Some(record) = known else {
        return Err(Diagnostic::error("No restore is under way", format!("There is no restore of {instance} to forget.")).into());
    };
    if record.is_switching() {
        let detail = format!("The restore of {instance} may have renamed databases already; it has to be finished.");
        return Err(Diagnostic::error("A restore cannot be forgotten", detail).help("Run it again without -abandon.").into());
    }
    guard.delete_record(&Record::name_of(instance)).await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    session.out(&format!("The restore of {instance} is forgotten. If {} was made, it is still there.\n", record.target));
    Ok(0)
}

/// A restore that was begun, if this is the same one.
fn go_on(session: &Session, record: Record, source: &RestoreSource, args: &RestoreDatabaseArgs) -> Result<Record, Diagnostics> {
    let other = args.target.as_ref().is_some_and(|t| t.to_lowercase() != record.target);
    if record.source() != *source || other || record.switch != switch_of(&args.switch) {
        let detail = format!(
            "A restore of {} from {} into {} was begun at {} by {} and has not ended.",
            record.instance,
            record.origin(),
            record.target,
            record.begun,
            record.who
        );
        let help = "Finish that one with the same flags, or forget it with -abandon.";
        return Err(Diagnostic::error("Another restore is under way", detail).help(help).into());
    }
    session.out(&format!("The restore of {} that was begun at {} goes on.\n\n", record.instance, record.begun));
    Ok(record)
}

fn switch_of(text: &str) -> Switch {
    match text {
        "variable" => Switch::Variable,
        "none" => Switch::None,
        _ => Switch::Rename,
    }
}

/// Looks at everything that a restore needs, and shows what it keeps.
async fn begin(
    session: &Session,
    project: &Project,
    state: &State,
    databases: &dyn Databases,
    args: &RestoreDatabaseArgs,
    source: &RestoreSource,
    instance: &str,
) -> Result<Record, Diagnostics> {
    let old = databases.database(instance).await.map_err(diagnostic)?;
    let snapshot = match source {
        RestoreSource::Snapshot(id) => Some(snapshot(databases, id).await?),
        RestoreSource::Time { at, .. } => {
            moment(databases, instance, old.as_ref(), *at).await?;
            None
        }
    };
    let mut record = fresh_record(databases, instance, source).await?;
    record.switch = switch_of(&args.switch);
    if let Some(target) = &args.target {
        record.target = target.to_lowercase();
    }
    match &old {
        Some(old) => {
            if let Some(cluster) = &old.cluster {
                let detail = format!("{instance} belongs to the cluster {cluster}; clusters are restored as a whole.");
                return Err(Diagnostic::error("Not a database of its own", detail)
                    .help("Restore the cluster with the tools of AWS.")
                    .into());
            }
            record.old = Some(old.resource_id.clone());
            record.keep(old.settings.clone());
            record.tags.clone_from(&old.tags);
            record.managed_password = old.managed_password;
        }
        None => from_state(project, state, instance, &mut record)?,
    }
    if databases.database(&record.target).await.map_err(diagnostic)?.is_some() {
        let detail = format!("There is a database {} already.", record.target);
        return Err(Diagnostic::error("The name is taken", detail).help("Choose another one with -as NAME.").into());
    }
    session.out(&format!("{}\n", terms_text(&record, databases, old.as_ref(), snapshot.as_ref())));
    Ok(record)
}

/// A record whose name for the old database is free: names go by the second.
async fn fresh_record(databases: &dyn Databases, instance: &str, source: &RestoreSource) -> Result<Record, Diagnostics> {
    loop {
        let record = Record::new(instance, source, &crate::store::who(), Timestamp::now());
        if databases.database(&record.aside).await.map_err(diagnostic)?.is_none() {
            return Ok(record);
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

async fn snapshot(databases: &dyn Databases, id: &str) -> Result<Snapshot, Diagnostics> {
    let Some(snapshot) = databases.snapshot(id).await.map_err(diagnostic)? else {
        let d = Diagnostic::error("No such snapshot", format!("There is no snapshot {id} in this account and region."));
        return Err(d.help("`envctl snapshot list` shows the snapshots of the environment.").into());
    };
    if snapshot.standing != Standing::Ready {
        let detail = format!("The snapshot {id} is `{}`.", snapshot.status);
        return Err(Diagnostic::error("The snapshot cannot be restored", detail).help("Wait until it is available.").into());
    }
    Ok(snapshot)
}

async fn moment(databases: &dyn Databases, instance: &str, old: Option<&Database>, at: Option<Timestamp>) -> Result<(), Diagnostics> {
    let Some(old) = old else {
        let d = Diagnostic::error("No such database", format!("There is no database {instance} whose backups could be restored."));
        return Err(d.help("Restore a snapshot with -snapshot ID.").into());
    };
    let Some(until) = old.restorable_until else {
        let d = Diagnostic::error("No point in time can be restored", format!("{instance} has no automated backups."));
        return Err(d.help("Restore a snapshot with -snapshot ID; for next time, set backup_retention_period.").into());
    };
    let Some(at) = at else { return Ok(()) };
    let from = databases.restorable_from(instance).await.map_err(diagnostic)?;
    if at > until || from.is_some_and(|f| at < f) {
        let from = from.map_or_else(String::new, |f| format!(" from {f}"));
        let detail = format!("{instance} can be restored to any moment{from} up to {until}; {at} is none of them.");
        return Err(Diagnostic::error("No backup of that moment", detail).help("Choose a moment within, or -to-time latest.").into());
    }
    Ok(())
}

/// What the state knows of a database that is gone.
fn from_state(project: &Project, state: &State, instance: &str, record: &mut Record) -> Result<(), Diagnostics> {
    let Some(found) = managed(state).into_iter().find(|m| m.text("identifier") == Some(instance)) else {
        return Err(missing(instance).into());
    };
    let registry = project.edges.registry();
    let schema = registry.schema(&found.provider.source, found.addr.resource.mode, &found.addr.resource.kind);
    let value = schema.and_then(|s| decode(found.object, &s).ok()).unwrap_or_else(Value::dynamic);
    record.keep(settings_of(&value));
    let tags = value.get("tags_all").and_then(Value::members).into_iter().flatten();
    record.tags = tags.filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_string()))).collect();
    record.managed_password = value.get("manage_master_user_password").and_then(Value::as_bool) == Some(true);
    Ok(())
}

/// The password as the configuration has it, else as the state does. Masked from here on.
fn password(session: &Session, project: &Project, state: &State, managed: Option<&Managed<'_>>) -> Option<String> {
    let managed = managed?;
    let stored = managed.text("password").map(str::to_string);
    let password = configured(session, project, state, managed).or(stored)?;
    session.redactor.add_value(&Value::string(&password).sensitive());
    Some(password)
}

fn configured(session: &Session, project: &Project, state: &State, managed: &Managed<'_>) -> Option<String> {
    let addr = managed.addr.config_addr();
    let resource = project.config.modules.get(&addr.module)?.resources.get(&addr)?;
    let schema = project.edges.registry().schema(&managed.provider.source, addr.mode, &addr.kind)?;
    let eval = resolver(session, project, state).ok()?.into_evaluator();
    let value = eval.instance_config(resource, &managed.addr, &schema.block, &mut Diagnostics::new())?;
    let text = |name: &str| value.get(name)?.as_str().filter(|t| !t.is_empty()).map(str::to_string);
    text("password").or_else(|| text("password_wo"))
}

fn place(session: &Session, span: crate::diag::Span) -> String {
    format!("{}:{}", session.sources.name(span.file), session.sources.line_col(span).0)
}

/// Where the configuration says which database it is.
fn pointer(session: &Session, project: &Project, state: &State, record: &Record, new: &Database) -> String {
    let mut text = format!("\nTo use it, point the configuration at it: identifier = {:?}", new.identifier);
    if let Some((host, port)) = &new.endpoint {
        text += &format!(", at {host}:{port}");
    }
    text.push('\n');
    let found = managed(state).into_iter().find(|m| m.text("identifier") == Some(record.instance.as_str()));
    let Some(found) = found else { return text };
    let addr = found.addr.config_addr();
    let resource = project.config.modules.get(&addr.module).and_then(|m| m.resources.get(&addr));
    if let Some(attribute) = resource.and_then(|r| r.body.attribute("identifier")) {
        text += &format!("  {}: identifier of {}\n", place(session, attribute.expr.span), found.addr);
    }
    text += &format!(
        "and let the state describe it:\n  envctl state rm {env} '{addr}'\n  envctl import {env} '{addr}' {id}\n",
        env = project.config.name,
        addr = found.addr,
        id = new.identifier
    );
    text
}
