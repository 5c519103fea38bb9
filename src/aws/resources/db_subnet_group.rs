//! `aws_db_subnet_group`: the subnets a database may stand in.
//!
//! # Quirks
//! The id is the name, which AWS keeps in lower case. The API has no filter: several groups are
//! found by paging through all of them, one by its name. Tags need a call for each group.
//! Source: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups::{self, Found};
use crate::aws::shape::{self, Attrs};
use crate::aws::waiter::Poll;
use crate::aws::{generated, rds, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{ResourceSchema, RuleError, set_of, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbSubnetGroup as Sdk, Tag};
use std::collections::BTreeMap;

/// `aws_db_subnet_group`
pub struct DbSubnetGroup;

const NOT_FOUND: &[&str] = &["DBSubnetGroupNotFoundFault"];

fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("description", string().optional().default(Value::string("Managed by Terraform")))
        .attr("name", string().optional().computed().force_new())
        .attr("name_prefix", string().optional().computed().force_new())
        .attr("subnet_ids", set_of(Type::String).required())
        .attr("supported_network_types", set_of(Type::String).computed())
        .attr("vpc_id", string().computed());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(|draft| {
        if draft.changes("subnet_ids") {
            draft.set_unknown("supported_network_types");
        }
    });
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(config, &[("name", "name_prefix")]);
    for (name, most) in [("name", 255), ("name_prefix", 255 - generated::SUFFIX)] {
        let Some(text) = shape::text(config, name) else { continue };
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_. ".contains(c);
        if !text.chars().all(allowed) || text.len() > most {
            let message = format!("`{name}` has lower-case letters, digits, `-`, `_`, `.` and blanks, at most {most} characters.");
            errors.push(RuleError { path: Path::attr(name), message });
        }
        if text.eq_ignore_ascii_case("default") {
            errors.push(RuleError { path: Path::attr(name), message: "`default` is the name of AWS's own group.".into() });
        }
    }
    errors
}

/// A group with its tags.
struct Full {
    group: Sdk,
    tags: Vec<Tag>,
}

async fn describe_all(client: Client) -> Result<Vec<(String, Sdk)>, ApiError> {
    let pages = client.describe_db_subnet_groups().into_paginator().items().send();
    let all = call("rds:DescribeDBSubnetGroups", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(all.into_iter().filter_map(|g| Some((g.db_subnet_group_name()?.to_string(), g))).collect())
}

async fn describe_one(client: Client, name: String) -> Result<Option<Sdk>, ApiError> {
    let answer = call("rds:DescribeDBSubnetGroups", client.describe_db_subnet_groups().db_subnet_group_name(name).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.db_subnet_groups.unwrap_or_default().pop()))
}

/// One group by name, several by a walk over all.
async fn find(client: &Client, names: &[String]) -> Found<Sdk> {
    if names.len() < 3 {
        return groups::each(names.to_vec(), |n| describe_one(client.clone(), n)).await;
    }
    let wanted = names.to_vec();
    let many = |_: Vec<String>| async {
        let all = describe_all(client.clone()).await?;
        Ok(all.into_iter().filter(|(n, _)| wanted.contains(n)).collect())
    };
    groups::find_all(names, many, |n| describe_one(client.clone(), n)).await
}

