//! The requests that restore and change a database.
//!
//! Parameters: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html>,
//! `API_RestoreDBInstanceToPointInTime.html` and `API_ModifyDBInstance.html` beside it.

use super::to_sdk;
use crate::provider::{Database, DatabaseChange, RestoreRequest, Restored, Setting, Settings};
use aws_sdk_rds::Client;
use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder as Modify;
use aws_sdk_rds::operation::restore_db_instance_from_db_snapshot::builders::RestoreDBInstanceFromDBSnapshotFluentBuilder as FromSnapshot;
use aws_sdk_rds::operation::restore_db_instance_to_point_in_time::builders::RestoreDBInstanceToPointInTimeFluentBuilder as ToTime;
use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration as Exports, DatabaseInsightsMode};
use jiff::Timestamp;

/// Speed that gp3 has anyway: with less storage than stripes need, saying it is an error.
const GP3_IOPS: i32 = 3000;
const GP3_THROUGHPUT: i32 = 125;

/// What a restore does not take and a change does.
const CHANGED: &[&str] = &[
    "max_allocated_storage",
    "maintenance_window",
    "monitoring_interval",
    "monitoring_role_arn",
    "performance_insights_enabled",
    "performance_insights_kms_key_id",
    "performance_insights_retention_period",
    "database_insights_mode",
];

/// What is a move or a migration afterwards.
const ASKED_ONLY: &[&str] = &[
    "availability_zone",
    "db_subnet_group_name",
    "license_model",
    "allocated_storage",
    "storage_type",
    "iops",
    "storage_throughput",
    "engine_lifecycle_support",
];

/// How a restore comes by a setting.
pub(super) fn restored(setting: &str) -> Restored {
    match setting {
        s if CHANGED.contains(&s) => Restored::Changed,
        s if ASKED_ONLY.contains(&s) => Restored::AskedOnly,
        _ => Restored::Asked,
    }
}

