//! The arguments of an instance.

use crate::aws::{support, timeouts};
use crate::schema::{BlockSchema, NestedBlock, boolean, list_of, map_of, number, set_of, string};
use crate::value::{Type, Value};

/// The whole schema.
#[must_use]
pub fn block() -> BlockSchema {
    blocks(network(machine(support::tagged())))
}

fn off() -> Value {
    Value::bool(false)
}

/// What it runs on and how.
fn machine(block: BlockSchema) -> BlockSchema {
    block
        .attr("ami", string().optional().computed().force_new())
        .attr("availability_zone", string().optional().computed().force_new())
        .attr("disable_api_stop", boolean().optional().computed())
        .attr("disable_api_termination", boolean().optional().computed())
        .attr("ebs_optimized", boolean().optional().computed().force_new())
        .attr("force_destroy", boolean().optional().default(off()))
        .attr("get_password_data", boolean().optional().default(off()).unsupported())
        .attr("hibernation", boolean().optional().force_new())
        .attr("host_id", string().optional().computed().force_new())
        .attr("host_resource_group_arn", string().optional().computed().force_new())
        .attr("iam_instance_profile", string().optional().computed())
        .attr("instance_initiated_shutdown_behavior", string().optional().computed())
        .attr("instance_lifecycle", string().computed())
        .attr("instance_state", string().computed())
        .attr("instance_type", string().optional().computed())
        .attr("key_name", string().optional().computed().force_new())
        .attr("monitoring", boolean().optional().computed())
        .attr("outpost_arn", string().computed())
        .attr("password_data", string().computed())
        .attr("placement_group", string().optional().computed().force_new())
        .attr("placement_group_id", string().optional().computed().force_new())
        .attr("placement_partition_number", number().optional().computed().force_new())
        .attr("spot_instance_request_id", string().computed())
        .attr("tenancy", string().optional().computed().force_new())
        .attr("user_data", string().optional())
        .attr("user_data_base64", string().optional().computed())
        .attr("user_data_replace_on_change", boolean().optional().default(off()))
        .attr("volume_tags", map_of(Type::String).optional())
}

/// Where it is reached.
fn network(block: BlockSchema) -> BlockSchema {
    block
        .attr("associate_public_ip_address", boolean().optional().computed().force_new())
        .attr("enable_primary_ipv6", boolean().optional().computed())
        .attr("ipv6_address_count", number().optional().computed().force_new())
        .attr("ipv6_addresses", list_of(Type::String).optional().computed().force_new())
        .attr("primary_network_interface_id", string().computed())
        .attr("private_dns", string().computed())
        .attr("private_ip", string().optional().computed().force_new())
        .attr("public_dns", string().computed())
        .attr("public_ip", string().computed())
        .attr("secondary_private_ips", set_of(Type::String).optional().computed())
        .attr("security_groups", set_of(Type::String).optional().computed().force_new())
        .attr("source_dest_check", boolean().optional().default(Value::bool(true)))
        .attr("subnet_id", string().optional().computed().force_new())
        .attr("vpc_security_group_ids", set_of(Type::String).optional().computed())
}

fn blocks(block: BlockSchema) -> BlockSchema {
    let credits = BlockSchema::new().attr("cpu_credits", string().optional());
    let enclave = BlockSchema::new().attr("enabled", boolean().optional().computed().force_new());
    let maintenance = BlockSchema::new().attr("auto_recovery", string().optional().computed());
    let dns = BlockSchema::new()
        .attr("enable_resource_name_dns_a_record", boolean().optional().computed())
        .attr("enable_resource_name_dns_aaaa_record", boolean().optional().computed())
        .attr("hostname_type", string().optional().computed());
    let cpu = BlockSchema::new()
        .attr("amd_sev_snp", string().optional().computed().force_new())
        .attr("core_count", number().optional().computed())
        .attr("nested_virtualization", string().optional().computed())
        .attr("threads_per_core", number().optional().computed());
    let template = BlockSchema::new()
        .attr("id", string().optional().computed().force_new())
        .attr("name", string().optional().computed().force_new())
        .attr("version", string().optional().default(Value::string("$Default")));
    let metadata = BlockSchema::new()
        .attr("http_endpoint", string().optional().default(Value::string("enabled")))
        .attr("http_protocol_ipv6", string().optional().default(Value::string("disabled")))
        .attr("http_put_response_hop_limit", number().optional().computed())
        .attr("http_tokens", string().optional().computed())
        .attr("instance_metadata_tags", string().optional().computed());
    block
        .block("capacity_reservation_specification", reservation())
        .block("cpu_options", cpu.list(0, 1).computed())
        .block("credit_specification", credits.list(0, 1).computed())
        .block("ebs_block_device", data_volume())
        .block("enclave_options", enclave.list(0, 1).computed())
        .block("ephemeral_block_device", ephemeral())
        .block("instance_market_options", market())
        .block("launch_template", template.list(0, 1))
        .block("maintenance_options", maintenance.list(0, 1).computed())
        .block("metadata_options", metadata.list(0, 1).computed())
        .block("network_interface", interface())
        .block("primary_network_interface", primary_interface())
        .block("private_dns_name_options", dns.list(0, 1).computed())
        .block("root_block_device", root_volume())
        .block("secondary_network_interface", secondary_interface())
        .block("timeouts", timeouts::block(&["create", "delete", "read", "update"]))
}

