//! An instance as the state writes it.

use super::devices;
use super::read::{Full, TEMPLATE_ID, TEMPLATE_VERSION};
use super::user_data;
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, region};
use crate::provider::Ctx;
use crate::schema::{BlockSchema, ResourceSchema};
use crate::value::{Members, Type, Value};
use aws_sdk_ec2::types::{Instance, InstanceNetworkInterface, MonitoringState};

/// The attributes of an instance over what they were.
#[must_use]
pub fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let i = &full.instance;
    let id = i.instance_id().unwrap_or_default();
    let (tags, tags_all) = ec2::observed(ctx, i.tags(), base);
    let a = &full.attributes;
    let profile = i.iam_instance_profile().and_then(|p| p.arn()).and_then(|arn| arn.rsplit('/').next());
    let monitored = i.monitoring().and_then(|m| m.state());
    let attrs = Attrs::over(schema, base)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, None, &format!("instance/{id}"))))
        .text("ami", i.image_id())
        .flag("disable_api_stop", a.keep_running)
        .flag("disable_api_termination", a.keep)
        .flag("ebs_optimized", i.ebs_optimized())
        .flag("force_destroy", shape::flag(base, "force_destroy"))
        .flag("get_password_data", Some(false))
        .flag("hibernation", i.hibernation_options().and_then(|h| h.configured()))
        .text("iam_instance_profile", profile)
        .text("instance_initiated_shutdown_behavior", a.shutdown.as_deref())
        .text("instance_lifecycle", i.instance_lifecycle().map(|l| l.as_str()))
        .text("instance_state", i.state().and_then(|s| s.name()).map(|s| s.as_str()))
        .text("instance_type", i.instance_type().map(|t| t.as_str()))
        .text("key_name", i.key_name())
        .flag("monitoring", Some(matches!(monitored, Some(MonitoringState::Enabled | MonitoringState::Pending))))
        .text("outpost_arn", i.outpost_arn())
        .text("password_data", None)
        .text("spot_instance_request_id", i.spot_instance_request_id())
        .flag("user_data_replace_on_change", shape::flag(base, "user_data_replace_on_change"))
        .put("tags", tags)
        .put("tags_all", tags_all);
    let attrs = data(placement(attrs, i), base, full);
    let attrs = groups(network(attrs, base, i), base, full);
    let attrs = blocks(attrs, schema, base, full);
    devices::flatten(ctx, attrs, schema, base, full).finish()
}

fn data(attrs: Attrs, base: &Value, full: &Full) -> Attrs {
    let seen = user_data::observed(shape::text(base, "user_data"), shape::text(base, "user_data_base64"), full.attributes.user_data.as_deref());
    attrs.text_or_null("user_data", seen.text.as_deref()).text_or_null("user_data_base64", seen.base64.as_deref())
}

fn placement(attrs: Attrs, instance: &Instance) -> Attrs {
    let Some(p) = instance.placement() else { return attrs };
    let attrs = attrs
        .text("availability_zone", p.availability_zone())
        .text("host_id", p.host_id())
        .text("placement_group", p.group_name())
        .text("placement_group_id", p.group_id())
        .int("placement_partition_number", p.partition_number())
        .text("tenancy", p.tenancy().map(|t| t.as_str()));
    match p.host_resource_group_arn() {
        Some(arn) => attrs.text("host_resource_group_arn", Some(arn)),
        None => attrs,
    }
}

fn index(interface: &InstanceNetworkInterface) -> Option<i32> {
    interface.attachment().and_then(|a| a.device_index())
}

/// The interface at index 0.
#[must_use]
pub fn primary(instance: &Instance) -> Option<&InstanceNetworkInterface> {
    instance.network_interfaces().iter().find(|n| index(n) == Some(0))
}

