//! The bucket: versioned, encrypted, never public.

use super::{S3Admin, TAG, part, when};
use crate::aws::errors::{absent, call};
use crate::aws::waiter::Poll;
use crate::provider::ErrorKind;
use crate::store::{Part, PartKind, Standing, StoreError, StoreErrorKind};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging, VersioningConfiguration,
};

const SETTINGS: [PartKind; 4] = [PartKind::Versioning, PartKind::Encryption, PartKind::PublicAccessBlock, PartKind::BucketTag];
const NO_BUCKET: &[&str] = &["NotFound", "NoSuchBucket", "HTTP 404"];

impl S3Admin {
    fn s3(&self) -> Client {
        self.aws.s3(None)
    }

    fn bucket(&self) -> &str {
        &self.backend.bucket
    }

    pub(super) async fn inspect_bucket(&self) -> Result<Vec<Part>, StoreError> {
        let name = self.bucket();
        if !self.bucket_exists().await? {
            let all = std::iter::once(PartKind::Bucket).chain(SETTINGS);
            return Ok(all.map(|kind| part(kind, name, Standing::Missing)).collect());
        }
        Ok(vec![
            part(PartKind::Bucket, name, Standing::Fine),
            part(PartKind::Versioning, name, self.versioning().await?),
            part(PartKind::Encryption, name, self.encryption().await?),
            part(PartKind::PublicAccessBlock, name, self.public_access().await?),
            part(PartKind::BucketTag, name, self.tag().await?),
        ])
    }

    /// Whether it exists; one of another account is an error.
    async fn bucket_exists(&self) -> Result<bool, StoreError> {
        let doing = "Looking for the state's bucket";
        let head = call("s3:ListBucket", self.s3().head_bucket().bucket(self.bucket()).send()).await;
        match absent(head, NO_BUCKET) {
            Ok(None) => return Ok(false),
            Ok(Some(_)) => {}
            Err(e) if e.kind == ErrorKind::Denied && e.code != "NoCredentials" => {
                return Err(self.foreign("exists, but these credentials may not see it; most likely it"));
            }
            Err(e) => return Err(self.explain(e, doing)),
        }
        let Some(account) = self.account().await? else { return Ok(true) };
        let owned = self.s3().head_bucket().bucket(self.bucket()).expected_bucket_owner(&account).send();
        match call("s3:ListBucket", owned).await {
            Ok(_) => Ok(true),
            Err(e) if e.kind == ErrorKind::Denied => Err(self.foreign(&format!("is not one of account {account}; it"))),
            Err(e) => Err(self.explain(e, doing)),
        }
    }

    fn foreign(&self, how: &str) -> StoreError {
        let detail = format!("The bucket {:?} {how} belongs to another account. Names of buckets are unique world-wide.", self.bucket());
        StoreError::new(StoreErrorKind::Denied, "The bucket belongs to another account", detail)
            .help("Use the credentials of that account, or choose another `bucket` in the backend block. Nothing was changed.")
    }

