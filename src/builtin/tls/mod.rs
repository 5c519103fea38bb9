//! The `tls` provider: keys, requests and certificates that are made here and kept in the state.
//!
//! The arithmetic is AWS-LC's, the library that the program's own TLS stands on, so that no second one comes in. It has
//! no curve P-224 and RSA keys of four sizes. The formats are those of `der`, `pkcs1`, `pkcs8`, `spki`, `pem` and
//! `ssh-encoding`; `x509` and `ssh` say of which fields certificates and OpenSSH's keys are made.

mod certificate;
mod certificates;
mod described;
mod handshake;
mod issue;
mod names;
mod parsed;
mod pem;
mod private;
mod private_key;
mod public;
mod public_key;
mod renewal;
mod ssh;
#[cfg(test)]
mod tests;
mod usages;
mod x509;

use super::state_only::StateOnly;
use crate::provider::{ErrorKind, ProviderError};
pub(super) use certificate::CertificateData;
pub(super) use private_key::Ephemeral;
pub(super) use public_key::{PublicKeyData, PublicKeyEphemeral};

/// The resource types.
pub(super) fn resources() -> [StateOnly; 4] {
    [certificates::cert_request(), certificates::locally_signed(), private_key::resource(), certificates::self_signed()]
}

/// Names and numbers are looked at before they are written; what is left is a size that no certificate has.
impl From<der::Error> for ProviderError {
    fn from(e: der::Error) -> Self {
        invalid("Writing DER failed", &e.to_string())
    }
}

/// An error in what was given.
fn invalid(summary: &str, detail: &str) -> ProviderError {
    let detail = if detail.ends_with('.') { detail.to_string() } else { format!("{detail}.") };
    ProviderError::new(ErrorKind::Invalid, summary, detail)
}
