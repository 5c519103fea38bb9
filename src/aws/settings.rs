//! How AWS is reached: the provider block (or an S3 backend block) as plain data.

use super::region::is_region;
use super::shape;
use crate::provider::{ErrorKind, ProviderError};
use crate::value::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// `AWS_*` and `ENVCTL_*` variables: the process's environment and env files over it.
pub type Env = BTreeMap<String, String>;

/// How to reach AWS. Everything absent is found by the SDK's default chain (environment, profiles,
/// SSO, web identity, container, instance metadata).
#[derive(Clone, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools)]
pub struct Settings {
    /// Region.
    pub region: Option<String>,
    /// Profile of the shared files.
    pub profile: Option<String>,
    /// The profile is written in the configuration: it wins over keys in the environment.
    pub profile_wins: bool,
    /// Access key.
    pub access_key: Option<String>,
    /// Secret key.
    pub secret_key: Option<String>,
    /// Session token.
    pub token: Option<String>,
    /// Roles to assume, one after the other.
    pub assume_role: Vec<AssumeRole>,
    /// Role to assume with a web identity token.
    pub web_identity: Option<WebIdentity>,
    /// Endpoint of all services.
    pub endpoint: Option<String>,
    /// Endpoints by service key (`ec2`, `s3`, `sts` ...).
    pub endpoints: BTreeMap<String, String>,
    /// Shared config files instead of the default.
    pub config_files: Vec<String>,
    /// Shared credentials files instead of the default.
    pub credentials_files: Vec<String>,
    /// How often a call is repeated at most; absent: the SDK's own configuration, else 8.
    pub max_retries: Option<u32>,
    /// `adaptive` instead of `standard` retries.
    pub adaptive_retries: bool,
    /// Bucket in the path instead of the host name.
    pub s3_path_style: bool,
    /// FIPS endpoints.
    pub use_fips: Option<bool>,
    /// Dual-stack endpoints.
    pub use_dualstack: Option<bool>,
    /// Region of STS where it differs.
    pub sts_region: Option<String>,
    /// Never ask the instance metadata service for credentials.
    pub skip_metadata: bool,
    /// Accept region names of any form.
    pub skip_region_validation: bool,
    /// Do not ask which account this is.
    pub skip_account_id: bool,
    /// Factor on the intervals of waits and retries; tests set a small one (`ENVCTL_WAIT_SCALE`).
    pub wait_scale: Option<f64>,
    /// How long an attempt may take; absent: 60 s (`ENVCTL_CALL_TIMEOUT`, in seconds).
    pub call_timeout: Option<Duration>,
}

/// A role to assume.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumeRole {
    /// Its ARN.
    pub role_arn: String,
    /// Session name.
    pub session_name: Option<String>,
    /// External id.
    pub external_id: Option<String>,
    /// How long the session lasts.
    pub duration: Option<Duration>,
    /// Inline session policy.
    pub policy: Option<String>,
    /// Managed session policies.
    pub policy_arns: Vec<String>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
}

/// A role to assume with a token file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WebIdentity {
    /// The role's ARN.
    pub role_arn: String,
    /// Session name.
    pub session_name: Option<String>,
    /// File that holds the token.
    pub token_file: String,
    /// Inline session policy.
    pub policy: Option<String>,
    /// Managed session policies.
    pub policy_arns: Vec<String>,
}

/// Secrets stay out of debug output.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("region", &self.region).field("profile", &self.profile).finish_non_exhaustive()
    }
}

