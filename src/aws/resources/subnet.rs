//! `aws_subnet`.
//!
//! CreateSubnet has no client token: a lost one is found by the intent tag. What CreateSubnet does
//! not take is set afterwards, one attribute a call
//! (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html>). IPv6
//! addresses on creation and DNS64 are switched off before, and on after, the IPv6 block changes.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups;
use crate::aws::resources::security_group::check;
use crate::aws::shape::{self, Attrs};
use crate::aws::waiter::Poll;
use crate::aws::{ec2, region, support, timeouts, untraced};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, boolean, number, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{AttributeBooleanValue, HostnameType, ResourceType as Kind, Subnet as Sdk, SubnetCidrBlockStateCode};

const TRACED: untraced::Traced = untraced::Traced { prefix: "subnet", uses: &[] };

/// `aws_subnet`
pub struct Subnet;

const NOT_FOUND: &[&str] = &["InvalidSubnetID.NotFound"];

fn build() -> ResourceSchema {
    let off = || boolean().optional().default(Value::bool(false));
    let block = support::tagged()
        .attr("assign_ipv6_address_on_creation", off())
        .attr("availability_zone", string().optional().computed().force_new())
        .attr("availability_zone_id", string().optional().computed().force_new())
        .attr("cidr_block", string().optional().computed().force_new())
        .attr("customer_owned_ipv4_pool", string().optional())
        .attr("enable_dns64", off())
        .attr("enable_lni_at_device_index", number().optional())
        .attr("enable_resource_name_dns_a_record_on_launch", off())
        .attr("enable_resource_name_dns_aaaa_record_on_launch", off())
        .attr("ipv4_ipam_pool_id", string().optional().force_new())
        .attr("ipv4_netmask_length", number().optional().force_new())
        .attr("ipv6_cidr_block", string().optional().computed())
        .attr("ipv6_cidr_block_association_id", string().computed())
        .attr("ipv6_ipam_pool_id", string().optional().force_new())
        .attr("ipv6_native", off().force_new())
        .attr("ipv6_netmask_length", number().optional().force_new())
        .attr("map_customer_owned_ip_on_launch", boolean().optional())
        .attr("map_public_ip_on_launch", off())
        .attr("outpost_arn", string().optional().force_new())
        .attr("owner_id", string().computed())
        .attr("private_dns_hostname_type_on_launch", string().optional().computed())
        .attr("vpc_id", string().required().force_new())
        .block("timeouts", timeouts::block(&["create", "delete"]));
    let mut schema = ResourceSchema::new(1, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(
        config,
        &[
            ("availability_zone", "availability_zone_id"),
            ("ipv4_netmask_length", "cidr_block"),
            ("ipv6_netmask_length", "ipv6_cidr_block"),
            ("ipv4_ipam_pool_id", "customer_owned_ipv4_pool"),
        ],
    );
    errors.extend(support::needs(
        config,
        &[
            ("ipv4_netmask_length", "ipv4_ipam_pool_id"),
            ("ipv6_netmask_length", "ipv6_ipam_pool_id"),
            ("customer_owned_ipv4_pool", "map_customer_owned_ip_on_launch"),
            ("customer_owned_ipv4_pool", "outpost_arn"),
        ],
    ));
    errors.extend(check::networks(config, &[("cidr_block", false), ("ipv6_cidr_block", true)]));
    let kinds = ["ip-name", "resource-name"];
    if shape::text(config, "private_dns_hostname_type_on_launch").is_some_and(|t| !kinds.contains(&t)) {
        let message = "The host name type is `ip-name` or `resource-name`.".into();
        errors.push(RuleError { path: Path::attr("private_dns_hostname_type_on_launch"), message });
    }
    errors
}

/// A subnet that gave IPv6 addresses on creation is replaced when its IPv6 block changes.
fn plan(draft: &mut DiffDraft<'_>) {
    if draft.changes("ipv6_cidr_block") && draft.configured("ipv6_cidr_block").is_some() {
        draft.set_unknown("ipv6_cidr_block_association_id");
        let assigned = draft.prior("assign_ipv6_address_on_creation").and_then(Value::as_bool) == Some(true);
        if assigned {
            draft.require_replace("ipv6_cidr_block", None);
        }
    }
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let pages = client.describe_subnets().filters(ec2::filter("subnet-id", ids)).into_paginator().items().send();
    let subnets = call("ec2:DescribeSubnets", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(subnets.into_iter().filter_map(|s| Some((s.subnet_id()?.to_string(), s))).collect())
}

async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    let answer = call("ec2:DescribeSubnets", client.describe_subnets().subnet_ids(id).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.subnets.unwrap_or_default().pop()))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, subnet: &Sdk) -> Value {
    let (tags, tags_all) = ec2::observed(ctx, subnet.tags(), base);
    let associated = |b: &&aws_sdk_ec2::types::SubnetIpv6CidrBlockAssociation| {
        b.ipv6_cidr_block_state().and_then(|s| s.state()) == Some(&SubnetCidrBlockStateCode::Associated)
    };
    let block = subnet.ipv6_cidr_block_association_set().iter().find(associated);
    let dns = subnet.private_dns_name_options_on_launch();
    Attrs::over(schema, base)
        .text("id", subnet.subnet_id())
        .text("region", Some(region::of(ctx)))
        .text("arn", subnet.subnet_arn())
        .flag("assign_ipv6_address_on_creation", subnet.assign_ipv6_address_on_creation())
        .text("availability_zone", subnet.availability_zone())
        .text("availability_zone_id", subnet.availability_zone_id())
        .text("cidr_block", subnet.cidr_block())
        .text("customer_owned_ipv4_pool", subnet.customer_owned_ipv4_pool())
        .flag("enable_dns64", subnet.enable_dns64())
        .int("enable_lni_at_device_index", subnet.enable_lni_at_device_index())
        .flag("enable_resource_name_dns_a_record_on_launch", dns.and_then(|d| d.enable_resource_name_dns_a_record()))
        .flag("enable_resource_name_dns_aaaa_record_on_launch", dns.and_then(|d| d.enable_resource_name_dns_aaaa_record()))
        .text("ipv6_cidr_block", block.and_then(|b| b.ipv6_cidr_block()))
        .text("ipv6_cidr_block_association_id", block.and_then(|b| b.association_id()))
        .flag("ipv6_native", subnet.ipv6_native())
        .flag("map_customer_owned_ip_on_launch", subnet.map_customer_owned_ip_on_launch())
        .flag("map_public_ip_on_launch", subnet.map_public_ip_on_launch())
        .text("outpost_arn", subnet.outpost_arn())
        .text("owner_id", subnet.owner_id())
        .text("private_dns_hostname_type_on_launch", dns.and_then(|d| d.hostname_type()).map(HostnameType::as_str))
        .text("vpc_id", subnet.vpc_id())
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

/// Attributes that ModifySubnetAttribute sets, in the order in which it has to.
const MODIFIED: &[&str] = &[
    "customer_owned_ipv4_pool",
    "map_customer_owned_ip_on_launch",
    "enable_dns64",
    "enable_lni_at_device_index",
    "enable_resource_name_dns_aaaa_record_on_launch",
    "enable_resource_name_dns_a_record_on_launch",
    "map_public_ip_on_launch",
    "private_dns_hostname_type_on_launch",
    "assign_ipv6_address_on_creation",
];

async fn modify(client: &Client, id: &str, name: &str, planned: &Value) -> Result<(), ProviderError> {
    let flag = || AttributeBooleanValue::builder().value(shape::flag(planned, name).unwrap_or(false)).build();
    let request = client.modify_subnet_attribute().subnet_id(id);
    let request = match name {
        "customer_owned_ipv4_pool" | "map_customer_owned_ip_on_launch" => {
            let map =
                AttributeBooleanValue::builder().value(shape::flag(planned, "map_customer_owned_ip_on_launch").unwrap_or(false)).build();
            request.map_customer_owned_ip_on_launch(map).set_customer_owned_ipv4_pool(shape::string(planned, "customer_owned_ipv4_pool"))
        }
        "enable_dns64" => request.enable_dns64(flag()),
        "enable_lni_at_device_index" => request.set_enable_lni_at_device_index(shape::int(planned, name)),
        "enable_resource_name_dns_aaaa_record_on_launch" => request.enable_resource_name_dns_aaaa_record_on_launch(flag()),
        "enable_resource_name_dns_a_record_on_launch" => request.enable_resource_name_dns_a_record_on_launch(flag()),
        "map_public_ip_on_launch" => request.map_public_ip_on_launch(flag()),
        "private_dns_hostname_type_on_launch" => {
            request.set_private_dns_hostname_type_on_launch(shape::text(planned, name).map(HostnameType::from))
        }
        _ => request.assign_ipv6_address_on_creation(flag()),
    };
    call("ec2:ModifySubnetAttribute", request.send()).await.map_err(|e| e.while_doing("Changing the subnet").at(name))?;
    Ok(())
}

/// Brings the attributes from `now` to what is planned, the IPv6 block in between; then waits
/// until they are seen.
async fn adjust(ctx: &Ctx<'_>, client: &Client, id: &str, now: &Value, planned: &Value) -> Result<(), ProviderError> {
    let differs = |n: &&&str| shape::changed(now, planned, n);
    let todo: Vec<&str> = MODIFIED.iter().filter(differs).copied().collect();
    let first = |n: &str| ["enable_dns64", "assign_ipv6_address_on_creation"].contains(&n) && shape::flag(planned, n) != Some(true);
    for name in todo.iter().filter(|n| first(n)) {
        modify(client, id, name, planned).await?;
    }
    if shape::changed(now, planned, "ipv6_cidr_block") {
        replace_ipv6(ctx, client, id, now, planned).await?;
    }
    for name in todo.iter().filter(|n| !first(n)) {
        modify(client, id, name, planned).await?;
    }
    if todo.is_empty() {
        return Ok(());
    }
    let schema = Subnet.schema();
    let what = format!("the attributes of {id} to be seen");
    let look = || async {
        match describe_one(client.clone(), id.to_string()).await {
            Ok(Some(s)) => {
                let seen = flatten(ctx, &schema, now, &s);
                if todo.iter().any(|n| shape::changed(&seen, planned, n)) { Poll::Pending } else { Poll::Ready(()) }
            }
            Ok(None) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    Aws::of(ctx)?.wait(&what, timeouts::minutes(5)).until(look).await
}

async fn replace_ipv6(ctx: &Ctx<'_>, client: &Client, id: &str, now: &Value, planned: &Value) -> Result<(), ProviderError> {
    let doing = "Changing the subnet's IPv6 block";
    if let Some(old) = shape::text(now, "ipv6_cidr_block_association_id") {
        let gone = call("ec2:DisassociateSubnetCidrBlock", client.disassociate_subnet_cidr_block().association_id(old).send()).await;
        absent(gone, &["InvalidSubnetCidrBlockAssociationID.NotFound"]).map_err(|e| e.while_doing(doing))?;
        wait_ipv6(ctx, client, id, None).await?;
    }
    let Some(block) = shape::text(planned, "ipv6_cidr_block") else { return Ok(()) };
    call("ec2:AssociateSubnetCidrBlock", client.associate_subnet_cidr_block().subnet_id(id).ipv6_cidr_block(block).send())
        .await
        .map_err(|e| e.while_doing(doing).at("ipv6_cidr_block"))?;
    wait_ipv6(ctx, client, id, Some(block)).await
}

/// Waits until the subnet has exactly this IPv6 block.
async fn wait_ipv6(ctx: &Ctx<'_>, client: &Client, id: &str, block: Option<&str>) -> Result<(), ProviderError> {
    let what = format!("the IPv6 block of {id}");
    let schema = Subnet.schema();
    let look = || async {
        match describe_one(client.clone(), id.to_string()).await {
            Ok(Some(s)) if shape::text(&flatten(ctx, &schema, &Value::dynamic(), &s), "ipv6_cidr_block") == block => Poll::Ready(()),
            Ok(_) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    Aws::of(ctx)?.wait(&what, timeouts::minutes(3)).until(look).await
}

impl Subnet {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let made = Aws::ec2_of(ctx)?
            .create_subnet()
            .set_vpc_id(shape::string(planned, "vpc_id"))
            .set_availability_zone(shape::string(planned, "availability_zone"))
            .set_availability_zone_id(shape::string(planned, "availability_zone_id"))
            .set_cidr_block(shape::string(planned, "cidr_block"))
            .set_ipv4_ipam_pool_id(shape::string(planned, "ipv4_ipam_pool_id"))
            .set_ipv4_netmask_length(shape::int(planned, "ipv4_netmask_length"))
            .set_ipv6_cidr_block(shape::string(planned, "ipv6_cidr_block"))
            .set_ipv6_ipam_pool_id(shape::string(planned, "ipv6_ipam_pool_id"))
            .set_ipv6_native(shape::flag(planned, "ipv6_native").filter(|f| *f))
            .set_ipv6_netmask_length(shape::int(planned, "ipv6_netmask_length"))
            .set_outpost_arn(shape::string(planned, "outpost_arn"));
        let named = (Kind::Subnet, TRACED, "Creating the subnet");
        let send = |tags| call("ec2:CreateSubnet", made.clone().set_tag_specifications(tags).send());
        let made = untraced::create(ctx, request, named, send).await?;
        let id = made.subnet().and_then(|s| s.subnet_id()).unwrap_or_default();
        Ok(support::started(&self.schema(), ctx, planned, id))
    }

    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        support::reached(request.checkpoint, object).await?;
        let client = Aws::ec2_of(ctx)?;
        let id = object.id().unwrap_or_default();
        let what = format!("the subnet {id} to become available");
        let settled = |s: &Sdk| {
            let associating = |b: &aws_sdk_ec2::types::SubnetIpv6CidrBlockAssociation| {
                b.ipv6_cidr_block_state().and_then(|s| s.state()) == Some(&SubnetCidrBlockStateCode::Associating)
            };
            s.state().is_some_and(|s| s.as_str() == "available") && !s.ipv6_cidr_block_association_set().iter().any(associating)
        };
        let look = || async {
            match describe_one(client.clone(), id.to_string()).await {
                Ok(Some(subnet)) if settled(&subnet) => Poll::Ready(subnet),
                Ok(_) => Poll::Pending,
                Err(e) => Poll::Failed(e.into()),
            }
        };
        let limit = request.timeouts.create.unwrap_or(timeouts::minutes(10));
        let fresh = Aws::of(ctx)?.wait(&what, limit).until(look).await?;
        let now = flatten(ctx, &self.schema(), &object.attributes, &fresh);
        adjust(ctx, &client, id, &now, request.planned).await
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let prior = &request.prior.attributes;
        let id = request.prior.id().unwrap_or_default();
        adjust(ctx, &client, id, prior, request.planned).await?;
        ec2::update_tags(ctx, &client, id, prior, request.planned).await
    }
}

#[async_trait]
impl ResourceType for Subnet {
    support::basics!("aws_subnet", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeSubnets", "ec2:DescribeTags"],
            create: &["ec2:CreateSubnet", "ec2:CreateTags", "ec2:ModifySubnetAttribute", "ec2:AssociateSubnetCidrBlock"],
            update: &[
                "ec2:ModifySubnetAttribute",
                "ec2:AssociateSubnetCidrBlock",
                "ec2:DisassociateSubnetCidrBlock",
                "ec2:CreateTags",
                "ec2:DeleteTags",
            ],
            delete: &["ec2:DeleteSubnet"],
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
        groups::outcomes(priors, &found, |base, subnet| flatten(ctx, &schema, base, subnet))
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
        let done = self.change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let id = request.prior.id().unwrap_or_default();
        let limit = request.timeouts.delete.unwrap_or(timeouts::minutes(20));
        let send = || call("ec2:DeleteSubnet", client.delete_subnet().subnet_id(id).send());
        support::delete_when_free(aws, "Deleting the subnet", limit, NOT_FOUND, send).await
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
    use crate::schema::ProviderFacts;
    use aws_sdk_ec2::types::{SubnetCidrBlockState, SubnetIpv6CidrBlockAssociation};

    fn flattened(block: Option<&str>) -> Value {
        let state = SubnetCidrBlockState::builder().state(SubnetCidrBlockStateCode::Associated).build();
        let blocks = block.map(|b| {
            vec![SubnetIpv6CidrBlockAssociation::builder().association_id("a-1").ipv6_cidr_block(b).ipv6_cidr_block_state(state).build()]
        });
        let sdk = Sdk::builder()
            .subnet_id("subnet-1")
            .vpc_id("vpc-1")
            .cidr_block("10.0.1.0/24")
            .set_ipv6_cidr_block_association_set(blocks)
            .assign_ipv6_address_on_creation(true)
            .build();
        let facts = ProviderFacts([("region".into(), Value::string("eu-west-1"))].into());
        let ctx = Ctx { configured: &(), facts: &facts, region: None };
        flatten(&ctx, &Subnet.schema(), &Value::object([("id".into(), Value::string("subnet-1"))].into()), &sdk)
    }

    #[test]
    fn reads_as_the_provider_writes() {
        let value = flattened(None);
        assert_eq!(value.ty(), Subnet.schema().block.ty());
        assert_eq!(value.get("ipv6_cidr_block"), Some(&Value::string("")));
        assert_eq!(value.get("enable_lni_at_device_index"), Some(&Value::int(0)));
        assert!(value.get("ipv6_ipam_pool_id").is_some_and(Value::is_null));
        assert_eq!(shape::text(&flattened(Some("2600::/64")), "ipv6_cidr_block_association_id"), Some("a-1"));
    }

    #[test]
    fn another_ipv6_block_replaces_where_addresses_were_given() {
        let prior = flattened(Some("2600::/64"));
        let mut members = prior.members().cloned().unwrap();
        members.insert("ipv6_cidr_block".into(), Value::string("2600:1::/64"));
        let planned = Value::object(members);
        let facts = ProviderFacts::default();
        let mut draft =
            DiffDraft { config: &planned, prior: Some(&prior), planned: planned.clone(), provider: &facts, replace: vec![], notes: vec![] };
        plan(&mut draft);
        assert_eq!(draft.replace.len(), 1);
        assert!(draft.planned("ipv6_cidr_block_association_id").is_some_and(Value::is_unknown));
    }
}
