//! `aws_route_table_association`: a subnet or a gateway uses a route table.
//!
//! Another table is set in place by ReplaceRouteTableAssociation, which gives a new id. A subnet has
//! one association: a lost create is found by subnet (or gateway) and table; a subnet that has
//! another one already is refused (Resource.AlreadyAssociated).

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups;
use crate::aws::shape::{self, Attrs};
use crate::aws::waiter::Poll;
use crate::aws::{ec2, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{RouteTableAssociation as Sdk, RouteTableAssociationStateCode as State};
use std::collections::BTreeMap;
use std::time::Duration;

/// `aws_route_table_association`
pub struct RouteTableAssociation;

const NOT_FOUND: &[&str] = &["InvalidAssociationID.NotFound"];

fn build() -> ResourceSchema {
    let block = support::base()
        .attr("gateway_id", string().optional().force_new())
        .attr("route_table_id", string().required())
        .attr("subnet_id", string().optional().force_new())
        .block("timeouts", timeouts::block(&["create", "update", "delete"]));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    support::exactly_one(config, &["subnet_id", "gateway_id"])
}

/// Another table gives another id.
fn plan(draft: &mut DiffDraft<'_>) {
    if draft.changes("route_table_id") {
        draft.set_unknown("id");
    }
}

/// Associations that a filter finds, dead ones left out.
async fn associations(client: &Client, filter: &str, values: &[String]) -> Result<Vec<Sdk>, ApiError> {
    let mut found = Vec::new();
    for chunk in values.chunks(groups::CHUNK) {
        let pages = client.describe_route_tables().filters(ec2::filter(filter, chunk)).into_paginator().items().send();
        let tables = call("ec2:DescribeRouteTables", pages.collect::<Result<Vec<_>, _>>()).await?;
        let alive = |a: &Sdk| {
            !a.association_state()
                .and_then(|s| s.state())
                .is_some_and(|s| matches!(s, State::Disassociated | State::Disassociating | State::Failed))
        };
        found.extend(tables.into_iter().flat_map(|t| t.associations.unwrap_or_default()).filter(alive));
    }
    Ok(found)
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let all = associations(&client, "association.route-table-association-id", &ids).await?;
    Ok(all.into_iter().filter_map(|a| Some((a.route_table_association_id()?.to_string(), a))).filter(|(id, _)| ids.contains(id)).collect())
}

/// There is no read by id: an answer without it says that it is gone.
async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    Ok(describe(client, vec![id]).await?.pop().map(|(_, a)| a))
}

/// The association that an import id `SUBNET/TABLE` or `GATEWAY/TABLE` names.
async fn between(client: Client, pair: String) -> Result<Option<Sdk>, ApiError> {
    let (user, table) = pair.split_once('/').unwrap_or_default();
    let all = associations(&client, "route-table-id", &[table.to_string()]).await?;
    Ok(all.into_iter().find(|a| a.subnet_id() == Some(user) || a.gateway_id() == Some(user)))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, association: &Sdk) -> Value {
    Attrs::over(schema, base)
        .text("id", association.route_table_association_id())
        .text("region", Some(region::of(ctx)))
        .text("gateway_id", association.gateway_id())
        .text("route_table_id", association.route_table_id())
        .text("subnet_id", association.subnet_id())
        .finish()
}

