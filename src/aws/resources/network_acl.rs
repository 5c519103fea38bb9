//! `aws_network_acl`: an ACL with its rules inline, or with `aws_network_acl_rule` beside it.
//!
//! `ingress`, `egress` and `subnet_ids` are optional and computed: left out, what exists stays.
//! CreateNetworkAcl takes a client token; a lost one is found by the intent tag. Subnets are given back
//! to the VPC's default ACL before it is deleted.

use crate::aws::clients::Aws;
use crate::aws::errors::call;
use crate::aws::groups;
use crate::aws::resources::acl_entries::{self as entries, MEMBERS};
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, region, support, timeouts, untraced};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{ResourceSchema, set_of, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{NetworkAcl as Sdk, ResourceType as Kind};

const TRACED: untraced::Traced = untraced::Traced { prefix: "acl", uses: &["subnet_ids"] };

/// `aws_network_acl`
pub struct NetworkAcl;

fn build() -> ResourceSchema {
    let rules = || set_of(Type::object(MEMBERS)).optional().computed().as_blocks();
    let block = support::tagged()
        .attr("egress", rules())
        .attr("ingress", rules())
        .attr("owner_id", string().computed())
        .attr("subnet_ids", set_of(Type::String).optional().computed())
        .attr("vpc_id", string().required().force_new());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(entries::validate);
    schema.rules.customize.push(entries::plan);
    schema
}

/// Attributes that the ACL types share.
pub(super) fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, acl: &Sdk) -> Value {
    let id = acl.network_acl_id().unwrap_or_default();
    let (tags, tags_all) = ec2::observed(ctx, acl.tags(), base);
    Attrs::over(schema, base)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, acl.owner_id(), &format!("network-acl/{id}"))))
        .text("owner_id", acl.owner_id())
        .text("vpc_id", acl.vpc_id())
        .set("subnet_ids", acl.associations().iter().filter_map(|a| a.subnet_id()))
        .put("ingress", entries::flatten(acl, false))
        .put("egress", entries::flatten(acl, true))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

/// Gives subnets to the VPC's default ACL; those that are gone do not matter.
async fn give_back(client: &Client, vpc: &str, subnets: &[String]) -> Result<(), ProviderError> {
    if subnets.is_empty() {
        return Ok(());
    }
    let Some(default) = entries::default_of(client, vpc).await? else { return Ok(()) };
    for association in entries::of_subnets(client, subnets).await? {
        if let Some(subnet) = association.subnet_id() {
            entries::associate(client, subnet, &default).await?;
        }
    }
    Ok(())
}

/// Brings the subnets from the prior to the planned set.
async fn set_subnets(client: &Client, id: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    if !shape::changed(prior, planned, "subnet_ids") {
        return Ok(());
    }
    let (old, new) = (shape::strings(prior, "subnet_ids"), shape::strings(planned, "subnet_ids"));
    let gone: Vec<String> = old.iter().filter(|s| !new.contains(s)).cloned().collect();
    give_back(client, shape::text(planned, "vpc_id").unwrap_or_default(), &gone).await?;
    for subnet in new.iter().filter(|s| !old.contains(s)) {
        entries::associate(client, subnet, id).await.map_err(|e| e.at("subnet_ids"))?;
    }
    Ok(())
}

impl NetworkAcl {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let made =
            Aws::ec2_of(ctx)?.create_network_acl().set_vpc_id(shape::string(request.planned, "vpc_id")).client_token(&request.intent.token);
        let named = (Kind::NetworkAcl, TRACED, "Creating the network ACL");
        let send = |tags| call("ec2:CreateNetworkAcl", made.clone().set_tag_specifications(tags).send());
        let made = untraced::create(ctx, request, named, send).await?;
        let id = made.network_acl().and_then(|a| a.network_acl_id()).unwrap_or_default();
        Ok(support::started(&self.schema(), ctx, request.planned, id))
    }

    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        support::reached(request.checkpoint, object).await?;
        let client = Aws::ec2_of(ctx)?;
        let id = object.id().unwrap_or_default();
        let nothing = Value::dynamic();
        entries::update(&client, id, &nothing, request.planned).await?;
        set_subnets(&client, id, &nothing, request.planned).await
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let (prior, planned) = (&request.prior.attributes, request.planned);
        let id = request.prior.id().unwrap_or_default();
        entries::update(&client, id, prior, planned).await?;
        set_subnets(&client, id, prior, planned).await?;
        ec2::update_tags(ctx, &client, id, prior, planned).await
    }
}

#[async_trait]
impl ResourceType for NetworkAcl {
    support::basics!("aws_network_acl", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeNetworkAcls", "ec2:DescribeTags"],
            create: &["ec2:CreateNetworkAcl", "ec2:CreateTags", "ec2:CreateNetworkAclEntry", "ec2:ReplaceNetworkAclAssociation"],
            update: &[
                "ec2:CreateNetworkAclEntry",
                "ec2:DeleteNetworkAclEntry",
                "ec2:ReplaceNetworkAclAssociation",
                "ec2:CreateTags",
                "ec2:DeleteTags",
            ],
            delete: &["ec2:ReplaceNetworkAclAssociation", "ec2:DeleteNetworkAcl"],
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
        let found = groups::find_all(
            &groups::ids(priors),
            |ids| entries::describe(client.clone(), ids),
            |id| entries::describe_one(client.clone(), id),
        )
        .await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, acl| flatten(ctx, &schema, base, acl))
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
        let Some(acl) = entries::describe_one(client.clone(), id.to_string()).await? else { return Ok(()) };
        let subnets: Vec<String> = acl.associations().iter().filter_map(|a| a.subnet_id()).map(str::to_string).collect();
        give_back(&client, acl.vpc_id().unwrap_or_default(), &subnets).await?;
        let send = || call("ec2:DeleteNetworkAcl", client.delete_network_acl().network_acl_id(id).send());
        support::delete_when_free(aws, "Deleting the network ACL", timeouts::minutes(2), entries::NO_ACL, send).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        untraced::locate(self, ctx, TRACED, intents).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}
