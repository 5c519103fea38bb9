//! `aws_route`: one route of a table.
//!
//! Its natural key is table and destination: a lost one is found by it, and a second one is refused
//! (RouteAlreadyExists). The id is `r-TABLE` and a CRC-32 of the destination, as the provider makes it.
//! The target changes in place (ReplaceRoute). Deleting a local route gives it back its local target.

use crate::aws::clients::Aws;
use crate::aws::errors::ApiError;
use crate::aws::groups::{self, Found};
use crate::aws::resources::route_table;
use crate::aws::resources::routes::{self, Destination, Wanted};
use crate::aws::shape::{self, Attrs};
use crate::aws::{region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::types::{Route as Sdk, RouteOrigin, RouteState, RouteTable};

/// `aws_route`
pub struct Route;

const DESTINATIONS: [&str; 3] = ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];
const TARGETS: &[&str] = &[
    "carrier_gateway_id",
    "core_network_arn",
    "egress_only_gateway_id",
    "gateway_id",
    "local_gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "odb_network_arn",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
];

fn build() -> ResourceSchema {
    let mut block = support::base()
        .attr("instance_id", string().computed())
        .attr("instance_owner_id", string().computed())
        .attr("origin", string().computed())
        .attr("route_table_id", string().required().force_new())
        .attr("state", string().computed())
        .block("timeouts", timeouts::block(&["create", "update", "delete"]));
    for name in DESTINATIONS {
        block = block.attr(name, string().optional().force_new());
    }
    for name in TARGETS.iter().filter(|n| **n != "network_interface_id") {
        block = block.attr(name, string().optional());
    }
    let mut schema = ResourceSchema::new(0, block.attr("network_interface_id", string().optional().computed()));
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema.rules.equal = Some(equal);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::exactly_one(config, &DESTINATIONS);
    errors.extend(support::exactly_one(config, TARGETS));
    errors
}

/// Another target moves what AWS derives from it; a target that is not written is none.
fn plan(draft: &mut DiffDraft<'_>) {
    if draft.is_create() {
        return;
    }
    let moved = TARGETS.iter().any(|t| draft.configured(t).is_some() && draft.changes(t));
    if moved {
        for name in ["instance_id", "instance_owner_id", "origin", "state"] {
            draft.set_unknown(name);
        }
        if draft.configured("network_interface_id").is_none() {
            draft.set("network_interface_id", Value::unknown(Type::String));
        }
    }
}

/// IPv6 notations of one network are the same.
fn equal(path: &Path, prior: &Value, planned: &Value) -> bool {
    let six = |v: &Value| v.as_str().map(|t| Destination::Ipv6(t.to_string()));
    path.schema_key() == "destination_ipv6_cidr_block" && matches!((six(prior), six(planned)), (Some(a), Some(b)) if a.matches(&b))
}

fn destination(object: &Value) -> Option<Destination> {
    let [ipv4, ipv6, list] = DESTINATIONS;
    Destination::of(object, ipv4, ipv6, list)
}

fn wanted(object: &Value) -> Result<Wanted, ProviderError> {
    let incomplete = || ProviderError::new(ErrorKind::Invalid, "A route is incomplete", "It needs a destination and a target.");
    Wanted::of(object, destination(object)).ok_or_else(incomplete)
}

fn id_of(table: &str, destination: &str) -> String {
    format!("r-{table}{}", support::hashcode(destination))
}

/// The key of a route in a group answer: table and destination.
fn key(object: &Object) -> Option<String> {
    Some(format!("{}_{}", object.str("route_table_id")?, destination(&object.attributes)?.text()))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, route: &Sdk) -> Value {
    let table = shape::text(base, "route_table_id").unwrap_or_default();
    let to = destination(base);
    let gateway = route.gateway_id().unwrap_or_default();
    let endpoint = gateway.starts_with("vpce-");
    Attrs::over(schema, base)
        .text("id", Some(&id_of(table, to.as_ref().map_or("", Destination::text))))
        .text("region", Some(region::of(ctx)))
        .text("carrier_gateway_id", route.carrier_gateway_id())
        .text("core_network_arn", route.core_network_arn())
        .text("destination_cidr_block", route.destination_cidr_block())
        .text("destination_ipv6_cidr_block", route.destination_ipv6_cidr_block())
        .text("destination_prefix_list_id", route.destination_prefix_list_id())
        .text("egress_only_gateway_id", route.egress_only_internet_gateway_id())
        .text("gateway_id", Some(gateway).filter(|_| !endpoint))
        .text("vpc_endpoint_id", Some(gateway).filter(|_| endpoint))
        .text("instance_id", route.instance_id())
        .text("instance_owner_id", route.instance_owner_id())
        .text("local_gateway_id", route.local_gateway_id())
        .text("nat_gateway_id", route.nat_gateway_id())
        .text("network_interface_id", route.network_interface_id())
        .text("odb_network_arn", route.odb_network_arn())
        .text("origin", route.origin().map(RouteOrigin::as_str))
        .text("state", route.state().map(RouteState::as_str))
        .text("transit_gateway_id", route.transit_gateway_id())
        .text("vpc_peering_connection_id", route.vpc_peering_connection_id())
        .finish()
}

