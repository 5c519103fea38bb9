//! RunInstances: the request from what is planned.

use super::read;
use super::user_data;
use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, call};
use crate::aws::tags;
use crate::aws::waiter::interval;
use crate::aws::{ec2, shape};
use crate::provider::{CreateRequest, Ctx, ErrorKind, ProviderError};
use crate::value::Value;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::{
    AmdSevSnpSpecification, BlockDeviceMapping, CapacityReservationPreference, CapacityReservationSpecification, CapacityReservationTarget, CpuOptionsRequest,
    CreditSpecificationRequest, EbsBlockDevice, EnclaveOptionsRequest, HibernationOptionsRequest, HostnameType, HttpTokensState, IamInstanceProfileSpecification,
    InstanceAutoRecoveryState, InstanceInterruptionBehavior, InstanceIpv6Address, InstanceMaintenanceOptionsRequest, InstanceMarketOptionsRequest,
    InstanceMetadataEndpointState, InstanceMetadataOptionsRequest, InstanceMetadataProtocolState, InstanceMetadataTagsState, InstanceNetworkInterfaceSpecification,
    InstanceType, LaunchTemplateSpecification, MarketType, NestedVirtualizationSpecification, Placement, PrivateDnsNameOptionsRequest, PrivateIpAddressSpecification,
    ResourceType as Kind, RunInstancesMonitoringEnabled, ShutdownBehavior, SpotInstanceType, SpotMarketOptions, TagSpecification, Tenancy, VolumeType,
};
use std::future::Future;
use std::time::Duration;

