//! `aws_route_table`: a table with routes inline (`route`), or with `aws_route` beside it.
//!
//! `route` is optional and computed: left out, the routes that exist stay. CreateRouteTable takes a
//! client token; a lost table is found by the intent tag. Deleting it ends its associations first.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups;
use crate::aws::resources::routes;
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, region, support, timeouts, untraced};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{ResourceSchema, RuleError, set_of, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{ResourceType as Kind, RouteTable as Sdk};

const TRACED: untraced::Traced = untraced::Traced { prefix: "rtb", uses: &[] };

/// `aws_route_table`
pub struct RouteTable;

const DESTINATIONS: &[&str] = &["cidr_block", "destination_prefix_list_id", "ipv6_cidr_block"];

/// The type of an element of `route`.
fn element() -> Type {
    let targets = routes::TARGETS.iter().filter(|t| **t != "instance_id");
    Type::object(targets.chain(DESTINATIONS).map(|n| (*n, Type::String)))
}

fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("owner_id", string().computed())
        .attr("propagating_vgws", set_of(Type::String).optional().computed())
        .attr("route", set_of(element()).optional().computed().as_blocks())
        .attr("vpc_id", string().required().force_new())
        .block("timeouts", timeouts::block(&["create", "update", "delete"]));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.equal = Some(equal);
    schema
}

/// Each route has one destination and one target.
pub(super) fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = Vec::new();
    for (i, element) in shape::objects(config, "route").iter().enumerate() {
        if element.is_unknown() {
            continue;
        }
        let set = |names: &[&str]| {
            names.iter().filter(|n| element.get(n).is_some_and(|v| v.is_unknown() || v.as_str().is_some_and(|s| !s.is_empty()))).count()
        };
        let complain = |what: &str, names: &[&str]| {
            let list = names.join("`, `");
            RuleError { path: Path::attr("route").index(i), message: format!("A route needs exactly one {what}: one of `{list}`.") }
        };
        if set(DESTINATIONS) != 1 {
            errors.push(complain("destination", DESTINATIONS));
        }
        if set(routes::TARGETS) != 1 {
            errors.push(complain("target", routes::TARGETS));
        }
    }
    errors
}

/// Routes mean the same when destinations and targets do (a NAT gateway's interface is not compared).
pub(super) fn equal(path: &Path, prior: &Value, planned: &Value) -> bool {
    if path.schema_key() != "route" {
        return false;
    }
    let of = |v: &Value| v.items().unwrap_or(&[]).iter().filter_map(routes::Wanted::of_element).collect::<Vec<_>>();
    let (a, b) = (of(prior), of(planned));
    let same = |x: &routes::Wanted, y: &routes::Wanted| x.destination.matches(&y.destination) && x.target == y.target && x.via == y.via;
    let complete = |v: &Value, n: usize| v.items().is_some_and(|i| i.len() == n);
    complete(prior, a.len()) && complete(planned, b.len()) && a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| same(x, y)))
}

/// Tables by id.
pub(super) async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let pages = client.describe_route_tables().filters(ec2::filter("route-table-id", ids)).into_paginator().items().send();
    let tables = call("ec2:DescribeRouteTables", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(tables.into_iter().filter_map(|t| Some((t.route_table_id()?.to_string(), t))).collect())
}

/// One table by id.
pub(super) async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    routes::table(&client, &id).await
}

/// Attributes that the table types share.
pub(super) fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, table: &Sdk) -> Value {
    let id = table.route_table_id().unwrap_or_default();
    let (tags, tags_all) = ec2::observed(ctx, table.tags(), base);
    let element = match schema.block.attrs.get("route").map(|a| &a.ty) {
        Some(Type::Set(t)) => (**t).clone(),
        _ => element(),
    };
    Attrs::over(schema, base)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, table.owner_id(), &format!("route-table/{id}"))))
        .text("owner_id", table.owner_id())
        .set("propagating_vgws", table.propagating_vgws().iter().filter_map(|g| g.gateway_id()))
        .put("route", routes::flatten(table, base, &element))
        .text("vpc_id", table.vpc_id())
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

impl RouteTable {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let made =
            Aws::ec2_of(ctx)?.create_route_table().set_vpc_id(shape::string(request.planned, "vpc_id")).client_token(&request.intent.token);
        let named = (Kind::RouteTable, TRACED, "Creating the route table");
        let send = |tags| call("ec2:CreateRouteTable", made.clone().set_tag_specifications(tags).send());
        let made = untraced::create(ctx, request, named, send).await?;
        let id = made.route_table().and_then(|t| t.route_table_id()).unwrap_or_default();
        Ok(support::started(&self.schema(), ctx, request.planned, id))
    }

    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        support::reached(request.checkpoint, object).await?;
        let client = Aws::ec2_of(ctx)?;
        let id = object.id().unwrap_or_default();
        let limit = request.timeouts.create.unwrap_or(timeouts::minutes(5));
        let nothing = Value::dynamic();
        routes::propagate(&client, id, &nothing, request.planned).await?;
        routes::update(ctx, &client, id, &nothing, request.planned, limit).await
    }
}

/// The update that the table types share.
pub(super) async fn update(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let client = Aws::ec2_of(ctx)?;
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let id = request.prior.id().unwrap_or_default();
    let limit = request.timeouts.update.unwrap_or(timeouts::minutes(2));
    if shape::changed(prior, planned, "propagating_vgws") {
        routes::propagate(&client, id, prior, planned).await?;
    }
    if shape::changed(prior, planned, "route") {
        routes::update(ctx, &client, id, prior, planned, limit).await?;
    }
    ec2::update_tags(ctx, &client, id, prior, planned).await
}

#[async_trait]
impl ResourceType for RouteTable {
    support::basics!("aws_route_table", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeRouteTables", "ec2:DescribeTags"],
            create: &["ec2:CreateRouteTable", "ec2:CreateTags", "ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:EnableVgwRoutePropagation"],
            update: &[
                "ec2:CreateRoute",
                "ec2:ReplaceRoute",
                "ec2:DeleteRoute",
                "ec2:EnableVgwRoutePropagation",
                "ec2:DisableVgwRoutePropagation",
                "ec2:CreateTags",
                "ec2:DeleteTags",
            ],
            delete: &["ec2:DisassociateRouteTable", "ec2:DeleteRouteTable"],
        }
    }

    fn uses_intent_tag(&self) -> bool {
        true
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found =
            groups::find_all(&groups::ids(priors), |ids| describe(client.clone(), ids), |id| describe_one(client.clone(), id)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, table| flatten(ctx, &schema, base, table))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => {
                let done = self.after_create(ctx, &request, &object).await;
                support::finish(self, ctx, request.addr, object, done).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = update(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let id = request.prior.id().unwrap_or_default();
        let doing = "Deleting the route table";
        let Some(table) = routes::table(&client, id).await.map_err(|e| e.while_doing(doing))? else { return Ok(()) };
        for association in table.associations().iter().filter(|a| a.main() != Some(true)).filter_map(|a| a.route_table_association_id()) {
            let ended = call("ec2:DisassociateRouteTable", client.disassociate_route_table().association_id(association).send()).await;
            absent(ended, &["InvalidAssociationID.NotFound"]).map_err(|e| e.while_doing(doing))?;
        }
        let limit = request.timeouts.delete.unwrap_or(timeouts::minutes(5));
        let send = || call("ec2:DeleteRouteTable", client.delete_route_table().route_table_id(id).send());
        support::delete_when_free(aws, doing, limit, routes::NO_TABLE, send).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        untraced::locate(self, ctx, TRACED, intents).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}
