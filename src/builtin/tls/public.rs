//! Public keys and the forms they are written in.

use super::{pem, ssh};
use crate::value::Value;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaSigningAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use der::Encode;
use der::asn1::{Any, BitString, ObjectIdentifier, OctetString};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use std::error::Error;

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A curve of ECDSA.
#[derive(Debug)]
pub(super) struct Curve {
    /// `P256`
    pub name: &'static str,
    /// `nistp256`
    pub ssh_name: &'static str,
    id: ObjectIdentifier,
    signature: ObjectIdentifier,
    /// How the library signs with it.
    pub signing: &'static EcdsaSigningAlgorithm,
}

/// All of them. P-224 is missing: the library has none, as most programs that read keys.
pub(super) static CURVES: [Curve; 3] = [
    Curve {
        name: "P256",
        ssh_name: "nistp256",
        id: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        signature: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        signing: &ECDSA_P256_SHA256_ASN1_SIGNING,
    },
    Curve {
        name: "P384",
        ssh_name: "nistp384",
        id: ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        signature: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
        signing: &ECDSA_P384_SHA384_ASN1_SIGNING,
    },
    Curve {
        name: "P521",
        ssh_name: "nistp521",
        id: ObjectIdentifier::new_unwrap("1.3.132.0.35"),
        signature: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4"),
        signing: &ECDSA_P521_SHA512_ASN1_SIGNING,
    },
];

/// A kind of key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Algorithm {
    Rsa,
    Ecdsa(&'static Curve),
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
    fn identifier(self) -> AlgorithmIdentifierOwned {
        let (oid, parameters) = match self {
            Algorithm::Rsa => (pkcs1::ALGORITHM_OID, Some(Any::null())),
            Algorithm::Ecdsa(curve) => (ObjectIdentifier::new_unwrap("1.2.840.10045.2.1"), Some(curve.id.into())),
            Algorithm::Ed25519 => (ED25519, None),
        };
        AlgorithmIdentifierOwned { oid, parameters }
    }

    /// `AlgorithmIdentifier` of what such a key signs.
    pub(super) fn signature(self) -> AlgorithmIdentifierOwned {
        let (oid, parameters) = match self {
            Algorithm::Rsa => (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"), Some(Any::null())),
            Algorithm::Ecdsa(curve) => (curve.signature, None),
            Algorithm::Ed25519 => (ED25519, None),
        };
        AlgorithmIdentifierOwned { oid, parameters }
    }
}

/// A public key.
#[derive(Debug)]
pub(super) struct PublicKey {
    /// Of which kind.
    pub algorithm: Algorithm,
    /// In the form of X.509.
    pub key: SubjectPublicKeyInfoOwned,
    /// That in DER.
    der: Vec<u8>,
    /// In the form of OpenSSH.
    pub wire: Vec<u8>,
}

impl PublicKey {
    /// A key of its bits: PKCS #1, the point uncompressed, or the 32 bytes.
    ///
    /// # Errors
    /// They are no such key.
    pub(super) fn new(algorithm: Algorithm, bits: &[u8]) -> Result<Self, Box<dyn Error>> {
        let key = SubjectPublicKeyInfoOwned { algorithm: algorithm.identifier(), subject_public_key: BitString::from_bytes(bits)? };
        Ok(PublicKey { algorithm, der: key.to_der()?, wire: ssh::public(algorithm, bits)?, key })
    }

    /// The attributes that the resource, the data source and the ephemeral resource share.
    pub(super) fn attributes(&self, comment: &str) -> [(&'static str, Value); 4] {
        let mut line = format!("{} {}", ssh::key_type(self.algorithm), STANDARD.encode(&self.wire));
        if !comment.is_empty() {
            line = format!("{line} {comment}");
        }
        let md5: Vec<String> = md5::Md5::digest(&self.wire).iter().map(|b| format!("{b:02x}")).collect();
        [
            ("public_key_pem", Value::string(pem::encode("PUBLIC KEY", &self.der))),
            ("public_key_openssh", Value::string(line + "\n")),
            ("public_key_fingerprint_md5", Value::string(md5.join(":"))),
            ("public_key_fingerprint_sha256", Value::string(format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.wire))))),
        ]
    }

    /// `id`: SHA-1 of the key in DER.
    pub(super) fn id(&self) -> Value {
        Value::string(hash_id(&self.der))
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

/// A subject key identifier as the provider has it: SHA-1 of the key's bits, and of Ed25519 keys of these as an octet
/// string.
pub(super) fn key_id(key: &SubjectPublicKeyInfoOwned) -> der::Result<OctetString> {
    let bits = key.subject_public_key.raw_bytes();
    let edwards = key.algorithm.oid == ED25519;
    let hashed = if edwards { OctetString::new(bits)?.to_der()? } else { bits.to_vec() };
    OctetString::new(Sha1::digest(hashed).to_vec())
}
