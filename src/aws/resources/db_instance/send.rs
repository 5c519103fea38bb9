//! The requests that make and change a database.

use crate::aws::shape::{self, changed, flag, int, string, strings};
use crate::provider::{ErrorKind, ProviderError};
use crate::value::Value;
use aws_sdk_rds::Client;
use aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder as Create;
use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder as Modify;
use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration as Exports, DatabaseInsightsMode};

/// What only says how envctl changes or deletes a database, and no call sends by itself.
const OURS: &[&str] = &[
    "allow_major_version_upgrade",
    "apply_immediately",
    "delete_automated_backups",
    "final_snapshot_identifier",
    "skip_final_snapshot",
    "tags",
    "tags_all",
    "timeouts",
    "region",
    "id",
];

/// What a new database cannot do without. An existing one (an import) may leave it out.
///
/// # Errors
/// An argument that is missing.
pub(super) fn complete(planned: &Value, config: &Value) -> Result<(), ProviderError> {
    let missing =
        ["engine", "username", "allocated_storage"].into_iter().find(|n| planned.get(n).is_none_or(|v| v.is_null() || v.is_unknown()));
    let written = string(planned, "password").is_some() || string(config, "password_wo").is_some();
    let password = written || flag(planned, "manage_master_user_password") == Some(true);
    let (name, needs) = match (missing, password) {
        (Some(name), _) => (name, format!("`{name}`")),
        (None, false) => ("password", "`password`, `password_wo`, or `manage_master_user_password = true`".to_string()),
        (None, true) => return Ok(()),
    };
    Err(ProviderError::new(
        ErrorKind::Invalid,
        "Creating the database failed",
        format!("A new database needs {needs}. Nothing was created."),
    )
    .at(name))
}

/// The request for a new database. Its write-only password is in `config` alone.
pub(super) fn create(client: &Client, planned: &Value, config: &Value, identifier: &str) -> Create {
    let groups = strings(planned, "vpc_security_group_ids");
    let logs = strings(planned, "enabled_cloudwatch_logs_exports");
    let insights = flag(planned, "performance_insights_enabled").unwrap_or(false);
    client
        .create_db_instance()
        .db_instance_identifier(identifier)
        .set_allocated_storage(int(planned, "allocated_storage"))
        .set_auto_minor_version_upgrade(flag(planned, "auto_minor_version_upgrade"))
        .set_availability_zone(string(planned, "availability_zone"))
        .set_backup_retention_period(int(planned, "backup_retention_period"))
        .set_ca_certificate_identifier(string(planned, "ca_cert_identifier"))
        .set_character_set_name(string(planned, "character_set_name"))
        .set_copy_tags_to_snapshot(flag(planned, "copy_tags_to_snapshot"))
        .set_database_insights_mode(shape::text(planned, "database_insights_mode").map(DatabaseInsightsMode::from))
        .set_db_instance_class(string(planned, "instance_class"))
        .set_db_name(string(planned, "db_name"))
        .set_db_parameter_group_name(string(planned, "parameter_group_name"))
        .set_db_subnet_group_name(string(planned, "db_subnet_group_name"))
        .set_dedicated_log_volume(flag(planned, "dedicated_log_volume").filter(|f| *f))
        .set_deletion_protection(flag(planned, "deletion_protection"))
        .set_enable_cloudwatch_logs_exports(Some(logs).filter(|l| !l.is_empty()))
        .set_enable_iam_database_authentication(flag(planned, "iam_database_authentication_enabled"))
        .set_enable_performance_insights(insights.then_some(true))
        .set_engine(string(planned, "engine"))
        .set_engine_lifecycle_support(string(planned, "engine_lifecycle_support"))
        .set_engine_version(string(planned, "engine_version"))
        .set_iops(positive(planned, "iops"))
        .set_kms_key_id(string(planned, "kms_key_id"))
        .set_license_model(string(planned, "license_model"))
        .set_manage_master_user_password(flag(planned, "manage_master_user_password").filter(|f| *f))
        .set_master_user_password(string(config, "password_wo").or_else(|| string(planned, "password")))
        .set_master_user_secret_kms_key_id(string(planned, "master_user_secret_kms_key_id"))
        .set_master_username(string(planned, "username"))
        .set_max_allocated_storage(positive(planned, "max_allocated_storage"))
        .set_monitoring_interval(positive(planned, "monitoring_interval"))
        .set_monitoring_role_arn(string(planned, "monitoring_role_arn"))
        .set_multi_az(flag(planned, "multi_az"))
        .set_nchar_character_set_name(string(planned, "nchar_character_set_name"))
        .set_network_type(string(planned, "network_type"))
        .set_option_group_name(string(planned, "option_group_name"))
        .set_performance_insights_kms_key_id(string(planned, "performance_insights_kms_key_id").filter(|_| insights))
        .set_performance_insights_retention_period(positive(planned, "performance_insights_retention_period").filter(|_| insights))
        .set_port(positive(planned, "port"))
        .set_preferred_backup_window(string(planned, "backup_window"))
        .set_preferred_maintenance_window(string(planned, "maintenance_window"))
        .set_publicly_accessible(flag(planned, "publicly_accessible"))
        .set_storage_encrypted(flag(planned, "storage_encrypted"))
        .set_storage_throughput(positive(planned, "storage_throughput"))
        .set_storage_type(string(planned, "storage_type"))
        .set_timezone(string(planned, "timezone"))
        .set_vpc_security_group_ids(Some(groups).filter(|g| !g.is_empty()))
}

