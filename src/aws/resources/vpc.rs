//! `aws_vpc`: the model type.
//!
//! # How a type is written
//! One file (a folder where it would pass 400 lines), one line in `registry`. From the top:
//! 1. Module doc: the object's quirks. 2. A unit struct with `impl ResourceType`. 3. `schema()`:
//!    start from `support::base()` or `support::tagged()`, add every argument of the provider's
//!    schema with `force_new` and `default` as its documentation says; what is not handled yet is
//!    `.unsupported()`. `support::rules()` gives the rules all types have; own ones (pure) follow:
//!    `validate` for conflicts and enumerations, `customize` for what a change moves.
//! 4. `read`: ids → `groups::find_all(chunked filter, single id with the NotFound code)` → further
//!    plural calls for what the first answer lacks → `groups::outcomes(.., flatten)`. `flatten` is
//!    pure and starts from `Attrs::over(schema, base)`; it sets exactly what the provider's read
//!    sets, and always `id` and `region`; the region of the objects is `region::of(ctx)`.
//! 5. `create`: one call that makes the object (with token or intent tag), then at once
//!    `support::reached(checkpoint, support::started(..))`, then idempotent steps, then
//!    `support::finish`, which reads back. `update`: only what `shape::changed`. `delete`: the
//!    type's own NotFound code is success; wait until it is gone.
//! 6. `locate`: by the intent tag (`ec2::ids_by_intent`), token, name or natural key, then
//!    `support::located`. 7. `import`. 8. `iam`: every call made. 9. Unit tests of the pure parts;
//!    a test against the emulator in `tests/aws_types`.
//!
//! # Quirks of a VPC
//! CreateVpc has no client token: a lost one is found by the intent tag. Three attributes need a
//! call each, per VPC; the default network ACL, security group and main route table are read
//! for all VPCs at once. An IPv6 block changes by disassociating and associating.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups::{self, Found};
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
use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType as Kind, Tenancy, VpcAttributeName, VpcCidrBlockStateCode, VpcTenancy};
use std::collections::BTreeMap;

const TRACED: untraced::Traced = untraced::Traced { prefix: "vpc", uses: &[] };

/// `aws_vpc`
pub struct Vpc;

const NOT_FOUND: &[&str] = &["InvalidVpcID.NotFound"];
const AMAZON_POOL: &str = "Amazon";
const IPAM_POOL: &str = "IPAM Managed";

fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("assign_generated_ipv6_cidr_block", boolean().optional())
        .attr("cidr_block", string().optional().computed().force_new())
        .attr("default_network_acl_id", string().computed())
        .attr("default_route_table_id", string().computed())
        .attr("default_security_group_id", string().computed())
        .attr("dhcp_options_id", string().computed())
        .attr("enable_dns_hostnames", boolean().optional().computed())
        .attr("enable_dns_support", boolean().optional().default(Value::bool(true)))
        .attr("enable_network_address_usage_metrics", boolean().optional().computed())
        .attr("instance_tenancy", string().optional().default(Value::string("default")))
        .attr("ipv4_ipam_pool_id", string().optional().force_new())
        .attr("ipv4_netmask_length", number().optional().force_new())
        .attr("ipv6_association_id", string().computed())
        .attr("ipv6_cidr_block", string().optional().computed())
        .attr("ipv6_cidr_block_network_border_group", string().optional().computed())
        .attr("ipv6_ipam_pool_id", string().optional())
        .attr("ipv6_netmask_length", number().optional())
        .attr("main_route_table_id", string().computed())
        .attr("owner_id", string().computed());
    let mut schema = ResourceSchema::new(1, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema
}

