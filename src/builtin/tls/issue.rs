//! Issuing a certificate (RFC 5280 4.1), with the extensions that the provider gives one.

use super::der::{bits, integer, moment, octets, oid, sequence, tlv, yes};
use super::names::ALTERNATIVE_NAMES;
use super::parsed::Authority;
use super::private::PrivateKey;
use super::public::key_id;
use super::{invalid, pem, usages};
use crate::builtin::object::{flag, with};
use crate::clock::{Clock, SystemClock};
use crate::provider::ProviderError;
use crate::value::Value;
use jiff::{SignedDuration, Timestamp};
use num_bigint::BigUint;

/// Whom a certificate is for.
pub(super) struct Holder {
    /// DER name.
    pub subject: Vec<u8>,
    /// `SubjectPublicKeyInfo`
    pub spki: Vec<u8>,
    /// Content of the extension with the alternative names.
    pub alternatives: Option<Vec<u8>>,
}

const FAILED: &str = "Issuing the certificate failed";

/// The planned object with what its certificate is; `key` signs, the issuer's or, without one, the holder's.
pub(super) fn issue(planned: &Value, holder: &Holder, issuer: Option<&Authority>, key: &PrivateKey) -> Result<Value, ProviderError> {
    let (start, end) = validity(planned)?;
    let serial: [u8; 16] = rand::random();
    let issuer_name = issuer.map_or(&holder.subject, |i| &i.subject);
    let body = sequence(&[
        tlv(0xa0, &integer(&[2])),
        integer(&serial),
        key.public.algorithm.signature(),
        issuer_name.clone(),
        sequence(&[moment(start), moment(end)]),
        holder.subject.clone(),
        holder.spki.clone(),
        tlv(0xa3, &sequence(&extensions(planned, holder, issuer)?)),
    ]);
    let signature = key.sign(&body).map_err(|why| invalid(FAILED, &format!("Signing: {why}.")))?;
    let whole = sequence(&[body, key.public.algorithm.signature(), bits(&signature)]);
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

/// One extension.
pub(super) fn extension(kind: &str, critical: bool, content: &[u8]) -> Vec<u8> {
    let mark = if critical { yes() } else { Vec::new() };
    sequence(&[oid(kind), mark, octets(content)])
}

fn extensions(planned: &Value, holder: &Holder, issuer: Option<&Authority>) -> Result<Vec<Vec<u8>>, ProviderError> {
    let authority = flag(planned, "is_ca_certificate", false);
    let nameless = holder.subject == sequence(&[]);
    if authority && nameless {
        return Err(invalid(FAILED, "The certificate of an authority needs a subject with at least one part.").at("subject"));
    }
    let mut out = Vec::new();
    out.extend(usages::key_usage(planned).map(|content| extension("2.5.29.15", true, &content)));
    out.extend(usages::purposes(planned).map(|content| extension("2.5.29.37", false, &content)));
    out.push(extension("2.5.29.19", true, &constraints(planned, authority)));
    let named = authority || flag(planned, "set_subject_key_id", false);
    let own = if named { key_id(&holder.spki) } else { None };
    out.extend(own.as_deref().map(|id| extension("2.5.29.14", false, &octets(id))));
    let above = match issuer {
        Some(issuer) => issuer.key_id.clone().filter(|_| issuer.subject != holder.subject),
        None if flag(planned, "set_authority_key_id", false) => {
            let why = "set_authority_key_id needs set_subject_key_id or is_ca_certificate: the certificate signs itself and has no key identifier.";
            Some(own.ok_or_else(|| invalid(FAILED, why).at("set_authority_key_id"))?)
        }
        None => None,
    };
    out.extend(above.map(|id| extension("2.5.29.35", false, &sequence(&[tlv(0x80, &id)]))));
    out.extend(holder.alternatives.as_deref().map(|names| extension(ALTERNATIVE_NAMES, nameless, names)));
    Ok(out)
}

/// Content of `BasicConstraints`; a length of the path is an authority's alone.
fn constraints(planned: &Value, authority: bool) -> Vec<u8> {
    if !authority {
        return sequence(&[]);
    }
    let longest = planned.get("max_path_length").and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok());
    let longest = longest.map(|n| integer(&n.to_be_bytes())).unwrap_or_default();
    sequence(&[yes(), longest])
}

/// A request for a certificate (RFC 2986), in PEM and DER.
pub(super) fn request(holder: &Holder, key: &PrivateKey) -> Result<(String, Vec<u8>), ProviderError> {
    let wanted = holder.alternatives.as_deref().map(|names| {
        let extensions = sequence(&[extension(ALTERNATIVE_NAMES, holder.subject == sequence(&[]), names)]);
        sequence(&[oid("1.2.840.113549.1.9.14"), super::der::set(vec![extensions])])
    });
    let body = sequence(&[integer(&[]), holder.subject.clone(), holder.spki.clone(), tlv(0xa0, &wanted.unwrap_or_default())]);
    let signature = key.sign(&body).map_err(|why| invalid("Writing the request failed", &format!("Signing: {why}.")))?;
    let whole = sequence(&[body, key.public.algorithm.signature(), bits(&signature)]);
    Ok((pem::encode("CERTIFICATE REQUEST", &whole), whole))
}
