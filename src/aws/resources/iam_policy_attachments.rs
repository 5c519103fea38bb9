//! `aws_iam_role_policy_attachment` and `aws_iam_user_policy_attachment`: a managed policy on a
//! role or user.
//!
//! Attaching is idempotent. All attachments of one role are read in one call. The id is
//! `ROLE/ARN`; states of older providers have others, which stay: role and policy identify it.
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::iam::{self, NOT_FOUND};
use crate::aws::shape::{self, Attrs};
use crate::aws::{groups, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_iam::Client;

/// `aws_iam_role_policy_attachment`
pub struct OfRole;
/// `aws_iam_user_policy_attachment`
pub struct OfUser;

/// Whose policy it is.
#[derive(Clone, Copy)]
enum Whose {
    Role,
    User,
}

impl Whose {
    fn attr(self) -> &'static str {
        match self {
            Whose::Role => "role",
            Whose::User => "user",
        }
    }

    fn schema(self) -> ResourceSchema {
        let block = BlockSchema::new()
            .attr("id", string().optional().computed())
            .attr("policy_arn", string().required().force_new())
            .attr(self.attr(), string().required().force_new());
        let mut schema = ResourceSchema::new(0, block);
        schema.rules = support::rules();
        schema.rules.validate.push(validate);
        schema.rules.waits_for = match self {
            Whose::Role => &[("role", "aws_iam_role", "name")],
            Whose::User => &[("user", "aws_iam_user", "name")],
        };
        schema
    }

    async fn attached(self, client: Client, name: String) -> Result<Option<Vec<String>>, ApiError> {
        let found = match self {
            Whose::Role => {
                let pages = client.list_attached_role_policies().role_name(name).into_paginator().items().send();
                call("iam:ListAttachedRolePolicies", pages.collect::<Result<Vec<_>, _>>()).await
            }
            Whose::User => {
                let pages = client.list_attached_user_policies().user_name(name).into_paginator().items().send();
                call("iam:ListAttachedUserPolicies", pages.collect::<Result<Vec<_>, _>>()).await
            }
        };
        Ok(absent(found, NOT_FOUND)?.map(|all| all.into_iter().filter_map(|p| p.policy_arn).collect()))
    }

    async fn attach(self, client: &Client, name: &str, arn: &str) -> Result<(), ApiError> {
        match self {
            Whose::Role => {
                call("iam:AttachRolePolicy", client.attach_role_policy().role_name(name).policy_arn(arn).send()).await.map(|_| ())
            }
            Whose::User => {
                call("iam:AttachUserPolicy", client.attach_user_policy().user_name(name).policy_arn(arn).send()).await.map(|_| ())
            }
        }
    }

    async fn detach(self, client: &Client, name: &str, arn: &str) -> Result<(), ApiError> {
        match self {
            Whose::Role => {
                call("iam:DetachRolePolicy", client.detach_role_policy().role_name(name).policy_arn(arn).send()).await.map(|_| ())
            }
            Whose::User => {
                call("iam:DetachUserPolicy", client.detach_user_policy().user_name(name).policy_arn(arn).send()).await.map(|_| ())
            }
        }
    }

    /// Who and which policy.
    fn key(self, object: &Value) -> Option<(String, String)> {
        Some((shape::string(object, self.attr())?, shape::string(object, "policy_arn")?))
    }

    async fn read(self, ctx: &Ctx<'_>, schema: &ResourceSchema, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match iam::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let mut names: Vec<String> = priors.iter().filter_map(|p| Some(self.key(&p.object.attributes)?.0)).collect();
        names.sort_unstable();
        names.dedup();
        let found = groups::each(names, |name| self.attached(client.clone(), name)).await;
        let one = |prior: &Prior<'_>| {
            let Some((name, arn)) = self.key(&prior.object.attributes) else { return ReadOutcome::Failed(incomplete(prior, self)) };
            match found.get(&name) {
                Some(Ok(Some(all))) if all.contains(&arn) => {
                    let id = prior.object.id().map_or_else(|| format!("{name}/{arn}"), str::to_string);
                    let attributes = Attrs::over(schema, &prior.object.attributes).text("id", Some(&id)).finish();
                    ReadOutcome::Found(Box::new(Object { attributes, private: prior.object.private.clone() }))
                }
                Some(Err(e)) => ReadOutcome::Failed(e.clone().while_doing("Reading the attachment")),
                _ => ReadOutcome::Gone,
            }
        };
        priors.iter().map(one).collect()
    }

    async fn create(self, ctx: &Ctx<'_>, planned: &Value) -> Result<String, ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, iam::client(ctx)?);
        let (name, arn) = self.key(planned).unwrap_or_default();
        let busy = |e: &ApiError| e.is(&["ConcurrentModification", "UnmodifiableEntity"]) && e.kind != ErrorKind::Denied;
        iam::retried(aws, "Attaching the policy", busy, || self.attach(&client, &name, &arn)).await?;
        Ok(format!("{name}/{arn}"))
    }

    async fn delete(self, ctx: &Ctx<'_>, prior: &Value) -> Result<(), ProviderError> {
        let (name, arn) = self.key(prior).unwrap_or_default();
        let gone = self.detach(&iam::client(ctx)?, &name, &arn).await;
        absent(gone, NOT_FOUND).map(|_| ()).map_err(|e| e.while_doing("Detaching the policy"))
    }

    async fn locate(self, ty: &dyn ResourceType, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let id = |i: &Intent| self.key(&i.planned).map(|(name, arn)| (i.token.clone(), format!("{name}/{arn}")));
        support::located(ty, ctx, intents, &intents.iter().filter_map(id).collect()).await
    }

    fn import(self, schema: &ResourceSchema, id: &str) -> Result<Object, ProviderError> {
        match id.split_once('/') {
            Some((name, arn)) if arn.starts_with("arn:") => {
                support::imported(schema, None, &[("id", id), (self.attr(), name), ("policy_arn", arn)])
            }
            _ => Err(support::import_error("it must be the name, a slash, and the policy's ARN")),
        }
    }
}