impl Settings {
    /// From a wholly known provider configuration, completed by `env` where it says nothing.
    ///
    /// # Errors
    /// A value that no provider accepts, at its place.
    pub fn from_config(config: &Value, env: &Env) -> Result<Self, ProviderError> {
        let text = |name: &str| shape::string(config, name);
        let flag = |name: &str| shape::flag(config, name).unwrap_or(false);
        let settings = Settings {
            region: text("region"),
            profile: text("profile"),
            profile_wins: text("profile").is_some(),
            access_key: text("access_key"),
            secret_key: text("secret_key"),
            token: text("token"),
            assume_role: shape::objects(config, "assume_role").iter().filter_map(AssumeRole::from_block).collect(),
            web_identity: shape::first(config, "assume_role_with_web_identity").and_then(|b| WebIdentity::from_block(b, env)),
            endpoint: None,
            endpoints: shape::objects(config, "endpoints").iter().flat_map(endpoints_of).collect(),
            config_files: shape::strings(config, "shared_config_files"),
            credentials_files: shape::strings(config, "shared_credentials_files"),
            max_retries: shape::int(config, "max_retries").and_then(|n| u32::try_from(n).ok()),
            adaptive_retries: text("retry_mode").as_deref() == Some("adaptive"),
            s3_path_style: flag("s3_use_path_style"),
            use_fips: shape::flag(config, "use_fips_endpoint"),
            use_dualstack: shape::flag(config, "use_dualstack_endpoint"),
            sts_region: text("sts_region"),
            skip_metadata: flag("skip_metadata_api_check") || text("skip_metadata_api_check").as_deref() == Some("true"),
            skip_region_validation: flag("skip_region_validation"),
            skip_account_id: flag("skip_requesting_account_id"),
            wait_scale: None,
            call_timeout: None,
        };
        let settings = settings.with_env(env);
        settings.check()?;
        Ok(settings)
    }

    /// Fills what is absent from variables (env files must win over the process's environment,
    /// which the SDK reads itself; so they arrive here).
    #[must_use]
    pub fn with_env(mut self, env: &Env) -> Self {
        let var = |names: &[&str]| names.iter().find_map(|n| env.get(*n)).filter(|v| !v.is_empty()).cloned();
        if self.access_key.is_none() && !self.profile_wins {
            self.access_key = var(&["AWS_ACCESS_KEY_ID"]);
            self.secret_key = self.secret_key.or_else(|| var(&["AWS_SECRET_ACCESS_KEY"]));
            self.token = self.token.or_else(|| var(&["AWS_SESSION_TOKEN"]));
            if self.access_key.is_none() || self.secret_key.is_none() {
                (self.access_key, self.secret_key, self.token) = (None, None, None);
            }
        }
        self.region = self.region.or_else(|| var(&["AWS_REGION", "AWS_DEFAULT_REGION"]));
        self.profile = self.profile.or_else(|| var(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]));
        self.endpoint = self.endpoint.or_else(|| var(&["AWS_ENDPOINT_URL"]));
        for (key, variable) in SERVICES {
            if let Some(url) = var(&[variable]) {
                self.endpoints.entry((*key).to_string()).or_insert(url);
            }
        }
        let max = var(&["AWS_MAX_ATTEMPTS"]).and_then(|n| n.parse::<u32>().ok());
        self.max_retries = self.max_retries.or_else(|| max.map(|n| n.saturating_sub(1)));
        self.wait_scale = self.wait_scale.or_else(|| var(&["ENVCTL_WAIT_SCALE"]).and_then(|n| n.parse().ok()));
        let timeout = var(&["ENVCTL_CALL_TIMEOUT"]).and_then(|n| n.parse::<f64>().ok()).filter(|s| s.is_finite() && *s > 0.0);
        self.call_timeout = self.call_timeout.or_else(|| timeout.map(|s| Duration::from_secs_f64(s.min(3600.0))));
        self
    }

    fn check(&self) -> Result<(), ProviderError> {
        let invalid = |at: &str, text: String| ProviderError::new(ErrorKind::Invalid, "Invalid provider configuration", text).at(at);
        match (&self.access_key, &self.secret_key) {
            (Some(_), None) => return Err(invalid("access_key", "`access_key` is given without `secret_key`.".into())),
            (None, Some(_)) => return Err(invalid("secret_key", "`secret_key` is given without `access_key`.".into())),
            _ => {}
        }
        match &self.region {
            Some(r) if !self.skip_region_validation && !is_region(r) => {
                let text = format!("`{r}` is not the name of a region (such as `eu-west-1`).");
                Err(invalid("region", text).help("Correct the name, or set `skip_region_validation = true` for an API that is not AWS's."))
            }
            _ => Ok(()),
        }
    }

    /// How long an attempt of a call may take: as long as in the AWS CLI; longer where documents are sent.
    #[must_use]
    pub fn attempt(&self, documents: bool) -> Duration {
        self.call_timeout.unwrap_or(Duration::from_secs(if documents { 300 } else { 60 }))
    }

    /// The factor on intervals.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.wait_scale.filter(|s| s.is_finite() && *s >= 0.0).unwrap_or(1.0)
    }
}

