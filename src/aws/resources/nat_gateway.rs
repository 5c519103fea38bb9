//! `aws_nat_gateway`: a way out for private subnets.
//!
//! # Quirks
//! CreateNatGateway takes a client token; a lost gateway is found by the intent tag. It takes minutes to
//! come and to go; one that failed stays for an hour and says why, and a deleted one is still described
//! for a while. A public gateway has an elastic address for its life. Gateways of a whole region
//! (`availability_mode = "regional"`) and further addresses are read, not made yet.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups;
use crate::aws::shape::{self, Attrs};
use crate::aws::waiter::Poll;
use crate::aws::{ec2, region, support, tags, timeouts, untraced};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, number, set_of, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    AutoProvisionZonesState, AutoScalingIpsState, AvailabilityMode, ConnectivityType, NatGateway as Sdk, NatGatewayAddress,
    NatGatewayState, ResourceType as Kind,
};
use std::time::Duration;

const TRACED: untraced::Traced = untraced::Traced { prefix: "nat", uses: &[] };

/// `aws_nat_gateway`
pub struct NatGateway;

const NOT_FOUND: &[&str] = &["NatGatewayNotFound", "InvalidNatGatewayID.NotFound"];

fn regional() -> Type {
    let texts =
        ["allocation_id", "association_id", "availability_zone", "availability_zone_id", "network_interface_id", "public_ip", "status"];
    Type::object(texts.map(|n| (n, Type::String)))
}

fn build() -> ResourceSchema {
    let zone = BlockSchema::new()
        .attr("allocation_ids", set_of(Type::String).optional())
        .attr("availability_zone", string().optional())
        .attr("availability_zone_id", string().optional().computed());
    let block = support::base()
        .attr("allocation_id", string().optional().force_new())
        .attr("association_id", string().computed())
        .attr("auto_provision_zones", string().computed())
        .attr("auto_scaling_ips", string().computed())
        .attr("availability_mode", string().optional().computed().unsupported())
        .attr("connectivity_type", string().optional().default(Value::string("public")).force_new())
        .attr("network_interface_id", string().computed())
        .attr("private_ip", string().optional().computed().force_new())
        .attr("public_ip", string().computed())
        .attr("regional_nat_gateway_address", set_of(regional()).computed())
        .attr("regional_nat_gateway_auto_mode", string().computed())
        .attr("route_table_id", string().computed())
        .attr("secondary_allocation_ids", set_of(Type::String).optional().computed().unsupported())
        .attr("secondary_private_ip_address_count", number().optional().computed().unsupported())
        .attr("secondary_private_ip_addresses", set_of(Type::String).optional().computed().unsupported())
        .attr("subnet_id", string().optional().force_new())
        .attr("tags", tags::attribute())
        .attr("tags_all", tags::all_attribute())
        .attr("vpc_id", string().optional().computed().unsupported())
        .block("availability_zone_address", zone.set(0, 0).unsupported())
        .block("timeouts", timeouts::block(&["create", "update", "delete"]));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = Vec::new();
    let mut wrong = |path: &str, message: &str| errors.push(RuleError { path: Path::attr(path), message: message.into() });
    let missing = |n: &str| config.get(n).is_none_or(Value::is_null);
    if missing("subnet_id") {
        wrong("subnet_id", "`subnet_id` is needed.");
    }
    match shape::text(config, "connectivity_type") {
        Some("private") if !missing("allocation_id") => wrong("allocation_id", "A private gateway has no elastic address."),
        Some("private") => {}
        Some("public") | None if missing("allocation_id") && config.get("connectivity_type").is_none_or(|c| !c.is_unknown()) => {
            wrong("allocation_id", "A public gateway needs an elastic address.");
        }
        Some("public") | None => {}
        Some(_) => wrong("connectivity_type", "The connectivity is `public` or `private`."),
    }
    errors
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let pages = client.describe_nat_gateways().filter(ec2::filter("nat-gateway-id", ids)).into_paginator().items().send();
    let gateways = call("ec2:DescribeNatGateways", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(gateways.into_iter().filter(there).filter_map(|g| Some((g.nat_gateway_id()?.to_string(), g))).collect())
}

async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    let answer = call("ec2:DescribeNatGateways", client.describe_nat_gateways().nat_gateway_ids(id).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.nat_gateways.unwrap_or_default().pop()).filter(there))
}

