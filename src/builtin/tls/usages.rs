//! What a certificate may be used for: `allowed_uses` (RFC 5280 4.2.1.3 and 4.2.1.12).

use crate::schema::RuleError;
use crate::value::{Path, Value};
use der::asn1::{BitString, ObjectIdentifier};

/// In the order of the bits of `KeyUsage`.
const KEY_USAGES: [&str; 9] = [
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "cert_signing",
    "crl_signing",
    "encipher_only",
    "decipher_only",
];

const PURPOSES: [(&str, &str); 14] = [
    ("any_extended", "2.5.29.37.0"),
    ("server_auth", "1.3.6.1.5.5.7.3.1"),
    ("client_auth", "1.3.6.1.5.5.7.3.2"),
    ("code_signing", "1.3.6.1.5.5.7.3.3"),
    ("email_protection", "1.3.6.1.5.5.7.3.4"),
    ("ipsec_end_system", "1.3.6.1.5.5.7.3.5"),
    ("ipsec_tunnel", "1.3.6.1.5.5.7.3.6"),
    ("ipsec_user", "1.3.6.1.5.5.7.3.7"),
    ("timestamping", "1.3.6.1.5.5.7.3.8"),
    ("ocsp_signing", "1.3.6.1.5.5.7.3.9"),
    ("microsoft_server_gated_crypto", "1.3.6.1.4.1.311.10.3.3"),
    ("netscape_server_gated_crypto", "2.16.840.1.113730.4.1"),
    ("microsoft_commercial_code_signing", "1.3.6.1.4.1.311.2.1.22"),
    ("microsoft_kernel_code_signing", "1.3.6.1.4.1.311.61.1.1"),
];

fn written(object: &Value) -> impl Iterator<Item = &str> {
    object.get("allowed_uses").and_then(Value::items).unwrap_or(&[]).iter().filter_map(Value::as_str)
}

/// Complaints about uses that do not exist.
pub(super) fn unknown_uses(config: &Value) -> Vec<RuleError> {
    let known: Vec<&str> = KEY_USAGES.into_iter().chain(PURPOSES.into_iter().map(|(name, _)| name)).collect();
    let wrong = written(config).filter(|use_| !known.contains(use_));
    wrong.map(|use_| RuleError { path: Path::attr("allowed_uses"), message: format!("{use_:?} is none of {}", known.join(", ")) }).collect()
}

/// Content of the extension `KeyUsage`, if there is one: the flags without the zeros at their end.
pub(super) fn key_usage(object: &Value) -> der::Result<Option<BitString>> {
    let position = |use_| KEY_USAGES.iter().position(|known| *known == use_);
    let set = written(object).filter_map(position).fold(0, |set: u16, i| set | 0x8000 >> i);
    let bytes = set.to_be_bytes();
    let bytes = if set & 0xff == 0 { &bytes[..1] } else { &bytes[..] };
    let unused = u8::try_from(set.trailing_zeros() % 8).unwrap_or(0);
    (set != 0).then(|| BitString::new(unused, bytes)).transpose()
}

/// Content of the extension `ExtKeyUsage`; empty: there is none.
pub(super) fn purposes(object: &Value) -> der::Result<Vec<ObjectIdentifier>> {
    let of = |use_| PURPOSES.iter().find(|(known, _)| *known == use_);
    Ok(written(object).filter_map(of).map(|(_, id)| ObjectIdentifier::new(id)).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;
    use der::Encode;

    #[test]
    fn flags_end_with_the_last_one_that_is_set() {
        let of = |uses: &[&str]| {
            let uses = Value::list(Type::String, uses.iter().map(|u| Value::string(*u)).collect());
            let object = Value::object([("allowed_uses".into(), uses)].into_iter().collect());
            key_usage(&object).unwrap().map(|flags| flags.to_der().unwrap())
        };
        assert_eq!(of(&["crl_signing", "server_auth", "cert_signing"]).unwrap(), [3, 2, 1, 0x06]);
        assert_eq!(of(&["decipher_only"]).unwrap(), [3, 3, 7, 0, 0x80]);
        assert_eq!(of(&["digital_signature", "encipher_only"]).unwrap(), [3, 2, 0, 0x81]);
        assert_eq!(of(&["server_auth"]), None);
    }
}
