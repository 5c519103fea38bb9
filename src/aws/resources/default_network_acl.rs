//! `aws_default_network_acl`: the default ACL of a VPC, adopted.
//!
//! "Creating" it removes all rules and sets those that are configured; "deleting" only forgets it.
//! Subnets cannot be taken away from it, only given to another ACL: `subnet_ids` is set for those that
//! are added; a subnet that is not listed shows as a difference until it is elsewhere, as with the
//! provider, unless `ignore_changes` names it.

use crate::aws::clients::Aws;
use crate::aws::groups;
use crate::aws::resources::{acl_entries as entries, network_acl};
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, region, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{BlockSchema, NestedBlock, ResourceSchema, number, set_of, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;

/// `aws_default_network_acl`
pub struct DefaultNetworkAcl;

fn rule() -> NestedBlock {
    BlockSchema::new()
        .attr("action", string().required())
        .attr("cidr_block", string().optional())
        .attr("from_port", number().required())
        .attr("icmp_code", number().optional())
        .attr("icmp_type", number().optional())
        .attr("ipv6_cidr_block", string().optional())
        .attr("protocol", string().required())
        .attr("rule_no", number().required())
        .attr("to_port", number().required())
        .set(0, 0)
}

fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("default_network_acl_id", string().required().force_new())
        .attr("owner_id", string().computed())
        .attr("subnet_ids", set_of(Type::String).optional())
        .attr("vpc_id", string().computed())
        .block("egress", rule())
        .block("ingress", rule());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(entries::validate);
    schema.rules.customize.push(entries::plan);
    schema
}

/// Gives the subnets that are new in the plan to the ACL.
async fn add_subnets(client: &Client, id: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let old = shape::strings(prior, "subnet_ids");
    for subnet in shape::strings(planned, "subnet_ids").iter().filter(|s| !old.contains(s)) {
        entries::associate(client, subnet, id).await.map_err(|e| e.at("subnet_ids"))?;
    }
    Ok(())
}

impl DefaultNetworkAcl {
    async fn adopt(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let planned = request.planned;
        let id = shape::text(planned, "default_network_acl_id").unwrap_or_default();
        let refuse = |why: String| {
            ProviderError::new(ErrorKind::Invalid, "Adopting the default network ACL failed", why).at("default_network_acl_id")
        };
        let acl =
            entries::describe_one(client.clone(), id.to_string()).await?.ok_or_else(|| refuse(format!("There is no network ACL {id}.")))?;
        if acl.is_default() != Some(true) {
            return Err(refuse(format!("{id} is not the default ACL of its VPC.")).help("Use `aws_network_acl` for it."));
        }
        let schema = self.schema();
        let object = support::started(&schema, ctx, planned, id);
        support::reached(request.checkpoint, &object).await?;
        let now = network_acl::flatten(ctx, &schema, &object.attributes, &acl);
        entries::update(&client, id, &now, planned).await?;
        add_subnets(&client, id, &now, planned).await?;
        ec2::update_tags(ctx, &client, id, &now, planned).await?;
        Ok(object)
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let (prior, planned) = (&request.prior.attributes, request.planned);
        let id = request.prior.id().unwrap_or_default();
        entries::update(&client, id, prior, planned).await?;
        add_subnets(&client, id, prior, planned).await?;
        ec2::update_tags(ctx, &client, id, prior, planned).await
    }
}

#[async_trait]
impl ResourceType for DefaultNetworkAcl {
    support::basics!("aws_default_network_acl", build);

    fn iam(&self) -> IamActions {
        const WRITE: &[&str] = &[
            "ec2:CreateNetworkAclEntry",
            "ec2:DeleteNetworkAclEntry",
            "ec2:ReplaceNetworkAclAssociation",
            "ec2:CreateTags",
            "ec2:DeleteTags",
        ];
        IamActions { read: &["ec2:DescribeNetworkAcls"], create: WRITE, update: WRITE, delete: &["ec2:DescribeNetworkAcls"] }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::find_all(
            &groups::ids(priors),
            |ids| entries::describe(client.clone(), ids),
            |id| entries::describe_one(client.clone(), id),
        )
        .await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, acl| {
            let read = network_acl::flatten(ctx, &schema, base, acl);
            Attrs::over(&schema, &read).text("default_network_acl_id", acl.network_acl_id()).finish()
        })
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.adopt(ctx, &request).await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = self.change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    /// The ACL stays with its VPC.
    async fn delete(&self, _ctx: &Ctx<'_>, _request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        support::located_by(self, ctx, intents, "default_network_acl_id").await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let (id, region) = region::split_import(id);
        support::imported(&self.schema(), region, &[("id", id), ("default_network_acl_id", id)])
    }
}
