//! `aws_s3_bucket_versioning`: whether a bucket keeps the versions of its objects.
//!
//! # Quirks
//! A bucket that was never versioned answers no status: that is `Disabled`, which can be declared
//! for such a bucket and needs no call. Once versioned it can only be suspended, and suspended is
//! how a removed declaration leaves it.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html>.

use crate::aws::errors::{ApiError, call};
use crate::aws::s3::part::{BucketPart, Of, one_of, owned};
use crate::aws::shape::{self, Attrs};
use crate::aws::support;
use crate::provider::{ErrorKind, IamActions, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, string};
use crate::value::{Members, Path, Value};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput as Answer;
use aws_sdk_s3::types::{BucketVersioningStatus, MfaDelete, VersioningConfiguration};

/// `aws_s3_bucket_versioning`
pub struct Versioning;

const DISABLED: &str = "Disabled";
const BLOCK: &str = "versioning_configuration";

fn build() -> ResourceSchema {
    let inner = BlockSchema::new().attr("mfa_delete", string().optional().computed()).attr("status", string().required());
    let block = owned().attr("mfa", string().optional()).block(BLOCK, inner.list(1, 1));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let at = Path::parse("versioning_configuration.0");
    let Some(inner) = shape::first(config, BLOCK) else { return Vec::new() };
    let status = one_of(inner, &at, "status", &["Enabled", "Suspended", DISABLED]);
    status.into_iter().chain(one_of(inner, &at, "mfa_delete", &["Enabled", "Disabled"])).collect()
}

fn status(object: &Value) -> Option<&str> {
    shape::first(object, BLOCK).and_then(|b| shape::text(b, "status"))
}

/// What a write sends: the configuration and the code of the second factor.
#[derive(Clone)]
pub struct Body {
    configuration: VersioningConfiguration,
    mfa: Option<String>,
}

#[async_trait]
impl BucketPart for Versioning {
    type Found = Answer;
    type Body = Body;

    support::basics!("aws_s3_bucket_versioning", build);

    fn iam(&self) -> IamActions {
        let put: &[&str] = &["s3:PutBucketVersioning"];
        IamActions { read: &["s3:GetBucketVersioning"], create: put, update: put, delete: put }
    }

    fn what(&self) -> &'static str {
        "the versioning"
    }

    fn none(&self) -> &'static [&'static str] {
        &[]
    }

    async fn get(&self, client: &Client, of: &Of) -> Result<Option<Answer>, ApiError> {
        let request = client.get_bucket_versioning().bucket(&of.bucket).set_expected_bucket_owner(of.owner.clone());
        call("s3:GetBucketVersioning", request.send()).await.map(Some)
    }

    fn flatten(&self, attrs: Attrs, _base: &Value, found: &Answer) -> Attrs {
        let text = |t: Option<&str>| Value::string(t.unwrap_or_default());
        let members = Members::from([
            ("mfa_delete".into(), text(found.mfa_delete().map(|m| m.as_str()))),
            ("status".into(), text(found.status().map(|s| s.as_str()).or(Some(DISABLED)))),
        ]);
        let inner = Value::object(members);
        attrs.put(BLOCK, Value::list(inner.ty(), vec![inner]))
    }

    fn body(&self, prior: Option<&Value>, planned: &Value) -> Result<Option<Body>, ProviderError> {
        let Some(inner) = shape::first(planned, BLOCK) else { return Ok(None) };
        if status(planned) == Some(DISABLED) {
            return match prior.and_then(status) {
                None | Some(DISABLED) => Ok(None),
                Some(now) => {
                    let detail = format!("The bucket's versioning is {now}: S3 can only suspend it, not undo it. Nothing was changed.");
                    let error = ProviderError::new(ErrorKind::Invalid, "Versioning cannot be undone", detail);
                    Err(error.help("Write `status = \"Suspended\"`.").at("versioning_configuration.0.status"))
                }
            };
        }
        let configuration = VersioningConfiguration::builder()
            .set_status(status(planned).map(BucketVersioningStatus::from))
            .set_mfa_delete(shape::text(inner, "mfa_delete").map(MfaDelete::from))
            .build();
        Ok(Some(Body { configuration, mfa: shape::string(planned, "mfa") }))
    }

    async fn put(&self, client: &Client, of: &Of, body: Body) -> Result<(), ApiError> {
        let request = client.put_bucket_versioning().bucket(&of.bucket).set_expected_bucket_owner(of.owner.clone());
        let request = request.versioning_configuration(body.configuration).set_mfa(body.mfa);
        call("s3:PutBucketVersioning", request.send()).await.map(drop)
    }

    /// Suspends; a bucket that was never versioned stays as it is, and one with object locks keeps
    /// its versions whatever is asked.
    async fn delete(&self, client: &Client, of: &Of, prior: &Value) -> Result<(), ApiError> {
        if status(prior) == Some(DISABLED) {
            return Ok(());
        }
        let off = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
        match self.put(client, of, Body { configuration: off, mfa: shape::string(prior, "mfa") }).await {
            Err(e) if e.is(&["InvalidBucketState"]) && e.message.contains("Object Lock") => Ok(()),
            other => other,
        }
    }

    fn remains(&self, _prior: &Value) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(status: &str) -> Value {
        let inner = Value::object([("status".into(), Value::string(status))].into());
        Value::object([(BLOCK.into(), Value::list(inner.ty(), vec![inner]))].into())
    }

    #[test]
    fn versioning_is_suspended_and_never_undone() {
        assert!(Versioning.body(None, &object("Enabled")).unwrap().is_some());
        assert!(Versioning.body(None, &object(DISABLED)).unwrap().is_none());
        assert!(Versioning.body(Some(&object(DISABLED)), &object(DISABLED)).unwrap().is_none());
        assert!(Versioning.body(Some(&object("Suspended")), &object(DISABLED)).is_err());
    }

    #[test]
    fn the_status_is_one_of_three() {
        assert!(validate(&object("Suspended")).is_empty());
        assert_eq!(validate(&object("On")).len(), 1);
    }
}