async fn wait(ctx: &Ctx<'_>, client: &Client, id: &str, there: bool, limit: Duration) -> Result<(), ProviderError> {
    let what = format!("the association {id} to be {}", if there { "made" } else { "gone" });
    let look = || async {
        match describe_one(client.clone(), id.to_string()).await {
            Ok(Some(a)) if there && matches!(a.association_state().and_then(|s| s.state()), None | Some(State::Associated)) => {
                Poll::Ready(())
            }
            Ok(None) if !there => Poll::Ready(()),
            Ok(_) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    Aws::of(ctx)?.wait(&what, limit).until(look).await
}

impl RouteTableAssociation {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let client = Aws::ec2_of(ctx)?;
        let send = || async {
            let sent = client
                .associate_route_table()
                .set_route_table_id(shape::string(planned, "route_table_id"))
                .set_subnet_id(shape::string(planned, "subnet_id"))
                .set_gateway_id(shape::string(planned, "gateway_id"));
            match call("ec2:AssociateRouteTable", sent.send()).await {
                Ok(made) => Poll::Ready(made.association_id.unwrap_or_default()),
                Err(e) if e.is(&["InvalidRouteTableID.NotFound"]) => Poll::Pending,
                Err(e) => Poll::Failed(e.while_doing("Associating the route table")),
            }
        };
        let id = Aws::of(ctx)?.wait("the route table to be seen by the API", timeouts::minutes(1)).until(send).await?;
        Ok(support::started(&self.schema(), ctx, planned, &id))
    }

    /// Replaces the table; the base of the reading has the new id.
    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<Object, ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let old = request.prior.id().unwrap_or_default();
        let sent = client
            .replace_route_table_association()
            .association_id(old)
            .set_route_table_id(shape::string(request.planned, "route_table_id"));
        let made = call("ec2:ReplaceRouteTableAssociation", sent.send()).await.map_err(|e| e.while_doing("Changing the route table"))?;
        let id = made.new_association_id().unwrap_or_default();
        wait(ctx, &client, id, true, request.timeouts.update.unwrap_or(timeouts::minutes(2))).await?;
        Ok(support::started(&self.schema(), ctx, request.planned, id))
    }
}

#[async_trait]
impl ResourceType for RouteTableAssociation {
    support::basics!("aws_route_table_association", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeRouteTables"],
            create: &["ec2:AssociateRouteTable"],
            update: &["ec2:ReplaceRouteTableAssociation"],
            delete: &["ec2:DisassociateRouteTable"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let (imports, known): (Vec<String>, Vec<String>) = groups::ids(priors).into_iter().partition(|id| id.contains('/'));
        let mut found = groups::find_all(&known, |ids| describe(client.clone(), ids), |id| describe_one(client.clone(), id)).await;
        found.extend(groups::each(imports, |pair| between(client.clone(), pair)).await);
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, association| flatten(ctx, &schema, base, association))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => {
                let done = async {
                    support::reached(request.checkpoint, &object).await?;
                    let limit = request.timeouts.create.unwrap_or(timeouts::minutes(5));
                    wait(ctx, &Aws::ec2_of(ctx)?, object.id().unwrap_or_default(), true, limit).await
                };
                let done = done.await;
                support::finish(self, ctx, request.addr, object, done).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        if !shape::changed(&request.prior.attributes, request.planned, "route_table_id") {
            return support::finish_update(self, ctx, &request, Ok(())).await;
        }
        match self.change(ctx, &request).await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::partial(request.prior.clone(), error),
        }
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let id = request.prior.id().unwrap_or_default();
        let sent = call("ec2:DisassociateRouteTable", client.disassociate_route_table().association_id(id).send()).await;
        absent(sent, NOT_FOUND).map_err(|e| e.while_doing("Ending the association"))?;
        wait(ctx, &client, id, false, request.timeouts.delete.unwrap_or(timeouts::minutes(5))).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let tables: Vec<String> = intents.iter().filter_map(|i| shape::string(&i.planned, "route_table_id")).collect();
        let all = associations(&client, "route-table-id", &tables).await?;
        let mut found = BTreeMap::new();
        for intent in intents {
            let is = |name: &str, there: Option<&str>| shape::text(&intent.planned, name) == there.filter(|t| !t.is_empty());
            let ours = all
                .iter()
                .find(|a| is("route_table_id", a.route_table_id()) && is("subnet_id", a.subnet_id()) && is("gateway_id", a.gateway_id()));
            if let Some(id) = ours.and_then(|a| a.route_table_association_id()) {
                found.insert(intent.token.clone(), id.to_string());
            }
        }
        support::located(self, ctx, intents, &found).await
    }

    /// `SUBNET/TABLE` or `GATEWAY/TABLE` as the provider takes it, or the id of the association itself.
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let (id, region) = region::split_import(id);
        let pair = id.split_once('/').is_some_and(|(a, b)| !a.is_empty() && b.starts_with("rtb-"));
        if !pair && !id.starts_with("rtbassoc-") {
            return Err(support::import_error("it has to be SUBNET-ID/ROUTE-TABLE-ID or GATEWAY-ID/ROUTE-TABLE-ID"));
        }
        support::imported(&self.schema(), region, &[("id", id)])
    }
}
