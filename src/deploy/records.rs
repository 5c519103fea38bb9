//! Records beside the state: read freely, written under the lock.

use crate::app::AppRecord;
use crate::diag::{Diagnostic, Diagnostics};
use crate::store::{LockGuard, StateStore, StoreError};
use crate::value::Name;
use async_trait::async_trait;
use std::collections::BTreeMap;

/// Keeps a record; returns when it is durable.
#[async_trait]
pub trait RecordSink: Send + Sync {
    /// Writes the record of an app.
    async fn save(&self, record: &AppRecord) -> Result<(), Diagnostic>;
}

/// Writes records under a held lock.
pub struct LockRecords<'a>(pub &'a dyn LockGuard);

#[async_trait]
impl RecordSink for LockRecords<'_> {
    async fn save(&self, record: &AppRecord) -> Result<(), Diagnostic> {
        self.0.check().map_err(diagnostic)?;
        self.0.write_record(&AppRecord::name(&record.label()), &record.to_bytes()).await.map_err(diagnostic)
    }
}

fn diagnostic(error: StoreError) -> Diagnostic {
    let diagnostic = Diagnostic::error(error.summary, error.detail);
    match error.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The records of apps by their labels ([`crate::app::AppSpec::label`]).
///
/// # Errors
/// When the store cannot be read, or a record is damaged or newer than this envctl.
pub async fn read_records(store: &dyn StateStore, apps: &[Name]) -> Result<BTreeMap<Name, AppRecord>, Diagnostics> {
    let (mut records, mut errors) = (BTreeMap::new(), Diagnostics::new());
    for app in apps {
        match store.read_record(&AppRecord::name(app)).await {
            Ok(None) => {}
            Ok(Some(bytes)) => match AppRecord::from_bytes(&bytes) {
                Ok(record) => {
                    records.insert(app.clone(), record);
                }
                Err(why) => {
                    let detail = format!("The record of app {app:?} beside the state cannot be used: {why}.");
                    errors.push(
                        Diagnostic::error("Unreadable app record", detail)
                            .help("Use a newer envctl, or delete the record; the next deploy then runs in full."),
                    );
                }
            },
            Err(e) => errors.push(diagnostic(e)),
        }
    }
    if errors.has_errors() { Err(errors) } else { Ok(records) }
}

/// Labels of all apps that have a record, one for each host; those without a block any more included.
///
/// # Errors
/// When the store cannot be read.
pub async fn recorded_apps(store: &dyn StateStore) -> Result<Vec<Name>, Diagnostics> {
    let names = store.list_records("apps/").await.map_err(diagnostic)?;
    Ok(names.iter().filter_map(|n| AppRecord::label_of(n)).map(Name::from).collect())
}

/// Drops the records of apps (after a destroy); nothing on any host changes.
///
/// # Errors
/// When the store refuses.
pub async fn forget(guard: &dyn LockGuard, apps: &[Name]) -> Result<(), Diagnostics> {
    for app in apps {
        guard.delete_record(&AppRecord::name(app)).await.map_err(diagnostic)?;
    }
    Ok(())
}
