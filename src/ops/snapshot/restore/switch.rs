//! The restored database takes the place of the old one, by name. Databases are told apart by the
//! id that stays when they are renamed.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html>

use super::record::{Record, Step, Switch};
use super::steps::{Restoring, lost};
use crate::diag::Diagnostic;
use crate::ops::snapshot::wait::patient;
use crate::ops::snapshot::{Halt, Look};
use crate::provider::{DatabaseChange, ErrorKind, Standing};
use std::sync::atomic::{AtomicU32, Ordering};

/// Looks that may find the old name after a renaming was accepted, before it is asked for again.
const LOOKS: u32 = 16;

/// Renames the old database aside and the new one into its place, then lets the state follow.
///
/// # Errors
/// What the service said, a name that is taken, a time-out; or Ctrl-C.
pub async fn switch(restoring: &Restoring<'_>, record: &mut Record) -> Result<(), Halt> {
    if record.switch != Switch::Rename {
        return Ok(());
    }
    let Some(new) = record.new.clone() else { return Err(lost(record).into()) };
    if !record.is_done(Step::OldRenamed) {
        if let Some(old) = record.old.clone() {
            rename(restoring, &old, &record.instance, &record.aside).await?;
        }
        restoring.done(record, Step::OldRenamed).await?;
    }
    if !record.is_done(Step::NewRenamed) {
        rename(restoring, &new, &record.target, &record.instance).await?;
        restoring.done(record, Step::NewRenamed).await?;
    }
    if !record.is_done(Step::State) {
        restoring.keeper.adopt(record, &new).await?;
        restoring.done(record, Step::State).await?;
    }
    Ok(())
}

/// Brings a database from one name to another, and waits until it serves there.
async fn rename(restoring: &Restoring<'_>, id: &str, from: &str, to: &str) -> Result<(), Halt> {
    let what = format!("{from} to be renamed to {to}");
    let asked = &AtomicU32::new(0);
    restoring
        .waiting()
        .until(&what, || async move {
            let found = match patient(restoring.databases.database(id).await)? {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(Look::Pending("not to be seen".into())),
                Err(state) => return Ok(Look::Pending(state)),
            };
            if found.standing == Standing::Broken {
                let detail = format!("The database {} is in the state `{}`.", found.identifier, found.status);
                return Err(Diagnostic::error("A database cannot be renamed", detail).into());
            }
            if found.standing == Standing::Working || found.pending {
                return Ok(Look::Pending(found.status));
            }
            if found.identifier == to {
                return Ok(Look::Ready(()));
            }
            if found.identifier != from {
                let detail = format!("The database {id} is called {}, and neither {from} nor {to}.", found.identifier);
                let help = "Somebody renamed it meanwhile. Rename it back, and run the same command again.";
                return Err(Diagnostic::error("A database has an unexpected name", detail).help(help).into());
            }
            // Its state follows an accepted renaming with a delay.
            let looks = asked.load(Ordering::Relaxed);
            if looks > 0 && looks < LOOKS {
                asked.store(looks + 1, Ordering::Relaxed);
                return Ok(Look::Pending("accepted".into()));
            }
            let change = DatabaseChange { identifier: Some(to.to_string()), ..DatabaseChange::default() };
            restoring.tell.line(&format!("renaming {from} to {to}"));
            match restoring.databases.change(&found, &change).await {
                Ok(()) => asked.store(1, Ordering::Relaxed),
                Err(e) if matches!(e.kind, ErrorKind::InUse | ErrorKind::Unsettled) => {}
                Err(e) => return Err(e.into()),
            }
            Ok(Look::Pending("accepted".into()))
        })
        .await
}
