//! DER as certificates and keys need it (ITU-T X.690): writing, and taking one element at a time.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Whole number.
pub(super) const INTEGER: u8 = 2;
/// Bytes.
pub(super) const OCTETS: u8 = 4;
/// Elements in order.
pub(super) const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// One element: tag, length, content.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let size = content.len().to_be_bytes();
    let size: Vec<u8> = size.into_iter().skip_while(|b| *b == 0).collect();
    match size.as_slice() {
        [] => out.push(0),
        [one] if *one < 0x80 => out.push(*one),
        many => {
            out.push(0x80 | u8::try_from(many.len()).unwrap_or(8));
            out.extend(many);
        }
    }
    out.extend(content);
    out
}

/// `SEQUENCE` of what is given.
pub(super) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(SEQUENCE, &parts.concat())
}

/// `SET OF`, in the order DER asks for.
pub(super) fn set(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    tlv(SET, &parts.concat())
}

/// `INTEGER` from the bytes of a number without sign, highest first.
pub(super) fn integer(number: &[u8]) -> Vec<u8> {
    tlv(INTEGER, &signed(number))
}

/// The shortest spelling of a number whose highest bit is not taken for a sign.
pub(super) fn signed(number: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = number.iter().copied().skip_while(|b| *b == 0).collect();
    if bytes.first().is_none_or(|b| *b >= 0x80) {
        bytes.insert(0, 0);
    }
    bytes
}

/// `OBJECT IDENTIFIER`, from its written form.
pub(super) fn oid(dotted: &str) -> Vec<u8> {
    let mut arcs = dotted.split('.').filter_map(|arc| arc.parse::<u64>().ok());
    let first = arcs.next().unwrap_or(0) * 40 + arcs.next().unwrap_or(0);
    let spell = |arc: u64| {
        let mut groups = vec![u8::try_from(arc & 0x7f).unwrap_or(0)];
        let mut rest = arc >> 7;
        while rest > 0 {
            groups.push(0x80 | u8::try_from(rest & 0x7f).unwrap_or(0));
            rest >>= 7;
        }
        groups.reverse();
        groups
    };
    let content: Vec<u8> = std::iter::once(first).chain(arcs).flat_map(spell).collect();
    tlv(6, &content)
}

/// `BIT STRING` of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], bytes].concat())
}

/// `BIT STRING` of numbered flags, without the zeros at its end.
pub(super) fn flags(set: &[u8]) -> Vec<u8> {
    let Some(last) = set.iter().max() else { return tlv(3, &[0]) };
    let mut bytes = vec![0u8; usize::from(last / 8) + 1];
    for flag in set {
        if let Some(byte) = bytes.get_mut(usize::from(flag / 8)) {
            *byte |= 0x80 >> (flag % 8);
        }
    }
    tlv(3, &[vec![7 - last % 8], bytes].concat())
}

/// `OCTET STRING`
pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(OCTETS, bytes)
}

/// `TRUE`
pub(super) fn yes() -> Vec<u8> {
    tlv(1, &[0xff])
}

/// `NULL`
pub(super) fn null() -> Vec<u8> {
    tlv(5, &[])
}

/// `PrintableString` where its letters do, `UTF8String` otherwise.
pub(super) fn text(text: &str) -> Vec<u8> {
    let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
    tlv(if text.chars().all(printable) { 0x13 } else { 0x0c }, text.as_bytes())
}

/// A moment as RFC 5280 4.1.2.5 has it: two digits of the year until 2049.
pub(super) fn moment(at: Timestamp) -> Vec<u8> {
    let year = at.to_zoned(TimeZone::UTC).year();
    let short = (1950..2050).contains(&year);
    let (tag, form) = if short { (0x17, "%y%m%d%H%M%SZ") } else { (0x18, "%Y%m%d%H%M%SZ") };
    tlv(tag, at.strftime(form).to_string().as_bytes())
}

/// The first element, if it has the tag: its content and what follows it.
pub(super) fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let (bytes, after) = rest.split_at_checked(length - 0x80).filter(|(b, _)| b.len() <= 4)?;
        length = bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b));
        rest = after;
    }
    rest.split_at_checked(length).filter(|_| *found == tag)
}

/// The numbers a `SEQUENCE` begins with, without leading zeros.
pub(super) fn numbers(der: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut inside, _) = element(der, SEQUENCE)?;
    let mut out = Vec::new();
    while let Some((number, rest)) = element(inside, INTEGER) {
        out.push(number.iter().copied().skip_while(|b| *b == 0).collect());
        inside = rest;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_are_spelt_as_in_the_standard() {
        assert_eq!(oid("1.2.840.113549.1.1.11"), [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b]);
        assert_eq!(integer(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[]), [2, 1, 0]);
        assert_eq!(flags(&[5, 6]), [3, 2, 1, 0x06]);
        assert_eq!(flags(&[8]), [3, 3, 7, 0, 0x80]);
        assert_eq!(text("Fish & Co")[0], 0x0c);
        assert_eq!(&tlv(4, &[0; 300])[..4], [4, 0x82, 1, 44]);
        let at = |text: &str| moment(text.parse().unwrap())[0];
        assert_eq!((at("2049-12-31T23:59:59Z"), at("2050-01-01T00:00:00Z")), (0x17, 0x18));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes: Vec<u8>, after: Vec<u8>) {
            let written = [octets(&bytes), after.clone()].concat();
            prop_assert_eq!(element(&written, OCTETS), Some((bytes.as_slice(), after.as_slice())));
            let _ = numbers(&bytes);
        }
    }
}