/// Arguments that exclude or need each other, and the allowed tenancies.
fn validate(config: &Value) -> Vec<RuleError> {
    let excluding = [
        ("cidr_block", "ipv4_netmask_length"),
        ("assign_generated_ipv6_cidr_block", "ipv6_ipam_pool_id"),
        ("ipv6_cidr_block", "ipv6_netmask_length"),
        ("ipv6_cidr_block", "assign_generated_ipv6_cidr_block"),
    ];
    let needing = [
        ("ipv4_netmask_length", "ipv4_ipam_pool_id"),
        ("ipv6_cidr_block", "ipv6_ipam_pool_id"),
        ("ipv6_netmask_length", "ipv6_ipam_pool_id"),
        ("ipv6_cidr_block_network_border_group", "assign_generated_ipv6_cidr_block"),
    ];
    let mut errors = support::conflicts(config, &excluding);
    errors.extend(support::needs(config, &needing));
    errors.extend(check::networks(config, &[("cidr_block", false), ("ipv6_cidr_block", true)]));
    if shape::text(config, "instance_tenancy").is_some_and(|t| !["default", "dedicated"].contains(&t)) {
        errors
            .push(RuleError { path: Path::attr("instance_tenancy"), message: "The tenancy of a VPC is `default` or `dedicated`.".into() });
    }
    errors
}

/// Only dedicated → default is possible in place; another IPv6 block has another association.
fn plan(draft: &mut DiffDraft<'_>) {
    if draft.changes("instance_tenancy") {
        let tenancy = |v: Option<&Value>| v.and_then(Value::as_str).map(str::to_string);
        let (old, new) = (tenancy(draft.prior("instance_tenancy")), tenancy(draft.planned("instance_tenancy")));
        if (old.as_deref(), new.as_deref()) != (Some("dedicated"), Some("default")) {
            draft.require_replace("instance_tenancy", None);
        }
    }
    let moves = |d: &DiffDraft<'_>, n: &str| match (d.prior, d.planned(n)) {
        (Some(prior), Some(new)) => new.is_unknown() || shape::changed(prior, &d.planned, n),
        _ => false,
    };
    if moves(draft, "assign_generated_ipv6_cidr_block") || moves(draft, "ipv6_ipam_pool_id") {
        if draft.configured("ipv6_cidr_block").is_none() {
            draft.set_unknown("ipv6_cidr_block");
        }
        draft.set_unknown("ipv6_association_id");
    } else if moves(draft, "ipv6_cidr_block") {
        draft.set_unknown("ipv6_association_id");
    }
}

/// A VPC with what further calls say about it.
struct Full {
    vpc: aws_sdk_ec2::types::Vpc,
    dns_hostnames: bool,
    dns_support: bool,
    usage_metrics: bool,
    defaults: Defaults,
}

/// Ids of the objects that AWS makes with a VPC.
#[derive(Clone, Default)]
struct Defaults {
    acl: Option<String>,
    table: Option<String>,
    group: Option<String>,
}

type Many = Vec<(String, aws_sdk_ec2::types::Vpc)>;

async fn describe(client: Client, ids: Vec<String>) -> Result<Many, ApiError> {
    let pages = client.describe_vpcs().filters(ec2::filter("vpc-id", ids)).into_paginator().items().send();
    let vpcs = call("ec2:DescribeVpcs", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(vpcs.into_iter().filter_map(|v| Some((v.vpc_id()?.to_string(), v))).collect())
}

async fn describe_one(client: Client, id: String) -> Result<Option<aws_sdk_ec2::types::Vpc>, ApiError> {
    let answer = call("ec2:DescribeVpcs", client.describe_vpcs().vpc_ids(id).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.vpcs.unwrap_or_default().pop()))
}

/// One of the attributes that the description of a VPC lacks.
///
/// # Errors
/// The failing call.
pub async fn attribute(client: &Client, id: &str, name: VpcAttributeName) -> Result<bool, ApiError> {
    let a = call("ec2:DescribeVpcAttribute", client.describe_vpc_attribute().vpc_id(id).attribute(name).send()).await?;
    let values = [a.enable_dns_hostnames, a.enable_dns_support, a.enable_network_address_usage_metrics];
    Ok(values.into_iter().flatten().find_map(|v| v.value).unwrap_or(false))
}

