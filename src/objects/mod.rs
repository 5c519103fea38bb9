//! Reading objects of a bucket: the contract between what fetches modules and the object stores.
//!
//! `fetch` knows packages, `aws` knows S3; neither knows the other, and a build without the SDK has
//! no implementation.

use async_trait::async_trait;
use std::path::Path;

/// An object, or a folder of objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectAddress {
    /// `https://host` of a service other than AWS's; `None`: AWS.
    pub endpoint: Option<String>,
    /// The bucket's region, where the address names it.
    pub region: Option<String>,
    /// Bucket.
    pub bucket: String,
    /// Key, or the prefix of a folder without its last `/`.
    pub key: String,
    /// A version of the object (`?version=`).
    pub version: Option<String>,
    /// The profile whose credentials are used (`?aws_profile=`).
    pub profile: Option<String>,
}

/// Why an object could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectError {
    /// What happened and why, in sentences.
    pub detail: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Downloads objects.
#[async_trait]
pub trait ObjectSource: Send + Sync {
    /// Downloads one object into a new file, at most `limit` bytes.
    ///
    /// # Errors
    /// When it is not there, may not be read, or is larger.
    async fn object(&self, address: &ObjectAddress, to: &Path, limit: u64) -> Result<(), ObjectError>;

    /// Downloads every object below `key/` into a folder, keys becoming paths; at most `limit` bytes
    /// in all.
    ///
    /// # Errors
    /// When there is none, one may not be read, or they are larger.
    async fn folder(&self, address: &ObjectAddress, to: &Path, limit: u64) -> Result<(), ObjectError>;
}
