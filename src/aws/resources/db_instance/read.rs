//! How a database is found and read.

use super::NOT_FOUND;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::shape::{self, Attrs};
use crate::aws::{generated, rds, region};
use crate::provider::Ctx;
use crate::schema::ResourceSchema;
use crate::value::{Type, Value};
use aws_sdk_rds::Client;
use aws_sdk_rds::primitives::{DateTime, DateTimeFormat as Format};
use aws_sdk_rds::types::{DbInstance as Sdk, Endpoint, Filter, MasterUserSecret};

/// Databases of one page, and values of one filter.
const PAGE: usize = 100;

/// Whether an id is AWS's resource id and not an identifier (which has no capitals).
fn is_resource_id(id: &str) -> bool {
    let rest = id.strip_prefix("db-").unwrap_or_default();
    rest.len() >= 20 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

async fn filtered(client: &Client, name: &str, values: &[String]) -> Result<Vec<Sdk>, ApiError> {
    let mut all = Vec::new();
    for chunk in values.chunks(PAGE) {
        let filter = Filter::builder().name(name).set_values(Some(chunk.to_vec())).build();
        let pages = client.describe_db_instances().filters(filter).into_paginator().items().send();
        all.extend(call("rds:DescribeDBInstances", pages.collect::<Result<Vec<_>, _>>()).await?);
    }
    Ok(all)
}

/// The databases of these ids (resource ids or identifiers), by that id.
pub(super) async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let (resources, names): (Vec<String>, Vec<String>) = ids.into_iter().partition(|id| is_resource_id(id));
    let by_id = filtered(&client, "dbi-resource-id", &resources).await?;
    let by_name = filtered(&client, "db-instance-id", &names).await?;
    let by_id = by_id.into_iter().filter_map(|d| Some((d.dbi_resource_id()?.to_string(), d)));
    let by_name = by_name.into_iter().filter_map(|d| Some((d.db_instance_identifier()?.to_string(), d)));
    Ok(by_id.chain(by_name).collect())
}

/// One database; an answered, empty search by resource id is its NotFound.
pub(in crate::aws) async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    if is_resource_id(&id) {
        return Ok(filtered(&client, "dbi-resource-id", &[id]).await?.pop());
    }
    let answer = call("rds:DescribeDBInstances", client.describe_db_instances().db_instance_identifier(id).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.db_instances.unwrap_or_default().pop()))
}

/// Whether `actual` is `version` or a more precise spelling of it: 16.4 of 16, and not of 1.
pub(super) fn is_version_of(version: &str, actual: &str) -> bool {
    match actual.strip_prefix(version) {
        Some("") => true,
        Some(rest) => !version.is_empty() && (rest.starts_with(['.', '-']) || version.ends_with('.')),
        None => false,
    }
}

/// What stands for the version: the written one while it is right or being introduced, else the actual one.
fn version<'a>(base: &'a Value, database: &'a Sdk) -> Option<&'a str> {
    let actual = database.engine_version().unwrap_or_default();
    let pending = database.pending_modified_values().and_then(|p| p.engine_version());
    let written = shape::text(base, "engine_version");
    written.filter(|w| is_version_of(w, actual) || pending.is_some_and(|p| is_version_of(w, p))).or(Some(actual))
}

fn secret(secret: &MasterUserSecret) -> Value {
    let text = |t: Option<&str>| Value::string(t.unwrap_or_default());
    Value::object(
        [
            ("kms_key_id".into(), text(secret.kms_key_id())),
            ("secret_arn".into(), text(secret.secret_arn())),
            ("secret_status".into(), text(secret.secret_status())),
        ]
        .into(),
    )
}

fn listener(endpoint: &Endpoint) -> Value {
    let text = |t: Option<&str>| Value::string(t.unwrap_or_default());
    Value::object(
        [
            ("address".into(), text(endpoint.address())),
            ("hosted_zone_id".into(), text(endpoint.hosted_zone_id())),
            ("port".into(), Value::int(endpoint.port().map_or(0, i64::from))),
        ]
        .into(),
    )
}

fn one(schema: &ResourceSchema, name: &str, item: Option<Value>) -> Value {
    let element = match schema.block.attrs.get(name).map(|a| &a.ty) {
        Some(Type::List(t)) => (**t).clone(),
        _ => Type::Dynamic,
    };
    Value::list(element, item.into_iter().collect())
}

