//! A certificate in the words of the data source, which are those of Go's `crypto/x509`.

use super::public::hash_hex;
use super::{names, pem};
use crate::value::{Name, Number, Type, Value};
use der::Encode;
use jiff::Timestamp;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::X509Name;

/// Attributes of a certificate, in the provider's order, and their types.
pub(super) const PARTS: [(&str, Type); 12] = [
    ("signature_algorithm", Type::String),
    ("public_key_algorithm", Type::String),
    ("serial_number", Type::String),
    ("is_ca", Type::Bool),
    ("max_path_length", Type::Number),
    ("version", Type::Number),
    ("issuer", Type::String),
    ("subject", Type::String),
    ("not_before", Type::String),
    ("not_after", Type::String),
    ("sha1_fingerprint", Type::String),
    ("cert_pem", Type::String),
];

const SIGNATURES: [(&str, &str); 12] = [
    ("1.2.840.113549.1.1.4", "MD5-RSA"),
    ("1.2.840.113549.1.1.5", "SHA1-RSA"),
    ("1.2.840.113549.1.1.11", "SHA256-RSA"),
    ("1.2.840.113549.1.1.12", "SHA384-RSA"),
    ("1.2.840.113549.1.1.13", "SHA512-RSA"),
    ("1.2.840.10040.4.3", "DSA-SHA1"),
    ("2.16.840.1.101.3.4.3.2", "DSA-SHA256"),
    ("1.2.840.10045.4.1", "ECDSA-SHA1"),
    ("1.2.840.10045.4.3.2", "ECDSA-SHA256"),
    ("1.2.840.10045.4.3.3", "ECDSA-SHA384"),
    ("1.2.840.10045.4.3.4", "ECDSA-SHA512"),
    ("1.3.101.112", "Ed25519"),
];
/// Signatures of RSA-PSS go by their hash.
const PSS: [(&str, &str); 3] =
    [("2.16.840.1.101.3.4.2.1", "SHA256-RSAPSS"), ("2.16.840.1.101.3.4.2.2", "SHA384-RSAPSS"), ("2.16.840.1.101.3.4.2.3", "SHA512-RSAPSS")];
const KEYS: [(&str, &str); 4] =
    [("1.2.840.113549.1.1.1", "RSA"), ("1.2.840.10040.4.1", "DSA"), ("1.2.840.10045.2.1", "ECDSA"), ("1.3.101.112", "Ed25519")];

/// Short names that a written name has, in the order of the certificate that Go would make of it.
const NAMES: [(&str, &str); 9] = [
    ("2.5.4.6", "C"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.17", "POSTALCODE"),
    ("2.5.4.3", "CN"),
    ("2.5.4.5", "SERIALNUMBER"),
];

/// The type of a described certificate.
pub(super) fn ty() -> Type {
    Type::object(PARTS.iter().map(|(name, ty)| (Name::from(*name), ty.clone())))
}

/// A certificate in DER, described.
///
/// # Errors
/// It is not readable.
pub(super) fn describe(whole: &[u8]) -> Result<Value, String> {
    let (_, cert) = X509Certificate::from_der(whole).map_err(|e| format!("this is not a readable certificate: {e}"))?;
    // Without the extension Go says 0, with one that has no length -1.
    let limits = cert.basic_constraints().ok().flatten().map(|c| c.value);
    let longest = limits.map_or(0, |c| c.path_len_constraint.map_or(-1, i64::from));
    let known = |table: &[(&'static str, &'static str)], id: &str| table.iter().find(|(of, _)| *of == id).map_or("0", |(_, name)| name);
    let signature = match SignatureAlgorithm::try_from(&cert.signature_algorithm) {
        Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) => known(&PSS, &parameters.hash_algorithm_oid().to_id_string()),
        _ => known(&SIGNATURES, &cert.signature_algorithm.algorithm.to_id_string()),
    };
    let moment = |seconds: i64| {
        let at = Timestamp::from_second(seconds).map_err(|e| format!("its time is out of range: {e}"))?;
        Ok::<_, String>(Value::string(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()))
    };
    let values = [
        Value::string(signature),
        Value::string(known(&KEYS, &cert.public_key().algorithm.algorithm.to_id_string())),
        Value::string(cert.tbs_certificate.serial.to_string()),
        Value::bool(limits.is_some_and(|c| c.ca)),
        Value::int(longest),
        Value::number(Number::from(i64::from(cert.version().0) + 1)),
        Value::string(written(cert.issuer())),
        Value::string(written(cert.subject())),
        moment(cert.validity().not_before.timestamp())?,
        moment(cert.validity().not_after.timestamp())?,
        Value::string(hash_hex(whole)),
        Value::string(pem::encode("CERTIFICATE", whole)),
    ];
    Ok(Value::object(PARTS.iter().map(|(name, _)| (*name).into()).zip(values).collect()))
}

/// A name as RFC 2253 writes it: last part first, parts of one kind together, unknown ones at the end.
fn written(name: &X509Name<'_>) -> String {
    let parts: Vec<(String, String)> = name
        .iter_attributes()
        .map(|a| {
            (
                a.attr_type().to_id_string(),
                a.as_str().map_or_else(|_| String::from_utf8_lossy(a.attr_value().data).into_owned(), str::to_string),
            )
        })
        .collect();
    let single = |id: &str| matches!(id, "2.5.4.3" | "2.5.4.5");
    let known = |(id, short): &(&str, &str)| {
        let mut values: Vec<&str> = parts.iter().filter(|(of, _)| of == id).map(|(_, v)| v.as_str()).collect();
        if single(id) {
            values.drain(..values.len().saturating_sub(1));
        }
        let values: Vec<String> = values.iter().map(|v| format!("{short}={}", escaped(v))).collect();
        (!values.is_empty()).then(|| values.join("+"))
    };
    let others = parts.iter().filter(|(id, _)| !NAMES.iter().any(|(known, _)| known == id));
    let hex = |bytes: Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let spelt = |value: &str| names::spelt(value).and_then(|v| v.to_der()).unwrap_or_default();
    let others = others.rev().map(|(id, value)| format!("{id}=#{}", hex(spelt(value))));
    NAMES.iter().rev().filter_map(known).chain(others).collect::<Vec<_>>().join(",")
}

fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut out = String::new();
    for (i, c) in value.chars().enumerate() {
        let edge = (c == ' ' && (i == 0 || i == last)) || (c == '#' && i == 0);
        if edge || ",+\"\\<>;".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
