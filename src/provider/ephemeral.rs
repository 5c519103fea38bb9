//! What an ephemeral resource type promises: something that exists for a run and is never stored.

use super::{Ctx, ProviderError};
use crate::schema::ResourceSchema;
use crate::value::Value;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

/// What opening gave.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Conforms to the type's schema, wholly known.
    pub value: Value,
    /// What `renew` and `close` need to know.
    pub private: Option<Vec<u8>>,
    /// When it must be renewed, counted from now; `None`: never.
    pub renew_after: Option<Duration>,
}

impl Lease {
    /// A value that needs neither renewing nor closing.
    #[must_use]
    pub fn of(value: Value) -> Self {
        Lease { value, private: None, renew_after: None }
    }
}

/// An ephemeral resource type. Most need no more than `open`.
#[async_trait]
pub trait EphemeralType: Send + Sync {
    /// `random_password`
    fn name(&self) -> &'static str;
    /// Schema and rules.
    fn schema(&self) -> Arc<ResourceSchema>;
    /// Permissions needed (`secretsmanager:GetSecretValue`).
    fn iam(&self) -> &'static [&'static str] {
        &[]
    }
    /// Opens it: while planning, and again while applying. `config` is wholly known, without marks.
    async fn open(&self, ctx: &Ctx<'_>, config: &Value) -> Result<Lease, ProviderError>;
    /// Keeps it alive; sets when that is due again. Its value stays.
    async fn renew(&self, _ctx: &Ctx<'_>, lease: &mut Lease) -> Result<(), ProviderError> {
        lease.renew_after = None;
        Ok(())
    }
    /// Gives it back at the end of the run.
    async fn close(&self, _ctx: &Ctx<'_>, _lease: &Lease) -> Result<(), ProviderError> {
        Ok(())
    }
}
