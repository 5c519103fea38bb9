//! Makes and completes the bucket and the lock table of a backend.
//!
//! CreateBucket is never sent for a bucket that exists: in us-east-1 it would answer 200 and reset
//! the ACLs. Settings that are there but different (a KMS key, another billing mode) are left alone
//! and reported.

mod bucket;
mod health;
mod table;

use super::errors::explain;
use super::{Backend, connect};
use crate::aws::errors::{ApiError, call};
use crate::aws::settings::Env;
use crate::aws::waiter::{Poll, Wait};
use crate::aws::{Aws, Stats};
use crate::provider::ProviderError;
use crate::store::{BackendAdmin, Contents, Part, PartKind, Standing, StoreError, StoreErrorKind};
use crate::value::Value;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Tag of what `bootstrap` made.
pub const TAG: (&str, &str) = ("envctl:purpose", "state");

/// The bucket and the table of an S3 backend.
pub struct S3Admin {
    backend: Backend,
    aws: Aws,
}

impl S3Admin {
    /// For the names in a backend block. Nothing is called yet, except to check the account where
    /// the block restricts it.
    ///
    /// # Errors
    /// As [`super::S3Store::open`].
    pub async fn open(settings: &BTreeMap<Arc<str>, Value>, env: &Env, stats: Stats) -> Result<Self, StoreError> {
        let backend = Backend::read(settings, "default", env)?;
        let aws = connect(&backend, stats).await?;
        Ok(S3Admin { backend, aws })
    }

    fn explain(&self, error: ApiError, doing: &str) -> StoreError {
        explain(error, doing, &self.backend)
    }

    /// The account of the credentials; `None` where the backend says not to ask.
    async fn account(&self) -> Result<Option<String>, StoreError> {
        if self.backend.aws.skip_account_id {
            return Ok(None);
        }
        let identity = call("sts:GetCallerIdentity", self.aws.sts().get_caller_identity().send()).await;
        let identity = identity.map_err(|e| self.explain(e, "Asking which account this is"))?;
        Ok(identity.account().map(str::to_string))
    }

    async fn wait<F, Fut>(&self, what: &str, look: F) -> Result<(), StoreError>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Poll<()>> + Send,
    {
        let wait = Wait { what, timeout: Duration::from_secs(300), scale: self.backend.aws.scale() };
        wait.until(look).await.map_err(waited)
    }
}

fn waited(error: ProviderError) -> StoreError {
    StoreError::new(StoreErrorKind::Other, error.summary, error.detail).help("Run the command again: it goes on where this run ended.")
}

fn part(kind: PartKind, name: &str, standing: Standing) -> Part {
    Part { kind, name: name.to_string(), standing }
}

/// Fine, or missing.
fn when(fine: bool) -> Standing {
    if fine { Standing::Fine } else { Standing::Missing }
}

#[async_trait]
impl BackendAdmin for S3Admin {
    async fn inspect(&self) -> Result<Vec<Part>, StoreError> {
        let mut parts = self.inspect_bucket().await?;
        if let Some(name) = &self.backend.table {
            parts.extend(self.inspect_table(name).await?);
        }
        Ok(parts)
    }

    async fn make(&self, part: &Part) -> Result<(), StoreError> {
        match part.kind {
            PartKind::Bucket => self.create_bucket().await,
            PartKind::Versioning => self.enable_versioning().await,
            PartKind::Encryption => self.enable_encryption().await,
            PartKind::PublicAccessBlock => self.block_public_access().await,
            PartKind::BucketTag => self.tag_bucket().await,
            PartKind::Table => self.create_table(&part.name).await,
            PartKind::PointInTimeRecovery => self.enable_recovery(&part.name).await,
            PartKind::DeletionProtection => self.protect_table(&part.name).await,
        }
    }

    async fn contents(&self) -> Result<Contents, StoreError> {
        let objects = self.bucket_keys().await?;
        let (locks, digests) = match &self.backend.table {
            Some(name) => self.table_items(name).await?,
            None => Default::default(),
        };
        Ok(Contents { objects, locks, digests })
    }
}
