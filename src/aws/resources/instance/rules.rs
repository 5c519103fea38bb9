//! What a configuration may say, and what a change does to an instance.

use super::user_data;
use crate::aws::shape;
use crate::aws::support;
use crate::aws::tags::{self, TagRules};
use crate::schema::{DiffDraft, RuleError};
use crate::value::{Path, Type, Value};
use std::collections::BTreeMap;

const STOP_START: &str = "STOP-START: the instance is stopped and started for this.";
const OF_INTERFACES: &[&str] = &[
    "associate_public_ip_address",
    "subnet_id",
    "private_ip",
    "secondary_private_ips",
    "vpc_security_group_ids",
    "security_groups",
    "ipv6_addresses",
    "ipv6_address_count",
    "source_dest_check",
];
/// Changes for which the instance must be stopped.
pub const STOPPED: &[&str] = &[
    "instance_type",
    "user_data",
    "user_data_base64",
    "cpu_options.0.core_count",
    "cpu_options.0.threads_per_core",
    "cpu_options.0.nested_virtualization",
    "capacity_reservation_specification",
    "private_dns_name_options.0.hostname_type",
];

/// Allowed values by dotted path.
const ONE_OF: &[(&str, &[&str])] = &[
    ("tenancy", &["default", "dedicated", "host"]),
    ("instance_initiated_shutdown_behavior", &["stop", "terminate"]),
    ("credit_specification.0.cpu_credits", &["standard", "unlimited"]),
    ("cpu_options.0.amd_sev_snp", &["enabled", "disabled"]),
    ("cpu_options.0.nested_virtualization", &["enabled", "disabled"]),
    ("maintenance_options.0.auto_recovery", &["default", "disabled"]),
    ("metadata_options.0.http_endpoint", &["enabled", "disabled"]),
    ("metadata_options.0.http_protocol_ipv6", &["enabled", "disabled"]),
    ("metadata_options.0.http_tokens", &["optional", "required"]),
    ("metadata_options.0.instance_metadata_tags", &["enabled", "disabled"]),
    ("private_dns_name_options.0.hostname_type", &["ip-name", "resource-name"]),
    ("capacity_reservation_specification.0.capacity_reservation_preference", &["open", "none", "capacity-reservations-only"]),
    ("instance_market_options.0.market_type", &["spot", "capacity-block"]),
    ("instance_market_options.0.spot_options.0.spot_instance_type", &["one-time", "persistent"]),
    ("instance_market_options.0.spot_options.0.instance_interruption_behavior", &["hibernate", "stop", "terminate"]),
];

fn error(path: &str, message: impl Into<String>) -> RuleError {
    let path = if path.is_empty() { Path::default() } else { Path::parse(path) };
    RuleError { path, message: message.into() }
}

fn written(config: &Value, name: &str) -> bool {
    config.get(name).is_some_and(|v| !v.is_null() && v.items().is_none_or(|i| !i.is_empty()))
}

/// Complaints about a configuration.
pub fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = Vec::new();
    for needed in ["ami", "instance_type"] {
        if !written(config, needed) && !written(config, "launch_template") {
            errors.push(error("", format!("`{needed}` is needed, or a `launch_template` that has it.")));
        }
    }
    let pairs = [
        ("user_data", "user_data_base64"),
        ("ipv6_addresses", "ipv6_address_count"),
        ("placement_group", "host_resource_group_arn"),
        ("placement_group", "placement_group_id"),
    ];
    errors.extend(support::conflicts(config, &pairs));
    for block in ["network_interface", "primary_network_interface"] {
        let both = OF_INTERFACES.iter().filter(|n| written(config, block) && written(config, n));
        errors.extend(both.map(|n| error(n, format!("`{n}` and `{block}` exclude each other: it belongs to the interface."))));
    }
    for (path, allowed) in ONE_OF {
        let value = config.at(&Path::parse(path)).and_then(Value::as_str);
        if value.is_some_and(|v| !allowed.contains(&v)) {
            let list = allowed.iter().map(|a| format!("`{a}`")).collect::<Vec<_>>().join(", ");
            errors.push(error(path, format!("One of {list} is allowed here.")));
        }
    }
    errors.extend(validate_data(config));
    errors.extend(validate_volumes(config));
    errors
}

