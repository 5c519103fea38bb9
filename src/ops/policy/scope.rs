//! Which ARN an action can be limited to. Data, from AWS's "Service Authorization Reference".

use super::document::Place;
use crate::value::Value;

/// How objects of a type are named in ARNs.
struct Naming {
    /// The type, or the beginning of its name (`aws_s3_bucket`).
    kind: &'static str,
    service: &'static str,
    /// Resource part of the ARN; `{}` is the name.
    resource: &'static str,
    /// The argument that has the name.
    argument: &'static str,
}

const fn named(kind: &'static str, service: &'static str, resource: &'static str, argument: &'static str) -> Naming {
    Naming { kind, service, resource, argument }
}

/// Longer names stand before those that they begin with.
const NAMES: [Naming; 25] = [
    named("aws_iam_role_policy_attachment", "iam", "role/{}", "role"),
    named("aws_iam_role_policy", "iam", "role/{}", "role"),
    named("aws_iam_role", "iam", "role/{}", "name"),
    named("aws_iam_user_policy_attachment", "iam", "user/{}", "user"),
    named("aws_iam_user", "iam", "user/{}", "name"),
    named("aws_iam_policy_document", "", "", ""),
    named("aws_iam_policy", "iam", "policy/{}", "name"),
    named("aws_iam_instance_profile", "iam", "instance-profile/{}", "name"),
    named("aws_iam_openid_connect_provider", "iam", "oidc-provider/{}", "url"),
    named("aws_s3_bucket", "s3", "{}", "bucket"),
    named("aws_dynamodb_table", "dynamodb", "table/{}", "name"),
    named("aws_db_instance", "rds", "db:{}", "identifier"),
    named("aws_db_subnet_group", "rds", "subgrp:{}", "name"),
    named("aws_db_parameter_group", "rds", "pg:{}", "name"),
    named("aws_db_snapshot", "rds", "snapshot:{}", "db_snapshot_identifier"),
    named("aws_cloudwatch_metric_alarm", "cloudwatch", "alarm:{}", "alarm_name"),
    named("aws_cloudwatch_log_group", "logs", "log-group:{}*", "name"),
    named("aws_sns_topic_subscription", "sns", "{}", "topic_arn"),
    named("aws_sns_topic", "sns", "{}", "name"),
    named("aws_secretsmanager_secret_version", "secretsmanager", "secret:{}-*", "secret_id"),
    named("aws_secretsmanager_secret", "secretsmanager", "secret:{}-*", "name"),
    named("aws_ssm_parameter", "ssm", "parameter/{}", "name"),
    named("aws_key_pair", "", "", ""),
    named("aws_kms_key", "kms", "key/{}", "key_id"),
    named("aws_kms_alias", "kms", "alias/{}", "name"),
];

/// Reads of many objects at once: the API checks them against all names, not one. Without them the same is
/// read one by one where it can be.
const GROUP_READS: [(&str, &str); 7] = [
    ("rds:DescribeDBInstances", "db:*"),
    ("rds:DescribeDBSubnetGroups", "subgrp:*"),
    ("rds:DescribeDBParameterGroups", "pg:*"),
    ("rds:DescribeDBSnapshots", "snapshot:*"),
    ("cloudwatch:DescribeAlarms", "alarm:*"),
    ("logs:DescribeLogGroups", "log-group:*"),
    ("dynamodb:ListTables", "table/*"),
];

/// Actions that touch objects of other kinds beside the type's own.
const BESIDE: [(&str, &str, &[&str]); 6] = [
    ("rds:CreateDBInstance", "rds", &["subgrp:*", "pg:*", "og:*", "secgrp:*", "snapshot:*"]),
    ("rds:ModifyDBInstance", "rds", &["subgrp:*", "pg:*", "og:*", "secgrp:*"]),
    ("rds:DeleteDBInstance", "rds", &["snapshot:*"]),
    ("rds:CreateDBSnapshot", "rds", &["snapshot:*"]),
    ("iam:RemoveRoleFromInstanceProfile", "iam", &["instance-profile/*", "role/*"]),
    ("iam:AddRoleToInstanceProfile", "iam", &["role/*"]),
];

/// S3 actions on what lies in a bucket.
const IN_BUCKETS: [&str; 7] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetObjectVersion",
    "s3:BypassGovernanceRetention",
    "s3:AbortMultipartUpload",
];

/// The ARNs that an action for an object of this type is limited to; `*` where there is nothing to limit it to.
pub(super) fn scope(action: &str, kind: &str, value: Option<&Value>, place: &Place, group_reads: bool) -> Vec<String> {
    let service = action.split(':').next().unwrap_or_default();
    match action {
        "iam:CreateServiceLinkedRole" => return vec![place.arn("iam", "role/aws-service-role/*")],
        // AWS limits these to nothing.
        "secretsmanager:BatchGetSecretValue" | "ssm:DescribeParameters" => return vec!["*".into()],
        "iam:PassRole" => return vec![place.arn("iam", &format!("role/{}", passed(kind, value)))],
        "iam:DeactivateMFADevice" | "iam:DeleteVirtualMFADevice" => return vec![place.arn("iam", "mfa/*"), place.arn("iam", "user/*")],
        _ => {}
    }
    if let Some((_, all)) = GROUP_READS.iter().find(|(name, _)| *name == action && group_reads) {
        return vec![place.arn(service, all)];
    }
    let naming = NAMES.iter().find(|n| kind.starts_with(n.kind)).filter(|n| n.service == service);
    let Some(naming) = naming else { return vec!["*".into()] };
    let name = name(naming.argument, value);
    let mut arns = match service {
        "s3" if IN_BUCKETS.contains(&action) => vec![place.arn("s3", &format!("{name}/*"))],
        _ if name.starts_with("arn:") => vec![name],
        _ => vec![place.arn(service, &naming.resource.replace("{}", &path(service, value, &name)))],
    };
    if let Some((_, service, more)) = BESIDE.iter().find(|(name, ..)| *name == action) {
        arns.extend(more.iter().map(|resource| place.arn(service, resource)));
    }
    arns
}

/// The name as it is in the ARN: what is not known is any.
fn name(argument: &str, value: Option<&Value>) -> String {
    let text = |name: &str| value.and_then(|v| v.get(name)).and_then(Value::as_str).filter(|s| !s.is_empty());
    let prefix = text(&format!("{argument}_prefix")).map(|p| format!("{p}*"));
    let name = text(argument).map(str::to_string).or(prefix).unwrap_or_else(|| "*".into());
    name.trim_start_matches("https://").trim_start_matches('/').to_string()
}

/// IAM's names have a path before them.
fn path(service: &str, value: Option<&Value>, name: &str) -> String {
    let path = value.and_then(|v| v.get("path")).filter(|_| service == "iam");
    match path {
        Some(path) => format!("{}{name}", path.as_str().map_or("*", |p| p.trim_start_matches('/'))),
        None => name.to_string(),
    }
}

/// The role that is passed on, where it is named.
fn passed(kind: &str, value: Option<&Value>) -> String {
    let argument = if kind == "aws_iam_instance_profile" { "role" } else { "" };
    name(argument, value)
}
