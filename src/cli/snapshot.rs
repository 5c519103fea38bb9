//! `snapshot create|list|prune`.

use super::args_snapshot::{SnapshotCommand, SnapshotCreateArgs, SnapshotListArgs, SnapshotPruneArgs, WhichArgs};
use super::databases::{DatabaseProgress, Reacher, managed};
use super::interrupt::watch_signals;
use super::planning::{give_back, take as lock};
use super::progress::Progress;
use super::project::{Need, Project, open};
use super::session::Session;
use super::snapshot_rules::{environment, rules};
use super::state::edit::stored;
use crate::diag::{Diagnostic, Diagnostics};
use crate::ops::snapshot::{Halt, Listed, Order, Rule, Taken, Taking, diagnostic, prune, surplus, take, to_json, to_text};
use crate::process::head;
use crate::provider::DatabaseTags;
use crate::state::State;
use crate::value::closest;
use jiff::Timestamp;
use std::time::Duration;

/// Exit code of an interrupted run.
const INTERRUPTED: u8 = 130;

/// `snapshot ...`
///
/// # Errors
/// When the database is not found, or what the service says.
pub async fn run(session: &Session, command: &SnapshotCommand) -> Result<u8, Diagnostics> {
    match command {
        SnapshotCommand::Create(args) => create(session, args).await,
        SnapshotCommand::List(args) => list(session, args).await,
        SnapshotCommand::Prune(args) => clear(session, args).await,
    }
}

/// An environment with its state and its rules.
struct Opened {
    project: Project,
    state: State,
    rules: Vec<Rule>,
}

async fn opened(session: &Session, env: &super::args::EnvArgs) -> Result<Opened, Diagnostics> {
    let project = open(session, env.env.as_deref(), &env.input, Need::Variables)?;
    let state = stored(project.store().await?.as_ref()).await?.unwrap_or_default();
    let rules = rules(session, &project, &state)?;
    Ok(Opened { project, state, rules })
}

/// One database: as named, else the only one that there is.
///
/// # Errors
/// When there is none or several.
pub fn which(which: &WhichArgs, rules: &[Rule], state: &State) -> Result<(String, Option<Rule>), Diagnostics> {
    if let Some(instance) = &which.instance {
        return Ok((instance.to_lowercase(), None));
    }
    if let Some(name) = &which.rule {
        let rule = named(name, rules)?;
        return match &rule.instance {
            Some(instance) => Ok((instance.clone(), Some(rule.clone()))),
            None => Err(not_made(rule).into()),
        };
    }
    let ids: Vec<String> = managed(state).iter().filter_map(|m| m.text("identifier").map(str::to_string)).collect();
    match (rules, ids.as_slice()) {
        ([rule], _) if rule.instance.is_some() => Ok((rule.instance.clone().unwrap_or_default(), Some(rule.clone()))),
        ([], [id]) => Ok((id.clone(), None)),
        ([], []) | ([_], []) => {
            let detail = "The state holds no database, and no snapshot rule names one that exists.";
            Err(Diagnostic::error("No database", detail).help("Name one with -instance ID.").into())
        }
        _ => {
            let names: Vec<&str> = rules.iter().map(|r| r.name.as_ref()).collect();
            let rules = if names.is_empty() { String::new() } else { format!(" Rules: {}.", names.join(", ")) };
            let detail = format!("There are several databases: {}.{rules}", ids.join(", "));
            Err(Diagnostic::error("Which database?", detail).help("Choose with -rule NAME or -instance ID.").into())
        }
    }
}

fn not_made(rule: &Rule) -> Diagnostic {
    let detail = format!("The database of the rule {:?} does not exist yet.", rule.name);
    Diagnostic::error("No database", detail).at(rule.span).help("Apply the environment first.")
}

fn named<'r>(name: &str, rules: &'r [Rule]) -> Result<&'r Rule, Diagnostics> {
    if let Some(rule) = rules.iter().find(|r| r.name.as_ref() == name) {
        return Ok(rule);
    }
    let names: Vec<&str> = rules.iter().map(|r| r.name.as_ref()).collect();
    let near = closest(name, names.iter().copied()).map(|n| format!("Did you mean {n:?}? ")).unwrap_or_default();
    let list =
        if names.is_empty() { "This environment has no snapshot rules.".into() } else { format!("There are: {}.", names.join(", ")) };
    Err(Diagnostic::error("No such rule", format!("There is no snapshot rule {name:?}.")).help(format!("{near}{list}")).into())
}

async fn create(session: &Session, args: &SnapshotCreateArgs) -> Result<u8, Diagnostics> {
    let timeout = duration(&args.timeout)?;
    let Opened { project, state, rules } = opened(session, &args.env).await?;
    let (instance, rule) = which(&args.which, &rules, &state)?;
    let databases = Reacher::new(session, &project, &state).reach(&instance).await?;
    let progress = Progress::new(session);
    let tell = DatabaseProgress::new(session, &progress);
    let cancel = watch_signals(|| eprintln!("\nInterrupted: a snapshot that was begun goes on by itself.")).cancel;
    let (environment, run, commit) = (environment(&project), uuid::Uuid::new_v4().to_string(), head(&project.config.env_dir));
    let taking = Taking {
        databases: databases.as_ref(),
        tell: &tell,
        cancel: &cancel,
        environment: &environment,
        run: &run,
        commit: commit.as_ref().map(|h| h.commit.as_str()),
        now: Timestamp::now(),
    };
    let (none, name) = (DatabaseTags::new(), rule.as_ref().map(|r| r.name.as_ref()));
    let tags = rule.as_ref().map_or(&none, |r| &r.tags);
    let order = Order { instance: &instance, rule: name, name: args.name.as_deref(), tags, timeout };
    match take(&taking, &order).await {
        Ok(Taken::Snapshot(id)) => {
            session.out(&format!("{}\n", session.style.good(&format!("The snapshot {id} of {instance} is complete."))));
            Ok(0)
        }
        Ok(Taken::NoDatabase) => Err(missing(&instance).into()),
        Err(Halt::Interrupted) => Ok(INTERRUPTED),
        Err(Halt::Failed(d)) => Err(d.into()),
    }
}

