//! `tls_private_key`: a key made once and kept in the state; and the ephemeral one, which is not kept.
//!
//! Attributes, defaults and the schema version are those of hashicorp/tls 4.x.

use super::private::{PrivateKey, RSA_SIZES};
use super::public::{Algorithm, CURVES};
use super::{invalid, ssh};
use crate::builtin::object::{settle, text, with};
use crate::builtin::state_only::StateOnly;
use crate::provider::{Ctx, EphemeralType, Lease, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, TypeRules, number, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use serde_json::{Map, Value as Json};
use std::error::Error;
use std::sync::Arc;

const ALGORITHMS: [&str; 3] = ["RSA", "ECDSA", "ED25519"];
const CURVE_NAMES: [&str; 4] = ["P224", "P256", "P384", "P521"];

fn results(block: BlockSchema) -> BlockSchema {
    let secret = ["private_key_pem", "private_key_openssh", "private_key_pem_pkcs8"];
    let open = ["public_key_pem", "public_key_openssh", "public_key_fingerprint_md5", "public_key_fingerprint_sha256"];
    let block = secret.iter().fold(block, |b, name| b.attr(name, string().computed().sensitive()));
    open.iter().fold(block, |b, name| b.attr(name, string().computed()))
}

fn rules() -> TypeRules {
    TypeRules { validate: vec![known_kinds], ..TypeRules::default() }
}

/// `tls_private_key`
pub(super) fn resource() -> StateOnly {
    let block = BlockSchema::new()
        .attr("id", string().computed())
        .attr("algorithm", string().required().force_new())
        .attr("openssh_comment", string().optional().force_new())
        .attr("rsa_bits", number().optional().computed().force_new().default(Value::int(2048)))
        .attr("ecdsa_curve", string().optional().computed().force_new().default(Value::string("P224")));
    StateOnly {
        name: "tls_private_key",
        schema: Arc::new(ResourceSchema { version: 1, block: results(block), rules: TypeRules { upgrade: Some(upgrade), ..rules() } }),
        make: |planned| {
            let key = generate(planned)?;
            Ok(settle(&with(&spelt(planned, &key)?, [("id", key.public.id())])))
        },
        update: settle,
        refresh: None,
        importable: false,
        expired: None,
    }
}

/// Releases before 4.0 kept fewer forms of the key: the others are made from it.
fn upgrade(_from: u64, mut attributes: Map<String, Json>) -> Result<Map<String, Json>, String> {
    let pem = attributes.get("private_key_pem").and_then(Json::as_str).unwrap_or_default();
    // A key on P-224 has no other form here; it stays what it is.
    let Ok(key) = PrivateKey::from_pem(pem) else { return Ok(attributes) };
    let openssh = ssh::private(&key, "").map_err(|e| e.to_string())?;
    let forms = [("private_key_openssh", openssh), ("private_key_pem_pkcs8", key.pkcs8_pem()?)];
    let public = key.public.attributes("").into_iter().filter_map(|(name, v)| Some((name, v.as_str()?.to_string())));
    for (name, text) in forms.into_iter().chain(public) {
        let missing = attributes.get(name).and_then(Json::as_str).is_none_or(str::is_empty);
        if missing {
            attributes.insert(name.into(), text.into());
        }
    }
    Ok(attributes)
}

fn known_kinds(config: &Value) -> Vec<RuleError> {
    let wrong = |name: &str, message: String| RuleError { path: Path::attr(name), message };
    let mut out = Vec::new();
    let algorithm = text(config, "algorithm");
    if let Some(other) = algorithm.filter(|a| !ALGORITHMS.contains(a)) {
        out.push(wrong("algorithm", format!("{other:?} is none of {}", ALGORITHMS.join(", "))));
    }
    let curve = config.get("ecdsa_curve");
    if let Some(other) = curve.and_then(Value::as_str).filter(|c| !CURVE_NAMES.contains(c)) {
        out.push(wrong("ecdsa_curve", format!("{other:?} is none of {}", CURVE_NAMES.join(", "))));
    }
    let weakest = curve.is_none_or(|c| c.is_null() || c.as_str() == Some("P224"));
    if algorithm == Some("ECDSA") && weakest {
        let message = "the curve P224, which is the default, is not supported; write ecdsa_curve = \"P256\", \"P384\" or \"P521\"";
        out.push(wrong("ecdsa_curve", message.into()));
    }
    let bits = config.get("rsa_bits").and_then(Value::as_i64);
    if let Some(other) = bits.filter(|b| algorithm == Some("RSA") && !RSA_SIZES.contains(b)) {
        out.push(wrong("rsa_bits", format!("RSA keys of {other} bits are not supported; 2048, 3072, 4096 and 8192 are")));
    }
    out
}

fn generate(config: &Value) -> Result<PrivateKey, ProviderError> {
    let failed = |why: String| invalid("Making the key failed", &why);
    let algorithm = match text(config, "algorithm") {
        Some("RSA") => Algorithm::Rsa,
        Some("ED25519") => Algorithm::Ed25519,
        Some("ECDSA") => {
            let curve = text(config, "ecdsa_curve").unwrap_or("P224");
            let known = CURVES.iter().find(|c| c.name == curve);
            Algorithm::Ecdsa(
                known.ok_or_else(|| failed(format!("the curve {curve} is not supported; P256, P384 and P521 are")).at("ecdsa_curve"))?,
            )
        }
        _ => return Err(failed(format!("algorithm must be one of {}", ALGORITHMS.join(", "))).at("algorithm")),
    };
    let bits = config.get("rsa_bits").and_then(Value::as_i64).unwrap_or(2048);
    PrivateKey::generate(algorithm, bits).map_err(failed)
}

/// The key in all its forms.
fn spelt(config: &Value, key: &PrivateKey) -> Result<Value, ProviderError> {
    let comment = text(config, "openssh_comment").unwrap_or_default();
    let forms = || -> Result<[(&str, String); 3], Box<dyn Error>> {
        let [pem, pkcs8, openssh] = [key.pem()?, key.pkcs8_pem()?, ssh::private(key, comment)?];
        Ok([("private_key_pem", pem), ("private_key_pem_pkcs8", pkcs8), ("private_key_openssh", openssh)])
    };
    let forms = forms().map_err(|why| invalid("Writing the key failed", &why.to_string()))?;
    Ok(with(&with(config, forms.map(|(name, form)| (name, Value::string(form)))), key.public.attributes(comment)))
}

/// `ephemeral "tls_private_key"`
pub(in crate::builtin) struct Ephemeral;

#[async_trait]
impl EphemeralType for Ephemeral {
    fn name(&self) -> &'static str {
        "tls_private_key"
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        let block = BlockSchema::new()
            .attr("algorithm", string().required())
            .attr("openssh_comment", string().optional())
            .attr("rsa_bits", number().optional().computed())
            .attr("ecdsa_curve", string().optional().computed());
        Arc::new(ResourceSchema { version: 0, block: results(block), rules: rules() })
    }

    async fn open(&self, _ctx: &Ctx<'_>, config: &Value) -> Result<Lease, ProviderError> {
        let key = generate(config)?;
        let or = |name: &str, value| config.get(name).filter(|v| !v.is_null()).cloned().unwrap_or(value);
        let chosen = [("rsa_bits", or("rsa_bits", Value::int(2048))), ("ecdsa_curve", or("ecdsa_curve", Value::string("P224")))];
        Ok(Lease::of(with(&spelt(config, &key)?, chosen)))
    }
}
