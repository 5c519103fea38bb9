//! `aws_iam_user`.
//!
//! The id is the name, and both name and path can be changed: the id and the ARN move then.
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html>.

mod belongings;

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::iam::{self, NOT_FOUND};
use crate::aws::shape::{self, Attrs};
use crate::aws::{groups, support, tags};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, RuleError, boolean, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::User as Sdk;
use std::time::Duration;

/// `aws_iam_user`
pub struct IamUser;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("arn", string().computed())
        .attr("force_destroy", boolean().optional().default(Value::bool(false)))
        .attr("id", string().optional().computed())
        .attr("name", string().required())
        .attr("path", string().optional().default(Value::string("/")))
        .attr("permissions_boundary", string().optional())
        .attr("tags", tags::attribute())
        .attr("tags_all", tags::all_attribute())
        .attr("unique_id", string().computed());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    iam::check_names(config, 64)
}

/// A renamed user has another id; a moved one another ARN.
fn plan(draft: &mut DiffDraft<'_>) {
    if draft.changes("name") {
        let name = draft.planned("name").cloned().unwrap_or_else(|| Value::unknown(Type::String));
        draft.set("id", name.unmark().0);
    }
    if draft.changes("name") || draft.changes("path") {
        draft.set_unknown("arn");
    }
}

async fn find(client: Client, name: String) -> Result<Option<Sdk>, ApiError> {
    Ok(absent(call("iam:GetUser", client.get_user().user_name(name).send()).await, NOT_FOUND)?.and_then(|a| a.user))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, user: &Sdk) -> Value {
    let (tags, tags_all) = iam::observed(ctx, user.tags(), base);
    Attrs::over(schema, base)
        .text("id", Some(user.user_name()))
        .text("arn", Some(user.arn()))
        .flag("force_destroy", shape::flag(base, "force_destroy"))
        .text("name", Some(user.user_name()))
        .text("path", Some(user.path()))
        .text("permissions_boundary", user.permissions_boundary().and_then(|b| b.permissions_boundary_arn()))
        .text("unique_id", Some(user.user_id()))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

async fn make(ctx: &Ctx<'_>, planned: &Value) -> Result<(), ProviderError> {
    let request = iam::client(ctx)?
        .create_user()
        .set_user_name(shape::string(planned, "name"))
        .set_path(shape::string(planned, "path"))
        .set_permissions_boundary(shape::string(planned, "permissions_boundary"))
        .set_tags(iam::sdk_tags(&tags::wanted(planned, ctx.facts)));
    call("iam:CreateUser", request.send()).await.map(|_| ()).map_err(|e| e.while_doing("Creating the user"))
}

/// Renames and moves; a rename that was done before (its answer lost) is fine.
async fn rename(client: &Client, old: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let new = shape::text(planned, "name").unwrap_or(old);
    if !shape::changed(prior, planned, "name") && !shape::changed(prior, planned, "path") {
        return Ok(());
    }
    let update = client
        .update_user()
        .user_name(old)
        .set_new_path(shape::string(planned, "path"))
        .set_new_user_name(Some(new.to_string()).filter(|n| n != old));
    match call("iam:UpdateUser", update.send()).await {
        Ok(_) => Ok(()),
        Err(e) if e.is(NOT_FOUND) && new != old => match find(client.clone(), new.to_string()).await? {
            Some(user) if shape::text(prior, "unique_id") == Some(user.user_id()) => Ok(()),
            _ => Err(e.while_doing("Renaming the user").at("name")),
        },
        Err(e) => Err(e.while_doing("Renaming the user").at("name")),
    }
}

/// What remains once the user has its name.
async fn change(ctx: &Ctx<'_>, client: &Client, name: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    if shape::changed(prior, planned, "permissions_boundary") {
        let done = match shape::text(planned, "permissions_boundary") {
            Some(arn) => call(
                "iam:PutUserPermissionsBoundary",
                client.put_user_permissions_boundary().user_name(name).permissions_boundary(arn).send(),
            )
            .await
            .map(|_| ()),
            None => absent(
                call("iam:DeleteUserPermissionsBoundary", client.delete_user_permissions_boundary().user_name(name).send()).await,
                NOT_FOUND,
            )
            .map(|_| ()),
        };
        done.map_err(|e| e.while_doing("Changing the user").at("permissions_boundary"))?;
    }
    let untag = |keys| call("iam:UntagUser", client.untag_user().user_name(name).set_tag_keys(Some(keys)).send());
    let tag = |tags| call("iam:TagUser", client.tag_user().user_name(name).set_tags(Some(tags)).send());
    iam::update_tags(ctx, prior, planned, untag, tag).await
}