fn network(attrs: Attrs, base: &Value, i: &Instance) -> Attrs {
    let attrs = attrs.text("private_dns", i.private_dns_name()).text("private_ip", i.private_ip_address()).text("public_dns", i.public_dns_name()).text("public_ip", i.public_ip_address());
    let Some(n) = primary(i) else {
        return attrs
            .flag("associate_public_ip_address", Some(i.public_ip_address().is_some()))
            .int("ipv6_address_count", Some(0))
            .text("primary_network_interface_id", None)
            .text("subnet_id", i.subnet_id())
            .list("ipv6_addresses", Vec::<String>::new())
            .set("secondary_private_ips", Vec::<String>::new());
    };
    let six: Vec<&str> = n.ipv6_addresses().iter().filter_map(|a| a.ipv6_address()).collect();
    let secondary = n.private_ip_addresses().iter().filter(|a| a.primary() != Some(true)).filter_map(|a| a.private_ip_address());
    let has_primary6 = n.ipv6_addresses().iter().any(|a| a.is_primary_ipv6() == Some(true));
    let attrs = attrs
        .flag("associate_public_ip_address", Some(n.association().is_some()))
        .int("ipv6_address_count", i32::try_from(six.len()).ok())
        .list("ipv6_addresses", ordered(base, &six))
        .text("primary_network_interface_id", n.network_interface_id())
        .set("secondary_private_ips", secondary)
        .text("subnet_id", n.subnet_id().or(i.subnet_id()))
        .flag("source_dest_check", i.source_dest_check().or(n.source_dest_check()));
    match (has_primary6, shape::flag(base, "enable_primary_ipv6")) {
        (true, _) => attrs.flag("enable_primary_ipv6", Some(true)),
        (false, Some(_)) => attrs.flag("enable_primary_ipv6", Some(false)),
        (false, None) => attrs,
    }
}

/// Addresses in the order that they were written in, where they are the same ones.
fn ordered(base: &Value, seen: &[&str]) -> Vec<String> {
    let written = shape::strings(base, "ipv6_addresses");
    let same = written.len() == seen.len() && written.iter().all(|w| seen.contains(&w.as_str()));
    if same { written } else { seen.iter().map(|s| (*s).to_string()).collect() }
}

/// Ids of the groups; names too where the VPC is the default one.
fn groups(attrs: Attrs, base: &Value, full: &Full) -> Attrs {
    let i = &full.instance;
    let of_interface = primary(i).map(|n| n.groups()).filter(|g| !g.is_empty());
    let all = of_interface.unwrap_or_else(|| i.security_groups());
    let ids: Vec<&str> = all.iter().filter_map(|g| g.group_id()).collect();
    let names: Vec<&str> = all.iter().filter_map(|g| g.group_name()).collect();
    let written = shape::strings(base, "security_groups");
    let still = !written.is_empty() && written.len() == ids.len() && written.iter().all(|w| ids.contains(&w.as_str()) || names.contains(&w.as_str()));
    let in_subnet = i.subnet_id().is_some_and(|s| !s.is_empty());
    let shown_names = match (still, full.default_vpc || !in_subnet) {
        (true, _) => written,
        (false, true) => names.iter().map(|n| (*n).to_string()).collect(),
        (false, false) => Vec::new(),
    };
    attrs.set("vpc_security_group_ids", if in_subnet { ids } else { Vec::new() }).set("security_groups", shown_names)
}

fn block_of<'a>(schema: &'a ResourceSchema, name: &str) -> Option<&'a BlockSchema> {
    schema.block.blocks.get(name).map(|b| &*b.block)
}

/// An object of a block's members; what is not given is null.
#[must_use]
pub fn object(block: &BlockSchema, members: Vec<(&str, Value)>) -> Value {
    let Type::Object(ty) = block.ty() else { return Value::dynamic() };
    let mut all: Members = ty.attrs.iter().map(|(n, t)| (n.clone(), Value::null(t.clone()))).collect();
    for (name, value) in members {
        if let Some(slot) = all.get_mut(name) {
            *slot = value;
        }
    }
    for (name, nested) in &block.blocks {
        if all.get(name).is_some_and(Value::is_null) {
            all.insert(name.clone(), Value::list(nested.block.ty(), Vec::new()));
        }
    }
    Value::object(all)
}