fn reservation() -> NestedBlock {
    let target = BlockSchema::new().attr("capacity_reservation_id", string().optional()).attr("capacity_reservation_resource_group_arn", string().optional());
    BlockSchema::new().attr("capacity_reservation_preference", string().optional()).block("capacity_reservation_target", target.list(0, 1)).list(0, 1).computed()
}

/// Only tags change in place; `rules` asks for replacement, device by device.
fn data_volume() -> NestedBlock {
    BlockSchema::new()
        .attr("delete_on_termination", boolean().optional().default(Value::bool(true)))
        .attr("device_name", string().required())
        .attr("encrypted", boolean().optional().computed())
        .attr("iops", number().optional().computed())
        .attr("kms_key_id", string().optional().computed())
        .attr("snapshot_id", string().optional().computed())
        .attr("tags", map_of(Type::String).optional())
        .attr("tags_all", map_of(Type::String).optional().computed())
        .attr("throughput", number().optional().computed())
        .attr("volume_id", string().computed())
        .attr("volume_size", number().optional().computed())
        .attr("volume_type", string().optional().computed())
        .set(0, 0)
        .computed()
}

fn root_volume() -> NestedBlock {
    BlockSchema::new()
        .attr("delete_on_termination", boolean().optional().default(Value::bool(true)))
        .attr("device_name", string().computed())
        .attr("encrypted", boolean().optional().computed().force_new())
        .attr("iops", number().optional().computed())
        .attr("kms_key_id", string().optional().computed().force_new())
        .attr("tags", map_of(Type::String).optional())
        .attr("tags_all", map_of(Type::String).optional().computed())
        .attr("throughput", number().optional().computed())
        .attr("volume_id", string().computed())
        .attr("volume_size", number().optional().computed())
        .attr("volume_type", string().optional().computed())
        .list(0, 1)
        .computed()
}

fn ephemeral() -> NestedBlock {
    BlockSchema::new()
        .attr("device_name", string().required())
        .attr("no_device", boolean().optional())
        .attr("virtual_name", string().optional())
        .set(0, 0)
        .computed()
        .force_new()
}

fn market() -> NestedBlock {
    let spot = BlockSchema::new()
        .attr("instance_interruption_behavior", string().optional().computed())
        .attr("max_price", string().optional().computed())
        .attr("spot_instance_type", string().optional().computed())
        .attr("valid_until", string().optional().computed());
    BlockSchema::new().attr("market_type", string().optional().computed()).block("spot_options", spot.list(0, 1).computed()).list(0, 1).computed().force_new()
}

fn interface() -> NestedBlock {
    BlockSchema::new()
        .attr("delete_on_termination", boolean().optional().default(off()).force_new())
        .attr("device_index", number().required().force_new())
        .attr("network_card_index", number().optional().default(Value::int(0)).force_new())
        .attr("network_interface_id", string().required().force_new())
        .set(0, 0)
        .computed()
}

fn primary_interface() -> NestedBlock {
    BlockSchema::new().attr("delete_on_termination", boolean().computed()).attr("network_interface_id", string().required().force_new()).list(0, 1).computed()
}

fn secondary_interface() -> NestedBlock {
    BlockSchema::new()
        .attr("delete_on_termination", boolean().optional())
        .attr("device_index", number().optional())
        .attr("interface_type", string().optional())
        .attr("mac_address", string().computed())
        .attr("network_card_index", number().required())
        .attr("private_ip_address_count", number().optional())
        .attr("private_ip_addresses", list_of(Type::String).computed())
        .attr("secondary_interface_id", string().computed())
        .attr("secondary_network_id", string().computed())
        .attr("secondary_subnet_id", string().required())
        .attr("source_dest_check", boolean().computed())
        .attr("status", string().computed())
        .set(0, 0)
        .unsupported()
}