fn validate(config: &Value) -> Vec<RuleError> {
    match shape::text(config, "policy_arn") {
        Some(arn) if !arn.starts_with("arn:") => {
            vec![RuleError { path: Path::attr("policy_arn"), message: "The ARN of a managed policy is needed here.".into() }]
        }
        _ => Vec::new(),
    }
}

fn incomplete(prior: &Prior<'_>, whose: Whose) -> ProviderError {
    let detail = format!("{} has no {} or no policy_arn in the state.", prior.addr, whose.attr());
    ProviderError::new(ErrorKind::Invalid, "An attachment cannot be looked up", detail)
        .help("Remove it from the state (`envctl state rm`) and import it again.")
}

macro_rules! attachment {
    ($ty:ident, $name:literal, $whose:expr, $list:literal, $attach:literal, $detach:literal) => {
        #[async_trait]
        impl ResourceType for $ty {
            fn name(&self) -> &'static str {
                $name
            }

            fn schema(&self) -> std::sync::Arc<ResourceSchema> {
                static SCHEMA: std::sync::OnceLock<std::sync::Arc<ResourceSchema>> = std::sync::OnceLock::new();
                SCHEMA.get_or_init(|| std::sync::Arc::new($whose.schema())).clone()
            }

            fn shows_in(&self) -> &'static [&'static str] {
                &["aws_iam_role", "aws_iam_user", "aws_iam_policy"]
            }

            fn iam(&self) -> IamActions {
                IamActions { read: &[$list], create: &[$attach], update: &[], delete: &[$detach] }
            }

            async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
                $whose.read(ctx, &self.schema(), priors).await
            }

            async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
                match $whose.create(ctx, request.planned).await {
                    Ok(id) => {
                        support::finish(self, ctx, request.addr, support::started(&self.schema(), ctx, request.planned, &id), Ok(())).await
                    }
                    Err(error) => Applied::failed(error),
                }
            }

            async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
                support::finish_update(self, ctx, &request, Ok(())).await
            }

            async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
                $whose.delete(ctx, &request.prior.attributes).await
            }

            async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
                $whose.locate(self, ctx, intents).await
            }

            fn import(&self, id: &str) -> Result<Object, ProviderError> {
                $whose.import(&self.schema(), id)
            }
        }
    };
}

attachment!(
    OfRole,
    "aws_iam_role_policy_attachment",
    Whose::Role,
    "iam:ListAttachedRolePolicies",
    "iam:AttachRolePolicy",
    "iam:DetachRolePolicy"
);
attachment!(
    OfUser,
    "aws_iam_user_policy_attachment",
    Whose::User,
    "iam:ListAttachedUserPolicies",
    "iam:AttachUserPolicy",
    "iam:DetachUserPolicy"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_name_and_arn() {
        let object = OfRole.import("web/arn:aws:iam::aws:policy/service-role/X").unwrap();
        assert_eq!((object.str("role"), object.str("policy_arn")), (Some("web"), Some("arn:aws:iam::aws:policy/service-role/X")));
        assert!(OfUser.import("web").is_err());
        assert_eq!(OfUser.import("me/arn:aws:iam::aws:policy/X").unwrap().str("user"), Some("me"));
    }
}
