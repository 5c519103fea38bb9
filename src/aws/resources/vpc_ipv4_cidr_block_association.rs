//! `aws_vpc_ipv4_cidr_block_association`: a further IPv4 block of a VPC.
//!
//! Every argument replaces. A lost one is found by VPC and block; one from an IPAM pool without a
//! written block cannot be told from others and is not.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html>.

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
use crate::schema::{ResourceSchema, RuleError, number, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{VpcCidrBlockAssociation, VpcCidrBlockStateCode as State};
use std::collections::BTreeMap;
use std::time::Duration;

/// `aws_vpc_ipv4_cidr_block_association`
pub struct VpcIpv4CidrBlockAssociation;

fn build() -> ResourceSchema {
    let block = support::base()
        .attr("cidr_block", string().optional().computed().force_new())
        .attr("ipv4_ipam_pool_id", string().optional().force_new())
        .attr("ipv4_netmask_length", number().optional().force_new())
        .attr("vpc_id", string().required().force_new())
        .block("timeouts", timeouts::block(&["create", "delete"]));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(config, &[("cidr_block", "ipv4_netmask_length")]);
    errors.extend(support::needs(config, &[("ipv4_netmask_length", "ipv4_ipam_pool_id")]));
    errors
}

/// A block with its VPC.
#[derive(Clone)]
struct Found {
    vpc: String,
    block: VpcCidrBlockAssociation,
}

fn state(block: &VpcCidrBlockAssociation) -> Option<&State> {
    block.cidr_block_state().and_then(|s| s.state())
}

/// Blocks of the VPCs that a filter finds, those that are gone left out.
async fn blocks(client: &Client, filter: &str, values: &[String]) -> Result<Vec<Found>, ApiError> {
    let mut all = Vec::new();
    for chunk in values.chunks(groups::CHUNK) {
        let pages = client.describe_vpcs().filters(ec2::filter(filter, chunk)).into_paginator().items().send();
        for vpc in call("ec2:DescribeVpcs", pages.collect::<Result<Vec<_>, _>>()).await? {
            let id = vpc.vpc_id().unwrap_or_default();
            let there = vpc.cidr_block_association_set().iter().filter(|b| !matches!(state(b), Some(State::Disassociated)));
            all.extend(there.map(|b| Found { vpc: id.to_string(), block: b.clone() }));
        }
    }
    Ok(all)
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Found)>, ApiError> {
    let all = blocks(&client, "cidr-block-association.association-id", &ids).await?;
    let with_id = all.into_iter().filter_map(|f| Some((f.block.association_id()?.to_string(), f)));
    Ok(with_id.filter(|(id, _)| ids.contains(id)).collect())
}

/// There is no read by id: an answer without it says that it is gone.
async fn describe_one(client: Client, id: String) -> Result<Option<Found>, ApiError> {
    Ok(describe(client, vec![id]).await?.pop().map(|(_, f)| f))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, found: &Found) -> Value {
    Attrs::over(schema, base)
        .text("id", found.block.association_id())
        .text("region", Some(region::of(ctx)))
        .text("cidr_block", found.block.cidr_block())
        .text("vpc_id", Some(&found.vpc))
        .finish()
}

async fn wait(ctx: &Ctx<'_>, client: &Client, id: &str, there: bool, limit: Duration) -> Result<(), ProviderError> {
    let what = format!("the block {id} to be {}", if there { "associated" } else { "gone" });
    let look = || async {
        match describe_one(client.clone(), id.to_string()).await {
            Ok(Some(f)) if there && matches!(state(&f.block), None | Some(State::Associated)) => Poll::Ready(()),
            Ok(None) if !there => Poll::Ready(()),
            Ok(_) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    Aws::of(ctx)?.wait(&what, limit).until(look).await
}

impl VpcIpv4CidrBlockAssociation {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let sent = Aws::ec2_of(ctx)?
            .associate_vpc_cidr_block()
            .set_vpc_id(shape::string(planned, "vpc_id"))
            .set_cidr_block(shape::string(planned, "cidr_block"))
            .set_ipv4_ipam_pool_id(shape::string(planned, "ipv4_ipam_pool_id"))
            .set_ipv4_netmask_length(shape::int(planned, "ipv4_netmask_length"));
        let made = call("ec2:AssociateVpcCidrBlock", sent.send()).await.map_err(|e| e.while_doing("Adding the block to the VPC"))?;
        let id = made.cidr_block_association().and_then(|a| a.association_id()).unwrap_or_default();
        Ok(support::started(&self.schema(), ctx, planned, id))
    }
}

#[async_trait]
impl ResourceType for VpcIpv4CidrBlockAssociation {
    support::basics!("aws_vpc_ipv4_cidr_block_association", build);

    fn shows_in(&self) -> &'static [&'static str] {
        &["aws_vpc"]
    }

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeVpcs"],
            create: &["ec2:AssociateVpcCidrBlock"],
            update: &[],
            delete: &["ec2:DisassociateVpcCidrBlock"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found =
            groups::find_all(&groups::ids(priors), |ids| describe(client.clone(), ids), |id| describe_one(client.clone(), id)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, found| flatten(ctx, &schema, base, found))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => {
                let done = async {
                    support::reached(request.checkpoint, &object).await?;
                    let limit = request.timeouts.create.unwrap_or(timeouts::minutes(10));
                    wait(ctx, &Aws::ec2_of(ctx)?, object.id().unwrap_or_default(), true, limit).await
                };
                let done = done.await;
                support::finish(self, ctx, request.addr, object, done).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    /// Every argument replaces; only `region` of an older state is filled in.
    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        support::finish_update(self, ctx, &request, Ok(())).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let id = request.prior.id().unwrap_or_default();
        let sent = call("ec2:DisassociateVpcCidrBlock", client.disassociate_vpc_cidr_block().association_id(id).send()).await;
        absent(sent, &["InvalidVpcCidrBlockAssociationID.NotFound"]).map_err(|e| e.while_doing("Removing the block from the VPC"))?;
        wait(ctx, &client, id, false, request.timeouts.delete.unwrap_or(timeouts::minutes(10))).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let vpcs: Vec<String> = intents.iter().filter_map(|i| shape::string(&i.planned, "vpc_id")).collect();
        let all = blocks(&Aws::ec2_of(ctx)?, "vpc-id", &vpcs).await?;
        let mut found = BTreeMap::new();
        for intent in intents {
            let Some(block) = shape::text(&intent.planned, "cidr_block") else { continue };
            let ours =
                all.iter().find(|f| Some(f.vpc.as_str()) == shape::text(&intent.planned, "vpc_id") && f.block.cidr_block() == Some(block));
            if let Some(id) = ours.and_then(|f| f.block.association_id()) {
                found.insert(intent.token.clone(), id.to_string());
            }
        }
        support::located(self, ctx, intents, &found).await
    }

    /// The association's id; `ID,POOL,LENGTH` for one from an IPAM pool.
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let (id, region) = region::split_import(id);
        let parts: Vec<&str> = id.split(',').collect();
        let schema = self.schema();
        match parts.as_slice() {
            [id] => support::imported(&schema, region, &[("id", id)]),
            [id, pool, length] => {
                let length: i64 = length.parse().map_err(|_| support::import_error("the length of the netmask is no number"))?;
                let object = support::imported(&schema, region, &[("id", id), ("ipv4_ipam_pool_id", pool)])?;
                Ok(Object::new(Attrs::over(&schema, &object.attributes).int("ipv4_netmask_length", Some(length)).finish()))
            }
            _ => Err(support::import_error("it has to be ASSOCIATION-ID or ASSOCIATION-ID,IPAM-POOL-ID,NETMASK-LENGTH")),
        }
    }
}
