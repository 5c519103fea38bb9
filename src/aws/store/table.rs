//! The lock table: lock items and digest items, as OpenTofu writes them.
//!
//! What is ours (lease, beat, process) lies in attributes beside `Info`; every change of an item is
//! conditioned on the `Info` that was seen, so that no lock without `Info` can come into being.

use super::beat::Beat;
use super::errors::explain;
use super::settings::Backend;
use crate::aws::errors::{ApiError, call};
use crate::store::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Clone)]
pub(super) struct Table {
    client: Client,
    backend: Arc<Backend>,
    name: String,
}

/// A lock item as read: the bytes of `Info`, and our attributes where there are any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LockItem {
    pub info: String,
    pub beat: Option<Beat>,
}

type Item = HashMap<String, AttributeValue>;

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

fn text(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

impl Table {
    pub fn new(client: Client, backend: Arc<Backend>, name: String) -> Self {
        Table { client, backend, name }
    }

    fn lock_id(&self) -> String {
        format!("{}/{}", self.backend.bucket, self.backend.key)
    }

    fn digest_id(&self) -> String {
        format!("{}-md5", self.lock_id())
    }

    async fn get(&self, id: &str, doing: &str) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).key("LockID", s(id)).consistent_read(true);
        let answer = call("dynamodb:GetItem", request.send()).await.map_err(|e| explain(e, doing, &self.backend))?;
        Ok(answer.item.filter(|i| !i.is_empty()))
    }

    /// Who holds the lock.
    pub async fn lock_item(&self) -> Result<Option<LockItem>, StoreError> {
        let item = self.get(&self.lock_id(), "Reading the lock").await?;
        Ok(item.and_then(|i| Some(LockItem { info: text(&i, "Info")?, beat: Beat::from_item(&i) })))
    }

    /// Takes the lock if nobody holds it, or instead of the holder that was seen.
    pub async fn put_lock(&self, info: &str, beat: Option<&Beat>, instead_of: Option<&LockItem>) -> Result<(), ApiError> {
        let mut request = self.client.put_item().table_name(&self.name).item("LockID", s(&self.lock_id())).item("Info", s(info));
        for (name, value) in beat.map(Beat::attributes).into_iter().flatten() {
            request = request.item(name, value);
        }
        request = match instead_of {
            None => request.condition_expression("attribute_not_exists(LockID)"),
            Some(seen) => {
                let request = request.expression_attribute_values(":info", s(&seen.info));
                match &seen.beat {
                    Some(beat) => request
                        .condition_expression("Info = :info AND EnvctlBeat = :beat")
                        .expression_attribute_values(":beat", s(&beat.value)),
                    None => request.condition_expression("Info = :info AND attribute_not_exists(EnvctlBeat)"),
                }
            }
        };
        call("dynamodb:PutItem", request.send()).await.map(drop)
    }

    /// Says that the holder of `info` lives.
    pub async fn renew(&self, info: &str, value: &str) -> Result<(), ApiError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("LockID", s(&self.lock_id()))
            .update_expression("SET EnvctlBeat = :beat")
            .condition_expression("Info = :mine")
            .expression_attribute_values(":beat", s(value))
            .expression_attribute_values(":mine", s(info));
        call("dynamodb:UpdateItem", request.send()).await.map(drop)
    }

    /// Removes the lock whose `Info` is this.
    pub async fn delete_lock(&self, info: &str) -> Result<(), ApiError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.name)
            .key("LockID", s(&self.lock_id()))
            .condition_expression("Info = :info")
            .expression_attribute_values(":info", s(info));
        call("dynamodb:DeleteItem", request.send()).await.map(drop)
    }

    /// The recorded MD5 of the state, if there is one.
    pub async fn digest(&self) -> Result<Option<String>, StoreError> {
        let item = self.get(&self.digest_id(), "Reading the state's digest").await?;
        Ok(item.and_then(|i| text(&i, "Digest")).filter(|d| !d.is_empty()))
    }

    /// Records the MD5 of the state.
    pub async fn put_digest(&self, md5: &str) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(&self.name).item("LockID", s(&self.digest_id())).item("Digest", s(md5));
        call("dynamodb:PutItem", request.send()).await.map(drop).map_err(|e| explain(e, "Recording the state's digest", &self.backend))
    }
    /// Forgets the MD5 of the state.
    pub async fn delete_digest(&self) -> Result<(), StoreError> {
        let request = self.client.delete_item().table_name(&self.name).key("LockID", s(&self.digest_id()));
        call("dynamodb:DeleteItem", request.send()).await.map(drop).map_err(|e| explain(e, "Removing the state's digest", &self.backend))
    }
}
