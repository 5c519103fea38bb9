//! Data source and ephemeral resource `tls_public_key`: the public half of a private key.
//!
//! Attributes are those of hashicorp/tls 4.x.

use super::private::PrivateKey;
use super::{invalid, ssh};
use crate::builtin::object::{text, with};
use crate::provider::{Ctx, DataSource, EphemeralType, Lease, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, TypeRules, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use std::sync::Arc;

const SOURCES: [&str; 2] = ["private_key_pem", "private_key_openssh"];

/// The data source.
pub(in crate::builtin) struct PublicKeyData;

#[async_trait]
impl DataSource for PublicKeyData {
    fn name(&self) -> &'static str {
        "tls_public_key"
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        schema()
    }

    async fn read(&self, _ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        configs.iter().map(read).collect()
    }
}

/// `ephemeral "tls_public_key"`: the same, of a key that is in no state either.
pub(in crate::builtin) struct PublicKeyEphemeral;

#[async_trait]
impl EphemeralType for PublicKeyEphemeral {
    fn name(&self) -> &'static str {
        "tls_public_key"
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        schema()
    }

    async fn open(&self, _ctx: &Ctx<'_>, config: &Value) -> Result<Lease, ProviderError> {
        read(config).map(Lease::of)
    }
}

fn schema() -> Arc<ResourceSchema> {
    let results =
        ["id", "algorithm", "public_key_pem", "public_key_openssh", "public_key_fingerprint_md5", "public_key_fingerprint_sha256"];
    let block = SOURCES.iter().fold(BlockSchema::new(), |b, name| b.attr(name, string().optional().sensitive()));
    let block = results.iter().fold(block, |b, name| b.attr(name, string().computed()));
    let rules = TypeRules { validate: vec![|config| one_of(config, SOURCES)], ..TypeRules::default() };
    Arc::new(ResourceSchema { version: 0, block, rules })
}

/// Exactly one of two arguments.
pub(super) fn one_of(config: &Value, names: [&'static str; 2]) -> Vec<RuleError> {
    let [one, other] = names;
    let message = match names.iter().filter(|n| config.get(n).is_some_and(|v| !v.is_null())).count() {
        0 => format!("{one} or {other} is required"),
        1 => return Vec::new(),
        _ => format!("only one of {one} and {other} may be written"),
    };
    vec![RuleError { path: Path::default(), message }]
}

fn read(config: &Value) -> Result<Value, ProviderError> {
    let (name, key) = match text(config, "private_key_pem") {
        Some(pem) => ("private_key_pem", PrivateKey::from_pem(pem).map(|key| key.public)),
        None => ("private_key_openssh", ssh::public_of_private(text(config, "private_key_openssh").unwrap_or_default())),
    };
    let key = key.map_err(|why| invalid("Reading the private key failed", &format!("{name}: {why}.")).at(name))?;
    let known = [("id", key.id()), ("algorithm", Value::string(key.algorithm.name()))];
    Ok(with(&with(config, known), key.attributes("")))
}