fn list_of(schema: &ResourceSchema, name: &str, members: Option<Vec<(&str, Value)>>) -> Value {
    let Some(block) = block_of(schema, name) else { return Value::dynamic() };
    Value::list(block.ty(), members.map(|m| object(block, m)).into_iter().collect())
}

fn text(value: Option<&str>) -> Value {
    Value::string(value.unwrap_or_default())
}

fn flag(value: Option<bool>) -> Value {
    Value::bool(value.unwrap_or(false))
}

fn number(value: Option<i32>) -> Value {
    Value::int(value.map_or(0, i64::from))
}

fn blocks(attrs: Attrs, schema: &ResourceSchema, base: &Value, full: &Full) -> Attrs {
    let i = &full.instance;
    let cpu = i.cpu_options().map(|c| {
        vec![
            ("amd_sev_snp", text(c.amd_sev_snp().map(|v| v.as_str()))),
            ("core_count", number(c.core_count())),
            ("nested_virtualization", text(c.nested_virtualization().map(|v| v.as_str()))),
            ("threads_per_core", number(c.threads_per_core())),
        ]
    });
    let metadata = i.metadata_options().map(|m| {
        vec![
            ("http_endpoint", text(m.http_endpoint().map(|v| v.as_str()))),
            ("http_protocol_ipv6", text(m.http_protocol_ipv6().map(|v| v.as_str()))),
            ("http_put_response_hop_limit", number(m.http_put_response_hop_limit())),
            ("http_tokens", text(m.http_tokens().map(|v| v.as_str()))),
            ("instance_metadata_tags", text(m.instance_metadata_tags().map(|v| v.as_str()))),
        ]
    });
    let dns = i.private_dns_name_options().map(|d| {
        vec![
            ("enable_resource_name_dns_a_record", flag(d.enable_resource_name_dns_a_record())),
            ("enable_resource_name_dns_aaaa_record", flag(d.enable_resource_name_dns_aaaa_record())),
            ("hostname_type", text(d.hostname_type().map(|v| v.as_str()))),
        ]
    });
    let enclave = i.enclave_options().map(|e| vec![("enabled", flag(e.enabled()))]);
    let maintenance = i.maintenance_options().map(|m| vec![("auto_recovery", text(m.auto_recovery().map(|v| v.as_str())))]);
    let credits = full.credits.as_deref().map(|c| vec![("cpu_credits", Value::string(c))]);
    attrs
        .put("cpu_options", list_of(schema, "cpu_options", cpu))
        .put("metadata_options", list_of(schema, "metadata_options", metadata))
        .put("private_dns_name_options", list_of(schema, "private_dns_name_options", dns))
        .put("enclave_options", list_of(schema, "enclave_options", enclave))
        .put("maintenance_options", list_of(schema, "maintenance_options", maintenance))
        .put("credit_specification", list_of(schema, "credit_specification", credits))
        .put("capacity_reservation_specification", reservation(schema, i))
        .put("instance_market_options", market(schema, full))
        .put("launch_template", template(schema, base, full))
        .put("network_interface", interfaces(schema, base, i))
        .put("primary_network_interface", primary_interface(schema, i))
}

fn reservation(schema: &ResourceSchema, i: &Instance) -> Value {
    let name = "capacity_reservation_specification";
    let Some(block) = block_of(schema, name) else { return Value::dynamic() };
    let target_block = block.blocks.get("capacity_reservation_target").map(|b| &*b.block);
    let members = i.capacity_reservation_specification().map(|c| {
        let mut members = vec![("capacity_reservation_preference", text(c.capacity_reservation_preference().map(|p| p.as_str())))];
        if let (Some(t), Some(inner)) = (c.capacity_reservation_target(), target_block) {
            let target = vec![("capacity_reservation_id", text(t.capacity_reservation_id())), ("capacity_reservation_resource_group_arn", text(t.capacity_reservation_resource_group_arn()))];
            members.push(("capacity_reservation_target", Value::list(inner.ty(), vec![object(inner, target)])));
        }
        members
    });
    list_of(schema, name, members)
}

