//! `aws_iam_policy`: a managed policy.
//!
//! The id is the ARN. A change makes a new version and lets it count; of five versions, the most
//! IAM keeps, the oldest that does not count goes first.
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::go_json::normalized;
use crate::aws::iam::{self, NOT_FOUND};
use crate::aws::shape::{self, Attrs};
use crate::aws::{generated, groups, support, tags};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Operation, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, RuleError, number, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{Policy, PolicyVersion};
use std::collections::BTreeMap;
use std::time::Duration;

/// `aws_iam_policy`
pub struct IamPolicy;

/// As many versions IAM keeps.
const MOST_VERSIONS: usize = 5;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("arn", string().computed())
        .attr("attachment_count", number().computed())
        .attr("delay_after_policy_creation_in_ms", number().optional())
        .attr("description", string().optional().force_new())
        .attr("id", string().optional().computed())
        .attr("name", string().optional().computed().force_new())
        .attr("name_prefix", string().optional().computed().force_new())
        .attr("path", string().optional().default(Value::string("/")).force_new())
        .attr("policy", string().required())
        .attr("policy_id", string().computed())
        .attr("tags", tags::attribute())
        .attr("tags_all", tags::all_attribute());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(|draft: &mut DiffDraft<'_>| iam::normalize(draft, "policy", normalized));
    schema.rules.equal = Some(|path, prior, planned| path.schema_key() == "policy" && iam::same_policy(prior, planned));
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = iam::check_names(config, 128);
    errors.extend(iam::check_policy(config, "policy"));
    if shape::int(config, "delay_after_policy_creation_in_ms").is_some_and(|n| n < 0) {
        errors.push(RuleError { path: Path::attr("delay_after_policy_creation_in_ms"), message: "The delay cannot be negative.".into() });
    }
    errors
}