/// Launches the instance; answers its id.
///
/// # Errors
/// The failing call.
pub async fn run(ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<String, ProviderError> {
    let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
    let planned = request.planned;
    let devices = devices(&client, planned).await?;
    let token: String = request.intent.token.chars().take(64).collect();
    let built = options(machine(client.run_instances(), planned), planned)
        .client_token(token)
        .set_block_device_mappings(Some(devices).filter(|d| !d.is_empty()))
        .set_tag_specifications(Some(tag_specifications(ctx, planned)).filter(|t| !t.is_empty()));
    let built = network(built, planned);
    let made = with_profile(aws, || call("ec2:RunInstances", built.clone().send())).await.map_err(|e| e.while_doing("Launching the instance"))?;
    let id = made.instances().first().and_then(|i| i.instance_id()).map(str::to_string);
    id.ok_or_else(|| ProviderError::new(ErrorKind::Unsettled, "The launch was not answered", "RunInstances answered no instance."))
}

/// Repeats a call while IAM has not spread a new instance profile, at most two minutes.
///
/// # Errors
/// What the last call said.
pub async fn with_profile<T, F, Fut>(aws: &Aws, mut send: F) -> Result<T, ApiError>
where
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<T, ApiError>> + Send,
{
    let young = |e: &ApiError| e.is(&["InvalidParameterValue"]) && (e.message.contains("Invalid IAM Instance Profile") || e.message.contains("has no associated IAM Roles"));
    let mut waited = Duration::ZERO;
    let mut attempt = 0;
    loop {
        match send().await {
            Err(e) if young(&e) && waited < Duration::from_secs(120) => {}
            other => return other,
        }
        let pause = interval(attempt);
        tokio::time::sleep(pause.mul_f64(aws.settings().scale())).await;
        waited += pause;
        attempt += 1;
    }
}

fn tag_specifications(ctx: &Ctx<'_>, planned: &Value) -> Vec<TagSpecification> {
    let mut all = ec2::tag_specification(ctx, Kind::Instance, planned, None).unwrap_or_default();
    let volumes = planned.get("volume_tags").map(shape::string_map).unwrap_or_default();
    if !volumes.is_empty() {
        let tags = volumes.iter().map(|(k, v)| aws_sdk_ec2::types::Tag::builder().key(k).value(v).build()).collect();
        all.push(TagSpecification::builder().resource_type(Kind::Volume).set_tags(Some(tags)).build());
    }
    all
}

fn machine(run: RunInstancesFluentBuilder, planned: &Value) -> RunInstancesFluentBuilder {
    let text = |n: &str| shape::string(planned, n);
    let data = shape::text(planned, "user_data").or(shape::text(planned, "user_data_base64"));
    let profile = text("iam_instance_profile").map(|name| IamInstanceProfileSpecification::builder().name(name).build());
    let hibernation = shape::flag(planned, "hibernation").filter(|h| *h).map(|h| HibernationOptionsRequest::builder().configured(h).build());
    let monitoring = shape::flag(planned, "monitoring").map(|m| RunInstancesMonitoringEnabled::builder().enabled(m).build());
    run.min_count(1)
        .max_count(1)
        .set_image_id(text("ami"))
        .set_instance_type(shape::text(planned, "instance_type").map(InstanceType::from))
        .set_key_name(text("key_name"))
        .set_user_data(data.map(user_data::encoded))
        .set_iam_instance_profile(profile)
        .set_disable_api_termination(shape::flag(planned, "disable_api_termination"))
        .set_disable_api_stop(shape::flag(planned, "disable_api_stop"))
        .set_ebs_optimized(shape::flag(planned, "ebs_optimized"))
        .set_hibernation_options(hibernation)
        .set_instance_initiated_shutdown_behavior(shape::text(planned, "instance_initiated_shutdown_behavior").map(ShutdownBehavior::from))
        .set_monitoring(monitoring)
        .set_placement(placement(planned))
}

fn placement(planned: &Value) -> Option<Placement> {
    let text = |n: &str| shape::string(planned, n);
    let number = shape::int(planned, "placement_partition_number").filter(|n| *n > 0);
    let named = ["availability_zone", "placement_group", "placement_group_id", "tenancy", "host_id", "host_resource_group_arn"];
    if number.is_none() && named.iter().all(|n| shape::text(planned, n).is_none()) {
        return None;
    }
    let built = Placement::builder()
        .set_availability_zone(text("availability_zone"))
        .set_group_name(text("placement_group"))
        .set_group_id(text("placement_group_id"))
        .set_partition_number(number)
        .set_tenancy(shape::text(planned, "tenancy").map(Tenancy::from))
        .set_host_id(text("host_id"))
        .set_host_resource_group_arn(text("host_resource_group_arn"));
    Some(built.build())
}

fn options(run: RunInstancesFluentBuilder, planned: &Value) -> RunInstancesFluentBuilder {
    let first = |n: &str| shape::first(planned, n);
    let cpu = first("cpu_options").map(|c| {
        CpuOptionsRequest::builder()
            .set_amd_sev_snp(shape::text(c, "amd_sev_snp").map(AmdSevSnpSpecification::from))
            .set_core_count(shape::int(c, "core_count").filter(|n| *n > 0))
            .set_nested_virtualization(shape::text(c, "nested_virtualization").map(NestedVirtualizationSpecification::from))
            .set_threads_per_core(shape::int(c, "threads_per_core").filter(|n| *n > 0))
            .build()
    });
    let credits = first("credit_specification").and_then(|c| shape::string(c, "cpu_credits")).map(|c| CreditSpecificationRequest::builder().cpu_credits(c).build());
    let enclave = first("enclave_options").and_then(|e| shape::flag(e, "enabled")).map(|e| EnclaveOptionsRequest::builder().enabled(e).build());
    let recovery = first("maintenance_options").and_then(|m| shape::text(m, "auto_recovery"));
    let maintenance = recovery.map(|r| InstanceMaintenanceOptionsRequest::builder().auto_recovery(InstanceAutoRecoveryState::from(r)).build());
    let dns = first("private_dns_name_options").map(|d| {
        PrivateDnsNameOptionsRequest::builder()
            .set_enable_resource_name_dns_a_record(shape::flag(d, "enable_resource_name_dns_a_record"))
            .set_enable_resource_name_dns_aaaa_record(shape::flag(d, "enable_resource_name_dns_aaaa_record"))
            .set_hostname_type(shape::text(d, "hostname_type").map(HostnameType::from))
            .build()
    });
    run.set_cpu_options(cpu)
        .set_credit_specification(credits)
        .set_enclave_options(enclave)
        .set_maintenance_options(maintenance)
        .set_private_dns_name_options(dns)
        .set_metadata_options(first("metadata_options").map(metadata))
        .set_capacity_reservation_specification(first("capacity_reservation_specification").and_then(reservation))
        .set_instance_market_options(first("instance_market_options").map(market))
        .set_launch_template(first("launch_template").map(template))
}

fn metadata(m: &Value) -> InstanceMetadataOptionsRequest {
    let on = shape::text(m, "http_endpoint") != Some("disabled");
    let text = |n: &str| shape::text(m, n).filter(|_| on);
    InstanceMetadataOptionsRequest::builder()
        .http_endpoint(if on { InstanceMetadataEndpointState::Enabled } else { InstanceMetadataEndpointState::Disabled })
        .set_http_protocol_ipv6(text("http_protocol_ipv6").map(InstanceMetadataProtocolState::from))
        .set_http_put_response_hop_limit(shape::int(m, "http_put_response_hop_limit").filter(|n| on && *n > 0))
        .set_http_tokens(text("http_tokens").map(HttpTokensState::from))
        .set_instance_metadata_tags(text("instance_metadata_tags").map(InstanceMetadataTagsState::from))
        .build()
}

/// A capacity reservation as the API takes it; `None` when nothing is said.
#[must_use]
pub fn reservation(c: &Value) -> Option<CapacityReservationSpecification> {
    let preference = shape::text(c, "capacity_reservation_preference").map(CapacityReservationPreference::from);
    let target = shape::first(c, "capacity_reservation_target").map(|t| {
        CapacityReservationTarget::builder()
            .set_capacity_reservation_id(shape::string(t, "capacity_reservation_id"))
            .set_capacity_reservation_resource_group_arn(shape::string(t, "capacity_reservation_resource_group_arn"))
            .build()
    });
    if preference.is_none() && target.is_none() {
        return None;
    }
    Some(CapacityReservationSpecification::builder().set_capacity_reservation_preference(preference).set_capacity_reservation_target(target).build())
}

fn market(m: &Value) -> InstanceMarketOptionsRequest {
    let spot = shape::first(m, "spot_options").map(|s| {
        let until = shape::text(s, "valid_until").and_then(|t| DateTime::from_str(t, DateTimeFormat::DateTime).ok());
        SpotMarketOptions::builder()
            .set_instance_interruption_behavior(shape::text(s, "instance_interruption_behavior").map(InstanceInterruptionBehavior::from))
            .set_max_price(shape::string(s, "max_price"))
            .set_spot_instance_type(shape::text(s, "spot_instance_type").map(SpotInstanceType::from))
            .set_valid_until(until)
            .build()
    });
    InstanceMarketOptionsRequest::builder().set_market_type(shape::text(m, "market_type").map(MarketType::from)).set_spot_options(spot).build()
}

fn template(t: &Value) -> LaunchTemplateSpecification {
    let id = shape::string(t, "id");
    let name = shape::string(t, "name").filter(|_| id.is_none());
    LaunchTemplateSpecification::builder().set_launch_template_id(id).set_launch_template_name(name).set_version(shape::string(t, "version")).build()
}

/// Interfaces that exist, or what the instance's own one shall be.
fn network(run: RunInstancesFluentBuilder, planned: &Value) -> RunInstancesFluentBuilder {
    let given = given_interfaces(planned);
    if !given.is_empty() {
        return run.set_network_interfaces(Some(given));
    }
    let ids = shape::strings(planned, "vpc_security_group_ids");
    let names = shape::strings(planned, "security_groups");
    let secondary = shape::strings(planned, "secondary_private_ips");
    let six: Vec<InstanceIpv6Address> = shape::strings(planned, "ipv6_addresses").into_iter().map(|a| InstanceIpv6Address::builder().ipv6_address(a).build()).collect();
    let six = Some(six).filter(|s| !s.is_empty());
    let count = shape::int(planned, "ipv6_address_count").filter(|n| *n > 0);
    let public = shape::flag(planned, "associate_public_ip_address");
    let primary6 = shape::flag(planned, "enable_primary_ipv6");
    let subnet = shape::string(planned, "subnet_id");
    let address = shape::string(planned, "private_ip");
    let detailed = subnet.is_some() || public.is_some() || primary6.is_some() || !secondary.is_empty();
    let some = |v: Vec<String>| Some(v).filter(|v| !v.is_empty());
    if !detailed {
        return run.set_private_ip_address(address).set_security_group_ids(some(ids)).set_security_groups(some(names)).set_ipv6_address_count(count).set_ipv6_addresses(six);
    }
    let groups = [ids, names].concat();
    let secondary: Vec<_> = secondary.into_iter().map(|a| PrivateIpAddressSpecification::builder().private_ip_address(a).build()).collect();
    let interface = InstanceNetworkInterfaceSpecification::builder()
        .device_index(0)
        .set_subnet_id(subnet)
        .set_groups(some(groups))
        .set_associate_public_ip_address(public)
        .set_private_ip_address(address)
        .set_private_ip_addresses(Some(secondary).filter(|s| !s.is_empty()))
        .set_ipv6_address_count(count)
        .set_ipv6_addresses(six)
        .set_primary_ipv6(primary6);
    run.network_interfaces(interface.build())
}

fn given_interfaces(planned: &Value) -> Vec<InstanceNetworkInterfaceSpecification> {
    let primary = shape::first(planned, "primary_network_interface").and_then(|p| shape::string(p, "network_interface_id"));
    let primary = primary.map(|id| InstanceNetworkInterfaceSpecification::builder().device_index(0).network_interface_id(id).build());
    let others = shape::objects(planned, "network_interface").iter().map(|n| {
        InstanceNetworkInterfaceSpecification::builder()
            .set_device_index(shape::int(n, "device_index"))
            .set_network_card_index(shape::int(n, "network_card_index"))
            .set_network_interface_id(shape::string(n, "network_interface_id"))
            .set_delete_on_termination(shape::flag(n, "delete_on_termination"))
            .build()
    });
    primary.into_iter().chain(others).collect()
}

async fn devices(client: &Client, planned: &Value) -> Result<Vec<BlockDeviceMapping>, ProviderError> {
    let mut all = Vec::new();
    for device in shape::objects(planned, "ebs_block_device") {
        let name = shape::string(device, "device_name");
        all.push(BlockDeviceMapping::builder().set_device_name(name).ebs(ebs(device)).build());
    }
    for device in shape::objects(planned, "ephemeral_block_device") {
        let none = shape::flag(device, "no_device") == Some(true);
        let mapping = BlockDeviceMapping::builder().set_device_name(shape::string(device, "device_name")).set_no_device(none.then(String::new));
        all.push(mapping.set_virtual_name(shape::string(device, "virtual_name").filter(|_| !none)).build());
    }
    if let Some(root) = shape::first(planned, "root_block_device") {
        let name = root_device(client, planned).await?;
        all.push(BlockDeviceMapping::builder().device_name(name).ebs(ebs(root)).build());
    }
    Ok(all)
}

fn ebs(device: &Value) -> EbsBlockDevice {
    let positive = |n: &str| shape::int(device, n).filter(|v| *v > 0);
    EbsBlockDevice::builder()
        .set_delete_on_termination(shape::flag(device, "delete_on_termination"))
        .set_encrypted(shape::flag(device, "encrypted").filter(|e| *e))
        .set_kms_key_id(shape::string(device, "kms_key_id"))
        .set_snapshot_id(shape::string(device, "snapshot_id"))
        .set_iops(positive("iops"))
        .set_throughput(positive("throughput"))
        .set_volume_size(positive("volume_size"))
        .set_volume_type(shape::text(device, "volume_type").map(VolumeType::from))
        .build()
}

/// The name of the image's root device: where its mappings do not have it, the first of them.
async fn root_device(client: &Client, planned: &Value) -> Result<String, ProviderError> {
    let doing = "Looking up the image's root device";
    let image = match shape::string(planned, "ami") {
        Some(image) => Some(image),
        None => template_image(client, planned).await.map_err(|e| e.while_doing(doing).at("launch_template"))?,
    };
    let wrong = |detail: String| ProviderError::new(ErrorKind::Invalid, "The image has no root volume", detail).at("root_block_device");
    let Some(image) = image else { return Err(wrong("Neither `ami` nor the launch template names an image.".into())) };
    let answer = call("ec2:DescribeImages", client.describe_images().image_ids(&image).send()).await.map_err(|e| e.while_doing(doing).at("ami"))?;
    let found = answer.images().first();
    let names: Vec<&str> = found.map(|i| i.block_device_mappings().iter().filter_map(|m| m.device_name()).collect()).unwrap_or_default();
    let root = found.and_then(|i| i.root_device_name());
    let name = root.filter(|r| names.is_empty() || names.contains(r)).or(names.first().copied()).or(root);
    name.map(str::to_string).ok_or_else(|| wrong(format!("{image} names no root device; leave `root_block_device` out.")))
}

async fn template_image(client: &Client, planned: &Value) -> Result<Option<String>, ApiError> {
    let Some(t) = shape::first(planned, "launch_template") else { return Ok(None) };
    let id = shape::string(t, "id");
    let name = shape::string(t, "name").filter(|_| id.is_none());
    let request = client.describe_launch_template_versions().set_launch_template_id(id).set_launch_template_name(name);
    let request = request.versions(shape::text(t, "version").unwrap_or("$Default"));
    let answer = call("ec2:DescribeLaunchTemplateVersions", request.send()).await?;
    let data = answer.launch_template_versions().first().and_then(|v| v.launch_template_data());
    Ok(data.and_then(|d| d.image_id()).map(str::to_string))
}

/// Tags for the volumes that carry their own: `(device, tags)`; the root device is `None`.
#[must_use]
pub fn device_tags(ctx: &Ctx<'_>, planned: &Value) -> Vec<(Option<String>, tags::Tags)> {
    let of = |device: &Value| tags::wanted(device, ctx.facts);
    if planned.get("volume_tags").is_some_and(|t| !t.is_null()) {
        return Vec::new();
    }
    let root = shape::first(planned, "root_block_device").map(|d| (None, of(d)));
    let others = shape::objects(planned, "ebs_block_device").iter().map(|d| (shape::string(d, "device_name"), of(d)));
    root.into_iter().chain(others).filter(|(_, t)| !t.is_empty()).collect()
}

/// The id of the volume at a device; `None` asks for the root device.
#[must_use]
pub fn volume_at(instance: &aws_sdk_ec2::types::Instance, device: Option<&str>) -> Option<String> {
    let name = device.or(instance.root_device_name());
    let mapping = instance.block_device_mappings().iter().find(|m| m.device_name() == name)?;
    mapping.ebs()?.volume_id().map(str::to_string)
}

/// Waits until the instance is in a state, from those that lead to it.
///
/// # Errors
/// Another state, with AWS's reason; a time-out.
pub async fn wait_for(aws: &Aws, client: &Client, id: &str, goal: &str, from: &[&str], limit: Duration) -> Result<aws_sdk_ec2::types::Instance, ProviderError> {
    use crate::aws::waiter::Poll;
    let what = format!("the instance {id} to be {goal}");
    let look = || async {
        match read::one(client, id).await {
            Err(e) => Poll::Failed(e.into()),
            Ok(None) => Poll::Pending,
            Ok(Some(instance)) => {
                let state = read::state(&instance).map_or("", |s| s.as_str()).to_string();
                if state == goal {
                    return Poll::Ready(instance);
                }
                if state.is_empty() || from.contains(&state.as_str()) {
                    return Poll::Pending;
                }
                let reason = instance.state_reason().and_then(|r| r.message()).unwrap_or("AWS gives no reason");
                let detail = format!("{id} should become {goal} and is {state}: {reason}.");
                Poll::Failed(ProviderError::new(ErrorKind::Other, "The instance is in the wrong state", detail))
            }
        }
    };
    aws.wait(&what, limit).until(look).await
}
