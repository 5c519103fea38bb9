//! Asks the run's fence before each attempt of a mutating call, repeated ones included.
//!
//! A call is refused before it is signed; and once more just before it is sent, since a process can
//! be stopped in between for longer than its lock lives.

use crate::provider::{Fence, ProviderError};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use std::fmt;

/// The SDK hook; one per client.
#[derive(Debug)]
pub struct Fencing(pub Fence);

/// A call that the fence stopped.
#[derive(Debug)]
pub struct Fenced {
    /// Why.
    pub why: ProviderError,
    /// An earlier attempt was sent: nobody knows what became of it.
    pub sent: bool,
}

impl fmt::Display for Fenced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.why.summary, self.why.detail)
    }
}

impl std::error::Error for Fenced {}

/// Marks in the call's configuration that an attempt was sent.
#[derive(Debug)]
struct Sent;
impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

/// Whether an operation only looks. Everything else counts as a change.
fn only_reads(operation: &str) -> bool {
    ["BatchGet", "Describe", "Get", "List", "Head", "Search", "Simulate"].iter().any(|p| operation.starts_with(p))
}

impl Fencing {
    fn ask(&self, cfg: &ConfigBag) -> Result<(), BoxError> {
        if cfg.load::<Metadata>().is_some_and(|m| only_reads(m.name())) {
            return Ok(());
        }
        let sent = cfg.load::<Sent>().is_some();
        self.0.check().map_err(|why| Box::new(Fenced { why, sent }).into())
    }
}

impl Intercept for Fencing {
    fn name(&self) -> &'static str {
        "envctl fence"
    }

    fn read_before_signing(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.ask(cfg)
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.ask(cfg)?;
        cfg.interceptor_state().store_put(Sent);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::only_reads;

    #[test]
    fn what_is_not_surely_a_question_is_a_change() {
        assert!(
            ["DescribeVpcs", "GetObject", "ListRoles", "HeadBucket", "GetCallerIdentity", "BatchGetSecretValue"]
                .iter()
                .all(|o| only_reads(o))
        );
        assert!(["CreateVpc", "PutItem", "RunInstances", "AssociateAddress", "Unheard"].iter().all(|o| !only_reads(o)));
    }
}
