//! Changes of an instance in place, the ones that need it stopped together.

use super::launch::{self, with_profile};
use super::read;
use super::rules::STOPPED;
use super::user_data;
use super::volumes;
use crate::aws::clients::Aws;
use crate::aws::errors::call;
use crate::aws::waiter::Poll;
use crate::aws::{ec2, shape, timeouts};
use crate::provider::{Ctx, ErrorKind, ProviderError, UpdateRequest};
use crate::value::{Path, Value};
use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::modify_instance_attribute::builders::ModifyInstanceAttributeFluentBuilder as Modify;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, AttributeValue, HostnameType, HttpTokensState, IamInstanceProfileSpecification, InstanceAttributeName,
    InstanceAutoRecoveryState, InstanceCreditSpecificationRequest, InstanceMetadataEndpointState, InstanceMetadataOptionsState,
    InstanceMetadataProtocolState, InstanceMetadataTagsState, NestedVirtualizationSpecification, SecureBlobAttributeValue,
};
use std::time::Duration;

const DOING: &str = "Changing the instance";

/// One update: clients and what it goes from and to.
pub struct Change<'a> {
    aws: &'a Aws,
    client: Client,
    ctx: &'a Ctx<'a>,
    id: &'a str,
    prior: &'a Value,
    planned: &'a Value,
    limit: Duration,
}

fn on(value: bool) -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(value).build()
}

/// The part of a value at a dotted path, as an object that `shape` can compare.
fn differs(prior: &Value, planned: &Value, path: &str) -> bool {
    let at = |v: &Value| v.at(&Path::parse(path)).map(|v| v.unmark_deep().0);
    match (at(prior), at(planned)) {
        (_, None) => false,
        (_, Some(new)) if !new.is_wholly_known() => false,
        (old, Some(new)) => !(old.is_some_and(|old| shape::same(&old, &new)) || shape::is_zero(&new) && at(prior).is_none()),
    }
}

impl<'a> Change<'a> {
    /// Prepares an update.
    ///
    /// # Errors
    /// Another provider's configuration.
    pub fn new(ctx: &'a Ctx<'a>, request: &'a UpdateRequest<'a>) -> Result<Self, ProviderError> {
        Ok(Change {
            aws: Aws::of(ctx)?,
            client: Aws::ec2_of(ctx)?,
            ctx,
            id: request.prior.id().unwrap_or_default(),
            prior: &request.prior.attributes,
            planned: request.planned,
            limit: request.timeouts.update.unwrap_or(timeouts::minutes(10)),
        })
    }

    fn moves(&self, path: &str) -> bool {
        differs(self.prior, self.planned, path)
    }

    /// Does what differs.
    ///
    /// # Errors
    /// The failing call.
    pub async fn apply(&self) -> Result<(), ProviderError> {
        self.protection(false).await?;
        self.profile().await?;
        self.interface().await?;
        self.while_stopped().await?;
        self.plain().await?;
        self.metadata().await?;
        self.names().await?;
        volumes::change(self.aws, &self.client, self.ctx, self.id, self.prior, self.planned, self.limit).await?;
        self.protection(true).await?;
        ec2::update_tags(self.ctx, &self.client, self.id, self.prior, self.planned).await
    }

    async fn modify(&self, at: &str, set: impl FnOnce(Modify) -> Modify) -> Result<(), ProviderError> {
        let request = set(self.client.modify_instance_attribute().instance_id(self.id));
        call("ec2:ModifyInstanceAttribute", request.send()).await.map(|_| ()).map_err(|e| e.while_doing(DOING).at(at))
    }

    /// Protections fall before the other changes and rise after them.
    async fn protection(&self, rise: bool) -> Result<(), ProviderError> {
        let wanted = |name: &str| shape::flag(self.planned, name).filter(|w| *w == rise && self.moves(name));
        if let Some(want) = wanted("disable_api_stop") {
            self.modify("disable_api_stop", |m| m.disable_api_stop(on(want))).await?;
        }
        if let Some(want) = wanted("disable_api_termination") {
            self.modify("disable_api_termination", |m| m.disable_api_termination(on(want))).await?;
        }
        Ok(())
    }

