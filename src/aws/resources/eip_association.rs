//! `aws_eip_association`: an elastic address used by an instance or interface.
//!
//! Every argument replaces. A lost one is found by the address: its association, when it leads where
//! the plan wanted. Without `allow_reassociation`, AWS lets an address of the same network interface be
//! associated again, and refuses one that is in use elsewhere.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, call};
use crate::aws::groups;
use crate::aws::resources::eip;
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{ResourceSchema, RuleError, boolean, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Address;
use std::collections::BTreeMap;

/// `aws_eip_association`
pub struct EipAssociation;

fn build() -> ResourceSchema {
    let block = support::base().attr("allow_reassociation", boolean().optional().force_new());
    let names = ["allocation_id", "instance_id", "network_interface_id", "private_ip_address", "public_ip"];
    let block = names.iter().fold(block, |b, n| b.attr(n, string().optional().computed().force_new()));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let written = |n: &str| config.get(n).is_some_and(|v| !v.is_null());
    let error = |message: &str| RuleError { path: Path::default(), message: message.into() };
    let mut errors = support::conflicts(config, &[("allocation_id", "public_ip")]);
    if !written("allocation_id") && !written("public_ip") {
        errors.push(error("One of `allocation_id`, `public_ip` is needed."));
    }
    if !written("instance_id") && !written("network_interface_id") {
        errors.push(error("One of `instance_id`, `network_interface_id` is needed."));
    }
    errors
}

async fn addresses(client: &Client, filter: &str, values: &[String]) -> Result<Vec<Address>, ApiError> {
    let mut found = Vec::new();
    for chunk in values.chunks(groups::CHUNK) {
        let answer = call("ec2:DescribeAddresses", client.describe_addresses().filters(ec2::filter(filter, chunk)).send()).await?;
        found.extend(answer.addresses.unwrap_or_default());
    }
    Ok(found)
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Address)>, ApiError> {
    let all = addresses(&client, "association-id", &ids).await?;
    Ok(all.into_iter().filter_map(|a| Some((a.association_id()?.to_string(), a))).collect())
}

/// There is no read by association: an answer without it says that it is gone.
async fn describe_one(client: Client, id: String) -> Result<Option<Address>, ApiError> {
    Ok(describe(client, vec![id]).await?.pop().map(|(_, a)| a))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, address: &Address) -> Value {
    Attrs::over(schema, base)
        .text("id", address.association_id())
        .text("region", Some(region::of(ctx)))
        .text("allocation_id", address.allocation_id())
        .text("instance_id", address.instance_id())
        .text("network_interface_id", address.network_interface_id())
        .text("private_ip_address", address.private_ip_address())
        .text("public_ip", address.public_ip())
        .finish()
}

impl EipAssociation {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let sent = Aws::ec2_of(ctx)?
            .associate_address()
            .set_allocation_id(shape::string(planned, "allocation_id"))
            .set_allow_reassociation(shape::flag(planned, "allow_reassociation"))
            .set_instance_id(shape::string(planned, "instance_id"))
            .set_network_interface_id(shape::string(planned, "network_interface_id"))
            .set_private_ip_address(shape::string(planned, "private_ip_address"))
            .set_public_ip(shape::string(planned, "public_ip"));
        let id = eip::associate(ctx, sent, timeouts::minutes(5)).await?;
        Ok(support::started(&self.schema(), ctx, planned, &id))
    }
}

#[async_trait]
impl ResourceType for EipAssociation {
    support::basics!("aws_eip_association", build);

    fn shows_in(&self) -> &'static [&'static str] {
        &["aws_eip", "aws_instance"]
    }

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeAddresses"],
            create: &["ec2:AssociateAddress"],
            update: &[],
            delete: &["ec2:DisassociateAddress"],
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
        groups::outcomes(priors, &found, |base, address| flatten(ctx, &schema, base, address))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    /// Every argument replaces; only `region` of an older state is filled in.
    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        support::finish_update(self, ctx, &request, Ok(())).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        eip::disassociate(&Aws::ec2_of(ctx)?, request.prior.id().unwrap_or_default()).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let of = |name: &str| intents.iter().filter_map(|i| shape::string(&i.planned, name)).collect::<Vec<_>>();
        let mut all = addresses(&client, "allocation-id", &of("allocation_id")).await?;
        all.extend(addresses(&client, "public-ip", &of("public_ip")).await?);
        let mut found = BTreeMap::new();
        for intent in intents {
            let fits = |name: &str, there: Option<&str>| shape::text(&intent.planned, name).is_none_or(|w| Some(w) == there);
            let ours = all.iter().find(|a| {
                fits("allocation_id", a.allocation_id())
                    && fits("public_ip", a.public_ip())
                    && fits("instance_id", a.instance_id())
                    && fits("network_interface_id", a.network_interface_id())
            });
            if let Some(id) = ours.and_then(|a| a.association_id()) {
                found.insert(intent.token.clone(), id.to_string());
            }
        }
        support::located(self, ctx, intents, &found).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}
