//! Clients of a configured provider, one per service and region, made when first needed.

use super::errors::{ApiError, call};
use super::fencing::Fencing;
use super::region;
use super::repeating::{Repeating, unhurried};
use super::settings::Settings;
use super::stats::{Counting, Stats};
use super::waiter::Wait;
use crate::provider::{Ctx, ErrorKind, Fence, ProviderError};
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What the AWS provider hands to its types through `Ctx::configured`.
pub struct Aws {
    sdk: SdkConfig,
    settings: Settings,
    stats: Stats,
    fence: Fence,
    caller: tokio::sync::OnceCell<Caller>,
    /// Types (by the prefix of their ids) whose intent tag is denied to this run.
    untagged: Mutex<BTreeSet<&'static str>>,
    ec2: PerRegion<aws_sdk_ec2::Client>,
    rds: PerRegion<aws_sdk_rds::Client>,
    iam: PerRegion<aws_sdk_iam::Client>,
    s3: PerRegion<aws_sdk_s3::Client>,
    dynamodb: PerRegion<aws_sdk_dynamodb::Client>,
    kms: PerRegion<aws_sdk_kms::Client>,
    cloudwatch: PerRegion<aws_sdk_cloudwatch::Client>,
    logs: PerRegion<aws_sdk_cloudwatchlogs::Client>,
    secretsmanager: PerRegion<aws_sdk_secretsmanager::Client>,
    sns: PerRegion<aws_sdk_sns::Client>,
    ssm: PerRegion<aws_sdk_ssm::Client>,
    sts: PerRegion<aws_sdk_sts::Client>,
}

/// Whose credentials these are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caller {
    /// Account id.
    pub account: String,
    /// User, or role with its session.
    pub arn: String,
    /// Unique id.
    pub user_id: String,
}

/// Clients by region.
struct PerRegion<C>(Mutex<HashMap<String, C>>);

impl<C: Clone> PerRegion<C> {
    fn new() -> Self {
        PerRegion(Mutex::new(HashMap::new()))
    }
    fn get(&self, region: &str, make: impl FnOnce() -> C) -> C {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region.to_string()).or_insert_with(make).clone()
    }
}

/// Builds a client of a service: region, endpoint, counting.
macro_rules! client {
    ($(#[$doc:meta])* $name:ident, $sdk:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(&self, region: Option<&str>) -> $sdk::Client {
            let region = self.region_or_own(region);
            self.$name.get(&region, || {
                let mut conf = $sdk::config::Builder::from(&self.sdk)
                    .region(Region::new(region.clone()))
                    .interceptor(Fencing(self.fence.clone()))
                    .interceptor(self.repeating())
                    .retry_partition(unhurried())
                    .interceptor(Counting(self.stats.clone()));
                if let Some(url) = self.settings.endpoints.get(stringify!($name)) {
                    conf = conf.endpoint_url(url);
                }
                $sdk::Client::from_conf(conf.build())
            })
        }
    };
}

impl Aws {
    /// Clients over an SDK configuration.
    #[must_use]
    pub fn new(sdk: SdkConfig, settings: Settings, stats: Stats) -> Self {
        Aws {
            sdk,
            settings,
            stats,
            fence: Fence::new(),
            caller: tokio::sync::OnceCell::new(),
            untagged: Mutex::default(),
            ec2: PerRegion::new(),
            rds: PerRegion::new(),
            iam: PerRegion::new(),
            s3: PerRegion::new(),
            dynamodb: PerRegion::new(),
            kms: PerRegion::new(),
            cloudwatch: PerRegion::new(),
            logs: PerRegion::new(),
            secretsmanager: PerRegion::new(),
            sns: PerRegion::new(),
            ssm: PerRegion::new(),
            sts: PerRegion::new(),
        }
    }

    /// Whether objects of this type (by the prefix of their ids) must do without the intent tag in this run.
    #[must_use]
    pub fn intent_tag_denied(&self, prefix: &str) -> bool {
        self.untagged.lock().unwrap_or_else(PoisonError::into_inner).contains(prefix)
    }

    /// Remembers that the intent tag is denied to a type.
    pub fn deny_intent_tag(&self, prefix: &'static str) {
        self.untagged.lock().unwrap_or_else(PoisonError::into_inner).insert(prefix);
    }

    /// The same configuration and counters, with clients of its own.
    #[must_use]
    pub fn again(&self) -> Self {
        Aws::new(self.sdk.clone(), self.settings.clone(), self.stats.clone())
    }

    /// Its clients ask this fence before each mutating call.
    #[must_use]
    pub fn fenced(mut self, fence: Fence) -> Self {
        self.fence = fence;
        self
    }

    /// Whether S3 is AWS's own, and not a service that speaks its language.
    #[must_use]
    pub fn s3_is_aws(&self) -> bool {
        let url = self.settings.endpoints.get("s3").map(String::as_str).or(self.sdk.endpoint_url());
        url.is_none_or(|u| host(u).ends_with(".amazonaws.com") || host(u).ends_with(".amazonaws.com.cn"))
    }

