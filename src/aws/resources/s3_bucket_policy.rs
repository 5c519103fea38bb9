//! `aws_s3_bucket_policy`: the policy of a bucket.
//!
//! # Quirks
//! The document is kept as it was written as long as S3's means the same. A principal that IAM
//! has just made is refused for a while.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>.

use crate::aws::errors::{ApiError, call};
use crate::aws::go_json::normalized;
use crate::aws::policy_json::kept;
use crate::aws::s3::part::{BucketPart, Of, base};
use crate::aws::shape::{self, Attrs};
use crate::aws::{iam, support};
use crate::provider::{IamActions, ProviderError};
use crate::schema::{ResourceSchema, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_s3::Client;

/// `aws_s3_bucket_policy`
pub struct BucketPolicy;

fn build() -> ResourceSchema {
    let mut schema = ResourceSchema::new(0, base().attr("policy", string().required()));
    schema.rules = support::rules();
    schema.rules.validate.push(|config| iam::check_policy(config, "policy"));
    schema.rules.customize.push(|draft| iam::normalize(draft, "policy", normalized));
    schema.rules.equal = Some(|path, prior, planned| path.schema_key() == "policy" && iam::same_policy(prior, planned));
    schema
}

#[async_trait]
impl BucketPart for BucketPolicy {
    type Found = String;
    type Body = String;

    support::basics!("aws_s3_bucket_policy", build);

    fn iam(&self) -> IamActions {
        let put: &[&str] = &["s3:PutBucketPolicy"];
        IamActions { read: &["s3:GetBucketPolicy"], create: put, update: put, delete: &["s3:DeleteBucketPolicy"] }
    }

    fn what(&self) -> &'static str {
        "the policy"
    }

    fn none(&self) -> &'static [&'static str] {
        &["NoSuchBucketPolicy"]
    }

    async fn get(&self, client: &Client, of: &Of) -> Result<Option<String>, ApiError> {
        let answer = call("s3:GetBucketPolicy", client.get_bucket_policy().bucket(&of.bucket).send()).await?;
        Ok(answer.policy.filter(|p| !p.is_empty()))
    }

    fn flatten(&self, attrs: Attrs, base: &Value, found: &String) -> Attrs {
        attrs.text("policy", Some(&kept(shape::text(base, "policy"), found)))
    }

    fn body(&self, _prior: Option<&Value>, planned: &Value) -> Result<Option<String>, ProviderError> {
        Ok(shape::string(planned, "policy"))
    }

    fn again(&self, error: &ApiError) -> bool {
        error.is(&["MalformedPolicy"]) && error.message.contains("rincipal")
    }

    async fn put(&self, client: &Client, of: &Of, body: String) -> Result<(), ApiError> {
        call("s3:PutBucketPolicy", client.put_bucket_policy().bucket(&of.bucket).policy(body).send()).await.map(drop)
    }

    async fn delete(&self, client: &Client, of: &Of, _prior: &Value) -> Result<(), ApiError> {
        call("s3:DeleteBucketPolicy", client.delete_bucket_policy().bucket(&of.bucket).send()).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_text_stays_while_it_means_the_same() {
        let written = r#"{"Statement":{"Action":"s3:*","Effect":"Deny","Principal":"*"}}"#;
        let same = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:*"]}]}"#;
        assert_eq!(kept(Some(written), same), written);
        assert_eq!(kept(None, r#"{ "b": 1, "a": 2 }"#), r#"{"a":2,"b":1}"#);
    }
}
