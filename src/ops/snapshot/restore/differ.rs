//! Settings compared: what a restored database still lacks.

use crate::provider::{Setting, Settings};
use crate::value::Value;

/// A setting that is not as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Argument of the resource type.
    pub name: String,
    /// As it shall be.
    pub wanted: Setting,
    /// As it is.
    pub found: Option<Setting>,
}

/// The settings that differ. What nothing says is free.
#[must_use]
pub fn differences(wanted: &Settings, found: &Settings) -> Vec<Difference> {
    let differs = |(name, value): &(&String, &Setting)| found.get(*name) != Some(*value) && !nothing(value, found.get(*name));
    let one =
        |(name, value): (&String, &Setting)| Difference { name: name.clone(), wanted: value.clone(), found: found.get(name).cloned() };
    wanted.iter().filter(differs).map(one).collect()
}

/// Absent, off, none: the service says it in several ways.
fn nothing(wanted: &Setting, found: Option<&Setting>) -> bool {
    let empty = match wanted {
        Setting::Flag(flag) => !flag,
        Setting::Number(n) => *n == 0,
        Setting::Text(text) => text.is_empty(),
        Setting::List(items) => items.is_empty(),
    };
    empty && found.is_none()
}

/// What a configuration or a state says of settings, for a database that is gone.
const NAMES: &[&str] = &[
    "instance_class",
    "port",
    "db_subnet_group_name",
    "vpc_security_group_ids",
    "parameter_group_name",
    "option_group_name",
    "multi_az",
    "publicly_accessible",
    "network_type",
    "ca_cert_identifier",
    "deletion_protection",
    "copy_tags_to_snapshot",
    "auto_minor_version_upgrade",
    "iam_database_authentication_enabled",
    "enabled_cloudwatch_logs_exports",
    "license_model",
    "allocated_storage",
    "max_allocated_storage",
    "storage_type",
    "dedicated_log_volume",
    "backup_retention_period",
    "backup_window",
    "maintenance_window",
    "monitoring_interval",
    "monitoring_role_arn",
    "performance_insights_enabled",
    "performance_insights_kms_key_id",
    "performance_insights_retention_period",
    "database_insights_mode",
];

/// The settings of an object of the resource type.
#[must_use]
pub fn settings_of(object: &Value) -> Settings {
    NAMES.iter().filter_map(|name| Some(((*name).to_string(), setting(object.get(name)?)?))).collect()
}

fn setting(value: &Value) -> Option<Setting> {
    if let Some(flag) = value.as_bool() {
        return Some(Setting::Flag(flag));
    }
    if let Some(number) = value.as_i64() {
        return Some(Setting::Number(number)).filter(|n| *n != Setting::Number(0));
    }
    if let Some(text) = value.as_str() {
        return Some(Setting::Text(text.to_string())).filter(|_| !text.is_empty());
    }
    let mut items: Vec<String> = value.items()?.iter().filter_map(|v| v.as_str().map(str::to_string)).collect();
    items.sort();
    Some(Setting::List(items))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Members, Type};

    fn settings(all: &[(&str, Setting)]) -> Settings {
        all.iter().map(|(k, v)| ((*k).to_string(), v.clone())).collect()
    }

    #[test]
    fn what_is_asked_for_and_not_there_differs() {
        let wanted = settings(&[
            ("a", Setting::Flag(true)),
            ("b", Setting::Flag(false)),
            ("c", Setting::Number(7)),
            ("d", Setting::Text("x".into())),
        ]);
        let found = settings(&[("a", Setting::Flag(false)), ("c", Setting::Number(7)), ("other", Setting::Flag(true))]);
        let names: Vec<String> = differences(&wanted, &found).into_iter().map(|d| d.name).collect();
        assert_eq!(names, ["a", "d"]);
    }

    #[test]
    fn an_object_of_the_state_says_settings() {
        let members: Members = [
            ("multi_az".into(), Value::bool(true)),
            ("port".into(), Value::int(5432)),
            ("password".into(), Value::string("no").sensitive()),
            ("vpc_security_group_ids".into(), Value::set(Type::String, vec![Value::string("sg-2"), Value::string("sg-1")])),
        ]
        .into();
        let found = settings_of(&Value::object(members));
        let groups = Setting::List(vec!["sg-1".into(), "sg-2".into()]);
        let want = settings(&[("multi_az", Setting::Flag(true)), ("port", Setting::Number(5432)), ("vpc_security_group_ids", groups)]);
        assert_eq!(found, want);
    }
}