fn market(schema: &ResourceSchema, full: &Full) -> Value {
    let name = "instance_market_options";
    let options = block_of(schema, name).and_then(|b| b.blocks.get("spot_options")).map(|b| &*b.block);
    let members = full.spot.as_ref().zip(options).map(|(spot, inner)| {
        let until = spot.valid_until().and_then(|t| t.fmt(aws_sdk_ec2::primitives::DateTimeFormat::DateTime).ok());
        let members = vec![
            ("instance_interruption_behavior", text(spot.instance_interruption_behavior().map(|b| b.as_str()))),
            ("max_price", text(spot.spot_price())),
            ("spot_instance_type", text(spot.r#type().map(|t| t.as_str()))),
            ("valid_until", text(until.as_deref())),
        ];
        vec![("market_type", Value::string("spot")), ("spot_options", Value::list(inner.ty(), vec![object(inner, members)]))]
    });
    list_of(schema, name, members)
}

/// `$Default` and `$Latest` stay as long as they are still the version of the instance.
fn template(schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let tag = |key: &str| full.instance.tags().iter().find(|t| t.key() == Some(key)).and_then(|t| t.value());
    let stored = shape::first(base, "launch_template");
    let known = stored.and_then(|s| shape::text(s, "version"));
    let Some(t) = &full.template else {
        return stored.map_or_else(|| list_of(schema, "launch_template", None), |_| base.get("launch_template").map_or_else(Value::dynamic, shape::known_part));
    };
    let current = tag(TEMPLATE_VERSION);
    let newest = |n: Option<i64>| n.map(|n| n.to_string());
    let version = match (known, current) {
        (Some("$Default"), Some(v)) if newest(t.default_version_number()).as_deref() == Some(v) => Some("$Default"),
        (Some("$Latest"), Some(v)) if newest(t.latest_version_number()).as_deref() == Some(v) => Some("$Latest"),
        (known, None) => known,
        (_, current) => current,
    };
    let id = tag(TEMPLATE_ID).or(t.launch_template_id());
    list_of(schema, "launch_template", Some(vec![("id", text(id)), ("name", text(t.launch_template_name())), ("version", text(version))]))
}

/// Interfaces at the indexes that are written; others are others' business.
fn interfaces(schema: &ResourceSchema, base: &Value, i: &Instance) -> Value {
    let Some(block) = block_of(schema, "network_interface") else { return Value::dynamic() };
    let written: Vec<i64> = shape::objects(base, "network_interface").iter().filter_map(|n| n.get("device_index")?.as_i64()).collect();
    let listed = i.network_interfaces().iter().filter(|n| index(n).is_some_and(|x| written.contains(&i64::from(x))));
    let items = listed.map(|n| {
        let a = n.attachment();
        let members = vec![
            ("delete_on_termination", flag(a.and_then(|a| a.delete_on_termination()))),
            ("device_index", number(index(n))),
            ("network_card_index", number(a.and_then(|a| a.network_card_index()))),
            ("network_interface_id", text(n.network_interface_id())),
        ];
        object(block, members)
    });
    Value::set(block.ty(), items.collect())
}

fn primary_interface(schema: &ResourceSchema, i: &Instance) -> Value {
    let members = primary(i).map(|n| {
        let kept = n.attachment().and_then(|a| a.delete_on_termination());
        vec![("delete_on_termination", flag(kept)), ("network_interface_id", text(n.network_interface_id()))]
    });
    list_of(schema, "primary_network_interface", members)
}
