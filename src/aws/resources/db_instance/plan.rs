//! Schema and pure rules of a database.

use super::read::is_version_of;
use crate::aws::{generated, shape, support, timeouts};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, RuleError, boolean, list_of, number, set_of, string};
use crate::value::{Path, Type, Value};
use serde_json::{Map, Value as Json};

/// Text that AWS chooses where nothing is written, and that can be changed.
const TEXT: &[&str] = &[
    "backup_window",
    "ca_cert_identifier",
    "database_insights_mode",
    "db_subnet_group_name",
    "engine_lifecycle_support",
    "engine_version",
    "identifier",
    "identifier_prefix",
    "license_model",
    "maintenance_window",
    "master_user_secret_kms_key_id",
    "monitoring_role_arn",
    "network_type",
    "option_group_name",
    "parameter_group_name",
    "performance_insights_kms_key_id",
    "storage_type",
];
/// Text that AWS chooses where nothing is written, and that replaces the database.
const FIXED: &[&str] =
    &["availability_zone", "character_set_name", "db_name", "engine", "kms_key_id", "nchar_character_set_name", "timezone", "username"];
/// Numbers that AWS chooses where nothing is written.
const NUMBERS: &[&str] =
    &["allocated_storage", "backup_retention_period", "iops", "performance_insights_retention_period", "port", "storage_throughput"];
/// What AWS alone knows.
const DERIVED: &[&str] =
    &["address", "endpoint", "engine_version_actual", "hosted_zone_id", "resource_id", "status", "upgrade_rollout_order"];
/// What waits for the maintenance window without `apply_immediately`.
const WAITING: &[&str] = &[
    "allocated_storage",
    "ca_cert_identifier",
    "engine_version",
    "instance_class",
    "iops",
    "multi_az",
    "port",
    "storage_throughput",
    "storage_type",
];

pub(super) fn build() -> ResourceSchema {
    let flag = |default: bool| boolean().optional().default(Value::bool(default));
    let secret = Type::object([("kms_key_id", Type::String), ("secret_arn", Type::String), ("secret_status", Type::String)]);
    let listener = Type::object([("address", Type::String), ("hosted_zone_id", Type::String), ("port", Type::Number)]);
    let block = support::tagged()
        .attr("allow_major_version_upgrade", boolean().optional())
        .attr("apply_immediately", flag(false))
        .attr("auto_minor_version_upgrade", flag(true))
        .attr("copy_tags_to_snapshot", flag(false))
        .attr("dedicated_log_volume", flag(false))
        .attr("delete_automated_backups", flag(true))
        .attr("deletion_protection", boolean().optional())
        .attr("enabled_cloudwatch_logs_exports", set_of(Type::String).optional())
        .attr("final_snapshot_identifier", string().optional())
        .attr("iam_database_authentication_enabled", boolean().optional())
        .attr("instance_class", string().required())
        .attr("latest_restorable_time", string().computed().volatile())
        .attr("listener_endpoint", list_of(listener).computed())
        .attr("manage_master_user_password", boolean().optional())
        .attr("master_user_secret", list_of(secret).computed())
        .attr("max_allocated_storage", number().optional())
        .attr("monitoring_interval", number().optional().default(Value::int(0)))
        .attr("multi_az", boolean().optional().computed())
        .attr("password", string().optional().sensitive())
        .attr("performance_insights_enabled", flag(false))
        .attr("publicly_accessible", flag(false))
        .attr("replicas", list_of(Type::String).computed())
        .attr("skip_final_snapshot", flag(false))
        .attr("storage_encrypted", boolean().optional().force_new())
        .attr("vpc_security_group_ids", set_of(Type::String).optional().computed())
        .block("timeouts", timeouts::block(&["create", "update", "delete"]));
    let block = TEXT.iter().fold(block, |b, n| b.attr(n, string().optional().computed()));
    let block = FIXED.iter().fold(block, |b, n| b.attr(n, string().optional().computed().force_new()));
    let block = NUMBERS.iter().fold(block, |b, n| b.attr(n, number().optional().computed()));
    let block = DERIVED.iter().fold(block, |b, n| b.attr(n, string().computed()));
    let mut schema = ResourceSchema::new(2, later(block));
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(keep);
    schema.rules.customize.push(moves);
    schema.rules.equal = Some(equal);
    schema.rules.upgrade = Some(upgrade);
    schema.rules.waits_for = &[("db_subnet_group_name", "aws_db_subnet_group", "name")];
    schema
}

