//! AES-GCM with a nonce of twelve bytes in front of ciphertext and tag.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::aes::Aes192;
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm};

/// Bytes of a nonce.
pub(super) const NONCE: usize = 12;

/// A method by the length of its key.
fn with_key<T>(key: &[u8], work: impl Fn(&dyn Method) -> T) -> Option<T> {
    match key.len() {
        16 => Some(work(&Aes128Gcm::new_from_slice(key).ok()?)),
        24 => Some(work(&AesGcm::<Aes192, U12>::new_from_slice(key).ok()?)),
        32 => Some(work(&Aes256Gcm::new_from_slice(key).ok()?)),
        _ => None,
    }
}

trait Method {
    fn encrypt(&self, nonce: [u8; NONCE], plain: Payload<'_, '_>) -> Option<Vec<u8>>;
    fn decrypt(&self, nonce: [u8; NONCE], data: Payload<'_, '_>) -> Option<Vec<u8>>;
}

impl<C: Aead<NonceSize = U12>> Method for C {
    fn encrypt(&self, nonce: [u8; NONCE], plain: Payload<'_, '_>) -> Option<Vec<u8>> {
        Aead::encrypt(self, &nonce.into(), plain).ok()
    }
    fn decrypt(&self, nonce: [u8; NONCE], data: Payload<'_, '_>) -> Option<Vec<u8>> {
        Aead::decrypt(self, &nonce.into(), data).ok()
    }
}

/// Nonce, ciphertext and tag, which covers `aad` too; `None` for a key of another length.
pub(super) fn seal(key: &[u8], nonce: [u8; NONCE], plain: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let sealed = with_key(key, |m| m.encrypt(nonce, Payload { msg: plain, aad }))??;
    Some(nonce.into_iter().chain(sealed).collect())
}

/// What was sealed; `None` when key, data or `aad` are not what they were.
pub(super) fn open(key: &[u8], data: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = data.split_first_chunk::<NONCE>()?;
    with_key(key, |m| m.decrypt(*nonce, Payload { msg: sealed, aad }))?
}