/// The default objects of all VPCs, in three calls a chunk.
async fn defaults(client: &Client, ids: &[String]) -> Result<BTreeMap<String, Defaults>, ApiError> {
    let mut all: BTreeMap<String, Defaults> = BTreeMap::new();
    for chunk in ids.chunks(groups::CHUNK) {
        let vpcs = || ec2::filter("vpc-id", chunk);
        let acls = client.describe_network_acls().filters(ec2::filter("default", ["true"])).filters(vpcs()).into_paginator().items().send();
        let tables = client
            .describe_route_tables()
            .filters(ec2::filter("association.main", ["true"]))
            .filters(vpcs())
            .into_paginator()
            .items()
            .send();
        let named = client
            .describe_security_groups()
            .filters(ec2::filter("group-name", ["default"]))
            .filters(vpcs())
            .into_paginator()
            .items()
            .send();
        let (acls, tables, named) = tokio::try_join!(
            call("ec2:DescribeNetworkAcls", acls.collect::<Result<Vec<_>, _>>()),
            call("ec2:DescribeRouteTables", tables.collect::<Result<Vec<_>, _>>()),
            call("ec2:DescribeSecurityGroups", named.collect::<Result<Vec<_>, _>>()),
        )?;
        for acl in acls {
            all.entry(acl.vpc_id.unwrap_or_default()).or_default().acl = acl.network_acl_id;
        }
        for table in tables {
            all.entry(table.vpc_id.unwrap_or_default()).or_default().table = table.route_table_id;
        }
        for group in named {
            all.entry(group.vpc_id.unwrap_or_default()).or_default().group = group.group_id;
        }
    }
    Ok(all)
}

/// Adds to each VPC that is there what its description lacks.
async fn complete(client: &Client, found: Found<aws_sdk_ec2::types::Vpc>) -> Found<Full> {
    let there: Vec<String> = found.iter().filter(|(_, f)| matches!(f, Ok(Some(_)))).map(|(id, _)| id.clone()).collect();
    let defaults = if there.is_empty() { Ok(BTreeMap::new()) } else { defaults(client, &there).await };
    let mut full = Found::new();
    for (id, vpc) in found {
        let whole = match vpc {
            Ok(Some(vpc)) => whole(client, &id, vpc, &defaults).await.map(Some),
            Ok(None) => Ok(None),
            Err(e) => Err(e),
        };
        full.insert(id, whole);
    }
    full
}

async fn whole(
    client: &Client,
    id: &str,
    vpc: aws_sdk_ec2::types::Vpc,
    defaults: &Result<BTreeMap<String, Defaults>, ApiError>,
) -> Result<Full, ApiError> {
    let defaults = defaults.as_ref().map_err(Clone::clone)?.get(id).cloned().unwrap_or_default();
    let (dns_hostnames, dns_support, usage_metrics) = tokio::try_join!(
        attribute(client, id, VpcAttributeName::EnableDnsHostnames),
        attribute(client, id, VpcAttributeName::EnableDnsSupport),
        attribute(client, id, VpcAttributeName::EnableNetworkAddressUsageMetrics),
    )?;
    Ok(Full { vpc, dns_hostnames, dns_support, usage_metrics, defaults })
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let vpc = &full.vpc;
    let id = vpc.vpc_id().unwrap_or_default();
    let (tags, tags_all) = ec2::observed(ctx, vpc.tags(), base);
    let d = &full.defaults;
    let attrs = Attrs::over(schema, base)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, vpc.owner_id(), &format!("vpc/{id}"))))
        .text("cidr_block", vpc.cidr_block())
        .text("dhcp_options_id", vpc.dhcp_options_id())
        .text("instance_tenancy", vpc.instance_tenancy().map(Tenancy::as_str))
        .text("owner_id", vpc.owner_id())
        .flag("enable_dns_hostnames", Some(full.dns_hostnames))
        .flag("enable_dns_support", Some(full.dns_support))
        .flag("enable_network_address_usage_metrics", Some(full.usage_metrics))
        .text("default_network_acl_id", d.acl.as_deref())
        .text("default_route_table_id", d.table.as_deref())
        .text("main_route_table_id", d.table.as_deref())
        .text("default_security_group_id", d.group.as_deref())
        .put("tags", tags)
        .put("tags_all", tags_all);
    ipv6(attrs, vpc, base).finish()
}

