//! `data.aws_db_instance`: the one database that the arguments describe.

use crate::aws::clients::Aws;
use crate::aws::errors::{absent, call};
use crate::aws::shape::{self, Attrs};
use crate::aws::tags::{TagRules, to_value};
use crate::aws::{query, rds, region, support};
use crate::provider::{Ctx, DataSource, ProviderError};
use crate::schema::{Attribute, BlockSchema, ResourceSchema, boolean, list_of, map_of, number, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DatabaseInsightsMode, DbInstance as Sdk};

/// `data.aws_db_instance`
pub struct DbInstance;

const TEXTS: &[&str] = &[
    "address",
    "availability_zone",
    "ca_cert_identifier",
    "database_insights_mode",
    "db_cluster_identifier",
    "db_instance_arn",
    "db_instance_class",
    "db_name",
    "db_subnet_group",
    "endpoint",
    "engine",
    "engine_version",
    "hosted_zone_id",
    "kms_key_id",
    "license_model",
    "master_username",
    "monitoring_role_arn",
    "network_type",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "replicate_source_db",
    "resource_id",
    "storage_type",
    "timezone",
    "upgrade_rollout_order",
];
const NUMBERS: &[&str] = &[
    "allocated_storage",
    "backup_retention_period",
    "db_instance_port",
    "iops",
    "max_allocated_storage",
    "monitoring_interval",
    "port",
    "storage_throughput",
];
const FLAGS: &[&str] = &["auto_minor_version_upgrade", "multi_az", "publicly_accessible", "storage_encrypted"];
const LISTS: &[&str] = &["db_parameter_groups", "enabled_cloudwatch_logs_exports", "option_group_memberships", "vpc_security_groups"];

fn secret_type() -> Type {
    Type::object([("kms_key_id", Type::String), ("secret_arn", Type::String), ("secret_status", Type::String)])
}

fn build() -> ResourceSchema {
    let add = |b: BlockSchema, names: &[&str], attr: fn() -> Attribute| names.iter().fold(b, |b, n| b.attr(n, attr().computed()));
    let block = add(support::base(), TEXTS, string);
    let block = add(block, NUMBERS, number);
    let block = add(block, FLAGS, boolean);
    let block = add(block, LISTS, || list_of(Type::String));
    let block = block
        .attr("db_instance_identifier", string().optional().computed())
        .attr("master_user_secret", list_of(secret_type()).computed())
        .attr("tags", map_of(Type::String).optional().computed());
    ResourceSchema::new(0, block)
}

async fn search(client: &Client, config: &Value) -> Result<Vec<Sdk>, ProviderError> {
    let pages = client
        .describe_db_instances()
        .set_db_instance_identifier(shape::string(config, "db_instance_identifier"))
        .into_paginator()
        .items()
        .send();
    let answer = call("rds:DescribeDBInstances", pages.collect::<Result<Vec<_>, _>>()).await;
    let found = absent(answer, &["DBInstanceNotFound", "DBInstanceNotFoundFault"]).map_err(|e| e.while_doing("Looking for databases"))?;
    let wanted = config.get("tags").map(shape::string_map).unwrap_or_default();
    let tagged = |d: &Sdk| {
        let tags = rds::tags_of(d.tag_list());
        wanted.iter().all(|(k, v)| tags.get(k) == Some(v))
    };
    Ok(found.unwrap_or_default().into_iter().filter(tagged).collect())
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, config: &Value, d: &Sdk) -> Value {
    let text = |t: Option<&str>| Value::string(t.unwrap_or_default());
    let secret = d.master_user_secret().map(|s| {
        let members = [
            ("kms_key_id".into(), text(s.kms_key_id())),
            ("secret_arn".into(), text(s.secret_arn())),
            ("secret_status".into(), text(s.secret_status())),
        ];
        Value::object(members.into())
    });
    let rules = TagRules::from_facts(ctx.facts);
    let tags = rds::tags_of(d.tag_list()).into_iter().filter(|(k, _)| !rules.is_foreign(k)).collect();
    let (address, port) = (d.endpoint().and_then(|e| e.address()), d.endpoint().and_then(|e| e.port()));
    let endpoint = address.zip(port).map(|(a, p)| format!("{a}:{p}"));
    let attrs = Attrs::over(schema, config)
        .text("id", d.db_instance_identifier())
        .text("region", Some(region::of(ctx)))
        .text("db_instance_identifier", d.db_instance_identifier())
        .text("address", address)
        .text("endpoint", endpoint.as_deref())
        .text("hosted_zone_id", d.endpoint().and_then(|e| e.hosted_zone_id()))
        .int("port", port)
        .int("db_instance_port", d.db_instance_port())
        .put("master_user_secret", Value::list(secret_type(), secret.into_iter().collect()))
        .put("tags", to_value(&tags));
    plain(attrs, d).finish()
}

