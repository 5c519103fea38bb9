//! Empties a bucket: all versions of all objects and all markers of deleted ones, a thousand a call.

use crate::aws::errors::call;
use crate::aws::s3::lacks;
use crate::provider::{ErrorKind, ProviderError};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

const DOING: &str = "Emptying the bucket";

/// Deletes what is in the bucket; `locked` also what a governance lock protects.
///
/// # Errors
/// The failing call, or the first object that cannot be deleted.
pub(super) async fn empty(client: &Client, bucket: &str, locked: bool) -> Result<(), ProviderError> {
    loop {
        let page = call("s3:ListBucketVersions", client.list_object_versions().bucket(bucket).send()).await;
        let page = page.map_err(|e| e.while_doing(DOING))?;
        let objects = page.versions().iter().map(|v| (v.key(), v.version_id()));
        let markers = page.delete_markers().iter().map(|m| (m.key(), m.version_id()));
        let ids = objects
            .chain(markers)
            .filter_map(|(key, version)| Some(ObjectIdentifier::builder().key(key?).set_version_id(version.map(str::to_string)).build()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| lacks(&e))?;
        if ids.is_empty() {
            return Ok(());
        }
        let batch = Delete::builder().set_objects(Some(ids)).quiet(true).build().map_err(|e| lacks(&e))?;
        let request = client.delete_objects().bucket(bucket).delete(batch).set_bypass_governance_retention(locked.then_some(true));
        let answer = call("s3:DeleteObjectVersion", request.send()).await.map_err(|e| e.while_doing(DOING))?;
        if let Some(first) = answer.errors().first() {
            let detail = format!(
                "{} objects cannot be deleted. The first is {:?}: {} {}",
                answer.errors().len(),
                first.key().unwrap_or_default(),
                first.code().unwrap_or_default(),
                first.message().unwrap_or_default()
            );
            return Err(ProviderError::new(ErrorKind::InUse, format!("{DOING} failed"), detail));
        }
    }
}
