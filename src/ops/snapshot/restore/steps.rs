//! Up to a restored database that is sound: restore, wait, settings, password, look.

use super::differ::{Difference, differences};
use super::record::{Record, Step};
use crate::diag::Diagnostic;
use crate::ops::snapshot::wait::patient;
use crate::ops::snapshot::{Halt, Look, Tell, Waiting};
use crate::provider::{Database, DatabaseChange, Databases, ErrorKind, RestoreRequest, Restored, Settings, Standing};
use async_trait::async_trait;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Looks in a row that may find a change not in effect, before it is taken for refused.
const LOOKS: u32 = 16;
/// Looks in a row that must find a changed database serving: its state follows with a delay.
const SURE: u32 = 4;
/// What decides who can reach the data: a difference there stops the restore.
const GUARDED: &[&str] = &["vpc_security_group_ids", "publicly_accessible", "db_subnet_group_name"];

/// Keeps what a restore has done.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// Makes the record durable.
    ///
    /// # Errors
    /// When the store or the lock refuses.
    async fn save(&self, record: &Record) -> Result<(), Halt>;
    /// Lets the state describe the database of this resource id instead of the old one.
    ///
    /// # Errors
    /// When it cannot be read or written.
    async fn adopt(&self, record: &Record, resource_id: &str) -> Result<(), Halt>;
}

/// What a restore works with.
pub struct Restoring<'a> {
    /// The service.
    pub databases: &'a dyn Databases,
    /// Listens.
    pub tell: &'a dyn Tell,
    /// Ctrl-C.
    pub cancel: &'a watch::Receiver<bool>,
    /// Keeps the record.
    pub keeper: &'a dyn Keeper,
    /// The administrator's password, where it is known.
    pub password: Option<&'a str>,
    /// How long one step may take.
    pub limit: Duration,
}

impl Restoring<'_> {
    pub(super) fn waiting(&self) -> Waiting<'_> {
        Waiting { databases: self.databases, tell: self.tell, cancel: self.cancel, limit: self.limit }
    }

    pub(super) async fn done(&self, record: &mut Record, step: Step) -> Result<(), Halt> {
        record.done.insert(step);
        self.keeper.save(record).await
    }

    /// The new database, which has to be there.
    pub(super) async fn made(&self, record: &Record) -> Result<Database, Halt> {
        let id = record.new.as_deref().unwrap_or(&record.target);
        self.databases.database(id).await?.ok_or_else(|| lost(record).into())
    }

    /// Waits until a database serves and nothing is pending, so many looks in a row.
    pub(super) async fn serving(&self, id: &str, what: &str, looks: u32) -> Result<Database, Halt> {
        let seen = &AtomicU32::new(0);
        self.waiting()
            .until(what, || async move {
                let found = match patient(self.databases.database(id).await)? {
                    Ok(Some(found)) => found,
                    Ok(None) => return Ok(Look::Pending("not to be seen yet".into())),
                    Err(state) => return Ok(Look::Pending(state)),
                };
                match found.standing {
                    Standing::Broken => Err(broken(&found).into()),
                    Standing::Ready if !found.pending && seen.fetch_add(1, Ordering::Relaxed) + 1 >= looks => Ok(Look::Ready(found)),
                    Standing::Ready => Ok(Look::Pending(found.status)),
                    Standing::Working => {
                        seen.store(0, Ordering::Relaxed);
                        Ok(Look::Pending(found.status))
                    }
                }
            })
            .await
    }
}

