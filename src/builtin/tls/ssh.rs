//! Keys as OpenSSH writes them (RFC 4253 6.6, RFC 5656, RFC 8709, and PROTOCOL.key of OpenSSH).

use super::der::signed;
use super::pem;
use super::private::PrivateKey;
use super::public::{Algorithm, Curve, PublicKey};
use sha2::{Digest, Sha256};

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// `ssh-ed25519`
pub(super) fn key_type(algorithm: Algorithm) -> String {
    match algorithm {
        Algorithm::Rsa => "ssh-rsa".into(),
        Algorithm::Ecdsa(curve) => format!("ecdsa-sha2-{}", curve.ssh_name()),
        Algorithm::Ed25519 => "ssh-ed25519".into(),
    }
}

/// Bytes after their length.
fn field(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

fn number(bytes: &[u8]) -> Vec<u8> {
    field(&signed(bytes))
}

/// A public key as it goes over the wire and, in base64, into `authorized_keys`.
pub(super) fn public(key: &PublicKey) -> Vec<u8> {
    let kind = field(key_type(key.algorithm).as_bytes());
    let rest = match key.algorithm {
        Algorithm::Rsa => key.rsa().map(|(n, e)| [number(&e), number(&n)].concat()).unwrap_or_default(),
        Algorithm::Ecdsa(curve) => [field(curve.ssh_name().as_bytes()), field(&key.bits)].concat(),
        Algorithm::Ed25519 => field(&key.bits),
    };
    [kind, rest].concat()
}

/// The private key as `ssh-keygen` writes it, without a passphrase.
///
/// # Errors
/// The library does not give the key's numbers.
pub(super) fn private(key: &PrivateKey, comment: &str) -> Result<String, String> {
    let wire = public(&key.public);
    // Twice the same four bytes show that a passphrase was right; without one any do, and these are the same each time.
    let mut inside: Vec<u8> = Sha256::digest(&wire).iter().copied().take(4).collect::<Vec<u8>>().repeat(2);
    inside.extend(field(key_type(key.public.algorithm).as_bytes()));
    inside.extend(match key.public.algorithm {
        Algorithm::Rsa => match key.rsa_numbers()?.as_slice() {
            [_version, n, e, d, p, q, _, _, inverse, ..] => [n, e, d, inverse, p, q].map(|part| number(part)).concat(),
            _ => return Err("the key's numbers are not complete".into()),
        },
        Algorithm::Ecdsa(curve) => [field(curve.ssh_name().as_bytes()), field(&key.public.bits), number(&key.secret()?)].concat(),
        Algorithm::Ed25519 => [field(&key.public.bits), field(&[key.secret()?, key.public.bits.clone()].concat())].concat(),
    });
    inside.extend(field(comment.as_bytes()));
    inside.extend((1u8..).take((8 - inside.len() % 8) % 8));
    let parts = [MAGIC, &field(b"none"), &field(b"none"), &field(b""), &1u32.to_be_bytes(), &field(&wire), &field(&inside)];
    Ok(pem::encode("OPENSSH PRIVATE KEY", &parts.concat()))
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
    let broken = || String::from("what is in the OPENSSH PRIVATE KEY is damaged");
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(broken)?;
    let (cipher, rest) = take(rest).ok_or_else(broken)?;
    if cipher != b"none" {
        return Err("it is protected by a passphrase and must be given without one".into());
    }
    let (_kdf, rest) = take(rest).ok_or_else(broken)?;
    let (_options, rest) = take(rest).ok_or_else(broken)?;
    let (_count, rest) = rest.split_at_checked(4).ok_or_else(broken)?;
    let (wire, _) = take(rest).ok_or_else(broken)?;
    from_wire(wire).ok_or_else(|| "its kind is not supported here (RSA, ECDSA on P256, P384 or P521, and ED25519 are)".into())
}

fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

fn from_wire(wire: &[u8]) -> Option<PublicKey> {
    let (kind, rest) = take(wire)?;
    let (first, rest) = take(rest)?;
    match kind {
        b"ssh-rsa" => Some(PublicKey::of_rsa(take(rest)?.0, first)),
        b"ssh-ed25519" => Some(PublicKey { algorithm: Algorithm::Ed25519, bits: first.to_vec() }).filter(|k| k.bits.len() == 32),
        _ => {
            let curve = Curve::ALL.into_iter().find(|c| c.ssh_name().as_bytes() == first)?;
            Some(PublicKey { algorithm: Algorithm::Ecdsa(curve), bits: take(rest)?.0.to_vec() })
        }
    }
}