    pub(super) async fn create_bucket(&self) -> Result<(), StoreError> {
        if self.bucket_exists().await? {
            return Ok(());
        }
        let region = self.aws.region();
        let constraint = (region != "us-east-1")
            .then(|| CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region)).build());
        let request = self.s3().create_bucket().bucket(self.bucket()).set_create_bucket_configuration(constraint);
        match call("s3:CreateBucket", request.send()).await {
            Ok(_) => {}
            Err(e) if e.is(&["BucketAlreadyOwnedByYou"]) => {}
            Err(e) if e.is(&["BucketAlreadyExists"]) => return Err(self.foreign("")),
            Err(e) => return Err(self.explain(e, "Creating the state's bucket")),
        }
        let (client, bucket) = (self.s3(), self.bucket().to_string());
        self.wait("the new bucket to be found", || {
            let look = client.head_bucket().bucket(&bucket).send();
            async move {
                match absent(call("s3:ListBucket", look).await, NO_BUCKET) {
                    Ok(None) => Poll::Pending,
                    Ok(Some(_)) => Poll::Ready(()),
                    Err(e) => Poll::Failed(e.while_doing("Looking for the new bucket")),
                }
            }
        })
        .await
    }

    async fn versioning(&self) -> Result<Standing, StoreError> {
        let answer = call("s3:GetBucketVersioning", self.s3().get_bucket_versioning().bucket(self.bucket()).send()).await;
        let answer = answer.map_err(|e| self.explain(e, "Reading the bucket's versioning"))?;
        Ok(when(answer.status() == Some(&BucketVersioningStatus::Enabled)))
    }

    pub(super) async fn enable_versioning(&self) -> Result<(), StoreError> {
        let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let request = self.s3().put_bucket_versioning().bucket(self.bucket()).versioning_configuration(on);
        call("s3:PutBucketVersioning", request.send()).await.map(drop).map_err(|e| self.explain(e, "Switching on the bucket's versioning"))
    }

    async fn encryption(&self) -> Result<Standing, StoreError> {
        let answer = call("s3:GetEncryptionConfiguration", self.s3().get_bucket_encryption().bucket(self.bucket()).send()).await;
        let answer = absent(answer, &["ServerSideEncryptionConfigurationNotFoundError"])
            .map_err(|e| self.explain(e, "Reading the bucket's encryption"))?;
        let rules = answer.and_then(|a| a.server_side_encryption_configuration).map(|c| c.rules).unwrap_or_default();
        let kind = rules.into_iter().find_map(|r| r.apply_server_side_encryption_by_default).map(|d| d.sse_algorithm);
        Ok(match kind {
            None => Standing::Missing,
            Some(ServerSideEncryption::Aes256) => Standing::Fine,
            Some(other) => Standing::Different(format!("it uses {other}")),
        })
    }

    pub(super) async fn enable_encryption(&self) -> Result<(), StoreError> {
        let doing = "Switching on the bucket's encryption";
        let wrong = |e: aws_smithy_types::error::operation::BuildError| StoreError::new(StoreErrorKind::Other, doing, e.to_string());
        let default = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::Aes256).build().map_err(wrong)?;
        let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(wrong)?;
        let request = self.s3().put_bucket_encryption().bucket(self.bucket()).server_side_encryption_configuration(rules);
        call("s3:PutEncryptionConfiguration", request.send()).await.map(drop).map_err(|e| self.explain(e, doing))
    }

    async fn public_access(&self) -> Result<Standing, StoreError> {
        let answer = call("s3:GetBucketPublicAccessBlock", self.s3().get_public_access_block().bucket(self.bucket()).send()).await;
        let answer = absent(answer, &["NoSuchPublicAccessBlockConfiguration"])
            .map_err(|e| self.explain(e, "Reading the bucket's public access block"))?;
        let all = |c: PublicAccessBlockConfiguration| {
            [c.block_public_acls, c.block_public_policy, c.ignore_public_acls, c.restrict_public_buckets].iter().all(|f| *f == Some(true))
        };
        Ok(when(answer.and_then(|a| a.public_access_block_configuration).is_some_and(all)))
    }

    pub(super) async fn block_public_access(&self) -> Result<(), StoreError> {
        let all = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .block_public_policy(true)
            .ignore_public_acls(true)
            .restrict_public_buckets(true)
            .build();
        let request = self.s3().put_public_access_block().bucket(self.bucket()).public_access_block_configuration(all);
        call("s3:PutBucketPublicAccessBlock", request.send())
            .await
            .map(drop)
            .map_err(|e| self.explain(e, "Blocking public access to the bucket"))
    }

    async fn tags(&self) -> Result<Vec<Tag>, StoreError> {
        let answer = call("s3:GetBucketTagging", self.s3().get_bucket_tagging().bucket(self.bucket()).send()).await;
        let answer = absent(answer, &["NoSuchTagSet"]).map_err(|e| self.explain(e, "Reading the bucket's tags"))?;
        Ok(answer.map(|a| a.tag_set).unwrap_or_default())
    }

    async fn tag(&self) -> Result<Standing, StoreError> {
        let tags = self.tags().await?;
        if tags.iter().any(|t| t.key.starts_with("aws:")) {
            return Ok(Standing::Different("another AWS service owns the bucket's tags".into()));
        }
        Ok(when(tags.iter().any(|t| t.key == TAG.0)))
    }

    /// Adds our tag to those that are there: the API replaces them all.
    pub(super) async fn tag_bucket(&self) -> Result<(), StoreError> {
        let doing = "Tagging the state's bucket";
        let wrong = |e: aws_smithy_types::error::operation::BuildError| StoreError::new(StoreErrorKind::Other, doing, e.to_string());
        let mut tags = self.tags().await?;
        tags.retain(|t| t.key != TAG.0);
        tags.push(Tag::builder().key(TAG.0).value(TAG.1).build().map_err(wrong)?);
        let tagging = Tagging::builder().set_tag_set(Some(tags)).build().map_err(wrong)?;
        call("s3:PutBucketTagging", self.s3().put_bucket_tagging().bucket(self.bucket()).tagging(tagging).send())
            .await
            .map(drop)
            .map_err(|e| self.explain(e, doing))
    }

    /// The first hundred keys; none when there is no bucket.
    pub(super) async fn bucket_keys(&self) -> Result<Vec<String>, StoreError> {
        let request = self.s3().list_objects_v2().bucket(self.bucket()).max_keys(100);
        let answer = absent(call("s3:ListBucket", request.send()).await, NO_BUCKET)
            .map_err(|e| self.explain(e, "Looking into the state's bucket"))?;
        Ok(answer.and_then(|a| a.contents).unwrap_or_default().into_iter().filter_map(|o| o.key).collect())
    }
}
