//! `aws_security_group`.
//!
//! # Quirks
//! `ingress` and `egress` are attributes that may be written as blocks; where neither is written,
//! the rules are others' business (`aws_security_group_rule`, ...). AWS gives a new group a rule
//! that allows all egress, which a create takes away. A group is found by its name in its VPC. A
//! delete waits for network interfaces that still use it.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups::{self, Found};
use crate::aws::shape::{self, Attrs};
use crate::aws::waiter::Poll;
use crate::aws::{ec2, generated, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, boolean, set_of, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{ResourceType as Kind, SecurityGroup as Sdk};
use change::Direction;
use rules::{Atom, Atoms, Peer, Ports};
use std::collections::BTreeMap;

pub mod change;
pub mod check;
pub mod listed;
pub mod rules;

/// `aws_security_group`
pub struct SecurityGroup;

/// Codes of a group that is not there.
pub const NOT_FOUND: &[&str] = &["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"];
const DIRECTIONS: [Direction; 2] = [Direction::In, Direction::Out];

fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("description", string().optional().force_new().default(Value::string("Managed by Terraform")))
        .attr("egress", set_of(rules::rule_type()).optional().computed().as_blocks())
        .attr("ingress", set_of(rules::rule_type()).optional().computed().as_blocks())
        .attr("name", string().optional().computed().force_new())
        .attr("name_prefix", string().optional().computed().force_new())
        .attr("owner_id", string().computed())
        .attr("revoke_rules_on_delete", boolean().optional().default(Value::bool(false)))
        .attr("vpc_id", string().optional().computed().force_new())
        .block("timeouts", timeouts::block(&["create", "delete"]));
    let mut schema = ResourceSchema::new(1, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema.rules.equal = Some(equal);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(config, &[("name", "name_prefix")]);
    for (name, most) in [("name", 255), ("name_prefix", 255 - generated::SUFFIX)] {
        let Some(text) = shape::text(config, name) else { continue };
        if text.starts_with("sg-") || text.chars().count() > most {
            errors.push(RuleError {
                path: Path::attr(name),
                message: format!("A group's `{name}` does not begin with `sg-` and has at most {most} characters."),
            });
        }
    }
    if shape::text(config, "description").is_some_and(|d| d.chars().count() > 255) {
        errors.push(RuleError { path: Path::attr("description"), message: "A group's description has at most 255 characters.".into() });
    }
    for direction in DIRECTIONS {
        errors.extend(check::rules(config, direction.name()));
    }
    errors
}

/// Protocols are planned as they will be read.
pub(super) fn plan(draft: &mut DiffDraft<'_>) {
    for direction in DIRECTIONS {
        let Some(planned) = draft.planned(direction.name()).filter(|v| v.items().is_some()) else { continue };
        let normal = planned.map_children(&mut |rule| rules::normal(rule));
        draft.set(direction.name(), normal);
    }
}

/// The same rules grouped or ordered in another way are the same.
pub(super) fn equal(path: &Path, prior: &Value, planned: &Value) -> bool {
    matches!(path.schema_key().as_str(), "ingress" | "egress") && rules::atoms(prior) == rules::atoms(planned)
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let pages = client.describe_security_groups().filters(ec2::filter("group-id", ids)).into_paginator().items().send();
    let all = call("ec2:DescribeSecurityGroups", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(all.into_iter().filter_map(|g| Some((g.group_id()?.to_string(), g))).collect())
}

async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    let answer = call("ec2:DescribeSecurityGroups", client.describe_security_groups().group_ids(id).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.security_groups.unwrap_or_default().pop()))
}

/// Groups by id, for types that lie in a group.
pub async fn find(client: &Client, ids: &[String]) -> Found<Sdk> {
    groups::find_all(ids, |ids| describe(client.clone(), ids), |id| describe_one(client.clone(), id)).await
}

/// The rules of a group's direction.
#[must_use]
pub fn atoms_of(group: &Sdk, direction: Direction) -> Atoms {
    let permissions = match direction {
        Direction::In => group.ip_permissions(),
        Direction::Out => group.ip_permissions_egress(),
    };
    rules::remote(permissions, group.group_id().unwrap_or_default(), group.owner_id().unwrap_or_default())
}

pub(super) fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, group: &Sdk) -> Value {
    let (tags, tags_all) = ec2::observed(ctx, group.tags(), base);
    let id = group.group_id().unwrap_or_default();
    let name = group.group_name().unwrap_or_default();
    let revoke = shape::flag(base, "revoke_rules_on_delete");
    let arranged = |d: Direction| rules::arrange(base.get(d.name()), atoms_of(group, d));
    Attrs::over(schema, base)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, group.owner_id(), &format!("security-group/{id}"))))
        .text("description", group.description())
        .put("egress", arranged(Direction::Out))
        .put("ingress", arranged(Direction::In))
        .text("name", Some(name))
        .text("name_prefix", Some(generated::prefix_of(name)))
        .text("owner_id", group.owner_id())
        .flag("revoke_rules_on_delete", revoke)
        .text("vpc_id", group.vpc_id())
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

/// The rule that AWS gives a new group.
fn default_egress() -> Atom {
    let ports = Ports { protocol: "-1".into(), from: 0, to: 0 };
    Atom { ports, peer: Peer::Cidr4("0.0.0.0/0".into()), description: String::new() }
}

/// The rules that are planned; none where that is open.
fn planned_rules(planned: &Value, direction: Direction) -> Atoms {
    planned.get(direction.name()).map(rules::atoms).unwrap_or_default()
}