/// From tables to the routes asked for.
fn pick(priors: &[Prior<'_>], tables: &Found<RouteTable>) -> Found<Sdk> {
    let one = |object: &Object| -> Option<(String, Result<Option<Sdk>, ApiError>)> {
        let to = destination(&object.attributes)?;
        let found = match tables.get(object.str("route_table_id")?)? {
            Ok(table) => Ok(table.as_ref().and_then(|t| routes::find(t, &to)).cloned()),
            Err(e) => Err(e.clone()),
        };
        Some((key(object)?, found))
    };
    priors.iter().filter_map(|p| one(p.object)).collect()
}

#[async_trait]
impl ResourceType for Route {
    support::basics!("aws_route", build);

    fn shows_in(&self) -> &'static [&'static str] {
        &["aws_route_table"]
    }

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeRouteTables"],
            create: &["ec2:CreateRoute", "ec2:ReplaceRoute"],
            update: &["ec2:ReplaceRoute"],
            delete: &["ec2:DeleteRoute", "ec2:ReplaceRoute"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let tables: Vec<String> = priors.iter().filter_map(|p| p.object.str("route_table_id")).map(str::to_string).collect();
        let tables =
            groups::find_all(&tables, |ids| route_table::describe(client.clone(), ids), |id| route_table::describe_one(client.clone(), id))
                .await;
        let schema = self.schema();
        groups::outcomes_by(priors, &pick(priors, &tables), key, |base, route| flatten(ctx, &schema, base, route))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let planned = request.planned;
        let made = async {
            let wanted = wanted(planned)?;
            let table = shape::text(planned, "route_table_id").unwrap_or_default();
            let limit = request.timeouts.create.unwrap_or(timeouts::minutes(5));
            routes::create(ctx, &Aws::ec2_of(ctx)?, table, &wanted, limit).await?;
            Ok(support::started(&self.schema(), ctx, planned, &id_of(table, wanted.destination.text())))
        };
        match made.await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let change = async {
            let mut members = request.planned.members().cloned().unwrap_or_default();
            let written = TARGETS.iter().any(|t| *t != "network_interface_id" && shape::text(request.config, t).is_some());
            if written {
                members.insert("network_interface_id".into(), Value::null(Type::String));
            }
            members.insert("instance_id".into(), Value::null(Type::String));
            let wanted = wanted(&Value::object(members))?;
            let table = shape::text(request.planned, "route_table_id").unwrap_or_default();
            let limit = request.timeouts.update.unwrap_or(timeouts::minutes(2));
            routes::replace(ctx, &Aws::ec2_of(ctx)?, table, &wanted, limit).await
        };
        let done = change.await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let object = &request.prior.attributes;
        let (Some(table), Some(to)) = (shape::text(object, "route_table_id"), destination(object)) else { return Ok(()) };
        let limit = request.timeouts.delete.unwrap_or(timeouts::minutes(5));
        if shape::text(object, "origin") == Some("CreateRouteTable") {
            let local = Wanted { destination: to, target: "gateway_id", via: "local".into() };
            return routes::replace(ctx, &client, table, &local, limit).await;
        }
        routes::delete(ctx, &client, table, &to, limit).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let schema = self.schema();
        let candidates = intents.iter().enumerate().filter_map(|(i, intent)| {
            let table = shape::text(&intent.planned, "route_table_id")?;
            let to = destination(&intent.planned)?;
            Some((i, support::started(&schema, ctx, &intent.planned, &id_of(table, to.text()))))
        });
        let candidates: Vec<(usize, Object)> = candidates.collect();
        let mut located = support::located_as(self, ctx, intents, candidates).await?;
        for (answer, intent) in located.iter_mut().zip(intents) {
            if matches!(answer, Located::Found(object) if !same_target(&object.attributes, &intent.planned)) {
                *answer = Located::NotFound;
            }
        }
        Ok(located)
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let (id, region) = region::split_import(id);
        let (table, to) = id.split_once('_').ok_or_else(|| support::import_error("it has to be ROUTE-TABLE-ID_DESTINATION"))?;
        let name = if to.starts_with("pl-") {
            "destination_prefix_list_id"
        } else if to.contains(':') {
            "destination_ipv6_cidr_block"
        } else {
            "destination_cidr_block"
        };
        let hash = id_of(table, to);
        support::imported(&self.schema(), region, &[("id", &hash), ("route_table_id", table), (name, to)])
    }
}

/// Whether a route that is there leads where the lost one should have: then it is the lost one.
fn same_target(there: &Value, planned: &Value) -> bool {
    let written = TARGETS.iter().filter_map(|t| Some((*t, shape::text(planned, t)?)));
    written.clone().next().is_some() && written.into_iter().all(|(t, via)| shape::text(there, t) == Some(via))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_ids_name_table_and_destination() {
        let object = Route.import("rtb-1_10.0.0.0/8").unwrap();
        assert_eq!(object.str("destination_cidr_block"), Some("10.0.0.0/8"));
        assert_eq!(object.id(), Some(id_of("rtb-1", "10.0.0.0/8").as_str()));
        assert_eq!(Route.import("rtb-1_::/0").unwrap().str("destination_ipv6_cidr_block"), Some("::/0"));
        assert_eq!(Route.import("rtb-1_pl-2").unwrap().str("destination_prefix_list_id"), Some("pl-2"));
        assert!(Route.import("rtb-1").is_err());
    }

    #[test]
    fn ids_are_the_providers() {
        assert_eq!(id_of("rtb-0123", "0.0.0.0/0"), "r-rtb-01231080289494");
    }
}
