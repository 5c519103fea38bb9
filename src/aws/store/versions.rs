//! Versions of the state object: what a bucket with versioning keeps of the past.

use super::errors::explain;
use super::{Inner, Known};
use crate::aws::errors::call;
use crate::store::{StateMark, StateVersion, StoreError, no_versions};
use jiff::Timestamp;

impl Inner {
    /// The newest versions of the state object, newest first. Another key that starts with ours
    /// shares the pages of the answer, so that they are read until there are enough.
    pub(super) async fn state_versions(&self, limit: usize) -> Result<Vec<StateVersion>, StoreError> {
        let mut all = Vec::new();
        let (mut key, mut version) = (None, None);
        while all.len() < limit {
            let request = self.objects.client().list_object_versions().bucket(&self.backend.bucket).prefix(&self.backend.key);
            let request = request.set_key_marker(key.take()).set_version_id_marker(version.take());
            let answer = call("s3:ListBucketVersions", request.send()).await;
            let answer = answer.map_err(|e| explain(e, "Listing earlier states", &self.backend))?;
            for found in answer.versions().iter().filter(|v| v.key() == Some(&self.backend.key)) {
                let Some(id) = found.version_id() else { continue };
                let written = found.last_modified().and_then(|t| Timestamp::new(t.secs(), 0).ok());
                all.push(StateVersion { id: id.into(), written, current: found.is_latest() == Some(true) });
            }
            if answer.is_truncated() != Some(true) {
                break;
            }
            (key, version) = (answer.next_key_marker, answer.next_version_id_marker);
            if key.is_none() {
                break;
            }
        }
        all.truncate(limit);
        Ok(all)
    }

    pub(super) async fn state_version(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let known = self.state_versions(usize::MAX).await?;
        if !known.iter().any(|v| v.id == id) {
            return if known.is_empty() { Err(no_versions(&self.place())) } else { Ok(None) };
        }
        let stored = self.objects.get_version(&self.backend.key, Some(id), "Reading an earlier state").await?;
        Ok(stored.map(|s| s.bytes))
    }

    /// Takes what lies there as known, whatever its digest says, so that it can be written over.
    pub(super) async fn accept_as_known(&self) -> Result<(), StoreError> {
        let stored = self.objects.get(&self.backend.key, "Reading the state").await?;
        let digest = self.expected_digest().await?;
        self.set_known(stored.map(|s| Known { tag: s.tag, mark: StateMark::of(&s.bytes), digest }));
        Ok(())
    }

    /// Workspaces with a state, seen from the store of `default`.
    pub(super) async fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        let prefix = match self.backend.workspace_prefix.as_str() {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        let ending = format!("/{}", self.backend.key);
        let keys = self.objects.list(&prefix, "Listing workspaces").await?;
        let name = |key: &String| Some(key.strip_prefix(&prefix)?.strip_suffix(&ending)?.to_string());
        Ok(keys.iter().filter_map(name).filter(|n| !n.is_empty() && !n.contains('/')).collect())
    }
}
