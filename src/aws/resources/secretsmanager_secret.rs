//! `aws_secretsmanager_secret`: a secret without its values, which `aws_secretsmanager_secret_version` has.
//!
//! # Quirks
//! A deleted secret is kept for `recovery_window_in_days`, and its name with it: to its reader it
//! is gone, to whoever makes another of that name it is in the way. With a window of 0 it goes at
//! once, which may still take a minute. Replicas have to go before the secret. No call answers
//! several secrets with policies and replicas: each is read with two.
//! Source: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>.

mod send;

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, call};
use crate::aws::go_json::normalized;
use crate::aws::secrets::{self, NOT_FOUND, gone};
use crate::aws::shape::{self, Attrs};
use crate::aws::tags::{TagRules, Tags};
use crate::aws::waiter::Poll;
use crate::aws::{generated, groups, iam, policy_json, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, boolean, number, string};
use crate::value::{Members, Path, Value};
use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput as Sdk;
use aws_sdk_secretsmanager::types::ReplicationStatusType;
use std::collections::BTreeMap;

/// `aws_secretsmanager_secret`
pub struct Secret;

fn replica_block() -> BlockSchema {
    BlockSchema::new()
        .attr("kms_key_id", string().optional().computed())
        .attr("last_accessed_date", string().computed())
        .attr("region", string().required())
        .attr("status", string().computed())
        .attr("status_message", string().computed())
}

fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("description", string().optional())
        .attr("force_overwrite_replica_secret", boolean().optional().default(Value::bool(false)))
        .attr("kms_key_id", string().optional())
        .attr("name", string().optional().computed().force_new())
        .attr("name_prefix", string().optional().computed().force_new())
        .attr("policy", string().optional().computed())
        .attr("recovery_window_in_days", number().optional().default(Value::int(30)))
        .block("replica", replica_block().set(0, 0).computed());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(|draft| iam::normalize(draft, "policy", normalized));
    schema.rules.equal = Some(|path, prior, planned| path.schema_key() == "policy" && iam::same_policy(prior, planned));
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(config, &[("name", "name_prefix")]);
    for (name, most) in [("name", 512), ("name_prefix", 512 - generated::SUFFIX)] {
        let Some(text) = shape::text(config, name) else { continue };
        if !text.chars().all(|c| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)) || text.len() > most {
            let message = format!("`{name}` has letters, digits and / _ + = . @ -, at most {most} characters.");
            errors.push(RuleError { path: Path::attr(name), message });
        }
    }
    if shape::int(config, "recovery_window_in_days").is_some_and(|n| n != 0 && !(7..=30).contains(&n)) {
        let message = "The window has 7 to 30 days, or 0: then a deleted secret cannot be brought back.".into();
        errors.push(RuleError { path: Path::attr("recovery_window_in_days"), message });
    }
    errors.extend(iam::check_policy(config, "policy").into_iter().filter(|_| shape::text(config, "policy").is_some()));
    errors
}

/// A secret with its policy.
struct Full {
    secret: Sdk,
    policy: Option<String>,
}

/// The description of a secret, also of one that is being removed.
async fn describe(client: &Client, id: &str) -> Result<Option<Sdk>, ApiError> {
    match call("secretsmanager:DescribeSecret", client.describe_secret().secret_id(id).send()).await {
        Ok(secret) => Ok(Some(secret)),
        Err(e) if e.is(NOT_FOUND) => Ok(None),
        Err(e) => Err(e),
    }
}

