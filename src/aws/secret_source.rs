//! Secrets of applications from Secrets Manager and the parameter store.
//!
//! Credentials and region are those of the environment's variables, as for the state's bucket; no provider block is
//! needed. Nothing is asked before the first secret is. Source:
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>.

use super::clients::Aws;
use super::config::sdk_config;
use super::errors::ApiError;
use super::resources::ssm_parameter;
use super::secrets;
use super::settings::{Env, Settings};
use super::stats::Stats;
use crate::provider::ProviderError;
use crate::secret::{SecretError, SecretRef, SecretSource};
use crate::value::closest;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use tokio::sync::OnceCell;

const NOT_FETCHED: &str = "A secret cannot be fetched";

/// AWS's two stores of secrets.
pub struct AwsSecrets {
    env: Env,
    stats: Stats,
    aws: OnceCell<Aws>,
}

impl AwsSecrets {
    /// `env`: the process's variables with those of env files over them.
    #[must_use]
    pub fn new(env: Env, stats: Stats) -> Self {
        AwsSecrets { env, stats, aws: OnceCell::new() }
    }

    async fn aws(&self) -> Result<&Aws, SecretError> {
        let make = || async {
            let settings = Settings::default().with_env(&self.env);
            Ok(Aws::new(sdk_config(&settings).await?, settings, self.stats.clone()))
        };
        self.aws.get_or_try_init(make).await.map_err(|e: ProviderError| explained(&e, ""))
    }

    async fn ask_manager(&self, wanted: &SecretRef, id: &str, stage: Option<&str>, region: Option<&str>) -> Result<String, SecretError> {
        let client = self.aws().await?.secretsmanager(region);
        let found = secrets::version(&client, id, None, stage).await.map_err(|e| failed(wanted, e))?;
        let Some(found) = found else {
            let stage = stage.unwrap_or("AWSCURRENT");
            return Err(SecretError::new(NOT_FETCHED, format!("There is no {wanted}, or it has no version labelled {stage}."))
                .help("Check its name, the region (AWS_REGION, or region beside the secret) and the account."));
        };
        let bytes = || STANDARD.decode(found.binary.as_deref()?).ok().and_then(|b| String::from_utf8(b).ok());
        let unreadable = || SecretError::new(NOT_FETCHED, format!("{wanted} is neither text nor bytes that are text."));
        found.text.clone().or_else(bytes).ok_or_else(unreadable)
    }

    async fn ask_store(&self, wanted: &SecretRef, path: &str, region: Option<&str>) -> Result<String, SecretError> {
        let client = self.aws().await?.ssm(region);
        let found = ssm_parameter::one(client, path.to_string(), true).await.map_err(|e| failed(wanted, e))?;
        let missing = || {
            SecretError::new(NOT_FETCHED, format!("There is no {wanted}."))
                .help("Check its name, the region (AWS_REGION, or region beside the secret) and the account.")
        };
        found.and_then(|p| p.value).ok_or_else(missing)
    }
}

/// A failed call; the API's messages name the secret and not its value.
fn failed(wanted: &SecretRef, error: ApiError) -> SecretError {
    explained(&error.while_doing(NOT_FETCHED), &format!("{wanted}: "))
}

fn explained(error: &ProviderError, before: &str) -> SecretError {
    let plain = SecretError::new(NOT_FETCHED, format!("{before}{}", error.detail));
    match &error.help {
        Some(help) => plain.help(help.clone()),
        None => plain,
    }
}

/// A member of a secret that is a JSON object. Messages name keys, never values.
fn member(wanted: &SecretRef, text: &str, key: &str) -> Result<String, SecretError> {
    let Ok(Json::Object(members)) = serde_json::from_str::<Json>(text) else {
        return Err(SecretError::new(NOT_FETCHED, format!("{wanted} is no JSON object, so it has no member {key}."))
            .help("Leave the key out to take the whole secret, or store the secret as a JSON object."));
    };
    match members.get(key) {
        Some(Json::String(text)) => Ok(text.clone()),
        Some(Json::Null) | None => {
            let error = SecretError::new(NOT_FETCHED, format!("{wanted} has no member {key}."));
            Err(match closest(key, members.keys().map(String::as_str)) {
                Some(near) => error.help(format!("Did you mean {near}?")),
                None => error.help("Add it to the secret, or name one of its members."),
            })
        }
        Some(other) => Ok(other.to_string()),
    }
}

#[async_trait]
impl SecretSource for AwsSecrets {
    async fn fetch(&self, wanted: &SecretRef) -> Result<String, SecretError> {
        let text = match wanted {
            SecretRef::SecretsManager { id, json_key, version_stage, region } => {
                let text = self.ask_manager(wanted, id, version_stage.as_deref(), region.as_deref()).await?;
                match json_key {
                    Some(key) => member(wanted, &text, key)?,
                    None => text,
                }
            }
            SecretRef::Ssm { path, region } => self.ask_store(wanted, path, region.as_deref()).await?,
            SecretRef::Env { .. } | SecretRef::File { .. } | SecretRef::Command { .. } => {
                return Err(SecretError::new(NOT_FETCHED, format!("{wanted} does not lie in AWS.")));
            }
        };
        if text.is_empty() {
            return Err(SecretError::new("A secret is empty", format!("There is nothing in {wanted}.")));
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> SecretRef {
        SecretRef::SecretsManager { id: "app".into(), json_key: Some("password".into()), version_stage: None, region: None }
    }

    #[test]
    fn members_are_texts_and_errors_name_keys_only() {
        let text = r#"{"password": "hush-hush", "port": 5432}"#;
        assert_eq!(member(&wanted(), text, "password").unwrap(), "hush-hush");
        assert_eq!(member(&wanted(), text, "port").unwrap(), "5432");
        let missing = member(&wanted(), text, "pasword").unwrap_err();
        assert_eq!(missing.help.as_deref(), Some("Did you mean password?"));
        assert!(!format!("{missing:?}").contains("hush-hush"));
        assert!(!format!("{:?}", member(&wanted(), "hush-hush", "password").unwrap_err()).contains("hush-hush"));
    }
}
