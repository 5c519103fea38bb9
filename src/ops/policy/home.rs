//! What the home of a state needs: the calls of the S3 store and of `bootstrap`.

use super::document::{Document, Place};
use crate::config::Backend;
use crate::value::Value;

/// What is going to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `plan`: reads, and takes the lock.
    Plan,
    /// `apply` and `destroy`.
    Apply,
    /// `deploy`: the state, records, and data that blocks refer to.
    Deploy,
    /// `bootstrap`
    Bootstrap,
}

impl Purpose {
    /// By name.
    #[must_use]
    pub fn named(name: &str) -> Option<Purpose> {
        match name {
            "plan" => Some(Purpose::Plan),
            "apply" => Some(Purpose::Apply),
            "deploy" => Some(Purpose::Deploy),
            "bootstrap" => Some(Purpose::Bootstrap),
            _ => None,
        }
    }
}

/// Bucket, key and tables of an S3 backend.
#[derive(Clone, Debug, Default)]
pub struct Home {
    bucket: String,
    key: String,
    prefix: String,
    table: Option<String>,
    kms: Option<String>,
}

/// The home of a backend; `None`: it is not in AWS.
#[must_use]
pub fn home(backend: &Backend) -> Option<Home> {
    let text = |name: &str| backend.settings.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_string);
    (backend.kind.as_ref() == "s3").then(|| Home {
        bucket: text("bucket").unwrap_or_else(|| "*".into()),
        key: text("key").unwrap_or_else(|| "*".into()),
        prefix: text("workspace_key_prefix").unwrap_or_else(|| "env:".into()),
        table: text("dynamodb_table"),
        kms: text("kms_key_id"),
    })
}

const BUCKET: [&str; 2] = ["s3:ListBucket", "s3:ListBucketVersions"];
const READ: [&str; 2] = ["s3:GetObject", "s3:GetObjectVersion"];
const WRITE: [&str; 2] = ["s3:PutObject", "s3:DeleteObject"];
const TABLE: [&str; 5] = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];
const MAKE_BUCKET: [&str; 11] = [
    "s3:CreateBucket",
    "s3:ListBucket",
    "s3:GetBucketVersioning",
    "s3:PutBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:PutEncryptionConfiguration",
    "s3:GetBucketPublicAccessBlock",
    "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:PutBucketTagging",
    "s3:GetLifecycleConfiguration",
];
const MAKE_TABLE: [&str; 6] = [
    "dynamodb:CreateTable",
    "dynamodb:UpdateTable",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:Scan",
];

impl Home {
    /// Adds what a purpose needs of it.
    pub fn allow(&self, purpose: Purpose, place: &Place, document: &mut Document) {
        document.allow("*", "sts:GetCallerIdentity");
        let bucket = place.arn("s3", &self.bucket);
        let table =
            self.table.as_ref().map(|t| if t.starts_with("arn:") { t.clone() } else { place.arn("dynamodb", &format!("table/{t}")) });
        if purpose == Purpose::Bootstrap {
            MAKE_BUCKET.iter().for_each(|a| document.allow(&bucket, a));
            table.iter().for_each(|t| MAKE_TABLE.iter().for_each(|a| document.allow(t, a)));
            return;
        }
        BUCKET.iter().for_each(|a| document.allow(&bucket, a));
        // The state, its lock and records beside it; the same of workspaces.
        for key in [self.key.clone(), format!("{}/*/{}", self.prefix, self.key)] {
            let object = |end: &str| format!("{bucket}/{key}{end}");
            READ.iter().for_each(|a| [object(""), object(".tflock"), object(".envctl/*")].into_iter().for_each(|o| document.allow(o, a)));
            let own = if purpose == Purpose::Plan {
                vec![object(".tflock"), object(".envctl/lock*")]
            } else {
                vec![object(""), object(".tflock"), object(".envctl/*")]
            };
            WRITE.iter().for_each(|a| own.iter().for_each(|o| document.allow(o, a)));
        }
        table.iter().for_each(|t| TABLE.iter().for_each(|a| document.allow(t, a)));
        if let Some(key) = &self.kms {
            let arn = if key.starts_with("arn:") {
                key.clone()
            } else {
                place.arn("kms", &format!("key/{}", if key.starts_with("alias/") { "*" } else { key }))
            };
            ["kms:Decrypt", "kms:GenerateDataKey"].iter().for_each(|a| document.allow(&arn, a));
        }
    }
}
