//! `aws_iam_instance_profile`: what gives an instance a role.
//!
//! The id is the name. A profile holds one role; a second one answers LimitExceeded. A new profile
//! may be answered without a proper ARN for a while, and EC2 learns of it later still.
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::iam::{self, NOT_FOUND};
use crate::aws::shape::{self, Attrs};
use crate::aws::waiter::Poll;
use crate::aws::{generated, groups, support, tags};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::InstanceProfile as Sdk;

/// `aws_iam_instance_profile`
pub struct IamInstanceProfile;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("arn", string().computed())
        .attr("create_date", string().computed())
        .attr("id", string().optional().computed())
        .attr("name", string().optional().computed().force_new())
        .attr("name_prefix", string().optional().computed().force_new())
        .attr("path", string().optional().default(Value::string("/")).force_new())
        .attr("role", string().optional())
        .attr("tags", tags::attribute())
        .attr("tags_all", tags::all_attribute())
        .attr("unique_id", string().computed());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.waits_for = &[("role", "aws_iam_role", "name")];
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    iam::check_names(config, 128)
}

async fn find(client: Client, name: String) -> Result<Option<Sdk>, ApiError> {
    let answer = call("iam:GetInstanceProfile", client.get_instance_profile().instance_profile_name(name).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.instance_profile))
}

