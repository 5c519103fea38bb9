//! The structures of certificates and requests (RFC 5280, RFC 2986), as far as they are written here.
//!
//! `der` writes them. `x509-cert`, which has them ready, is not used: it asks a feature of a crate that the AWS SDK
//! stands on, and `rcgen` knows names only as lists of single values.

use super::invalid;
use super::private::PrivateKey;
use crate::provider::ProviderError;
use der::asn1::{Any, BitString, GeneralizedTime, Ia5String, ObjectIdentifier, OctetString, SetOfVec, Uint, UtcTime};
use der::{Choice, DateTime, Encode, EncodeValue, Sequence, Tagged, ValueOrd};
use jiff::Timestamp;
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// A distinguished name.
pub(super) type Name = Vec<SetOfVec<NamePart>>;

/// `AttributeTypeAndValue`
#[derive(Sequence, ValueOrd)]
pub(super) struct NamePart {
    pub kind: ObjectIdentifier,
    pub value: Any,
}

/// `GeneralName`, of the kinds that the provider writes.
#[derive(Choice)]
#[asn1(tag_mode = "IMPLICIT")]
pub(super) enum OtherName {
    #[asn1(context_specific = "2")]
    Dns(Ia5String),
    #[asn1(context_specific = "6")]
    Uri(Ia5String),
    #[asn1(context_specific = "7")]
    Address(OctetString),
}

/// `Time`: with two digits of the year until 2049.
#[derive(Choice)]
pub(super) enum Moment {
    #[asn1(type = "UTCTime")]
    Short(UtcTime),
    #[asn1(type = "GeneralizedTime")]
    Long(GeneralizedTime),
}

impl Moment {
    /// A moment of this era.
    pub(super) fn new(at: Timestamp) -> der::Result<Self> {
        let seconds = u64::try_from(at.as_second()).map_err(|_| der::ErrorKind::DateTime)?;
        let at = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
        Ok(UtcTime::from_date_time(at).map_or_else(|_| Moment::Long(at.into()), Moment::Short))
    }
}

/// An extension.
#[derive(Sequence)]
pub(super) struct Extension {
    pub id: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    pub critical: bool,
    pub content: OctetString,
}

impl Extension {
    /// One with this content.
    pub(super) fn new(id: &str, critical: bool, content: &impl Encode) -> der::Result<Self> {
        Ok(Extension { id: ObjectIdentifier::new(id)?, critical, content: OctetString::new(content.to_der()?)? })
    }
}

/// Content of the extension that makes an authority.
#[derive(Sequence)]
pub(super) struct BasicConstraints {
    #[asn1(default = "Default::default")]
    pub authority: bool,
    #[asn1(optional = "true")]
    pub longest: Option<u64>,
}

/// Content of the extension that names the issuer's key.
#[derive(Sequence)]
pub(super) struct AuthorityKeyIdentifier {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    pub id: OctetString,
}

/// `TBSCertificate`
#[derive(Sequence)]
pub(super) struct Certificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub version: u8,
    pub serial: Uint,
    pub signature: AlgorithmIdentifierOwned,
    pub issuer: Any,
    /// First and last moment.
    pub validity: Vec<Moment>,
    pub subject: Any,
    pub key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    pub extensions: Vec<Extension>,
}

/// `CertificationRequestInfo`
#[derive(Sequence)]
pub(super) struct Request {
    pub version: u8,
    pub subject: Any,
    pub key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    pub wanted: SetOfVec<Wanted>,
}

/// `Attribute` of a request.
#[derive(Sequence, ValueOrd)]
pub(super) struct Wanted {
    pub kind: ObjectIdentifier,
    pub values: SetOfVec<Any>,
}

#[derive(Sequence)]
struct Signed {
    body: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// A certificate or a request with its signature.
pub(super) fn signed(body: &(impl EncodeValue + Tagged), key: &PrivateKey) -> Result<Vec<u8>, ProviderError> {
    let body = Any::encode_from(body)?;
    let signature = key.sign(&body.to_der()?).map_err(|why| invalid("Signing failed", &why))?;
    let signature = BitString::from_bytes(&signature)?;
    Ok(Signed { body, algorithm: key.public.algorithm.signature(), signature }.to_der()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_have_two_digits_until_2049() {
        let der = |at: &str| Moment::new(at.parse().unwrap()).and_then(|m| m.to_der()).unwrap();
        assert_eq!(der("2049-12-31T23:59:59.9Z"), b"\x17\x0d491231235959Z");
        assert_eq!(der("2050-01-01T00:00:00Z"), b"\x18\x0f20500101000000Z");
        assert!(Moment::new(Timestamp::MAX).is_ok() && Moment::new(Timestamp::MIN).is_err());
    }
}
