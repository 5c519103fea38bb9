//! `aws_egress_only_internet_gateway`: the way out over IPv6.
//!
//! It is made attached to its VPC, with a client token; a lost one is found by the intent tag. The API
//! filters by tags only: several are found by paging through all.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateEgressOnlyInternetGateway.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups;
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, region, support, tags, timeouts, untraced};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{ResourceSchema, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{EgressOnlyInternetGateway as Sdk, ResourceType as Kind};

const TRACED: untraced::Traced = untraced::Traced { prefix: "eigw", uses: &[] };

/// `aws_egress_only_internet_gateway`
pub struct EgressOnlyInternetGateway;

const NOT_FOUND: &[&str] = &["InvalidGatewayID.NotFound", "InvalidEgressOnlyInternetGatewayId.NotFound"];

fn build() -> ResourceSchema {
    let block = support::base()
        .attr("tags", tags::attribute())
        .attr("tags_all", tags::all_attribute())
        .attr("vpc_id", string().required().force_new());
    ResourceSchema { version: 0, block, rules: support::rules() }
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    if ids.len() < 2 {
        return Ok(Vec::new());
    }
    let pages = client.describe_egress_only_internet_gateways().into_paginator().items().send();
    let all = call("ec2:DescribeEgressOnlyInternetGateways", pages.collect::<Result<Vec<_>, _>>()).await?;
    let named = all.into_iter().filter_map(|g| Some((g.egress_only_internet_gateway_id()?.to_string(), g)));
    Ok(named.filter(|(id, _)| ids.contains(id)).collect())
}

async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    let request = client.describe_egress_only_internet_gateways().egress_only_internet_gateway_ids(&id);
    let answer = absent(call("ec2:DescribeEgressOnlyInternetGateways", request.send()).await, NOT_FOUND)?;
    let mut found = answer.and_then(|a| a.egress_only_internet_gateways).unwrap_or_default().into_iter();
    Ok(found.find(|g| g.egress_only_internet_gateway_id() == Some(&id)))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, gateway: &Sdk) -> Value {
    let (tags, tags_all) = ec2::observed(ctx, gateway.tags(), base);
    Attrs::over(schema, base)
        .text("id", gateway.egress_only_internet_gateway_id())
        .text("region", Some(region::of(ctx)))
        .text("vpc_id", gateway.attachments().first().and_then(|a| a.vpc_id()))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

async fn make(ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<String, ProviderError> {
    let made = Aws::ec2_of(ctx)?
        .create_egress_only_internet_gateway()
        .client_token(&request.intent.token)
        .set_vpc_id(shape::string(request.planned, "vpc_id"));
    let named = (Kind::EgressOnlyInternetGateway, TRACED, "Creating the egress-only internet gateway");
    let send = |tags| call("ec2:CreateEgressOnlyInternetGateway", made.clone().set_tag_specifications(tags).send());
    let made = untraced::create(ctx, request, named, send).await?;
    Ok(made.egress_only_internet_gateway.and_then(|g| g.egress_only_internet_gateway_id).unwrap_or_default())
}

#[async_trait]
impl ResourceType for EgressOnlyInternetGateway {
    support::basics!("aws_egress_only_internet_gateway", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeEgressOnlyInternetGateways", "ec2:DescribeTags"],
            create: &["ec2:CreateEgressOnlyInternetGateway", "ec2:CreateTags"],
            update: &["ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DeleteEgressOnlyInternetGateway"],
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
        match make(ctx, &request).await {
            Ok(id) => support::finish(self, ctx, request.addr, support::started(&self.schema(), ctx, request.planned, &id), Ok(())).await,
            Err(error) => Applied::failed(error),
        }
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
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let id = request.prior.id().unwrap_or_default();
        if describe_one(client.clone(), id.to_string()).await?.is_none() {
            return Ok(());
        }
        let send = || {
            let request = client.delete_egress_only_internet_gateway().egress_only_internet_gateway_id(id);
            call("ec2:DeleteEgressOnlyInternetGateway", request.send())
        };
        support::delete_when_free(aws, "Deleting the egress-only internet gateway", timeouts::minutes(5), NOT_FOUND, send).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        untraced::locate(self, ctx, TRACED, intents).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}