/// Adds to each group that is there its tags.
async fn complete(client: &Client, found: Found<Sdk>) -> Found<Full> {
    let arns: Vec<String> = found.values().filter_map(|f| f.as_ref().ok()?.as_ref()?.db_subnet_group_arn.clone()).collect();
    let tags = groups::each(arns, |arn| async {
        let answer = call("rds:ListTagsForResource", client.list_tags_for_resource().resource_name(arn).send()).await;
        Ok(absent(answer, NOT_FOUND)?.map(|a| a.tag_list.unwrap_or_default()))
    })
    .await;
    let whole = |group: Result<Option<Sdk>, ApiError>| {
        let Some(group) = group? else { return Ok(None) };
        match tags.get(group.db_subnet_group_arn().unwrap_or_default()) {
            Some(Err(e)) => Err(e.clone()),
            Some(Ok(Some(tags))) => Ok(Some(Full { tags: tags.clone(), group })),
            Some(Ok(None)) | None => Ok(Some(Full { tags: Vec::new(), group })),
        }
    };
    found.into_iter().map(|(name, group)| (name, whole(group))).collect()
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let g = &full.group;
    let name = g.db_subnet_group_name().unwrap_or_default();
    let (tags, tags_all) = rds::observed(ctx, &full.tags, base);
    Attrs::over(schema, base)
        .text("id", Some(name))
        .text("region", Some(region::of(ctx)))
        .text("arn", g.db_subnet_group_arn())
        .text("description", g.db_subnet_group_description())
        .text("name", Some(name))
        .text("name_prefix", Some(generated::prefix_of(name)))
        .set("subnet_ids", g.subnets().iter().filter_map(|s| s.subnet_identifier()))
        .set("supported_network_types", g.supported_network_types())
        .text("vpc_id", g.vpc_id())
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

impl DbSubnetGroup {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let client = Aws::of(ctx)?.rds(Some(region::of(ctx)));
        let name = generated::name(planned, "name", "name_prefix", &request.intent.token);
        let made = client
            .create_db_subnet_group()
            .db_subnet_group_name(&name)
            .set_db_subnet_group_description(shape::string(planned, "description"))
            .set_subnet_ids(Some(shape::strings(planned, "subnet_ids")))
            .set_tags(Some(rds::for_create(ctx, planned)));
        let made = call("rds:CreateDBSubnetGroup", made.send()).await.map_err(|e| e.while_doing("Creating the DB subnet group"))?;
        let id = made.db_subnet_group.and_then(|g| g.db_subnet_group_name).unwrap_or(name);
        let object = support::started(&self.schema(), ctx, planned, &id);
        support::reached(request.checkpoint, &object).await?;
        Ok(object)
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::of(ctx)?.rds(Some(region::of(ctx)));
        let (prior, planned) = (&request.prior.attributes, request.planned);
        if shape::changed(prior, planned, "description") || shape::changed(prior, planned, "subnet_ids") {
            let modify = client
                .modify_db_subnet_group()
                .db_subnet_group_name(request.prior.id().unwrap_or_default())
                .set_db_subnet_group_description(shape::string(planned, "description"))
                .set_subnet_ids(Some(shape::strings(planned, "subnet_ids")));
            call("rds:ModifyDBSubnetGroup", modify.send()).await.map_err(|e| e.while_doing("Changing the DB subnet group"))?;
        }
        rds::update_tags(ctx, &client, request.prior.str("arn").unwrap_or_default(), prior, planned).await
    }
}

#[async_trait]
impl ResourceType for DbSubnetGroup {
    support::basics!("aws_db_subnet_group", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["rds:DescribeDBSubnetGroups", "rds:ListTagsForResource"],
            create: &["rds:CreateDBSubnetGroup", "rds:AddTagsToResource"],
            update: &["rds:ModifyDBSubnetGroup", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"],
            delete: &["rds:DeleteDBSubnetGroup"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::of(ctx) {
            Ok(aws) => aws.rds(Some(region::of(ctx))),
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = complete(&client, find(&client, &groups::ids(priors)).await).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = self.change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let aws = Aws::of(ctx)?;
        let client = aws.rds(Some(region::of(ctx)));
        let name = request.prior.id().unwrap_or_default();
        let gone = call("rds:DeleteDBSubnetGroup", client.delete_db_subnet_group().db_subnet_group_name(name).send()).await;
        absent(gone, NOT_FOUND).map_err(|e| e.while_doing("Deleting the DB subnet group"))?;
        let what = format!("the DB subnet group {name} to be deleted");
        let look = || async {
            match describe_one(client.clone(), name.to_string()).await {
                Ok(None) => Poll::Ready(()),
                Ok(Some(_)) => Poll::Pending,
                Err(e) => Poll::Failed(e.into()),
            }
        };
        aws.wait(&what, timeouts::minutes(3)).until(look).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let name = |i: &Intent| (i.token.clone(), generated::name(&i.planned, "name", "name_prefix", &i.token));
        support::located(self, ctx, intents, &intents.iter().map(name).collect::<BTreeMap<_, _>>()).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        let errors = |name: &str| validate(&Value::object([("name".into(), Value::string(name))].into())).len();
        assert_eq!((errors("db-main_1"), errors("Main"), errors("default"), errors(&"x".repeat(256))), (0, 1, 1, 1));
    }
}