fn validate_data(config: &Value) -> Vec<RuleError> {
    let mut errors = Vec::new();
    if shape::text(config, "user_data").is_some_and(|d| d.len() > 16384) {
        errors.push(error("user_data", "User data has at most 16384 bytes; compress it into `user_data_base64`."));
    }
    if shape::text(config, "user_data_base64").is_some_and(|d| user_data::decoded(d).is_none()) {
        errors.push(error("user_data_base64", "This is no base64; `base64encode(...)` or `user_data` helps."));
    }
    let hops = config.at(&Path::parse("metadata_options.0.http_put_response_hop_limit")).and_then(Value::as_i64);
    if hops.is_some_and(|h| !(1..=64).contains(&h)) {
        errors.push(error("metadata_options.0.http_put_response_hop_limit", "The hop limit goes from 1 to 64."));
    }
    if let Some(template) = shape::first(config, "launch_template") {
        let given = ["id", "name"].iter().filter(|n| template.get(n).is_some_and(|v| !v.is_null())).count();
        if given != 1 {
            errors.push(error("launch_template", "Exactly one of `id` and `name` is needed."));
        }
    }
    for device in shape::objects(config, "ephemeral_block_device") {
        let open = |n: &str| device.get(n).is_none_or(Value::is_null);
        if open("virtual_name") && open("no_device") {
            errors.push(error("ephemeral_block_device", "`virtual_name` is needed unless `no_device` is true."));
        }
    }
    errors
}

fn validate_volumes(config: &Value) -> Vec<RuleError> {
    let mut errors = Vec::new();
    for block in ["root_block_device", "ebs_block_device"] {
        for volume in shape::objects(config, block) {
            let kind = volume.get("volume_type").and_then(Value::as_str);
            let set = |n: &str| volume.get(n).and_then(Value::as_i64).is_some_and(|v| v > 0);
            if set("iops") && kind.is_some_and(|k| !["io1", "io2", "gp3"].contains(&k)) {
                errors.push(error(block, "`iops` belongs to volumes of type io1, io2 and gp3."));
            }
            if set("throughput") && kind.is_some_and(|k| k != "gp3") {
                errors.push(error(block, "`throughput` belongs to volumes of type gp3."));
            }
            if written(volume, "tags") && written(config, "volume_tags") {
                errors.push(error(block, "`tags` of a volume and `volume_tags` exclude each other."));
            }
        }
    }
    errors
}

/// The same user data in another form is the same.
pub fn equal(path: &Path, prior: &Value, planned: &Value) -> bool {
    match (path.schema_key().as_str(), prior.as_str(), planned.as_str()) {
        ("user_data" | "user_data_base64", Some(stored), Some(written)) => user_data::same(stored, written),
        ("cpu_options.amd_sev_snp", Some(""), Some("disabled")) => true,
        _ => false,
    }
}

/// Whether a value really changes; null and zero are the same.
fn moves(draft: &DiffDraft<'_>, path: &str) -> bool {
    if !draft.changes(path) {
        return false;
    }
    let zero = |v: Option<&Value>| v.is_none_or(|v| shape::is_zero(&v.unmark_deep().0));
    !(zero(draft.prior(path)) && zero(draft.planned(path)))
}

/// What follows from a change.
pub fn plan(draft: &mut DiffDraft<'_>) {
    volume_tags_all(draft);
    if draft.is_create() {
        return;
    }
    if draft.configured("user_data").is_some() && draft.configured("user_data_base64").is_none() {
        draft.set("user_data_base64", Value::null(Type::String));
    }
    if (written(draft.config, "network_interface") || written(draft.config, "primary_network_interface"))
        && let Some(prior) = draft.prior("source_dest_check").cloned()
    {
        draft.set("source_dest_check", prior);
    }
    plan_data(draft);
    plan_stops(draft);
    plan_root(draft);
    plan_data_volumes(draft);
    plan_template(draft);
    let primary = |v: Option<&Value>| v.and_then(Value::as_bool);
    if primary(draft.prior("enable_primary_ipv6")) == Some(true) && primary(draft.planned("enable_primary_ipv6")) == Some(false) {
        draft.require_replace("enable_primary_ipv6", Some("a primary IPv6 address cannot be given up"));
    }
}

fn plan_data(draft: &mut DiffDraft<'_>) {
    let replace = draft.planned("user_data_replace_on_change").and_then(Value::as_bool) == Some(true);
    for name in ["user_data", "user_data_base64"] {
        if !moves(draft, name) {
            continue;
        }
        if replace {
            draft.require_replace(name, Some("user_data_replace_on_change is set"));
            draft.note(name, "REPLACE: the instance is replaced because `user_data_replace_on_change` is set.");
        } else {
            draft.note(name, STOP_START);
            draft.note(name, "NO EFFECT: what is installed stays as it is, since cloud-init runs scripts at the first boot only; `user_data_replace_on_change` replaces the instance.");
        }
    }
}

/// A stop and start gives another public address, unless it is an elastic one.
fn plan_stops(draft: &mut DiffDraft<'_>) {
    if !STOPPED.iter().any(|path| moves(draft, path)) {
        return;
    }
    for path in STOPPED.iter().filter(|p| !p.starts_with("user_data")) {
        if moves(draft, path) {
            draft.note(path, STOP_START);
        }
    }
    if draft.prior("public_ip").and_then(Value::as_str).is_some_and(|ip| !ip.is_empty()) {
        draft.set_unknown("public_ip");
        draft.set_unknown("public_dns");
    }
    if moves(draft, "instance_type") {
        for block in ["cpu_options", "credit_specification"] {
            if !written(draft.config, block) {
                draft.set_unknown(block);
            }
        }
    }
}

