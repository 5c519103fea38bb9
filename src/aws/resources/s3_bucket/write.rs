//! What of a bucket is written after it is there: what changed, a call for each.

use crate::aws::errors::call;
use crate::aws::s3::{self, lacks, settled};
use crate::aws::shape::{changed, first, flag, string, text};
use crate::provider::{Ctx, ProviderError};
use crate::value::Value;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    AccelerateConfiguration, BucketAccelerateStatus, BucketCannedAcl, BucketLoggingStatus, BucketVersioningStatus, LoggingEnabled,
    MfaDelete, Payer, RequestPaymentConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, VersioningConfiguration,
};

pub(super) const ACTIONS: &[&str] = &[
    "s3:PutAccelerateConfiguration",
    "s3:PutBucketAcl",
    "s3:PutBucketLogging",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketRequestPayment",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
];

/// Brings a bucket from `prior` (an empty object: it was just made, with the planned ACL) to what
/// is planned.
pub(super) async fn settings(ctx: &Ctx<'_>, name: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let client = s3::client(ctx)?;
    let is_new = prior.get("bucket").is_none();
    let moved = |n: &str| changed(prior, planned, n);
    s3::update_tags(ctx, &client, name, planned).await?;
    if moved("versioning") {
        versioning(ctx, &client, name, is_new, planned).await?;
    }
    if moved("server_side_encryption_configuration") {
        encryption(ctx, &client, name, planned).await?;
    }
    if moved("acl") && !is_new {
        let acl = text(planned, "acl").map(BucketCannedAcl::from);
        let send = || call("s3:PutBucketAcl", client.put_bucket_acl().bucket(name).set_acl(acl.clone()).send());
        settled(ctx, "Changing the bucket's ACL", send).await?;
    }
    if moved("policy") {
        policy(ctx, &client, name, planned).await?;
    }
    if moved("logging") {
        logging(ctx, &client, name, planned).await?;
    }
    if moved("acceleration_status") {
        let status = text(planned, "acceleration_status").map(BucketAccelerateStatus::from);
        let speed = AccelerateConfiguration::builder().set_status(status).build();
        let request = client.put_bucket_accelerate_configuration().bucket(name).accelerate_configuration(speed);
        settled(ctx, "Changing the bucket's acceleration", || call("s3:PutAccelerateConfiguration", request.clone().send())).await?;
    }
    if moved("request_payer") {
        let payer = text(planned, "request_payer").map(Payer::from);
        let payer = RequestPaymentConfiguration::builder().set_payer(payer).build().map_err(|e| lacks(&e))?;
        let request = client.put_bucket_request_payment().bucket(name).request_payment_configuration(payer);
        settled(ctx, "Changing who pays for the bucket", || call("s3:PutBucketRequestPayment", request.clone().send())).await?;
    }
    Ok(())
}

/// A new bucket is not versioned; saying so needs no call, and would make it suspended.
async fn versioning(ctx: &Ctx<'_>, client: &Client, name: &str, is_new: bool, planned: &Value) -> Result<(), ProviderError> {
    let Some(block) = first(planned, "versioning") else { return Ok(()) };
    let (on, mfa) = (flag(block, "enabled").unwrap_or(false), flag(block, "mfa_delete").unwrap_or(false));
    if is_new && !on && !mfa {
        return Ok(());
    }
    let status = if on { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
    let configuration = VersioningConfiguration::builder().status(status).set_mfa_delete(mfa.then_some(MfaDelete::Enabled)).build();
    let request = client.put_bucket_versioning().bucket(name).versioning_configuration(configuration);
    settled(ctx, "Changing the bucket's versioning", || call("s3:PutBucketVersioning", request.clone().send())).await.map(drop)
}

async fn encryption(ctx: &Ctx<'_>, client: &Client, name: &str, planned: &Value) -> Result<(), ProviderError> {
    let rule = first(planned, "server_side_encryption_configuration").and_then(|c| first(c, "rule"));
    let Some(rule) = rule else { return Ok(()) };
    let default = first(rule, "apply_server_side_encryption_by_default").map(|d| {
        ServerSideEncryptionByDefault::builder()
            .set_sse_algorithm(text(d, "sse_algorithm").map(ServerSideEncryption::from))
            .set_kms_master_key_id(string(d, "kms_master_key_id"))
            .build()
    });
    let rule = ServerSideEncryptionRule::builder()
        .set_apply_server_side_encryption_by_default(default.transpose().map_err(|e| lacks(&e))?)
        .set_bucket_key_enabled(flag(rule, "bucket_key_enabled"))
        .build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(|e| lacks(&e))?;
    let request = client.put_bucket_encryption().bucket(name).server_side_encryption_configuration(configuration);
    settled(ctx, "Changing the bucket's encryption", || call("s3:PutEncryptionConfiguration", request.clone().send())).await.map(drop)
}

async fn policy(ctx: &Ctx<'_>, client: &Client, name: &str, planned: &Value) -> Result<(), ProviderError> {
    match string(planned, "policy") {
        Some(document) => {
            let request = client.put_bucket_policy().bucket(name).policy(document);
            settled(ctx, "Writing the bucket's policy", || call("s3:PutBucketPolicy", request.clone().send())).await.map(drop)
        }
        None => {
            let send = || call("s3:DeleteBucketPolicy", client.delete_bucket_policy().bucket(name).send());
            settled(ctx, "Removing the bucket's policy", send).await.map(drop)
        }
    }
}

async fn logging(ctx: &Ctx<'_>, client: &Client, name: &str, planned: &Value) -> Result<(), ProviderError> {
    let Some(block) = first(planned, "logging") else { return Ok(()) };
    let target = LoggingEnabled::builder()
        .set_target_bucket(string(block, "target_bucket"))
        .target_prefix(text(block, "target_prefix").unwrap_or_default())
        .build()
        .map_err(|e| lacks(&e))?;
    let request =
        client.put_bucket_logging().bucket(name).bucket_logging_status(BucketLoggingStatus::builder().logging_enabled(target).build());
    settled(ctx, "Changing the bucket's logging", || call("s3:PutBucketLogging", request.clone().send())).await.map(drop)
}
