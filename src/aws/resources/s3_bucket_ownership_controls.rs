//! `aws_s3_bucket_ownership_controls`: who owns the objects of a bucket, and whether it has ACLs.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html>.

use crate::aws::errors::{ApiError, call};
use crate::aws::s3::lacks;
use crate::aws::s3::part::{BucketPart, Of, base, one_of};
use crate::aws::shape::{self, Attrs};
use crate::aws::support;
use crate::provider::{IamActions, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{ObjectOwnership, OwnershipControls as Controls, OwnershipControlsRule};

/// `aws_s3_bucket_ownership_controls`
pub struct OwnershipControls;

fn build() -> ResourceSchema {
    let rule = BlockSchema::new().attr("object_ownership", string().required());
    let mut schema = ResourceSchema::new(0, base().block("rule", rule.list(1, 1)));
    schema.rules = support::rules();
    schema.rules.validate.push(|config| {
        let allowed = ["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"];
        let rules = shape::objects(config, "rule").iter();
        rules.filter_map(|r| one_of(r, &Path::parse("rule.0"), "object_ownership", &allowed)).collect()
    });
    schema
}

#[async_trait]
impl BucketPart for OwnershipControls {
    type Found = Controls;
    type Body = Controls;

    support::basics!("aws_s3_bucket_ownership_controls", build);

    fn iam(&self) -> IamActions {
        let put: &[&str] = &["s3:PutBucketOwnershipControls"];
        IamActions { read: &["s3:GetBucketOwnershipControls"], create: put, update: put, delete: put }
    }

    fn what(&self) -> &'static str {
        "the ownership controls"
    }

    fn none(&self) -> &'static [&'static str] {
        &["OwnershipControlsNotFoundError"]
    }

    async fn get(&self, client: &Client, of: &Of) -> Result<Option<Controls>, ApiError> {
        let request = client.get_bucket_ownership_controls().bucket(&of.bucket);
        Ok(call("s3:GetBucketOwnershipControls", request.send()).await?.ownership_controls)
    }

    fn flatten(&self, attrs: Attrs, _base: &Value, found: &Controls) -> Attrs {
        let one =
            |r: &OwnershipControlsRule| Value::object([("object_ownership".into(), Value::string(r.object_ownership().as_str()))].into());
        let rules: Vec<Value> = found.rules().iter().map(one).collect();
        let ty = rules.first().map_or(crate::value::Type::Dynamic, Value::ty);
        if rules.is_empty() { attrs } else { attrs.put("rule", Value::list(ty, rules)) }
    }

    fn body(&self, _prior: Option<&Value>, planned: &Value) -> Result<Option<Controls>, ProviderError> {
        let one = |r: &Value| {
            let ownership = shape::text(r, "object_ownership").map(ObjectOwnership::from);
            OwnershipControlsRule::builder().set_object_ownership(ownership).build()
        };
        let rules = shape::objects(planned, "rule").iter().map(one).collect::<Result<Vec<_>, _>>().map_err(|e| lacks(&e))?;
        Controls::builder().set_rules(Some(rules)).build().map(Some).map_err(|e| lacks(&e))
    }

    async fn put(&self, client: &Client, of: &Of, body: Controls) -> Result<(), ApiError> {
        let request = client.put_bucket_ownership_controls().bucket(&of.bucket).ownership_controls(body);
        call("s3:PutBucketOwnershipControls", request.send()).await.map(drop)
    }

    async fn delete(&self, client: &Client, of: &Of, _prior: &Value) -> Result<(), ApiError> {
        call("s3:PutBucketOwnershipControls", client.delete_bucket_ownership_controls().bucket(&of.bucket).send()).await.map(drop)
    }
}