/// The IPv6 block: the one of the stored association, else the last that is associated.
fn ipv6(attrs: Attrs, vpc: &aws_sdk_ec2::types::Vpc, base: &Value) -> Attrs {
    let known = shape::text(base, "ipv6_association_id");
    let associated = || {
        let state = |a: &&aws_sdk_ec2::types::VpcIpv6CidrBlockAssociation| {
            a.ipv6_cidr_block_state().and_then(|s| s.state()) == Some(&VpcCidrBlockStateCode::Associated)
        };
        vpc.ipv6_cidr_block_association_set().iter().filter(state)
    };
    let block = associated().find(|a| a.association_id() == known && known.is_some()).or_else(|| associated().next_back());
    let pool = block.and_then(|b| b.ipv6_pool());
    let cidr = block.and_then(|b| b.ipv6_cidr_block());
    let own_pool = pool.filter(|p| *p != AMAZON_POOL);
    let pool_id = if own_pool == Some(IPAM_POOL) { shape::text(base, "ipv6_ipam_pool_id") } else { own_pool };
    let length = own_pool.and(cidr).and_then(|c| c.rsplit_once('/')).and_then(|(_, n)| n.parse::<i64>().ok());
    attrs
        .flag("assign_generated_ipv6_cidr_block", Some(block.is_some() && pool == Some(AMAZON_POOL)))
        .text("ipv6_association_id", block.and_then(|b| b.association_id()))
        .text("ipv6_cidr_block", cidr)
        .text("ipv6_cidr_block_network_border_group", block.and_then(|b| b.network_border_group()))
        .text("ipv6_ipam_pool_id", pool_id)
        .int("ipv6_netmask_length", length)
}

/// Sets the attributes that differ from `now`; each in a call of its own, as the API demands.
async fn set_attributes(aws: &Aws, client: &Client, id: &str, now: &Value, planned: &Value) -> Result<(), ProviderError> {
    for (name, attr) in [
        ("enable_dns_support", VpcAttributeName::EnableDnsSupport),
        ("enable_dns_hostnames", VpcAttributeName::EnableDnsHostnames),
        ("enable_network_address_usage_metrics", VpcAttributeName::EnableNetworkAddressUsageMetrics),
    ] {
        let Some(want) = shape::flag(planned, name).filter(|w| shape::flag(now, name) != Some(*w)) else { continue };
        let value = AttributeBooleanValue::builder().value(want).build();
        let request = client.modify_vpc_attribute().vpc_id(id);
        let request = match attr {
            VpcAttributeName::EnableDnsSupport => request.enable_dns_support(value),
            VpcAttributeName::EnableDnsHostnames => request.enable_dns_hostnames(value),
            _ => request.enable_network_address_usage_metrics(value),
        };
        call("ec2:ModifyVpcAttribute", request.send()).await.map_err(|e| e.while_doing("Changing the VPC").at(name))?;
        let what = format!("{name} of {id} to become {want}");
        let look = || async {
            match attribute(client, id, attr.clone()).await {
                Ok(v) if v == want => Poll::Ready(()),
                Ok(_) => Poll::Pending,
                Err(e) => Poll::Failed(e.into()),
            }
        };
        aws.wait(&what, timeouts::minutes(5)).until(look).await?;
    }
    Ok(())
}