async fn find(client: Client, arn: String) -> Result<Option<(Policy, String)>, ApiError> {
    let answer = call("iam:GetPolicy", client.get_policy().policy_arn(&arn).send()).await;
    let Some(policy) = absent(answer, NOT_FOUND)?.and_then(|a| a.policy) else { return Ok(None) };
    let version = policy.default_version_id().unwrap_or_default();
    let answer = call("iam:GetPolicyVersion", client.get_policy_version().policy_arn(&arn).version_id(version).send()).await;
    let document = absent(answer, NOT_FOUND)?.and_then(|a| a.policy_version).and_then(|v| v.document);
    Ok(document.map(|d| (policy, d)))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, (policy, document): &(Policy, String)) -> Value {
    let (tags, tags_all) = iam::observed(ctx, policy.tags(), base);
    let name = policy.policy_name().unwrap_or_default();
    Attrs::over(schema, base)
        .text("id", policy.arn())
        .text("arn", policy.arn())
        .int("attachment_count", policy.attachment_count())
        .text("description", policy.description())
        .text("name", Some(name))
        .text("name_prefix", Some(generated::prefix_of(name)))
        .text("path", policy.path())
        .text("policy", Some(&iam::kept(shape::text(base, "policy"), document, normalized)))
        .text("policy_id", policy.policy_id())
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

async fn make(ctx: &Ctx<'_>, planned: &Value, name: &str) -> Result<String, ProviderError> {
    let request = iam::client(ctx)?
        .create_policy()
        .policy_name(name)
        .policy_document(shape::text(planned, "policy").unwrap_or_default())
        .set_description(shape::string(planned, "description"))
        .set_path(shape::string(planned, "path"))
        .set_tags(iam::sdk_tags(&tags::wanted(planned, ctx.facts)));
    let made = call("iam:CreatePolicy", request.send()).await.map_err(|e| e.while_doing("Creating the policy"))?;
    Ok(made.policy.and_then(|p| p.arn).unwrap_or_default())
}

async fn versions(client: &Client, arn: &str) -> Result<Option<Vec<PolicyVersion>>, ApiError> {
    let pages = client.list_policy_versions().policy_arn(arn).into_paginator().items().send();
    absent(call("iam:ListPolicyVersions", pages.collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)
}

async fn drop_version(client: &Client, arn: &str, version: &str) -> Result<(), ApiError> {
    let gone = call("iam:DeletePolicyVersion", client.delete_policy_version().policy_arn(arn).version_id(version).send()).await;
    absent(gone, NOT_FOUND).map(|_| ())
}

/// The version that has to go before another one fits.
fn oldest(versions: &[PolicyVersion]) -> Option<&str> {
    if versions.len() < MOST_VERSIONS {
        return None;
    }
    let idle = versions.iter().filter(|v| !v.is_default_version());
    idle.min_by_key(|v| v.create_date().map(|d| d.as_nanos()))?.version_id()
}

/// Makes a version and lets it count, at once or after the delay that is written.
async fn new_version(aws: &Aws, client: &Client, arn: &str, planned: &Value) -> Result<(), ProviderError> {
    let doing = "Changing the policy";
    let there = versions(client, arn).await.map_err(|e| e.while_doing(doing))?.unwrap_or_default();
    if let Some(version) = oldest(&there) {
        drop_version(client, arn, version).await.map_err(|e| e.while_doing(doing))?;
    }
    let delay = shape::int(planned, "delay_after_policy_creation_in_ms").and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0);
    let create = client
        .create_policy_version()
        .policy_arn(arn)
        .policy_document(shape::text(planned, "policy").unwrap_or_default())
        .set_as_default(delay.is_none());
    let made = call("iam:CreatePolicyVersion", create.send()).await.map_err(|e| e.while_doing(doing).at("policy"))?;
    let version = made.policy_version.and_then(|v| v.version_id);
    if let (Some(delay), Some(version)) = (delay, version) {
        tokio::time::sleep(Duration::from_millis(delay).mul_f64(aws.settings().scale())).await;
        let set = call("iam:SetDefaultPolicyVersion", client.set_default_policy_version().policy_arn(arn).version_id(version).send()).await;
        set.map_err(|e| e.while_doing(doing).at("policy"))?;
    }
    Ok(())
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let (aws, client) = (Aws::of(ctx)?, iam::client(ctx)?);
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let arn = request.prior.id().unwrap_or_default();
    if shape::changed(prior, planned, "policy") {
        new_version(aws, &client, arn, planned).await?;
    }
    let untag = |keys| call("iam:UntagPolicy", client.untag_policy().policy_arn(arn).set_tag_keys(Some(keys)).send());
    let tag = |tags| call("iam:TagPolicy", client.tag_policy().policy_arn(arn).set_tags(Some(tags)).send());
    iam::update_tags(ctx, prior, planned, untag, tag).await
}

#[async_trait]
impl ResourceType for IamPolicy {
    support::basics!("aws_iam_policy", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["iam:GetPolicy", "iam:GetPolicyVersion"],
            create: &["iam:CreatePolicy", "iam:TagPolicy"],
            update: &[
                "iam:CreatePolicyVersion",
                "iam:DeletePolicyVersion",
                "iam:ListPolicyVersions",
                "iam:SetDefaultPolicyVersion",
                "iam:TagPolicy",
                "iam:UntagPolicy",
            ],
            delete: &["iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:ListPolicyVersions"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match iam::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::each(iam::distinct_ids(priors), |arn| find(client.clone(), arn)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let name = generated::name(request.planned, "name", "name_prefix", &request.intent.token);
        match make(ctx, request.planned, &name).await {
            Ok(arn) => {
                let object = support::started(&self.schema(), ctx, request.planned, &arn);
                support::finish(self, ctx, request.addr, object, Ok(())).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, iam::client(ctx)?);
        let arn = request.prior.id().unwrap_or_default();
        let doing = "Deleting the policy";
        let there = versions(&client, arn).await.map_err(|e| e.while_doing(doing))?;
        for version in there.iter().flatten().filter(|v| !v.is_default_version()) {
            drop_version(&client, arn, version.version_id().unwrap_or_default()).await.map_err(|e| e.while_doing(doing))?;
        }
        let send = || call("iam:DeletePolicy", client.delete_policy().policy_arn(arn).send());
        support::delete_when_free(aws, doing, Duration::from_secs(60), NOT_FOUND, send).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let mut found = BTreeMap::new();
        for intent in intents {
            let known = intent.prior.as_ref().filter(|_| intent.operation != Operation::Create).and_then(|p| shape::string(p, "id"));
            let arn = match known {
                Some(arn) => arn,
                None => {
                    let name = generated::name(&intent.planned, "name", "name_prefix", &intent.token);
                    let path = shape::text(&intent.planned, "path").unwrap_or("/");
                    iam::arn(ctx, &format!("policy{path}{name}")).await?
                }
            };
            found.insert(intent.token.clone(), arn);
        }
        support::located(self, ctx, intents, &found).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        if !id.starts_with("arn:") {
            return Err(support::import_error("it must be the policy's ARN"));
        }
        support::imported(&self.schema(), None, &[("id", id)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::primitives::DateTime;

    fn version(id: &str, at: i64, counts: bool) -> PolicyVersion {
        PolicyVersion::builder().version_id(id).create_date(DateTime::from_secs(at)).is_default_version(counts).build()
    }

    #[test]
    fn the_oldest_idle_version_of_five_goes() {
        let mut all = vec![version("v1", 1, true), version("v4", 4, false), version("v2", 2, false), version("v3", 3, false)];
        assert_eq!(oldest(&all), None);
        all.push(version("v5", 5, false));
        assert_eq!(oldest(&all), Some("v2"));
    }

    #[test]
    fn imports_are_by_arn() {
        assert!(IamPolicy.import("mine").is_err());
        assert_eq!(IamPolicy.import("arn:aws:iam::1:policy/mine").unwrap().id(), Some("arn:aws:iam::1:policy/mine"));
    }
}
