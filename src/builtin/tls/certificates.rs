//! `tls_self_signed_cert`, `tls_cert_request` and `tls_locally_signed_cert`.
//!
//! Attributes, defaults and what replaces them are those of hashicorp/tls 4.2. A certificate lives in the state alone;
//! with the key that signs and the request it is made in one step that nothing else can see.

use super::issue::{Holder, issue, request};
use super::private::PrivateKey;
use super::public::hash_id;
use super::renewal::{lifetime, look, renew, replace_for_pem, source, wrong_numbers};
use super::{invalid, names, parsed, usages};
use crate::builtin::object::{settle, text, with};
use crate::builtin::state_only::StateOnly;
use crate::provider::ProviderError;
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, TypeRules, boolean, string};
use crate::value::Value;
use std::error::Error;
use std::sync::Arc;

fn kind(name: &'static str, block: BlockSchema, rules: TypeRules, make: fn(&Value) -> Result<Value, ProviderError>) -> StateOnly {
    let schema = Arc::new(ResourceSchema { version: 0, block, rules });
    StateOnly { name, schema, make, update: settle, refresh: Some(look), importable: false, expired: None }
}

fn key(planned: &Value, name: &str) -> Result<PrivateKey, ProviderError> {
    let read = PrivateKey::from_pem(text(planned, name).unwrap_or_default());
    read.map_err(|why| invalid("Reading the private key failed", &format!("{name}: {why}.")).at(name))
}

fn holder(planned: &Value, key: &PrivateKey) -> Result<Holder, ProviderError> {
    if let Some(wrong) = names::wrong_names(planned).first() {
        return Err(invalid("Invalid name", &wrong.sentence()));
    }
    Ok(Holder { subject: names::subject(planned)?, key: key.public.key.clone(), alternatives: names::alternatives(planned)? })
}

fn algorithm(key: &PrivateKey) -> Value {
    Value::string(key.public.algorithm.name())
}

/// `tls_self_signed_cert`
pub(super) fn self_signed() -> StateOnly {
    let block = names::arguments(lifetime(BlockSchema::new()))
        .attr("private_key_pem", source().sensitive())
        .attr("set_authority_key_id", boolean().optional().computed().force_new().default(Value::bool(false)))
        .attr("key_algorithm", string().computed());
    let rules = TypeRules {
        validate: vec![names::wrong_names, usages::unknown_uses, wrong_numbers],
        customize: vec![renew, |draft| replace_for_pem(draft, &["private_key_pem"])],
        ..TypeRules::default()
    };
    kind("tls_self_signed_cert", block, rules, |planned| {
        let key = key(planned, "private_key_pem")?;
        let issued = issue(planned, &holder(planned, &key)?, None, &key)?;
        Ok(settle(&with(&issued, [("key_algorithm", algorithm(&key))])))
    })
}

/// `tls_cert_request`
pub(super) fn cert_request() -> StateOnly {
    let block = names::arguments(BlockSchema::new())
        .attr("id", string().computed())
        .attr("private_key_pem", source().sensitive())
        .attr("key_algorithm", string().computed())
        .attr("cert_request_pem", string().computed());
    let rules = TypeRules {
        validate: vec![names::wrong_names],
        customize: vec![|draft| replace_for_pem(draft, &["private_key_pem"])],
        ..TypeRules::default()
    };
    let made = kind("tls_cert_request", block, rules, |planned| {
        let key = key(planned, "private_key_pem")?;
        let (pem, whole) = request(holder(planned, &key)?, &key)?;
        let known = [("id", Value::string(hash_id(&whole))), ("cert_request_pem", Value::string(pem)), ("key_algorithm", algorithm(&key))];
        Ok(settle(&with(planned, known)))
    });
    StateOnly { refresh: None, ..made }
}

/// A remark where the certificate that signs is not one of an authority: few programs trust what it signs.
fn doubt(draft: &mut DiffDraft<'_>) {
    let known = draft.planned("ca_cert_pem").and_then(Value::as_str).and_then(|pem| parsed::authority(pem).ok());
    if known.is_some_and(|authority| !authority.certain) {
        draft.note("ca_cert_pem", "NO AUTHORITY: this certificate does not say that it is one (is_ca_certificate)");
    }
}

/// `tls_locally_signed_cert`
pub(super) fn locally_signed() -> StateOnly {
    let block = lifetime(BlockSchema::new())
        .attr("ca_cert_pem", source())
        .attr("ca_private_key_pem", source().sensitive())
        .attr("cert_request_pem", source())
        .attr("ca_key_algorithm", string().computed());
    let rules = TypeRules {
        validate: vec![usages::unknown_uses, wrong_numbers],
        customize: vec![renew, |draft| replace_for_pem(draft, &["ca_cert_pem", "ca_private_key_pem", "cert_request_pem"]), doubt],
        ..TypeRules::default()
    };
    kind("tls_locally_signed_cert", block, rules, |planned| {
        let wrong =
            |name: &'static str| move |why: Box<dyn Error>| invalid("Signing the certificate failed", &format!("{name}: {why}.")).at(name);
        let written = |name| text(planned, name).unwrap_or_default();
        let holder = parsed::request(written("cert_request_pem")).map_err(wrong("cert_request_pem"))?;
        let authority = parsed::authority(written("ca_cert_pem")).map_err(wrong("ca_cert_pem"))?;
        let key = key(planned, "ca_private_key_pem")?;
        if authority.key.subject_public_key != key.public.key.subject_public_key {
            return Err(wrong("ca_private_key_pem")("this is not the key of the certificate in ca_cert_pem".into()));
        }
        let issued = issue(planned, &holder, Some(&authority), &key)?;
        Ok(settle(&with(&issued, [("ca_key_algorithm", algorithm(&key))])))
    })
}
