//! From settings to the SDK's configuration, through aws-config's default chain.

// The SDK deprecates the names below for those of aws-runtime, which is not ours to depend on.
#![allow(deprecated)]

use super::settings::{AssumeRole, Settings, WebIdentity};
use crate::provider::{ErrorKind, ProviderError};
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use std::time::Duration;

/// The SDK's configuration for these settings. Credentials are looked up by the first call, not here.
///
/// # Errors
/// A role without a session to assume it from, a missing region.
pub async fn sdk_config(settings: &Settings) -> Result<SdkConfig, ProviderError> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).retry_config(retries(settings)).timeout_config(timeouts(settings));
    if let Ok(name) = AppName::new("envctl") {
        loader = loader.app_name(name);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(files) = profile_files(settings) {
        loader = loader.profile_files(files);
    }
    if let Some(url) = &settings.endpoint {
        loader = loader.endpoint_url(url);
    }
    if let Some(fips) = settings.use_fips {
        loader = loader.use_fips(fips);
    }
    if let Some(dual) = settings.use_dualstack {
        loader = loader.use_dual_stack(dual);
    }
    if let Some(own) = own_credentials(settings) {
        loader = loader.credentials_provider(own);
    }
    let base = loader.load().await;
    if base.region().is_none() {
        return Err(ProviderError::new(
            ErrorKind::Invalid,
            "No region",
            "Neither the provider block, the environment nor the profile names a region.",
        )
        .help("Set `region` in the provider block, or the variable `AWS_REGION`.")
        .at("region"));
    }
    let identified = match &settings.web_identity {
        Some(web) => with_credentials(&base, SharedCredentialsProvider::new(web_identity(web, &base))),
        None => base,
    };
    let mut config = identified;
    for role in &settings.assume_role {
        let provider = assume(role, settings, &config).await;
        config = with_credentials(&config, SharedCredentialsProvider::new(provider));
    }
    Ok(config)
}

fn with_credentials(config: &SdkConfig, provider: SharedCredentialsProvider) -> SdkConfig {
    let cache = aws_config::identity::IdentityCache::lazy().build();
    config.clone().into_builder().credentials_provider(provider).identity_cache(cache).build()
}

/// Up to 8 tries unless told otherwise, 20 s between them at most.
fn retries(settings: &Settings) -> RetryConfig {
    let base = if settings.adaptive_retries { RetryConfig::adaptive() } else { RetryConfig::standard() };
    let tries = settings.max_retries.map_or(8, |n| n.saturating_add(1)).max(1);
    let first = Duration::from_millis(500).mul_f64(settings.scale().min(1.0));
    base.with_max_attempts(tries).with_initial_backoff(first).with_max_backoff(Duration::from_secs(20).mul_f64(settings.scale().min(1.0)))
}

/// An attempt that is not answered in time counts as failed: the SDK alone would wait for ever.
fn timeouts(settings: &Settings) -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(settings.attempt(false)).build()
}

fn profile_files(settings: &Settings) -> Option<ProfileFiles> {
    if settings.config_files.is_empty() && settings.credentials_files.is_empty() {
        return None;
    }
    let mut files = ProfileFiles::builder()
        .include_default_config_file(settings.config_files.is_empty())
        .include_default_credentials_file(settings.credentials_files.is_empty());
    for file in &settings.config_files {
        files = files.with_file(ProfileFileKind::Config, home(file));
    }
    for file in &settings.credentials_files {
        files = files.with_file(ProfileFileKind::Credentials, home(file));
    }
    Some(files.build())
}

/// `~/` at the start is the home folder.
fn home(path: &str) -> std::path::PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}

/// Credentials that do not come from the default chain: static ones, or the chain without
/// instance metadata.
fn own_credentials(settings: &Settings) -> Option<SharedCredentialsProvider> {
    if let (Some(key), Some(secret)) = (&settings.access_key, &settings.secret_key) {
        let credentials = Credentials::new(key, secret, settings.token.clone(), None, "configuration");
        return Some(SharedCredentialsProvider::new(credentials));
    }
    if !settings.skip_metadata && !settings.profile_wins {
        return None;
    }
    let region = settings.region.clone().map(Region::new);
    let conf = ProviderConfig::without_region().with_region(region);
    let mut profile = ProfileFileCredentialsProvider::builder().configure(&conf);
    if let Some(name) = &settings.profile {
        profile = profile.profile_name(name);
    }
    if let Some(files) = profile_files(settings) {
        profile = profile.profile_files(files);
    }
    if settings.profile_wins {
        return Some(SharedCredentialsProvider::new(profile.build()));
    }
    let chain = CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
        .or_else("Profile", profile.build())
        .or_else("WebIdentity", WebIdentityTokenCredentialsProvider::builder().configure(&conf).build())
        .or_else("Container", EcsCredentialsProvider::builder().configure(&conf).build());
    Some(SharedCredentialsProvider::new(chain))
}

fn web_identity(web: &WebIdentity, base: &SdkConfig) -> WebIdentityTokenCredentialsProvider {
    let conf = ProviderConfig::without_region().with_region(base.region().cloned());
    let session = web.session_name.clone().unwrap_or_else(|| "envctl".to_string());
    let fixed = StaticConfiguration {
        web_identity_token_file: web.token_file.clone().into(),
        role_arn: web.role_arn.clone(),
        session_name: session,
    };
    let mut builder = WebIdentityTokenCredentialsProvider::builder().configure(&conf).static_configuration(fixed);
    if let Some(policy) = &web.policy {
        builder = builder.policy(policy);
    }
    if !web.policy_arns.is_empty() {
        builder = builder.policy_arns(web.policy_arns.clone());
    }
    builder.build()
}

async fn assume(role: &AssumeRole, settings: &Settings, base: &SdkConfig) -> AssumeRoleProvider {
    let mut conf = base.clone().into_builder();
    if let Some(url) = settings.endpoints.get("sts") {
        conf = conf.endpoint_url(url);
    }
    let conf = conf.build();
    let session = role.session_name.clone().unwrap_or_else(|| "envctl".to_string());
    let mut builder = AssumeRoleProvider::builder(&role.role_arn).configure(&conf).session_name(session);
    if let Some(region) = settings.sts_region.clone().map(Region::new).or_else(|| base.region().cloned()) {
        builder = builder.region(region);
    }
    if let Some(id) = &role.external_id {
        builder = builder.external_id(id);
    }
    if let Some(duration) = role.duration {
        builder = builder.session_length(duration);
    }
    if let Some(policy) = &role.policy {
        builder = builder.policy(policy);
    }
    if !role.policy_arns.is_empty() {
        builder = builder.policy_arns(role.policy_arns.clone());
    }
    if !role.tags.is_empty() {
        builder = builder.tags(role.tags.clone());
    }
    builder.build().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn settings_win_over_the_environment() {
        let settings = Settings {
            region: Some("eu-central-1".into()),
            access_key: Some("AKIA".into()),
            secret_key: Some("secret".into()),
            endpoint: Some("http://127.0.0.1:1".into()),
            max_retries: Some(2),
            ..Settings::default()
        };
        let config = sdk_config(&settings).await.unwrap();
        assert_eq!(config.region().map(ToString::to_string).as_deref(), Some("eu-central-1"));
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:1"));
        assert_eq!(config.retry_config().map(RetryConfig::max_attempts), Some(3));
        use aws_credential_types::provider::ProvideCredentials;
        let credentials = config.credentials_provider().unwrap().provide_credentials().await.unwrap();
        assert_eq!(credentials.access_key_id(), "AKIA");
    }
}
