//! Objects of S3 as packages of modules (`s3::https://...`).
//!
//! Credentials and endpoints are those of the run's environment; an address may name a profile, a region, or the
//! endpoint of another service. Nothing is written, and no more than the limit is kept of what a bucket sends.

use super::errors::{ApiError, call};
use super::settings::{Env, Settings};
use super::{Aws, Stats, sdk_config};
use crate::objects::{ObjectAddress, ObjectError, ObjectSource};
use crate::provider::ErrorKind;
use async_trait::async_trait;
use aws_sdk_s3::Client;
use futures::stream::{StreamExt, TryStreamExt};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::AsyncWriteExt;

/// So many objects of a folder are read at the same time.
const AT_ONCE: usize = 8;
/// Where neither address nor environment names a region: S3's first one answers for all.
const REGION: &str = "us-east-1";

/// Reads packages from S3.
pub struct S3Objects {
    env: Env,
    stats: Stats,
}

impl S3Objects {
    /// Nothing is called yet.
    #[must_use]
    pub fn new(env: Env, stats: Stats) -> Self {
        S3Objects { env, stats }
    }

    async fn client(&self, address: &ObjectAddress) -> Result<Client, ObjectError> {
        let settings = Settings { profile: address.profile.clone(), profile_wins: address.profile.is_some(), ..Settings::default() };
        let mut settings = settings.with_env(&self.env);
        settings.region = address.region.clone().or(settings.region).or_else(|| Some(REGION.into()));
        if let Some(endpoint) = &address.endpoint {
            settings.endpoints.insert("s3".into(), endpoint.clone());
            settings.s3_path_style = true;
        }
        let sdk = sdk_config(&settings).await.map_err(|e| ObjectError { detail: e.detail, help: e.help })?;
        Ok(Aws::new(sdk, settings, self.stats.clone()).s3(None))
    }
}

/// How much of the limit is left, for all objects of a package together.
struct Allowance {
    left: AtomicU64,
    limit: u64,
}

impl Allowance {
    fn new(limit: u64) -> Self {
        Allowance { left: AtomicU64::new(limit), limit }
    }

    fn take(&self, bytes: usize) -> Result<(), ObjectError> {
        let bytes = bytes as u64;
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        taken.map(drop).map_err(|_| ObjectError { detail: format!("it is larger than {} bytes", self.limit), help: None })
    }
}

#[async_trait]
impl ObjectSource for S3Objects {
    async fn object(&self, address: &ObjectAddress, to: &Path, limit: u64) -> Result<(), ObjectError> {
        let client = self.client(address).await?;
        download(&client, address, &address.key, address.version.as_deref(), to, &Allowance::new(limit)).await
    }

    async fn folder(&self, address: &ObjectAddress, to: &Path, limit: u64) -> Result<(), ObjectError> {
        let client = self.client(address).await?;
        let prefix = format!("{}/", address.key.trim_end_matches('/'));
        let mut pages = client.list_objects_v2().bucket(&address.bucket).prefix(&prefix).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = call("s3:ListBucket", std::future::ready(page)).await.map_err(|e| failed(&e, address))?;
            // A key that ends with a slash stands for an empty folder.
            keys.extend(page.contents().iter().filter_map(|o| o.key.clone()).filter(|k| !k.ends_with('/')));
        }
        if keys.is_empty() {
            let detail = format!("there is no object below {prefix}");
            return Err(ObjectError {
                detail,
                help: Some("Check bucket and key; an archive is named with its ending, as in net.zip.".into()),
            });
        }
        let allowance = Allowance::new(limit);
        let (client, allowance, prefix) = (&client, &allowance, prefix.as_str());
        let reads = keys.into_iter().map(|key| async move {
            let path = below(to, key.strip_prefix(prefix).unwrap_or(&key))?;
            if let Some(folder) = path.parent() {
                tokio::fs::create_dir_all(folder).await.map_err(|e| unwritable(folder, &e))?;
            }
            download(client, address, &key, None, &path, allowance).await
        });
        futures::stream::iter(reads).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await.map(drop)
    }
}

/// Where the object of a key goes; a key that would leave the folder is refused.
fn below(folder: &Path, key: &str) -> Result<PathBuf, ObjectError> {
    let inside = !key.is_empty() && Path::new(key).components().all(|c| matches!(c, Component::Normal(_)));
    if inside && !key.contains('\0') {
        return Ok(folder.join(key));
    }
    Err(ObjectError {
        detail: format!("the key {key:?} is no path below a folder"),
        help: Some("Rename the object, or take the module from an archive.".into()),
    })
}

async fn download(
    client: &Client,
    address: &ObjectAddress,
    key: &str,
    version: Option<&str>,
    to: &Path,
    allowance: &Allowance,
) -> Result<(), ObjectError> {
    let request = client.get_object().bucket(&address.bucket).key(key).set_version_id(version.map(str::to_string));
    let mut object = call("s3:GetObject", request.send()).await.map_err(|e| failed(&e, address))?;
    let mut file = tokio::fs::File::create_new(to).await.map_err(|e| unwritable(to, &e))?;
    while let Some(bytes) = object.body.next().await {
        let bytes = bytes.map_err(|e| ObjectError { detail: format!("the answer broke off ({e})"), help: Some("Try again.".into()) })?;
        allowance.take(bytes.len())?;
        file.write_all(&bytes).await.map_err(|e| unwritable(to, &e))?;
    }
    file.flush().await.map_err(|e| unwritable(to, &e))
}

fn unwritable(path: &Path, error: &std::io::Error) -> ObjectError {
    ObjectError { detail: format!("{} could not be written ({error})", path.display()), help: None }
}

fn failed(error: &ApiError, address: &ObjectAddress) -> ObjectError {
    let said = if error.code.is_empty() { error.message.clone() } else { format!("{} ({})", error.message, error.code) };
    let help = match error.kind {
        ErrorKind::NotFound => "Check bucket, key and version; names are case-sensitive.".to_string(),
        _ if error.denied() => {
            let who = address.profile.as_ref().map_or("the AWS_* variables".to_string(), |p| format!("the profile {p}"));
            format!("The credentials of {who} need {} here. Another profile is named with ?aws_profile=NAME.", error.action)
        }
        _ => "Check the region in the address, the endpoint, and that the service can be reached from here.".to_string(),
    };
    ObjectError { detail: said, help: Some(help) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_below_the_folder() {
        let at = |key: &str| below(Path::new("/m"), key).ok();
        assert_eq!(at("a/b.tf"), Some("/m/a/b.tf".into()));
        for bad in ["", "../x", "a/../../x", "/etc/x", "a\0b"] {
            assert_eq!(at(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn all_objects_share_one_limit() {
        let allowance = Allowance::new(10);
        assert!(allowance.take(6).is_ok() && allowance.take(4).is_ok());
        assert!(allowance.take(1).unwrap_err().detail.contains("larger than 10 bytes"));
    }
}