    /// The clients of a provider call.
    ///
    /// # Errors
    /// When the call was given another provider's configuration.
    pub fn of<'a>(ctx: &'a Ctx<'_>) -> Result<&'a Aws, ProviderError> {
        let missing = || {
            ProviderError::new(
                ErrorKind::Other,
                "The AWS provider is not configured",
                "An AWS type was called with the configuration of another provider.",
            )
        };
        ctx.configured.downcast_ref::<Aws>().ok_or_else(missing)
    }

    /// The EC2 client of a call's region.
    ///
    /// # Errors
    /// As [`Aws::of`].
    pub fn ec2_of(ctx: &Ctx<'_>) -> Result<aws_sdk_ec2::Client, ProviderError> {
        Ok(Self::of(ctx)?.ec2(Some(region::of(ctx))))
    }

    /// Whose credentials these are; STS is asked once.
    ///
    /// # Errors
    /// What STS said.
    pub async fn caller(&self) -> Result<&Caller, ApiError> {
        let ask = || async {
            let answer = call("sts:GetCallerIdentity", self.sts().get_caller_identity().send()).await?;
            Ok(Caller {
                account: answer.account.unwrap_or_default(),
                arn: answer.arn.unwrap_or_default(),
                user_id: answer.user_id.unwrap_or_default(),
            })
        };
        self.caller.get_or_try_init(ask).await
    }

    /// Region of the configuration.
    #[must_use]
    pub fn region(&self) -> &str {
        self.sdk.region().map_or("", AsRef::as_ref)
    }
    /// The settings it was made from.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
    /// The counters of all its clients.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }
    /// A wait with this configuration's factor on intervals.
    #[must_use]
    pub fn wait<'a>(&self, what: &'a str, timeout: Duration) -> Wait<'a> {
        Wait { what, timeout, scale: self.settings.scale() }
    }

    fn repeating(&self) -> Repeating {
        Repeating { patient: self.settings.max_retries.is_none() }
    }

    fn region_or_own(&self, region: Option<&str>) -> String {
        region.filter(|r| !r.is_empty()).unwrap_or_else(|| self.region()).to_string()
    }

    client!(
        /// EC2 in a region (`None`: the configuration's).
        ec2, aws_sdk_ec2
    );
    client!(
        /// RDS in a region.
        rds, aws_sdk_rds
    );
    client!(
        /// IAM (one for all regions of a partition; the region selects the partition).
        iam, aws_sdk_iam
    );
    client!(
        /// DynamoDB in a region.
        dynamodb, aws_sdk_dynamodb
    );
    client!(
        /// KMS in a region.
        kms, aws_sdk_kms
    );
    client!(
        /// CloudWatch in a region.
        cloudwatch, aws_sdk_cloudwatch
    );
    client!(
        /// CloudWatch Logs in a region.
        logs, aws_sdk_cloudwatchlogs
    );
    client!(
        /// Secrets Manager in a region.
        secretsmanager, aws_sdk_secretsmanager
    );
    client!(
        /// SNS in a region.
        sns, aws_sdk_sns
    );
    client!(
        /// Systems Manager in a region.
        ssm, aws_sdk_ssm
    );

    /// S3 in a region.
    #[must_use]
    pub fn s3(&self, region: Option<&str>) -> aws_sdk_s3::Client {
        let region = self.region_or_own(region);
        self.s3.get(&region, || {
            let own = self.settings.endpoints.get("s3");
            let url = own.map(String::as_str).or(self.sdk.endpoint_url());
            let path_style = self.settings.s3_path_style || url.is_some_and(is_address);
            let mut conf = aws_sdk_s3::config::Builder::from(&self.sdk)
                .region(Region::new(region.clone()))
                .force_path_style(path_style)
                .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(self.settings.attempt(true)).build())
                .interceptor(Fencing(self.fence.clone()))
                .interceptor(self.repeating())
                .retry_partition(unhurried())
                .interceptor(Counting(self.stats.clone()));
            if let Some(url) = own {
                conf = conf.endpoint_url(url);
            }
            aws_sdk_s3::Client::from_conf(conf.build())
        })
    }

    /// STS in the region set for it, else the configuration's.
    #[must_use]
    pub fn sts(&self) -> aws_sdk_sts::Client {
        let region = self.region_or_own(self.settings.sts_region.as_deref());
        self.sts.get(&region, || {
            let mut conf = aws_sdk_sts::config::Builder::from(&self.sdk)
                .region(Region::new(region.clone()))
                .interceptor(self.repeating())
                .retry_partition(unhurried())
                .interceptor(Counting(self.stats.clone()));
            if let Some(url) = self.settings.endpoints.get("sts") {
                conf = conf.endpoint_url(url);
            }
            aws_sdk_sts::Client::from_conf(conf.build())
        })
    }
}

/// Whether an endpoint's host is an address or `localhost`, so that a bucket cannot be a host name.
fn is_address(url: &str) -> bool {
    let host = host(url);
    host == "localhost" || host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok()
}

/// The host of an endpoint, without its port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, r)| r);
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_path_style() {
        assert!(is_address("http://127.0.0.1:5000"));
        assert!(is_address("http://localhost:4566/"));
        assert!(is_address("http://[::1]:5000"));
        assert!(!is_address("https://s3.eu-west-1.amazonaws.com"));
    }
}
