//! The state and its digest: what disagrees is never planned with.
//!
//! They are two objects of two services, and a run can die between writing the one and the other. So the state
//! object carries, in its metadata, the digest that it follows: one write ahead is no disagreement.

use super::errors::explain;
use super::objects::Stored;
use super::{Inner, Known};
use crate::aws::errors::call;
use crate::store::{StateMark, StoreError, StoreErrorKind, StoredState, md5_hex};
use std::time::{Duration, Instant};

/// How long to wait for object and digest to agree, as OpenTofu does.
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_secs(2);

/// What the metadata of a state object says of the digest that was recorded when it was written.
pub(super) fn follows(digest: &str) -> String {
    format!("follows {digest}")
}

/// An older (or the current) version of the state object.
struct Version {
    id: String,
    date: String,
}

impl Inner {
    /// Reads the state and compares it with its digest. Under the lock a crash between the two
    /// writes is healed when lineage and serial allow it; otherwise a mismatch is an error.
    pub(super) async fn read_state(&self, held: bool) -> Result<Option<StoredState>, StoreError> {
        let started = Instant::now();
        loop {
            let stored = self.objects.get(&self.backend.key, "Reading the state").await?.filter(|s| !s.bytes.is_empty());
            let expected = self.expected_digest().await?;
            let actual = stored.as_ref().map(|s| md5_hex(&s.bytes));
            let Some(expected) = expected.filter(|e| actual.as_ref() != Some(e)) else {
                if stored.is_none() {
                    self.check_that_none_was().await?;
                }
                return Ok(self.remember(stored, actual));
            };
            let next = stored.as_ref().is_some_and(|s| s.note.as_deref() == Some(follows(&expected).as_str()));
            if next && !held {
                return Ok(self.remember(stored, Some(expected)));
            }
            if held && self.heal(stored.as_ref(), &expected, next).await? {
                return Ok(self.remember(stored, actual));
            }
            if held || started.elapsed() >= PATIENCE.mul_f64(self.scale) {
                return Err(self.mismatch(stored.as_ref(), &expected).await);
            }
            tokio::time::sleep(POLL.mul_f64(self.scale)).await;
        }
    }

    fn remember(&self, stored: Option<Stored>, digest: Option<String>) -> Option<StoredState> {
        self.set_known(stored.as_ref().map(|s| Known { tag: s.tag.clone(), mark: StateMark::of(&s.bytes), digest }));
        stored.map(|s| StoredState { bytes: s.bytes, tag: s.tag })
    }

    /// The recorded digest. Readers without access to the table go on without it, as in OpenTofu;
    /// taking the lock would fail for them.
    pub(super) async fn expected_digest(&self) -> Result<Option<String>, StoreError> {
        let Some(table) = &self.table else { return Ok(None) };
        match table.digest().await {
            Err(e) if matches!(e.kind, StoreErrorKind::Denied | StoreErrorKind::Missing) => Ok(None),
            other => other,
        }
    }

    /// A write of the object whose digest did not follow: the object names that digest itself (`next`), or the version
    /// that the digest names has the same lineage and the serial did not go back. Then the digest follows now.
    async fn heal(&self, stored: Option<&Stored>, expected: &str, next: bool) -> Result<bool, StoreError> {
        let (Some(stored), Some(table)) = (stored, &self.table) else { return Ok(false) };
        let Some(now) = StateMark::of(&stored.bytes) else { return Ok(false) };
        if next {
            table.put_digest(&now.md5).await?;
            return Ok(true);
        }
        for version in self.versions().await? {
            let Some(old) = self.objects.get_version(&self.backend.key, Some(&version.id), "Reading an earlier state").await? else {
                continue;
            };
            if md5_hex(&old.bytes) != expected {
                continue;
            }
            let fits = StateMark::of(&old.bytes).is_some_and(|old| old.lineage == now.lineage && old.serial <= now.serial);
            if fits {
                table.put_digest(&now.md5).await?;
            }
            return Ok(fits);
        }
        Ok(false)
    }

