//! Encrypting and decrypting where keys may have to be asked for.

use super::StoreError;
use crate::state::StateError;
use crate::state::seal::{KeyAnswer, KeyRequest, Sealer, Step};
use async_trait::async_trait;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// Makes and unwraps data keys: AWS KMS.
#[async_trait]
pub trait KeyService: Send + Sync {
    /// Answers a request. A key that is not for us is an answer; an error is what keeps the service
    /// from answering at all (no connection, no credentials, wrong settings).
    async fn answer(&self, request: &KeyRequest) -> Result<KeyAnswer, StoreError>;
}

/// A sealer with the service that it asks.
pub struct Seals {
    sealer: Sealer,
    keys: Arc<dyn KeyService>,
    /// One question at a time: most that wait want the same key.
    asking: tokio::sync::Mutex<()>,
}

impl Seals {
    /// Over the methods of a target.
    #[must_use]
    pub fn new(sealer: Sealer, keys: Arc<dyn KeyService>) -> Self {
        Seals { sealer, keys, asking: tokio::sync::Mutex::default() }
    }

    /// Whether what is written is encrypted.
    #[must_use]
    pub fn encrypts(&self) -> bool {
        self.sealer.encrypts()
    }

    /// As [`Sealer::seal_state`].
    ///
    /// # Errors
    /// As there, and what keeps the service from answering.
    pub async fn seal_state(&self, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.finish(|| self.sealer.seal_state(plain)).await
    }

    /// As [`Sealer::open_state`].
    ///
    /// # Errors
    /// As there, and what keeps the service from answering.
    pub async fn open_state(&self, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.finish(|| self.sealer.open_state(bytes)).await
    }

    /// As [`Sealer::seal`].
    ///
    /// # Errors
    /// As there, and what keeps the service from answering.
    pub async fn seal(&self, plain: &[u8], beside: Map<String, Json>) -> Result<Vec<u8>, StoreError> {
        self.finish(|| self.sealer.seal(plain, beside.clone())).await
    }

    /// As [`Sealer::open`].
    ///
    /// # Errors
    /// As there, and what keeps the service from answering.
    pub async fn open(&self, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.finish(|| self.sealer.open(bytes)).await
    }

    async fn finish(&self, work: impl Fn() -> Result<Step, StateError>) -> Result<Vec<u8>, StoreError> {
        if let Step::Done(bytes) = work()? {
            return Ok(bytes);
        }
        let _one_at_a_time = self.asking.lock().await;
        loop {
            match work()? {
                Step::Done(bytes) => return Ok(bytes),
                Step::Needs(request) => {
                    let answer = self.keys.answer(&request).await?;
                    self.sealer.learn(*request, answer);
                }
            }
        }
    }
}
