//! Ephemeral resources: values for one run, which no state has.

pub mod secretsmanager_secret_version;
pub mod ssm_parameter;