    /// The newest versions of the state object, newest first; none where the bucket keeps none.
    async fn versions(&self) -> Result<Vec<Version>, StoreError> {
        let request = self.objects.client().list_object_versions().bucket(&self.backend.bucket).prefix(&self.backend.key).max_keys(20);
        let answer = match call("s3:ListBucketVersions", request.send()).await {
            Err(e) if e.denied() || e.is(&["NotImplemented"]) || !self.s3_is_aws => return Ok(Vec::new()),
            other => other.map_err(|e| explain(e, "Listing earlier states", &self.backend))?,
        };
        let of_ours = answer.versions().iter().filter(|v| v.key() == Some(&self.backend.key));
        let version = |v: &aws_sdk_s3::types::ObjectVersion| {
            let date = v.last_modified().map_or_else(|| "unknown".to_string(), ToString::to_string);
            Some(Version { id: v.version_id()?.to_string(), date })
        };
        Ok(of_ours.filter_map(version).collect())
    }

    /// There is no state, and no digest that says there was one. Where the bucket keeps versions, a
    /// state that held objects and was removed is not an empty state either.
    async fn check_that_none_was(&self) -> Result<(), StoreError> {
        for version in self.versions().await? {
            let doing = "Reading an earlier state";
            let Some(old) = self.objects.get_version(&self.backend.key, Some(&version.id), doing).await? else { continue };
            if old.bytes.is_empty() {
                continue;
            }
            if !holds_objects(&old.bytes) {
                return Ok(());
            }
            let detail = format!(
                "s3://{}/{} is not there or empty, but an earlier version of it describes objects. Planning as if nothing existed would create everything a second time.",
                self.backend.bucket, self.backend.key
            );
            return Err(StoreError::new(StoreErrorKind::DigestMismatch, "The state has vanished", detail).help(format!(
                "Restore the newest version in the bucket, of {}: envctl state restore <env> {}. If the state was removed on purpose, remove its versions too.",
                version.date, version.id
            )));
        }
        Ok(())
    }

    async fn mismatch(&self, stored: Option<&Stored>, expected: &str) -> StoreError {
        let place = format!("s3://{}/{}", self.backend.bucket, self.backend.key);
        let table = self.backend.table.as_deref().unwrap_or_default();
        let newest = self.versions().await.ok().and_then(|v| v.into_iter().next());
        match stored {
            None => {
                let detail = format!(
                    "{place} is not there or empty, but its digest in DynamoDB table {table:?} is {expected}: a state existed. Planning as if nothing existed would create everything a second time."
                );
                let help = match newest {
                    Some(v) => format!("Restore the newest version in the bucket, of {}: envctl state restore <env> {}", v.date, v.id),
                    None => "The bucket holds no older version. Restore the object from a backup; only if the state was removed on purpose, delete the digest item.".to_string(),
                };
                StoreError::new(StoreErrorKind::DigestMismatch, "The state has vanished", detail).help(help)
            }
            Some(stored) => {
                let mark = StateMark::of(&stored.bytes);
                let what = mark
                    .map_or("is not readable".to_string(), |m| format!("has serial {}, lineage {}, MD5 {}", m.serial, m.lineage, m.md5));
                let detail = format!(
                    "{place} {what}, but DynamoDB table {table:?} says MD5 {expected}. Either a tool died between writing the two, or the object was changed by hand."
                );
                StoreError::new(StoreErrorKind::DigestMismatch, "State and digest disagree", detail).help(format!(
                    "Run the command again in a minute. If it stays so, compare the versions of the object; if the current one is right, set Digest of the item {:?} to {}.",
                    format!("{}/{}-md5", self.backend.bucket, self.backend.key),
                    md5_hex(&stored.bytes)
                ))
            }
        }
    }
}

/// Whether a state document has resources; what cannot be read might.
pub(super) fn holds_objects(bytes: &[u8]) -> bool {
    let json: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
    json.is_none_or(|j| j.get("resources").is_none_or(|r| r.as_array().is_none_or(|all| !all.is_empty())))
}