/// Replaces the IPv6 block by what is planned.
async fn replace_ipv6(aws: &Aws, client: &Client, id: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let doing = "Changing the VPC's IPv6 block";
    if let Some(association) = shape::text(prior, "ipv6_association_id") {
        let gone = call("ec2:DisassociateVpcCidrBlock", client.disassociate_vpc_cidr_block().association_id(association).send()).await;
        absent(gone, &["InvalidVpcCidrBlockAssociationID.NotFound"]).map_err(|e| e.while_doing(doing))?;
        wait_ipv6(aws, client, id, association, false).await?;
    }
    let generated = shape::flag(planned, "assign_generated_ipv6_cidr_block") == Some(true);
    let (block, pool) = (shape::string(planned, "ipv6_cidr_block"), shape::string(planned, "ipv6_ipam_pool_id"));
    if !generated && block.is_none() && pool.is_none() {
        return Ok(());
    }
    let request = client
        .associate_vpc_cidr_block()
        .vpc_id(id)
        .set_amazon_provided_ipv6_cidr_block(generated.then_some(true))
        .set_ipv6_cidr_block(block.filter(|_| !generated))
        .set_ipv6_ipam_pool_id(pool.filter(|_| !generated))
        .set_ipv6_netmask_length(shape::int(planned, "ipv6_netmask_length").filter(|n| *n > 0 && !generated))
        .set_ipv6_cidr_block_network_border_group(shape::string(planned, "ipv6_cidr_block_network_border_group").filter(|_| generated));
    let made = call("ec2:AssociateVpcCidrBlock", request.send()).await.map_err(|e| e.while_doing(doing))?;
    match made.ipv6_cidr_block_association.and_then(|a| a.association_id) {
        Some(association) => wait_ipv6(aws, client, id, &association, true).await,
        None => Ok(()),
    }
}

/// Waits until an IPv6 block is associated, or no longer is.
async fn wait_ipv6(aws: &Aws, client: &Client, id: &str, association: &str, there: bool) -> Result<(), ProviderError> {
    let what = format!("the IPv6 block {association} of {id}");
    let look = || async {
        let vpc = match describe_one(client.clone(), id.to_string()).await {
            Ok(vpc) => vpc,
            Err(e) => return Poll::Failed(e.into()),
        };
        let blocks = vpc.map(|v| v.ipv6_cidr_block_association_set.unwrap_or_default()).unwrap_or_default();
        let block = blocks.into_iter().find(|b| b.association_id() == Some(association));
        let state = block.and_then(|b| b.ipv6_cidr_block_state).and_then(|s| s.state);
        let done = if there {
            state == Some(VpcCidrBlockStateCode::Associated)
        } else {
            matches!(state, None | Some(VpcCidrBlockStateCode::Disassociated))
        };
        if done { Poll::Ready(()) } else { Poll::Pending }
    };
    aws.wait(&what, timeouts::minutes(10)).until(look).await
}