async fn find(client: Client, id: String) -> Result<Option<Full>, ApiError> {
    let there = describe(&client, &id).await?.filter(|s| s.deleted_date().is_none());
    let Some(secret) = there else { return Ok(None) };
    match call("secretsmanager:GetResourcePolicy", client.get_resource_policy().secret_id(&id).send()).await {
        Ok(answer) => Ok(Some(Full { secret, policy: answer.resource_policy })),
        Err(e) if gone(&e) => Ok(None),
        Err(e) => Err(e),
    }
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let secret = &full.secret;
    let remote: Tags =
        secret.tags().iter().filter_map(|t| Some((t.key()?.to_string(), t.value().unwrap_or_default().to_string()))).collect();
    let (tags, tags_all) = TagRules::from_facts(ctx.facts).observed(&remote, base);
    let name = secret.name().unwrap_or_default();
    let before = shape::text(base, "policy");
    let none = before.filter(|b| policy_json::same_json(b, "")).map(str::to_string);
    let policy = full.policy.as_deref().map(|p| policy_json::kept(before, p)).or(none);
    let replicas = secret.replication_status().iter().map(replica).collect();
    Attrs::over(schema, base)
        .text("id", secret.arn())
        .text("region", Some(region::of(ctx)))
        .text("arn", secret.arn())
        .text("description", secret.description())
        .text("kms_key_id", secret.kms_key_id())
        .text("name", Some(name))
        .text("name_prefix", Some(generated::prefix_of(name)))
        .text("policy", policy.as_deref())
        .put("replica", Value::set(replica_block().ty(), replicas))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

fn replica(r: &ReplicationStatusType) -> Value {
    let text = |t: Option<&str>| Value::string(t.unwrap_or_default());
    let accessed = r.last_accessed_date().and_then(|d| d.fmt(aws_sdk_secretsmanager::primitives::DateTimeFormat::DateTime).ok());
    let members: Members = [
        ("kms_key_id".into(), text(r.kms_key_id())),
        ("last_accessed_date".into(), text(accessed.as_deref())),
        ("region".into(), text(r.region())),
        ("status".into(), text(r.status().map(aws_sdk_secretsmanager::types::StatusType::as_str))),
        ("status_message".into(), text(r.status_message())),
    ]
    .into();
    shape::filled(&replica_block(), members)
}

#[async_trait]
impl ResourceType for Secret {
    support::basics!("aws_secretsmanager_secret", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
            create: &[
                "secretsmanager:CreateSecret",
                "secretsmanager:PutResourcePolicy",
                "secretsmanager:ReplicateSecretToRegions",
                "secretsmanager:TagResource",
            ],
            update: &[
                "secretsmanager:UpdateSecret",
                "secretsmanager:PutResourcePolicy",
                "secretsmanager:DeleteResourcePolicy",
                "secretsmanager:ReplicateSecretToRegions",
                "secretsmanager:RemoveRegionsFromReplication",
                "secretsmanager:TagResource",
                "secretsmanager:UntagResource",
            ],
            delete: &["secretsmanager:DeleteSecret", "secretsmanager:RemoveRegionsFromReplication"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match secrets::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::each(iam::distinct_ids(priors), |id| find(client.clone(), id)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let arn = match send::create(ctx, &request).await {
            Ok(arn) => arn,
            Err(error) => return Applied::failed(error),
        };
        let object = support::started(&self.schema(), ctx, request.planned, &arn);
        let done = async {
            support::reached(request.checkpoint, &object).await?;
            match shape::text(request.planned, "policy").filter(|p| !policy_json::same_json(p, "")) {
                Some(policy) => send::policy(ctx, &arn, policy).await,
                None => Ok(()),
            }
        };
        let done = done.await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = send::change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        send::delete(ctx, request.prior).await?;
        let client = secrets::client(ctx)?;
        let id = request.prior.id().unwrap_or_default();
        let what = format!("the secret {id} to be deleted");
        let look = || async {
            match describe(&client, id).await {
                Ok(Some(secret)) if secret.deleted_date().is_none() => Poll::Pending,
                Ok(_) => Poll::Ready(()),
                Err(e) => Poll::Failed(e.into()),
            }
        };
        Aws::of(ctx)?.wait(&what, timeouts::minutes(2)).until(look).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let name = |i: &Intent| (i.token.clone(), generated::name(&i.planned, "name", "name_prefix", &i.token));
        support::located(self, ctx, intents, &intents.iter().map(name).collect::<BTreeMap<_, _>>()).await
    }

    /// What no API answers starts with its default, so that an import is complete.
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let object = support::import(&self.schema(), id)?;
        let mut members: Members = object.attributes.members().cloned().unwrap_or_default();
        members.insert("recovery_window_in_days".into(), Value::int(30));
        members.insert("force_overwrite_replica_secret".into(), Value::bool(false));
        Ok(Object::new(Value::object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_windows_and_policies_are_checked() {
        let errors = |name: &str, value: Value| validate(&Value::object([(name.into(), value)].into())).len();
        assert_eq!((errors("name", Value::string("app/db@1")), errors("name", Value::string("a b"))), (0, 1));
        assert_eq!((errors("recovery_window_in_days", Value::int(0)), errors("recovery_window_in_days", Value::int(3))), (0, 1));
        assert_eq!((errors("policy", Value::string("{}")), errors("policy", Value::string("x"))), (0, 1));
    }
}
