//! The integration tests: one binary, because every further one would link the AWS SDK again.
//!
//! `harness` is what they stand on, `proxy` the AWS test proxy; every other module is a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod app_ssh;
mod audit;
#[cfg(feature = "aws")]
mod aws_types;
#[cfg(feature = "aws")]
mod bootstrap_module;
#[cfg(feature = "aws")]
mod bootstrap_s3;
mod checks;
mod compare;
mod conformance;
mod cost;
mod doctor;
mod documented;
mod encrypted;
mod env_check;
mod ephemeral;
#[cfg(feature = "aws")]
mod faults;
mod fuzz;
mod guards;
#[allow(dead_code, reason = "each test uses what it needs of the harness")]
mod harness;
mod harness_tests;
mod history_and_secrets;
mod import_and_move;
#[cfg(feature = "aws")]
mod journey;
mod json_output;
#[cfg(feature = "aws")]
mod killed;
mod killed_deploy;
mod killed_local;
mod language;
mod language_blocks;
mod language_commands;
mod left_behind;
#[cfg(feature = "aws")]
mod lock_commands;
#[cfg(feature = "aws")]
mod lock_format;
mod many_processes;
mod modules;
#[cfg(feature = "aws")]
mod monitoring_module;
mod new;
#[cfg(feature = "aws")]
mod own_changes;
#[cfg(feature = "aws")]
mod paused;
mod policy;
mod provisioners;
mod proxy;
mod proxy_rules;
mod reach;
mod saved_plans;
#[cfg(feature = "aws")]
mod snapshots;
mod state_commands;
mod state_health;
#[cfg(feature = "aws")]
mod state_s3;
mod store_local;
#[cfg(feature = "aws")]
mod store_s3;
#[cfg(feature = "aws")]
mod store_s3_locks;
mod store_sealed;
mod test_command;
mod tidy;
mod tls;
mod workspaces;
mod wrong_words;
