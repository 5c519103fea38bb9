//! `aws_s3_bucket_public_access_block`: what keeps a bucket from becoming public.
//!
//! # Quirks
//! A new bucket has one with all four switches on. Switches that are not written are off. With
//! `skip_destroy` the switches stay as they are when the declaration goes.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html>.

use crate::aws::errors::{ApiError, call};
use crate::aws::s3::part::{BucketPart, Of, base};
use crate::aws::shape::{self, Attrs};
use crate::aws::support;
use crate::provider::{IamActions, ProviderError};
use crate::schema::{ResourceSchema, boolean};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::PublicAccessBlockConfiguration as Configuration;

/// `aws_s3_bucket_public_access_block`
pub struct PublicAccessBlock;

const SWITCHES: [&str; 4] = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

fn build() -> ResourceSchema {
    let switch = || boolean().optional().default(Value::bool(false));
    let block = SWITCHES.iter().fold(base(), |b, n| b.attr(n, switch())).attr("skip_destroy", boolean().optional());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema
}

fn stays(prior: &Value) -> bool {
    shape::flag(prior, "skip_destroy") == Some(true)
}

#[async_trait]
impl BucketPart for PublicAccessBlock {
    type Found = Configuration;
    type Body = Configuration;

    support::basics!("aws_s3_bucket_public_access_block", build);

    fn iam(&self) -> IamActions {
        let put: &[&str] = &["s3:PutBucketPublicAccessBlock"];
        IamActions { read: &["s3:GetBucketPublicAccessBlock"], create: put, update: put, delete: put }
    }

    fn what(&self) -> &'static str {
        "the public access block"
    }

    fn none(&self) -> &'static [&'static str] {
        &["NoSuchPublicAccessBlockConfiguration"]
    }

    async fn get(&self, client: &Client, of: &Of) -> Result<Option<Configuration>, ApiError> {
        let answer = call("s3:GetBucketPublicAccessBlock", client.get_public_access_block().bucket(&of.bucket).send()).await?;
        Ok(answer.public_access_block_configuration)
    }

    fn flatten(&self, attrs: Attrs, _base: &Value, found: &Configuration) -> Attrs {
        let values = [found.block_public_acls, found.block_public_policy, found.ignore_public_acls, found.restrict_public_buckets];
        SWITCHES.iter().zip(values).fold(attrs, |attrs, (name, value)| attrs.flag(name, value))
    }

    fn body(&self, _prior: Option<&Value>, planned: &Value) -> Result<Option<Configuration>, ProviderError> {
        let [acls, policy, ignore, restrict] = SWITCHES.map(|n| shape::flag(planned, n).unwrap_or(false));
        let all = Configuration::builder().block_public_acls(acls).block_public_policy(policy);
        Ok(Some(all.ignore_public_acls(ignore).restrict_public_buckets(restrict).build()))
    }

    async fn put(&self, client: &Client, of: &Of, body: Configuration) -> Result<(), ApiError> {
        let request = client.put_public_access_block().bucket(&of.bucket).public_access_block_configuration(body);
        call("s3:PutBucketPublicAccessBlock", request.send()).await.map(drop)
    }

    async fn delete(&self, client: &Client, of: &Of, prior: &Value) -> Result<(), ApiError> {
        if stays(prior) {
            return Ok(());
        }
        call("s3:PutBucketPublicAccessBlock", client.delete_public_access_block().bucket(&of.bucket).send()).await.map(drop)
    }

    fn remains(&self, prior: &Value) -> bool {
        stays(prior)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_switch_is_itself() {
        let schema = PublicAccessBlock.schema();
        for on in SWITCHES {
            let planned = Value::object([(on.into(), Value::bool(true))].into());
            let body = PublicAccessBlock.body(None, &planned).unwrap().unwrap();
            let read = PublicAccessBlock.flatten(Attrs::over(&schema, &Value::dynamic()), &Value::dynamic(), &body).finish();
            for name in SWITCHES {
                assert_eq!(shape::flag(&read, name), Some(name == on), "{name}");
            }
        }
    }
}
