//! `aws_iam_role`.
//!
//! The id is the name. `inline_policy` and `managed_policy_arns` say what the role has as a whole;
//! where they are not written, policies are others' business and only read. A principal in the trust policy that
//! was just made may be unknown for a while, and a new role may be answered with its unique id in
//! the place of its ARN.
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.

mod policies;

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::go_json::normalized;
use crate::aws::iam::{self, NOT_FOUND};
use crate::aws::shape::{self, Attrs};
use crate::aws::waiter::Poll;
use crate::aws::{generated, groups, policy_json, support, tags};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, RuleError, boolean, number, set_of, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::Role as Sdk;
use std::collections::BTreeMap;

/// `aws_iam_role`
pub struct IamRole;

fn build() -> ResourceSchema {
    let inline = BlockSchema::new().attr("name", string().optional()).attr("policy", string().optional());
    let block = BlockSchema::new()
        .attr("arn", string().computed())
        .attr("assume_role_policy", string().required())
        .attr("create_date", string().computed())
        .attr("description", string().optional())
        .attr("force_detach_policies", boolean().optional().default(Value::bool(false)))
        .attr("id", string().optional().computed())
        .attr("managed_policy_arns", set_of(Type::String).optional().computed().deprecated("Use `aws_iam_role_policy_attachment`."))
        .attr("max_session_duration", number().optional().default(Value::int(3600)))
        .attr("name", string().optional().computed().force_new())
        .attr("name_prefix", string().optional().computed().force_new())
        .attr("path", string().optional().default(Value::string("/")).force_new())
        .attr("permissions_boundary", string().optional())
        .attr("tags", tags::attribute())
        .attr("tags_all", tags::all_attribute())
        .attr("unique_id", string().computed())
        .block("inline_policy", inline.set(0, 0).computed());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(|draft: &mut DiffDraft<'_>| iam::normalize(draft, "assume_role_policy", normalized));
    schema.rules.equal = Some(|path, prior, planned| {
        ["assume_role_policy", "inline_policy.policy"].contains(&path.schema_key().as_str()) && iam::same_policy(prior, planned)
    });
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = iam::check_names(config, 64);
    errors.extend(iam::check_policy(config, "assume_role_policy"));
    if shape::int(config, "max_session_duration").is_some_and(|n| !(3600..=43200).contains(&n)) {
        errors.push(RuleError { path: Path::attr("max_session_duration"), message: "A session lasts 3600 to 43200 seconds.".into() });
    }
    if shape::text(config, "description").is_some_and(|d| d.chars().count() > 1000) {
        errors.push(RuleError { path: Path::attr("description"), message: "The description has at most 1000 characters.".into() });
    }
    for block in shape::objects(config, "inline_policy") {
        let written = |n: &str| block.get(n).is_some_and(|v| !v.is_null());
        if written("name") != written("policy") {
            errors.push(RuleError {
                path: Path::attr("inline_policy"),
                message: "An inline policy has a `name` and a `policy`; a block with neither means that there shall be none.".into(),
            });
        }
    }
    errors
}

/// A role with its policies.
struct Full {
    role: Sdk,
    inline: BTreeMap<String, String>,
    attached: Vec<String>,
}

async fn get(client: &Client, name: &str) -> Result<Option<Sdk>, ApiError> {
    let answer = call("iam:GetRole", client.get_role().role_name(name).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.role))
}

async fn find(client: Client, name: String) -> Result<Option<Full>, ApiError> {
    let (role, inline, attached) =
        tokio::try_join!(get(&client, &name), policies::inline(&client, &name), policies::attached(&client, &name))?;
    Ok(role.map(|role| Full { role, inline, attached }))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let role = &full.role;
    let (tags, tags_all) = iam::observed(ctx, role.tags(), base);
    let trust = iam::kept(shape::text(base, "assume_role_policy"), role.assume_role_policy_document().unwrap_or_default(), normalized);
    let boundary = role.permissions_boundary().and_then(|b| b.permissions_boundary_arn());
    let attrs = Attrs::over(schema, base)
        .text("id", Some(role.role_name()))
        .text("arn", Some(role.arn()))
        .text("assume_role_policy", Some(&trust))
        .text("create_date", Some(&iam::time(role.create_date())))
        .text("description", role.description())
        .flag("force_detach_policies", shape::flag(base, "force_detach_policies"))
        .set("managed_policy_arns", &full.attached)
        .int("max_session_duration", role.max_session_duration())
        .text("name", Some(role.role_name()))
        .text("name_prefix", Some(generated::prefix_of(role.role_name())))
        .text("path", Some(role.path()))
        .text("permissions_boundary", boundary)
        .text("unique_id", Some(role.role_id()))
        .put("tags", tags)
        .put("tags_all", tags_all);
    inline(attrs, base, &full.inline).finish()
}