    async fn profile(&self) -> Result<(), ProviderError> {
        let at = "iam_instance_profile";
        if !self.moves(at) {
            return Ok(());
        }
        let failed = |e: crate::aws::errors::ApiError| e.while_doing(DOING).at(at);
        let asked = self
            .client
            .describe_iam_instance_profile_associations()
            .filters(ec2::filter("instance-id", [self.id]))
            .filters(ec2::filter("state", ["associating", "associated"]));
        let answer = call("ec2:DescribeIamInstanceProfileAssociations", asked.send()).await.map_err(failed)?;
        let old = answer.iam_instance_profile_associations().first().and_then(|a| a.association_id()).map(str::to_string);
        let new = shape::text(self.planned, at).map(|name| IamInstanceProfileSpecification::builder().name(name).build());
        let running = shape::text(self.prior, "instance_state") == Some("running");
        match (old, new) {
            (Some(old), Some(new)) if running => {
                let request = self.client.replace_iam_instance_profile_association().association_id(old).iam_instance_profile(new);
                with_profile(self.aws, || call("ec2:ReplaceIamInstanceProfileAssociation", request.clone().send()))
                    .await
                    .map_err(failed)?;
            }
            (old, new) => {
                if let Some(old) = old {
                    let request = self.client.disassociate_iam_instance_profile().association_id(old);
                    call("ec2:DisassociateIamInstanceProfile", request.send()).await.map_err(failed)?;
                }
                if let Some(new) = new {
                    let request = self.client.associate_iam_instance_profile().instance_id(self.id).iam_instance_profile(new);
                    with_profile(self.aws, || call("ec2:AssociateIamInstanceProfile", request.clone().send())).await.map_err(failed)?;
                }
            }
        }
        self.seen_profile().await
    }

    async fn seen_profile(&self) -> Result<(), ProviderError> {
        let want = shape::text(self.planned, "iam_instance_profile").unwrap_or_default();
        let what = format!("the instance profile of {} to be seen", self.id);
        let look = || async {
            match read::one(&self.client, self.id).await {
                Err(e) => Poll::Failed(e.into()),
                Ok(instance) => {
                    let arn = instance.and_then(|i| i.iam_instance_profile).and_then(|p| p.arn).unwrap_or_default();
                    if arn.rsplit('/').next().unwrap_or_default() == want { Poll::Ready(()) } else { Poll::Pending }
                }
            }
        };
        self.aws.wait(&what, timeouts::minutes(2)).until(look).await
    }

    /// Groups and addresses of the primary interface.
    async fn interface(&self) -> Result<(), ProviderError> {
        let failed = |at: &'static str| move |e: crate::aws::errors::ApiError| e.while_doing(DOING).at(at);
        if self.moves("source_dest_check") {
            let want = shape::flag(self.planned, "source_dest_check").unwrap_or(true);
            self.modify("source_dest_check", |m| m.source_dest_check(on(want))).await?;
        }
        let interface = shape::text(self.prior, "primary_network_interface_id").unwrap_or_default();
        if self.moves("vpc_security_group_ids") {
            let groups = shape::strings(self.planned, "vpc_security_group_ids");
            if groups.is_empty() {
                let error = ProviderError::new(
                    ErrorKind::Invalid,
                    "An instance needs a security group",
                    "In a VPC at least one security group belongs to each instance.",
                );
                return Err(error.at("vpc_security_group_ids"));
            }
            let request = self.client.modify_network_interface_attribute().network_interface_id(interface).set_groups(Some(groups));
            call("ec2:ModifyNetworkInterfaceAttribute", request.send()).await.map_err(failed("vpc_security_group_ids"))?;
        }
        if self.moves("enable_primary_ipv6") && shape::flag(self.planned, "enable_primary_ipv6") == Some(true) {
            let request = self.client.modify_network_interface_attribute().network_interface_id(interface).enable_primary_ipv6(true);
            call("ec2:ModifyNetworkInterfaceAttribute", request.send()).await.map_err(failed("enable_primary_ipv6"))?;
        }
        if !self.moves("secondary_private_ips") {
            return Ok(());
        }
        let (old, new) = (shape::strings(self.prior, "secondary_private_ips"), shape::strings(self.planned, "secondary_private_ips"));
        let gone: Vec<String> = old.iter().filter(|a| !new.contains(a)).cloned().collect();
        let come: Vec<String> = new.iter().filter(|a| !old.contains(a)).cloned().collect();
        if !gone.is_empty() {
            let request = self.client.unassign_private_ip_addresses().network_interface_id(interface).set_private_ip_addresses(Some(gone));
            call("ec2:UnassignPrivateIpAddresses", request.send()).await.map_err(failed("secondary_private_ips"))?;
        }
        if !come.is_empty() {
            let request = self.client.assign_private_ip_addresses().network_interface_id(interface).set_private_ip_addresses(Some(come));
            call("ec2:AssignPrivateIpAddresses", request.send()).await.map_err(failed("secondary_private_ips"))?;
        }
        Ok(())
    }

