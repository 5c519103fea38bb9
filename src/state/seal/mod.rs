//! Documents encrypted at rest, in OpenTofu's format.
//!
//! `{"serial":..,"lineage":..,"meta":{"key_provider.pbkdf2.x":"<base64>"},"encrypted_data":"<base64>",
//! "encryption_version":"v0"}`: `meta` says how the key came from the passphrase, the data are nonce,
//! ciphertext and tag of AES-GCM. Serial and lineage of a state stay readable and have to agree with
//! what is inside. A run draws one salt and writes with one key, as OpenTofu does: deriving a key is slow.

mod cipher;
mod key;
#[cfg(test)]
mod tests;

use super::{StateError, StateErrorKind, Style, to_text};
use crate::config::{KeySource, SealMethod};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use key::{Derived, Meta};
use serde_json::{Map, Value as Json};
use std::sync::{Mutex, PoisonError};

const VERSION: &str = "v0";

/// Fills bytes with randomness.
pub type Random = fn(&mut [u8]);

/// Encrypts and decrypts the documents of one target.
pub struct Sealer {
    methods: Vec<SealMethod>,
    random: Random,
    derived: Mutex<Vec<Derived>>,
}

/// Whether bytes are an encrypted document.
#[must_use]
pub fn is_sealed(bytes: &[u8]) -> bool {
    envelope(bytes).is_some()
}

fn envelope(bytes: &[u8]) -> Option<Map<String, Json>> {
    // Plain states are large; most of them are told apart without being parsed.
    if !bytes.windows(20).any(|w| w == b"\"encryption_version\"") {
        return None;
    }
    match serde_json::from_slice(bytes) {
        Ok(Json::Object(fields)) if fields.get("encryption_version").is_some_and(|v| v.as_str().is_some_and(|v| !v.is_empty())) => {
            Some(fields)
        }
        _ => None,
    }
}

fn failed(detail: impl Into<String>, help: &str) -> StateError {
    StateError {
        kind: StateErrorKind::Encrypted,
        summary: "The encrypted document cannot be used".into(),
        detail: detail.into(),
        help: help.into(),
    }
}

impl Sealer {
    /// With the methods of a target: the first writes, all of them read.
    #[must_use]
    pub fn new(methods: Vec<SealMethod>, random: Random) -> Self {
        Sealer { methods, random, derived: Mutex::default() }
    }

    /// Encrypts a state; its serial and lineage stay readable.
    ///
    /// # Errors
    /// When the document is no JSON object.
    pub fn seal_state(&self, plain: &[u8]) -> Result<Vec<u8>, StateError> {
        let json: Json = serde_json::from_slice(plain).map_err(|_| failed("It is no JSON document.", "This is a bug: report it."))?;
        let part = |name: &str| (name.to_string(), json.get(name).cloned().unwrap_or(Json::Null));
        self.seal(plain, [part("serial"), part("lineage")].into_iter().collect())
    }

    /// Decrypts a state, or takes a plain one where that is allowed.
    ///
    /// # Errors
    /// No method fits, the document was tampered with, or it is plain and must not be.
    pub fn open_state(&self, bytes: &[u8]) -> Result<Vec<u8>, StateError> {
        let plain = self.open(bytes)?;
        let Some(outside) = envelope(bytes) else { return Ok(plain) };
        let inside: Json = serde_json::from_slice(&plain).map_err(|e| StateError::malformed(e.to_string()))?;
        let differs = |name: &str| outside.get(name).is_some_and(|o| !o.is_null() && inside.get(name) != Some(o));
        match ["serial", "lineage"].into_iter().find(|n| differs(n)) {
            None => Ok(plain),
            Some(name) => Err(failed(
                format!("The {name} beside the encrypted state is not the one inside: somebody changed it."),
                "Restore an earlier version of the state.",
            )),
        }
    }

