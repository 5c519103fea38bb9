//! Schema and pure rules of a table.

use crate::aws::{shape, support, timeouts};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, RuleError, boolean, list_of, number, set_of, string};
use crate::value::{Path, Type, Value};
use std::collections::BTreeSet;

pub(super) fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("billing_mode", string().optional().default(Value::string("PROVISIONED")))
        .attr("deletion_protection_enabled", boolean().optional())
        .attr("hash_key", string().optional().computed().force_new())
        .attr("name", string().required().force_new())
        .attr("range_key", string().optional().force_new())
        .attr("read_capacity", number().optional().computed())
        .attr("stream_arn", string().computed())
        .attr("stream_enabled", boolean().optional())
        .attr("stream_label", string().computed())
        .attr("stream_view_type", string().optional().computed())
        .attr("table_class", string().optional().default(Value::string("STANDARD")))
        .attr("write_capacity", number().optional().computed())
        .block("attribute", BlockSchema::new().attr("name", string().required()).attr("type", string().required()).set(0, 0))
        .block("global_secondary_index", global())
        .block("local_secondary_index", local())
        .block(
            "point_in_time_recovery",
            BlockSchema::new()
                .attr("enabled", boolean().required())
                .attr("recovery_period_in_days", number().optional().computed())
                .list(0, 1)
                .computed(),
        )
        .block(
            "server_side_encryption",
            BlockSchema::new()
                .attr("enabled", boolean().required())
                .attr("kms_key_arn", string().optional().computed())
                .list(0, 1)
                .computed(),
        )
        .block("timeouts", timeouts::block(&["create", "update", "delete"]))
        .block(
            "ttl",
            BlockSchema::new().attr("attribute_name", string().optional()).attr("enabled", boolean().optional()).list(0, 1).computed(),
        );
    let mut schema = ResourceSchema::new(1, later(block));
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema.rules.upgrade = Some(|_, attributes| Ok(attributes));
    schema
}

fn units(members: [&str; 2]) -> BlockSchema {
    members.iter().fold(BlockSchema::new(), |b, n| b.attr(n, number().optional().computed()))
}

fn global() -> crate::schema::NestedBlock {
    BlockSchema::new()
        .attr("hash_key", string().optional().computed())
        .attr("name", string().required())
        .attr("non_key_attributes", set_of(Type::String).optional())
        .attr("projection_type", string().required())
        .attr("range_key", string().optional())
        .attr("read_capacity", number().optional().computed())
        .attr("write_capacity", number().optional().computed())
        .block(
            "key_schema",
            BlockSchema::new().attr("attribute_name", string().required()).attr("key_type", string().required()).list(0, 0).unsupported(),
        )
        .block("on_demand_throughput", units(["max_read_request_units", "max_write_request_units"]).list(0, 1).unsupported())
        .block("warm_throughput", units(["read_units_per_second", "write_units_per_second"]).list(0, 1).computed().unsupported())
        .set(0, 0)
}

fn local() -> crate::schema::NestedBlock {
    BlockSchema::new()
        .attr("name", string().required())
        .attr("non_key_attributes", list_of(Type::String).optional())
        .attr("projection_type", string().required())
        .attr("range_key", string().required())
        .set(0, 0)
        .force_new()
}

