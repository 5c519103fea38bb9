//! `aws_s3_bucket_server_side_encryption_configuration`: how a bucket encrypts by default.
//!
//! # Quirks
//! Every bucket has an encryption (AES256 unless something else is set), so removing the
//! declaration resets it, and it still reads. Since 2026 an answer also says which kinds of
//! encryption uploads may not ask for; they are sent only where they are declared.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html>.

use crate::aws::errors::{ApiError, call};
use crate::aws::s3::lacks;
use crate::aws::s3::part::{BucketPart, Of, one_of, owned};
use crate::aws::shape::{self, Attrs};
use crate::aws::support;
use crate::provider::{IamActions, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, boolean, list_of, string};
use crate::value::{Members, Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, EncryptionType, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration as Configuration, ServerSideEncryptionRule,
};

/// `aws_s3_bucket_server_side_encryption_configuration`
pub struct Encryption;

const DEFAULT: &str = "apply_server_side_encryption_by_default";
const BLOCKED: &str = "blocked_encryption_types";

fn build() -> ResourceSchema {
    let default = BlockSchema::new().attr("kms_master_key_id", string().optional().computed()).attr("sse_algorithm", string().required());
    let rule = BlockSchema::new()
        .attr(BLOCKED, list_of(Type::String).optional().computed())
        .attr("bucket_key_enabled", boolean().optional().computed())
        .block(DEFAULT, default.list(0, 1));
    let mut schema = ResourceSchema::new(0, owned().block("rule", rule.set(1, 0)));
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let defaults = shape::objects(config, "rule").iter().filter_map(|r| shape::first(r, DEFAULT));
    defaults.filter_map(|d| one_of(d, &Path::attr("rule"), "sse_algorithm", &["AES256", "aws:kms", "aws:kms:dsse", "aws:fsx"])).collect()
}

fn rule(object: &Value) -> Result<ServerSideEncryptionRule, ProviderError> {
    let default = shape::first(object, DEFAULT).map(|d| {
        ServerSideEncryptionByDefault::builder()
            .set_sse_algorithm(shape::text(d, "sse_algorithm").map(ServerSideEncryption::from))
            .set_kms_master_key_id(shape::string(d, "kms_master_key_id"))
            .build()
    });
    let blocked: Vec<EncryptionType> = shape::strings(object, BLOCKED).iter().map(|t| EncryptionType::from(t.as_str())).collect();
    let blocked = (!blocked.is_empty()).then(|| BlockedEncryptionTypes::builder().set_encryption_type(Some(blocked)).build());
    Ok(ServerSideEncryptionRule::builder()
        .set_apply_server_side_encryption_by_default(default.transpose().map_err(|e| lacks(&e))?)
        .set_bucket_key_enabled(shape::flag(object, "bucket_key_enabled"))
        .set_blocked_encryption_types(blocked)
        .build())
}

fn flat(rule: &ServerSideEncryptionRule) -> Value {
    let default = rule.apply_server_side_encryption_by_default().map(|d| {
        let key = Value::string(d.kms_master_key_id().unwrap_or_default());
        Value::object(Members::from([
            ("kms_master_key_id".into(), key),
            ("sse_algorithm".into(), Value::string(d.sse_algorithm().as_str())),
        ]))
    });
    let blocked = rule.blocked_encryption_types().map(|b| b.encryption_type()).unwrap_or_default();
    let blocked = blocked.iter().map(|t| Value::string(t.as_str())).collect();
    let ty = Type::object([("kms_master_key_id", Type::String), ("sse_algorithm", Type::String)]);
    Value::object(Members::from([
        (BLOCKED.into(), Value::list(Type::String, blocked)),
        ("bucket_key_enabled".into(), Value::bool(rule.bucket_key_enabled().unwrap_or(false))),
        (DEFAULT.into(), Value::list(ty, default.into_iter().collect())),
    ]))
}

#[async_trait]
impl BucketPart for Encryption {
    type Found = Configuration;
    type Body = Configuration;

    support::basics!("aws_s3_bucket_server_side_encryption_configuration", build);

    fn iam(&self) -> IamActions {
        let put: &[&str] = &["s3:PutEncryptionConfiguration"];
        IamActions { read: &["s3:GetEncryptionConfiguration"], create: put, update: put, delete: put }
    }

    fn what(&self) -> &'static str {
        "the encryption"
    }

    fn none(&self) -> &'static [&'static str] {
        &["ServerSideEncryptionConfigurationNotFoundError"]
    }

    async fn get(&self, client: &Client, of: &Of) -> Result<Option<Configuration>, ApiError> {
        let request = client.get_bucket_encryption().bucket(&of.bucket).set_expected_bucket_owner(of.owner.clone());
        Ok(call("s3:GetEncryptionConfiguration", request.send()).await?.server_side_encryption_configuration)
    }

    fn flatten(&self, attrs: Attrs, _base: &Value, found: &Configuration) -> Attrs {
        let rules: Vec<Value> = found.rules().iter().map(flat).collect();
        let ty = attrs.get("rule").map_or(Type::Dynamic, Value::ty);
        let element = match ty {
            Type::Set(element) => (*element).clone(),
            other => other,
        };
        attrs.put("rule", Value::set(element, rules))
    }

    fn body(&self, _prior: Option<&Value>, planned: &Value) -> Result<Option<Configuration>, ProviderError> {
        let rules = shape::objects(planned, "rule").iter().map(rule).collect::<Result<Vec<_>, _>>()?;
        Configuration::builder().set_rules(Some(rules)).build().map(Some).map_err(|e| lacks(&e))
    }

    async fn put(&self, client: &Client, of: &Of, body: Configuration) -> Result<(), ApiError> {
        let request = client.put_bucket_encryption().bucket(&of.bucket).set_expected_bucket_owner(of.owner.clone());
        call("s3:PutEncryptionConfiguration", request.server_side_encryption_configuration(body).send()).await.map(drop)
    }

    async fn delete(&self, client: &Client, of: &Of, _prior: &Value) -> Result<(), ApiError> {
        let request = client.delete_bucket_encryption().bucket(&of.bucket).set_expected_bucket_owner(of.owner.clone());
        call("s3:PutEncryptionConfiguration", request.send()).await.map(drop)
    }

    fn remains(&self, _prior: &Value) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_as_it_was_sent() {
        let default = Value::object(Members::from([
            ("kms_master_key_id".into(), Value::string("alias/state")),
            ("sse_algorithm".into(), Value::string("aws:kms")),
        ]));
        let object = Value::object(Members::from([
            (BLOCKED.into(), Value::list(Type::String, vec![Value::string("SSE-C")])),
            ("bucket_key_enabled".into(), Value::bool(true)),
            (DEFAULT.into(), Value::list(default.ty(), vec![default])),
        ]));
        assert_eq!(flat(&rule(&object).unwrap()), object);
        let unknown = Value::object(Members::from([("bucket_key_enabled".into(), Value::unknown(Type::Bool))]));
        assert_eq!(rule(&unknown).unwrap().bucket_key_enabled(), None);
    }
}
