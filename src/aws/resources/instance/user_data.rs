//! User data: text, base64 or a SHA-1.
//!
//! AWS keeps bytes. Version 6 of the provider keeps the text in the state, version 5 its SHA-1;
//! text that is base64 already is not encoded again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use std::fmt::Write;

/// The bytes that AWS gets for what is written.
#[must_use]
pub fn payload(written: &str) -> Vec<u8> {
    decoded(written).unwrap_or_else(|| written.as_bytes().to_vec())
}

/// The bytes of base64; `None` when it is none.
#[must_use]
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    let joined: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(joined).ok()
}

/// Base64 of what is written, as RunInstances takes it.
#[must_use]
pub fn encoded(written: &str) -> String {
    STANDARD.encode(payload(written))
}

/// The SHA-1 of bytes in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(40);
    for byte in Sha1::digest(bytes) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Whether a stored value is a SHA-1 and not user data.
#[must_use]
pub fn is_digest(stored: &str) -> bool {
    stored.len() == 40 && stored.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether a stored value stands for what is written.
#[must_use]
pub fn same(stored: &str, written: &str) -> bool {
    let bytes = payload(written);
    payload(stored) == bytes || (is_digest(stored) && digest(&bytes) == stored)
}

/// What a read writes into the state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// `user_data`
    pub text: Option<String>,
    /// `user_data_base64`
    pub base64: Option<String>,
}

/// From what the state has and what AWS answers (base64, if anything), in the form the state uses.
#[must_use]
pub fn observed(text: Option<&str>, base64: Option<&str>, remote: Option<&str>) -> Observed {
    let Some(remote) = remote.filter(|r| !r.is_empty()) else { return Observed::default() };
    let bytes = payload(remote);
    if let Some(known) = base64 {
        let kept = if payload(known) == bytes { known } else { remote };
        return Observed { text: text.map(str::to_string), base64: Some(kept.to_string()) };
    }
    let kept = match text {
        Some(known) if is_digest(known) => Some(digest(&bytes)),
        Some(known) if payload(known) == bytes => Some(known.to_string()),
        _ => String::from_utf8(bytes).ok(),
    };
    match kept {
        Some(text) => Observed { text: Some(text), base64: None },
        None => Observed { text: None, base64: Some(remote.to_string()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "#!/bin/sh\necho hello\n";

    #[test]
    fn base64_is_not_encoded_again() {
        assert_eq!(payload(&encoded(SCRIPT)), SCRIPT.as_bytes());
        assert_eq!(encoded(&encoded(SCRIPT)), encoded(SCRIPT));
    }

    #[test]
    fn a_digest_of_version_5_stands_for_its_text() {
        let stored = digest(SCRIPT.as_bytes());
        assert_eq!(digest(b""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert!(same(&stored, SCRIPT) && same(&stored, &encoded(SCRIPT)));
        assert!(!same(&stored, "other"));
        assert_eq!(observed(Some(&stored), None, Some(&encoded(SCRIPT))).text.as_deref(), Some(stored.as_str()));
    }

    #[test]
    fn a_read_keeps_the_form_of_the_state() {
        let remote = encoded(SCRIPT);
        assert_eq!(observed(None, None, Some(&remote)).text.as_deref(), Some(SCRIPT));
        assert_eq!(observed(None, Some(&remote), Some(&remote)), Observed { text: None, base64: Some(remote.clone()) });
        assert_eq!(observed(Some("old"), None, Some(&remote)).text.as_deref(), Some(SCRIPT));
        let binary = STANDARD.encode([0xff, 0xfe]);
        assert_eq!(observed(None, None, Some(&binary)).base64.as_deref(), Some(binary.as_str()));
        assert_eq!(observed(Some(SCRIPT), None, None), Observed::default());
    }
}
