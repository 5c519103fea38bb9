//! Documents encrypted at rest, in OpenTofu's format.
//!
//! `{"serial":..,"lineage":..,"meta":{"key_provider.pbkdf2.x":"<base64>"},"encrypted_data":"<base64>",
//! "encryption_version":"v0"}`: `meta` says how the key came from the passphrase, or holds it wrapped by
//! KMS; the data are nonce, ciphertext and tag of AES-GCM. Serial and lineage of a state stay readable
//! and have to agree with what is inside. A run writes with one key: deriving or asking for one is slow.
//!
//! Nothing is asked from here: a key that only KMS has is requested ([`Step::Needs`]), and the same
//! question is put again with the answer.

mod cipher;
mod key;
#[cfg(test)]
mod tests;

use super::{StateError, StateErrorKind, Style, to_text};
use crate::config::{KeySource, SealKey, SealMethod};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use key::{Derivation, Known, Meta};
pub use key::{KeyAnswer, KeyRequest};
use serde_json::{Map, Value as Json};
use std::sync::{Mutex, PoisonError};

const VERSION: &str = "v0";

/// Fills bytes with randomness.
pub type Random = fn(&mut [u8]);

/// Encrypts and decrypts the documents of one target.
pub struct Sealer {
    methods: Vec<SealMethod>,
    random: Random,
    known: Mutex<Vec<Known>>,
}