#[async_trait]
impl ResourceType for IamUser {
    support::basics!("aws_iam_user", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["iam:GetUser"],
            create: &["iam:CreateUser", "iam:TagUser"],
            update: &[
                "iam:UpdateUser",
                "iam:PutUserPermissionsBoundary",
                "iam:DeleteUserPermissionsBoundary",
                "iam:TagUser",
                "iam:UntagUser",
            ],
            delete: &[
                "iam:DeleteUser",
                "iam:ListGroupsForUser",
                "iam:RemoveUserFromGroup",
                "iam:ListAccessKeys",
                "iam:DeleteAccessKey",
                "iam:ListSSHPublicKeys",
                "iam:DeleteSSHPublicKey",
                "iam:ListMFADevices",
                "iam:DeactivateMFADevice",
                "iam:DeleteVirtualMFADevice",
                "iam:DeleteLoginProfile",
                "iam:ListSigningCertificates",
                "iam:DeleteSigningCertificate",
                "iam:ListServiceSpecificCredentials",
                "iam:DeleteServiceSpecificCredential",
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
        groups::outcomes(priors, &found, |base, user| flatten(ctx, &schema, base, user))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        if let Err(error) = make(ctx, request.planned).await {
            return Applied::failed(error);
        }
        let name = shape::text(request.planned, "name").unwrap_or_default();
        support::finish(self, ctx, request.addr, support::started(&self.schema(), ctx, request.planned, name), Ok(())).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let client = match iam::client(ctx) {
            Ok(client) => client,
            Err(error) => return support::finish_update(self, ctx, &request, Err(error)).await,
        };
        let (prior, planned) = (&request.prior.attributes, request.planned);
        if let Err(error) = rename(&client, request.prior.id().unwrap_or_default(), prior, planned).await {
            return support::finish_update(self, ctx, &request, Err(error)).await;
        }
        let name = shape::text(planned, "name").unwrap_or_default();
        let done = change(ctx, &client, name, prior, planned).await;
        let attributes = Attrs::over(&self.schema(), prior).text("id", Some(name)).text("name", Some(name)).finish();
        let renamed = Object { attributes, private: request.prior.private.clone() };
        support::finish_update(self, ctx, &UpdateRequest { prior: &renamed, ..request }, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, iam::client(ctx)?);
        let name = request.prior.id().unwrap_or_default();
        let doing = "Deleting the user";
        belongings::leave_groups(&client, name).await.map_err(|e| e.while_doing(doing))?;
        let force = shape::flag(&request.prior.attributes, "force_destroy") == Some(true);
        if force {
            belongings::remove_all(&client, name).await.map_err(|e| e.while_doing(doing))?;
        }
        let send = || call("iam:DeleteUser", client.delete_user().user_name(name).send());
        let deleted = support::delete_when_free(aws, doing, Duration::from_secs(if force { 60 } else { 10 }), NOT_FOUND, send).await;
        deleted.map_err(|e| if e.kind == crate::provider::ErrorKind::InUse && !force { e.help("Keys, a password, a device or policies are left on the user: remove them, or set `force_destroy = true` and apply first.") } else { e })
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let name = |i: &Intent| Some((i.token.clone(), shape::string(&i.planned, "name")?));
        support::located(self, ctx, intents, &intents.iter().filter_map(name).collect()).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::imported(&self.schema(), None, &[("id", id)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ProviderFacts;

    #[test]
    fn a_renamed_user_has_another_id_and_arn() {
        let object = |name: &str, path: &str| {
            let texts = [("id", "old"), ("name", name), ("path", path), ("arn", "arn:x")];
            Value::object(texts.iter().map(|(k, v)| ((*k).into(), Value::string(v))).collect())
        };
        let facts = ProviderFacts::default();
        let planned = |name: &str, path: &str| {
            let (prior, config) = (object("old", "/"), object(name, path));
            let mut draft = DiffDraft {
                config: &config,
                prior: Some(&prior),
                planned: config.clone(),
                provider: &facts,
                replace: vec![],
                notes: vec![],
            };
            plan(&mut draft);
            (draft.planned("id").and_then(Value::as_str).map(str::to_string), draft.planned("arn").is_some_and(Value::is_unknown))
        };
        assert_eq!(planned("new", "/"), (Some("new".into()), true));
        assert_eq!(planned("old", "/x/"), (Some("old".into()), true));
        assert_eq!(planned("old", "/"), (Some("old".into()), false));
    }
}
