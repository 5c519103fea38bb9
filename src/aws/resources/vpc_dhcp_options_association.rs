//! `aws_vpc_dhcp_options_association`: a VPC uses a set of DHCP options.
//!
//! A VPC always has a set; AssociateDhcpOptions may be sent again. Deleting gives the VPC the set named
//! `default`. The association exists as long as the VPC uses that very set.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups;
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, region, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_ec2::Client;

/// `aws_vpc_dhcp_options_association`
pub struct VpcDhcpOptionsAssociation;

const NO_VPC: &[&str] = &["InvalidVpcID.NotFound"];

fn build() -> ResourceSchema {
    let block = support::base().attr("dhcp_options_id", string().required()).attr("vpc_id", string().required().force_new());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.customize.push(plan);
    schema
}

/// The id names both ends.
fn plan(draft: &mut DiffDraft<'_>) {
    if draft.changes("dhcp_options_id") {
        draft.set_unknown("id");
    }
}

fn id_of(options: &str, vpc: &str) -> String {
    format!("{options}-{vpc}")
}

/// VPCs and the sets they use.
async fn describe(client: Client, vpcs: Vec<String>) -> Result<Vec<(String, String)>, ApiError> {
    let pages = client.describe_vpcs().filters(ec2::filter("vpc-id", vpcs)).into_paginator().items().send();
    let vpcs = call("ec2:DescribeVpcs", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(vpcs.into_iter().filter_map(|v| Some((v.vpc_id?, v.dhcp_options_id?))).collect())
}

async fn describe_one(client: Client, vpc: String) -> Result<Option<String>, ApiError> {
    let answer = call("ec2:DescribeVpcs", client.describe_vpcs().vpc_ids(vpc).send()).await;
    Ok(absent(answer, NO_VPC)?.and_then(|a| a.vpcs.unwrap_or_default().pop()).and_then(|v| v.dhcp_options_id))
}

fn vpc_of(object: &Object) -> Option<String> {
    object.str("vpc_id").map(str::to_string)
}

/// Associates; the object before its reading.
async fn put(ctx: &Ctx<'_>, schema: &ResourceSchema, planned: &Value) -> Result<Object, ProviderError> {
    let (options, vpc) = (shape::text(planned, "dhcp_options_id").unwrap_or_default(), shape::text(planned, "vpc_id").unwrap_or_default());
    let sent = Aws::ec2_of(ctx)?.associate_dhcp_options().dhcp_options_id(options).vpc_id(vpc);
    call("ec2:AssociateDhcpOptions", sent.send()).await.map_err(|e| e.while_doing("Associating the DHCP options"))?;
    Ok(support::started(schema, ctx, planned, &id_of(options, vpc)))
}

#[async_trait]
impl ResourceType for VpcDhcpOptionsAssociation {
    support::basics!("aws_vpc_dhcp_options_association", build);

    fn shows_in(&self) -> &'static [&'static str] {
        &["aws_vpc"]
    }

    fn iam(&self) -> IamActions {
        const PUT: &[&str] = &["ec2:AssociateDhcpOptions"];
        IamActions { read: &["ec2:DescribeVpcs"], create: PUT, update: PUT, delete: PUT }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let vpcs: Vec<String> = priors.iter().filter_map(|p| vpc_of(p.object)).collect();
        let found = groups::find_all(&vpcs, |ids| describe(client.clone(), ids), |id| describe_one(client.clone(), id)).await;
        let schema = self.schema();
        let outcomes = groups::outcomes_by(priors, &found, vpc_of, |base, options| {
            let vpc = shape::text(base, "vpc_id").unwrap_or_default();
            Attrs::over(&schema, base)
                .text("id", Some(&id_of(options, vpc)))
                .text("region", Some(region::of(ctx)))
                .text("dhcp_options_id", Some(options))
                .finish()
        });
        let other =
            |prior: &Prior<'_>, read: &Object| prior.object.str("dhcp_options_id").is_some_and(|o| Some(o) != read.str("dhcp_options_id"));
        let gone = |(prior, outcome): (&Prior<'_>, ReadOutcome)| match outcome {
            ReadOutcome::Found(object) if other(prior, &object) => ReadOutcome::Gone,
            outcome => outcome,
        };
        priors.iter().zip(outcomes).map(gone).collect()
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match put(ctx, &self.schema(), request.planned).await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        match put(ctx, &self.schema(), request.planned).await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::partial(request.prior.clone(), error),
        }
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let object = &request.prior.attributes;
        if shape::text(object, "dhcp_options_id") == Some("default") {
            return Ok(());
        }
        let sent = Aws::ec2_of(ctx)?.associate_dhcp_options().dhcp_options_id("default").set_vpc_id(shape::string(object, "vpc_id"));
        absent(call("ec2:AssociateDhcpOptions", sent.send()).await, NO_VPC).map_err(|e| e.while_doing("Ending the association"))?;
        Ok(())
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let id =
            |i: &Intent| Some((i.token.clone(), id_of(shape::text(&i.planned, "dhcp_options_id")?, shape::text(&i.planned, "vpc_id")?)));
        support::located(self, ctx, intents, &intents.iter().filter_map(id).collect()).await
    }

    /// The id of the VPC.
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let (vpc, region) = region::split_import(id);
        support::imported(&self.schema(), region, &[("id", vpc), ("vpc_id", vpc)])
    }
}
