//! Data keys of AWS KMS for encryption at rest: the key provider `aws_kms`.
//!
//! As OpenTofu does it: GenerateDataKey makes a key whose wrapped form lies beside the document, Decrypt
//! unwraps it, both with the configured key. A wrapped key of another KMS key, or one that these
//! credentials may not use, is an answer (the next method may fit); a service that does not answer is not.

use super::Stats;
use super::errors::{ApiError, call};
use super::settings::Env;
use super::store::connect_key_provider;
use crate::config::KmsKey;
use crate::state::seal::{KeyAnswer, KeyRequest};
use crate::store::{KeyService, StoreError, StoreErrorKind};
use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use std::sync::{Mutex, PoisonError};

/// The KMS keys that a configuration names, reached with the run's environment.
pub struct KmsKeys {
    env: Env,
    stats: Stats,
    clients: Mutex<Vec<(KmsKey, Client)>>,
}

/// What says that this key does not do, and nothing of the service.
const NOT_OURS: &[&str] = &[
    "IncorrectKeyException",
    "InvalidCiphertextException",
    "AccessDeniedException",
    "NotFoundException",
    "DisabledException",
    "KMSInvalidStateException",
    "InvalidKeyUsageException",
];

impl KmsKeys {
    /// Nothing is called yet.
    #[must_use]
    pub fn new(env: Env, stats: Stats) -> Self {
        KmsKeys { env, stats, clients: Mutex::default() }
    }

    async fn client(&self, key: &KmsKey) -> Result<Client, StoreError> {
        let known = |clients: &Vec<(KmsKey, Client)>| clients.iter().find(|(k, _)| k == key).map(|(_, c)| c.clone());
        if let Some(client) = known(&self.clients.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(client);
        }
        let aws = connect_key_provider(&key.settings, &self.env, self.stats.clone()).await?;
        let client = aws.kms(None);
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).push((key.clone(), client.clone()));
        Ok(client)
    }
}

#[async_trait]
impl KeyService for KmsKeys {
    async fn answer(&self, request: &KeyRequest) -> Result<KeyAnswer, StoreError> {
        let client = self.client(&request.key).await?;
        let id = &request.key.id;
        let answer = match &request.wrapped {
            None => {
                let make = client.generate_data_key().key_id(id).key_spec(DataKeySpec::from(request.key.spec.as_str()));
                call("kms:GenerateDataKey", make.send()).await.map(|a| (a.plaintext, a.ciphertext_blob))
            }
            Some(wrapped) => {
                let unwrap = client.decrypt().key_id(id).ciphertext_blob(Blob::new(wrapped.clone()));
                call("kms:Decrypt", unwrap.send()).await.map(|a| (a.plaintext, Some(Blob::new(wrapped.clone()))))
            }
        };
        match answer {
            Ok((Some(plain), Some(wrapped))) => Ok(KeyAnswer::Key { plain: plain.into_inner(), wrapped: wrapped.into_inner() }),
            Ok(_) => Err(StoreError::new(StoreErrorKind::Other, "KMS gave no key", format!("The answer for the key {id} is empty."))),
            Err(e) if request.wrapped.is_some() && e.is(NOT_OURS) => Ok(KeyAnswer::Refused(format!("KMS refuses {id}: {}", refusal(&e)))),
            Err(e) => Err(failed(e, id)),
        }
    }
}

fn refusal(error: &ApiError) -> String {
    if error.message.is_empty() { error.code.clone() } else { format!("{}: {}", error.code, error.message) }
}

fn failed(error: ApiError, id: &str) -> StoreError {
    let kind = match error.kind {
        crate::provider::ErrorKind::Denied => StoreErrorKind::Denied,
        crate::provider::ErrorKind::Unsettled if error.code.is_empty() => StoreErrorKind::Unreachable,
        _ => StoreErrorKind::Other,
    };
    let explained = error.while_doing("Asking KMS for a data key");
    let detail = format!("{} (key {id})", explained.detail);
    let help = explained.help.unwrap_or_else(|| "Check kms_key_id and region of the key provider, and that the key is enabled.".into());
    StoreError::new(kind, "No key to encrypt with", detail).help(help)
}