fn positive(object: &Value, name: &str) -> Option<i32> {
    int(object, name).filter(|n| *n > 0)
}

/// Whether anything changes that RDS has to be told.
pub(super) fn needs_modify(prior: &Value, planned: &Value) -> bool {
    let names = planned.members().into_iter().flatten().map(|(n, _)| n);
    names.filter(|n| !OURS.contains(&n.as_ref())).any(|n| changed(prior, planned, n)) || super::renamed(prior, planned)
}

/// The request for what changes of a database. A write-only password is sent when its version changes.
pub(super) fn modify(client: &Client, prior: &Value, planned: &Value, config: &Value) -> Modify {
    let moved = |n: &str| changed(prior, planned, n);
    let text = |n: &str| string(planned, n).filter(|_| moved(n));
    let truth = |n: &str| moved(n).then(|| flag(planned, n).unwrap_or(false));
    let number = |n: &str| moved(n).then(|| int(planned, n).unwrap_or(0));
    let request = client
        .modify_db_instance()
        .set_db_instance_identifier(string(prior, "identifier"))
        .apply_immediately(flag(planned, "apply_immediately").unwrap_or(false))
        .set_auto_minor_version_upgrade(truth("auto_minor_version_upgrade"))
        .set_backup_retention_period(number("backup_retention_period"))
        .set_ca_certificate_identifier(text("ca_cert_identifier"))
        .set_copy_tags_to_snapshot(truth("copy_tags_to_snapshot"))
        .set_db_instance_class(text("instance_class"))
        .set_db_parameter_group_name(text("parameter_group_name"))
        .set_db_port_number(number("port").filter(|n| *n > 0))
        .set_db_subnet_group_name(text("db_subnet_group_name"))
        .set_dedicated_log_volume(truth("dedicated_log_volume"))
        .set_deletion_protection(truth("deletion_protection"))
        .set_enable_iam_database_authentication(truth("iam_database_authentication_enabled"))
        .set_engine_version(text("engine_version"))
        .set_allow_major_version_upgrade(flag(planned, "allow_major_version_upgrade").filter(|f| *f && moved("engine_version")))
        .set_license_model(text("license_model"))
        .set_manage_master_user_password(truth("manage_master_user_password"))
        .set_master_user_password(string(config, "password_wo").filter(|_| moved("password_wo_version")).or_else(|| text("password")))
        .set_max_allocated_storage(limit(prior, planned))
        .set_monitoring_interval(number("monitoring_interval"))
        .set_monitoring_role_arn(text("monitoring_role_arn"))
        .set_multi_az(truth("multi_az"))
        .set_network_type(text("network_type"))
        .set_option_group_name(text("option_group_name"))
        .set_preferred_backup_window(text("backup_window"))
        .set_preferred_maintenance_window(text("maintenance_window"))
        .set_publicly_accessible(truth("publicly_accessible"))
        .set_vpc_security_group_ids(
            Some(strings(planned, "vpc_security_group_ids")).filter(|g| moved("vpc_security_group_ids") && !g.is_empty()),
        )
        .set_cloudwatch_logs_export_configuration(exports(prior, planned));
    insights(secret(storage(request, prior, planned), prior, planned), prior, planned)
}