/// IOPS and throughput follow type and size where they are not written.
fn plan_root(draft: &mut DiffDraft<'_>) {
    let of = |n: &str| format!("root_block_device.0.{n}");
    let number = |v: Option<&Value>| v.and_then(Value::as_i64);
    let (kind, size) = (moves(draft, &of("volume_type")), moves(draft, &of("volume_size")));
    if size {
        let (old, new) = (number(draft.prior(&of("volume_size"))), number(draft.planned(&of("volume_size"))));
        let text = if old > new && new.is_some() {
            "AWS refuses to shrink a volume: this will fail."
        } else {
            "The volume grows while it is used; cloud-init extends the file system at the next boot, `growpart` and `resize2fs` at once."
        };
        draft.note(&of("volume_size"), text);
    }
    for name in ["iops", "throughput"] {
        if (kind || (size && name == "iops")) && draft.configured(&of(name)).is_none() {
            draft.set_unknown(&of(name));
        }
    }
}

/// Data volumes continue those of the same device; anything but tags replaces the instance.
fn plan_data_volumes(draft: &mut DiffDraft<'_>) {
    let name = "ebs_block_device";
    if !written(draft.config, name) {
        return;
    }
    let (Some(prior), Some(planned)) = (draft.prior(name).cloned(), draft.planned(name).cloned()) else { return };
    if planned.items().is_none() {
        return;
    }
    let devices = |all: &Value| {
        all.items().unwrap_or(&[]).iter().filter_map(|d| Some((shape::string(d, "device_name")?, d.clone()))).collect::<BTreeMap<_, _>>()
    };
    let (before, config) = (devices(&prior), draft.config.get(name).map(devices).unwrap_or_default());
    let continued = planned.map_children(&mut |device| {
        let at = shape::text(device, "device_name").unwrap_or_default();
        match (before.get(at), config.get(at)) {
            (Some(old), Some(config)) => continue_device(device, old, config),
            _ => device.clone(),
        }
    });
    let after = devices(&continued);
    let others = |(at, new): (&String, &Value)| before.get(at).is_none_or(|old| device_differs(old, new));
    if before.len() != after.len() || continued.items().map_or(0, <[Value]>::len) != after.len() || after.iter().any(others) {
        draft.require_replace(name, None);
    }
    draft.set(name, continued);
}

/// What is not written stays as it was.
fn continue_device(device: &Value, old: &Value, config: &Value) -> Value {
    let open = |n: &str| config.get(n).is_none_or(Value::is_null);
    let members = device.members().into_iter().flatten().map(|(n, v)| {
        let kept = old.get(n).filter(|_| v.is_unknown() && open(n));
        (n.clone(), kept.unwrap_or(v).clone())
    });
    Value::object(members.collect()).mark(device.marks())
}

fn device_differs(old: &Value, new: &Value) -> bool {
    let fixed = |n: &str| !matches!(n, "tags" | "tags_all" | "volume_id");
    let members = new.members().into_iter().flatten().filter(|(n, _)| fixed(n));
    members.into_iter().any(|(n, v)| v.is_unknown() || !old.get(n).is_some_and(|o| shape::same(o, v)))
}

fn plan_template(draft: &mut DiffDraft<'_>) {
    if moves(draft, "launch_template.0.version") {
        draft.require_replace("launch_template.0.version", None);
    }
    let blocks = |v: Option<&Value>| v.and_then(Value::items).map_or(0, <[Value]>::len);
    if blocks(draft.prior("launch_template")) != blocks(draft.planned("launch_template")) {
        draft.require_replace("launch_template", None);
    }
}

/// The tags that written volumes shall carry, default ones included.
fn volume_tags_all(draft: &mut DiffDraft<'_>) {
    if written(draft.config, "volume_tags") {
        return;
    }
    let rules = TagRules::from_facts(draft.provider);
    for block in ["root_block_device", "ebs_block_device"] {
        if !written(draft.config, block) {
            continue;
        }
        let Some(planned) = draft.planned(block).filter(|v| v.items().is_some()) else { continue };
        let all = planned.map_children(&mut |volume| with_tags_all(&rules, volume));
        draft.set(block, all);
    }
}

fn with_tags_all(rules: &TagRules, volume: &Value) -> Value {
    let Some(mut members) = volume.members().cloned() else { return volume.clone() };
    let own = members.get("tags").cloned().unwrap_or_else(|| Value::null(Type::map(Type::String)));
    let all = if rules.defaults.is_none() || !own.is_wholly_known() {
        Value::unknown(Type::map(Type::String))
    } else {
        tags::to_value(&rules.merged(&shape::string_map(&own))).mark(&own.deep_marks())
    };
    members.insert("tags_all".into(), all);
    Value::object(members).mark(volume.marks())
}
