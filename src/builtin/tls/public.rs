//! Public keys and the forms they are written in.

use super::der::{SEQUENCE, bits, element, integer, null, numbers, octets, oid, sequence};
use super::{pem, ssh};
use crate::value::Value;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaSigningAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha1::Sha1;
use sha2::{Digest, Sha256};

const EC_KEY: &str = "1.2.840.10045.2.1";
const RSA_KEY: &str = "1.2.840.113549.1.1.1";
const ED25519: &str = "1.3.101.112";

/// A curve of ECDSA. P-224 is missing: the library has none, as most programs that read keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// All of them.
    pub(super) const ALL: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

    /// `P256`
    pub(super) fn name(self) -> &'static str {
        match self {
            Curve::P256 => "P256",
            Curve::P384 => "P384",
            Curve::P521 => "P521",
        }
    }

    /// `nistp256`
    pub(super) fn ssh_name(self) -> &'static str {
        match self {
            Curve::P256 => "nistp256",
            Curve::P384 => "nistp384",
            Curve::P521 => "nistp521",
        }
    }

    /// Its object identifier.
    pub(super) fn oid(self) -> Vec<u8> {
        oid(match self {
            Curve::P256 => "1.2.840.10045.3.1.7",
            Curve::P384 => "1.3.132.0.34",
            Curve::P521 => "1.3.132.0.35",
        })
    }

    /// How the library signs with it.
    pub(super) fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Curve::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Curve::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            Curve::P521 => &ECDSA_P521_SHA512_ASN1_SIGNING,
        }
    }
}

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rsa,
    Ecdsa(Curve),
    Ed25519,
}

impl Algorithm {
    /// `RSA`
    pub(super) fn name(self) -> &'static str {
        match self {
            Algorithm::Rsa => "RSA",
            Algorithm::Ecdsa(_) => "ECDSA",
            Algorithm::Ed25519 => "ED25519",
        }
    }

    /// `AlgorithmIdentifier` of a key.
    pub(super) fn identifier(self) -> Vec<u8> {
        match self {
            Algorithm::Rsa => sequence(&[oid(RSA_KEY), null()]),
            Algorithm::Ecdsa(curve) => sequence(&[oid(EC_KEY), curve.oid()]),
            Algorithm::Ed25519 => sequence(&[oid(ED25519)]),
        }
    }

    /// `AlgorithmIdentifier` of what such a key signs.
    pub(super) fn signature(self) -> Vec<u8> {
        match self {
            Algorithm::Rsa => sequence(&[oid("1.2.840.113549.1.1.11"), null()]),
            Algorithm::Ecdsa(Curve::P256) => sequence(&[oid("1.2.840.10045.4.3.2")]),
            Algorithm::Ecdsa(Curve::P384) => sequence(&[oid("1.2.840.10045.4.3.3")]),
            Algorithm::Ecdsa(Curve::P521) => sequence(&[oid("1.2.840.10045.4.3.4")]),
            Algorithm::Ed25519 => sequence(&[oid(ED25519)]),
        }
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicKey {
    /// Of which kind.
    pub algorithm: Algorithm,
    /// As inside the bit string of an X.509 key: PKCS #1, the point uncompressed, or the 32 bytes.
    pub bits: Vec<u8>,
}

impl PublicKey {
    /// `SubjectPublicKeyInfo`
    pub(super) fn spki(&self) -> Vec<u8> {
        sequence(&[self.algorithm.identifier(), bits(&self.bits)])
    }

    /// Modulus and exponent of an RSA key.
    pub(super) fn rsa(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut parts = numbers(&self.bits)?.into_iter();
        Some((parts.next()?, parts.next()?))
    }

    /// An RSA key of modulus and exponent.
    pub(super) fn of_rsa(n: &[u8], e: &[u8]) -> Self {
        PublicKey { algorithm: Algorithm::Rsa, bits: sequence(&[integer(n), integer(e)]) }
    }

    /// The attributes that the resource, the data source and the ephemeral resource share.
    pub(super) fn attributes(&self, comment: &str) -> [(&'static str, Value); 4] {
        let wire = ssh::public(self);
        let mut line = format!("{} {}", ssh::key_type(self.algorithm), STANDARD.encode(&wire));
        if !comment.is_empty() {
            line = format!("{line} {comment}");
        }
        let md5: Vec<String> = md5::Md5::digest(&wire).iter().map(|b| format!("{b:02x}")).collect();
        [
            ("public_key_pem", Value::string(pem::encode("PUBLIC KEY", &self.spki()))),
            ("public_key_openssh", Value::string(line + "\n")),
            ("public_key_fingerprint_md5", Value::string(md5.join(":"))),
            ("public_key_fingerprint_sha256", Value::string(format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&wire))))),
        ]
    }

    /// `id`: SHA-1 of the key in DER.
    pub(super) fn id(&self) -> Value {
        Value::string(hash_id(&self.spki()))
    }
}

/// What the provider makes of bytes as an id: SHA-1 in hexadecimal digits, white space at the ends left out.
pub(super) fn hash_id(bytes: &[u8]) -> String {
    hash_hex(bytes.trim_ascii())
}

/// SHA-1 in hexadecimal digits.
pub(super) fn hash_hex(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The bits of a `SubjectPublicKeyInfo`.
pub(super) fn bits_of(spki: &[u8]) -> Option<&[u8]> {
    let (inside, _) = element(spki, SEQUENCE)?;
    let (_algorithm, rest) = element(inside, SEQUENCE)?;
    element(rest, 3)?.0.split_first().map(|(_unused, bits)| bits)
}

/// A subject key identifier as the provider has it: SHA-1 of the key's bits, and of Ed25519 keys of these as an octet
/// string.
pub(super) fn key_id(spki: &[u8]) -> Option<Vec<u8>> {
    let (inside, _) = element(spki, SEQUENCE)?;
    let (algorithm, _) = element(inside, SEQUENCE)?;
    let bits = bits_of(spki)?;
    let hashed = if algorithm == oid(ED25519) { octets(bits) } else { bits.to_vec() };
    Some(Sha1::digest(hashed).to_vec())
}
