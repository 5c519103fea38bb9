//! Makes what was recovered durable, and removes what has served.

use super::Recovered;
use super::watch::{RECORD, Watched};
use crate::addr::ProviderConfigAddr;
use crate::diag::Diagnostics;
use crate::engine::configured::{ConfiguredProviders, diagnostic};
use crate::state::{Style, write};
use crate::store::{LockGuard, StoreError};
use std::collections::BTreeMap;

/// Keeps what may still arrive; no record when nothing may.
///
/// # Errors
/// When the store refuses.
pub(in crate::engine) async fn keep_watched(guard: &dyn LockGuard, watched: &Watched) -> Result<(), StoreError> {
    if watched.is_empty() { guard.delete_record(RECORD).await } else { guard.write_record(RECORD, &watched.to_bytes()).await }
}

impl Recovered {
    /// State first, then tags, then the journal: killed in between, the next run comes to the same.
    /// The answer is warnings.
    ///
    /// # Errors
    /// When the store refuses: nothing was removed then that is not in the state.
    pub async fn commit(
        &mut self,
        guard: &dyn LockGuard,
        providers: &ConfiguredProviders,
        style: Style,
    ) -> Result<Diagnostics, StoreError> {
        if self.changed {
            if self.state.lineage.is_empty() {
                self.state.lineage = uuid::Uuid::new_v4().to_string();
            }
            self.state.serial += 1;
            self.state.tool_version = format!("{}.0", crate::config::LANGUAGE_LEVEL);
            guard.write_state(&write(&self.state, style)).await?;
            self.changed = false;
        }
        let (mut warnings, mut served) = (Diagnostics::new(), true);
        let mut by_provider: BTreeMap<ProviderConfigAddr, Vec<_>> = BTreeMap::new();
        for (provider, tagged) in std::mem::take(&mut self.tagged) {
            by_provider.entry(provider).or_default().push(tagged);
        }
        for (addr, objects) in by_provider {
            let Ok((provider, configured)) = providers.get(&addr) else { continue };
            if let Err(e) = provider.settle(&configured, &objects).await {
                warnings.push(diagnostic(e, &addr).into_warning());
                served = false;
            }
        }
        if self.watched_changed {
            keep_watched(guard, &self.watched).await?;
        }
        if !served {
            // The next run takes the tags off.
            return Ok(warnings);
        }
        // Oldest first, as a run does it itself.
        self.names.sort();
        for name in std::mem::take(&mut self.names) {
            guard.delete_record(&name).await?;
        }
        Ok(warnings)
    }
}
