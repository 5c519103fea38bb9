//! `aws_s3_bucket_lifecycle_configuration`: what S3 does with objects as they age.
//!
//! # Quirks
//! All rules are written at once. A rule without `filter` and without the older `prefix` is about
//! all objects, and so is one with an empty filter; S3 answers the two differently, and so does the
//! state. A filter has one condition, several go into `and`. What the older provider wrote as zero
//! values (`prefix`, days, the delete marker) is still written so. Rules are kept in the order of
//! the configuration, whatever order S3 answers.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>.

mod expand;
mod flatten;
mod plan;

use crate::aws::errors::{ApiError, call};
use crate::aws::s3::lacks;
use crate::aws::s3::part::{BucketPart, Of};
use crate::aws::shape::{self, Attrs};
use crate::aws::support;
use crate::provider::{IamActions, ProviderError};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput as Answer;
use aws_sdk_s3::types::{BucketLifecycleConfiguration, TransitionDefaultMinimumObjectSize};

/// `aws_s3_bucket_lifecycle_configuration`
pub struct Lifecycle;

const MINIMUM: &str = "transition_default_minimum_object_size";

/// What a write sends: the rules, and from which size on objects move.
#[derive(Clone)]
pub struct Body {
    configuration: BucketLifecycleConfiguration,
    minimum: Option<TransitionDefaultMinimumObjectSize>,
}

#[async_trait]
impl BucketPart for Lifecycle {
    type Found = Answer;
    type Body = Body;

    support::basics!("aws_s3_bucket_lifecycle_configuration", plan::build);

    fn iam(&self) -> IamActions {
        let put: &[&str] = &["s3:PutLifecycleConfiguration"];
        IamActions { read: &["s3:GetLifecycleConfiguration"], create: put, update: put, delete: put }
    }

    fn what(&self) -> &'static str {
        "the lifecycle configuration"
    }

    fn none(&self) -> &'static [&'static str] {
        &["NoSuchLifecycleConfiguration"]
    }

    async fn get(&self, client: &Client, of: &Of) -> Result<Option<Answer>, ApiError> {
        let request = client.get_bucket_lifecycle_configuration().bucket(&of.bucket).set_expected_bucket_owner(of.owner.clone());
        let answer = call("s3:GetLifecycleConfiguration", request.send()).await?;
        Ok(Some(answer).filter(|a| !a.rules().is_empty()))
    }

    fn flatten(&self, attrs: Attrs, base: &Value, found: &Answer) -> Attrs {
        let minimum = found.transition_default_minimum_object_size().map(|m| m.as_str());
        let order: Vec<&str> = shape::objects(base, "rule").iter().filter_map(|r| shape::text(r, "id")).collect();
        let place = |id: &str| order.iter().position(|o| *o == id).unwrap_or(order.len());
        let mut rules: Vec<&_> = found.rules().iter().collect();
        rules.sort_by_key(|r| place(r.id().unwrap_or_default()));
        let rules = rules.into_iter().map(flatten::rule).collect();
        attrs.text(MINIMUM, minimum).put("rule", Value::list(plan::rule().ty(), rules))
    }

    fn body(&self, _prior: Option<&Value>, planned: &Value) -> Result<Option<Body>, ProviderError> {
        let rules = shape::objects(planned, "rule").iter().map(expand::rule).collect::<Result<Vec<_>, _>>()?;
        let configuration = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().map_err(|e| lacks(&e))?;
        Ok(Some(Body { configuration, minimum: shape::text(planned, MINIMUM).map(TransitionDefaultMinimumObjectSize::from) }))
    }

    async fn put(&self, client: &Client, of: &Of, body: Body) -> Result<(), ApiError> {
        let request = client
            .put_bucket_lifecycle_configuration()
            .bucket(&of.bucket)
            .set_expected_bucket_owner(of.owner.clone())
            .lifecycle_configuration(body.configuration)
            .set_transition_default_minimum_object_size(body.minimum);
        call("s3:PutLifecycleConfiguration", request.send()).await.map(drop)
    }

    async fn delete(&self, client: &Client, of: &Of, _prior: &Value) -> Result<(), ApiError> {
        let request = client.delete_bucket_lifecycle().bucket(&of.bucket).set_expected_bucket_owner(of.owner.clone());
        call("s3:PutLifecycleConfiguration", request.send()).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