/// Services whose endpoints can be set: key in `endpoints`, variable.
pub const SERVICES: &[(&str, &str)] = &[
    ("cloudwatch", "AWS_ENDPOINT_URL_CLOUDWATCH"),
    ("dynamodb", "AWS_ENDPOINT_URL_DYNAMODB"),
    ("ec2", "AWS_ENDPOINT_URL_EC2"),
    ("iam", "AWS_ENDPOINT_URL_IAM"),
    ("kms", "AWS_ENDPOINT_URL_KMS"),
    ("logs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"),
    ("rds", "AWS_ENDPOINT_URL_RDS"),
    ("s3", "AWS_ENDPOINT_URL_S3"),
    ("secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
    ("sns", "AWS_ENDPOINT_URL_SNS"),
    ("ssm", "AWS_ENDPOINT_URL_SSM"),
    ("sts", "AWS_ENDPOINT_URL_STS"),
];

fn endpoints_of(block: &Value) -> Vec<(String, String)> {
    shape::string_map(block).into_iter().filter(|(_, url)| !url.is_empty()).collect()
}

impl AssumeRole {
    fn from_block(block: &Value) -> Option<Self> {
        Some(AssumeRole {
            role_arn: shape::string(block, "role_arn")?,
            session_name: shape::string(block, "session_name"),
            external_id: shape::string(block, "external_id"),
            duration: shape::text(block, "duration").and_then(super::timeouts::parse),
            policy: shape::string(block, "policy"),
            policy_arns: shape::strings(block, "policy_arns"),
            tags: block.get("tags").map(shape::string_map).unwrap_or_default(),
        })
    }
}

impl WebIdentity {
    fn from_block(block: &Value, env: &Env) -> Option<Self> {
        let or_env = |name: &str, variable: &str| shape::string(block, name).or_else(|| env.get(variable).cloned());
        Some(WebIdentity {
            role_arn: or_env("role_arn", "AWS_ROLE_ARN")?,
            session_name: or_env("session_name", "AWS_ROLE_SESSION_NAME"),
            token_file: or_env("web_identity_token_file", "AWS_WEB_IDENTITY_TOKEN_FILE")?,
            policy: shape::string(block, "policy"),
            policy_arns: shape::strings(block, "policy_arns"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Members;

    fn config(pairs: &[(&str, &str)]) -> Value {
        Value::object(pairs.iter().map(|(k, v)| ((*k).into(), Value::string(v))).collect::<Members>())
    }
    fn env(pairs: &[(&str, &str)]) -> Env {
        pairs.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect()
    }

    #[test]
    fn variables_fill_what_the_block_leaves_open() {
        let env = env(&[
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_ENDPOINT_URL_STS", "http://x"),
        ]);
        let s = Settings::from_config(&config(&[]), &env).unwrap();
        assert_eq!((s.region.as_deref(), s.access_key.as_deref()), (Some("eu-west-1"), Some("a")));
        assert_eq!(s.endpoints.get("sts").map(String::as_str), Some("http://x"));
        let s = Settings::from_config(&config(&[("region", "us-east-1"), ("profile", "p")]), &env).unwrap();
        assert_eq!((s.region.as_deref(), s.access_key, s.profile.as_deref()), (Some("us-east-1"), None, Some("p")));
    }

    #[test]
    fn half_a_key_and_a_wrong_region_are_errors_and_debug_shows_no_secret() {
        let e = Settings::from_config(&config(&[("access_key", "a"), ("region", "eu-west-1")]), &Env::new());
        assert!(e.unwrap_err().detail.contains("without `secret_key`"));
        let e = Settings::from_config(&config(&[("region", "Ireland")]), &Env::new());
        assert!(e.unwrap_err().detail.contains("Ireland"));
        let s = Settings { secret_key: Some("hush-hush".into()), ..Settings::default() };
        assert!(!format!("{s:?}").contains("hush"));
    }
}
