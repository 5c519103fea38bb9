//! Whether a service that speaks S3's language keeps its conditions. AWS's own does; others ignore
//! them without a word, and then a lock object would exclude nobody.

use super::Locks;
use super::errors::{condition_failed, explain, no_conditions};
use super::objects::Condition;
use crate::store::{StoreError, StoreErrorKind};
use std::collections::BTreeMap;

/// A tag that no object has.
const NO_TAG: &str = "\"00000000000000000000000000000000\"";

impl Locks {
    /// Just after we took the lock object: writing it once more, on the condition that there is
    /// none, has to fail.
    pub(super) async fn probe_conditional_writes(&self, info: &str) -> Result<(), StoreError> {
        if self.s3_is_aws {
            return Ok(());
        }
        let again = self.objects.put(&self.lock_key(), info.as_bytes(), &self.backend.lock_tags, &Condition::Absent).await;
        match again {
            Err(e) if condition_failed(&e) => Ok(()),
            Err(e) if no_conditions(&e) => Err(cannot_lock()),
            Err(e) => Err(explain(e, "Checking the lock in S3", &self.backend)),
            Ok(_) => {
                self.objects.delete(&self.lock_key(), None).await.map_err(|e| explain(e, "Giving the lock back", &self.backend))?;
                Err(cannot_lock())
            }
        }
    }

    /// Whether an object is removed only if it is still the one that was seen. Without that two
    /// contenders could each take over from a dead holder.
    pub(super) async fn removes_conditionally(&self) -> Result<bool, StoreError> {
        if self.s3_is_aws {
            return Ok(true);
        }
        self.removes_conditionally.get_or_try_init(|| self.probe_conditional_removal()).await.copied()
    }

    async fn probe_conditional_removal(&self) -> Result<bool, StoreError> {
        let doing = "Checking the lock in S3";
        let key = format!("{}.envctl/probe-{}", self.backend.key, uuid::Uuid::new_v4().simple());
        let put = self.objects.put(&key, b"probe", &BTreeMap::new(), &Condition::Always).await;
        put.map_err(|e| explain(e, doing, &self.backend))?;
        let refused = self.objects.delete(&key, Some(NO_TAG)).await;
        self.objects.delete(&key, None).await.map_err(|e| explain(e, doing, &self.backend))?;
        match refused {
            Err(e) if condition_failed(&e) => Ok(true),
            Ok(()) => Ok(false),
            Err(e) if no_conditions(&e) => Ok(false),
            Err(e) => Err(explain(e, doing, &self.backend)),
        }
    }
}

/// The service has no conditional writes.
pub(super) fn cannot_lock() -> StoreError {
    let detail = "The S3 service behind this backend has no conditional writes; a lock object would exclude nobody.";
    StoreError::new(StoreErrorKind::Other, "This store cannot lock with use_lockfile", detail).help("Use dynamodb_table instead.")
}