/// What is in the provider's schema and not handled yet.
fn later(block: BlockSchema) -> BlockSchema {
    let text = |b: BlockSchema, n: &str| b.attr(n, string().optional().unsupported());
    let chosen = |b: BlockSchema, n: &str| b.attr(n, string().optional().computed().unsupported());
    let block =
        ["custom_iam_instance_profile", "domain", "domain_auth_secret_arn", "domain_iam_role_name", "domain_ou", "replicate_source_db"]
            .into_iter()
            .fold(block, text);
    let block = ["backup_target", "domain_fqdn", "replica_mode", "snapshot_identifier"].into_iter().fold(block, chosen);
    let inner = |names: &[&str]| names.iter().fold(BlockSchema::new(), |b, n| b.attr(n, string().optional()));
    let point =
        inner(&["restore_time", "source_db_instance_automated_backups_arn", "source_db_instance_identifier", "source_dbi_resource_id"]);
    let import = ["bucket_name", "ingestion_role", "source_engine", "source_engine_version"]
        .iter()
        .fold(inner(&["bucket_prefix"]), |b, n| b.attr(n, string().required()));
    block
        .attr("customer_owned_ip_enabled", boolean().optional().unsupported())
        .attr("domain_dns_ips", list_of(Type::String).optional().unsupported())
        .attr("password_wo", string().optional().sensitive().write_only())
        .attr("password_wo_version", number().optional())
        .attr("upgrade_storage_config", boolean().optional().unsupported())
        .block("blue_green_update", BlockSchema::new().attr("enabled", boolean().optional()).list(0, 1).unsupported())
        .block("restore_to_point_in_time", point.attr("use_latest_restorable_time", boolean().optional()).list(0, 1).unsupported())
        .block("s3_import", import.list(0, 1).unsupported())
}

/// Whether an identifier has the form RDS takes.
fn is_identifier(text: &str, lower: bool, open: bool) -> bool {
    let letter = |c: char| if lower { c.is_ascii_lowercase() } else { c.is_ascii_alphabetic() };
    text.starts_with(letter)
        && text.chars().all(|c| letter(c) || c.is_ascii_digit() || c == '-')
        && !text.contains("--")
        && (open || !text.ends_with('-'))
}

pub(super) fn validate(config: &Value) -> Vec<RuleError> {
    let pairs = [
        ("identifier", "identifier_prefix"),
        ("password", "manage_master_user_password"),
        ("password_wo", "manage_master_user_password"),
        ("password_wo", "password"),
    ];
    let mut errors = support::conflicts(config, &pairs);
    errors.extend(support::needs(config, &[("password_wo", "password_wo_version"), ("password_wo_version", "password_wo")]));
    let mut wrong = |name: &str, message: &str| errors.push(RuleError { path: Path::attr(name), message: message.into() });
    let form = "begins with a lower-case letter, has lower-case letters, digits and single hyphens, and does not end with one";
    if shape::text(config, "identifier").is_some_and(|t| !is_identifier(t, true, false) || t.len() > 63) {
        wrong("identifier", &format!("An identifier has at most 63 characters, {form}."));
    }
    if shape::text(config, "identifier_prefix").is_some_and(|t| !is_identifier(t, true, true) || t.len() > 63 - generated::SUFFIX) {
        wrong("identifier_prefix", &format!("A prefix has at most {} characters, {form}.", 63 - generated::SUFFIX));
    }
    if shape::text(config, "final_snapshot_identifier").is_some_and(|t| !is_identifier(t, false, false)) {
        wrong(
            "final_snapshot_identifier",
            "The name of a snapshot begins with a letter, has letters, digits and single hyphens, and does not end with one.",
        );
    }
    if shape::int(config, "backup_retention_period").is_some_and(|n| !(0..=35).contains(&n)) {
        wrong("backup_retention_period", "Backups are kept for 0 to 35 days.");
    }
    if shape::int(config, "monitoring_interval").is_some_and(|n| ![0, 1, 5, 10, 15, 30, 60].contains(&n)) {
        wrong("monitoring_interval", "The interval is 0, 1, 5, 10, 15, 30 or 60 seconds.");
    }
    errors
}

