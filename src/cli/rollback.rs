//! `rollback`: an earlier release of an application comes back, files and commit together.

use super::apps::{self, World};
use super::args_rollback::RollbackArgs;
use super::deploy::{Asked, asked, carry_out};
use super::guards::{self, Approval, Doing};
use super::history;
use super::interrupt::watch_signals;
use super::planning::{give_back, take};
use super::project::{Need, Project, open};
use super::reach::{chosen, words};
use super::session::Session;
use crate::app::{AppRecord, short};
use crate::deploy::{AppRequest, read_records, recorded_apps};
use crate::diag::{Diagnostic, Diagnostics};
use crate::store::{LockGuard, StateStore};
use crate::value::Name;

/// Runs the command.
///
/// # Errors
/// When there is no such release, the host has lost it, or it does not work any more.
pub async fn run(session: &Session, args: &RollbackArgs) -> Result<u8, Diagnostics> {
    let need = if args.list { Need::Modules } else { Need::Variables };
    let (env, app) = words(args.env.as_deref(), args.app.as_deref());
    let project = open(session, env, &args.input, need)?;
    let store = project.store().await?;
    // Records outlive the block of their application.
    let app = match app.filter(|_| args.list) {
        Some(app) => app.to_string(),
        None => chosen(&project, app)?,
    };
    if args.list {
        return list(session, store.as_ref(), &app).await;
    }
    let guard = take(session, store.as_ref(), &args.lock, "Rollback", &project.config.name).await?;
    let outcome = rollback(session, &project, store.as_ref(), guard.as_ref(), (&app, args)).await;
    give_back(session, guard).await;
    outcome
}

async fn rollback(
    session: &Session,
    project: &Project,
    store: &dyn StateStore,
    guard: &dyn LockGuard,
    (app, args): (&String, &RollbackArgs),
) -> Result<u8, Diagnostics> {
    let names = std::slice::from_ref(app);
    let Asked { state, eval, mut requests, mut diags } = asked(session, project, store, guard, names).await?;
    choose(&mut requests, args.to.as_deref())?;
    let world = World::new(session, project);
    let any = apps::plan_all(session, project, &world, &mut requests, &mut diags).await;
    if diags.has_errors() {
        return Err(diags);
    }
    session.out(&super::header::text(project, &store.describe(), None, None));
    session.report(&diags);
    if !any {
        session.out(&format!("{}\n", session.style.good("Nothing to bring back: the host has this release.")));
        return Ok(0);
    }
    session.out(&apps::text(session, &requests));
    let rules = guards::decode(&project.config, &eval.root_scope(), true, &mut diags);
    if diags.has_errors() {
        return Err(diags);
    }
    let refused = guards::judge(session, project, &rules, Doing::rollback()).await;
    let overrides = guards::enforce(session, refused, &args.guard)?;
    let approval = Approval { given: args.auto_approve, implied: false };
    let question = format!("Bring this back on {}?", project.config.name);
    if !guards::approved(session, &project.config, &args.guard, approval, &question)? {
        session.out("Nothing was changed.\n");
        return Ok(1);
    }
    let cancel = watch_signals(|| eprintln!("\nInterrupted: the step under way is finished and recorded, then the rollback stops.")).cancel;
    let mut record = history::begin(project, guard, "rollback", None, &state);
    record.overrides = overrides;
    let (outcome, changed) = carry_out(session, project, &world, guard, &requests, &cancel).await;
    record.counts.deployed = changed;
    history::end(session, guard, record, &outcome).await;
    outcome
}

/// Puts the wanted release into the requests. Hosts of one app name their releases apart, so the commit of the first
/// host that knows the name counts for the others.
fn choose(requests: &mut [AppRequest], to: Option<&str>) -> Result<(), Diagnostic> {
    let named = |record: &AppRecord| match to {
        Some(to) => record.release(to).cloned(),
        None => record.release_before().cloned(),
    };
    let commit = requests.iter().find_map(|r| named(r.record.as_ref()?)).and_then(|r| r.commit().map(String::from));
    for request in requests {
        let label = request.label();
        let error = |detail: String| {
            let help = format!("See which there are: envctl rollback ENV {} -list.", request.spec.name);
            Diagnostic::error("No such release", detail).help(help).address(format!("app.{label}"))
        };
        let Some(record) = &request.record else { return Err(error(format!("app.{label} was never deployed here."))) };
        let chosen = match &commit {
            // The name itself may be that of one of several releases of the commit.
            Some(commit) => named(record).filter(|r| r.commit() == Some(commit)).or_else(|| record.release(commit).cloned()),
            None => named(record),
        };
        let missing = || match (to, &commit) {
            (Some(to), _) => format!("app.{label} has no release {to:?} that ended well."),
            (None, Some(commit)) => format!("app.{label} has no release of commit {} that ended well.", short(commit)),
            (None, None) => format!("app.{label} has no release before this one."),
        };
        request.restore = Some(chosen.ok_or_else(|| error(missing()))?);
    }
    Ok(())
}

async fn list(session: &Session, store: &dyn StateStore, app: &str) -> Result<u8, Diagnostics> {
    let of_app = |label: &Name| label.as_ref() == app || label.strip_prefix(app).is_some_and(|rest| rest.starts_with('@'));
    let labels: Vec<Name> = recorded_apps(store).await?.into_iter().filter(of_app).collect();
    let records = read_records(store, &labels).await?;
    if records.is_empty() {
        let detail = format!("There is no record of app.{app} here.");
        return Err(Diagnostic::error("Never deployed", detail).help("Deploy it first: envctl deploy ENV.").into());
    }
    for (label, record) in &records {
        session.out(&format!("{}\n{}", session.style.bold(&format!("app.{label}")), lines(record)));
    }
    Ok(0)
}

fn lines(record: &AppRecord) -> String {
    if record.releases.is_empty() {
        return "  no releases yet\n".into();
    }
    let one = |release: &crate::app::ReleaseRecord| {
        let mark = if record.current.as_ref() == Some(&release.id) { "*" } else { " " };
        let reference = release.reference.as_deref().unwrap_or("");
        format!("{mark} {}  {:<12} {}  {}  {reference}\n", release.id, release.result.name(), release.at, release.by)
    };
    record.releases.iter().rev().map(one).collect()
}
