//! Keys as OpenSSH writes them (RFC 4253 6.6, RFC 5656, RFC 8709, and PROTOCOL.key of OpenSSH).
//!
//! `ssh-encoding` spells the fields; which there are is said here. `ssh-key` 0.6 reads no P-521 key whose number is
//! shorter than its curve, which is every other one.

use super::pem;
use super::private::{PrivateKey, inside};
use super::public::{Algorithm, CURVES, PublicKey};
use der::asn1::UintRef;
use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use sha2::{Digest, Sha256};
use ssh_encoding::{Decode, Encode, Mpint, Reader};
use std::error::Error;

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// `ssh-ed25519`
pub(super) fn key_type(algorithm: Algorithm) -> String {
    match algorithm {
        Algorithm::Rsa => "ssh-rsa".into(),
        Algorithm::Ecdsa(curve) => format!("ecdsa-sha2-{}", curve.ssh_name),
        Algorithm::Ed25519 => "ssh-ed25519".into(),
    }
}

/// A public key as it goes over the wire and, in base64, into `authorized_keys`.
///
/// # Errors
/// The bits are no key of the kind.
pub(super) fn public(algorithm: Algorithm, bits: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut out = key_type(algorithm).encode_vec()?;
    match algorithm {
        Algorithm::Rsa => {
            let rsa = RsaPublicKeyRef::try_from(bits)?;
            numbers(&[rsa.public_exponent, rsa.modulus], &mut out)?;
        }
        Algorithm::Ecdsa(curve) => {
            curve.ssh_name.encode(&mut out)?;
            bits.encode(&mut out)?;
        }
        Algorithm::Ed25519 => bits.encode(&mut out)?,
    }
    Ok(out)
}

fn numbers(numbers: &[UintRef<'_>], out: &mut Vec<u8>) -> Result<(), ssh_encoding::Error> {
    numbers.iter().try_for_each(|n| Mpint::from_positive_bytes(n.as_bytes()).encode(out))
}

/// Both halves of a key; the public one stands first as over the wire, but for RSA.
fn both(key: &PrivateKey) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut out = key.public.wire.clone();
    match key.public.algorithm {
        Algorithm::Rsa => {
            let pkcs8 = key.pkcs8()?;
            let rsa = RsaPrivateKeyRef::try_from(inside(&pkcs8)?)?;
            out = key_type(Algorithm::Rsa).encode_vec()?;
            let parts = [rsa.modulus, rsa.public_exponent, rsa.private_exponent, rsa.coefficient, rsa.prime1, rsa.prime2];
            numbers(&parts, &mut out)?;
        }
        Algorithm::Ecdsa(_) => numbers(&[UintRef::new(&key.secret()?)?], &mut out)?,
        Algorithm::Ed25519 => [&key.secret()?, key.public.key.subject_public_key.raw_bytes()].concat().encode(&mut out)?,
    }
    Ok(out)
}

/// The private key as `ssh-keygen` writes it, without a passphrase.
///
/// # Errors
/// The library does not give the key's numbers.
pub(super) fn private(key: &PrivateKey, comment: &str) -> Result<String, Box<dyn Error>> {
    // Twice the same four bytes show that a passphrase was right; without one any do, and these are the same each time.
    let mut inside: Vec<u8> = Sha256::digest(&key.public.wire).iter().copied().take(4).collect::<Vec<u8>>().repeat(2);
    inside.extend(both(key)?);
    comment.encode(&mut inside)?;
    inside.extend((1u8..).take((8 - inside.len() % 8) % 8));
    let mut whole = MAGIC.to_vec();
    // Cipher, derivation of its key, and that one's options; one key.
    ["none", "none", ""].iter().try_for_each(|part| part.encode(&mut whole))?;
    1u32.encode(&mut whole)?;
    [&key.public.wire, &inside].iter().try_for_each(|part| part.encode(&mut whole))?;
    Ok(pem::encode("OPENSSH PRIVATE KEY", &whole))
}

/// The public half of a private key in OpenSSH's form, where it stands in the clear.
///
/// # Errors
/// What is wrong with the text, without a part of it.
pub(super) fn public_of_private(text: &str) -> Result<PublicKey, String> {
    let (label, bytes) = pem::decode(text)?;
    if label != "OPENSSH PRIVATE KEY" {
        return PrivateKey::from_pem(text).map(|key| key.public);
    }
    let (cipher, wire) = opened(&bytes).map_err(|_| "what is in the OPENSSH PRIVATE KEY is damaged")?;
    if cipher != "none" {
        return Err("it is protected by a passphrase and must be given without one".into());
    }
    from_wire(&wire).ok_or_else(|| "its kind is not supported here (RSA, ECDSA on P256, P384 or P521, and ED25519 are)".into())
}

/// The cipher and the public half.
fn opened(bytes: &[u8]) -> Result<(String, Vec<u8>), ssh_encoding::Error> {
    let mut rest = bytes.strip_prefix(MAGIC).ok_or(ssh_encoding::Error::Length)?;
    let cipher = String::decode(&mut rest)?;
    let _derivation = rest.drain_prefixed()?;
    let _options = rest.drain_prefixed()?;
    let _count = u32::decode(&mut rest)?;
    Ok((cipher, Vec::decode(&mut rest)?))
}

fn from_wire(mut wire: &[u8]) -> Option<PublicKey> {
    let kind = String::decode(&mut wire).ok()?;
    let first = Vec::<u8>::decode(&mut wire).ok()?;
    let mut second = || Vec::<u8>::decode(&mut wire).ok();
    match kind.as_str() {
        "ssh-rsa" => PublicKey::new(Algorithm::Rsa, &pkcs1(&second()?, &first).ok()?),
        "ssh-ed25519" => PublicKey::new(Algorithm::Ed25519, Some(&first).filter(|bits| bits.len() == 32)?),
        _ => PublicKey::new(Algorithm::Ecdsa(CURVES.iter().find(|c| c.ssh_name.as_bytes() == first)?), &second()?),
    }
    .ok()
}

fn pkcs1(modulus: &[u8], exponent: &[u8]) -> der::Result<Vec<u8>> {
    der::Encode::to_der(&RsaPublicKeyRef { modulus: UintRef::new(modulus)?, public_exponent: UintRef::new(exponent)? })
}
