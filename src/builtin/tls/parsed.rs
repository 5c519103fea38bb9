//! What is read from certificates and requests that others made.

use super::issue::Holder;
use super::pem;
use super::x509::OtherName;
use der::Decode;
use der::asn1::{Any, Ia5String, OctetString};
use spki::SubjectPublicKeyInfoOwned;
use std::error::Error;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate, X509CertificationRequest};

/// What the certificate of an authority says of it.
pub(super) struct Authority {
    /// Its name, as it is spelt there.
    pub subject: Any,
    /// Its key.
    pub key: SubjectPublicKeyInfoOwned,
    /// Its subject key identifier.
    pub key_id: Option<OctetString>,
    /// Whether it says that it is one.
    pub certain: bool,
}

/// The authority of a certificate in PEM.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn authority(text: &str) -> Result<Authority, Box<dyn Error>> {
    let der = pem::labelled(text, "CERTIFICATE")?;
    let (_, cert) = X509Certificate::from_der(&der).map_err(|e| format!("this is not a readable certificate: {e}"))?;
    let key_id = cert.extensions().iter().find_map(|e| match e.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(OctetString::new(id.0)),
        _ => None,
    });
    Ok(Authority {
        subject: Any::from_der(cert.subject().as_raw())?,
        key: SubjectPublicKeyInfoOwned::from_der(cert.public_key().raw)?,
        key_id: key_id.transpose()?,
        certain: cert.is_ca(),
    })
}

/// Whom a request in PEM wants a certificate for. Of its extensions the names are taken (DNS, addresses, URIs).
///
/// # Errors
/// What is wrong with the text.
pub(super) fn request(text: &str) -> Result<Holder, Box<dyn Error>> {
    let der = pem::labelled(text, "CERTIFICATE REQUEST")?;
    let (_, request) = X509CertificationRequest::from_der(&der).map_err(|e| format!("this is not a readable request: {e}"))?;
    let wanted = request.requested_extensions().into_iter().flatten().find_map(|e| match e {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    let spelt = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(n) => Some(Ia5String::new(*n).map(OtherName::Dns)),
        GeneralName::URI(n) => Some(Ia5String::new(*n).map(OtherName::Uri)),
        GeneralName::IPAddress(n) => Some(OctetString::new(*n).map(OtherName::Address)),
        _ => None,
    };
    let info = &request.certification_request_info;
    Ok(Holder {
        subject: Any::from_der(info.subject.as_raw())?,
        key: SubjectPublicKeyInfoOwned::from_der(info.subject_pki.raw)?,
        alternatives: wanted.into_iter().flatten().filter_map(spelt).collect::<Result<_, _>>()?,
    })
}