/// Takes away all rules of the group, and those of other groups that name it.
async fn revoke_all(client: &Client, id: &str) -> Result<(), ProviderError> {
    let doing = "Removing the rules of the security group";
    let own = describe_one(client.clone(), id.to_string()).await.map_err(|e| e.while_doing(doing))?;
    let mut concerned: Vec<Sdk> = own.into_iter().collect();
    for filter in ["ip-permission.group-id", "egress.ip-permission.group-id"] {
        let pages = client.describe_security_groups().filters(ec2::filter(filter, [id])).into_paginator().items().send();
        let others = call("ec2:DescribeSecurityGroups", pages.collect::<Result<Vec<_>, _>>()).await.map_err(|e| e.while_doing(doing))?;
        concerned.extend(others.into_iter().filter(|g| g.group_id() != Some(id)));
    }
    for group in &concerned {
        let of = group.group_id().unwrap_or_default();
        let names_it = |a: &Atom| of == id || matches!(&a.peer, Peer::Group(g) if g.rsplit('/').next() == Some(id));
        for direction in DIRECTIONS {
            let gone: Atoms = atoms_of(group, direction).into_iter().filter(names_it).collect();
            change::forbid(client, of, direction, &gone).await.map_err(|e| e.while_doing(doing))?;
        }
    }
    Ok(())
}

impl SecurityGroup {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let made = Aws::ec2_of(ctx)?
            .create_security_group()
            .group_name(generated::name(planned, "name", "name_prefix", &request.intent.token))
            .description(shape::text(planned, "description").unwrap_or_default())
            .set_vpc_id(shape::string(planned, "vpc_id"))
            .set_tag_specifications(ec2::tag_specification(ctx, Kind::SecurityGroup, planned, None));
        let made = call("ec2:CreateSecurityGroup", made.send()).await.map_err(|e| e.while_doing("Creating the security group"))?;
        Ok(support::started(&self.schema(), ctx, planned, made.group_id().unwrap_or_default()))
    }

    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        support::reached(request.checkpoint, object).await?;
        let client = Aws::ec2_of(ctx)?;
        let id = object.id().unwrap_or_default();
        let what = format!("the security group {id} to be seen");
        let look = || async {
            match describe_one(client.clone(), id.to_string()).await {
                Ok(Some(group)) => Poll::Ready(group),
                Ok(None) => Poll::Pending,
                Err(e) => Poll::Failed(e.into()),
            }
        };
        let limit = request.timeouts.create.unwrap_or(timeouts::minutes(10));
        let group = Aws::of(ctx)?.wait(&what, limit).until(look).await?;
        let mut out = atoms_of(&group, Direction::Out);
        out.insert(default_egress());
        let inward = atoms_of(&group, Direction::In);
        change::apply(&client, id, Direction::In, &inward, &planned_rules(request.planned, Direction::In)).await?;
        change::apply(&client, id, Direction::Out, &out, &planned_rules(request.planned, Direction::Out)).await
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let (prior, planned) = (&request.prior.attributes, request.planned);
        let id = request.prior.id().unwrap_or_default();
        for direction in DIRECTIONS {
            if shape::changed(prior, planned, direction.name()) {
                change::apply(&client, id, direction, &planned_rules(prior, direction), &planned_rules(planned, direction)).await?;
            }
        }
        ec2::update_tags(ctx, &client, id, prior, planned).await
    }
}

#[async_trait]
impl ResourceType for SecurityGroup {
    support::basics!("aws_security_group", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeSecurityGroups"],
            create: &[
                "ec2:CreateSecurityGroup",
                "ec2:CreateTags",
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:AuthorizeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupEgress",
            ],
            update: &[
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:AuthorizeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
                "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
                "ec2:CreateTags",
                "ec2:DeleteTags",
            ],
            delete: &["ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = find(&client, &groups::ids(priors)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, group| flatten(ctx, &schema, base, group))
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

    /// Rules are not compared where the configuration has none, so the one that AWS adds would stay.
    async fn resume(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>, object: Object) -> Applied {
        let done = self.after_create(ctx, &request, &object).await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = self.change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let id = request.prior.id().unwrap_or_default();
        let limit = request.timeouts.delete.unwrap_or(timeouts::minutes(15));
        if shape::flag(&request.prior.attributes, "revoke_rules_on_delete") == Some(true) {
            revoke_all(&client, id).await?;
        }
        let send = || call("ec2:DeleteSecurityGroup", client.delete_security_group().group_id(id).send());
        support::delete_when_free(aws, "Deleting the security group", limit, NOT_FOUND, send).await?;
        let what = format!("the security group {id} to be deleted");
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
        let client = Aws::ec2_of(ctx)?;
        let mut ids = BTreeMap::new();
        for chunk in intents.chunks(groups::CHUNK) {
            let name = |i: &Intent| generated::name(&i.planned, "name", "name_prefix", &i.token);
            let pages = client
                .describe_security_groups()
                .filters(ec2::filter("group-name", chunk.iter().map(name)))
                .into_paginator()
                .items()
                .send();
            let found = call("ec2:DescribeSecurityGroups", pages.collect::<Result<Vec<_>, _>>()).await?;
            for intent in chunk {
                let (name, vpc) = (name(intent), shape::text(&intent.planned, "vpc_id"));
                let fits = |g: &&Sdk| g.group_name() == Some(&name) && vpc.is_none_or(|v| g.vpc_id() == Some(v));
                let mut candidates = found.iter().filter(fits);
                if let (Some(id), None) = (candidates.next().and_then(|g| g.group_id()), candidates.next()) {
                    ids.insert(intent.token.clone(), id.to_string());
                }
            }
        }
        support::located(self, ctx, intents, &ids).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}
