//! RDS's answers as plain data.

use super::plain;
use crate::aws::resources::db_instance::{SERVING, is_dead};
use crate::provider::{Database, Setting, Settings, Snapshot, Standing};
use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::{DbInstance, DbSnapshot};
use jiff::Timestamp;

/// A moment, to the second.
pub(super) fn moment(time: &DateTime) -> Option<Timestamp> {
    Timestamp::from_second(time.secs()).ok()
}

fn standing(status: &str) -> Standing {
    match status {
        s if SERVING.contains(&s) => Standing::Ready,
        s if is_dead(s) => Standing::Broken,
        _ => Standing::Working,
    }
}

/// Settings in the making.
struct Found(Settings);

impl Found {
    fn put(mut self, name: &str, setting: Option<Setting>) -> Self {
        if let Some(setting) = setting {
            self.0.insert(name.to_string(), setting);
        }
        self
    }
    fn text(self, name: &str, text: Option<&str>) -> Self {
        self.put(name, text.filter(|t| !t.is_empty()).map(|t| Setting::Text(t.to_string())))
    }
    fn flag(self, name: &str, flag: Option<bool>) -> Self {
        self.put(name, flag.map(Setting::Flag))
    }
    fn number(self, name: &str, number: Option<i32>) -> Self {
        self.put(name, number.map(|n| Setting::Number(i64::from(n))))
    }
    fn list<'a>(self, name: &str, items: impl Iterator<Item = &'a str>) -> Self {
        let mut items: Vec<String> = items.map(str::to_string).collect();
        items.sort();
        self.put(name, Some(Setting::List(items)))
    }
}

fn settings(d: &DbInstance) -> Settings {
    let single = d.multi_az() != Some(true);
    let found = Found(Settings::new())
        .text("instance_class", d.db_instance_class())
        .number("port", d.endpoint().and_then(|e| e.port()))
        .text("availability_zone", d.availability_zone().filter(|_| single))
        .text("db_subnet_group_name", d.db_subnet_group().and_then(|g| g.db_subnet_group_name()))
        .list("vpc_security_group_ids", d.vpc_security_groups().iter().filter_map(|g| g.vpc_security_group_id()))
        .text("parameter_group_name", d.db_parameter_groups().first().and_then(|g| g.db_parameter_group_name()))
        .text("option_group_name", d.option_group_memberships().first().and_then(|g| g.option_group_name()))
        .flag("multi_az", d.multi_az())
        .flag("publicly_accessible", d.publicly_accessible())
        .text("network_type", d.network_type())
        .text("ca_cert_identifier", d.ca_certificate_identifier())
        .flag("deletion_protection", d.deletion_protection())
        .flag("copy_tags_to_snapshot", d.copy_tags_to_snapshot())
        .flag("auto_minor_version_upgrade", d.auto_minor_version_upgrade())
        .flag("iam_database_authentication_enabled", d.iam_database_authentication_enabled())
        .list("enabled_cloudwatch_logs_exports", d.enabled_cloudwatch_logs_exports().iter().map(String::as_str))
        .text("license_model", d.license_model());
    running(storage(found, d), d).0
}

fn storage(found: Found, d: &DbInstance) -> Found {
    found
        .number("allocated_storage", d.allocated_storage())
        .number("max_allocated_storage", d.max_allocated_storage())
        .text("storage_type", d.storage_type())
        .number("iops", d.iops())
        .number("storage_throughput", d.storage_throughput())
        .flag("dedicated_log_volume", d.dedicated_log_volume())
}

fn running(found: Found, d: &DbInstance) -> Found {
    found
        .number("backup_retention_period", d.backup_retention_period())
        .text("backup_window", d.preferred_backup_window())
        .text("maintenance_window", d.preferred_maintenance_window())
        .number("monitoring_interval", d.monitoring_interval())
        .text("monitoring_role_arn", d.monitoring_role_arn())
        .flag("performance_insights_enabled", d.performance_insights_enabled())
        .text("performance_insights_kms_key_id", d.performance_insights_kms_key_id())
        .number("performance_insights_retention_period", d.performance_insights_retention_period())
        .text("database_insights_mode", d.database_insights_mode().map(|m| m.as_str()))
        .text("engine_lifecycle_support", d.engine_lifecycle_support())
}

/// A database.
pub(super) fn database(d: &DbInstance) -> Database {
    let text = |t: Option<&str>| t.unwrap_or_default().to_string();
    let status = text(d.db_instance_status());
    let pending = d.pending_modified_values().is_some_and(|p| *p != aws_sdk_rds::types::PendingModifiedValues::builder().build());
    let endpoint = d.endpoint().and_then(|e| Some((e.address()?.to_string(), u16::try_from(e.port()?).ok()?)));
    Database {
        identifier: text(d.db_instance_identifier()),
        resource_id: text(d.dbi_resource_id()),
        standing: standing(&status),
        status,
        pending,
        engine: text(d.engine()),
        engine_version: text(d.engine_version()),
        username: text(d.master_username()),
        encrypted: d.storage_encrypted() == Some(true),
        managed_password: d.master_user_secret().is_some(),
        cluster: d.db_cluster_identifier().filter(|c| !c.is_empty()).map(str::to_string),
        replicas: d.read_replica_db_instance_identifiers().to_vec(),
        endpoint,
        restorable_until: d.latest_restorable_time().and_then(moment),
        settings: settings(d),
        tags: plain(d.tag_list()),
    }
}

/// A snapshot.
pub(super) fn snapshot(s: &DbSnapshot) -> Snapshot {
    let text = |t: Option<&str>| t.unwrap_or_default().to_string();
    let status = text(s.status());
    let standing = match status.as_str() {
        "available" => Standing::Ready,
        "failed" | "deleting" | "incompatible-restore" | "incompatible-parameters" => Standing::Broken,
        _ => Standing::Working,
    };
    Snapshot {
        id: text(s.db_snapshot_identifier()),
        instance: text(s.db_instance_identifier()),
        kind: text(s.snapshot_type()),
        standing,
        status,
        progress: s.percent_progress(),
        created: s.snapshot_create_time().and_then(moment),
        size: s.allocated_storage(),
        encrypted: s.encrypted() == Some(true),
        engine_version: text(s.engine_version()),
        tags: plain(s.tag_list()),
    }
}
