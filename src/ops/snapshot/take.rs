//! Taking a snapshot: named, tagged, waited for. One that is being made for the same rule is
//! waited for instead of a second one.

use super::name::{COMMIT, ENVIRONMENT, RULE, RUN, snapshot_name, tag_value};
use super::wait::{Halt, Look, Tell, Waiting, patient};
use crate::diag::Diagnostic;
use crate::provider::{DatabaseTags, Databases, ErrorKind, Snapshot, Standing};
use jiff::Timestamp;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// For whom, and in what, snapshots are taken.
pub struct Taking<'a> {
    /// The service.
    pub databases: &'a dyn Databases,
    /// Listens.
    pub tell: &'a dyn Tell,
    /// Ctrl-C.
    pub cancel: &'a watch::Receiver<bool>,
    /// The environment.
    pub environment: &'a str,
    /// The run.
    pub run: &'a str,
    /// The commit of the configuration.
    pub commit: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

/// A snapshot that is asked for.
pub struct Order<'a> {
    /// Of which database.
    pub instance: &'a str,
    /// By which rule.
    pub rule: Option<&'a str>,
    /// Under which name; `None`: drawn from environment, rule and time.
    pub name: Option<&'a str>,
    /// Tags beside envctl's own.
    pub tags: &'a DatabaseTags,
    /// At most this long.
    pub timeout: Duration,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A snapshot of this name is complete.
    Snapshot(String),
    /// There is no such database.
    NoDatabase,
}

/// Takes a snapshot and waits until it is complete.
///
/// # Errors
/// What the service said, a broken database, a time-out; or Ctrl-C. What was started goes on by itself.
pub async fn take(taking: &Taking<'_>, order: &Order<'_>) -> Result<Taken, Halt> {
    if taking.databases.database(order.instance).await?.is_none() {
        return Ok(Taken::NoDatabase);
    }
    let waiting = Waiting { databases: taking.databases, tell: taking.tell, cancel: taking.cancel, limit: order.timeout };
    let id = match under_way(taking, order).await? {
        Some(id) => {
            taking.tell.line(&format!("{}: the snapshot {id}, which an earlier run began, is under way", order.instance));
            id
        }
        None => begin(taking, order, &waiting).await?,
    };
    complete(&waiting, &id).await?;
    taking.tell.line(&format!("{}: the snapshot {id} is complete", order.instance));
    Ok(Taken::Snapshot(id))
}

/// A snapshot of the same rule that is not complete yet.
async fn under_way(taking: &Taking<'_>, order: &Order<'_>) -> Result<Option<String>, Halt> {
    let Some(rule) = order.rule.filter(|_| order.name.is_none()) else { return Ok(None) };
    let all = taking.databases.snapshots(order.instance).await?;
    let ours = |s: &&Snapshot| s.standing == Standing::Working && belongs(s, taking.environment, rule);
    Ok(all.iter().filter(ours).max_by_key(|s| s.created).map(|s| s.id.clone()))
}

/// Whether a snapshot was taken for a rule of an environment.
pub(super) fn belongs(snapshot: &Snapshot, environment: &str, rule: &str) -> bool {
    let is = |tag: &str, value: &str| snapshot.tags.get(tag).is_some_and(|v| *v == tag_value(value));
    snapshot.kind == "manual" && is(ENVIRONMENT, environment) && is(RULE, rule)
}

fn tags(taking: &Taking<'_>, order: &Order<'_>) -> DatabaseTags {
    let mut tags = order.tags.clone();
    let own = [(ENVIRONMENT, Some(taking.environment)), (RULE, order.rule), (RUN, Some(taking.run)), (COMMIT, taking.commit)];
    tags.extend(own.iter().filter_map(|(key, value)| Some(((*key).to_string(), tag_value((*value)?)))));
    tags
}

/// Starts the snapshot as soon as the database can have one taken; its name.
async fn begin(taking: &Taking<'_>, order: &Order<'_>, waiting: &Waiting<'_>) -> Result<String, Halt> {
    let drawn = snapshot_name(taking.environment, order.rule.unwrap_or("manual"), taking.now);
    let name = order.name.map_or(drawn, str::to_lowercase);
    let tags = tags(taking, order);
    taking.tell.line(&format!("{}: taking the snapshot {name}", order.instance));
    let (name, tags, tries) = (&name, &tags, &AtomicU32::new(1));
    let what = format!("the database {} to have a snapshot taken", order.instance);
    waiting
        .until(&what, || async move {
            match patient(taking.databases.database(order.instance).await)? {
                Ok(Some(d)) if d.standing == Standing::Ready => {}
                Ok(Some(d)) if d.standing == Standing::Broken => return Err(broken(order.instance, &d.status).into()),
                Ok(Some(d)) => return Ok(Look::Pending(d.status)),
                Ok(None) => return Err(gone(order.instance).into()),
                Err(state) => return Ok(Look::Pending(state)),
            }
            let id = match tries.load(Ordering::Relaxed) {
                1 => name.clone(),
                n => format!("{name}-{n}"),
            };
            match taking.databases.create_snapshot(order.instance, &id, tags).await {
                Ok(()) => Ok(Look::Ready(id)),
                Err(e) if e.kind == ErrorKind::InUse => Ok(Look::Pending("busy".into())),
                Err(e) if e.kind == ErrorKind::AlreadyExists => match taking.databases.snapshot(&id).await? {
                    // The answer to an earlier attempt was lost.
                    Some(s) if s.tags.get(RUN) == tags.get(RUN) && s.instance == order.instance => Ok(Look::Ready(id)),
                    // Another run within the same second.
                    _ if order.name.is_none() && tries.fetch_add(1, Ordering::Relaxed) < 9 => Ok(Look::Pending("the name is taken".into())),
                    _ => Err(e.into()),
                },
                Err(e) => Err(e.into()),
            }
        })
        .await
}

fn gone(instance: &str) -> Diagnostic {
    Diagnostic::error("The database is gone", format!("{instance} was there a moment ago."))
}

fn broken(instance: &str, status: &str) -> Diagnostic {
    let detail = format!("The database {instance} is in the state `{status}`, in which no snapshot can be taken.");
    Diagnostic::error("No snapshot can be taken", detail).help("The events of the database in the RDS console say why.")
}

/// Waits until a snapshot is complete.
async fn complete(waiting: &Waiting<'_>, id: &str) -> Result<(), Halt> {
    let what = format!("the snapshot {id} to become available");
    waiting
        .until(&what, || async move {
            let found = match patient(waiting.databases.snapshot(id).await)? {
                Ok(found) => found,
                Err(state) => return Ok(Look::Pending(state)),
            };
            let Some(snapshot) = found else {
                let detail = format!("The snapshot {id} was removed while it was waited for.");
                return Err(Diagnostic::error("The snapshot is gone", detail).into());
            };
            match snapshot.standing {
                Standing::Ready => Ok(Look::Ready(())),
                Standing::Working => {
                    let percent = snapshot.progress.map(|p| format!(", {p} %")).unwrap_or_default();
                    Ok(Look::Pending(format!("{}{percent}", snapshot.status)))
                }
                Standing::Broken => {
                    let detail = format!("The snapshot {id} is in the state `{}`.", snapshot.status);
                    Err(Diagnostic::error("The snapshot failed", detail).help("The events in the RDS console say why.").into())
                }
            }
        })
        .await
}
