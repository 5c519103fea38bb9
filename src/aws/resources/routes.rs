//! Routes as route tables hold them: one destination, one target. Shared by the table types and
//! `aws_route`.
//!
//! A VPC endpoint is answered as a gateway id (`vpce-…`). The local routes, those of VPN gateways that
//! propagate, and the prefix list routes of gateway endpoints are nobody's to configure.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::shape;
use crate::aws::waiter::Poll;
use crate::provider::{Ctx, ProviderError};
use crate::value::{Members, Type, Value};
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Route, RouteOrigin, RouteState, RouteTable};
use std::time::Duration;

/// Answers that mean "no such table".
pub const NO_TABLE: &[&str] = &["InvalidRouteTableID.NotFound", "InvalidRouteTableId.NotFound"];

/// Where a route leads to: destination attribute (as in a `route` block) and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// `cidr_block`
    Ipv4(String),
    /// `ipv6_cidr_block`
    Ipv6(String),
    /// `destination_prefix_list_id`
    PrefixList(String),
}

/// Attributes of targets in a `route` block and in `aws_route`.
pub const TARGETS: &[&str] = &[
    "carrier_gateway_id",
    "core_network_arn",
    "egress_only_gateway_id",
    "gateway_id",
    "instance_id",
    "local_gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "odb_network_arn",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
];

/// A route to be made: destination, target attribute, target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Destination.
    pub destination: Destination,
    /// Which attribute of [`TARGETS`].
    pub target: &'static str,
    /// Its value.
    pub via: String,
}

impl Destination {
    /// From members of these names; the first that is set.
    #[must_use]
    pub fn of(object: &Value, ipv4: &str, ipv6: &str, list: &str) -> Option<Self> {
        let get = |n: &str| shape::string(object, n);
        get(ipv4).map(Self::Ipv4).or_else(|| get(ipv6).map(Self::Ipv6)).or_else(|| get(list).map(Self::PrefixList))
    }
    /// Of an answered route.
    #[must_use]
    pub fn of_route(route: &Route) -> Option<Self> {
        let own = |t: Option<&str>| t.map(str::to_string);
        let ipv4 = own(route.destination_cidr_block()).map(Self::Ipv4);
        let ipv6 = own(route.destination_ipv6_cidr_block()).map(Self::Ipv6);
        ipv4.or(ipv6).or_else(|| own(route.destination_prefix_list_id()).map(Self::PrefixList))
    }
    /// The value.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Ipv4(t) | Self::Ipv6(t) | Self::PrefixList(t) => t,
        }
    }
    /// Whether both name the same network (IPv6 notations differ).
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ipv4(a), Self::Ipv4(b)) | (Self::Ipv6(a), Self::Ipv6(b)) => a == b || network(a).is_some() && network(a) == network(b),
            (Self::PrefixList(a), Self::PrefixList(b)) => a == b,
            _ => false,
        }
    }
    fn parts(&self) -> (Option<String>, Option<String>, Option<String>) {
        match self {
            Self::Ipv4(t) => (Some(t.clone()), None, None),
            Self::Ipv6(t) => (None, Some(t.clone()), None),
            Self::PrefixList(t) => (None, None, Some(t.clone())),
        }
    }
}

fn network(text: &str) -> Option<ipnet::IpNet> {
    text.parse::<ipnet::IpNet>().ok().map(|n| n.trunc())
}

impl Wanted {
    /// From an element of `route`, or from an `aws_route` with its own names of the destination.
    #[must_use]
    pub fn of(object: &Value, destination: Option<Destination>) -> Option<Self> {
        let target = TARGETS.iter().find(|t| shape::text(object, t).is_some())?;
        Some(Wanted { destination: destination?, target, via: shape::string(object, target)? })
    }
    /// From an element of a `route` set.
    #[must_use]
    pub fn of_element(element: &Value) -> Option<Self> {
        Self::of(element, Destination::of(element, "cidr_block", "ipv6_cidr_block", "destination_prefix_list_id"))
    }
}