/// Everything before the switch. Steps that are done are not done again, but what they made is looked at.
///
/// # Errors
/// What the service said, a time-out, a database that differs where it matters; or Ctrl-C.
pub async fn prepare_switch(restoring: &Restoring<'_>, record: &mut Record) -> Result<(), Halt> {
    if !record.is_done(Step::Restored) {
        restore(restoring, record).await?;
        restoring.done(record, Step::Restored).await?;
    }
    if !record.is_done(Step::Available) {
        let id = record.new.clone().unwrap_or_else(|| record.target.clone());
        restoring.serving(&id, &format!("the database {} to become available", record.target), 1).await?;
        restoring.tell.line(&format!("{}: available", record.target));
        restoring.done(record, Step::Available).await?;
    }
    if !record.is_done(Step::Settings) {
        settings(restoring, record).await?;
        restoring.done(record, Step::Settings).await?;
    }
    if !record.is_done(Step::Password) {
        password(restoring, record).await?;
        restoring.done(record, Step::Password).await?;
    }
    if !record.is_done(Step::Verified) {
        verify(restoring, record).await?;
        restoring.done(record, Step::Verified).await?;
    }
    Ok(())
}

/// Asks for the new database, unless it is there already: its name was free when it was recorded.
async fn restore(restoring: &Restoring<'_>, record: &mut Record) -> Result<(), Halt> {
    let request = &RestoreRequest {
        source: record.source(),
        identifier: record.target.clone(),
        settings: record.settings.clone(),
        tags: record.tags.clone(),
        managed_password: record.managed_password,
    };
    let asked = &AtomicU32::new(0);
    let what = format!("the database {} to come into being", record.target);
    let made = restoring
        .waiting()
        .until(&what, || async move {
            match patient(restoring.databases.database(&request.identifier).await)? {
                Ok(Some(found)) if !found.resource_id.is_empty() => return Ok(Look::Ready(found)),
                Ok(Some(found)) => return Ok(Look::Pending(found.status)),
                Ok(None) => {}
                Err(state) => return Ok(Look::Pending(state)),
            }
            if asked.load(Ordering::Relaxed) == 0 {
                restoring.tell.line(&format!("{}: restoring", request.identifier));
                match restoring.databases.restore(request).await {
                    Ok(()) => asked.store(1, Ordering::Relaxed),
                    Err(e) if e.kind == ErrorKind::AlreadyExists => asked.store(1, Ordering::Relaxed),
                    Err(e) if matches!(e.kind, ErrorKind::InUse | ErrorKind::Unsettled) => {}
                    Err(e) => return Err(e.into()),
                }
            }
            Ok(Look::Pending("asked for".into()))
        })
        .await?;
    record.new = Some(made.resource_id);
    Ok(())
}

/// Gives the new database what a restore does not take.
async fn settings(restoring: &Restoring<'_>, record: &Record) -> Result<(), Halt> {
    let id = restoring.made(record).await?.resource_id;
    let (id, record) = (&id, record);
    let (asked, since) = (&AtomicU32::new(0), &AtomicU32::new(0));
    let what = format!("the settings of {} to take effect", record.target);
    restoring
        .waiting()
        .until(&what, || async move {
            let found = match patient(restoring.databases.database(id).await)? {
                Ok(Some(found)) => found,
                Ok(None) => return Err(lost(record).into()),
                Err(state) => return Ok(Look::Pending(state)),
            };
            if found.standing == Standing::Broken {
                return Err(broken(&found).into());
            }
            if found.standing == Standing::Working || found.pending {
                since.store(0, Ordering::Relaxed);
                return Ok(Look::Pending(found.status));
            }
            let wanted = changeable(restoring.databases, differences(&record.settings, &found.settings));
            if wanted.is_empty() || (asked.load(Ordering::Relaxed) > 0 && since.fetch_add(1, Ordering::Relaxed) >= LOOKS) {
                return Ok(Look::Ready(()));
            }
            if asked.load(Ordering::Relaxed) > 0 {
                return Ok(Look::Pending("being changed".into()));
            }
            let names: Vec<&str> = wanted.keys().map(String::as_str).collect();
            restoring.tell.line(&format!("{}: setting {}", record.target, names.join(", ")));
            let change = DatabaseChange { settings: wanted, ..DatabaseChange::default() };
            match restoring.databases.change(&found, &change).await {
                Ok(()) => asked.store(1, Ordering::Relaxed),
                Err(e) if e.kind == ErrorKind::InUse => {}
                Err(e) => return Err(e.into()),
            }
            Ok(Look::Pending("being changed".into()))
        })
        .await
}

