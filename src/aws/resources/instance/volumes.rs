//! Changes of an instance's volumes: size, type and tags, all in place.

use super::launch::volume_at;
use super::read;
use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, call};
use crate::aws::waiter::Poll;
use crate::aws::{ec2, shape};
use crate::provider::{Ctx, ErrorKind, ProviderError};
use crate::value::Value;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{EbsInstanceBlockDeviceSpecification, InstanceBlockDeviceMappingSpecification, Tag, VolumeModificationState, VolumeType};
use std::time::Duration;

/// Brings volumes and their tags to what is planned.
///
/// # Errors
/// The failing call.
pub async fn change(aws: &Aws, client: &Client, ctx: &Ctx<'_>, id: &str, prior: &Value, planned: &Value, limit: Duration) -> Result<(), ProviderError> {
    if let (Some(old), Some(new)) = (shape::first(prior, "root_block_device"), shape::first(planned, "root_block_device")) {
        modify(aws, client, old, new, limit).await?;
        keep(client, id, old, new).await?;
    }
    if shape::changed(prior, planned, "volume_tags") {
        tag_all(client, id, prior, planned).await?;
    }
    if planned.get("volume_tags").is_some_and(|t| !t.is_null()) {
        return Ok(());
    }
    for block in ["root_block_device", "ebs_block_device"] {
        for new in shape::objects(planned, block) {
            let same = |old: &&Value| block == "root_block_device" || shape::text(old, "device_name") == shape::text(new, "device_name");
            let Some(old) = shape::objects(prior, block).iter().find(same) else { continue };
            if let Some(volume) = shape::text(old, "volume_id") {
                ec2::update_tags(ctx, client, volume, old, new).await?;
            }
        }
    }
    Ok(())
}

async fn modify(aws: &Aws, client: &Client, old: &Value, new: &Value, limit: Duration) -> Result<(), ProviderError> {
    let number = |n: &str| shape::int(new, n).filter(|v| *v > 0 && shape::changed(old, new, n));
    let (size, iops, throughput) = (number("volume_size"), number("iops"), number("throughput"));
    let kind = shape::text(new, "volume_type").filter(|_| shape::changed(old, new, "volume_type"));
    let volume = shape::text(old, "volume_id").unwrap_or_default();
    if size.is_none() && iops.is_none() && throughput.is_none() && kind.is_none() {
        return Ok(());
    }
    let request = client.modify_volume().volume_id(volume).set_size(size).set_iops(iops).set_throughput(throughput).set_volume_type(kind.map(VolumeType::from));
    call("ec2:ModifyVolume", request.send()).await.map_err(|e| e.while_doing("Changing the root volume").at("root_block_device"))?;
    let what = format!("the change of the volume {volume}");
    let look = || async {
        let answer = call("ec2:DescribeVolumesModifications", client.describe_volumes_modifications().volume_ids(volume).send()).await;
        match answer {
            Err(e) => Poll::Failed(e.into()),
            Ok(a) => match a.volumes_modifications().first().and_then(|m| m.modification_state()) {
                Some(VolumeModificationState::Optimizing | VolumeModificationState::Completed) => Poll::Ready(()),
                Some(VolumeModificationState::Failed) => {
                    let why = a.volumes_modifications().first().and_then(|m| m.status_message()).unwrap_or("AWS gives no reason");
                    Poll::Failed(ProviderError::new(ErrorKind::Other, "The root volume could not be changed", format!("{volume}: {why}.")))
                }
                _ => Poll::Pending,
            },
        }
    };
    aws.wait(&what, limit).until(look).await
}

/// Whether the root volume outlives the instance.
async fn keep(client: &Client, id: &str, old: &Value, new: &Value) -> Result<(), ProviderError> {
    let name = "delete_on_termination";
    let Some(want) = shape::flag(new, name).filter(|w| shape::flag(old, name) != Some(*w)) else { return Ok(()) };
    let ebs = EbsInstanceBlockDeviceSpecification::builder().delete_on_termination(want).build();
    let mapping = InstanceBlockDeviceMappingSpecification::builder().set_device_name(shape::string(old, "device_name")).ebs(ebs).build();
    let request = client.modify_instance_attribute().instance_id(id).block_device_mappings(mapping);
    call("ec2:ModifyInstanceAttribute", request.send()).await.map(|_| ()).map_err(|e| e.while_doing("Changing the root volume").at("root_block_device"))
}

async fn tag_all(client: &Client, id: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let doing = |e: ApiError| e.while_doing("Changing the tags of the volumes").at("volume_tags");
    let Some(instance) = read::one(client, id).await.map_err(doing)? else { return Ok(()) };
    let volumes = read::volume_ids(&instance);
    let tags = |v: &Value| v.get("volume_tags").map(shape::string_map).unwrap_or_default();
    let (old, new) = (tags(prior), tags(planned));
    let gone: Vec<Tag> = old.keys().filter(|k| !new.contains_key(*k)).map(|k| Tag::builder().key(k).build()).collect();
    let set: Vec<Tag> = new.iter().filter(|(k, v)| old.get(*k) != Some(*v)).map(|(k, v)| Tag::builder().key(k).value(v).build()).collect();
    if !gone.is_empty() {
        call("ec2:DeleteTags", client.delete_tags().set_resources(Some(volumes.clone())).set_tags(Some(gone)).send()).await.map_err(doing)?;
    }
    if !set.is_empty() {
        call("ec2:CreateTags", client.create_tags().set_resources(Some(volumes)).set_tags(Some(set)).send()).await.map_err(doing)?;
    }
    Ok(())
}

/// Tags the volumes of a new instance: device (`None`: the root) and tags.
///
/// # Errors
/// The failing call.
pub async fn tag_new(client: &Client, instance: &aws_sdk_ec2::types::Instance, devices: Vec<(Option<String>, crate::aws::tags::Tags)>) -> Result<(), ProviderError> {
    for (device, tags) in devices {
        let Some(volume) = volume_at(instance, device.as_deref()) else { continue };
        let tags = tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect();
        let request = client.create_tags().resources(volume).set_tags(Some(tags));
        call("ec2:CreateTags", request.send()).await.map_err(|e| e.while_doing("Tagging the volumes"))?;
    }
    Ok(())
}
