//! Private keys: made, read from PEM, written, signing. AWS-LC does the arithmetic.

use super::pem;
use super::public::{Algorithm, CURVES, Curve, PublicKey};
use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, EcPrivateKeyBin, EcPrivateKeyRfc5915Der, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use der::SecretDocument;
use pkcs8::PrivateKeyInfoRef;

/// Sizes of RSA keys that the library makes.
pub(super) const RSA_SIZES: [i64; 4] = [2048, 3072, 4096, 8192];

/// A key pair.
pub(super) struct PrivateKey {
    /// Its public half.
    pub public: PublicKey,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(&'static Curve, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

const FAILED: &str = "the cryptographic library refused";

/// An error without content: it says nothing of the key.
fn lost<E>(_: E) -> String {
    FAILED.into()
}

impl PrivateKey {
    /// A new key; `bits` is the size of RSA keys.
    ///
    /// # Errors
    /// A size that is not in [`RSA_SIZES`], or a library without randomness.
    pub(super) fn generate(algorithm: Algorithm, bits: i64) -> Result<Self, String> {
        Self::of(match algorithm {
            Algorithm::Rsa => {
                let size = match bits {
                    2048 => KeySize::Rsa2048,
                    3072 => KeySize::Rsa3072,
                    4096 => KeySize::Rsa4096,
                    8192 => KeySize::Rsa8192,
                    other => return Err(format!("RSA keys have {RSA_SIZES:?} bits here, not {other}")),
                };
                Pair::Rsa(RsaKeyPair::generate(size).map_err(lost)?)
            }
            Algorithm::Ecdsa(curve) => Pair::Ecdsa(curve, EcdsaKeyPair::generate(curve.signing).map_err(lost)?),
            Algorithm::Ed25519 => Pair::Ed25519(Ed25519KeyPair::generate().map_err(lost)?),
        })
    }

    /// The key in a PEM text: PKCS #1, SEC 1 or PKCS #8.
    ///
    /// # Errors
    /// What is wrong with it, without a part of it.
    pub(super) fn from_pem(text: &str) -> Result<Self, String> {
        let (label, der) = pem::decode(text)?;
        let curve = || CURVES.iter().find_map(|c| Some(Pair::Ecdsa(c, EcdsaKeyPair::from_private_key_der(c.signing, &der).ok()?)));
        let (found, known) = match label.as_str() {
            "RSA PRIVATE KEY" => (RsaKeyPair::from_der(&der).ok().map(Pair::Rsa), "RSA of 2048 to 8192 bits"),
            "EC PRIVATE KEY" => (curve(), "ECDSA on P256, P384 or P521"),
            "PRIVATE KEY" => {
                let rsa = RsaKeyPair::from_pkcs8(&der).ok().map(Pair::Rsa);
                let edwards = || Ed25519KeyPair::from_pkcs8(&der).ok().map(Pair::Ed25519);
                (rsa.or_else(curve).or_else(edwards), "RSA of 2048 to 8192 bits, ECDSA on P256, P384 or P521, and ED25519")
            }
            other => return Err(format!("it is a {other}, where an RSA PRIVATE KEY, EC PRIVATE KEY or PRIVATE KEY is needed")),
        };
        let found = found.ok_or_else(|| format!("what is in the {label} is damaged or of a kind that is not supported here ({known})"))?;
        Self::of(found)
    }

    fn of(pair: Pair) -> Result<Self, String> {
        let public = match &pair {
            Pair::Rsa(pair) => PublicKey::new(Algorithm::Rsa, pair.public_key().as_ref()),
            Pair::Ecdsa(curve, pair) => PublicKey::new(Algorithm::Ecdsa(curve), pair.public_key().as_ref()),
            Pair::Ed25519(pair) => PublicKey::new(Algorithm::Ed25519, pair.public_key().as_ref()),
        };
        Ok(PrivateKey { public: public.map_err(lost)?, pair })
    }

    /// PKCS #1, SEC 1, or PKCS #8 for Ed25519: the form that the algorithm has of its own.
    pub(super) fn pem(&self) -> Result<String, String> {
        match &self.pair {
            Pair::Rsa(_) => Ok(pem::encode("RSA PRIVATE KEY", inside(&self.pkcs8()?)?)),
            Pair::Ecdsa(_, pair) => {
                let sec1: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().map_err(lost)?;
                Ok(pem::encode("EC PRIVATE KEY", sec1.as_ref()))
            }
            Pair::Ed25519(_) => self.pkcs8_pem(),
        }
    }

    /// PKCS #8.
    pub(super) fn pkcs8_pem(&self) -> Result<String, String> {
        Ok(pem::encode("PRIVATE KEY", self.pkcs8()?.as_bytes()))
    }

    /// PKCS #8 in DER.
    pub(super) fn pkcs8(&self) -> Result<SecretDocument, String> {
        let whole = match &self.pair {
            Pair::Rsa(pair) => {
                let whole: Pkcs8V1Der<'_> = pair.as_der().map_err(lost)?;
                SecretDocument::try_from(whole.as_ref())
            }
            Pair::Ecdsa(_, pair) => SecretDocument::try_from(pair.to_pkcs8v1().map_err(lost)?.as_ref()),
            Pair::Ed25519(pair) => SecretDocument::try_from(pair.to_pkcs8v1().map_err(lost)?.as_ref()),
        };
        whole.map_err(lost)
    }

    /// The scalar of an ECDSA key or the seed of an Ed25519 key.
    pub(super) fn secret(&self) -> Result<Vec<u8>, String> {
        match &self.pair {
            Pair::Rsa(_) => Err(FAILED.into()),
            Pair::Ecdsa(_, pair) => {
                let bytes: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(lost)?;
                Ok(bytes.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => {
                let bytes: Curve25519SeedBin<'_> = pair.seed().map_err(lost)?.as_be_bytes().map_err(lost)?;
                Ok(bytes.as_ref().to_vec())
            }
        }
    }

    /// Signs as [`Algorithm::signature`] names it.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(lost)?;
                Ok(signature)
            }
            Pair::Ecdsa(_, pair) => Ok(pair.sign(&random, message).map_err(lost)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.try_sign(message).map_err(lost)?.as_ref().to_vec()),
        }
    }
}

/// What PKCS #8 wraps: of an RSA key, PKCS #1.
pub(super) fn inside(pkcs8: &SecretDocument) -> Result<&[u8], String> {
    Ok(PrivateKeyInfoRef::try_from(pkcs8.as_bytes()).map_err(lost)?.private_key.as_bytes())
}
