//! AWS: the provider, its clients, and its types.
//!
//! `settings` and `config` say how AWS is reached, `clients` holds the SDK's clients, `registry`
//! lists the types, one line each. `resources/vpc.rs` is the model of a type and says at its top
//! how one is written; `support`, `shape`, `tags`, `region`, `groups`, `waiter`, `errors` and `ec2`
//! are what types are written with. `store` keeps states in S3, `kms` has keys that encrypt them,
//! `secret_source` fetches secrets of applications.
//! `objects` fetches modules, `simulation` asks IAM what somebody may do.

pub mod clients;
mod clock;
pub mod config;
pub mod data;
pub mod ec2;
pub mod ephemeral;
pub mod errors;
mod fencing;
pub mod generated;
pub mod go_json;
pub mod groups;
pub mod iam;
mod kms;
pub mod names;
mod objects;
pub mod policy_json;
mod provider;
mod provider_schema;
pub mod query;
pub mod rds;
pub mod region;
pub mod registry;
mod repeating;
pub mod resources;
pub mod s3;
mod secret_source;
pub mod secrets;
pub mod settings;
pub mod shape;
mod simulation;
mod snapshots;
pub mod sns;
pub mod stats;
pub mod store;
pub mod support;
pub mod tags;
pub mod timeouts;
pub mod untraced;
pub mod waiter;

pub use clients::Aws;
pub use config::sdk_config;
pub use kms::KmsKeys;
pub use objects::S3Objects;
pub use provider::AwsProvider;
pub use secret_source::AwsSecrets;
pub use settings::{Env, Settings};
pub use simulation::IamSimulator;
pub use snapshots::RdsDatabases;
pub use stats::{Count, Stats};