/// The blocks stay as they are where they mean the policies that are there.
fn inline(attrs: Attrs, base: &Value, there: &BTreeMap<String, String>) -> Attrs {
    let before = policies::written(base);
    let same = before.len() == there.len() && before.iter().all(|(n, p)| there.get(n).is_some_and(|t| policy_json::equivalent(p, t)));
    let known = base.get("inline_policy").is_some_and(|v| !v.is_null() && v.is_wholly_known());
    if same && known {
        return attrs;
    }
    let block = |(name, policy): (&String, &String)| {
        let kept = before.get(name).filter(|b| policy_json::equivalent(b, policy));
        let text = kept.cloned().unwrap_or_else(|| normalized(policy));
        Value::object([("name".into(), Value::string(name)), ("policy".into(), Value::string(text))].into())
    };
    let ty = Type::object([("name", Type::String), ("policy", Type::String)]);
    attrs.put("inline_policy", Value::set(ty, there.iter().map(block).collect()))
}

/// A principal that IAM has not spread yet.
fn unknown_principal(e: &ApiError) -> bool {
    e.is(&["MalformedPolicyDocument"]) && e.message.contains("Invalid principal in policy")
}

async fn make(ctx: &Ctx<'_>, request: &CreateRequest<'_>, name: &str) -> Result<(), ProviderError> {
    let (aws, client) = (Aws::of(ctx)?, iam::client(ctx)?);
    let planned = request.planned;
    let send = || {
        let create = client
            .create_role()
            .role_name(name)
            .assume_role_policy_document(shape::text(planned, "assume_role_policy").unwrap_or_default())
            .set_description(shape::string(planned, "description"))
            .set_max_session_duration(shape::int(planned, "max_session_duration"))
            .set_path(shape::string(planned, "path"))
            .set_permissions_boundary(shape::string(planned, "permissions_boundary"))
            .set_tags(iam::sdk_tags(&tags::wanted(planned, ctx.facts)));
        call("iam:CreateRole", create.send())
    };
    iam::retried(aws, "Creating the role", unknown_principal, send).await.map(|_| ())
}

