//! Data sources, one file each.

pub mod ami;
pub mod availability_zones;
pub mod caller_identity;
pub mod db_instance;
pub mod db_snapshot;
pub mod iam_policy_document;
pub mod partition;
pub mod region;
pub mod s3_bucket;
pub mod secretsmanager_secret_version;
pub mod security_group;
pub mod ssm_parameter;
pub mod subnet;
pub mod subnets;
pub mod vpc;