/// Sets destination and target on a CreateRoute or ReplaceRoute request.
macro_rules! route_request {
    ($request:expr, $wanted:expr) => {{
        let wanted: &Wanted = $wanted;
        let (ipv4, ipv6, list) = wanted.destination.parts();
        let request = $request.set_destination_cidr_block(ipv4).set_destination_ipv6_cidr_block(ipv6).set_destination_prefix_list_id(list);
        match wanted.target {
            "carrier_gateway_id" => request.carrier_gateway_id(&wanted.via),
            "core_network_arn" => request.core_network_arn(&wanted.via),
            "egress_only_gateway_id" => request.egress_only_internet_gateway_id(&wanted.via),
            "instance_id" => request.instance_id(&wanted.via),
            "local_gateway_id" => request.local_gateway_id(&wanted.via),
            "nat_gateway_id" => request.nat_gateway_id(&wanted.via),
            "network_interface_id" => request.network_interface_id(&wanted.via),
            "odb_network_arn" => request.odb_network_arn(&wanted.via),
            "transit_gateway_id" => request.transit_gateway_id(&wanted.via),
            "vpc_endpoint_id" => request.vpc_endpoint_id(&wanted.via),
            "vpc_peering_connection_id" => request.vpc_peering_connection_id(&wanted.via),
            _ => request.gateway_id(&wanted.via),
        }
    }};
}

/// One table, `None` when it does not exist.
///
/// # Errors
/// Every other failure.
pub async fn table(client: &Client, id: &str) -> Result<Option<RouteTable>, ApiError> {
    let answer = call("ec2:DescribeRouteTables", client.describe_route_tables().route_table_ids(id).send()).await;
    Ok(absent(answer, NO_TABLE)?.and_then(|a| a.route_tables.unwrap_or_default().pop()))
}

/// The route of a table to a destination.
#[must_use]
pub fn find<'a>(table: &'a RouteTable, destination: &Destination) -> Option<&'a Route> {
    table.routes().iter().find(|r| Destination::of_route(r).is_some_and(|d| d.matches(destination)))
}

/// What CreateRoute says of a destination that has a route.
const EXISTS: &[&str] = &["RouteAlreadyExists"];

/// Makes a route and waits until it is there. The local route is there already: it is redirected.
///
/// # Errors
/// The failing call, also where the destination has a route.
pub async fn create(ctx: &Ctx<'_>, client: &Client, id: &str, wanted: &Wanted, limit: Duration) -> Result<(), ProviderError> {
    if wanted.via == "local" {
        return replace(ctx, client, id, wanted, limit).await;
    }
    let what = format!("the route to {} in {id}", wanted.destination.text());
    let send = || async {
        match call("ec2:CreateRoute", route_request!(client.create_route().route_table_id(id), wanted).send()).await {
            Ok(_) => Poll::Ready(()),
            Err(e) if e.is(&["InvalidTransitGatewayID.NotFound"]) || e.is(NO_TABLE) => Poll::Pending,
            Err(e) if e.is(EXISTS) => Poll::Failed(
                e.while_doing("Creating the route")
                    .help("Import the route, or remove it: one that envctl does not know has this destination in the table."),
            ),
            Err(e) => Poll::Failed(e.while_doing("Creating the route")),
        }
    };
    let aws = Aws::of(ctx)?;
    aws.wait(&what, limit.min(Duration::from_secs(120))).until(send).await?;
    seen(aws, client, id, wanted, limit).await
}

/// Gives a route another target.
///
/// # Errors
/// The failing call.
pub async fn replace(ctx: &Ctx<'_>, client: &Client, id: &str, wanted: &Wanted, limit: Duration) -> Result<(), ProviderError> {
    let request = client.replace_route().route_table_id(id);
    let request = if wanted.via == "local" {
        let (ipv4, ipv6, list) = wanted.destination.parts();
        request
            .set_destination_cidr_block(ipv4)
            .set_destination_ipv6_cidr_block(ipv6)
            .set_destination_prefix_list_id(list)
            .local_target(true)
    } else {
        route_request!(request, wanted)
    };
    call("ec2:ReplaceRoute", request.send()).await.map_err(|e| e.while_doing("Changing the route"))?;
    seen(Aws::of(ctx)?, client, id, wanted, limit).await
}