fn role_of(profile: &Sdk) -> Option<&str> {
    profile.roles().first().map(|r| r.role_name())
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, profile: &Sdk) -> Value {
    let (tags, tags_all) = iam::observed(ctx, profile.tags(), base);
    let name = profile.instance_profile_name();
    Attrs::over(schema, base)
        .text("id", Some(name))
        .text("arn", Some(profile.arn()))
        .text("create_date", Some(&iam::time(profile.create_date())))
        .text("name", Some(name))
        .text("name_prefix", Some(generated::prefix_of(name)))
        .text("path", Some(profile.path()))
        .text("role", role_of(profile))
        .text("unique_id", Some(profile.instance_profile_id()))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

async fn make(ctx: &Ctx<'_>, planned: &Value, name: &str) -> Result<(), ProviderError> {
    let request = iam::client(ctx)?
        .create_instance_profile()
        .instance_profile_name(name)
        .set_path(shape::string(planned, "path"))
        .set_tags(iam::sdk_tags(&tags::wanted(planned, ctx.facts)));
    call("iam:CreateInstanceProfile", request.send()).await.map(|_| ()).map_err(|e| e.while_doing("Creating the instance profile"))
}

/// Waits until the profile is answered with its ARN and, where one is wanted, its role.
async fn ready(ctx: &Ctx<'_>, client: &Client, name: &str, role: Option<&str>) -> Result<(), ProviderError> {
    let what = format!("the instance profile {name} to be ready");
    let look = || async {
        match find(client.clone(), name.to_string()).await {
            Ok(Some(p)) if p.arn().starts_with("arn:") && (role.is_none() || role_of(&p) == role) => Poll::Ready(()),
            Ok(_) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    Aws::of(ctx)?.wait(&what, iam::SPREADING).until(look).await
}

async fn add_role(ctx: &Ctx<'_>, client: &Client, name: &str, role: &str) -> Result<(), ProviderError> {
    let unspread = |e: &ApiError| e.is(NOT_FOUND) || e.message.contains("Invalid IAM Instance Profile name");
    let send = || async {
        match call("iam:AddRoleToInstanceProfile", client.add_role_to_instance_profile().instance_profile_name(name).role_name(role).send())
            .await
        {
            Err(e) if e.is(&["LimitExceeded"]) => match find(client.clone(), name.to_string()).await {
                Ok(Some(p)) if role_of(&p) == Some(role) => Ok(()),
                _ => Err(e),
            },
            answer => answer.map(|_| ()),
        }
    };
    iam::retried(Aws::of(ctx)?, "Giving the instance profile its role", unspread, send).await.map_err(|e| e.at("role"))
}

async fn remove_role(client: &Client, name: &str, role: &str) -> Result<(), ProviderError> {
    let gone = client.remove_role_from_instance_profile().instance_profile_name(name).role_name(role).send();
    absent(call("iam:RemoveRoleFromInstanceProfile", gone).await, NOT_FOUND)
        .map(|_| ())
        .map_err(|e| e.while_doing("Taking the role out of the instance profile").at("role"))
}

async fn after_create(ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
    support::reached(request.checkpoint, object).await?;
    let client = iam::client(ctx)?;
    let name = object.id().unwrap_or_default();
    let role = shape::text(request.planned, "role");
    ready(ctx, &client, name, None).await?;
    if let Some(role) = role {
        add_role(ctx, &client, name, role).await?;
    }
    ready(ctx, &client, name, role).await
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let client = iam::client(ctx)?;
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let name = request.prior.id().unwrap_or_default();
    if shape::changed(prior, planned, "role") {
        if let Some(old) = shape::text(prior, "role") {
            remove_role(&client, name, old).await?;
        }
        if let Some(new) = shape::text(planned, "role") {
            add_role(ctx, &client, name, new).await?;
        }
        ready(ctx, &client, name, shape::text(planned, "role")).await?;
    }
    let untag = |keys| {
        call("iam:UntagInstanceProfile", client.untag_instance_profile().instance_profile_name(name).set_tag_keys(Some(keys)).send())
    };
    let tag = |tags| call("iam:TagInstanceProfile", client.tag_instance_profile().instance_profile_name(name).set_tags(Some(tags)).send());
    iam::update_tags(ctx, prior, planned, untag, tag).await
}

#[async_trait]
impl ResourceType for IamInstanceProfile {
    support::basics!("aws_iam_instance_profile", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["iam:GetInstanceProfile"],
            create: &["iam:CreateInstanceProfile", "iam:TagInstanceProfile", "iam:AddRoleToInstanceProfile", "iam:PassRole"],
            update: &[
                "iam:AddRoleToInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
                "iam:PassRole",
                "iam:TagInstanceProfile",
                "iam:UntagInstanceProfile",
            ],
            delete: &["iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match iam::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::each(iam::distinct_ids(priors), |name| find(client.clone(), name)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, profile| flatten(ctx, &schema, base, profile))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let name = generated::name(request.planned, "name", "name_prefix", &request.intent.token);
        if let Err(error) = make(ctx, request.planned, &name).await {
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
        if let Some(role) = request.prior.str("role") {
            remove_role(&client, name, role).await?;
        }
        let send = || call("iam:DeleteInstanceProfile", client.delete_instance_profile().instance_profile_name(name).send());
        support::delete_when_free(aws, "Deleting the instance profile", iam::SPREADING, NOT_FOUND, send).await
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
mod tests {
    use super::*;
    use crate::schema::ProviderFacts;
    use aws_sdk_iam::primitives::DateTime;

    #[test]
    fn a_profile_reads_as_the_provider_writes_it() {
        let profile = Sdk::builder()
            .instance_profile_name("p")
            .instance_profile_id("AIPA")
            .arn("arn:x")
            .path("/")
            .create_date(DateTime::from_secs(0))
            .set_roles(Some(vec![]))
            .build()
            .unwrap();
        let facts = ProviderFacts::default();
        let ctx = Ctx { configured: &(), facts: &facts, region: None };
        let schema = IamInstanceProfile.schema();
        let base = Value::object([("role".into(), Value::string("gone"))].into());
        let value = flatten(&ctx, &schema, &base, &profile);
        assert_eq!(value.ty(), schema.block.ty());
        assert_eq!(value.get("role"), Some(&Value::string("")));
        assert_eq!(shape::text(&value, "create_date"), Some("1970-01-01T00:00:00Z"));
    }
}
