//! `aws_instance`.
//!
//! # Quirks
//! - A launch is repeatable by its client token, and found by it (`client-token`).
//! - Type, user data, CPU options, host name type and capacity reservation change only while the
//!   instance is stopped: all of them in one stop and start, and only if it ran. Cloud-init reads
//!   user data at the first boot, so another one does nothing to what is installed; the plan says
//!   in words what each change does.
//! - User data is text in the state (version 6 of the provider), base64, or the SHA-1 of version 5.
//! - Only devices and interfaces that the configuration names are watched: volumes that others
//!   attach are no reason to replace the instance.
//! - A protected instance is terminated only when `force_destroy` is in the state.
//!
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{absent, call};
use crate::aws::waiter::Poll;
use crate::aws::{groups, shape, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    Trace, UpdateRequest,
};
use crate::schema::ResourceSchema;
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::AttributeBooleanValue;

pub mod change;
mod devices;
pub mod flatten;
pub mod launch;
pub mod read;
pub mod rules;
mod schema;
pub mod user_data;
mod volumes;

/// `aws_instance`
pub struct Instance;

fn build() -> ResourceSchema {
    let mut schema = ResourceSchema::new(2, schema::block());
    schema.rules = support::rules();
    schema.rules.validate.push(rules::validate);
    schema.rules.customize.push(rules::plan);
    schema.rules.equal = Some(rules::equal);
    schema.rules.upgrade = Some(upgrade);
    schema.rules.waits_for = &[("key_name", "aws_key_pair", "key_name"), ("iam_instance_profile", "aws_iam_instance_profile", "name")];
    schema
}

/// Version 1 had the CPU options as attributes too.
#[allow(clippy::unnecessary_wraps, reason = "the type of an upgrade")]
fn upgrade(
    from: u64,
    mut attributes: serde_json::Map<String, serde_json::Value>,
) -> Result<serde_json::Map<String, serde_json::Value>, String> {
    if from < 2 {
        attributes.remove("cpu_core_count");
        attributes.remove("cpu_threads_per_core");
    }
    Ok(attributes)
}

async fn protect(client: &Client, id: &str, termination: bool) -> Result<(), ProviderError> {
    let off = AttributeBooleanValue::builder().value(false).build();
    let request = client.modify_instance_attribute().instance_id(id);
    let request = if termination { request.disable_api_termination(off) } else { request.disable_api_stop(off) };
    let sent = call("ec2:ModifyInstanceAttribute", request.send()).await;
    absent(sent, read::NOT_FOUND).map(|_| ()).map_err(|e| e.while_doing("Lifting the protection of the instance"))
}

impl Instance {
    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        support::reached(request.checkpoint, object).await?;
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let id = object.id().unwrap_or_default();
        let limit = request.timeouts.create.unwrap_or(timeouts::minutes(10));
        let instance = launch::wait_for(aws, &client, id, "running", &["pending"], limit).await?;
        let planned = request.planned;
        let own =
            shape::objects(planned, "network_interface").is_empty() && shape::objects(planned, "primary_network_interface").is_empty();
        if own && shape::flag(planned, "source_dest_check") == Some(false) {
            let off = AttributeBooleanValue::builder().value(false).build();
            let request = client.modify_instance_attribute().instance_id(id).source_dest_check(off);
            call("ec2:ModifyInstanceAttribute", request.send())
                .await
                .map_err(|e| e.while_doing("Setting up the instance").at("source_dest_check"))?;
        }
        volumes::tag_new(&client, &instance, launch::device_tags(ctx, planned)).await
    }

    async fn terminate(&self, ctx: &Ctx<'_>, request: &DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let prior: &Value = &request.prior.attributes;
        let id = request.prior.id().unwrap_or_default();
        if shape::flag(prior, "force_destroy") == Some(true) {
            for (name, termination) in [("disable_api_termination", true), ("disable_api_stop", false)] {
                if shape::flag(prior, name) == Some(true) {
                    protect(&client, id, termination).await?;
                }
            }
        }
        let sent = call("ec2:TerminateInstances", client.terminate_instances().instance_ids(id).send()).await;
        absent(sent, read::NOT_FOUND).map_err(|e| {
            let protected = e.is(&["OperationNotPermitted"]);
            let error = e.while_doing("Terminating the instance");
            let help = "Nothing was changed. To terminate it, set `disable_api_termination = false` (or `force_destroy = true`) and apply that first.";
            if protected { error.help(help) } else { error }
        })?;
        let what = format!("the instance {id} to be terminated");
        let look = || async {
            match read::one(&client, id).await {
                Err(e) => Poll::Failed(e.into()),
                Ok(None) => Poll::Ready(()),
                Ok(Some(i)) if read::state(&i).is_some_and(|s| s.as_str() == "terminated") => Poll::Ready(()),
                Ok(Some(_)) => Poll::Pending,
            }
        };
        aws.wait(&what, request.timeouts.delete.unwrap_or(timeouts::minutes(20))).until(look).await
    }
}

