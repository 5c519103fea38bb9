//! Keys from passphrases.

use crate::config::{KeyHash, KeySource};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use sha2::{Sha256, Sha512};

/// Above this a document asks for more work than any honest one does.
const MOST_ITERATIONS: u32 = 100_000_000;
const LONGEST_KEY: usize = 64;

/// How a key came from its passphrase: the JSON below `meta`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Meta {
    salt: Vec<u8>,
    iterations: u32,
    hash: KeyHash,
    key_length: usize,
}

impl Meta {
    pub fn of(source: &KeySource, salt: Vec<u8>) -> Self {
        Meta { salt, iterations: source.iterations, hash: source.hash, key_length: source.key_length }
    }

    pub fn to_json(&self) -> String {
        let salt = STANDARD.encode(&self.salt);
        json!({"salt": salt, "iterations": self.iterations, "hash_function": self.hash.name(), "key_length": self.key_length}).to_string()
    }

    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        let json: Json = serde_json::from_slice(bytes).ok()?;
        let number = |name: &str| json.get(name)?.as_u64();
        Some(Meta {
            salt: STANDARD.decode(json.get("salt")?.as_str()?).ok()?,
            iterations: number("iterations").and_then(|n| u32::try_from(n).ok()).filter(|n| (1..=MOST_ITERATIONS).contains(n))?,
            hash: KeyHash::named(json.get("hash_function")?.as_str()?)?,
            key_length: number("key_length").and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=LONGEST_KEY).contains(n))?,
        })
    }
}

/// A derived key, kept: deriving one takes long by design.
#[derive(Clone)]
pub(super) struct Derived {
    passphrase: String,
    pub meta: Meta,
    pub key: Vec<u8>,
    /// This run writes with it.
    pub own: bool,
}

impl Derived {
    pub fn new(source: &KeySource, meta: Meta) -> Self {
        let mut key = vec![0; meta.key_length];
        let passphrase = source.passphrase.as_bytes();
        match meta.hash {
            KeyHash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, &meta.salt, meta.iterations, &mut key),
            KeyHash::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(passphrase, &meta.salt, meta.iterations, &mut key),
        }
        Derived { passphrase: source.passphrase.clone(), meta, key, own: false }
    }

    pub fn belongs_to(&self, source: &KeySource) -> bool {
        self.passphrase == source.passphrase
    }
}