/// What is read as it is.
fn plain(attrs: Attrs, d: &Sdk) -> Attrs {
    attrs
        .text("availability_zone", d.availability_zone())
        .text("ca_cert_identifier", d.ca_certificate_identifier())
        .text("database_insights_mode", d.database_insights_mode().map(DatabaseInsightsMode::as_str))
        .text("db_cluster_identifier", d.db_cluster_identifier())
        .text("db_instance_arn", d.db_instance_arn())
        .text("db_instance_class", d.db_instance_class())
        .text("db_name", d.db_name())
        .text("db_subnet_group", d.db_subnet_group().and_then(|g| g.db_subnet_group_name()))
        .text("engine", d.engine())
        .text("engine_version", d.engine_version())
        .text("kms_key_id", d.kms_key_id())
        .text("license_model", d.license_model())
        .text("master_username", d.master_username())
        .text("monitoring_role_arn", d.monitoring_role_arn())
        .text("network_type", d.network_type())
        .text("preferred_backup_window", d.preferred_backup_window())
        .text("preferred_maintenance_window", d.preferred_maintenance_window())
        .text("replicate_source_db", d.read_replica_source_db_instance_identifier())
        .text("resource_id", d.dbi_resource_id())
        .text("storage_type", d.storage_type())
        .text("timezone", d.timezone())
        .text("upgrade_rollout_order", d.upgrade_rollout_order().map(aws_sdk_rds::types::UpgradeRolloutOrder::as_str))
        .int("allocated_storage", d.allocated_storage())
        .int("backup_retention_period", d.backup_retention_period())
        .int("iops", d.iops())
        .int("max_allocated_storage", d.max_allocated_storage())
        .int("monitoring_interval", d.monitoring_interval())
        .int("storage_throughput", d.storage_throughput())
        .flag("auto_minor_version_upgrade", d.auto_minor_version_upgrade())
        .flag("multi_az", d.multi_az())
        .flag("publicly_accessible", d.publicly_accessible())
        .flag("storage_encrypted", d.storage_encrypted())
        .list("db_parameter_groups", d.db_parameter_groups().iter().filter_map(|g| g.db_parameter_group_name()))
        .list("enabled_cloudwatch_logs_exports", d.enabled_cloudwatch_logs_exports())
        .list("option_group_memberships", d.option_group_memberships().iter().filter_map(|g| g.option_group_name()))
        .list("vpc_security_groups", d.vpc_security_groups().iter().filter_map(|g| g.vpc_security_group_id()))
}

#[async_trait]
impl DataSource for DbInstance {
    support::basics!("aws_db_instance", build);

    fn iam(&self) -> &'static [&'static str] {
        &["rds:DescribeDBInstances"]
    }

    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let client = match Aws::of(ctx) {
            Ok(aws) => aws.rds(Some(region::of(ctx))),
            Err(error) => return configs.iter().map(|_| Err(error.clone())).collect(),
        };
        let schema = self.schema();
        let one = |config: Value| {
            let (client, schema) = (&client, &schema);
            async move {
                let found = search(client, &config).await?;
                let mut words: Vec<String> = shape::string(&config, "db_instance_identifier").into_iter().collect();
                let tags = config.get("tags").map(shape::string_map).unwrap_or_default();
                words.extend(tags.iter().map(|(k, v)| format!("tag {k} = {v}")));
                let name = |d: &Sdk| d.db_instance_identifier().unwrap_or_default().to_string();
                let search = if words.is_empty() { "no filter".to_string() } else { words.join(", ") };
                Ok(flatten(ctx, schema, &config, &query::exactly_one(found, "database", &search, name)?))
            }
        };
        query::distinct(configs, one).await
    }
}
