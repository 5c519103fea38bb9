//! What is asked about instances: one plural call for each kind of thing, and the attributes that
//! only a call of their own answers.

use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups::{self, Found};
use crate::aws::{ec2, shape};
use crate::provider::Prior;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_instance_attribute::DescribeInstanceAttributeOutput;
use aws_sdk_ec2::types::{Instance, InstanceAttributeName, InstanceStateName, LaunchTemplate, SpotInstanceRequest, Volume};
use std::collections::{BTreeMap, BTreeSet};

/// Codes of an instance that is not there.
pub const NOT_FOUND: &[&str] = &["InvalidInstanceID.NotFound"];
const TEMPLATE_GONE: &[&str] = &["InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.Malformed"];
const UNSUPPORTED: &[&str] = &["UnsupportedOperation", "UnsupportedHostConfiguration", "InvalidAction"];
/// Tags that say which launch template made an instance.
pub const TEMPLATE_ID: &str = "aws:ec2launchtemplate:id";
/// And which version of it.
pub const TEMPLATE_VERSION: &str = "aws:ec2launchtemplate:version";

/// An instance with what further calls say about it.
#[derive(Clone, Debug)]
pub struct Full {
    /// The description.
    pub instance: Instance,
    /// Its volumes by id.
    pub volumes: BTreeMap<String, Volume>,
    /// Attributes.
    pub attributes: Attributes,
    /// CPU credits, for types that have them.
    pub credits: Option<String>,
    /// Whether its VPC is the default one.
    pub default_vpc: bool,
    /// Its launch template.
    pub template: Option<LaunchTemplate>,
    /// Its spot request.
    pub spot: Option<SpotInstanceRequest>,
}

/// Attributes with a call each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes {
    /// Base64.
    pub user_data: Option<String>,
    /// Termination is refused.
    pub keep: Option<bool>,
    /// Stopping is refused.
    pub keep_running: Option<bool>,
    /// What a shutdown from inside does.
    pub shutdown: Option<String>,
}

/// Whether an instance is more than the memory of one.
fn is_there(instance: &Instance) -> bool {
    state(instance) != Some(&InstanceStateName::Terminated)
}

/// An instance's state.
#[must_use]
pub fn state(instance: &Instance) -> Option<&InstanceStateName> {
    instance.state().and_then(|s| s.name())
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Instance)>, ApiError> {
    let pages = client.describe_instances().filters(ec2::filter("instance-id", ids)).into_paginator().items().send();
    let reservations = call("ec2:DescribeInstances", pages.collect::<Result<Vec<_>, _>>()).await?;
    let all = reservations.into_iter().flat_map(|r| r.instances.unwrap_or_default()).filter(is_there);
    Ok(all.filter_map(|i| Some((i.instance_id()?.to_string(), i))).collect())
}

/// One instance, terminated ones included.
///
/// # Errors
/// The failing call.
pub async fn one(client: &Client, id: &str) -> Result<Option<Instance>, ApiError> {
    let answer = call("ec2:DescribeInstances", client.describe_instances().instance_ids(id).send()).await;
    let reservation = absent(answer, NOT_FOUND)?.and_then(|a| a.reservations.unwrap_or_default().pop());
    Ok(reservation.and_then(|r| r.instances.unwrap_or_default().pop()))
}

async fn living(client: Client, id: String) -> Result<Option<Instance>, ApiError> {
    Ok(one(&client, &id).await?.filter(is_there))
}

/// Ids of instances that were launched with client tokens, by token.
///
/// # Errors
/// The failing call.
pub async fn by_token(client: &Client, tokens: &[String]) -> Result<BTreeMap<String, String>, ApiError> {
    let mut ids = BTreeMap::new();
    for chunk in tokens.chunks(groups::CHUNK) {
        let pages = client.describe_instances().filters(ec2::filter("client-token", chunk)).into_paginator().items().send();
        let reservations = call("ec2:DescribeInstances", pages.collect::<Result<Vec<_>, _>>()).await?;
        let all = reservations.into_iter().flat_map(|r| r.instances.unwrap_or_default()).filter(is_there);
        ids.extend(all.filter_map(|i| Some((i.client_token()?.to_string(), i.instance_id()?.to_string()))));
    }
    Ok(ids)
}