    /// Stops, changes, and starts again if it ran.
    async fn while_stopped(&self) -> Result<(), ProviderError> {
        if !STOPPED.iter().any(|path| self.moves(path)) {
            return Ok(());
        }
        let instance = read::one(&self.client, self.id).await.map_err(|e| e.while_doing(DOING))?;
        let ran = instance.as_ref().and_then(read::state).is_some_and(|s| matches!(s.as_str(), "running" | "pending"));
        if ran {
            launch::wait_for(self.aws, &self.client, self.id, "running", &["pending"], self.limit).await?;
            call("ec2:StopInstances", self.client.stop_instances().instance_ids(self.id).send())
                .await
                .map_err(|e| e.while_doing("Stopping the instance"))?;
        }
        launch::wait_for(self.aws, &self.client, self.id, "stopped", &["stopping", "running"], self.limit).await?;
        let changed = self.stopped_changes().await;
        if ran {
            call("ec2:StartInstances", self.client.start_instances().instance_ids(self.id).send())
                .await
                .map_err(|e| e.while_doing("Starting the instance"))?;
            launch::wait_for(self.aws, &self.client, self.id, "running", &["pending", "stopped"], self.limit).await?;
        }
        changed
    }

    async fn stopped_changes(&self) -> Result<(), ProviderError> {
        if self.moves("instance_type") {
            let kind = AttributeValue::builder().set_value(shape::string(self.planned, "instance_type")).build();
            self.modify("instance_type", |m| m.instance_type(kind)).await?;
        }
        if self.moves("user_data") || self.moves("user_data_base64") {
            let written = shape::text(self.planned, "user_data").or(shape::text(self.planned, "user_data_base64")).unwrap_or_default();
            let data = SecureBlobAttributeValue::builder().value(Blob::new(user_data::payload(written))).build();
            self.modify("user_data", |m| m.user_data(data)).await?;
        }
        let at = "cpu_options";
        if ["core_count", "threads_per_core", "nested_virtualization"].iter().any(|n| self.moves(&format!("{at}.0.{n}")))
            && let Some(c) = shape::first(self.planned, at)
        {
            let request = self
                .client
                .modify_instance_cpu_options()
                .instance_id(self.id)
                .set_core_count(shape::int(c, "core_count").filter(|n| *n > 0))
                .set_threads_per_core(shape::int(c, "threads_per_core").filter(|n| *n > 0))
                .set_nested_virtualization(shape::text(c, "nested_virtualization").map(NestedVirtualizationSpecification::from));
            call("ec2:ModifyInstanceCpuOptions", request.send()).await.map_err(|e| e.while_doing(DOING).at(at))?;
        }
        let at = "capacity_reservation_specification";
        if let Some(wanted) = shape::first(self.planned, at).filter(|_| self.moves(at)).and_then(launch::reservation) {
            let request = self
                .client
                .modify_instance_capacity_reservation_attributes()
                .instance_id(self.id)
                .capacity_reservation_specification(wanted);
            call("ec2:ModifyInstanceCapacityReservationAttributes", request.send()).await.map_err(|e| e.while_doing(DOING).at(at))?;
        }
        let host = "private_dns_name_options.0.hostname_type";
        if let Some(kind) = self.planned.at(&Path::parse(host)).and_then(Value::as_str).filter(|_| self.moves(host)) {
            let request =
                self.client.modify_private_dns_name_options().instance_id(self.id).private_dns_hostname_type(HostnameType::from(kind));
            call("ec2:ModifyPrivateDnsNameOptions", request.send())
                .await
                .map_err(|e| e.while_doing(DOING).at("private_dns_name_options"))?;
        }
        Ok(())
    }

