//! `rsadecrypt`: what AWS encrypts for the owner of a key pair, such as a Windows password.
//!
//! PKCS #1 v1.5 on big whole numbers, from PEM keys in PKCS #1 or PKCS #8 form. It runs on the
//! owner's machine over the owner's data, so it need not hide its timing.

use super::{Answer, Function, FunctionError, Param, STRING, function, string, text};
use crate::lang::CallEnv;
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;

pub(super) static ALL: &[Function] = &[function(
    "rsadecrypt",
    &[Param::new("ciphertext", string), Param::new("privatekey", string)],
    STRING,
    rsadecrypt,
    "The text of an RSA-encrypted, base64-encoded message, given the private key as PEM.",
    &[],
)];

/// Private keys: modulus and private exponent.
struct Key {
    n: BigUint,
    d: BigUint,
}

fn rsadecrypt(_: &CallEnv, args: &[Value]) -> Answer {
    let compact: String = text(args, 0).split_whitespace().collect();
    let cipher = STANDARD.decode(compact).map_err(|e| FunctionError::arg(0, format!("this is not valid base64: {e}")))?;
    let key = key(text(args, 1)).map_err(|m| FunctionError::arg(1, m))?;
    let size = usize::try_from(key.n.bits().div_ceil(8)).unwrap_or(usize::MAX);
    let number = BigUint::from_bytes_be(&cipher);
    let wrong = || FunctionError::arg(0, "the message was not encrypted for this key");
    if cipher.len() != size || number >= key.n {
        return Err(wrong());
    }
    let plain = number.modpow(&key.d, &key.n).to_bytes_be();
    // 00 02, at least eight bytes other than zero, 00, message; the first zero is not in the number.
    let padded = plain.strip_prefix(&[2]).filter(|_| plain.len() + 1 == size).ok_or_else(wrong)?;
    let end = padded.iter().position(|b| *b == 0).filter(|end| *end >= 8).ok_or_else(wrong)?;
    let message = padded.get(end + 1..).unwrap_or(&[]).to_vec();
    String::from_utf8(message).map(Value::string).map_err(|_| FunctionError::arg(0, "the decrypted bytes are not valid UTF-8 text"))
}

fn key(text: &str) -> Result<Key, String> {
    let block = pem::parse(text).map_err(|_| "the key is not in PEM form (-----BEGIN ... PRIVATE KEY-----)")?;
    if block.tag().contains("ENCRYPTED") || block.headers().iter().any(|(_, value)| value.contains("ENCRYPTED")) {
        return Err("the key is protected by a passphrase; it must be given without one".into());
    }
    let parsed = match block.tag() {
        "RSA PRIVATE KEY" => pkcs1(block.contents()),
        "PRIVATE KEY" => pkcs8(block.contents()),
        other => return Err(format!("keys of the form {other:?} are not supported; convert it with: ssh-keygen -p -m PEM -f KEY")),
    };
    parsed.ok_or_else(|| "the key's content is not an RSA private key".into())
}

fn pkcs1(der: &[u8]) -> Option<Key> {
    let key = RsaPrivateKeyRef::try_from(der).ok()?;
    let [n, d] = [key.modulus, key.private_exponent].map(|number| BigUint::from_bytes_be(number.as_bytes()));
    // Real keys have at most 16384 bits; a modulus of 0 or 1 decrypts nothing.
    ((64..=16_384).contains(&n.bits()) && d.bits() <= n.bits()).then_some(Key { n, d })
}

fn pkcs8(der: &[u8]) -> Option<Key> {
    pkcs1(PrivateKeyInfoRef::try_from(der).ok()?.private_key.as_bytes())
}

#[cfg(test)]
mod tests {
    use crate::lang::FunctionTable;
    use crate::lang::functions::tests::env;
    use crate::value::Value;
    use proptest::prelude::*;

    // A key of these tests alone, and "message" encrypted for it with openssl pkeyutl.
    const KEY: &str = include_str!("testdata/rsa-pkcs1.pem");
    const KEY8: &str = include_str!("testdata/rsa-pkcs8.pem");
    const MESSAGE: &str = include_str!("testdata/rsa-message.txt");

    fn call(message: &str, key: &str) -> Result<Value, String> {
        let rsadecrypt = FunctionTable::standard().get("rsadecrypt").unwrap();
        rsadecrypt.call(&env(), &[Value::string(message), Value::string(key)]).map_err(|e| e.message)
    }

    #[test]
    fn both_forms_of_a_key_decrypt() {
        assert_eq!(call(MESSAGE, KEY).unwrap().as_str(), Some("message"));
        assert_eq!(call(MESSAGE, KEY8).unwrap().as_str(), Some("message"));
    }

    #[test]
    fn failures_say_what_is_wrong() {
        assert!(call("%", KEY).unwrap_err().contains("base64"));
        assert!(call("AAAA", KEY).unwrap_err().contains("not encrypted for this key"));
        assert!(call(MESSAGE, "key").unwrap_err().contains("PEM"));
        assert!(call(MESSAGE, "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----").unwrap_err().contains("not an RSA"));
        let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n-----END OPENSSH PRIVATE KEY-----";
        assert!(call(MESSAGE, openssh).unwrap_err().contains("ssh-keygen"));
    }

    proptest! {
        #[test]
        fn no_key_panics(bytes: Vec<u8>) {
            let _ = (super::pkcs1(&bytes), super::pkcs8(&bytes));
        }
    }
}
