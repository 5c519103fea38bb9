//! `terraform { encryption { .. } }` and `TF_ENCRYPTION`: how state, plan and journal are encrypted.
//!
//! The variable holds the block's content and wins over what is written, argument by argument, as
//! in OpenTofu. Expressions may use variables, locals and functions: nothing that needs a state.

mod keys;
mod read;
mod scope;

use super::model::Config;
use crate::diag::Diagnostics;
use crate::lang::CallEnv;
use crate::syntax::{Body, parse_file, parse_json_file};
use crate::value::{Name, Value};
use std::collections::BTreeMap;
use std::fmt;

/// What is encrypted, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Encryption {
    /// The state, with the journal and the records beside it.
    pub state: Option<Vec<SealMethod>>,
    /// Saved plans.
    pub plan: Option<Vec<SealMethod>>,
    /// States of others that are read (`terraform_remote_state`).
    pub remote: RemoteStates,
}

/// `remote_state_data_sources`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemoteStates {
    /// For data sources that no target names; without it their states are plain.
    pub default: Option<Vec<SealMethod>>,
    /// By data source: `name`, `name["key"]`, `child.name`.
    pub named: BTreeMap<Name, Vec<SealMethod>>,
}

/// A method; the first of a target writes, all of them read.
#[derive(Clone, Debug, PartialEq)]
pub enum SealMethod {
    /// Plain text: to begin or to end with encryption.
    Unencrypted,
    /// AES-GCM with a key of this provider.
    AesGcm(SealKey),
}

/// A key provider.
#[derive(Clone, Debug, PartialEq)]
pub struct SealKey {
    /// What the encrypted document calls it: `key_provider.pbkdf2.name`, or its alias.
    pub meta_key: String,
    /// Where its keys come from.
    pub source: KeySource,
    /// What the method authenticates beside the text (`aad`): it must be the same when it is read.
    pub aad: Vec<u8>,
}

/// Where keys come from.
#[derive(Clone, Debug, PartialEq)]
pub enum KeySource {
    /// `pbkdf2`
    Passphrase(Passphrase),
    /// `aws_kms`
    AwsKms(KmsKey),
}

/// A key from a passphrase by PBKDF2.
#[derive(Clone, PartialEq)]
pub struct Passphrase {
    /// The passphrase.
    pub text: String,
    /// Bytes of the key.
    pub key_length: usize,
    /// Rounds.
    pub iterations: u32,
    /// The hash.
    pub hash: KeyHash,
    /// Bytes of salt.
    pub salt_length: usize,
}

/// Data keys that AWS KMS makes and unwraps.
#[derive(Clone, PartialEq)]
pub struct KmsKey {
    /// Id, ARN or alias of the key that wraps them.
    pub id: String,
    /// `AES_256` or `AES_128`
    pub spec: String,
    /// How to reach AWS: the names that the backend `s3` has too.
    pub settings: BTreeMap<Name, Value>,
}

/// A hash function of PBKDF2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyHash {
    /// `sha256`
    Sha256,
    /// `sha512`
    Sha512,
}

impl KeyHash {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            KeyHash::Sha256 => "sha256",
            KeyHash::Sha512 => "sha512",
        }
    }
    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [KeyHash::Sha256, KeyHash::Sha512].into_iter().find(|h| h.name() == name)
    }
}

/// Secrets stay out of debug output.
impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passphrase").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

/// Secrets stay out of debug output.
impl fmt::Debug for KmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsKey").field("id", &self.id).field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl Encryption {
    /// Passphrases, and credentials of key providers, for redaction.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let methods = self.state.iter().chain(&self.plan).chain(&self.remote.default).chain(self.remote.named.values()).flatten();
        let sources = methods.filter_map(|m| match m {
            SealMethod::AesGcm(key) => Some(&key.source),
            SealMethod::Unencrypted => None,
        });
        sources.flat_map(|source| match source {
            KeySource::Passphrase(p) => vec![p.text.as_str()],
            KeySource::AwsKms(k) => ["secret_key", "token"].iter().filter_map(|n| k.settings.get(*n)?.as_str()).collect(),
        })
    }
}

/// How a configuration encrypts; `None` when nothing says so. `variables` are the root's values,
/// `given` the content of `TF_ENCRYPTION`.
pub fn encryption(
    config: &Config,
    variables: &BTreeMap<Name, Value>,
    env: &CallEnv,
    given: Option<&str>,
    diags: &mut Diagnostics,
) -> Option<Encryption> {
    let root = config.root()?;
    let mut bodies: Vec<Body> = root.encryption.iter().map(|b| b.body.clone()).collect();
    if let Some(text) = given.map(str::trim).filter(|t| !t.is_empty()) {
        let file = config.sources.add("TF_ENCRYPTION", text);
        bodies.push(match text.starts_with('{') {
            true => parse_json_file(file, text, &super::layout::ENCRYPTION, diags),
            false => parse_file(file, text, diags),
        });
    }
    if bodies.is_empty() || diags.has_errors() {
        return None;
    }
    let scope = scope::Static::new(root, variables, env);
    let found = read::Reading::new(&bodies, &scope, diags).encryption();
    (!diags.has_errors()).then_some(found)
}