async fn after_create(ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
    support::reached(request.checkpoint, object).await?;
    let client = iam::client(ctx)?;
    let name = object.id().unwrap_or_default();
    let what = format!("the role {name} to have its ARN");
    let look = || async {
        match get(&client, name).await {
            Ok(Some(role)) if role.arn().starts_with("arn:") => Poll::Ready(()),
            Ok(_) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    Aws::of(ctx)?.wait(&what, iam::SPREADING).until(look).await?;
    policies::set_inline(&client, name, &BTreeMap::new(), &policies::written(request.planned)).await?;
    policies::set_attached(&client, name, &[], &shape::strings(request.planned, "managed_policy_arns")).await
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let (aws, client) = (Aws::of(ctx)?, iam::client(ctx)?);
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let name = request.prior.id().unwrap_or_default();
    let doing = "Changing the role";
    if shape::changed(prior, planned, "assume_role_policy") {
        let document = shape::text(planned, "assume_role_policy").unwrap_or_default();
        let send =
            || call("iam:UpdateAssumeRolePolicy", client.update_assume_role_policy().role_name(name).policy_document(document).send());
        iam::retried(aws, doing, unknown_principal, send).await.map_err(|e| e.at("assume_role_policy"))?;
    }
    if ["description", "max_session_duration"].iter().any(|n| shape::changed(prior, planned, n)) {
        let update = client
            .update_role()
            .role_name(name)
            .description(shape::text(planned, "description").unwrap_or_default())
            .set_max_session_duration(shape::int(planned, "max_session_duration"));
        call("iam:UpdateRole", update.send()).await.map_err(|e| e.while_doing(doing))?;
    }
    if shape::changed(prior, planned, "permissions_boundary") {
        let done = match shape::text(planned, "permissions_boundary") {
            Some(arn) => call(
                "iam:PutRolePermissionsBoundary",
                client.put_role_permissions_boundary().role_name(name).permissions_boundary(arn).send(),
            )
            .await
            .map(|_| ()),
            None => absent(
                call("iam:DeleteRolePermissionsBoundary", client.delete_role_permissions_boundary().role_name(name).send()).await,
                NOT_FOUND,
            )
            .map(|_| ()),
        };
        done.map_err(|e| e.while_doing(doing).at("permissions_boundary"))?;
    }
    if planned.get("inline_policy").is_some_and(Value::is_wholly_known) {
        policies::set_inline(&client, name, &policies::written(prior), &policies::written(planned)).await?;
    }
    if shape::changed(prior, planned, "managed_policy_arns") {
        let list = |o: &Value| shape::strings(o, "managed_policy_arns");
        policies::set_attached(&client, name, &list(prior), &list(planned)).await?;
    }
    let untag = |keys| call("iam:UntagRole", client.untag_role().role_name(name).set_tag_keys(Some(keys)).send());
    let tag = |tags| call("iam:TagRole", client.tag_role().role_name(name).set_tags(Some(tags)).send());
    iam::update_tags(ctx, prior, planned, untag, tag).await
}

/// Takes the role out of instance profiles, and its policies off where the state knows some or
/// `force_detach_policies` is set.
async fn clear(client: &Client, name: &str, prior: &Value) -> Result<(), ProviderError> {
    let pages = client.list_instance_profiles_for_role().role_name(name).into_paginator().items().send();
    let profiles = absent(call("iam:ListInstanceProfilesForRole", pages.collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)?;
    for profile in profiles.unwrap_or_default() {
        let gone = client.remove_role_from_instance_profile().role_name(name).instance_profile_name(profile.instance_profile_name()).send();
        absent(call("iam:RemoveRoleFromInstanceProfile", gone).await, NOT_FOUND)?;
    }
    let force = shape::flag(prior, "force_detach_policies") == Some(true);
    if force || !shape::strings(prior, "managed_policy_arns").is_empty() {
        policies::set_attached(client, name, &policies::attached(client, name).await?, &[]).await?;
    }
    if force || !policies::written(prior).is_empty() {
        for policy in policies::inline(client, name).await?.keys() {
            policies::remove_inline(client, name, policy).await?;
        }
    }
    Ok(())
}

#[async_trait]
impl ResourceType for IamRole {
    support::basics!("aws_iam_role", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            create: &["iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"],
            update: &[
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:PutRolePermissionsBoundary",
                "iam:DeleteRolePermissionsBoundary",
                "iam:PutRolePolicy",
                "iam:DeleteRolePolicy",
                "iam:AttachRolePolicy",
                "iam:DetachRolePolicy",
                "iam:TagRole",
                "iam:UntagRole",
            ],
            delete: &[
                "iam:DeleteRole",
                "iam:ListInstanceProfilesForRole",
                "iam:RemoveRoleFromInstanceProfile",
                "iam:DetachRolePolicy",
                "iam:DeleteRolePolicy",
            ],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match iam::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::each(iam::distinct_ids(priors), |name| find(client.clone(), name)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let name = generated::name(request.planned, "name", "name_prefix", &request.intent.token);
        if let Err(error) = make(ctx, &request, &name).await {
            return Applied::failed(error);
        }
        let object = support::started(&self.schema(), ctx, request.planned, &name);
        let done = after_create(ctx, &request, &object).await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, iam::client(ctx)?);
        let name = request.prior.id().unwrap_or_default();
        clear(&client, name, &request.prior.attributes).await?;
        let send = || call("iam:DeleteRole", client.delete_role().role_name(name).send());
        support::delete_when_free(aws, "Deleting the role", iam::SPREADING, NOT_FOUND, send).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let name = |i: &Intent| (i.token.clone(), generated::name(&i.planned, "name", "name_prefix", &i.token));
        support::located(self, ctx, intents, &intents.iter().map(name).collect()).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::imported(&self.schema(), None, &[("id", id)])
    }
}

#[cfg(test)]
mod tests;
