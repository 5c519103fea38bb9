//! Keys: derived from passphrases here, made and unwrapped by somebody else (AWS KMS) on request.

use crate::config::{KeyHash, KeySource, KmsKey, Passphrase};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use sha2::{Sha256, Sha512};

/// Above this a document asks for more work than any honest one does.
const MOST_ITERATIONS: u32 = 100_000_000;
const LONGEST_KEY: usize = 64;

/// How a key came to be: the JSON below `meta`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meta {
    Derived(Derivation),
    /// The data key as KMS wrapped it.
    Wrapped(Vec<u8>),
}

/// How a key came from its passphrase.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Derivation {
    salt: Vec<u8>,
    iterations: u32,
    hash: KeyHash,
    key_length: usize,
}

impl Derivation {
    pub fn new(source: &Passphrase, salt: Vec<u8>) -> Self {
        Derivation { salt, iterations: source.iterations, hash: source.hash, key_length: source.key_length }
    }

    pub fn key(&self, passphrase: &str) -> Vec<u8> {
        let mut key = vec![0; self.key_length];
        let passphrase = passphrase.as_bytes();
        match self.hash {
            KeyHash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, &self.salt, self.iterations, &mut key),
            KeyHash::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(passphrase, &self.salt, self.iterations, &mut key),
        }
        key
    }
}

impl Meta {
    pub fn to_json(&self) -> String {
        let text = |bytes: &[u8]| STANDARD.encode(bytes);
        match self {
            Meta::Derived(d) => {
                json!({"salt": text(&d.salt), "iterations": d.iterations, "hash_function": d.hash.name(), "key_length": d.key_length})
            }
            Meta::Wrapped(blob) => json!({"ciphertext_blob": text(blob)}),
        }
        .to_string()
    }

    /// What a key provider of this kind wrote.
    pub fn from_json(source: &KeySource, bytes: &[u8]) -> Option<Self> {
        let json: Json = serde_json::from_slice(bytes).ok()?;
        let decoded = |name: &str| STANDARD.decode(json.get(name)?.as_str()?).ok();
        let number = |name: &str| json.get(name)?.as_u64();
        match source {
            KeySource::Passphrase(_) => Some(Meta::Derived(Derivation {
                salt: decoded("salt")?,
                iterations: number("iterations").and_then(|n| u32::try_from(n).ok()).filter(|n| (1..=MOST_ITERATIONS).contains(n))?,
                hash: KeyHash::named(json.get("hash_function")?.as_str()?)?,
                key_length: number("key_length").and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=LONGEST_KEY).contains(n))?,
            })),
            KeySource::AwsKms(_) => decoded("ciphertext_blob").filter(|b| !b.is_empty()).map(Meta::Wrapped),
        }
    }
}

/// A key that somebody else has to make or to unwrap.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRequest {
    /// Who, and with what.
    pub key: KmsKey,
    /// The wrapped data key; `None`: a new one is to be made.
    pub wrapped: Option<Vec<u8>>,
}

/// The answer to a request.
#[derive(Clone, PartialEq)]
pub enum KeyAnswer {
    /// The data key, plain and wrapped.
    Key {
        /// What encrypts.
        plain: Vec<u8>,
        /// What is stored beside the document.
        wrapped: Vec<u8>,
    },
    /// It is not this key's, or not for us; says why. Another method may still do.
    Refused(String),
}

/// A key of this run, kept: deriving or asking for one takes long.
#[derive(Clone)]
pub(super) struct Known {
    pub source: KeySource,
    pub meta: Meta,
    /// The key, or why there is none.
    pub key: Result<Vec<u8>, String>,
    /// This run writes with it.
    pub own: bool,
}