    /// Encrypts any document; `beside` stays readable in front of it.
    ///
    /// # Errors
    /// When a key has a length that AES does not have.
    pub fn seal(&self, plain: &[u8], beside: Map<String, Json>) -> Result<Vec<u8>, StateError> {
        let Some(SealMethod::AesGcm(source)) = self.methods.first() else { return Ok(plain.to_vec()) };
        let own = self.own_key(source);
        let mut nonce = [0; cipher::NONCE];
        (self.random)(&mut nonce);
        let data = cipher::seal(&own.key, nonce, plain).ok_or_else(|| failed("The key has a wrong length.", "Set key_length = 32."))?;
        let mut document = beside;
        let meta: Map<String, Json> = [(source.meta_key.clone(), STANDARD.encode(own.meta.to_json()).into())].into_iter().collect();
        document.insert("meta".into(), Json::Object(meta));
        document.insert("encrypted_data".into(), STANDARD.encode(data).into());
        document.insert("encryption_version".into(), VERSION.into());
        Ok(to_text(&Json::Object(document), Style::Compact).into_bytes())
    }

    /// Decrypts any document, or takes a plain one where a method is `unencrypted`.
    ///
    /// # Errors
    /// As [`Sealer::open_state`].
    pub fn open(&self, bytes: &[u8]) -> Result<Vec<u8>, StateError> {
        let Some(document) = envelope(bytes) else {
            if self.methods.contains(&SealMethod::Unencrypted) {
                return Ok(bytes.to_vec());
            }
            return Err(failed(
                "It is not encrypted, and the configuration takes encrypted ones only.",
                "To begin with encryption, add to its block: fallback { method = method.unencrypted.NAME }, with a block \
                 method \"unencrypted\" \"NAME\" {}. The next write encrypts it.",
            ));
        };
        let version = document.get("encryption_version").and_then(Json::as_str).unwrap_or_default();
        if version != VERSION {
            return Err(failed(format!("Its encryption is of version {version:?}; this envctl knows {VERSION}."), "Use a newer envctl."));
        }
        let bytes_of = |json: Option<&Json>| STANDARD.decode(json?.as_str()?).ok();
        let data = bytes_of(document.get("encrypted_data")).ok_or_else(|| StateError::malformed("The encrypted data are damaged."))?;
        let mut tried = Vec::new();
        for method in &self.methods {
            let SealMethod::AesGcm(source) = method else { continue };
            tried.push(source.meta_key.as_str());
            let meta = document.get("meta").and_then(|m| bytes_of(m.get(&source.meta_key))).and_then(|m| Meta::from_json(&m));
            let Some(meta) = meta else { continue };
            if let Some(plain) = cipher::open(&self.key(source, meta).key, &data) {
                return Ok(plain);
            }
        }
        let written: Vec<&str> = document.get("meta").and_then(Json::as_object).into_iter().flatten().map(|(k, _)| k.as_str()).collect();
        let detail = match tried.is_empty() {
            true => "It is encrypted, and the configuration names no method that decrypts.".to_string(),
            false => format!(
                "It was encrypted with {}; {} did not decrypt it: another passphrase, or damaged data.",
                written.join(", "),
                tried.join(", ")
            ),
        };
        Err(failed(
            detail,
            "Use the passphrase and the key provider's name that it was written with; an old method goes into a fallback block.",
        ))
    }

    /// The key that this run writes with.
    fn own_key(&self, source: &KeySource) -> Derived {
        let mut all = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = all.iter().find(|d| d.own && d.belongs_to(source)) {
            return own.clone();
        }
        let mut salt = vec![0; source.salt_length];
        (self.random)(&mut salt);
        let mut own = Derived::new(source, Meta::of(source, salt));
        own.own = true;
        all.push(own.clone());
        own
    }

    fn key(&self, source: &KeySource, meta: Meta) -> Derived {
        let mut all = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|d| d.meta == meta && d.belongs_to(source)) {
            return known.clone();
        }
        let new = Derived::new(source, meta);
        all.push(new.clone());
        new
    }
}