#[async_trait]
impl ResourceType for Instance {
    support::basics!("aws_instance", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &[
                "ec2:DescribeInstances",
                "ec2:DescribeInstanceAttribute",
                "ec2:DescribeInstanceCreditSpecifications",
                "ec2:DescribeLaunchTemplates",
                "ec2:DescribeSpotInstanceRequests",
                "ec2:DescribeVolumes",
                "ec2:DescribeVpcs",
            ],
            create: &[
                "ec2:RunInstances",
                "ec2:CreateTags",
                "ec2:DescribeImages",
                "ec2:DescribeLaunchTemplateVersions",
                "ec2:ModifyInstanceAttribute",
                "iam:PassRole",
            ],
            update: &[
                "ec2:AssignPrivateIpAddresses",
                "ec2:AssociateIamInstanceProfile",
                "ec2:CreateTags",
                "ec2:DeleteTags",
                "ec2:DescribeIamInstanceProfileAssociations",
                "ec2:DescribeVolumesModifications",
                "ec2:DisassociateIamInstanceProfile",
                "ec2:ModifyInstanceAttribute",
                "ec2:ModifyInstanceCapacityReservationAttributes",
                "ec2:ModifyInstanceCpuOptions",
                "ec2:ModifyInstanceCreditSpecification",
                "ec2:ModifyInstanceMaintenanceOptions",
                "ec2:ModifyInstanceMetadataOptions",
                "ec2:ModifyNetworkInterfaceAttribute",
                "ec2:ModifyPrivateDnsNameOptions",
                "ec2:ModifyVolume",
                "ec2:MonitorInstances",
                "ec2:ReplaceIamInstanceProfileAssociation",
                "ec2:StartInstances",
                "ec2:StopInstances",
                "ec2:UnassignPrivateIpAddresses",
                "ec2:UnmonitorInstances",
                "iam:PassRole",
            ],
            delete: &["ec2:TerminateInstances", "ec2:ModifyInstanceAttribute"],
        }
    }

    /// By its client token.
    fn trace(&self) -> Trace {
        Trace::Token
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = read::find(&client, priors).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten::flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match launch::run(ctx, &request).await {
            Ok(id) => {
                let object = support::started(&self.schema(), ctx, request.planned, &id);
                let done = self.after_create(ctx, &request, &object).await;
                support::finish(self, ctx, request.addr, object, done).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    /// It may not run yet, and until it does it has no addresses.
    async fn resume(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>, object: Object) -> Applied {
        let done = self.after_create(ctx, &request, &object).await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = match change::Change::new(ctx, &request) {
            Ok(change) => change.apply().await,
            Err(error) => Err(error),
        };
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        self.terminate(ctx, &request).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let short = |i: &Intent| i.token.chars().take(64).collect::<String>();
        let tokens: Vec<String> = intents.iter().map(short).collect();
        let by_token = read::by_token(&Aws::ec2_of(ctx)?, &tokens).await?;
        let ids = intents.iter().filter_map(|i| Some((i.token.clone(), by_token.get(&short(i))?.clone()))).collect();
        support::located(self, ctx, intents, &ids).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests;
