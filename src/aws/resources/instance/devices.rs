//! Block devices of an instance as the state writes them.

use super::flatten::object;
use super::read::Full;
use crate::aws::ec2;
use crate::aws::shape::{self, Attrs};
use crate::aws::tags::TagRules;
use crate::provider::Ctx;
use crate::schema::{BlockSchema, ResourceSchema};
use crate::value::{Type, Value};
use aws_sdk_ec2::types::{InstanceBlockDeviceMapping, Volume};
use std::collections::BTreeMap;

/// Sets `root_block_device`, `ebs_block_device` and `volume_tags`.
#[must_use]
pub fn flatten(ctx: &Ctx<'_>, attrs: Attrs, schema: &ResourceSchema, base: &Value, full: &Full) -> Attrs {
    let inner = |name: &str| schema.block.blocks.get(name).map(|b| b.block.clone());
    let (Some(root), Some(data)) = (inner("root_block_device"), inner("ebs_block_device")) else { return attrs };
    let for_all = base.get("volume_tags").is_some_and(|t| !t.is_null());
    let written = shape::objects(base, "ebs_block_device");
    let name_of = |device: &Value| shape::text(device, "device_name").map(str::to_string);
    let names: Vec<String> = written.iter().filter_map(name_of).collect();
    let mut roots = Vec::new();
    let mut others = Vec::new();
    for mapping in full.instance.block_device_mappings() {
        let Some(volume) = mapping.ebs().and_then(|e| e.volume_id()).and_then(|id| full.volumes.get(id)) else { continue };
        let device = mapping.device_name().unwrap_or_default();
        if mapping.device_name() == full.instance.root_device_name() {
            let before = shape::first(base, "root_block_device");
            roots.push(one(ctx, &root, mapping, volume, before, for_all));
        } else if names.is_empty() || names.iter().any(|n| n == device) {
            let before = written.iter().find(|d| shape::text(d, "device_name") == Some(device));
            others.push(one(ctx, &data, mapping, volume, before, for_all));
        }
    }
    let attrs = attrs.put("root_block_device", Value::list(root.ty(), roots)).put("ebs_block_device", Value::set(data.ty(), others));
    if for_all { attrs.put("volume_tags", all_tags(ctx, full)) } else { attrs }
}

fn one(ctx: &Ctx<'_>, block: &BlockSchema, mapping: &InstanceBlockDeviceMapping, volume: &Volume, before: Option<&Value>, for_all: bool) -> Value {
    let text = |t: Option<&str>| Value::string(t.unwrap_or_default());
    let number = |n: Option<i32>| Value::int(n.map_or(0, i64::from));
    let kept = mapping.ebs().and_then(|e| e.delete_on_termination());
    let mut members = vec![
        ("delete_on_termination", Value::bool(kept.unwrap_or(false))),
        ("device_name", text(mapping.device_name())),
        ("encrypted", Value::bool(volume.encrypted().unwrap_or(false))),
        ("iops", number(volume.iops())),
        ("kms_key_id", text(volume.kms_key_id())),
        ("snapshot_id", text(volume.snapshot_id())),
        ("throughput", number(volume.throughput())),
        ("volume_id", text(volume.volume_id())),
        ("volume_size", number(volume.size())),
        ("volume_type", text(volume.volume_type().map(|t| t.as_str()))),
    ];
    if !for_all {
        let nothing = Value::dynamic();
        let (tags, tags_all) = ec2::observed(ctx, volume.tags(), before.unwrap_or(&nothing));
        members.push(("tags", tags));
        members.push(("tags_all", tags_all));
    }
    object(block, members)
}

/// The tags of all volumes together.
fn all_tags(ctx: &Ctx<'_>, full: &Full) -> Value {
    let rules = TagRules::from_facts(ctx.facts);
    let all: BTreeMap<String, String> = full.volumes.values().flat_map(|v| ec2::tags_of(v.tags())).filter(|(k, _)| !rules.is_foreign(k)).collect();
    Value::map(Type::String, all.iter().map(|(k, v)| (k.as_str().into(), Value::string(v))).collect())
}
