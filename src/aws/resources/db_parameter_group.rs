//! `aws_db_parameter_group`: settings of database engines.
//!
//! # Quirks
//! The id is the name, in lower case. The API has no filter: several groups are found by paging
//! through all of them. Their parameters need a call each, which answers those that were changed;
//! one that is written with its default value is looked up among the hundreds of the engine. Twenty
//! parameters fit into a call, and some have to change together. A parameter that is no longer
//! written goes back to its default.
//! Source: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html>.

mod parameters;

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups::{self, Found};
use crate::aws::shape::{self, Attrs};
use crate::aws::{generated, rds, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, RuleError, boolean, string};
use crate::value::{Members, Path, Value};
use async_trait::async_trait;
use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbParameterGroup as Sdk, Parameter, Tag};
use std::collections::BTreeMap;

/// `aws_db_parameter_group`
pub struct DbParameterGroup;

const NOT_FOUND: &[&str] = &["DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"];

fn parameter_block() -> BlockSchema {
    BlockSchema::new()
        .attr("apply_method", string().optional().default(Value::string("immediate")))
        .attr("name", string().required())
        .attr("value", string().required())
}

fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("description", string().optional().default(Value::string("Managed by Terraform")).force_new())
        .attr("family", string().required().force_new())
        .attr("name", string().optional().computed().force_new())
        .attr("name_prefix", string().optional().computed().force_new())
        .attr("skip_destroy", boolean().optional().default(Value::bool(false)))
        .block("parameter", parameter_block().set(0, 0));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(config, &[("name", "name_prefix")]);
    for (name, most) in [("name", 255), ("name_prefix", 255 - generated::SUFFIX)] {
        let Some(text) = shape::text(config, name) else { continue };
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        let ends = name == "name" && text.ends_with('-');
        if !text.chars().all(allowed)
            || !text.starts_with(|c: char| c.is_ascii_lowercase())
            || text.contains("--")
            || ends
            || text.len() > most
        {
            let message =
                format!("`{name}` has lower-case letters, digits, `.` and single `-`, begins with a letter, at most {most} characters.");
            errors.push(RuleError { path: Path::attr(name), message });
        }
    }
    for parameter in shape::objects(config, "parameter") {
        if shape::text(parameter, "apply_method").is_some_and(|m| !["immediate", "pending-reboot"].contains(&m)) {
            let message = "`apply_method` is `immediate` or `pending-reboot` (static parameters need that).".into();
            errors.push(RuleError { path: Path::attr("parameter"), message });
        }
    }
    errors
}

fn plan(draft: &mut DiffDraft<'_>) {
    let waits = |p: &Value| shape::text(p, "apply_method") == Some("pending-reboot");
    if draft.changes("parameter") && draft.planned("parameter").and_then(Value::items).is_some_and(|all| all.iter().any(waits)) {
        draft.note("parameter", "parameters with `pending-reboot` count once the databases are restarted");
    }
}

/// A group with its tags and the parameters that were changed.
struct Full {
    group: Sdk,
    tags: Vec<Tag>,
    parameters: Vec<Parameter>,
}

