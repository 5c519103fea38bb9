//! What is read from certificates and requests that others made.

use super::der::{sequence, tlv};
use super::issue::Holder;
use super::pem;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate, X509CertificationRequest};

/// What the certificate of an authority says of it.
pub(super) struct Authority {
    /// DER name.
    pub subject: Vec<u8>,
    /// `SubjectPublicKeyInfo`
    pub spki: Vec<u8>,
    /// Its subject key identifier.
    pub key_id: Option<Vec<u8>>,
    /// Whether it says that it is one.
    pub certain: bool,
}

/// The authority of a certificate in PEM.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn authority(text: &str) -> Result<Authority, String> {
    let der = pem::labelled(text, "CERTIFICATE")?;
    let (_, cert) = X509Certificate::from_der(&der).map_err(|e| format!("this is not a readable certificate: {e}"))?;
    let key_id = cert.extensions().iter().find_map(|e| match e.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
        _ => None,
    });
    Ok(Authority { subject: cert.subject().as_raw().to_vec(), spki: cert.public_key().raw.to_vec(), key_id, certain: cert.is_ca() })
}

/// Whom a request in PEM wants a certificate for. Of its extensions the names are taken (DNS, addresses, URIs).
///
/// # Errors
/// What is wrong with the text.
pub(super) fn request(text: &str) -> Result<Holder, String> {
    let der = pem::labelled(text, "CERTIFICATE REQUEST")?;
    let (_, request) = X509CertificationRequest::from_der(&der).map_err(|e| format!("this is not a readable request: {e}"))?;
    let wanted = request.requested_extensions().into_iter().flatten().find_map(|e| match e {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    let spelt = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(n) => Some(tlv(0x82, n.as_bytes())),
        GeneralName::URI(n) => Some(tlv(0x86, n.as_bytes())),
        GeneralName::IPAddress(n) => Some(tlv(0x87, n)),
        _ => None,
    };
    let names: Vec<Vec<u8>> = wanted.into_iter().flatten().filter_map(spelt).collect();
    let info = &request.certification_request_info;
    Ok(Holder {
        subject: info.subject.as_raw().to_vec(),
        spki: info.subject_pki.raw.to_vec(),
        alternatives: (!names.is_empty()).then(|| sequence(&names)),
    })
}