/// Names of engines and windows are kept in lower case; a version that is written shorter is the same.
fn equal(path: &Path, prior: &Value, planned: &Value) -> bool {
    let (Some(old), Some(new)) = (prior.as_str(), planned.as_str()) else { return false };
    match path.schema_key().as_str() {
        "engine" | "maintenance_window" | "backup_window" => old.eq_ignore_ascii_case(new),
        "engine_version" => is_version_of(new, old),
        _ => false,
    }
}

/// Keeps what AWS changed with leave: storage that grew by itself, a limit that says "do not grow".
fn keep(draft: &mut DiffDraft<'_>) {
    for name in ["engine", "maintenance_window"] {
        let lower = draft.planned(name).and_then(|v| Some(Value::string(v.as_str()?.to_lowercase()).mark(v.marks())));
        if let Some(lower) = lower {
            draft.set(name, lower);
        }
    }
    let number = |v: Option<&Value>| v.and_then(Value::as_i64).unwrap_or(0);
    let (old, new, most) = (
        number(draft.prior("allocated_storage")),
        number(draft.planned("allocated_storage")),
        number(draft.planned("max_allocated_storage")),
    );
    if old > new && new > 0 && most > new {
        draft.set("allocated_storage", Value::int(old));
    }
    if !draft.is_create() && most == new && most > 0 && number(draft.prior("max_allocated_storage")) == 0 {
        draft.set("max_allocated_storage", draft.prior("max_allocated_storage").cloned().unwrap_or_else(|| Value::int(0)));
    }
}

/// What a change moves along, and what has to wait.
fn moves(draft: &mut DiffDraft<'_>) {
    const MOVED: &[(&str, &[&str])] = &[
        ("engine_version", &["engine_version_actual", "parameter_group_name", "option_group_name"]),
        ("identifier", &["address", "arn", "endpoint", "identifier_prefix"]),
        ("port", &["endpoint"]),
        ("storage_type", &["iops", "storage_throughput"]),
        ("allocated_storage", &["iops", "storage_throughput"]),
        ("performance_insights_enabled", &["performance_insights_kms_key_id", "performance_insights_retention_period"]),
        ("manage_master_user_password", &["master_user_secret", "master_user_secret_kms_key_id"]),
        ("master_user_secret_kms_key_id", &["master_user_secret"]),
    ];
    if draft.configured("identifier_prefix").is_some() && draft.changes("identifier_prefix") {
        draft.set_unknown("identifier");
    }
    for (cause, moved) in MOVED {
        if changes(draft, cause) {
            moved.iter().filter(|n| draft.config.get(n).is_none_or(Value::is_null)).for_each(|n| draft.set_unknown(n));
        }
    }
    if draft.planned("apply_immediately").and_then(Value::as_bool) == Some(true) {
        return;
    }
    for name in WAITING {
        if changes(draft, name) && draft.configured(name).is_some() {
            draft.note(
                name,
                "NEXT WINDOW: done in the next maintenance window, and planned again until then, unless `apply_immediately` is set",
            );
        }
    }
}

fn changes(draft: &DiffDraft<'_>, name: &str) -> bool {
    match (draft.prior, draft.planned(name)) {
        (Some(prior), Some(new)) => new.is_unknown() || shape::changed(prior, &draft.planned, name),
        _ => false,
    }
}

/// Version 0 had no `delete_automated_backups`; before version 2 the id was the identifier.
fn upgrade(from: u64, mut attributes: Map<String, Json>) -> Result<Map<String, Json>, String> {
    if from == 0 {
        attributes.insert("delete_automated_backups".into(), Json::Bool(true));
    }
    if from < 2 {
        let id = attributes.get("resource_id").filter(|id| id.as_str().is_some_and(|t| !t.is_empty())).cloned();
        if let Some(id) = id {
            attributes.insert("id".into(), id);
        }
        attributes.remove("name");
        attributes.remove("security_group_names");
    }
    Ok(attributes)
}
