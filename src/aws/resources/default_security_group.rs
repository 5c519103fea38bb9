//! `aws_default_security_group`: the default group of a VPC, adopted.
//!
//! "Creating" it takes away all its rules and sets those that are configured; "deleting" only forgets
//! it. Without `vpc_id`, the group of the region's default VPC is meant.

use crate::aws::clients::Aws;
use crate::aws::errors::call;
use crate::aws::groups;
use crate::aws::resources::security_group::change::{self, Direction};
use crate::aws::resources::security_group::{self, check, rules};
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, region, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{ResourceSchema, RuleError, boolean, set_of, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::SecurityGroup as Sdk;
use std::collections::BTreeMap;

/// `aws_default_security_group`
pub struct DefaultSecurityGroup;

const DIRECTIONS: [Direction; 2] = [Direction::In, Direction::Out];

fn build() -> ResourceSchema {
    let rules = || set_of(rules::rule_type()).optional().computed().as_blocks();
    let block = support::tagged()
        .attr("description", string().computed())
        .attr("egress", rules())
        .attr("ingress", rules())
        .attr("name", string().computed())
        .attr("name_prefix", string().computed())
        .attr("owner_id", string().computed())
        .attr("revoke_rules_on_delete", boolean().optional().default(Value::bool(false)))
        .attr("vpc_id", string().optional().computed().force_new());
    let mut schema = ResourceSchema::new(1, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema.rules.equal = Some(security_group::equal);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    DIRECTIONS.iter().flat_map(|d| check::rules(config, d.name())).collect()
}

/// As for any group; and what is not written when it is adopted is taken away, so it is planned empty.
fn plan(draft: &mut crate::schema::DiffDraft<'_>) {
    security_group::plan(draft);
    for direction in DIRECTIONS {
        if draft.is_create() && draft.configured(direction.name()).is_none() {
            draft.set(direction.name(), Value::set(rules::rule_type(), Vec::new()));
        }
    }
}

/// The default groups of VPCs; of the default VPC without one.
async fn default_group(client: &Client, vpc: Option<&str>) -> Result<Option<Sdk>, ProviderError> {
    let doing = "Looking for the default security group";
    let vpc = match vpc {
        Some(vpc) => Some(vpc.to_string()),
        None => {
            let answer = call("ec2:DescribeVpcs", client.describe_vpcs().filters(ec2::filter("is-default", ["true"])).send()).await;
            let vpcs = answer.map_err(|e| e.while_doing(doing))?.vpcs.unwrap_or_default();
            vpcs.into_iter().next().and_then(|v| v.vpc_id)
        }
    };
    let Some(vpc) = vpc else { return Ok(None) };
    let request = client.describe_security_groups().filters(ec2::filter("group-name", ["default"])).filters(ec2::filter("vpc-id", [vpc]));
    let answer = call("ec2:DescribeSecurityGroups", request.send()).await.map_err(|e| e.while_doing(doing))?;
    Ok(answer.security_groups.unwrap_or_default().pop())
}

impl DefaultSecurityGroup {
    async fn adopt(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let planned = request.planned;
        let vpc = shape::text(planned, "vpc_id");
        let missing = || {
            let of = vpc.map_or_else(|| "There is no default VPC in the region.".to_string(), |v| format!("There is no VPC {v}."));
            ProviderError::new(ErrorKind::NotFound, "Adopting the default security group failed", of).at("vpc_id")
        };
        let group = default_group(&client, vpc).await?.ok_or_else(missing)?;
        let id = group.group_id().unwrap_or_default().to_string();
        let schema = self.schema();
        let object = support::started(&schema, ctx, planned, &id);
        support::reached(request.checkpoint, &object).await?;
        for direction in DIRECTIONS {
            let wanted = planned.get(direction.name()).map(rules::atoms).unwrap_or_default();
            change::apply(&client, &id, direction, &security_group::atoms_of(&group, direction), &wanted).await?;
        }
        let now = security_group::flatten(ctx, &schema, &object.attributes, &group);
        ec2::update_tags(ctx, &client, &id, &now, planned).await?;
        Ok(object)
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let (prior, planned) = (&request.prior.attributes, request.planned);
        let id = request.prior.id().unwrap_or_default();
        for direction in DIRECTIONS.iter().filter(|d| shape::changed(prior, planned, d.name())) {
            let of = |v: &Value| v.get(direction.name()).map(rules::atoms).unwrap_or_default();
            change::apply(&client, id, *direction, &of(prior), &of(planned)).await?;
        }
        ec2::update_tags(ctx, &client, id, prior, planned).await
    }
}

#[async_trait]
impl ResourceType for DefaultSecurityGroup {
    support::basics!("aws_default_security_group", build);

    fn iam(&self) -> IamActions {
        const WRITE: &[&str] = &[
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
            "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
            "ec2:CreateTags",
            "ec2:DeleteTags",
        ];
        IamActions {
            read: &["ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"],
            create: WRITE,
            update: WRITE,
            delete: &["ec2:DescribeSecurityGroups"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = security_group::find(&client, &groups::ids(priors)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, group| {
            let read = security_group::flatten(ctx, &schema, base, group);
            Attrs::over(&schema, &read).finish()
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

    /// The group stays with its VPC.
    async fn delete(&self, _ctx: &Ctx<'_>, _request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let mut found = BTreeMap::new();
        for intent in intents {
            let group = default_group(&client, shape::text(&intent.planned, "vpc_id")).await?;
            if let Some(id) = group.and_then(|g| g.group_id) {
                found.insert(intent.token.clone(), id);
            }
        }
        support::located(self, ctx, intents, &found).await
    }

    /// The id of the group.
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let (id, region) = region::split_import(id);
        support::imported(&self.schema(), region, &[("id", id)])
    }
}
