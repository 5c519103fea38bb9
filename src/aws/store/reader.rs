//! Opens other states for `terraform_remote_state`.

use super::S3Store;
use crate::aws::Stats;
use crate::aws::settings::Env;
use crate::store::{StateReader, StateStore, StoreError, StoreErrorKind};
use crate::value::Value;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Opens `s3` states itself; other backends are another reader's (the command line adds the local
/// one, which this layer does not know).
pub struct S3Reader {
    env: Env,
    stats: Stats,
    others: Option<Arc<dyn StateReader>>,
}

impl S3Reader {
    /// A reader with the variables and counters of the run.
    #[must_use]
    pub fn new(env: Env, stats: Stats, others: Option<Arc<dyn StateReader>>) -> Self {
        S3Reader { env, stats, others }
    }
}

#[async_trait]
impl StateReader for S3Reader {
    async fn open(&self, backend: &str, settings: &BTreeMap<Arc<str>, Value>, workspace: &str) -> Result<Arc<dyn StateStore>, StoreError> {
        match (backend, &self.others) {
            ("s3", _) => Ok(Arc::new(S3Store::open(settings, workspace, &self.env, self.stats.clone()).await?)),
            (_, Some(others)) => others.open(backend, settings, workspace).await,
            (other, None) => {
                let detail = format!("envctl reads states of the backends \"s3\" and \"local\", not {other:?}.");
                Err(StoreError::new(StoreErrorKind::Other, "Unknown backend", detail).help("Use one of the two, or pass the values as variables."))
            }
        }
    }
}