/// A limit that is taken away is sent as the storage there is: that ends growing.
fn limit(prior: &Value, planned: &Value) -> Option<i32> {
    let most = positive(planned, "max_allocated_storage").or_else(|| int(planned, "allocated_storage"));
    most.filter(|_| changed(prior, planned, "max_allocated_storage"))
}

/// Storage, its type and its speed go together.
fn storage(request: Modify, prior: &Value, planned: &Value) -> Modify {
    let any = ["allocated_storage", "iops", "storage_throughput", "storage_type"].iter().any(|n| changed(prior, planned, n));
    if !any {
        return request;
    }
    let kind = string(planned, "storage_type");
    let moved = |n: &str| changed(prior, planned, n);
    let speed = moved("iops") || moved("storage_throughput") || kind.as_deref().is_some_and(|k| k.starts_with("io"));
    request
        .set_allocated_storage(int(planned, "allocated_storage"))
        .set_storage_type(kind.filter(|_| moved("storage_type")))
        .set_iops(positive(planned, "iops").filter(|_| speed))
        .set_storage_throughput(positive(planned, "storage_throughput").filter(|_| moved("storage_throughput")))
}

/// Another key for the managed password needs it to be managed.
fn secret(request: Modify, prior: &Value, planned: &Value) -> Modify {
    match string(planned, "master_user_secret_kms_key_id").filter(|_| changed(prior, planned, "master_user_secret_kms_key_id")) {
        Some(key) => request
            .master_user_secret_kms_key_id(key)
            .manage_master_user_password(flag(planned, "manage_master_user_password").unwrap_or(false)),
        None => request,
    }
}

fn insights(request: Modify, prior: &Value, planned: &Value) -> Modify {
    let names = [
        "database_insights_mode",
        "performance_insights_enabled",
        "performance_insights_kms_key_id",
        "performance_insights_retention_period",
    ];
    if !names.iter().any(|n| changed(prior, planned, n)) {
        return request;
    }
    let on = flag(planned, "performance_insights_enabled").unwrap_or(false);
    request
        .enable_performance_insights(on)
        .set_performance_insights_kms_key_id(string(planned, "performance_insights_kms_key_id").filter(|_| on))
        .set_performance_insights_retention_period(positive(planned, "performance_insights_retention_period").filter(|_| on))
        .set_database_insights_mode(shape::text(planned, "database_insights_mode").map(DatabaseInsightsMode::from))
}

fn exports(prior: &Value, planned: &Value) -> Option<Exports> {
    let name = "enabled_cloudwatch_logs_exports";
    if !changed(prior, planned, name) {
        return None;
    }
    let (old, new) = (strings(prior, name), strings(planned, name));
    let enable: Vec<String> = new.iter().filter(|l| !old.contains(l)).cloned().collect();
    let disable: Vec<String> = old.iter().filter(|l| !new.contains(l)).cloned().collect();
    Some(Exports::builder().set_enable_log_types(Some(enable)).set_disable_log_types(Some(disable)).build())
}
