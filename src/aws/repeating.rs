//! Which failed calls are sent again.
//!
//! The SDK repeats a call after every failure that may pass. For most that is right: they carry a token or a
//! name, or have the same effect twice. Two things differ here:
//!
//! - A create whose result only the intent tag finds would make a second object where the first answer was
//!   lost. Such a call is not repeated after a failure that leaves open whether it happened; the engine looks
//!   for the object instead. AWS on 5xx answers and lost ones:
//!   <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html>.
//! - An account whose limits are used up asks everybody to slow down, for longer than a broken connection
//!   lasts: throttled calls are repeated more often, as often as the provider does.

use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetryConfig;
use std::error::Error;

/// How often a throttled call is sent at most.
pub const THROTTLED: u32 = 25;

/// Calls without a token or a name: each makes another object.
const ONCE: &[&str] =
    &["AllocateAddress", "CreateDhcpOptions", "CreateInternetGateway", "CreatePolicyVersion", "CreateSubnet", "CreateVpc"];

/// The SDK hook; one per client. `patient`: throttled calls are repeated up to [`THROTTLED`] times.
#[derive(Debug)]
pub struct Repeating {
    /// The configuration does not say how often.
    pub patient: bool,
}

/// How often a call is repeated is a matter of its own attempts. The SDK's budget, which all calls share, would be used up
/// by the first few of many calls that an account throttles at the same time.
#[must_use]
pub fn unhurried() -> RetryPartition {
    RetryPartition::custom("envctl").token_bucket(TokenBucket::unlimited()).build()
}

impl Intercept for Repeating {
    fn name(&self) -> &'static str {
        "envctl repeating"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else { return Ok(()) };
        let throttled = context.response().is_some_and(|r| {
            let body = r.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
            super::stats::is_throttle(r.status().as_u16(), &body)
        });
        let once = cfg.load::<Metadata>().is_some_and(|m| ONCE.contains(&m.name()));
        let Some(config) = cfg.load::<RetryConfig>().cloned() else { return Ok(()) };
        if throttled && self.patient {
            let tries = config.max_attempts().max(THROTTLED);
            cfg.interceptor_state().store_put(config.with_max_attempts(tries));
        } else if !throttled && once && !(context.response().is_none() && never_connected(error)) {
            cfg.interceptor_state().store_put(config.with_max_attempts(1));
        }
        Ok(())
    }
}

/// Whether there was no connection that the request could have gone over.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if ["(Connect)", "connect timeout", "dns error"].iter().any(|t| text.contains(t)) {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::aws::{Aws, Settings, Stats, sdk_config};
    use std::net::TcpListener;

    async fn calls(settings: Settings, answer: Option<&'static str>) -> (u64, u64) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        match answer {
            None => drop(listener),
            Some(answer) => drop(std::thread::spawn(move || {
                use std::io::{Read, Write};
                for stream in listener.incoming() {
                    let mut stream = stream.unwrap();
                    let _ = stream.read(&mut [0; 4096]);
                    let _ = stream.write_all(answer.as_bytes());
                }
            })),
        }
        let settings = Settings {
            region: Some("eu-central-1".into()),
            access_key: Some("AKIA".into()),
            secret_key: Some("secret".into()),
            endpoint: Some(format!("http://{address}")),
            wait_scale: Some(0.001),
            ..settings
        };
        let stats = Stats::default();
        let aws = Aws::new(sdk_config(&settings).await.unwrap(), settings, stats.clone());
        let client = aws.ec2(None);
        assert!(client.create_vpc().send().await.is_err());
        assert!(client.describe_vpcs().send().await.is_err());
        let counts = stats.snapshot();
        (counts["EC2.CreateVpc"].calls, counts["EC2.DescribeVpcs"].calls)
    }

    fn three() -> Settings {
        Settings { max_retries: Some(2), ..Settings::default() }
    }

    #[tokio::test]
    async fn what_may_have_happened_is_not_sent_again() {
        assert_eq!(calls(three(), Some("")).await, (1, 3), "the connection broke");
        let broken = "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        assert_eq!(calls(three(), Some(broken)).await, (1, 3), "a server error");
        let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n<CreateVpc";
        assert_eq!(calls(three(), Some(cut)).await, (1, 3), "a part of an answer");
    }

    #[tokio::test]
    async fn what_surely_did_not_happen_is_sent_again() {
        assert_eq!(calls(three(), None).await, (3, 3), "no connection");
    }

    #[tokio::test]
    async fn throttled_calls_are_sent_for_longer_unless_told_otherwise() {
        let slow = "HTTP/1.1 503 Slow\r\ncontent-length: 35\r\nconnection: close\r\n\r\n<Code>RequestLimitExceeded</Code>  .";
        assert_eq!(calls(three(), Some(slow)).await, (3, 3));
        let patient = calls(Settings::default(), Some(slow)).await;
        assert_eq!(patient, (u64::from(super::THROTTLED), u64::from(super::THROTTLED)));
    }
}