fn changeable(databases: &dyn Databases, found: Vec<Difference>) -> Settings {
    let can = |d: &Difference| databases.restored(&d.name) != Restored::AskedOnly;
    found.into_iter().filter(can).map(|d| (d.name, d.wanted)).collect()
}

/// Sets the password, which nobody can read back: once more does no harm.
async fn password(restoring: &Restoring<'_>, record: &mut Record) -> Result<(), Halt> {
    let Some(password) = restoring.password.filter(|_| !record.managed_password) else {
        if !record.managed_password {
            record.unverified.push(format!("the password of {}: it is what it was then, for no value is known here", record.instance));
        }
        return Ok(());
    };
    let id = restoring.made(record).await?.resource_id;
    let what = format!("{} to take the password", record.target);
    let (id, record) = (&id, &*record);
    restoring
        .waiting()
        .until(&what, || async move {
            let found = restoring.made(record).await?;
            if found.standing != Standing::Ready {
                return Ok(Look::Pending(found.status));
            }
            let change = DatabaseChange { password: Some(password.to_string()), ..DatabaseChange::default() };
            match restoring.databases.change(&found, &change).await {
                Ok(()) => Ok(Look::Ready(())),
                Err(e) if e.kind == ErrorKind::InUse => Ok(Look::Pending("busy".into())),
                Err(e) => Err(e.into()),
            }
        })
        .await?;
    restoring.tell.line(&format!("{}: password set", record.target));
    restoring.serving(id, &what, SURE).await.map(drop)
}

/// Looks at the new database: settings, tags, and whether it answers. What cannot be looked at is noted.
async fn verify(restoring: &Restoring<'_>, record: &mut Record) -> Result<(), Halt> {
    let found = restoring.made(record).await?;
    let wrong = differences(&record.settings, &found.settings);
    let text = |d: &Difference| {
        let is = d.found.as_ref().map_or_else(|| "nothing".to_string(), super::describe::value);
        format!("{} is {is} instead of {}", d.name, super::describe::value(&d.wanted))
    };
    let guarded: Vec<String> = wrong.iter().filter(|d| GUARDED.contains(&d.name.as_str())).map(text).collect();
    if !guarded.is_empty() {
        let detail = format!("{}: {}. It was not put in the place of {}.", record.target, guarded.join("; "), record.instance);
        let help = "Set that by hand, then run the same command again: it looks once more.";
        return Err(Diagnostic::error("The restored database can be reached by others", detail).help(help).into());
    }
    let mut unverified: Vec<String> = wrong.iter().map(text).collect();
    if record.tags != found.tags {
        unverified.push("its tags differ".into());
    }
    if record.managed_password != found.managed_password {
        unverified.push("who keeps its password differs".into());
    }
    match &found.endpoint {
        Some((host, port)) => match restoring.databases.answers(host, *port).await {
            Ok(()) => restoring.tell.line(&format!("{}: answers on {host}:{port}", record.target)),
            Err(why) => unverified.push(format!("whether it answers on {host}:{port}, which cannot be reached from here ({why})")),
        },
        None => unverified.push("whether it answers: it has no endpoint yet".into()),
    }
    restoring.tell.line(&format!("{}: {} settings are as they were", record.target, record.settings.len().saturating_sub(wrong.len())));
    for text in &unverified {
        restoring.tell.line(&format!("{}: not verified: {text}", record.target));
    }
    record.unverified.extend(unverified);
    Ok(())
}

pub(super) fn lost(record: &Record) -> Diagnostic {
    let detail = format!("The database {} that was restored is not there any more.", record.target);
    Diagnostic::error("The restored database is gone", detail)
        .help("Forget this restore with -abandon, and begin again. The old database was not touched.")
}

fn broken(found: &Database) -> Diagnostic {
    let detail = format!("The database {} is in the state `{}`.", found.identifier, found.status);
    Diagnostic::error("The restored database does not become available", detail).help("The events in the RDS console say why.")
}
