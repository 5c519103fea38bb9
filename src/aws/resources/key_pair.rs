//! `aws_key_pair`: a public key that instances are given.
//!
//! # Quirks
//! The id is the name; tags hang on another id. Keys are compared by type and material: a comment
//! or blanks around a key are no other key. The material cannot be changed.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, generated, groups, region, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{KeyPairInfo, KeyType, ResourceType as Kind};
use std::collections::BTreeMap;

/// `aws_key_pair`
pub struct KeyPair;

const NOT_FOUND: &[&str] = &["InvalidKeyPair.NotFound"];

fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("fingerprint", string().computed())
        .attr("key_name", string().optional().computed().force_new())
        .attr("key_name_prefix", string().optional().computed().force_new())
        .attr("key_pair_id", string().computed())
        .attr("key_type", string().computed())
        .attr("public_key", string().required().force_new());
    let mut schema = ResourceSchema::new(1, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema.rules.equal = Some(|path, prior, planned| match (prior.as_str(), planned.as_str()) {
        (Some(a), Some(b)) => path.schema_key() == "public_key" && same_key(a, b),
        _ => false,
    });
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(config, &[("key_name", "key_name_prefix")]);
    for (name, most) in [("key_name", 255), ("key_name_prefix", 255 - generated::SUFFIX)] {
        if shape::text(config, name).is_some_and(|t| t.chars().count() > most) {
            errors.push(RuleError { path: Path::attr(name), message: format!("`{name}` has at most {most} characters.") });
        }
    }
    if shape::text(config, "public_key").is_some_and(|k| k.contains("PRIVATE KEY")) {
        errors.push(RuleError {
            path: Path::attr("public_key"),
            message: "This is a private key; the public one (`.pub`) belongs here.".into(),
        });
    }
    errors
}

/// The state keeps the key without blanks around it.
fn plan(draft: &mut DiffDraft<'_>) {
    let Some(key) = draft.planned("public_key") else { return };
    let Some(trimmed) = key.as_str().map(|k| Value::string(k.trim()).mark(key.marks())) else { return };
    draft.set("public_key", trimmed);
}

/// Whether two keys have the same type and material.
fn same_key(a: &str, b: &str) -> bool {
    let essence = |k: &str| k.split_whitespace().take(2).map(str::to_string).collect::<Vec<_>>();
    a.trim() == b.trim() || (essence(a).len() == 2 && essence(a) == essence(b))
}

async fn describe(client: Client, names: Vec<String>) -> Result<Vec<(String, KeyPairInfo)>, ApiError> {
    let request = client.describe_key_pairs().filters(ec2::filter("key-name", names)).include_public_key(true);
    let answer = call("ec2:DescribeKeyPairs", request.send()).await?;
    Ok(answer.key_pairs.unwrap_or_default().into_iter().filter_map(|k| Some((k.key_name()?.to_string(), k))).collect())
}

async fn describe_one(client: Client, name: String) -> Result<Option<KeyPairInfo>, ApiError> {
    let answer = call("ec2:DescribeKeyPairs", client.describe_key_pairs().key_names(name).include_public_key(true).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.key_pairs.unwrap_or_default().pop()))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, key: &KeyPairInfo) -> Value {
    let (tags, tags_all) = ec2::observed(ctx, key.tags(), base);
    let name = key.key_name().unwrap_or_default();
    let known = shape::text(base, "public_key").map(str::trim);
    let public = match (known, key.public_key().map(str::trim).filter(|k| !k.is_empty())) {
        (Some(known), Some(there)) if known.starts_with("ssh-") && !same_key(known, there) => Some(there),
        (Some(known), _) => Some(known),
        (None, there) => there,
    };
    Attrs::over(schema, base)
        .text("id", Some(name))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, None, &format!("key-pair/{name}"))))
        .text("fingerprint", key.key_fingerprint())
        .text("key_name", Some(name))
        .text("key_name_prefix", Some(generated::prefix_of(name)))
        .text("key_pair_id", key.key_pair_id())
        .text("key_type", key.key_type().map(KeyType::as_str))
        .text_or_null("public_key", public)
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

impl KeyPair {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let name = generated::name(planned, "key_name", "key_name_prefix", &request.intent.token);
        let key = shape::text(planned, "public_key").unwrap_or_default().trim();
        let made = Aws::ec2_of(ctx)?
            .import_key_pair()
            .key_name(&name)
            .public_key_material(Blob::new(key))
            .set_tag_specifications(ec2::tag_specification(ctx, Kind::KeyPair, planned, None));
        let made = call("ec2:ImportKeyPair", made.send()).await.map_err(|e| e.while_doing("Importing the key pair"))?;
        let object = support::started(&self.schema(), ctx, planned, made.key_name().unwrap_or(&name));
        support::reached(request.checkpoint, &object).await?;
        Ok(object)
    }
}

#[async_trait]
impl ResourceType for KeyPair {
    support::basics!("aws_key_pair", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeKeyPairs"],
            create: &["ec2:ImportKeyPair", "ec2:CreateTags"],
            update: &["ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DeleteKeyPair"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::find_all(&groups::ids(priors), |n| describe(client.clone(), n), |n| describe_one(client.clone(), n)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, key| flatten(ctx, &schema, base, key))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = match Aws::ec2_of(ctx) {
            Ok(client) => {
                let id = request.prior.str("key_pair_id").unwrap_or_default();
                ec2::update_tags(ctx, &client, id, &request.prior.attributes, request.planned).await
            }
            Err(error) => Err(error),
        };
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let name = request.prior.id().unwrap_or_default();
        let gone = call("ec2:DeleteKeyPair", client.delete_key_pair().key_name(name).send()).await;
        absent(gone, NOT_FOUND).map(|_| ()).map_err(|e| e.while_doing("Deleting the key pair"))
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let name = |i: &Intent| generated::name(&i.planned, "key_name", "key_name_prefix", &i.token);
        let client = Aws::ec2_of(ctx)?;
        let mut there = Vec::new();
        for chunk in intents.chunks(groups::CHUNK) {
            let names = chunk.iter().map(name).collect();
            there.extend(describe(client.clone(), names).await?.into_iter().map(|(n, _)| n));
        }
        let found = intents.iter().map(|i| (i.token.clone(), name(i))).filter(|(_, n)| there.contains(n));
        support::located(self, ctx, intents, &found.collect::<BTreeMap<_, _>>()).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blanks_are_no_other_key() {
        assert!(same_key("ssh-ed25519 AAAA me@here\n", "ssh-ed25519 AAAA"));
        assert!(!same_key("ssh-ed25519 AAAA", "ssh-ed25519 BBBB"));
        assert!(!same_key("AAAA", "AAAB"));
    }

    #[test]
    fn a_private_key_is_refused_without_showing_it() {
        let config = Value::object([("public_key".into(), Value::string("-----BEGIN OPENSSH PRIVATE KEY-----\nabc"))].into());
        let errors = validate(&config);
        assert_eq!(errors.len(), 1);
        assert!(!errors.iter().any(|e| e.message.contains("abc")));
    }
}
