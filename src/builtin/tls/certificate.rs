//! Data source `tls_certificate`: what a certificate says, of a text or of a server.
//!
//! Attributes are those of hashicorp/tls 4.2.

use super::public::hash_id;
use super::public_key::one_of;
use super::{described, handshake, invalid, pem};
use crate::builtin::object::{flag, text, with};
use crate::provider::{Ctx, DataSource, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, TypeRules, boolean, list_of, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use std::sync::Arc;

/// The data source.
pub(in crate::builtin) struct CertificateData;

#[async_trait]
impl DataSource for CertificateData {
    fn name(&self) -> &'static str {
        "tls_certificate"
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        let block = BlockSchema::new()
            .attr("url", string().optional())
            .attr("content", string().optional())
            .attr("verify_chain", boolean().optional())
            .attr("id", string().computed())
            .attr("certificates", list_of(described::ty()).computed());
        let rules = TypeRules { validate: vec![|config| one_of(config, ["content", "url"]), wrong_url], ..TypeRules::default() };
        Arc::new(ResourceSchema { version: 0, block, rules })
    }

    async fn read(&self, _ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        futures::future::join_all(configs.iter().map(read)).await
    }
}

fn wrong_url(config: &Value) -> Vec<RuleError> {
    let mut out = Vec::new();
    if let Some(Err(message)) = text(config, "url").map(handshake::Target::parse) {
        out.push(RuleError { path: Path::attr("url"), message });
    }
    let given = |name| config.get(name).is_some_and(|v| !v.is_null());
    if given("verify_chain") && given("content") {
        out.push(RuleError { path: Path::attr("verify_chain"), message: "this goes with url, not with content".into() });
    }
    out
}

async fn read(config: &Value) -> Result<Value, ProviderError> {
    let failed = |name: &'static str| move |why: String| invalid("Reading the certificate failed", &format!("{name}: {why}.")).at(name);
    let (name, chain) = match text(config, "url") {
        Some(url) => {
            let target = handshake::Target::parse(url).map_err(failed("url"))?;
            ("url", handshake::chain(&target, flag(config, "verify_chain", true)).await.map_err(failed("url"))?)
        }
        None => ("content", vec![pem::labelled(text(config, "content").unwrap_or_default(), "CERTIFICATE").map_err(failed("content"))?]),
    };
    // The one nearest to the root first.
    let described: Result<Vec<Value>, String> = chain.iter().rev().map(|der| described::describe(der)).collect();
    let described = described.map_err(failed(name))?;
    let known = [("id", Value::string(id(&described))), ("certificates", Value::list(described::ty(), described))];
    Ok(with(config, known))
}

/// The provider hashes how Go prints its list.
fn id(certificates: &[Value]) -> String {
    let part = |value: &Value| match (value.as_str(), value.as_bool(), value.as_i64()) {
        (Some(text), _, _) => format!("{text:?}"),
        (_, Some(yes), _) => yes.to_string(),
        (_, _, number) => number.unwrap_or(0).to_string(),
    };
    let one = |cert: &Value| {
        let parts: Vec<String> = described::PARTS.iter().filter_map(|(name, _)| cert.get(name).map(part)).collect();
        format!("{{{}}}", parts.join(" "))
    };
    let all: Vec<String> = certificates.iter().map(one).collect();
    hash_id(format!("[{}]", all.join(" ")).as_bytes())
}