/// There is no such database.
#[must_use]
pub fn missing(instance: &str) -> Diagnostic {
    let detail = format!("There is no database {instance} in this account and region.");
    Diagnostic::error("No such database", detail).help("`envctl snapshot list` shows the databases of the environment.")
}

fn duration(text: &str) -> Result<Duration, Diagnostics> {
    crate::clock::parse_duration(text).map_err(|e| Diagnostic::error("Invalid -timeout", format!("{e}.")).into())
}

async fn list(session: &Session, args: &SnapshotListArgs) -> Result<u8, Diagnostics> {
    let Opened { project, state, rules } = opened(session, &args.env).await?;
    let wanted = if args.which.rule.is_some() || args.which.instance.is_some() {
        vec![which(&args.which, &rules, &state)?.0]
    } else {
        let mut all: Vec<String> = managed(&state).iter().filter_map(|m| m.text("identifier").map(str::to_string)).collect();
        all.extend(rules.iter().filter_map(|r| r.instance.clone()));
        all.sort();
        all.dedup();
        all
    };
    let mut reacher = Reacher::new(session, &project, &state);
    let mut listed = Vec::new();
    for instance in wanted {
        let databases = reacher.reach(&instance).await?;
        let answers = futures::join!(databases.database(&instance), databases.snapshots(&instance), databases.restorable_from(&instance));
        let (database, snapshots) = (answers.0.map_err(diagnostic)?, answers.1.map_err(diagnostic)?);
        let from = answers.2.unwrap_or_else(|e| {
            session.report(&diagnostic(e).into_warning().into());
            None
        });
        listed.push(Listed { instance, database, from, snapshots });
    }
    if args.json {
        session.raw(&format!("{}\n", serde_json::to_string_pretty(&to_json(&listed)).unwrap_or_default()));
    } else if listed.is_empty() {
        session.out("The environment has no databases.\n");
    } else {
        session.out(&to_text(&listed, Timestamp::now()));
    }
    Ok(0)
}

async fn clear(session: &Session, args: &SnapshotPruneArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Variables)?;
    let store = project.store().await?;
    let guard = lock(session, store.as_ref(), &args.lock, "Snapshots", &project.config.name).await?;
    let outcome = clear_under_lock(session, &project, store.as_ref(), args).await;
    give_back(session, guard).await;
    outcome
}

async fn clear_under_lock(
    session: &Session,
    project: &Project,
    store: &dyn crate::store::StateStore,
    args: &SnapshotPruneArgs,
) -> Result<u8, Diagnostics> {
    if args.keep == Some(0) {
        let d = Diagnostic::error("Invalid -keep", "At least one snapshot of each rule stays.");
        return Err(d.help("Remove single snapshots with `aws rds delete-db-snapshot`.").into());
    }
    let state = stored(store).await?.unwrap_or_default();
    let all = rules(session, project, &state)?;
    let rules = match &args.rule {
        Some(name) => vec![named(name, &all)?.clone()],
        None => all,
    };
    let mut reacher = Reacher::new(session, project, &state);
    let environment = environment(project);
    let mut found = Vec::new();
    for rule in &rules {
        let Some(instance) = &rule.instance else { continue };
        let databases = reacher.reach(instance).await?;
        let snapshots = databases.snapshots(instance).await.map_err(diagnostic)?;
        let old = surplus(&snapshots, &environment, &rule.name, args.keep.unwrap_or(rule.keep));
        for s in &old {
            let taken = s.created.map_or_else(String::new, |t| format!(", taken {t}"));
            session.out(&format!("{} ({instance}, rule {:?}{taken})\n", s.id, rule.name));
        }
        found.push((databases, old.iter().map(|s| s.id.clone()).collect::<Vec<_>>()));
    }
    let count: usize = found.iter().map(|(_, ids)| ids.len()).sum();
    if count == 0 {
        session.out("No rule has more snapshots than it keeps.\n");
        return Ok(0);
    }
    if !args.auto_approve && !session.confirm(&format!("Remove these {count} snapshots? There is no undo."), "-auto-approve")? {
        session.out("Nothing was removed.\n");
        return Ok(1);
    }
    let progress = Progress::new(session);
    let tell = DatabaseProgress::new(session, &progress);
    let mut stay = Diagnostics::new();
    for (databases, ids) in &found {
        stay.extend(prune(databases.as_ref(), ids, &tell).await);
    }
    let failed = !stay.is_empty();
    session.report(&stay);
    Ok(u8::from(failed))
}
