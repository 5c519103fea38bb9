//! What the Secrets Manager types share: its answers for what is gone, and versions with their values.
//!
//! A deleted secret stays for its recovery window, with its name, and answers nothing but that it
//! is being removed: it counts as gone. Several current values come in one call, 20 secrets each.
//! Source: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html>.

use super::clients::Aws;
use super::errors::{ApiError, call};
use super::region;
use super::tags::Tags;
use crate::provider::{Ctx, ProviderError};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::primitives::{DateTime, DateTimeFormat};
use aws_sdk_secretsmanager::types::Tag;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The code of "does not exist".
pub const NOT_FOUND: &[&str] = &["ResourceNotFoundException"];
/// Secrets whose values one call answers.
const AT_ONCE: usize = 20;

/// The client of a call's region.
///
/// # Errors
/// As [`Aws::of`].
pub fn client(ctx: &Ctx<'_>) -> Result<Client, ProviderError> {
    Ok(Aws::of(ctx)?.secretsmanager(Some(region::of(ctx))))
}

/// Whether an answer says that the secret is being removed.
#[must_use]
pub fn leaving(error: &ApiError) -> bool {
    let words = ["marked for deletion", "marked deleted", "scheduled for deletion", "was deleted"];
    error.is(&["InvalidRequestException"]) && words.iter().any(|w| error.message.contains(w))
}

/// Whether an answer says that the secret or version does not exist, or not much longer.
#[must_use]
pub fn gone(error: &ApiError) -> bool {
    error.is(NOT_FOUND) || leaving(error)
}

/// Tags for a call.
#[must_use]
pub fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

/// A version of a secret, with its value.
#[derive(Clone, Default)]
pub struct Version {
    /// ARN of the secret.
    pub arn: String,
    /// Name of the secret.
    pub name: String,
    /// Id of the version.
    pub id: String,
    /// The value, where it is text.
    pub text: Option<String>,
    /// The value in base64, where it is bytes.
    pub binary: Option<String>,
    /// Its staging labels.
    pub stages: Vec<String>,
    /// When it was made.
    pub created: Option<DateTime>,
}

impl Version {
    /// When it was made, as the provider writes it.
    #[must_use]
    pub fn created_text(&self) -> Option<String> {
        DateTime::from_secs(self.created?.secs()).fmt(DateTimeFormat::DateTime).ok()
    }
}

/// Reads one version: by id, by staging label, or the current one. `None`: it does not exist.
///
/// # Errors
/// The failing call.
pub async fn version(client: &Client, secret: &str, id: Option<&str>, stage: Option<&str>) -> Result<Option<Version>, ApiError> {
    let request =
        client.get_secret_value().secret_id(secret).set_version_id(id.map(str::to_string)).set_version_stage(stage.map(str::to_string));
    let answer = match call("secretsmanager:GetSecretValue", request.send()).await {
        Ok(answer) => answer,
        Err(e) if gone(&e) => return Ok(None),
        Err(e) => return Err(e),
    };
    Ok(Some(Version {
        arn: answer.arn.unwrap_or_default(),
        name: answer.name.unwrap_or_default(),
        id: answer.version_id.unwrap_or_default(),
        text: answer.secret_string,
        binary: answer.secret_binary.map(|b| STANDARD.encode(b.as_ref())),
        stages: answer.version_stages.unwrap_or_default(),
        created: answer.created_date,
    }))
}

/// The current versions of secrets, many a call; what cannot be read is left out.
///
/// # Errors
/// The failing call.
pub async fn current(client: &Client, secrets: &[String]) -> Result<Vec<Version>, ApiError> {
    let mut all = Vec::new();
    for chunk in secrets.chunks(AT_ONCE) {
        let request = client.batch_get_secret_value().set_secret_id_list(Some(chunk.to_vec()));
        let answer = call("secretsmanager:BatchGetSecretValue", request.send()).await?;
        all.extend(answer.secret_values.unwrap_or_default().into_iter().map(|v| Version {
            arn: v.arn.unwrap_or_default(),
            name: v.name.unwrap_or_default(),
            id: v.version_id.unwrap_or_default(),
            text: v.secret_string,
            binary: v.secret_binary.map(|b| STANDARD.encode(b.as_ref())),
            stages: v.version_stages.unwrap_or_default(),
            created: v.created_date,
        }));
    }
    Ok(all)
}
