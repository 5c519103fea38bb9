//! Whom a certificate is for: the subject's distinguished name and the alternative names (RFC 5280).

use super::x509::{Name, NamePart, OtherName};
use crate::builtin::object::text;
use crate::schema::{BlockSchema, RuleError, list_of, string};
use crate::value::{Path, Type, Value};
use der::asn1::{Any, Ia5String, ObjectIdentifier, OctetString, PrintableString, SetOfVec, Utf8StringRef};
use std::net::IpAddr;

/// Arguments of `subject` and their attribute types, in the order in which the name has them.
const PARTS: [(&str, &str); 10] = [
    ("country", "2.5.4.6"),
    ("organization", "2.5.4.10"),
    ("organizational_unit", "2.5.4.11"),
    ("locality", "2.5.4.7"),
    ("province", "2.5.4.8"),
    ("street_address", "2.5.4.9"),
    ("postal_code", "2.5.4.17"),
    ("common_name", "2.5.4.3"),
    ("serial_number", "2.5.4.5"),
    EMAIL,
];
const EMAIL: (&str, &str) = ("email_address", "1.2.840.113549.1.9.1");

/// A block with `subject` and the three lists of alternative names.
pub(super) fn arguments(block: BlockSchema) -> BlockSchema {
    let lists = ["dns_names", "ip_addresses", "uris"];
    let block = lists.iter().fold(block, |b, name| b.attr(name, list_of(Type::String).optional().force_new()));
    let subject = PARTS.iter().fold(BlockSchema::new(), |b, (name, _)| {
        let attr = if *name == "street_address" { list_of(Type::String) } else { string() };
        b.attr(name, attr.optional().force_new())
    });
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
    let mail = subject_of(config).and_then(|s| text(s, EMAIL.0)).filter(|m| !m.is_ascii());
    let mail = mail
        .map(|m| RuleError { path: Path::attr("subject").index(0).then(EMAIL.0), message: format!("{m:?} has letters other than ASCII") });
    each("ip_addresses", address).chain(each("dns_names", ascii)).chain(each("uris", ascii)).chain(mail).collect()
}

/// `PrintableString` where its letters do, `UTF8String` otherwise.
pub(super) fn spelt(text: &str) -> der::Result<Any> {
    PrintableString::new(text).map(|t| Any::from(&t)).or_else(|_| Utf8StringRef::new(text).map(Any::from))
}

fn subject_of(object: &Value) -> Option<&Value> {
    object.get("subject").and_then(Value::items).and_then(<[Value]>::first)
}

/// The subject; empty if there is none.
pub(super) fn subject(object: &Value) -> der::Result<Any> {
    let mut name = Name::new();
    for (part, kind) in PARTS {
        let value = subject_of(object).and_then(|block| block.get(part));
        let one = value.and_then(Value::as_str).into_iter();
        let many = value.and_then(Value::items).unwrap_or(&[]).iter().filter_map(Value::as_str);
        let spell = |text: &str| if part == EMAIL.0 { Any::encode_from(&Ia5String::new(text)?) } else { spelt(text) };
        let pair = |text: &str| Ok(NamePart { kind: ObjectIdentifier::new(kind)?, value: spell(text)? });
        let pairs: Vec<NamePart> = one.chain(many).filter(|t| !t.is_empty()).map(pair).collect::<der::Result<_>>()?;
        if !pairs.is_empty() {
            name.push(SetOfVec::from_iter(pairs)?);
        }
    }
    Any::encode_from(&name)
}

/// The alternative names.
pub(super) fn alternatives(object: &Value) -> der::Result<Vec<OtherName>> {
    let list = |name: &str| object.get(name).and_then(Value::items).unwrap_or(&[]).iter().filter_map(Value::as_str);
    let bytes = |address: &str| match address.parse().map(|a| IpAddr::to_canonical(&a)) {
        Ok(IpAddr::V4(a)) => OctetString::new(a.octets()),
        Ok(IpAddr::V6(a)) => OctetString::new(a.octets()),
        Err(_) => Err(der::ErrorKind::Failed.into()),
    };
    let names = list("dns_names").map(|n| Ia5String::new(n).map(OtherName::Dns));
    let addresses = list("ip_addresses").map(|n| bytes(n).map(OtherName::Address));
    let uris = list("uris").map(|n| Ia5String::new(n).map(OtherName::Uri));
    names.chain(addresses).chain(uris).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::{Encode, Tag, Tagged};

    #[test]
    fn text_is_printable_where_it_can_be() {
        let tag = |text: &str| spelt(text).unwrap().tag();
        assert_eq!((tag("Fish and Co."), tag("Fish & Co"), tag("Söhne")), (Tag::PrintableString, Tag::Utf8String, Tag::Utf8String));
    }

    proptest::proptest! {
        #[test]
        fn parts_of_one_kind_stand_in_the_order_of_their_bytes(texts: Vec<String>) {
            let kind = ObjectIdentifier::new(PARTS[5].1).unwrap();
            let parts: Vec<NamePart> = texts.iter().map(|t| NamePart { kind, value: spelt(t).unwrap() }).collect();
            let set = SetOfVec::from_iter(parts).unwrap();
            let bytes: Vec<Vec<u8>> = set.iter().map(|part| part.to_der().unwrap()).collect();
            proptest::prop_assert!(bytes.is_sorted() && bytes.len() == texts.len());
        }
    }
}
