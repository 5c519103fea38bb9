//! `aws_s3_bucket`: a bucket.
//!
//! # Quirks
//! The id is the name, unique world-wide. CreateBucket is never sent for a bucket that exists: in
//! us-east-1 it would answer 200 and reset the ACLs. What the older provider kept in blocks of the
//! bucket (versioning, encryption, lifecycle ...) is read, a call for each, and stays as it is where
//! it is not written; types of their own manage it better. A call that is denied leaves such a part
//! as the state has it. The replication of a bucket is not read. `acl` is never read back.
//! With `force_destroy` all versions of all objects are deleted before the bucket.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>.

mod blocks;
mod empty;
pub mod names;
mod plan;
mod read;
mod website;
mod write;

use crate::aws::clients::Aws;
use crate::aws::errors::{absent, call};
use crate::aws::s3::{self, NO_BUCKET};
use crate::aws::shape;
use crate::aws::waiter::Poll;
use crate::aws::{generated, groups, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::value::{Members, Value};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketCannedAcl, BucketLocationConstraint, BucketNamespace, CreateBucketConfiguration};
use std::time::Duration;

/// `aws_s3_bucket`
pub struct Bucket;

fn name_of(planned: &Value, token: &str) -> String {
    generated::name(planned, "bucket", "bucket_prefix", token)
}

/// The refusal to make a bucket whose name is taken.
fn taken(name: &str, whose: &str, help: &str) -> ProviderError {
    let detail = format!("There is a bucket {name:?} already, {whose}. Names of buckets are unique world-wide. Nothing was changed.");
    ProviderError::new(ErrorKind::AlreadyExists, "The name of the bucket is taken", detail).help(help).at("bucket")
}

/// Refuses a name that is taken.
async fn check_free(client: &Client, name: &str) -> Result<(), ProviderError> {
    const IMPORT: &str = "Import it if this configuration shall manage it, or choose another name.";
    match absent(call("s3:ListBucket", client.head_bucket().bucket(name).send()).await, NO_BUCKET) {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(taken(name, "and these credentials may use it", IMPORT)),
        Err(e) if e.is(&["HTTP 301"]) => Err(taken(name, "in another region", IMPORT)),
        Err(e) if e.denied() && e.code != "NoCredentials" => {
            Err(taken(name, "and these credentials may not see it; most likely it is somebody else's", "Choose another name."))
        }
        Err(e) => Err(e.while_doing("Looking whether the bucket's name is free")),
    }
}

/// Waits until the bucket is found, or no longer is.
async fn wait_for(ctx: &Ctx<'_>, client: &Client, name: &str, there: bool, limit: Duration) -> Result<(), ProviderError> {
    let what = format!("the bucket {name} to be {}", if there { "found" } else { "deleted" });
    let look = || async {
        match absent(call("s3:ListBucket", client.head_bucket().bucket(name).send()).await, NO_BUCKET) {
            Ok(found) if found.is_some() == there => Poll::Ready(()),
            Ok(_) => Poll::Pending,
            Err(e) => Poll::Failed(e.while_doing("Looking for the bucket")),
        }
    };
    Aws::of(ctx)?.wait(&what, limit).until(look).await
}

impl Bucket {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let client = s3::client(ctx)?;
        let name = name_of(planned, &request.intent.token);
        check_free(&client, &name).await?;
        let region = region::of(ctx);
        let place = (region != "us-east-1")
            .then(|| CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region)).build());
        let create = client
            .create_bucket()
            .bucket(&name)
            .set_acl(shape::text(planned, "acl").map(BucketCannedAcl::from))
            .set_bucket_namespace(shape::text(planned, "bucket_namespace").map(BucketNamespace::from))
            .set_object_lock_enabled_for_bucket(shape::flag(planned, "object_lock_enabled").filter(|on| *on))
            .set_create_bucket_configuration(place);
        let send = || async {
            match call("s3:CreateBucket", create.clone().send()).await {
                // The name was free a moment ago: a first, unanswered try made it.
                Err(e) if e.is(&["BucketAlreadyOwnedByYou"]) => Ok(()),
                other => other.map(drop),
            }
        };
        s3::settled(ctx, "Creating the bucket", send).await?;
        let object = support::started(&self.schema(), ctx, planned, &name);
        support::reached(request.checkpoint, &object).await?;
        Ok(object)
    }

    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        let name = object.id().unwrap_or_default();
        let limit = request.timeouts.create.unwrap_or(timeouts::minutes(20));
        wait_for(ctx, &s3::client(ctx)?, name, true, limit).await?;
        let nothing = Value::object(Members::new());
        write::settings(ctx, name, &nothing, request.planned).await
    }
}

#[async_trait]
impl ResourceType for Bucket {
    support::basics!("aws_s3_bucket", plan::build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: read::ACTIONS,
            create: &[
                "s3:CreateBucket",
                "s3:PutBucketTagging",
                "s3:PutBucketAcl",
                "s3:PutBucketObjectLockConfiguration",
                "s3:PutBucketVersioning",
            ],
            update: write::ACTIONS,
            delete: &[
                "s3:DeleteBucket",
                "s3:ListBucketVersions",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:BypassGovernanceRetention",
            ],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match s3::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::each(groups::ids(priors), |name| read::whole(client.clone(), name)).await;
        let found = found.into_iter().map(|(name, f)| (name.clone(), f.map(|f| f.map(|f| (name, f))))).collect();
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, (name, full)| read::flatten(ctx, &schema, base, name, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => {
                let done = self.after_create(ctx, &request, &object).await;
                support::finish(self, ctx, request.addr, object, done).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let name = request.prior.id().unwrap_or_default();
        let done = write::settings(ctx, name, &request.prior.attributes, request.planned).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = s3::client(ctx)?;
        let name = request.prior.id().unwrap_or_default();
        let prior = &request.prior.attributes;
        let remove = || async { absent(call("s3:DeleteBucket", client.delete_bucket().bucket(name).send()).await, NO_BUCKET) };
        match remove().await {
            Ok(_) => {}
            Err(e) if e.is(&["BucketNotEmpty"]) && shape::flag(prior, "force_destroy") == Some(true) => {
                empty::empty(&client, name, shape::flag(prior, "object_lock_enabled") == Some(true)).await?;
                s3::settled(ctx, "Deleting the bucket", remove).await?;
            }
            Err(e) if e.is(&["BucketNotEmpty"]) => {
                let error = e.while_doing("Deleting the bucket");
                return Err(error.help(
                    "Empty the bucket, old versions of objects included; or apply `force_destroy = true` first, which deletes them all.",
                ));
            }
            Err(e) => return Err(e.while_doing("Deleting the bucket")),
        }
        wait_for(ctx, &client, name, false, request.timeouts.delete.unwrap_or(timeouts::minutes(60))).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let ids = intents.iter().map(|i| (i.token.clone(), name_of(&i.planned, &i.token))).collect();
        support::located(self, ctx, intents, &ids).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests;