impl Vpc {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let client = Aws::ec2_of(ctx)?;
        let made = client
            .create_vpc()
            .set_cidr_block(shape::string(planned, "cidr_block"))
            .set_ipv4_ipam_pool_id(shape::string(planned, "ipv4_ipam_pool_id"))
            .set_ipv4_netmask_length(shape::int(planned, "ipv4_netmask_length"))
            .set_ipv6_cidr_block(shape::string(planned, "ipv6_cidr_block"))
            .set_ipv6_ipam_pool_id(shape::string(planned, "ipv6_ipam_pool_id"))
            .set_ipv6_netmask_length(shape::int(planned, "ipv6_netmask_length"))
            .set_ipv6_cidr_block_network_border_group(shape::string(planned, "ipv6_cidr_block_network_border_group"))
            .amazon_provided_ipv6_cidr_block(shape::flag(planned, "assign_generated_ipv6_cidr_block").unwrap_or(false))
            .set_instance_tenancy(shape::text(planned, "instance_tenancy").map(Tenancy::from));
        let named = (Kind::Vpc, TRACED, "Creating the VPC");
        let send = |tags| call("ec2:CreateVpc", made.clone().set_tag_specifications(tags).send());
        let made = untraced::create(ctx, request, named, send).await?;
        let id = made.vpc().and_then(|v| v.vpc_id()).unwrap_or_default();
        Ok(support::started(&self.schema(), ctx, planned, id))
    }

    /// What follows once the VPC exists; each step may run again.
    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        support::reached(request.checkpoint, object).await?;
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let id = object.id().unwrap_or_default();
        let what = format!("the VPC {id} to become available");
        let look = || async {
            match describe_one(client.clone(), id.to_string()).await {
                Ok(Some(vpc)) if vpc.state().is_some_and(|s| s.as_str() == "available") => Poll::Ready(vpc),
                Ok(_) => Poll::Pending,
                Err(e) => Poll::Failed(e.into()),
            }
        };
        let vpc = aws.wait(&what, timeouts::minutes(10)).until(look).await?;
        if let Some(association) = vpc.ipv6_cidr_block_association_set().first().and_then(|a| a.association_id()) {
            wait_ipv6(aws, &client, id, association, true).await?;
        }
        let fresh = [
            ("enable_dns_support".into(), Value::bool(true)),
            ("enable_dns_hostnames".into(), Value::bool(false)),
            ("enable_network_address_usage_metrics".into(), Value::bool(false)),
        ];
        set_attributes(aws, &client, id, &Value::object(fresh.into()), request.planned).await
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let (prior, planned) = (&request.prior.attributes, request.planned);
        let id = request.prior.id().unwrap_or_default();
        set_attributes(aws, &client, id, prior, planned).await?;
        if shape::changed(prior, planned, "instance_tenancy") {
            let tenancy = VpcTenancy::from(shape::text(planned, "instance_tenancy").unwrap_or("default"));
            call("ec2:ModifyVpcTenancy", client.modify_vpc_tenancy().vpc_id(id).instance_tenancy(tenancy).send())
                .await
                .map_err(|e| e.while_doing("Changing the VPC").at("instance_tenancy"))?;
        }
        let ipv6 = ["assign_generated_ipv6_cidr_block", "ipv6_cidr_block", "ipv6_ipam_pool_id", "ipv6_cidr_block_network_border_group"];
        if ipv6.iter().any(|n| shape::changed(prior, planned, n)) {
            replace_ipv6(aws, &client, id, prior, planned).await?;
        }
        ec2::update_tags(ctx, &client, id, prior, planned).await
    }
}

#[async_trait]
impl ResourceType for Vpc {
    support::basics!("aws_vpc", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &[
                "ec2:DescribeVpcs",
                "ec2:DescribeVpcAttribute",
                "ec2:DescribeNetworkAcls",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeTags",
            ],
            create: &["ec2:CreateVpc", "ec2:CreateTags", "ec2:ModifyVpcAttribute"],
            update: &[
                "ec2:ModifyVpcAttribute",
                "ec2:ModifyVpcTenancy",
                "ec2:AssociateVpcCidrBlock",
                "ec2:DisassociateVpcCidrBlock",
                "ec2:CreateTags",
                "ec2:DeleteTags",
            ],
            delete: &["ec2:DeleteVpc"],
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
        let found = complete(&client, found).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten(ctx, &schema, base, full))
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
        let what = format!("the VPC {id} to be deleted");
        let send = || call("ec2:DeleteVpc", client.delete_vpc().vpc_id(id).send());
        support::delete_when_free(aws, "Deleting the VPC", timeouts::minutes(5), NOT_FOUND, send).await?;
        let look = || async {
            match describe_one(client.clone(), id.to_string()).await {
                Ok(None) => Poll::Ready(()),
                Ok(Some(_)) => Poll::Pending,
                Err(e) => Poll::Failed(e.into()),
            }
        };
        aws.wait(&what, timeouts::minutes(5)).until(look).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        untraced::locate(self, ctx, TRACED, intents).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests;