/// Reads all instances that `priors` name.
pub async fn find(client: &Client, priors: &[Prior<'_>]) -> Found<Full> {
    let found = groups::find_all(&groups::ids(priors), |ids| describe(client.clone(), ids), |id| living(client.clone(), id)).await;
    let there: Vec<Instance> = found.values().filter_map(|f| f.as_ref().ok()?.clone()).collect();
    if there.is_empty() {
        return found.into_iter().map(|(id, f)| (id, f.map(|_| None))).collect();
    }
    let ids = there.iter().filter_map(|i| i.instance_id().map(str::to_string)).collect();
    let wanted = templates_of(&there, priors);
    let (volumes, vpcs, credits, templates, spots, mut attributes) = tokio::join!(
        volumes(client, &there),
        default_vpcs(client, &there),
        credits(client, &there),
        groups::each(wanted, |id| template(client.clone(), id)),
        spots(client, &there),
        groups::each(ids, |id| attributes(client.clone(), id)),
    );
    let common = volumes.and_then(|v| Ok((v, vpcs?, credits?, spots?)));
    let mut full = Found::new();
    for (id, instance) in found {
        let whole = match (instance, &common, attributes.remove(&id)) {
            (Err(e), ..) | (Ok(Some(_)), _, Some(Err(e))) => Err(e),
            (Ok(None), ..) | (Ok(Some(_)), _, None | Some(Ok(None))) => Ok(None),
            (Ok(Some(_)), Err(e), _) => Err(e.clone()),
            (Ok(Some(instance)), Ok((volumes, vpcs, credits, spots)), Some(Ok(Some(attributes)))) => {
                let wanted = template_of(&instance, priors);
                let template = wanted.and_then(|t| templates.get(&t)).and_then(|t| t.as_ref().ok()?.clone());
                Ok(Some(Full {
                    volumes: own_volumes(&instance, volumes),
                    default_vpc: instance.vpc_id().is_some_and(|v| vpcs.contains(v)),
                    credits: credits.get(&id).cloned(),
                    spot: instance.spot_instance_request_id().and_then(|s| spots.get(s)).cloned(),
                    template,
                    attributes,
                    instance,
                }))
            }
        };
        full.insert(id, whole);
    }
    full
}

/// Ids of the volumes of an instance.
#[must_use]
pub fn volume_ids(instance: &Instance) -> Vec<String> {
    instance.block_device_mappings().iter().filter_map(|m| m.ebs()?.volume_id().map(str::to_string)).collect()
}

fn own_volumes(instance: &Instance, all: &BTreeMap<String, Volume>) -> BTreeMap<String, Volume> {
    volume_ids(instance).into_iter().filter_map(|id| all.get(&id).map(|v| (id, v.clone()))).collect()
}

async fn volumes(client: &Client, instances: &[Instance]) -> Result<BTreeMap<String, Volume>, ApiError> {
    let ids: Vec<String> = instances.iter().flat_map(volume_ids).collect();
    let mut all = BTreeMap::new();
    for chunk in ids.chunks(groups::CHUNK) {
        let pages = client.describe_volumes().filters(ec2::filter("volume-id", chunk)).into_paginator().items().send();
        let found = call("ec2:DescribeVolumes", pages.collect::<Result<Vec<_>, _>>()).await?;
        all.extend(found.into_iter().filter_map(|v| Some((v.volume_id()?.to_string(), v))));
    }
    Ok(all)
}

async fn default_vpcs(client: &Client, instances: &[Instance]) -> Result<BTreeSet<String>, ApiError> {
    let ids: BTreeSet<&str> = instances.iter().filter_map(Instance::vpc_id).collect();
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let pages = client.describe_vpcs().filters(ec2::filter("is-default", ["true"])).into_paginator().items().send();
    let found = call("ec2:DescribeVpcs", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(found.into_iter().filter_map(|v| v.vpc_id).collect())
}

/// Whether a type's CPU is paid in credits.
#[must_use]
pub fn has_credits(kind: &str) -> bool {
    ["t2.", "t3.", "t3a.", "t4g."].iter().any(|family| kind.starts_with(family))
}

async fn credits(client: &Client, instances: &[Instance]) -> Result<BTreeMap<String, String>, ApiError> {
    let burstable = instances.iter().filter(|i| i.instance_type().is_some_and(|t| has_credits(t.as_str())));
    let ids: Vec<String> = burstable.filter_map(|i| i.instance_id().map(str::to_string)).collect();
    let mut all = BTreeMap::new();
    for chunk in ids.chunks(groups::CHUNK) {
        let request = client.describe_instance_credit_specifications().filters(ec2::filter("instance-id", chunk)).set_instance_ids(Some(chunk.to_vec()));
        let answer = match call("ec2:DescribeInstanceCreditSpecifications", request.send()).await {
            Err(e) if e.is(UNSUPPORTED) => continue,
            other => other?,
        };
        let found = answer.instance_credit_specifications.unwrap_or_default();
        all.extend(found.into_iter().filter_map(|c| Some((c.instance_id?, c.cpu_credits?))));
    }
    Ok(all)
}

/// The launch template of an instance: by its tag, else as the state has it.
fn template_of(instance: &Instance, priors: &[Prior<'_>]) -> Option<String> {
    let tagged = instance.tags().iter().find(|t| t.key() == Some(TEMPLATE_ID)).and_then(|t| t.value());
    let stored = || {
        let prior = priors.iter().find(|p| p.object.id() == instance.instance_id())?;
        shape::text(shape::first(&prior.object.attributes, "launch_template")?, "id")
    };
    tagged.or_else(stored).map(str::to_string)
}

fn templates_of(instances: &[Instance], priors: &[Prior<'_>]) -> Vec<String> {
    let ids: BTreeSet<String> = instances.iter().filter_map(|i| template_of(i, priors)).collect();
    ids.into_iter().collect()
}

async fn template(client: Client, id: String) -> Result<Option<LaunchTemplate>, ApiError> {
    let answer = call("ec2:DescribeLaunchTemplates", client.describe_launch_templates().launch_template_ids(id).send()).await;
    Ok(absent(answer, TEMPLATE_GONE)?.and_then(|a| a.launch_templates.unwrap_or_default().pop()))
}

async fn spots(client: &Client, instances: &[Instance]) -> Result<BTreeMap<String, SpotInstanceRequest>, ApiError> {
    let ids: Vec<String> = instances.iter().filter_map(|i| i.spot_instance_request_id().filter(|s| !s.is_empty()).map(str::to_string)).collect();
    let mut all = BTreeMap::new();
    for chunk in ids.chunks(groups::CHUNK) {
        let pages = client.describe_spot_instance_requests().filters(ec2::filter("spot-instance-request-id", chunk)).into_paginator().items().send();
        let found = call("ec2:DescribeSpotInstanceRequests", pages.collect::<Result<Vec<_>, _>>()).await?;
        all.extend(found.into_iter().filter_map(|s| Some((s.spot_instance_request_id()?.to_string(), s))));
    }
    Ok(all)
}

async fn attribute(client: &Client, id: &str, name: InstanceAttributeName) -> Result<DescribeInstanceAttributeOutput, ApiError> {
    call("ec2:DescribeInstanceAttribute", client.describe_instance_attribute().instance_id(id).attribute(name).send()).await
}

/// The attributes of an instance, asked at once; `None` when it vanished meanwhile.
async fn attributes(client: Client, id: String) -> Result<Option<Attributes>, ApiError> {
    let asked = tokio::try_join!(
        attribute(&client, &id, InstanceAttributeName::UserData),
        attribute(&client, &id, InstanceAttributeName::DisableApiTermination),
        async { absent(attribute(&client, &id, InstanceAttributeName::DisableApiStop).await, UNSUPPORTED) },
        attribute(&client, &id, InstanceAttributeName::InstanceInitiatedShutdownBehavior),
    );
    let found = absent(asked, NOT_FOUND)?;
    Ok(found.map(|(data, keep, running, shutdown)| Attributes {
        user_data: data.user_data.and_then(|v| v.value),
        keep: keep.disable_api_termination.and_then(|v| v.value),
        keep_running: running.and_then(|r| r.disable_api_stop).and_then(|v| v.value),
        shutdown: shutdown.instance_initiated_shutdown_behavior.and_then(|v| v.value),
    }))
}