fn text(s: &Settings, name: &str) -> Option<String> {
    match s.get(name)? {
        Setting::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn number(s: &Settings, name: &str) -> Option<i32> {
    match s.get(name)? {
        Setting::Number(n) => i32::try_from(*n).ok(),
        _ => None,
    }
}

fn flag(s: &Settings, name: &str) -> Option<bool> {
    match s.get(name)? {
        Setting::Flag(flag) => Some(*flag),
        _ => None,
    }
}

fn list(s: &Settings, name: &str) -> Option<Vec<String>> {
    match s.get(name)? {
        Setting::List(items) if !items.is_empty() => Some(items.clone()),
        _ => None,
    }
}

/// Speed, where it is more than the storage has anyway.
fn speed(s: &Settings, name: &str, anyway: i32) -> Option<i32> {
    let kind = text(s, "storage_type").unwrap_or_default();
    number(s, name).filter(|n| *n > 0 && (kind.starts_with("io") || (kind == "gp3" && *n > anyway)))
}

/// The parameters that both kinds of restore have.
macro_rules! with_settings {
    ($send:expr, $request:expr) => {{
        let s = &$request.settings;
        $send
            .set_db_instance_class(text(s, "instance_class"))
            .set_port(number(s, "port"))
            .set_availability_zone(text(s, "availability_zone").filter(|_| flag(s, "multi_az") != Some(true)))
            .set_db_subnet_group_name(text(s, "db_subnet_group_name"))
            .set_vpc_security_group_ids(list(s, "vpc_security_group_ids"))
            .set_db_parameter_group_name(text(s, "parameter_group_name"))
            .set_option_group_name(text(s, "option_group_name"))
            .set_multi_az(flag(s, "multi_az"))
            .set_publicly_accessible(flag(s, "publicly_accessible"))
            .set_network_type(text(s, "network_type"))
            .set_ca_certificate_identifier(text(s, "ca_cert_identifier"))
            .set_deletion_protection(flag(s, "deletion_protection"))
            .set_copy_tags_to_snapshot(flag(s, "copy_tags_to_snapshot"))
            .set_auto_minor_version_upgrade(flag(s, "auto_minor_version_upgrade"))
            .set_enable_iam_database_authentication(flag(s, "iam_database_authentication_enabled"))
            .set_enable_cloudwatch_logs_exports(list(s, "enabled_cloudwatch_logs_exports"))
            .set_license_model(text(s, "license_model"))
            .set_allocated_storage(number(s, "allocated_storage"))
            .set_storage_type(text(s, "storage_type"))
            .set_iops(speed(s, "iops", GP3_IOPS))
            .set_storage_throughput(speed(s, "storage_throughput", GP3_THROUGHPUT))
            .set_dedicated_log_volume(flag(s, "dedicated_log_volume").filter(|f| *f))
            .set_backup_retention_period(number(s, "backup_retention_period"))
            .set_preferred_backup_window(text(s, "backup_window"))
            .set_engine_lifecycle_support(text(s, "engine_lifecycle_support"))
            .set_manage_master_user_password($request.managed_password.then_some(true))
            .set_tags(Some(to_sdk(&$request.tags)))
    }};
}

/// A restore from a snapshot.
pub(super) fn from_snapshot(client: &Client, request: &RestoreRequest, snapshot: &str) -> FromSnapshot {
    let send = client.restore_db_instance_from_db_snapshot().db_instance_identifier(&request.identifier).db_snapshot_identifier(snapshot);
    with_settings!(send, request)
}

/// A restore to a moment.
pub(super) fn to_time(client: &Client, request: &RestoreRequest, instance: &str, at: Option<Timestamp>) -> ToTime {
    let send = client
        .restore_db_instance_to_point_in_time()
        .source_db_instance_identifier(instance)
        .target_db_instance_identifier(&request.identifier)
        .set_restore_time(at.map(|t| DateTime::from_secs(t.as_second())))
        .set_use_latest_restorable_time(at.is_none().then_some(true));
    with_settings!(send, request)
}

/// A change, at once.
pub(super) fn modify(client: &Client, database: &Database, change: &DatabaseChange) -> Modify {
    let s = &change.settings;
    let send = client
        .modify_db_instance()
        .db_instance_identifier(&database.identifier)
        .apply_immediately(true)
        .set_new_db_instance_identifier(change.identifier.clone())
        .set_master_user_password(change.password.clone())
        .set_db_instance_class(text(s, "instance_class"))
        .set_db_port_number(number(s, "port"))
        .set_vpc_security_group_ids(list(s, "vpc_security_group_ids"))
        .set_db_parameter_group_name(text(s, "parameter_group_name"))
        .set_option_group_name(text(s, "option_group_name"))
        .set_multi_az(flag(s, "multi_az"))
        .set_publicly_accessible(flag(s, "publicly_accessible"))
        .set_network_type(text(s, "network_type"))
        .set_ca_certificate_identifier(text(s, "ca_cert_identifier"))
        .set_deletion_protection(flag(s, "deletion_protection"))
        .set_copy_tags_to_snapshot(flag(s, "copy_tags_to_snapshot"))
        .set_auto_minor_version_upgrade(flag(s, "auto_minor_version_upgrade"))
        .set_enable_iam_database_authentication(flag(s, "iam_database_authentication_enabled"))
        .set_cloudwatch_logs_export_configuration(exports(&database.settings, s))
        .set_max_allocated_storage(number(s, "max_allocated_storage"))
        .set_backup_retention_period(number(s, "backup_retention_period"))
        .set_preferred_backup_window(text(s, "backup_window"))
        .set_preferred_maintenance_window(text(s, "maintenance_window"))
        .set_dedicated_log_volume(flag(s, "dedicated_log_volume"));
    watched(send, s)
}

/// Monitoring and insights: interval and role, insights and their key, go together.
fn watched(send: Modify, s: &Settings) -> Modify {
    let insights = flag(s, "performance_insights_enabled");
    let on = insights == Some(true);
    send.set_monitoring_interval(number(s, "monitoring_interval"))
        .set_monitoring_role_arn(text(s, "monitoring_role_arn"))
        .set_enable_performance_insights(insights)
        .set_performance_insights_kms_key_id(text(s, "performance_insights_kms_key_id").filter(|_| on))
        .set_performance_insights_retention_period(number(s, "performance_insights_retention_period").filter(|_| on))
        .set_database_insights_mode(text(s, "database_insights_mode").map(|m| DatabaseInsightsMode::from(m.as_str())))
}

fn exports(now: &Settings, wanted: &Settings) -> Option<Exports> {
    let name = "enabled_cloudwatch_logs_exports";
    let Some(Setting::List(wanted)) = wanted.get(name) else { return None };
    let now = list(now, name).unwrap_or_default();
    let enable: Vec<String> = wanted.iter().filter(|l| !now.contains(l)).cloned().collect();
    let disable: Vec<String> = now.iter().filter(|l| !wanted.contains(l)).cloned().collect();
    Some(Exports::builder().set_enable_log_types(Some(enable)).set_disable_log_types(Some(disable)).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_said_only_where_it_is_bought() {
        let all = |kind: &str, iops: i64| -> Settings {
            [("storage_type".to_string(), Setting::Text(kind.into())), ("iops".to_string(), Setting::Number(iops))].into()
        };
        assert_eq!(speed(&all("gp3", 3000), "iops", GP3_IOPS), None);
        assert_eq!(speed(&all("gp3", 12000), "iops", GP3_IOPS), Some(12000));
        assert_eq!(speed(&all("io2", 1000), "iops", GP3_IOPS), Some(1000));
        assert_eq!(speed(&all("gp2", 300), "iops", GP3_IOPS), None);
    }

    #[test]
    fn what_a_restore_does_not_take_is_changed_afterwards() {
        assert_eq!(restored("maintenance_window"), Restored::Changed);
        assert_eq!(restored("deletion_protection"), Restored::Asked);
        assert_eq!(restored("availability_zone"), Restored::AskedOnly);
    }
}
