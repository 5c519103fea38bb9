//! RDS as backups and restores see it: [`Databases`] over the clients of a configured provider.
//!
//! Snapshots: <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CreateSnapshot.html>; what a restore takes over
//! and what not: <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html>.

mod observe;
mod send;

use super::clients::Aws;
use super::errors::{ApiError, absent, call};
use super::rds::tags_of;
use super::resources::db_instance::describe_one;
use super::waiter::interval;
use crate::provider::{
    Configured, Database, DatabaseChange, DatabaseTags, Databases, ErrorKind, ProviderError, RestoreRequest, RestoreSource, Restored,
    Snapshot,
};
use async_trait::async_trait;
use aws_sdk_rds::types::Tag;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for an answer of a database's port.
const CONNECT: Duration = Duration::from_secs(5);

const NO_SNAPSHOT: &[&str] = &["DBSnapshotNotFound", "DBSnapshotNotFoundFault"];
/// The database (or the snapshot) is in the middle of something else.
const BUSY: &[&str] = &[
    "InvalidDBInstanceState",
    "InvalidDBInstanceStateFault",
    "InvalidDBInstanceStateException",
    "InvalidDBSnapshotState",
    "InvalidDBSnapshotStateFault",
];

/// RDS in a region.
pub struct RdsDatabases {
    aws: Arc<Aws>,
    region: Option<String>,
}

impl RdsDatabases {
    /// Over the clients of a configured AWS provider; `None`: it is another provider's configuration.
    #[must_use]
    pub fn of(configured: &Configured, region: Option<String>) -> Option<Self> {
        let aws = configured.data.clone().downcast::<Aws>().ok()?;
        Some(RdsDatabases { aws, region })
    }

    fn client(&self) -> aws_sdk_rds::Client {
        self.aws.rds(self.region.as_deref())
    }
}

fn explain(error: ApiError, doing: &str) -> ProviderError {
    let busy = error.is(BUSY);
    let explained = error.while_doing(doing);
    ProviderError { kind: if busy { ErrorKind::InUse } else { explained.kind }, ..explained }
}

fn to_sdk(tags: &DatabaseTags) -> Vec<Tag> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

#[async_trait]
impl Databases for RdsDatabases {
    async fn database(&self, id: &str) -> Result<Option<Database>, ProviderError> {
        let found = describe_one(self.client(), id.to_string()).await.map_err(|e| e.while_doing("Reading the database"))?;
        Ok(found.as_ref().map(observe::database))
    }

    async fn restorable_from(&self, identifier: &str) -> Result<Option<Timestamp>, ProviderError> {
        let request = self.client().describe_db_instance_automated_backups().db_instance_identifier(identifier);
        let answer = call("rds:DescribeDBInstanceAutomatedBackups", request.send()).await;
        let answer = answer.map_err(|e| e.while_doing("Reading the automated backups"))?;
        let windows = answer.db_instance_automated_backups().iter().filter_map(|b| b.restore_window()?.earliest_time());
        Ok(windows.filter_map(observe::moment).min())
    }

    async fn snapshots(&self, identifier: &str) -> Result<Vec<Snapshot>, ProviderError> {
        let pages = self.client().describe_db_snapshots().db_instance_identifier(identifier).into_paginator().items().send();
        let found = call("rds:DescribeDBSnapshots", pages.collect::<Result<Vec<_>, _>>()).await;
        let found = found.map_err(|e| e.while_doing("Reading the snapshots"))?;
        Ok(found.iter().map(observe::snapshot).collect())
    }

    async fn snapshot(&self, id: &str) -> Result<Option<Snapshot>, ProviderError> {
        let request = self.client().describe_db_snapshots().db_snapshot_identifier(id);
        let answer = absent(call("rds:DescribeDBSnapshots", request.send()).await, NO_SNAPSHOT);
        let found = answer.map_err(|e| e.while_doing("Reading the snapshot"))?;
        Ok(found.and_then(|a| a.db_snapshots().first().map(observe::snapshot)))
    }

    async fn create_snapshot(&self, identifier: &str, id: &str, tags: &DatabaseTags) -> Result<(), ProviderError> {
        let request = self.client().create_db_snapshot().db_instance_identifier(identifier).db_snapshot_identifier(id);
        let sent = call("rds:CreateDBSnapshot", request.set_tags(Some(to_sdk(tags))).send()).await;
        sent.map(drop).map_err(|e| explain(e, "Taking the snapshot"))
    }

    async fn delete_snapshot(&self, id: &str) -> Result<(), ProviderError> {
        let sent = call("rds:DeleteDBSnapshot", self.client().delete_db_snapshot().db_snapshot_identifier(id).send()).await;
        absent(sent, NO_SNAPSHOT).map(drop).map_err(|e| explain(e, "Removing the snapshot"))
    }

    fn restored(&self, setting: &str) -> Restored {
        send::restored(setting)
    }

    async fn restore(&self, request: &RestoreRequest) -> Result<(), ProviderError> {
        let client = self.client();
        let sent = match &request.source {
            RestoreSource::Snapshot(id) => {
                call("rds:RestoreDBInstanceFromDBSnapshot", send::from_snapshot(&client, request, id).send()).await.map(drop)
            }
            RestoreSource::Time { instance, at } => {
                let send = send::to_time(&client, request, instance, *at);
                call("rds:RestoreDBInstanceToPointInTime", send.send()).await.map(drop)
            }
        };
        sent.map_err(|e| explain(e, "Restoring the database"))
    }

    async fn change(&self, database: &Database, change: &DatabaseChange) -> Result<(), ProviderError> {
        let sent = call("rds:ModifyDBInstance", send::modify(&self.client(), database, change).send()).await;
        sent.map(drop).map_err(|e| explain(e, "Changing the database"))
    }

    async fn answers(&self, host: &str, port: u16) -> Result<(), String> {
        match tokio::time::timeout(CONNECT, tokio::net::TcpStream::connect((host, port))).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(e)) => Err(e.to_string()),
            Err(_) => Err(format!("no answer within {} s", CONNECT.as_secs())),
        }
    }

    async fn rest(&self, look: u32) -> Duration {
        let pause = interval(look);
        tokio::time::sleep(pause.mul_f64(self.aws.settings().scale())).await;
        pause
    }
}

/// Tags as plain data.
fn plain(tags: &[Tag]) -> DatabaseTags {
    tags_of(tags).into_iter().filter(|(k, _)| !k.starts_with("aws:")).collect()
}
