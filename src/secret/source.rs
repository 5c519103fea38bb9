//! Where secrets of applications come from: one question, answered by the edges.

use async_trait::async_trait;

pub use crate::app::SecretRef;

/// Why a secret cannot be had. No part of it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretError {
    /// Fixed short text.
    pub summary: &'static str,
    /// What happened, in whole sentences.
    pub detail: String,
    /// What to do.
    pub help: Option<String>,
}

impl SecretError {
    /// Without advice.
    pub fn new(summary: &'static str, detail: impl Into<String>) -> Self {
        SecretError { summary, detail: detail.into(), help: None }
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Fetches secrets. Each is asked for once per run, several at the same time.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// The secret itself, never empty.
    ///
    /// # Errors
    /// When there is none, it is empty, or it may not be read. The message holds no secret.
    async fn fetch(&self, wanted: &SecretRef) -> Result<String, SecretError>;
}
