//! `aws_network_acl_association`: a subnet uses a network ACL.
//!
//! A subnet always has exactly one ACL: creating replaces it, deleting gives the subnet back to the
//! VPC's default one. Each replacement gives a new id; a lost one is found by the subnet.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups;
use crate::aws::resources::acl_entries as entries;
use crate::aws::shape::{self, Attrs};
use crate::aws::{region, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{ResourceSchema, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::NetworkAclAssociation as Sdk;
use std::collections::BTreeMap;

/// `aws_network_acl_association`
pub struct NetworkAclAssociation;

fn build() -> ResourceSchema {
    let block = support::base().attr("network_acl_id", string().required().force_new()).attr("subnet_id", string().required().force_new());
    ResourceSchema { version: 0, block, rules: support::rules() }
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let acls = entries::acls(&client, "association.association-id", &ids).await?;
    let all = acls.into_iter().flat_map(|a| a.associations.unwrap_or_default());
    Ok(all.filter_map(|a| Some((a.network_acl_association_id()?.to_string(), a))).filter(|(id, _)| ids.contains(id)).collect())
}

/// There is no read by id: an answer without it says that it is gone.
async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    Ok(describe(client, vec![id]).await?.pop().map(|(_, a)| a))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, association: &Sdk) -> Value {
    Attrs::over(schema, base)
        .text("id", association.network_acl_association_id())
        .text("region", Some(region::of(ctx)))
        .text("network_acl_id", association.network_acl_id())
        .text("subnet_id", association.subnet_id())
        .finish()
}

#[async_trait]
impl ResourceType for NetworkAclAssociation {
    support::basics!("aws_network_acl_association", build);

    fn shows_in(&self) -> &'static [&'static str] {
        &["aws_network_acl"]
    }

    fn iam(&self) -> IamActions {
        const REPLACE: &[&str] = &["ec2:ReplaceNetworkAclAssociation"];
        IamActions { read: &["ec2:DescribeNetworkAcls"], create: REPLACE, update: &[], delete: REPLACE }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found =
            groups::find_all(&groups::ids(priors), |ids| describe(client.clone(), ids), |id| describe_one(client.clone(), id)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, association| flatten(ctx, &schema, base, association))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let made = async {
            let text = |n: &str| shape::text(request.planned, n).unwrap_or_default();
            let id = entries::associate(&Aws::ec2_of(ctx)?, text("subnet_id"), text("network_acl_id")).await?;
            Ok(support::started(&self.schema(), ctx, request.planned, &id))
        };
        match made.await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    /// Every argument replaces; only `region` of an older state is filled in.
    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        support::finish_update(self, ctx, &request, Ok(())).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let id = request.prior.id().unwrap_or_default().to_string();
        let acls = entries::acls(&client, "association.association-id", std::slice::from_ref(&id)).await?;
        let holds =
            |a: &aws_sdk_ec2::types::NetworkAcl| a.associations().iter().any(|x| x.network_acl_association_id() == Some(id.as_str()));
        let Some(vpc) = acls.iter().find(|a| holds(a)).and_then(|a| a.vpc_id()) else { return Ok(()) };
        let Some(default) = entries::default_of(&client, vpc).await? else { return Ok(()) };
        let sent = call(
            "ec2:ReplaceNetworkAclAssociation",
            client.replace_network_acl_association().association_id(&id).network_acl_id(default).send(),
        )
        .await;
        absent(sent, &["InvalidAssociationID.NotFound"]).map_err(|e| e.while_doing("Ending the association"))?;
        Ok(())
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let subnets: Vec<String> = intents.iter().filter_map(|i| shape::string(&i.planned, "subnet_id")).collect();
        let all = entries::of_subnets(&Aws::ec2_of(ctx)?, &subnets).await?;
        let mut found = BTreeMap::new();
        for intent in intents {
            let is = |name: &str, there: Option<&str>| shape::text(&intent.planned, name) == there;
            let ours = all.iter().find(|a| is("subnet_id", a.subnet_id()) && is("network_acl_id", a.network_acl_id()));
            if let Some(id) = ours.and_then(|a| a.network_acl_association_id()) {
                found.insert(intent.token.clone(), id.to_string());
            }
        }
        support::located(self, ctx, intents, &found).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}
