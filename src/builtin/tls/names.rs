//! Whom a certificate is for: the subject's distinguished name and the alternative names (RFC 5280).

use super::der::{oid, sequence, set, text as der_text, tlv};
use super::invalid;
use crate::builtin::object::text;
use crate::provider::ProviderError;
use crate::schema::{BlockSchema, RuleError, list_of, string};
use crate::value::{Path, Type, Value};
use std::net::IpAddr;

/// Arguments of `subject` and their attribute types, in the order in which the name has them.
const PARTS: [(&str, &str); 9] = [
    ("country", "2.5.4.6"),
    ("organization", "2.5.4.10"),
    ("organizational_unit", "2.5.4.11"),
    ("locality", "2.5.4.7"),
    ("province", "2.5.4.8"),
    ("street_address", "2.5.4.9"),
    ("postal_code", "2.5.4.17"),
    ("common_name", "2.5.4.3"),
    ("serial_number", "2.5.4.5"),
];
const EMAIL: &str = "1.2.840.113549.1.9.1";
/// Object identifier of the extension.
pub(super) const ALTERNATIVE_NAMES: &str = "2.5.29.17";

/// A block with `subject` and the three lists of alternative names.
pub(super) fn arguments(block: BlockSchema) -> BlockSchema {
    let lists = ["dns_names", "ip_addresses", "uris"];
    let block = lists.iter().fold(block, |b, name| b.attr(name, list_of(Type::String).optional().force_new()));
    let subject = PARTS.iter().fold(BlockSchema::new(), |b, (name, _)| {
        let attr = if *name == "street_address" { list_of(Type::String) } else { string() };
        b.attr(name, attr.optional().force_new())
    });
    let subject = subject.attr("email_address", string().optional().force_new());
    block.block("subject", subject.list(0, 1).force_new())
}

/// Complaints about names that no certificate can hold.
pub(super) fn wrong_names(config: &Value) -> Vec<RuleError> {
    let each = |name: &'static str, bad: fn(&str) -> Option<String>| {
        let items = config.get(name).and_then(Value::items).unwrap_or(&[]).iter().enumerate();
        items.filter_map(move |(i, item)| Some(RuleError { path: Path::attr(name).index(i), message: bad(item.as_str()?)? }))
    };
    let address = |t: &str| t.parse::<IpAddr>().is_err().then(|| format!("{t:?} is no IP address"));
    let ascii = |t: &str| {
        (t.is_empty() || !t.is_ascii())
            .then(|| format!("{t:?} is empty or has letters other than ASCII; write names in their punycode form"))
    };
    each("ip_addresses", address).chain(each("dns_names", ascii)).chain(each("uris", ascii)).collect()
}

/// The subject as a DER name; empty if there is none.
pub(super) fn subject(object: &Value) -> Result<Vec<u8>, ProviderError> {
    let Some(block) = object.get("subject").and_then(Value::items).and_then(<[Value]>::first) else { return Ok(sequence(&[])) };
    let pair = |kind: &str, value: Vec<u8>| sequence(&[oid(kind), value]);
    let mut parts = Vec::new();
    for (name, kind) in PARTS {
        let value = block.get(name);
        let one = value.and_then(Value::as_str).into_iter();
        let many = value.and_then(Value::items).unwrap_or(&[]).iter().filter_map(Value::as_str);
        let values: Vec<Vec<u8>> = one.chain(many).filter(|t| !t.is_empty()).map(|t| pair(kind, der_text(t))).collect();
        if !values.is_empty() {
            parts.push(set(values));
        }
    }
    if let Some(mail) = text(block, "email_address").filter(|m| !m.is_empty()) {
        if !mail.is_ascii() {
            return Err(invalid("Invalid subject", "email_address has letters other than ASCII.").at("subject"));
        }
        parts.push(set(vec![pair(EMAIL, tlv(0x16, mail.as_bytes()))]));
    }
    Ok(sequence(&parts))
}

/// The alternative names as the content of their extension, if there are any.
pub(super) fn alternatives(object: &Value) -> Result<Option<Vec<u8>>, ProviderError> {
    let list = |name: &str| object.get(name).and_then(Value::items).unwrap_or(&[]).iter().filter_map(Value::as_str);
    let mut names: Vec<Vec<u8>> = list("dns_names").map(|n| tlv(0x82, n.as_bytes())).collect();
    for written in list("ip_addresses") {
        let address =
            written.parse().map_err(|_| invalid("Invalid IP address", &format!("{written:?} is no IP address.")).at("ip_addresses"))?;
        names.push(match IpAddr::to_canonical(&address) {
            IpAddr::V4(a) => tlv(0x87, &a.octets()),
            IpAddr::V6(a) => tlv(0x87, &a.octets()),
        });
    }
    names.extend(list("uris").map(|n| tlv(0x86, n.as_bytes())));
    Ok((!names.is_empty()).then(|| sequence(&names)))
}