/// Waits until the route is active (or a black hole, which is for its target's owner to mend).
async fn seen(aws: &Aws, client: &Client, id: &str, wanted: &Wanted, limit: Duration) -> Result<(), ProviderError> {
    let what = format!("the route to {} in {id} to be active", wanted.destination.text());
    let look = || async {
        match table(client, id).await {
            Ok(Some(t))
                if find(&t, &wanted.destination)
                    .is_some_and(|r| matches!(r.state(), None | Some(RouteState::Active | RouteState::Blackhole))) =>
            {
                Poll::Ready(())
            }
            Ok(_) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    aws.wait(&what, limit).until(look).await
}

/// Removes a route and waits until it is gone.
///
/// # Errors
/// The failing call.
pub async fn delete(ctx: &Ctx<'_>, client: &Client, id: &str, destination: &Destination, limit: Duration) -> Result<(), ProviderError> {
    let (ipv4, ipv6, list) = destination.parts();
    let request = client
        .delete_route()
        .route_table_id(id)
        .set_destination_cidr_block(ipv4)
        .set_destination_ipv6_cidr_block(ipv6)
        .set_destination_prefix_list_id(list);
    let sent = call("ec2:DeleteRoute", request.send()).await;
    let gone: Vec<&str> = ["InvalidRoute.NotFound"].iter().chain(NO_TABLE).copied().collect();
    absent(sent, &gone).map_err(|e| e.while_doing("Deleting the route"))?;
    let what = format!("the route to {} in {id} to be gone", destination.text());
    let look = || async {
        match table(client, id).await {
            Ok(Some(t)) if find(&t, destination).is_some() => Poll::Pending,
            Ok(_) => Poll::Ready(()),
            Err(e) => Poll::Failed(e.into()),
        }
    };
    Aws::of(ctx)?.wait(&what, limit).until(look).await
}

/// Whether a configuration may own the route. A local route only where `base` has it.
#[must_use]
pub fn is_configurable(route: &Route, base: &Value) -> bool {
    let gateway = route.gateway_id().unwrap_or_default();
    let endpoint_list = route.destination_prefix_list_id().is_some() && gateway.starts_with("vpce-");
    let propagated = route.origin() == Some(&RouteOrigin::EnableVgwRoutePropagation);
    if gateway == "VpcLattice" || endpoint_list || propagated {
        return false;
    }
    let local = gateway == "local" || route.origin() == Some(&RouteOrigin::CreateRouteTable);
    !local || has_destination(base, route)
}

fn has_destination(base: &Value, route: &Route) -> bool {
    let Some(wanted) = Destination::of_route(route) else { return false };
    let destination = |e: &Value| Destination::of(e, "cidr_block", "ipv6_cidr_block", "destination_prefix_list_id");
    shape::objects(base, "route").iter().filter_map(destination).any(|d| d.matches(&wanted))
}

/// The `route` set of a table, elements of type `element`; members a type has not are left out.
#[must_use]
pub fn flatten(table: &RouteTable, base: &Value, element: &Type) -> Value {
    let routes = table.routes().iter().filter(|r| is_configurable(r, base));
    Value::set(element.clone(), routes.map(|r| flatten_one(r, element)).collect())
}

fn flatten_one(route: &Route, element: &Type) -> Value {
    let Type::Object(object) = element else { return Value::null(element.clone()) };
    let gateway = route.gateway_id().unwrap_or_default();
    let endpoint = gateway.starts_with("vpce-");
    let member = |name: &str| match name {
        "carrier_gateway_id" => route.carrier_gateway_id(),
        "cidr_block" => route.destination_cidr_block(),
        "core_network_arn" => route.core_network_arn(),
        "destination_prefix_list_id" => route.destination_prefix_list_id(),
        "egress_only_gateway_id" => route.egress_only_internet_gateway_id(),
        "gateway_id" => Some(gateway).filter(|_| !endpoint),
        "instance_id" => route.instance_id(),
        "ipv6_cidr_block" => route.destination_ipv6_cidr_block(),
        "local_gateway_id" => route.local_gateway_id(),
        "nat_gateway_id" => route.nat_gateway_id(),
        "network_interface_id" => route.network_interface_id(),
        "odb_network_arn" => route.odb_network_arn(),
        "transit_gateway_id" => route.transit_gateway_id(),
        "vpc_endpoint_id" => Some(gateway).filter(|_| endpoint),
        "vpc_peering_connection_id" => route.vpc_peering_connection_id(),
        _ => None,
    };
    let members: Members = object.attrs.keys().map(|n| (n.clone(), Value::string(member(n).unwrap_or_default()))).collect();
    Value::object(members)
}

/// Brings the routes of a table from the prior to the planned set: adds, redirects, removes.
///
/// # Errors
/// The failing call.
pub async fn update(
    ctx: &Ctx<'_>,
    client: &Client,
    id: &str,
    prior: &Value,
    planned: &Value,
    limit: Duration,
) -> Result<(), ProviderError> {
    let of = |v: &Value| shape::objects(v, "route").iter().filter_map(Wanted::of_element).collect::<Vec<_>>();
    let (old, new) = (of(prior), of(planned));
    for wanted in &new {
        match old.iter().find(|o| o.destination.matches(&wanted.destination)) {
            None => match create(ctx, client, id, wanted, limit).await {
                // The answer to the first try was lost, or somebody was quicker: the table's routes are this object's.
                Err(e) if e.detail.contains("RouteAlreadyExists") => replace(ctx, client, id, wanted, limit).await?,
                made => made?,
            },
            Some(o) if o.target != wanted.target || o.via != wanted.via => replace(ctx, client, id, wanted, limit).await?,
            Some(_) => {}
        }
    }
    for gone in old.iter().filter(|o| !new.iter().any(|n| n.destination.matches(&o.destination))) {
        if gone.via != "local" {
            delete(ctx, client, id, &gone.destination, limit).await?;
        }
    }
    Ok(())
}

/// Brings the propagating VPN gateways from the prior to the planned set.
///
/// # Errors
/// The failing call.
pub async fn propagate(client: &Client, id: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let (old, new) = (shape::strings(prior, "propagating_vgws"), shape::strings(planned, "propagating_vgws"));
    for gateway in old.iter().filter(|g| !new.contains(g)) {
        let sent =
            call("ec2:DisableVgwRoutePropagation", client.disable_vgw_route_propagation().route_table_id(id).gateway_id(gateway).send())
                .await;
        sent.map_err(|e| e.while_doing("Ending the propagation of routes").at("propagating_vgws"))?;
    }
    for gateway in new.iter().filter(|g| !old.contains(g)) {
        let sent =
            call("ec2:EnableVgwRoutePropagation", client.enable_vgw_route_propagation().route_table_id(id).gateway_id(gateway).send())
                .await;
        sent.map_err(|e| e.while_doing("Propagating routes").at("propagating_vgws"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element() -> Type {
        Type::object(
            ["cidr_block", "ipv6_cidr_block", "destination_prefix_list_id", "gateway_id", "vpc_endpoint_id"].map(|n| (n, Type::String)),
        )
    }
    fn route(cidr: &str, gateway: &str, origin: RouteOrigin) -> Route {
        Route::builder().destination_cidr_block(cidr).gateway_id(gateway).origin(origin).build()
    }

    #[test]
    fn only_configurable_routes_are_read() {
        let table = RouteTable::builder()
            .routes(route("10.0.0.0/16", "local", RouteOrigin::CreateRouteTable))
            .routes(route("0.0.0.0/0", "igw-1", RouteOrigin::CreateRoute))
            .routes(route("10.9.0.0/16", "vgw-1", RouteOrigin::EnableVgwRoutePropagation))
            .routes(route("10.8.0.0/16", "vpce-1", RouteOrigin::CreateRoute))
            .routes(Route::builder().destination_prefix_list_id("pl-1").gateway_id("vpce-2").build())
            .build();
        let set = flatten(&table, &Value::dynamic(), &element());
        let read: Vec<_> = set.items().unwrap().iter().filter_map(|e| shape::text(e, "cidr_block")).collect();
        assert_eq!(read, ["0.0.0.0/0", "10.8.0.0/16"]);
        let endpoint = set.items().unwrap().iter().find(|e| shape::text(e, "cidr_block") == Some("10.8.0.0/16")).unwrap();
        assert_eq!((shape::text(endpoint, "gateway_id"), shape::text(endpoint, "vpc_endpoint_id")), (None, Some("vpce-1")));
    }

    #[test]
    fn a_configured_local_route_is_read() {
        let configured =
            Value::object([("cidr_block".into(), Value::string("10.0.0.0/16")), ("gateway_id".into(), Value::string("local"))].into());
        let base = Value::object([("route".into(), Value::set(configured.ty(), vec![configured]))].into());
        assert!(is_configurable(&route("10.0.0.0/16", "local", RouteOrigin::CreateRouteTable), &base));
    }

    #[test]
    fn notations_of_a_network_match() {
        let six = |t: &str| Destination::Ipv6(t.into());
        assert!(six("::/0").matches(&six("0:0:0:0:0:0:0:0/0")));
        assert!(!six("::/0").matches(&Destination::Ipv4("0.0.0.0/0".into())));
    }
}
