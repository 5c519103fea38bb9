//! Writing the state, its digest and records. Everything is sent by clients that ask the fence first;
//! only the journal of a run that lost its lock may still be written.

use super::digest::follows;
use super::errors::{condition_failed, explain, no_conditions};
use super::objects::{Condition, Objects};
use super::{Inner, Known};
use crate::aws::errors::ApiError;
use crate::provider::ErrorKind;
use crate::store::{StateMark, StoreError, StoreErrorKind, check_record_name, md5_hex};
use std::collections::BTreeMap;

impl Inner {
    /// Writes the state on the condition that it is still what we read or wrote last.
    pub(super) async fn write_state(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let known = match self.known() {
            Some(known) => known,
            None => {
                self.read_state(true).await?;
                self.known().flatten()
            }
        };
        let condition = match &known {
            None => Condition::Absent,
            Some(Known { tag: Some(tag), .. }) => Condition::Unchanged(tag.clone()),
            Some(_) => Condition::Always,
        };
        let digest = known.as_ref().and_then(|k| k.digest.clone());
        let note = self.written_table.as_ref().and(digest.as_ref()).map(|d| follows(d));
        let put = |condition| self.written.put_noted(&self.backend.key, bytes, note.as_deref(), &self.backend.state_tags, condition);
        let tag = match put(&condition).await {
            Ok(tag) => tag,
            Err(e) if no_conditions(&e) && !self.s3_is_aws => {
                put(&Condition::Always).await.map_err(|e| explain(e, "Writing the state", &self.backend))?
            }
            Err(e) => self.after_failed_write(e, bytes, note.as_deref(), known.is_none()).await?,
        };
        self.set_known(Some(Known { tag: tag.clone(), mark: StateMark::of(bytes), digest }));
        let Some(table) = &self.written_table else { return Ok(()) };
        let md5 = md5_hex(bytes);
        table.put_digest(&md5).await.map_err(|e| {
            let detail = format!("The state itself was written. {}", e.detail);
            let help = e.help.unwrap_or_default();
            StoreError::new(StoreErrorKind::DigestBehind, "The state's digest could not be written", detail).help(format!(
                "{help} Run the command again: it corrects the digest under the lock. Until then other tools refuse this state."
            ))
        })?;
        self.set_known(Some(Known { tag, mark: StateMark::of(bytes), digest: Some(md5) }));
        Ok(())
    }

    /// A failed condition or a lost answer: if our bytes lie there, the first (repeated) call had
    /// succeeded.
    async fn after_failed_write(
        &self,
        error: ApiError,
        bytes: &[u8],
        note: Option<&str>,
        expected_none: bool,
    ) -> Result<Option<String>, StoreError> {
        let doing = "Writing the state";
        if !condition_failed(&error) && error.kind != ErrorKind::Unsettled {
            return Err(explain(error, doing, &self.backend));
        }
        let there = self.objects.get(&self.backend.key, "Reading the state back").await?;
        if let Some(ours) = there.as_ref().filter(|t| t.bytes == bytes) {
            return Ok(ours.tag.clone());
        }
        if !condition_failed(&error) {
            return Err(explain(error, doing, &self.backend));
        }
        if expected_none && let Some(empty) = there.filter(|t| t.bytes.is_empty()) {
            let condition = empty.tag.map_or(Condition::Always, Condition::Unchanged);
            let put = self.written.put_noted(&self.backend.key, bytes, note, &self.backend.state_tags, &condition).await;
            return put.map_err(|e| explain(e, doing, &self.backend));
        }
        let detail = format!(
            "s3://{}/{} is not what was read before: something wrote it although we hold the lock.",
            self.backend.bucket, self.backend.key
        );
        Err(StoreError::new(StoreErrorKind::Conflict, "The state changed meanwhile", detail)
            .help("Nothing was overwritten. Run the command again; it starts from the state as it is."))
    }

    /// Writes a record through fenced clients, or (the journal) through others.
    pub(super) async fn write_record(&self, by: &Objects, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let key = self.record_key(name)?;
        let put = by.put(&key, bytes, &BTreeMap::new(), &Condition::Always).await;
        put.map(drop).map_err(|e| explain(e, "Writing a record beside the state", &self.backend))
    }

    pub(super) async fn delete_record(&self, by: &Objects, name: &str) -> Result<(), StoreError> {
        let key = self.record_key(name)?;
        by.delete(&key, None).await.map_err(|e| explain(e, "Removing a record beside the state", &self.backend))
    }

    /// Removes records, in any order.
    pub(super) async fn delete_records(&self, by: &Objects, names: &[String]) -> Result<(), StoreError> {
        let keys = names.iter().map(|name| self.record_key(name)).collect::<Result<Vec<_>, _>>()?;
        by.delete_all(&keys).await.map_err(|e| explain(e, "Removing records beside the state", &self.backend))
    }

    pub(super) fn record_key(&self, name: &str) -> Result<String, StoreError> {
        check_record_name(name)?;
        Ok(format!("{}.envctl/{name}", self.backend.key))
    }

    pub(super) async fn records(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let root = format!("{}.envctl/", self.backend.key);
        let keys = self.objects.list(&format!("{root}{prefix}"), "Listing records beside the state").await?;
        let names = keys.iter().filter_map(|k| k.strip_prefix(&root)).filter(|n| *n != "lock");
        Ok(names.map(str::to_string).collect())
    }
}
