//! The key provider `aws_kms` is reached as the backend is: the same settings, in its own block.

use super::settings::Backend;
use super::{StoreError, connect};
use crate::aws::settings::Env;
use crate::aws::{Aws, Stats};
use crate::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Clients of a key provider, in an account that it allows.
///
/// # Errors
/// Wrong settings, no region, an account that the block forbids.
pub async fn connect_key_provider(settings: &BTreeMap<Arc<str>, Value>, env: &Env, stats: Stats) -> Result<Aws, StoreError> {
    let reached = async {
        let backend = Backend::reach(settings, env)?;
        connect(&backend, stats).await
    };
    reached.await.map_err(|e| {
        let said = |text: String| text.replace("the backend \"s3\"", "the key provider \"aws_kms\"").replace("backend", "key provider");
        StoreError { summary: said(e.summary), detail: said(e.detail), help: e.help.map(said), ..e }
    })
}
