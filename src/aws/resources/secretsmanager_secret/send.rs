//! The calls that make, change and delete a secret.

use super::describe;
use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, call};
use crate::aws::secrets::{self, gone, leaving, sdk_tags};
use crate::aws::{generated, policy_json, region, shape, support, tags};
use crate::provider::{CreateRequest, Ctx, ErrorKind, Object, ProviderError, UpdateRequest};
use crate::value::Value;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::primitives::{DateTime, DateTimeFormat};
use aws_sdk_secretsmanager::types::ReplicaRegionType;
use std::time::{Duration, SystemTime};

/// A deletion further away than this is one with a recovery window.
const SOON: Duration = Duration::from_secs(3600);

/// Makes the secret and says its ARN.
pub(super) async fn create(ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<String, ProviderError> {
    let (aws, client) = (Aws::of(ctx)?, secrets::client(ctx)?);
    let planned = request.planned;
    let name = generated::name(planned, "name", "name_prefix", &request.intent.token);
    let replicas = replicas(planned);
    let force = shape::flag(planned, "force_overwrite_replica_secret");
    let make = client
        .create_secret()
        .name(&name)
        .set_description(shape::string(planned, "description"))
        .set_kms_key_id(shape::string(planned, "kms_key_id"))
        .set_force_overwrite_replica_secret(force.filter(|_| !replicas.is_empty()))
        .set_add_replica_regions(Some(replicas).filter(|r| !r.is_empty()))
        .set_tags(Some(sdk_tags(&tags::for_create(planned, ctx.facts, None))));
    let doing = "Creating the secret";
    let send = || call("secretsmanager:CreateSecret", make.clone().send());
    let first = match send().await {
        Err(e) if leaving(&e) => {
            waits_for_its_end(ctx, &client, &name).await?;
            support::retried(aws, doing, leaving, send).await
        }
        answer => answer.map_err(|e| e.while_doing(doing)),
    };
    Ok(first?.arn.unwrap_or(name))
}

/// Whether the secret that has the name goes away soon; else what can be done about it.
async fn waits_for_its_end(ctx: &Ctx<'_>, client: &Client, name: &str) -> Result<(), ProviderError> {
    let there = describe(client, name).await.map_err(|e| e.while_doing("Creating the secret"))?;
    let Some(end) = there.and_then(|s| s.deleted_date) else { return Ok(()) };
    match SystemTime::try_from(end).map(|end| end.duration_since(SystemTime::now())) {
        Ok(Ok(left)) if left > SOON => Err(taken(name, region::of(ctx), &end)),
        _ => Ok(()),
    }
}

/// The name belongs to a secret that can still be restored.
fn taken(name: &str, region: &str, end: &DateTime) -> ProviderError {
    let when = end.fmt(DateTimeFormat::DateTime).unwrap_or_default();
    let detail = format!("A deleted secret named {name} keeps the name until {when}, when its recovery window ends. Nothing was made.");
    let help = format!(
        "Bring it back with `aws secretsmanager restore-secret --secret-id {name} --region {region}` and import it (`envctl import`); or remove it for good, values included, with `aws secretsmanager delete-secret --secret-id {name} --region {region} --force-delete-without-recovery`; or choose another name. `name_prefix` avoids this; so does `recovery_window_in_days = 0`, without any way back."
    );
    ProviderError::new(ErrorKind::AlreadyExists, "The secret's name is taken by a deleted secret", detail).help(help).at("name")
}

fn replicas(planned: &Value) -> Vec<ReplicaRegionType> {
    let one = |r: &Value| {
        let key = shape::string(r, "kms_key_id");
        Some(ReplicaRegionType::builder().region(shape::text(r, "region")?).set_kms_key_id(key).build())
    };
    shape::objects(planned, "replica").iter().filter_map(one).collect()
}

/// Sets the resource policy; a principal that IAM has just made is refused for a while.
pub(super) async fn policy(ctx: &Ctx<'_>, id: &str, policy: &str) -> Result<(), ProviderError> {
    let (aws, client) = (Aws::of(ctx)?, secrets::client(ctx)?);
    let fresh = |e: &ApiError| e.is(&["MalformedPolicyDocumentException"]) && e.message.contains("principal");
    let send = || call("secretsmanager:PutResourcePolicy", client.put_resource_policy().secret_id(id).resource_policy(policy).send());
    support::retried(aws, "Setting the secret's policy", fresh, send).await.map(|_| ()).map_err(|e| e.at("policy"))
}

async fn drop_policy(client: &Client, id: &str) -> Result<(), ProviderError> {
    let sent = call("secretsmanager:DeleteResourcePolicy", client.delete_resource_policy().secret_id(id).send()).await;
    sent.map(|_| ()).map_err(|e| e.while_doing("Removing the secret's policy").at("policy"))
}

async fn remove_replicas(client: &Client, id: &str, regions: Vec<String>) -> Result<(), ProviderError> {
    if regions.is_empty() {
        return Ok(());
    }
    let request = client.remove_regions_from_replication().secret_id(id).set_remove_replica_regions(Some(regions));
    match call("secretsmanager:RemoveRegionsFromReplication", request.send()).await {
        Ok(_) => Ok(()),
        Err(e) if gone(&e) => Ok(()),
        Err(e) => Err(e.while_doing("Removing the secret's replicas").at("replica")),
    }
}

/// Removes replicas that are no longer wanted or have another key, then makes those that are missing.
async fn change_replicas(client: &Client, id: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let (old, new) = (replicas(prior), replicas(planned));
    let same = |a: &ReplicaRegionType, b: &ReplicaRegionType| {
        a.region() == b.region() && (b.kms_key_id().is_none() || a.kms_key_id() == b.kms_key_id())
    };
    let remove = old.iter().filter(|o| !new.iter().any(|n| same(o, n))).filter_map(|o| o.region().map(str::to_string)).collect();
    let add: Vec<ReplicaRegionType> = new.iter().filter(|n| !old.iter().any(|o| same(o, n))).cloned().collect();
    remove_replicas(client, id, remove).await?;
    if add.is_empty() {
        return Ok(());
    }
    let request = client
        .replicate_secret_to_regions()
        .secret_id(id)
        .set_add_replica_regions(Some(add))
        .set_force_overwrite_replica_secret(shape::flag(planned, "force_overwrite_replica_secret"));
    let sent = call("secretsmanager:ReplicateSecretToRegions", request.send()).await;
    sent.map(|_| ()).map_err(|e| e.while_doing("Replicating the secret").at("replica"))
}

/// Brings an existing secret to what is planned.
pub(super) async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let client = secrets::client(ctx)?;
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let id = request.prior.id().unwrap_or_default();
    change_replicas(&client, id, prior, planned).await?;
    if shape::changed(prior, planned, "description") || shape::changed(prior, planned, "kms_key_id") {
        let update = client
            .update_secret()
            .secret_id(id)
            .description(shape::text(planned, "description").unwrap_or_default())
            .set_kms_key_id(shape::string(planned, "kms_key_id"));
        call("secretsmanager:UpdateSecret", update.send()).await.map_err(|e| e.while_doing("Changing the secret"))?;
    }
    if shape::changed(prior, planned, "policy") {
        match shape::text(planned, "policy").filter(|p| !policy_json::same_json(p, "")) {
            Some(document) => policy(ctx, id, document).await?,
            None => drop_policy(&client, id).await?,
        }
    }
    let untag = |keys| call("secretsmanager:UntagResource", client.untag_resource().secret_id(id).set_tag_keys(Some(keys)).send());
    let tag = |set| call("secretsmanager:TagResource", client.tag_resource().secret_id(id).set_tags(Some(sdk_tags(&set))).send());
    tags::update(ctx, prior, planned, untag, tag).await
}

/// Deletes the secret, with its recovery window or for good. One that is being removed is success.
pub(super) async fn delete(ctx: &Ctx<'_>, prior: &Object) -> Result<(), ProviderError> {
    let client = secrets::client(ctx)?;
    let id = prior.id().unwrap_or_default();
    let regions = shape::objects(&prior.attributes, "replica").iter().filter_map(|r| shape::string(r, "region")).collect();
    remove_replicas(&client, id, regions).await?;
    let days = shape::int(&prior.attributes, "recovery_window_in_days").unwrap_or(30);
    let request = match days {
        0 => client.delete_secret().secret_id(id).force_delete_without_recovery(true),
        days => client.delete_secret().secret_id(id).recovery_window_in_days(i64::from(days)),
    };
    match call("secretsmanager:DeleteSecret", request.send()).await {
        Ok(_) => Ok(()),
        Err(e) if gone(&e) => Ok(()),
        Err(e) => Err(e.while_doing("Deleting the secret")),
    }
}