/// How far a document came.
#[derive(Debug)]
pub enum Step {
    /// It is done: the bytes.
    Done(Vec<u8>),
    /// A key is missing; to be [learned](Sealer::learn), then asked again.
    Needs(Box<KeyRequest>),
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
        Sealer { methods, random, known: Mutex::default() }
    }

    /// Whether what is written is encrypted: the first method decides.
    #[must_use]
    pub fn encrypts(&self) -> bool {
        matches!(self.methods.first(), Some(SealMethod::AesGcm(_)))
    }

    /// Encrypts a state; its serial and lineage stay readable.
    ///
    /// # Errors
    /// When the document is no JSON object.
    pub fn seal_state(&self, plain: &[u8]) -> Result<Step, StateError> {
        let json: Json = serde_json::from_slice(plain).map_err(|_| failed("It is no JSON document.", "This is a bug: report it."))?;
        let part = |name: &str| (name.to_string(), json.get(name).cloned().unwrap_or(Json::Null));
        self.seal(plain, [part("serial"), part("lineage")].into_iter().collect())
    }

    /// Decrypts a state, or takes a plain one where that is allowed.
    ///
    /// # Errors
    /// No method fits, the document was tampered with, or it is plain and must not be.
    pub fn open_state(&self, bytes: &[u8]) -> Result<Step, StateError> {
        let plain = match self.open(bytes)? {
            Step::Done(plain) => plain,
            needs @ Step::Needs(_) => return Ok(needs),
        };
        let Some(outside) = envelope(bytes) else { return Ok(Step::Done(plain)) };
        let inside: Json = serde_json::from_slice(&plain).map_err(|e| StateError::malformed(e.to_string()))?;
        let differs = |name: &str| outside.get(name).is_some_and(|o| !o.is_null() && inside.get(name) != Some(o));
        match ["serial", "lineage"].into_iter().find(|n| differs(n)) {
            None => Ok(Step::Done(plain)),
            Some(name) => Err(failed(
                format!("The {name} beside the encrypted state is not the one inside: somebody changed it."),
                "Restore an earlier version of the state.",
            )),
        }
    }

    /// Encrypts any document; `beside` stays readable in front of it.
    ///
    /// # Errors
    /// When a key has a length that AES does not have, or is refused.
    pub fn seal(&self, plain: &[u8], beside: Map<String, Json>) -> Result<Step, StateError> {
        let Some(SealMethod::AesGcm(provider)) = self.methods.first() else { return Ok(Step::Done(plain.to_vec())) };
        let own = match self.own_key(&provider.source) {
            Ok(own) => own,
            Err(request) => return Ok(Step::Needs(request)),
        };
        let key =
            own.key.map_err(|why| failed(format!("{} gives no key to write with: {why}", provider.meta_key), "Check the key provider."))?;
        let mut nonce = [0; cipher::NONCE];
        (self.random)(&mut nonce);
        let data =
            cipher::seal(&key, nonce, plain, &provider.aad).ok_or_else(|| failed("The key has a wrong length.", "Set key_length = 32."))?;
        let mut document = beside;
        let meta: Map<String, Json> = [(provider.meta_key.clone(), STANDARD.encode(own.meta.to_json()).into())].into_iter().collect();
        document.insert("meta".into(), Json::Object(meta));
        document.insert("encrypted_data".into(), STANDARD.encode(data).into());
        document.insert("encryption_version".into(), VERSION.into());
        Ok(Step::Done(to_text(&Json::Object(document), Style::Compact).into_bytes()))
    }

    /// Decrypts any document, or takes a plain one where a method is `unencrypted`. Methods are tried
    /// in their order; a later one's key is asked for only when no earlier one fits.
    ///
    /// # Errors
    /// As [`Sealer::open_state`].
    pub fn open(&self, bytes: &[u8]) -> Result<Step, StateError> {
        let Some(document) = envelope(bytes) else {
            if self.methods.contains(&SealMethod::Unencrypted) {
                return Ok(Step::Done(bytes.to_vec()));
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
            let SealMethod::AesGcm(SealKey { meta_key, source, aad }) = method else { continue };
            let meta = document.get("meta").and_then(|m| bytes_of(m.get(meta_key))).and_then(|m| Meta::from_json(source, &m));
            let Some(meta) = meta else {
                tried.push(meta_key.clone());
                continue;
            };
            match self.key(source, meta) {
                Ok(Ok(key)) => match cipher::open(&key, &data, aad) {
                    Some(plain) => return Ok(Step::Done(plain)),
                    None => tried.push(meta_key.clone()),
                },
                Ok(Err(why)) => tried.push(format!("{meta_key} ({why})")),
                Err(request) => return Ok(Step::Needs(request)),
            }
        }
        Err(unopened(&document, &tried))
    }

    /// Takes the answer to a request.
    pub fn learn(&self, request: KeyRequest, answer: KeyAnswer) {
        let own = request.wrapped.is_none();
        let (key, wrapped) = match answer {
            KeyAnswer::Key { plain, wrapped } => (Ok(plain), wrapped),
            KeyAnswer::Refused(why) => (Err(why), Vec::new()),
        };
        let meta = Meta::Wrapped(request.wrapped.unwrap_or(wrapped));
        self.known.lock().unwrap_or_else(PoisonError::into_inner).push(Known { source: KeySource::AwsKms(request.key), meta, key, own });
    }

    /// The key that this run writes with.
    fn own_key(&self, source: &KeySource) -> Result<Known, Box<KeyRequest>> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = all.iter().find(|k| k.own && k.source == *source) {
            return Ok(own.clone());
        }
        let passphrase = match source {
            KeySource::AwsKms(key) => return Err(Box::new(KeyRequest { key: key.clone(), wrapped: None })),
            KeySource::Passphrase(passphrase) => passphrase,
        };
        let mut salt = vec![0; passphrase.salt_length];
        (self.random)(&mut salt);
        let derivation = Derivation::new(passphrase, salt);
        let key = Ok(derivation.key(&passphrase.text));
        let own = Known { source: source.clone(), meta: Meta::Derived(derivation), key, own: true };
        all.push(own.clone());
        Ok(own)
    }

    /// The key that a document was written with, or why there is none.
    fn key(&self, source: &KeySource, meta: Meta) -> Result<Result<Vec<u8>, String>, Box<KeyRequest>> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|k| k.meta == meta && same_secret(&k.source, source)) {
            return Ok(known.key.clone());
        }
        match (source, meta) {
            (KeySource::Passphrase(passphrase), Meta::Derived(derivation)) => {
                let key = Ok(derivation.key(&passphrase.text));
                all.push(Known { source: source.clone(), meta: Meta::Derived(derivation), key: key.clone(), own: false });
                Ok(key)
            }
            (KeySource::AwsKms(key), Meta::Wrapped(wrapped)) => Err(Box::new(KeyRequest { key: key.clone(), wrapped: Some(wrapped) })),
            _ => Ok(Err("it was written by another kind of key provider".into())),
        }
    }
}

/// Whether two providers open the same documents: what a passphrase is stretched with stands in the document.
fn same_secret(a: &KeySource, b: &KeySource) -> bool {
    match (a, b) {
        (KeySource::Passphrase(a), KeySource::Passphrase(b)) => a.text == b.text,
        _ => a == b,
    }
}

fn unopened(document: &Map<String, Json>, tried: &[String]) -> StateError {
    let written: Vec<&str> = document.get("meta").and_then(Json::as_object).into_iter().flatten().map(|(k, _)| k.as_str()).collect();
    let detail = match tried.is_empty() {
        true => "It is encrypted, and the configuration names no method that decrypts.".to_string(),
        false => format!(
            "It was encrypted with {}; {} did not decrypt it: another passphrase or key, another aad, or damaged data.",
            written.join(", "),
            tried.join(", ")
        ),
    };
    failed(
        detail,
        "Use the passphrase or key, and the key provider's name, that it was written with; an old method goes into a fallback block.",
    )
}
