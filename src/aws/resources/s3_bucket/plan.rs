//! Schema and pure rules of a bucket.

use super::blocks;
use crate::aws::s3::part::one_of;
use crate::aws::{generated, go_json, iam, shape, support, timeouts};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, boolean, string};
use crate::value::{Path, Value};

const CANNED: [&str; 6] = ["private", "public-read", "public-read-write", "aws-exec-read", "authenticated-read", "log-delivery-write"];

pub(super) fn build() -> ResourceSchema {
    let old = |n: &str| string().optional().computed().deprecated(&format!("Use `{n}` instead."));
    let block = support::tagged()
        .attr("acceleration_status", old("aws_s3_bucket_accelerate_configuration"))
        .attr("acl", old("aws_s3_bucket_acl"))
        .attr("bucket", string().optional().computed().force_new())
        .attr("bucket_domain_name", string().computed())
        .attr("bucket_namespace", string().optional().computed().force_new())
        .attr("bucket_prefix", string().optional().computed().force_new())
        .attr("bucket_region", string().computed())
        .attr("bucket_regional_domain_name", string().computed())
        .attr("force_destroy", boolean().optional().default(Value::bool(false)))
        .attr("hosted_zone_id", string().computed())
        .attr("object_lock_enabled", boolean().optional().computed().force_new())
        .attr("policy", old("aws_s3_bucket_policy"))
        .attr("request_payer", old("aws_s3_bucket_request_payment_configuration"))
        .attr("website_domain", string().computed().deprecated("Use `aws_s3_bucket_website_configuration` instead."))
        .attr("website_endpoint", string().computed().deprecated("Use `aws_s3_bucket_website_configuration` instead."))
        .block("timeouts", timeouts::block(&["create", "read", "update", "delete"]));
    let mut schema = ResourceSchema::new(0, parts(block));
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(|draft| iam::normalize(draft, "policy", go_json::normalized));
    schema.rules.equal = Some(|path, prior, planned| path.schema_key() == "policy" && iam::same_policy(prior, planned));
    schema
}

/// What the older provider kept here: all is read; writing is there for what one call says.
fn parts(block: BlockSchema) -> BlockSchema {
    block
        .block("cors_rule", blocks::cors().list(0, 0).computed().unsupported())
        .block("grant", blocks::grant().set(0, 0).computed().unsupported())
        .block("lifecycle_rule", blocks::lifecycle().list(0, 0).computed().unsupported())
        .block("logging", blocks::logging().list(0, 1).computed())
        .block("object_lock_configuration", blocks::lock().list(0, 1).computed().unsupported())
        .block("replication_configuration", blocks::replication().list(0, 1).computed().unsupported())
        .block("server_side_encryption_configuration", blocks::encryption().list(0, 1).computed())
        .block("versioning", blocks::versioning().list(0, 1).computed())
        .block("website", blocks::website().list(0, 1).computed().unsupported())
}

pub(super) fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(config, &[("bucket", "bucket_prefix")]);
    for (name, most) in [("bucket", 63), ("bucket_prefix", 63 - generated::SUFFIX)] {
        if shape::text(config, name).is_some_and(|t| t.len() > most) {
            errors.push(RuleError { path: Path::attr(name), message: format!("`{name}` has at most {most} characters.") });
        }
    }
    let root = Path::default();
    errors.extend(one_of(config, &root, "acceleration_status", &["Enabled", "Suspended"]));
    errors.extend(one_of(config, &root, "request_payer", &["BucketOwner", "Requester"]));
    errors.extend(one_of(config, &root, "bucket_namespace", &["global", "account-regional"]));
    errors.extend(one_of(config, &root, "acl", &CANNED));
    errors.extend(iam::check_policy(config, "policy"));
    let at = Path::parse("server_side_encryption_configuration.0.rule.0");
    let rules = shape::first(config, "server_side_encryption_configuration").and_then(|c| shape::first(c, "rule"));
    let default = rules.and_then(|r| shape::first(r, "apply_server_side_encryption_by_default"));
    errors.extend(default.and_then(|d| one_of(d, &at, "sse_algorithm", &["AES256", "aws:kms", "aws:kms:dsse"])));
    errors
}
