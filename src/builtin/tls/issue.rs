//! Issuing a certificate (RFC 5280 4.1), with the extensions that the provider gives one.

use super::parsed::Authority;
use super::private::PrivateKey;
use super::public::key_id;
use super::x509::{AuthorityKeyIdentifier, BasicConstraints, Certificate, Extension, Moment, OtherName, Request, Wanted, signed};
use super::{invalid, pem, usages};
use crate::builtin::object::{flag, with};
use crate::clock::{Clock, SystemClock};
use crate::provider::ProviderError;
use crate::value::Value;
use der::asn1::{Any, ObjectIdentifier, SetOfVec, Uint};
use jiff::{SignedDuration, Timestamp};
use num_bigint::BigUint;
use spki::SubjectPublicKeyInfoOwned;

/// Whom a certificate is for.
pub(super) struct Holder {
    /// The name.
    pub subject: Any,
    /// The key.
    pub key: SubjectPublicKeyInfoOwned,
    /// Other names.
    pub alternatives: Vec<OtherName>,
}

const FAILED: &str = "Issuing the certificate failed";

/// The planned object with what its certificate is; `key` signs, the issuer's or, without one, the holder's.
pub(super) fn issue(planned: &Value, holder: &Holder, issuer: Option<&Authority>, key: &PrivateKey) -> Result<Value, ProviderError> {
    let (start, end) = validity(planned)?;
    let serial: [u8; 16] = rand::random();
    let body = Certificate {
        version: 2,
        serial: Uint::new(&serial)?,
        signature: key.public.algorithm.signature(),
        issuer: issuer.map_or(&holder.subject, |i| &i.subject).clone(),
        validity: vec![Moment::new(start)?, Moment::new(end)?],
        subject: holder.subject.clone(),
        key: holder.key.clone(),
        extensions: extensions(planned, holder, issuer)?,
    };
    let whole = signed(&body, key)?;
    let known = [
        ("id", Value::string(BigUint::from_bytes_be(&serial).to_string())),
        ("cert_pem", Value::string(pem::encode("CERTIFICATE", &whole))),
        ("validity_start_time", Value::string(start.to_string())),
        ("validity_end_time", Value::string(end.to_string())),
        ("ready_for_renewal", Value::bool(false)),
    ];
    Ok(with(planned, known))
}

fn validity(planned: &Value) -> Result<(Timestamp, Timestamp), ProviderError> {
    let start = SystemClock.now();
    let hours = planned.get("validity_period_hours").and_then(Value::as_i64).filter(|h| *h >= 0);
    let end = hours.and_then(|h| start.checked_add(SignedDuration::try_from_hours(h)?).ok());
    let why = "validity_period_hours must be a whole number of hours from 0 on that ends before the year 10000.";
    Ok((start, end.ok_or_else(|| invalid(FAILED, why).at("validity_period_hours"))?))
}

fn extensions(planned: &Value, holder: &Holder, issuer: Option<&Authority>) -> Result<Vec<Extension>, ProviderError> {
    let authority = flag(planned, "is_ca_certificate", false);
    let nameless = holder.subject.value().is_empty();
    if authority && nameless {
        return Err(invalid(FAILED, "The certificate of an authority needs a subject with at least one part.").at("subject"));
    }
    let named = authority || flag(planned, "set_subject_key_id", false);
    let own = named.then(|| key_id(&holder.key)).transpose()?;
    let above = match issuer {
        Some(issuer) => issuer.key_id.clone().filter(|_| issuer.subject != holder.subject),
        None if flag(planned, "set_authority_key_id", false) => {
            let why = "set_authority_key_id needs set_subject_key_id or is_ca_certificate: the certificate signs itself and has no key identifier.";
            Some(own.clone().ok_or_else(|| invalid(FAILED, why).at("set_authority_key_id"))?)
        }
        None => None,
    };
    let (uses, purposes) = (usages::key_usage(planned)?, usages::purposes(planned)?);
    let all = [
        uses.map(|uses| Extension::new("2.5.29.15", true, &uses)),
        (!purposes.is_empty()).then(|| Extension::new("2.5.29.37", false, &purposes)),
        Some(Extension::new("2.5.29.19", true, &constraints(planned, authority))),
        own.map(|id| Extension::new("2.5.29.14", false, &id)),
        above.map(|id| Extension::new("2.5.29.35", false, &AuthorityKeyIdentifier { id })),
        other_names(holder),
    ];
    Ok(all.into_iter().flatten().collect::<der::Result<_>>()?)
}

/// Critical where the subject has no name.
fn other_names(holder: &Holder) -> Option<der::Result<Extension>> {
    let nameless = holder.subject.value().is_empty();
    (!holder.alternatives.is_empty()).then(|| Extension::new("2.5.29.17", nameless, &holder.alternatives))
}

/// A length of the path is an authority's alone.
fn constraints(planned: &Value, authority: bool) -> BasicConstraints {
    let longest = planned.get("max_path_length").and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok());
    BasicConstraints { authority, longest: longest.filter(|_| authority) }
}

/// A request for a certificate (RFC 2986), in PEM and DER.
pub(super) fn request(holder: Holder, key: &PrivateKey) -> Result<(String, Vec<u8>), ProviderError> {
    let mut wanted = SetOfVec::new();
    if let Some(names) = other_names(&holder).transpose()? {
        let values = SetOfVec::from_iter([Any::encode_from(&vec![names])?])?;
        wanted.insert(Wanted { kind: ObjectIdentifier::new("1.2.840.113549.1.9.14").map_err(der::Error::from)?, values })?;
    }
    let whole = signed(&Request { version: 0, subject: holder.subject, key: holder.key, wanted }, key)?;
    Ok((pem::encode("CERTIFICATE REQUEST", &whole), whole))
}
