//! The `provider "aws"` block: every argument of the real one; those that envctl does not honour
//! yet are refused where they are used.
//!
//! Source: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#argument-reference>.

use super::settings::SERVICES;
use crate::schema::{BlockSchema, boolean, list_of, map_of, number, set_of, string};
use crate::value::Type;

/// Schema of the provider block.
#[must_use]
pub fn schema() -> BlockSchema {
    let mut block = BlockSchema::new()
        .attr("access_key", string().optional())
        .attr("allowed_account_ids", set_of(Type::String).optional())
        .attr("custom_ca_bundle", string().optional().unsupported())
        .attr("ec2_metadata_service_endpoint", string().optional().unsupported())
        .attr("ec2_metadata_service_endpoint_mode", string().optional().unsupported())
        .attr("forbidden_account_ids", set_of(Type::String).optional())
        .attr("http_proxy", string().optional().unsupported())
        .attr("https_proxy", string().optional().unsupported())
        .attr("insecure", boolean().optional().unsupported())
        .attr("max_retries", number().optional())
        .attr("no_proxy", string().optional().unsupported())
        .attr("profile", string().optional())
        .attr("region", string().optional())
        .attr("retry_mode", string().optional())
        .attr("s3_us_east_1_regional_endpoint", string().optional().unsupported())
        .attr("s3_use_path_style", boolean().optional())
        .attr("secret_key", string().optional().sensitive())
        .attr("shared_config_files", list_of(Type::String).optional())
        .attr("shared_credentials_files", list_of(Type::String).optional())
        .attr("skip_credentials_validation", boolean().optional())
        .attr("skip_metadata_api_check", string().optional())
        .attr("skip_region_validation", boolean().optional())
        .attr("skip_requesting_account_id", boolean().optional())
        .attr("sts_region", string().optional())
        .attr("tag_policy_compliance", string().optional().unsupported())
        .attr("token", string().optional().sensitive())
        .attr("token_bucket_rate_limiter_capacity", number().optional().unsupported())
        .attr("use_dualstack_endpoint", boolean().optional())
        .attr("use_fips_endpoint", boolean().optional())
        .attr("user_agent", list_of(Type::String).optional().unsupported());
    block = block.block("assume_role", assume_role().list(0, 0));
    block = block.block("assume_role_with_web_identity", web_identity().list(0, 1));
    block = block.block("default_tags", BlockSchema::new().attr("tags", map_of(Type::String).optional()).list(0, 1));
    let ignore = BlockSchema::new().attr("keys", set_of(Type::String).optional()).attr("key_prefixes", set_of(Type::String).optional());
    block.block("ignore_tags", ignore.list(0, 1)).block("endpoints", endpoints().set(0, 0))
}

fn assume_role() -> BlockSchema {
    BlockSchema::new()
        .attr("duration", string().optional())
        .attr("external_id", string().optional())
        .attr("policy", string().optional())
        .attr("policy_arns", set_of(Type::String).optional())
        .attr("role_arn", string().optional())
        .attr("session_name", string().optional())
        .attr("source_identity", string().optional().unsupported())
        .attr("tags", map_of(Type::String).optional())
        .attr("transitive_tag_keys", set_of(Type::String).optional().unsupported())
}

fn web_identity() -> BlockSchema {
    BlockSchema::new()
        .attr("duration", string().optional().unsupported())
        .attr("policy", string().optional())
        .attr("policy_arns", set_of(Type::String).optional())
        .attr("role_arn", string().optional())
        .attr("session_name", string().optional())
        .attr("web_identity_token", string().optional().sensitive().unsupported())
        .attr("web_identity_token_file", string().optional())
}

/// Services of the provider that people set endpoints for and that have no client here yet.
const OTHERS: &[&str] = &[
    "accessanalyzer",
    "acm",
    "acmpca",
    "amp",
    "apigateway",
    "apigatewayv2",
    "appautoscaling",
    "appconfig",
    "appmesh",
    "apprunner",
    "appsync",
    "athena",
    "autoscaling",
    "backup",
    "batch",
    "bedrock",
    "budgets",
    "ce",
    "cloudcontrol",
    "cloudformation",
    "cloudfront",
    "cloudhsmv2",
    "cloudtrail",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codedeploy",
    "codepipeline",
    "cognitoidentity",
    "cognitoidp",
    "configservice",
    "connect",
    "cur",
    "datasync",
    "dax",
    "directconnect",
    "dlm",
    "dms",
    "docdb",
    "ds",
    "ecr",
    "ecrpublic",
    "ecs",
    "efs",
    "eks",
    "elasticache",
    "elasticbeanstalk",
    "elasticsearch",
    "elastictranscoder",
    "elb",
    "elbv2",
    "emr",
    "es",
    "events",
    "firehose",
    "fms",
    "fsx",
    "gamelift",
    "glacier",
    "globalaccelerator",
    "glue",
    "guardduty",
    "imagebuilder",
    "inspector",
    "inspector2",
    "iot",
    "kafka",
    "kendra",
    "keyspaces",
    "kinesis",
    "kinesisanalytics",
    "kinesisanalyticsv2",
    "kinesisvideo",
    "lakeformation",
    "lambda",
    "lightsail",
    "memorydb",
    "mq",
    "mwaa",
    "neptune",
    "networkfirewall",
    "networkmanager",
    "opensearch",
    "organizations",
    "outposts",
    "pipes",
    "pricing",
    "qldb",
    "quicksight",
    "ram",
    "redshift",
    "redshiftdata",
    "redshiftserverless",
    "resourcegroups",
    "resourcegroupstaggingapi",
    "rolesanywhere",
    "route53",
    "route53domains",
    "route53resolver",
    "s3control",
    "s3outposts",
    "sagemaker",
    "scheduler",
    "schemas",
    "securityhub",
    "serverlessrepo",
    "servicecatalog",
    "servicediscovery",
    "servicequotas",
    "ses",
    "sesv2",
    "sfn",
    "shield",
    "signer",
    "sqs",
    "sso",
    "ssoadmin",
    "stepfunctions",
    "storagegateway",
    "swf",
    "synthetics",
    "timestreamwrite",
    "transcribe",
    "transfer",
    "waf",
    "wafregional",
    "wafv2",
    "workspaces",
    "xray",
];

fn endpoints() -> BlockSchema {
    let ours = SERVICES.iter().fold(BlockSchema::new(), |b, (key, _)| b.attr(key, string().optional()));
    OTHERS.iter().fold(ours, |b, key| b.attr(key, string().optional()))
}
