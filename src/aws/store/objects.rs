//! The objects of a backend: the state, the lock object, records.

use super::errors::explain;
use super::settings::Backend;
use crate::aws::errors::{ApiError, absent, call};
use crate::store::StoreError;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectCannedAcl, ObjectIdentifier, ServerSideEncryption};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::sync::Arc;

/// When a write may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Always.
    Always,
    /// When there is no such object.
    Absent,
    /// When the object still has this tag.
    Unchanged(String),
}

/// An object as read.
pub(super) struct Stored {
    pub bytes: Vec<u8>,
    pub tag: Option<String>,
    /// What we noted beside its bytes when we wrote it.
    pub note: Option<String>,
}

/// The object's metadata that holds our note: a lock object's body is OpenTofu's to define.
const NOTE: &str = "envctl";
/// So many keys one DeleteObjects takes (Amazon S3 API Reference, DeleteObjects).
const AT_ONCE: usize = 1000;

#[derive(Clone)]
pub(super) struct Objects {
    client: Client,
    backend: Arc<Backend>,
}

const ABSENT: &[&str] = &["NoSuchKey", "NotFound", "HTTP 404"];

impl Objects {
    pub fn new(client: Client, backend: Arc<Backend>) -> Self {
        Objects { client, backend }
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Reads an object; `None` when there is none.
    pub async fn get(&self, key: &str, doing: &str) -> Result<Option<Stored>, StoreError> {
        self.get_version(key, None, doing).await
    }

    /// Reads a version of an object.
    pub async fn get_version(&self, key: &str, version: Option<&str>, doing: &str) -> Result<Option<Stored>, StoreError> {
        let mut request = self.client.get_object().bucket(&self.backend.bucket).key(key).set_version_id(version.map(str::to_string));
        if let Some((algorithm, key, md5)) = self.customer_key() {
            request = request.sse_customer_algorithm(algorithm).sse_customer_key(key).sse_customer_key_md5(md5);
        }
        let answer = absent(call("s3:GetObject", request.send()).await, ABSENT);
        let Some(output) = answer.map_err(|e| explain(e, doing, &self.backend))? else { return Ok(None) };
        let tag = output.e_tag.clone();
        let note = output.metadata().and_then(|m| m.get(NOTE)).cloned();
        let body = output.body.collect().await.map_err(|e| {
            let cut = ApiError {
                action: "s3:GetObject",
                code: String::new(),
                message: format!("only a part: {e}"),
                request_id: None,
                kind: crate::provider::ErrorKind::Unsettled,
            };
            explain(cut, doing, &self.backend)
        })?;
        Ok(Some(Stored { bytes: body.into_bytes().to_vec(), tag, note }))
    }

    /// Writes an object; answers its new tag.
    pub async fn put(
        &self,
        key: &str,
        bytes: &[u8],
        tags: &BTreeMap<String, String>,
        condition: &Condition,
    ) -> Result<Option<String>, ApiError> {
        self.put_noted(key, bytes, None, tags, condition).await
    }

    /// Writes an object and a note beside its bytes, in one call.
    pub async fn put_noted(
        &self,
        key: &str,
        bytes: &[u8],
        note: Option<&str>,
        tags: &BTreeMap<String, String>,
        condition: &Condition,
    ) -> Result<Option<String>, ApiError> {
        let backend = &self.backend;
        let mut request = self
            .client
            .put_object()
            .bucket(&backend.bucket)
            .key(key)
            .content_type("application/json")
            .body(ByteStream::from(bytes.to_vec()));
        if let Some(note) = note {
            request = request.metadata(NOTE, note);
        }
        if !backend.skip_checksum {
            request = request.checksum_sha256(STANDARD.encode(Sha256::digest(bytes)));
        }
        match condition {
            Condition::Always => {}
            Condition::Absent => request = request.if_none_match("*"),
            Condition::Unchanged(tag) => request = request.if_match(tag),
        }
        if let Some(acl) = &backend.acl {
            request = request.acl(ObjectCannedAcl::from(acl.as_str()));
        }
        if !tags.is_empty() {
            request = request.tagging(tagging(tags));
        }
        if let (true, Some(kms)) = (backend.encrypt, &backend.kms_key_id) {
            request = request.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(kms);
        } else if let Some((algorithm, key, md5)) = self.customer_key() {
            request = request.sse_customer_algorithm(algorithm).sse_customer_key(key).sse_customer_key_md5(md5);
        } else if backend.encrypt {
            request = request.server_side_encryption(ServerSideEncryption::Aes256);
        }
        Ok(call("s3:PutObject", request.send()).await?.e_tag)
    }

    /// Removes an object; one that is not there is fine.
    pub async fn delete(&self, key: &str, tag: Option<&str>) -> Result<(), ApiError> {
        let request = self.client.delete_object().bucket(&self.backend.bucket).key(key).set_if_match(tag.map(str::to_string));
        match call("s3:DeleteObject", request.send()).await {
            Ok(_) => Ok(()),
            Err(e) if e.is(ABSENT) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Removes objects, [`AT_ONCE`] a call; those that are not there are fine. Where a store does not know
    /// DeleteObjects, one after the other.
    pub async fn delete_all(&self, keys: &[String]) -> Result<(), ApiError> {
        if let [key] = keys {
            return self.delete(key, None).await;
        }
        for some in keys.chunks(AT_ONCE) {
            if self.delete_some(some).await {
                continue;
            }
            for key in some {
                self.delete(key, None).await?;
            }
        }
        Ok(())
    }

    /// One DeleteObjects; whether all are gone.
    async fn delete_some(&self, keys: &[String]) -> bool {
        let named: Result<Vec<_>, _> = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect();
        let Some(list) = named.ok().and_then(|named| Delete::builder().set_objects(Some(named)).quiet(true).build().ok()) else {
            return false;
        };
        let request = self.client.delete_objects().bucket(&self.backend.bucket).delete(list);
        call("s3:DeleteObject", request.send()).await.is_ok_and(|answer| answer.errors().is_empty())
    }

    /// Keys that start with a prefix.
    pub async fn list(&self, prefix: &str, doing: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = Vec::new();
        let mut pages = self.client.list_objects_v2().bucket(&self.backend.bucket).prefix(prefix).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = call("s3:ListBucket", std::future::ready(page)).await.map_err(|e| explain(e, doing, &self.backend))?;
            keys.extend(page.contents().iter().filter_map(|o| o.key.clone()));
        }
        keys.sort();
        Ok(keys)
    }

    /// SSE-C headers; only with `encrypt`, as OpenTofu does.
    fn customer_key(&self) -> Option<(&'static str, String, String)> {
        let key = self.backend.sse_customer_key.as_ref().filter(|_| self.backend.encrypt)?;
        Some(("AES256", STANDARD.encode(&key.0), STANDARD.encode(Md5::digest(&key.0))))
    }
}

/// Tags as the query string of `x-amz-tagging`.
fn tagging(tags: &BTreeMap<String, String>) -> String {
    let escape = |text: &str| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
        text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    tags.iter().map(|(k, v)| format!("{}={}", escape(k), escape(v))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::tagging;

    #[test]
    fn tags_are_escaped() {
        let tags = [("a b".to_string(), "x&y=ü".to_string()), ("k".to_string(), String::new())].into();
        assert_eq!(tagging(&tags), "a%20b=x%26y%3D%C3%BC&k=");
    }
}