/// What is in the provider's schema and not handled yet.
fn later(block: BlockSchema) -> BlockSchema {
    let texts = ["restore_backup_arn", "restore_date_time", "restore_source_name", "restore_source_table_arn"];
    let block = texts.iter().fold(block, |b, n| b.attr(n, string().optional().unsupported()));
    let csv = BlockSchema::new().attr("delimiter", string().optional()).attr("header_list", set_of(Type::String).optional());
    let source = BlockSchema::new()
        .attr("bucket", string().required())
        .attr("bucket_owner", string().optional())
        .attr("key_prefix", string().optional());
    let import = BlockSchema::new()
        .attr("input_compression_type", string().optional())
        .attr("input_format", string().required())
        .block("input_format_options", BlockSchema::new().block("csv", csv.list(0, 1)).list(0, 1))
        .block("s3_bucket_source", source.list(1, 1));
    let replica = BlockSchema::new()
        .attr("arn", string().computed())
        .attr("consistency_mode", string().optional())
        .attr("deletion_protection_enabled", boolean().optional().computed())
        .attr("kms_key_arn", string().optional().computed())
        .attr("point_in_time_recovery", boolean().optional())
        .attr("propagate_tags", boolean().optional())
        .attr("region_name", string().required())
        .attr("stream_arn", string().computed())
        .attr("stream_label", string().computed());
    block
        .attr("restore_to_latest_time", boolean().optional().unsupported())
        .block("global_table_witness", BlockSchema::new().attr("region_name", string().optional().computed()).list(0, 1).unsupported())
        .block("import_table", import.list(0, 1).unsupported())
        .block("on_demand_throughput", units(["max_read_request_units", "max_write_request_units"]).list(0, 1).unsupported())
        .block("replica", replica.set(0, 0).unsupported())
        .block("warm_throughput", units(["read_units_per_second", "write_units_per_second"]).list(0, 1).computed().unsupported())
}

/// Whether capacity is paid by request.
pub(super) fn is_on_demand(object: &Value) -> bool {
    shape::text(object, "billing_mode") == Some("PAY_PER_REQUEST")
}

/// Every key is described by an `attribute`, and nothing else is.
pub(super) fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = Vec::new();
    let mut wrong = |name: &str, message: String| errors.push(RuleError { path: Path::attr(name), message });
    for (name, allowed) in [
        ("billing_mode", ["PROVISIONED", "PAY_PER_REQUEST"].as_slice()),
        ("table_class", &["STANDARD", "STANDARD_INFREQUENT_ACCESS"]),
        ("stream_view_type", &["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"]),
    ] {
        if shape::text(config, name).is_some_and(|t| !allowed.contains(&t)) {
            wrong(name, format!("`{name}` is one of {}.", allowed.join(", ")));
        }
    }
    if config.get("hash_key").is_none_or(Value::is_null) {
        wrong("hash_key", "A table needs a `hash_key`.".into());
    }
    let known = ["attribute", "global_secondary_index", "local_secondary_index", "hash_key", "range_key"]
        .iter()
        .all(|n| config.get(n).is_none_or(Value::is_wholly_known));
    if !known {
        return errors;
    }
    let mut used: BTreeSet<&str> = [shape::text(config, "hash_key"), shape::text(config, "range_key")].into_iter().flatten().collect();
    for index in shape::objects(config, "global_secondary_index").iter().chain(shape::objects(config, "local_secondary_index")) {
        used.extend(["hash_key", "range_key"].iter().filter_map(|n| shape::text(index, n)));
    }
    let described: BTreeSet<&str> = shape::objects(config, "attribute").iter().filter_map(|a| shape::text(a, "name")).collect();
    let list = |names: Vec<&&str>| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    let missing: Vec<&&str> = used.difference(&described).collect();
    let unused: Vec<&&str> = described.difference(&used).collect();
    if !missing.is_empty() {
        wrong("attribute", format!("Keys need an `attribute` block with their type: {}.", list(missing)));
    }
    if !unused.is_empty() {
        wrong("attribute", format!("Only keys of the table and its indexes are described; no key is: {}.", list(unused)));
    }
    errors
}

fn plan(draft: &mut DiffDraft<'_>) {
    let stream = draft.prior.is_some_and(|p| ["stream_enabled", "stream_view_type"].iter().any(|n| shape::changed(p, &draft.planned, n)));
    if stream {
        draft.set_unknown("stream_arn");
        draft.set_unknown("stream_label");
        if draft.configured("stream_view_type").is_none() {
            draft.set_unknown("stream_view_type");
        }
    }
    let days = "point_in_time_recovery.0.recovery_period_in_days";
    if draft.changes("point_in_time_recovery.0.enabled") && draft.configured(days).is_none() {
        draft.set_unknown(days);
    }
    if draft.changes("billing_mode") {
        for name in ["read_capacity", "write_capacity"] {
            if draft.configured(name).is_none() {
                draft.set_unknown(name);
            }
        }
    }
}