fn there(gateway: &Sdk) -> bool {
    gateway.state() != Some(&NatGatewayState::Deleted)
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, g: &Sdk) -> Value {
    let (tags, tags_all) = ec2::observed(ctx, g.tags(), base);
    let all = g.nat_gateway_addresses();
    let first = all.iter().find(|a| a.is_primary() == Some(true)).or(all.first());
    let others = || all.iter().filter(|a| Some(*a) != first);
    let of = |f: fn(&NatGatewayAddress) -> Option<&str>| first.and_then(f);
    let further = i64::try_from(others().filter(|a| a.private_ip().is_some()).count()).unwrap_or_default();
    Attrs::over(schema, base)
        .text("id", g.nat_gateway_id())
        .text("region", Some(region::of(ctx)))
        .text("allocation_id", of(NatGatewayAddress::allocation_id))
        .text("association_id", of(NatGatewayAddress::association_id))
        .text("auto_provision_zones", g.auto_provision_zones().map(AutoProvisionZonesState::as_str))
        .text("auto_scaling_ips", g.auto_scaling_ips().map(AutoScalingIpsState::as_str))
        .text("availability_mode", Some(g.availability_mode().map_or("zonal", AvailabilityMode::as_str)))
        .text("connectivity_type", Some(g.connectivity_type().map_or("public", ConnectivityType::as_str)))
        .text("network_interface_id", of(NatGatewayAddress::network_interface_id))
        .text("private_ip", of(NatGatewayAddress::private_ip))
        .text("public_ip", of(NatGatewayAddress::public_ip))
        .put("regional_nat_gateway_address", Value::set(regional(), Vec::new()))
        .text("regional_nat_gateway_auto_mode", None)
        .text("route_table_id", g.route_table_id())
        .set("secondary_allocation_ids", others().filter_map(|a| a.allocation_id()))
        .int("secondary_private_ip_address_count", Some(further))
        .set("secondary_private_ip_addresses", others().filter_map(|a| a.private_ip()))
        .text("subnet_id", g.subnet_id())
        .text("vpc_id", g.vpc_id())
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

async fn make(ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<String, ProviderError> {
    let planned = request.planned;
    let made = Aws::ec2_of(ctx)?
        .create_nat_gateway()
        .client_token(&request.intent.token)
        .set_allocation_id(shape::string(planned, "allocation_id"))
        .set_connectivity_type(shape::text(planned, "connectivity_type").map(ConnectivityType::from))
        .set_private_ip_address(shape::string(planned, "private_ip"))
        .set_subnet_id(shape::string(planned, "subnet_id"));
    let named = (Kind::Natgateway, TRACED, "Creating the NAT gateway");
    let send = |tags| call("ec2:CreateNatGateway", made.clone().set_tag_specifications(tags).send());
    let made = untraced::create(ctx, request, named, send).await?;
    Ok(made.nat_gateway.and_then(|g| g.nat_gateway_id).unwrap_or_default())
}

/// Waits until the gateway works.
async fn available(ctx: &Ctx<'_>, id: &str, limit: Duration) -> Result<(), ProviderError> {
    let client = Aws::ec2_of(ctx)?;
    let what = format!("the NAT gateway {id} to become available");
    let look = || async {
        match describe_one(client.clone(), id.to_string()).await {
            Ok(Some(g)) => match g.state() {
                Some(NatGatewayState::Available) => Poll::Ready(()),
                Some(NatGatewayState::Failed) => Poll::Failed(failed(id, &g)),
                _ => Poll::Pending,
            },
            Ok(None) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    Aws::of(ctx)?.wait(&what, limit).until(look).await
}

fn failed(id: &str, gateway: &Sdk) -> ProviderError {
    let why = gateway.failure_message().unwrap_or("AWS does not say why");
    ProviderError::new(ErrorKind::Other, "The NAT gateway failed", format!("The NAT gateway {id} did not come up: {why}."))
        .help("Mend what is said (an internet gateway, a free elastic address, room in the subnet) and apply again: it is replaced.")
}

#[async_trait]
impl ResourceType for NatGateway {
    support::basics!("aws_nat_gateway", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeNatGateways", "ec2:DescribeTags"],
            create: &["ec2:CreateNatGateway", "ec2:CreateTags"],
            update: &["ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DeleteNatGateway"],
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
        groups::outcomes(priors, &found, |base, gateway| flatten(ctx, &schema, base, gateway))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let id = match make(ctx, &request).await {
            Ok(id) => id,
            Err(error) => return Applied::failed(error),
        };
        let object = support::started(&self.schema(), ctx, request.planned, &id);
        match support::reached(request.checkpoint, &object).await {
            Ok(()) => self.resume(ctx, request, object).await,
            Err(error) => Applied::partial(object, error),
        }
    }

    /// It has no addresses until it is available.
    async fn resume(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>, object: Object) -> Applied {
        let limit = request.timeouts.create.unwrap_or(timeouts::minutes(10));
        let done = available(ctx, object.id().unwrap_or_default(), limit).await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let change = async {
            let client = Aws::ec2_of(ctx)?;
            ec2::update_tags(ctx, &client, request.prior.id().unwrap_or_default(), &request.prior.attributes, request.planned).await
        };
        let done = change.await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let id = request.prior.id().unwrap_or_default();
        if describe_one(client.clone(), id.to_string()).await?.is_none() {
            return Ok(());
        }
        let gone = call("ec2:DeleteNatGateway", client.delete_nat_gateway().nat_gateway_id(id).send()).await;
        absent(gone, NOT_FOUND).map_err(|e| e.while_doing("Deleting the NAT gateway"))?;
        let what = format!("the NAT gateway {id} to be deleted");
        let look = || async {
            match describe_one(client.clone(), id.to_string()).await {
                Ok(None) => Poll::Ready(()),
                Ok(Some(_)) => Poll::Pending,
                Err(e) => Poll::Failed(e.into()),
            }
        };
        Aws::of(ctx)?.wait(&what, request.timeouts.delete.unwrap_or(timeouts::minutes(30))).until(look).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        untraced::locate(self, ctx, TRACED, intents).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_gateway_needs_an_address_and_a_private_one_has_none() {
        let errors =
            |pairs: &[(&str, &str)]| validate(&Value::object(pairs.iter().map(|(n, v)| ((*n).into(), Value::string(v))).collect())).len();
        assert_eq!(errors(&[("subnet_id", "s"), ("allocation_id", "a")]), 0);
        assert_eq!(errors(&[("subnet_id", "s"), ("connectivity_type", "private")]), 0);
        assert_eq!(
            (errors(&[("subnet_id", "s")]), errors(&[("subnet_id", "s"), ("allocation_id", "a"), ("connectivity_type", "private")])),
            (1, 1)
        );
    }

    #[test]
    fn a_failure_says_why() {
        let gateway = Sdk::builder().failure_message("Network vpc-1 has no Internet gateway attached").build();
        assert!(failed("nat-1", &gateway).detail.contains("no Internet gateway"));
        assert!(!there(&Sdk::builder().state(NatGatewayState::Deleted).build()));
    }
}
