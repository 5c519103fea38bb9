//! `aws_internet_gateway`.
//!
//! Made in two calls: create, attach. CreateInternetGateway has no client token: a lost one is found
//! by the intent tag; attaching again to the same VPC answers Resource.AlreadyAssociated. Detaching is
//! refused while public addresses are in use in the VPC.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups;
use crate::aws::shape::{self, Attrs};
use crate::aws::waiter::Poll;
use crate::aws::{ec2, region, support, timeouts, untraced};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{ResourceSchema, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{InternetGateway as Sdk, ResourceType as Kind};
use std::time::Duration;

const TRACED: untraced::Traced = untraced::Traced { prefix: "igw", uses: &["vpc_id"] };

/// `aws_internet_gateway`
pub struct InternetGateway;

const NOT_FOUND: &[&str] = &["InvalidInternetGatewayID.NotFound"];

fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("owner_id", string().computed())
        .attr("vpc_id", string().optional().computed())
        .block("timeouts", timeouts::block(&["create", "update", "delete"]));
    ResourceSchema { version: 0, block, rules: support::rules() }
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let pages = client.describe_internet_gateways().filters(ec2::filter("internet-gateway-id", ids)).into_paginator().items().send();
    let gateways = call("ec2:DescribeInternetGateways", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(gateways.into_iter().filter_map(|g| Some((g.internet_gateway_id()?.to_string(), g))).collect())
}

async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    let answer = call("ec2:DescribeInternetGateways", client.describe_internet_gateways().internet_gateway_ids(id).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.internet_gateways.unwrap_or_default().pop()))
}

/// The VPC it is attached to.
fn attached(gateway: &Sdk) -> Option<&str> {
    gateway.attachments().first().and_then(|a| a.vpc_id())
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, gateway: &Sdk) -> Value {
    let (tags, tags_all) = ec2::observed(ctx, gateway.tags(), base);
    let id = gateway.internet_gateway_id().unwrap_or_default();
    Attrs::over(schema, base)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, gateway.owner_id(), &format!("internet-gateway/{id}"))))
        .text("owner_id", gateway.owner_id())
        .text("vpc_id", attached(gateway))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

/// Attaches and waits until the attachment is seen.
async fn attach(ctx: &Ctx<'_>, client: &Client, id: &str, vpc: &str, limit: Duration) -> Result<(), ProviderError> {
    let aws = Aws::of(ctx)?;
    let what = format!("{id} to be attached to {vpc}");
    let send = || async {
        match call("ec2:AttachInternetGateway", client.attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send()).await {
            Ok(_) => Poll::Ready(()),
            Err(e) if e.is(NOT_FOUND) => Poll::Pending,
            Err(e) if e.is(&["Resource.AlreadyAssociated"]) => match describe_one(client.clone(), id.to_string()).await {
                Ok(Some(g)) if attached(&g) == Some(vpc) => Poll::Ready(()),
                _ => Poll::Failed(e.while_doing("Attaching the internet gateway").at("vpc_id")),
            },
            Err(e) => Poll::Failed(e.while_doing("Attaching the internet gateway").at("vpc_id")),
        }
    };
    aws.wait(&what, timeouts::minutes(2)).until(send).await?;
    let look = || async {
        match describe_one(client.clone(), id.to_string()).await {
            Ok(Some(g))
                if g.attachments()
                    .iter()
                    .any(|a| a.vpc_id() == Some(vpc) && a.state().is_some_and(|s| ["available", "attached"].contains(&s.as_str()))) =>
            {
                Poll::Ready(())
            }
            Ok(_) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    aws.wait(&what, limit).until(look).await
}

async fn detach(aws: &Aws, client: &Client, id: &str, vpc: &str, limit: Duration) -> Result<(), ProviderError> {
    let send = || call("ec2:DetachInternetGateway", client.detach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send());
    let gone = ["InvalidInternetGatewayID.NotFound", "Gateway.NotAttached", "InvalidVpcID.NotFound"];
    support::delete_when_free(aws, "Detaching the internet gateway", limit, &gone, send).await
}

impl InternetGateway {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let made = Aws::ec2_of(ctx)?.create_internet_gateway();
        let named = (Kind::InternetGateway, TRACED, "Creating the internet gateway");
        let send = |tags| call("ec2:CreateInternetGateway", made.clone().set_tag_specifications(tags).send());
        let made = untraced::create(ctx, request, named, send).await?;
        let id = made.internet_gateway().and_then(|g| g.internet_gateway_id()).unwrap_or_default();
        Ok(support::started(&self.schema(), ctx, request.planned, id))
    }

    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        support::reached(request.checkpoint, object).await?;
        let Some(vpc) = shape::text(request.planned, "vpc_id") else { return Ok(()) };
        let limit = request.timeouts.create.unwrap_or(timeouts::minutes(20));
        attach(ctx, &Aws::ec2_of(ctx)?, object.id().unwrap_or_default(), vpc, limit).await
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let (prior, planned) = (&request.prior.attributes, request.planned);
        let id = request.prior.id().unwrap_or_default();
        let limit = request.timeouts.update.unwrap_or(timeouts::minutes(20));
        if shape::changed(prior, planned, "vpc_id") {
            if let Some(old) = shape::text(prior, "vpc_id") {
                detach(aws, &client, id, old, limit).await?;
            }
            if let Some(new) = shape::text(planned, "vpc_id") {
                attach(ctx, &client, id, new, limit).await?;
            }
        }
        ec2::update_tags(ctx, &client, id, prior, planned).await
    }
}

#[async_trait]
impl ResourceType for InternetGateway {
    support::basics!("aws_internet_gateway", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeInternetGateways", "ec2:DescribeTags"],
            create: &["ec2:CreateInternetGateway", "ec2:CreateTags", "ec2:AttachInternetGateway"],
            update: &["ec2:AttachInternetGateway", "ec2:DetachInternetGateway", "ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DetachInternetGateway", "ec2:DeleteInternetGateway"],
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
        if let Some(vpc) = shape::text(&request.prior.attributes, "vpc_id") {
            detach(aws, &client, id, vpc, limit).await?;
        }
        let send = || call("ec2:DeleteInternetGateway", client.delete_internet_gateway().internet_gateway_id(id).send());
        support::delete_when_free(aws, "Deleting the internet gateway", limit, NOT_FOUND, send).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        untraced::locate(self, ctx, TRACED, intents).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}