    /// What changes at any time with a call each.
    async fn plain(&self) -> Result<(), ProviderError> {
        if self.moves("instance_initiated_shutdown_behavior") {
            let value = shape::string(self.planned, "instance_initiated_shutdown_behavior");
            let name = InstanceAttributeName::InstanceInitiatedShutdownBehavior;
            self.modify("instance_initiated_shutdown_behavior", |m| m.attribute(name).set_value(value)).await?;
        }
        if self.moves("monitoring") {
            let done = if shape::flag(self.planned, "monitoring") == Some(true) {
                call("ec2:MonitorInstances", self.client.monitor_instances().instance_ids(self.id).send()).await.map(|_| ())
            } else {
                call("ec2:UnmonitorInstances", self.client.unmonitor_instances().instance_ids(self.id).send()).await.map(|_| ())
            };
            done.map_err(|e| e.while_doing(DOING).at("monitoring"))?;
        }
        let recovery = self.planned.at(&Path::parse("maintenance_options.0.auto_recovery")).and_then(Value::as_str);
        if let Some(recovery) = recovery.filter(|_| self.moves("maintenance_options")) {
            let request = self
                .client
                .modify_instance_maintenance_options()
                .instance_id(self.id)
                .auto_recovery(InstanceAutoRecoveryState::from(recovery));
            call("ec2:ModifyInstanceMaintenanceOptions", request.send())
                .await
                .map_err(|e| e.while_doing(DOING).at("maintenance_options"))?;
        }
        let credits = self.planned.at(&Path::parse("credit_specification.0.cpu_credits")).and_then(Value::as_str);
        if let Some(credits) = credits.filter(|_| self.moves("credit_specification")) {
            let wanted = InstanceCreditSpecificationRequest::builder().instance_id(self.id).cpu_credits(credits).build();
            let request = self.client.modify_instance_credit_specification().instance_credit_specifications(wanted);
            call("ec2:ModifyInstanceCreditSpecification", request.send())
                .await
                .map_err(|e| e.while_doing(DOING).at("credit_specification"))?;
        }
        Ok(())
    }

    async fn metadata(&self) -> Result<(), ProviderError> {
        let at = "metadata_options";
        let Some(m) = shape::first(self.planned, at).filter(|_| self.moves(at)) else { return Ok(()) };
        let enabled = shape::text(m, "http_endpoint") != Some("disabled");
        let text = |n: &str| shape::text(m, n).filter(|_| enabled);
        let request = self
            .client
            .modify_instance_metadata_options()
            .instance_id(self.id)
            .http_endpoint(if enabled { InstanceMetadataEndpointState::Enabled } else { InstanceMetadataEndpointState::Disabled })
            .set_http_protocol_ipv6(text("http_protocol_ipv6").map(InstanceMetadataProtocolState::from))
            .set_http_put_response_hop_limit(shape::int(m, "http_put_response_hop_limit").filter(|n| enabled && *n > 0))
            .set_http_tokens(text("http_tokens").map(HttpTokensState::from))
            .set_instance_metadata_tags(text("instance_metadata_tags").map(InstanceMetadataTagsState::from));
        call("ec2:ModifyInstanceMetadataOptions", request.send()).await.map_err(|e| e.while_doing(DOING).at(at))?;
        let what = format!("the metadata options of {} to be applied", self.id);
        let look = || async {
            match read::one(&self.client, self.id).await {
                Err(e) => Poll::Failed(e.into()),
                Ok(Some(i)) if i.metadata_options().and_then(|m| m.state()) != Some(&InstanceMetadataOptionsState::Pending) => {
                    Poll::Ready(())
                }
                Ok(_) => Poll::Pending,
            }
        };
        self.aws.wait(&what, self.limit).until(look).await
    }

    async fn names(&self) -> Result<(), ProviderError> {
        let at = "private_dns_name_options";
        let Some(d) = shape::first(self.planned, at) else { return Ok(()) };
        let changed = |n: &str| shape::flag(d, n).filter(|_| self.moves(&format!("{at}.0.{n}")));
        let (a, aaaa) = (changed("enable_resource_name_dns_a_record"), changed("enable_resource_name_dns_aaaa_record"));
        if a.is_none() && aaaa.is_none() {
            return Ok(());
        }
        let request = self
            .client
            .modify_private_dns_name_options()
            .instance_id(self.id)
            .set_enable_resource_name_dns_a_record(a)
            .set_enable_resource_name_dns_aaaa_record(aaaa);
        call("ec2:ModifyPrivateDnsNameOptions", request.send()).await.map(|_| ()).map_err(|e| e.while_doing(DOING).at(at))
    }
}