/// A database as the provider's state writes it.
pub(super) fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, d: &Sdk) -> Value {
    let identifier = d.db_instance_identifier().unwrap_or_default();
    let (tags, tags_all) = rds::observed(ctx, d.tag_list(), base);
    let attrs = Attrs::over(schema, base)
        .text("id", d.dbi_resource_id().or(Some(identifier)))
        .text("resource_id", d.dbi_resource_id())
        .text("region", Some(region::of(ctx)))
        .text("arn", d.db_instance_arn())
        .text("identifier", Some(identifier))
        .text("identifier_prefix", Some(generated::prefix_of(identifier)))
        .text("status", d.db_instance_status())
        .text("engine_version", version(base, d))
        .text("engine_version_actual", d.engine_version())
        .put("listener_endpoint", one(schema, "listener_endpoint", d.listener_endpoint().map(listener)))
        .put("master_user_secret", one(schema, "master_user_secret", d.master_user_secret().map(secret)))
        .put("tags", tags)
        .put("tags_all", tags_all);
    place(settings(storage(attrs, d), d), d).finish()
}

fn storage(attrs: Attrs, d: &Sdk) -> Attrs {
    attrs
        .int("allocated_storage", d.allocated_storage())
        .int("max_allocated_storage", d.max_allocated_storage())
        .int("iops", d.iops())
        .int("storage_throughput", d.storage_throughput())
        .text("storage_type", d.storage_type())
        .flag("storage_encrypted", d.storage_encrypted())
        .text("kms_key_id", d.kms_key_id())
        .flag("dedicated_log_volume", d.dedicated_log_volume())
        .int("backup_retention_period", d.backup_retention_period())
        .text("backup_target", d.backup_target())
        .text("backup_window", d.preferred_backup_window())
        .flag("copy_tags_to_snapshot", d.copy_tags_to_snapshot())
}

fn settings(attrs: Attrs, d: &Sdk) -> Attrs {
    let seconds = |t: &DateTime| DateTime::from_secs(t.secs()).fmt(Format::DateTime).ok();
    let restorable = d.latest_restorable_time().and_then(seconds);
    let attrs = match d.option_group_memberships().first() {
        Some(group) => attrs.text("option_group_name", group.option_group_name()),
        None => attrs,
    };
    let attrs = match d.db_parameter_groups().first() {
        Some(group) => attrs.text("parameter_group_name", group.db_parameter_group_name()),
        None => attrs,
    };
    attrs
        .flag("auto_minor_version_upgrade", d.auto_minor_version_upgrade())
        .text("ca_cert_identifier", d.ca_certificate_identifier())
        .text("character_set_name", d.character_set_name())
        .text("nchar_character_set_name", d.nchar_character_set_name())
        .text("custom_iam_instance_profile", d.custom_iam_instance_profile())
        .flag("customer_owned_ip_enabled", d.customer_owned_ip_enabled())
        .text("database_insights_mode", d.database_insights_mode().map(|m| m.as_str()))
        .text("db_name", d.db_name())
        .flag("deletion_protection", d.deletion_protection())
        .set("enabled_cloudwatch_logs_exports", d.enabled_cloudwatch_logs_exports())
        .text("engine", d.engine())
        .text("engine_lifecycle_support", d.engine_lifecycle_support())
        .flag("iam_database_authentication_enabled", d.iam_database_authentication_enabled())
        .text("instance_class", d.db_instance_class())
        .text_or_null("latest_restorable_time", restorable.as_deref())
        .text("license_model", d.license_model())
        .text("maintenance_window", d.preferred_maintenance_window())
        .int("monitoring_interval", d.monitoring_interval())
        .text("monitoring_role_arn", d.monitoring_role_arn())
        .flag("performance_insights_enabled", d.performance_insights_enabled())
        .text("performance_insights_kms_key_id", d.performance_insights_kms_key_id())
        .int("performance_insights_retention_period", d.performance_insights_retention_period())
        .text("replica_mode", d.replica_mode().map(|m| m.as_str()))
        .list("replicas", d.read_replica_db_instance_identifiers())
        .text("replicate_source_db", d.read_replica_source_db_instance_identifier())
        .text("timezone", d.timezone())
        .text("upgrade_rollout_order", d.upgrade_rollout_order().map(|o| o.as_str()))
        .text("username", d.master_username())
}

fn place(attrs: Attrs, d: &Sdk) -> Attrs {
    let attrs = match d.db_subnet_group() {
        Some(group) => attrs.text("db_subnet_group_name", group.db_subnet_group_name()),
        None => attrs,
    };
    let attrs = attrs
        .text("availability_zone", d.availability_zone())
        .flag("multi_az", d.multi_az())
        .text("network_type", d.network_type())
        .flag("publicly_accessible", d.publicly_accessible())
        .set("vpc_security_group_ids", d.vpc_security_groups().iter().filter_map(|g| g.vpc_security_group_id()))
        .int("port", d.db_instance_port());
    let Some(endpoint) = d.endpoint() else { return attrs };
    let attrs = attrs.text("address", endpoint.address()).text("hosted_zone_id", endpoint.hosted_zone_id()).int("port", endpoint.port());
    match (endpoint.address(), endpoint.port()) {
        (Some(address), Some(port)) => attrs.text("endpoint", Some(&format!("{address}:{port}"))),
        _ => attrs,
    }
}
