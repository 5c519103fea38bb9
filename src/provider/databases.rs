//! Databases and their snapshots: what backups and restores ask of a service of databases.
//!
//! Plain data: settings carry the names that the resource type has for them, so that what a restore
//! loses is said in the words of the configuration. Passwords are in none of it but a change.

use super::ProviderError;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// On or off.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A name.
    Text(String),
    /// Names in order.
    List(Vec<String>),
}

/// Settings of a database by the argument of the resource type.
pub type Settings = BTreeMap<String, Setting>;

/// Tags.
pub type DatabaseTags = BTreeMap<String, String>;

/// Whether something can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It serves, or is complete.
    Ready,
    /// It is being made or changed.
    Working,
    /// Waiting does not help.
    Broken,
}

/// A database server as it is.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its name.
    pub identifier: String,
    /// What stays when it is renamed.
    pub resource_id: String,
    /// The service's word for its state.
    pub status: String,
    /// What that means.
    pub standing: Standing,
    /// Something that was asked for is not in effect yet.
    pub pending: bool,
    /// Engine.
    pub engine: String,
    /// Its version.
    pub engine_version: String,
    /// Administrator.
    pub username: String,
    /// Storage at rest.
    pub encrypted: bool,
    /// The service itself keeps and changes the password.
    pub managed_password: bool,
    /// The cluster it belongs to.
    pub cluster: Option<String>,
    /// Databases that follow it.
    pub replicas: Vec<String>,
    /// Host and port.
    pub endpoint: Option<(String, u16)>,
    /// Latest moment it can be restored to.
    pub restorable_until: Option<Timestamp>,
    /// Everything that can be set.
    pub settings: Settings,
    /// Tags.
    pub tags: DatabaseTags,
}

/// A snapshot as it is.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Its name.
    pub id: String,
    /// The database it was taken of.
    pub instance: String,
    /// `manual`, `automated`, `awsbackup`, `shared`
    pub kind: String,
    /// The service's word for its state.
    pub status: String,
    /// What that means.
    pub standing: Standing,
    /// Percent done.
    pub progress: Option<i32>,
    /// When.
    pub created: Option<Timestamp>,
    /// Size of the storage in GiB.
    pub size: Option<i32>,
    /// At rest.
    pub encrypted: bool,
    /// Engine version in it.
    pub engine_version: String,
    /// Tags.
    pub tags: DatabaseTags,
}

/// What a restore starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreSource {
    /// A snapshot's name.
    Snapshot(String),
    /// What the database of that name was at a moment.
    Time {
        /// The database's name.
        instance: String,
        /// The moment; `None`: the latest there is.
        at: Option<Timestamp>,
    },
}

/// What a restored database shall be.
#[derive(Clone, Debug)]
pub struct RestoreRequest {
    /// From what.
    pub source: RestoreSource,
    /// Name of the new database.
    pub identifier: String,
    /// Settings; those that a restore does not take are left out.
    pub settings: Settings,
    /// Tags.
    pub tags: DatabaseTags,
    /// The service shall keep the password.
    pub managed_password: bool,
}

/// What is to change of a database, at once.
#[derive(Clone, Default)]
pub struct DatabaseChange {
    /// Settings.
    pub settings: Settings,
    /// The administrator's password.
    pub password: Option<String>,
    /// Its name.
    pub identifier: Option<String>,
}

impl fmt::Debug for DatabaseChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseChange").field("settings", &self.settings).field("identifier", &self.identifier).finish_non_exhaustive()
    }
}

/// How a restored database comes by a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// It is said in the restore, or changed afterwards.
    Asked,
    /// It is said in the restore, or never.
    AskedOnly,
    /// It can only be changed afterwards.
    Changed,
}

/// A service of databases, reached with credentials, in a region.
#[async_trait]
pub trait Databases: Send + Sync {
    /// The database of a name or of a resource id; `None`: there is none.
    async fn database(&self, id: &str) -> Result<Option<Database>, ProviderError>;
    /// The earliest moment that a database can be restored to, where the service says so.
    async fn restorable_from(&self, identifier: &str) -> Result<Option<Timestamp>, ProviderError>;
    /// Snapshots of a database, of all kinds.
    async fn snapshots(&self, identifier: &str) -> Result<Vec<Snapshot>, ProviderError>;
    /// One snapshot.
    async fn snapshot(&self, id: &str) -> Result<Option<Snapshot>, ProviderError>;
    /// Starts a snapshot. `InUse`: the database is busy, later it may not be; `AlreadyExists`: the name is taken.
    async fn create_snapshot(&self, identifier: &str, id: &str, tags: &DatabaseTags) -> Result<(), ProviderError>;
    /// Removes a snapshot; one that is gone is fine.
    async fn delete_snapshot(&self, id: &str) -> Result<(), ProviderError>;
    /// How a restore comes by a setting.
    fn restored(&self, setting: &str) -> Restored;
    /// Starts a restore. `AlreadyExists`: the name is taken.
    async fn restore(&self, request: &RestoreRequest) -> Result<(), ProviderError>;
    /// Changes a database at once. `InUse`: it is busy, later it may not be.
    async fn change(&self, database: &Database, change: &DatabaseChange) -> Result<(), ProviderError>;
    /// Whether something answers at this address, from this machine; otherwise why not.
    async fn answers(&self, host: &str, port: u16) -> Result<(), String>;
    /// Rests before look number `look` (from 0) and one more; says how long that counts.
    async fn rest(&self, look: u32) -> Duration;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back_as_what_they_are() {
        let all: Settings = [
            ("a".to_string(), Setting::Flag(true)),
            ("b".to_string(), Setting::Number(7)),
            ("c".to_string(), Setting::Text("gp3".into())),
            ("d".to_string(), Setting::List(vec!["sg-1".into()])),
        ]
        .into();
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), all);
    }

    #[test]
    fn a_change_does_not_print_its_password() {
        let change = DatabaseChange { password: Some("hunter2-hunter2".into()), ..DatabaseChange::default() };
        assert!(!format!("{change:?}").contains("hunter2"));
    }
}