async fn describe_all(client: Client) -> Result<Vec<(String, Sdk)>, ApiError> {
    let pages = client.describe_db_parameter_groups().into_paginator().items().send();
    let all = call("rds:DescribeDBParameterGroups", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(all.into_iter().filter_map(|g| Some((g.db_parameter_group_name()?.to_string(), g))).collect())
}

async fn describe_one(client: Client, name: String) -> Result<Option<Sdk>, ApiError> {
    let answer = call("rds:DescribeDBParameterGroups", client.describe_db_parameter_groups().db_parameter_group_name(&name).send()).await;
    let found = absent(answer, NOT_FOUND)?.and_then(|a| a.db_parameter_groups.unwrap_or_default().pop());
    Ok(found.filter(|g| g.db_parameter_group_name() == Some(&name)))
}

/// One group by name, several by a walk over all.
async fn find(client: &Client, names: &[String]) -> Found<Sdk> {
    if names.len() < 3 {
        return groups::each(names.to_vec(), |n| describe_one(client.clone(), n)).await;
    }
    let many = |wanted: Vec<String>| async move {
        let all = describe_all(client.clone()).await?;
        Ok(all.into_iter().filter(|(n, _)| wanted.contains(n)).collect())
    };
    groups::find_all(names, many, |n| describe_one(client.clone(), n)).await
}

/// Adds tags and parameters; `written`: the names that the state has for each group.
async fn complete(client: &Client, found: Found<Sdk>, written: &BTreeMap<String, Vec<String>>) -> Found<Full> {
    let there: Vec<Sdk> = found.values().filter_map(|f| f.as_ref().ok()?.clone()).collect();
    let arns = there.iter().filter_map(|g| g.db_parameter_group_arn.clone()).collect();
    let names = there.iter().filter_map(|g| g.db_parameter_group_name.clone()).collect();
    let none = Vec::new();
    let (tags, parameters) = tokio::join!(
        groups::each(arns, |arn| async {
            let answer = call("rds:ListTagsForResource", client.list_tags_for_resource().resource_name(arn).send()).await;
            Ok(absent(answer, NOT_FOUND)?.map(|a| a.tag_list.unwrap_or_default()))
        }),
        groups::each(names, |name| parameters::of(client.clone(), written.get(&name).unwrap_or(&none), name.clone())),
    );
    let whole = |name: &str, group: Result<Option<Sdk>, ApiError>| {
        let Some(group) = group? else { return Ok(None) };
        let tags = tags.get(group.db_parameter_group_arn().unwrap_or_default()).cloned().unwrap_or(Ok(None))?.unwrap_or_default();
        let parameters = parameters.get(name).cloned().unwrap_or(Ok(None))?;
        Ok(parameters.map(|parameters| Full { group, tags, parameters }))
    };
    found.into_iter().map(|(name, group)| (name.clone(), whole(&name, group))).collect()
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let g = &full.group;
    let name = g.db_parameter_group_name().unwrap_or_default();
    let (tags, tags_all) = rds::observed(ctx, &full.tags, base);
    Attrs::over(schema, base)
        .text("id", Some(name))
        .text("region", Some(region::of(ctx)))
        .text("arn", g.db_parameter_group_arn())
        .text("description", g.description())
        .text("family", g.db_parameter_group_family())
        .text("name", Some(name))
        .text("name_prefix", Some(generated::prefix_of(name)))
        .put("parameter", parameters::flatten(&parameter_block(), base, &full.parameters))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

fn client(ctx: &Ctx<'_>) -> Result<Client, ProviderError> {
    Ok(Aws::of(ctx)?.rds(Some(region::of(ctx))))
}

async fn make(ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<String, ProviderError> {
    let planned = request.planned;
    let name = generated::name(planned, "name", "name_prefix", &request.intent.token);
    let send = client(ctx)?
        .create_db_parameter_group()
        .db_parameter_group_name(&name)
        .set_db_parameter_group_family(shape::string(planned, "family"))
        .set_description(shape::string(planned, "description"))
        .set_tags(Some(rds::for_create(ctx, planned)));
    let made = call("rds:CreateDBParameterGroup", send.send()).await.map_err(|e| e.while_doing("Creating the DB parameter group"))?;
    Ok(made.db_parameter_group.and_then(|g| g.db_parameter_group_name).unwrap_or(name))
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let client = client(ctx)?;
    let (prior, planned) = (&request.prior.attributes, request.planned);
    parameters::set(&client, request.prior.id().unwrap_or_default(), prior, planned).await?;
    rds::update_tags(ctx, &client, request.prior.str("arn").unwrap_or_default(), prior, planned).await
}

#[async_trait]
impl ResourceType for DbParameterGroup {
    support::basics!("aws_db_parameter_group", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["rds:DescribeDBParameterGroups", "rds:DescribeDBParameters", "rds:ListTagsForResource"],
            create: &["rds:CreateDBParameterGroup", "rds:ModifyDBParameterGroup", "rds:AddTagsToResource"],
            update: &["rds:ModifyDBParameterGroup", "rds:ResetDBParameterGroup", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"],
            delete: &["rds:DeleteDBParameterGroup"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let names = |p: &Prior<'_>| Some((p.object.id()?.to_string(), parameters::names(&p.object.attributes)));
        let written = priors.iter().filter_map(names).collect();
        let found = complete(&client, find(&client, &groups::ids(priors)).await, &written).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let name = match make(ctx, &request).await {
            Ok(name) => name,
            Err(error) => return Applied::failed(error),
        };
        let object = support::started(&self.schema(), ctx, request.planned, &name);
        let steps = async {
            support::reached(request.checkpoint, &object).await?;
            parameters::set(&client(ctx)?, &name, &Value::object(Members::new()), request.planned).await
        };
        let done = steps.await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    /// A database that is being deleted keeps its group for a while.
    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        if shape::flag(&request.prior.attributes, "skip_destroy") == Some(true) {
            return Ok(());
        }
        let client = client(ctx)?;
        let name = request.prior.id().unwrap_or_default();
        let send = || async {
            let sent = call("rds:DeleteDBParameterGroup", client.delete_db_parameter_group().db_parameter_group_name(name).send()).await;
            sent.map_err(rds::in_use)
        };
        support::delete_when_free(Aws::of(ctx)?, "Deleting the DB parameter group", timeouts::minutes(3), NOT_FOUND, send).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let name = |i: &Intent| (i.token.clone(), generated::name(&i.planned, "name", "name_prefix", &i.token));
        support::located(self, ctx, intents, &intents.iter().map(name).collect::<BTreeMap<_, _>>()).await
    }

    /// What no API answers starts with its default, so that an import is complete.
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let object = support::import(&self.schema(), id)?;
        let mut members: Members = object.attributes.members().cloned().unwrap_or_default();
        members.insert("skip_destroy".into(), Value::bool(false));
        Ok(Object::new(Value::object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        let errors = |name: &str| validate(&Value::object([("name".into(), Value::string(name))].into())).len();
        assert_eq!((errors("postgres-16"), errors("Main"), errors("a--b"), errors("1a"), errors("a-")), (0, 1, 1, 1, 1));
    }
}
