//! Counts of API calls, for `-stats` and the call budgets of tests.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts of one API operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Requests sent, retries included.
    pub calls: u64,
    /// Requests that repeated an earlier one.
    pub retries: u64,
    /// Answers that asked us to slow down.
    pub throttles: u64,
}

/// Shared counters by `service.Operation`; cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct Stats(Arc<Mutex<BTreeMap<String, Count>>>);

impl Stats {
    /// The counts so far.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// All requests sent so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.snapshot().values().map(|c| c.calls).sum()
    }
    fn count(&self, operation: String, change: impl FnOnce(&mut Count)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default());
    }
}

/// The SDK hook that counts; one per client.
#[derive(Debug)]
pub struct Counting(pub Stats);

/// Marks in the call's configuration that a first attempt was made.
#[derive(Debug)]
struct Attempted;
impl aws_smithy_types::config_bag::Storable for Attempted {
    type Storer = aws_smithy_types::config_bag::StoreReplace<Self>;
}

fn operation(cfg: &ConfigBag) -> String {
    cfg.load::<Metadata>().map_or_else(|| "unknown".to_string(), |m| format!("{}.{}", m.service(), m.name()))
}

impl Intercept for Counting {
    fn name(&self) -> &'static str {
        "envctl call statistics"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let again = cfg.load::<Attempted>().is_some();
        cfg.interceptor_state().store_put(Attempted);
        self.0.count(operation(cfg), |c| {
            c.calls += 1;
            c.retries += u64::from(again);
        });
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let throttled = context.response().is_some_and(|r| {
            let body = r.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
            is_throttle(r.status().as_u16(), &body)
        });
        if throttled {
            self.0.count(operation(cfg), |c| c.throttles += 1);
        }
        Ok(())
    }
}

/// Whether an answer asks to slow down.
pub(super) fn is_throttle(status: u16, body: &str) -> bool {
    let words = ["Throttl", "RequestLimitExceeded", "SlowDown", "TooManyRequests", "ProvisionedThroughputExceeded"];
    status == 429 || (status >= 400 && words.iter().any(|w| body.contains(w)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttles_are_told_from_other_answers() {
        assert!(is_throttle(503, "<Code>RequestLimitExceeded</Code>"));
        assert!(is_throttle(400, r#"{"__type":"ThrottlingException"}"#));
        assert!(!is_throttle(200, "Throttling"));
        assert!(!is_throttle(400, "<Code>InvalidVpcID.NotFound</Code>"));
    }
}
