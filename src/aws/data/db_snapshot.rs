//! `data.aws_db_snapshot`: the one snapshot that the arguments describe, or the newest of several.

use crate::aws::clients::Aws;
use crate::aws::errors::{absent, call};
use crate::aws::resources::db_snapshot::describe;
use crate::aws::shape::{self, Attrs};
use crate::aws::tags::{TagRules, to_value};
use crate::aws::{query, rds, region, support};
use crate::provider::{Ctx, DataSource, ProviderError};
use crate::schema::{ResourceSchema, RuleError, boolean, map_of, number, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_rds::Client;
use aws_sdk_rds::primitives::{DateTime, DateTimeFormat};
use aws_sdk_rds::types::DbSnapshot as Sdk;

/// `data.aws_db_snapshot`
pub struct DbSnapshot;

fn build() -> ResourceSchema {
    let texts = [
        "availability_zone",
        "db_snapshot_arn",
        "engine",
        "engine_version",
        "kms_key_id",
        "license_model",
        "option_group_name",
        "original_snapshot_create_time",
        "snapshot_create_time",
        "source_db_snapshot_identifier",
        "source_region",
        "status",
        "storage_type",
        "vpc_id",
    ];
    let block = texts.iter().fold(support::base(), |b, n| b.attr(n, string().computed()));
    let block = ["allocated_storage", "iops", "port"].iter().fold(block, |b, n| b.attr(n, number().computed()));
    let block = ["include_public", "include_shared", "most_recent"]
        .iter()
        .fold(block, |b, n| b.attr(n, boolean().optional().default(Value::bool(false))));
    let block = block
        .attr("db_instance_identifier", string().optional())
        .attr("db_snapshot_identifier", string().optional())
        .attr("encrypted", boolean().computed())
        .attr("snapshot_type", string().optional())
        .attr("tags", map_of(Type::String).optional().computed());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let written = |n: &str| config.get(n).is_some_and(|v| !v.is_null());
    if written("db_instance_identifier") || written("db_snapshot_identifier") {
        return Vec::new();
    }
    let message = "One of `db_instance_identifier` and `db_snapshot_identifier` is needed.".into();
    vec![RuleError { path: Path::default(), message }]
}

async fn search(client: &Client, config: &Value) -> Result<Vec<Sdk>, ProviderError> {
    let flag = |n: &str| shape::flag(config, n).unwrap_or(false);
    let pages = client
        .describe_db_snapshots()
        .set_db_instance_identifier(shape::string(config, "db_instance_identifier"))
        .set_db_snapshot_identifier(shape::string(config, "db_snapshot_identifier"))
        .set_snapshot_type(shape::string(config, "snapshot_type"))
        .include_public(flag("include_public"))
        .include_shared(flag("include_shared"))
        .into_paginator()
        .items()
        .send();
    let answer = call("rds:DescribeDBSnapshots", pages.collect::<Result<Vec<_>, _>>()).await;
    let found =
        absent(answer, &["DBSnapshotNotFound", "DBSnapshotNotFoundFault"]).map_err(|e| e.while_doing("Looking for DB snapshots"))?;
    let wanted = config.get("tags").map(shape::string_map).unwrap_or_default();
    let tagged = |s: &Sdk| {
        let tags = rds::tags_of(s.tag_list());
        wanted.iter().all(|(k, v)| tags.get(k) == Some(v))
    };
    Ok(found.unwrap_or_default().into_iter().filter(tagged).collect())
}

/// The newest; snapshots that are not complete have no time and are older than all.
fn newest(mut found: Vec<Sdk>) -> Vec<Sdk> {
    found.sort_by_key(|s| s.snapshot_create_time().map(|t| t.as_nanos()));
    found.split_off(found.len().saturating_sub(1))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, config: &Value, s: &Sdk) -> Value {
    let time = |t: Option<&DateTime>| t.and_then(|t| DateTime::from_secs(t.secs()).fmt(DateTimeFormat::DateTime).ok());
    let rules = TagRules::from_facts(ctx.facts);
    let tags = rds::tags_of(s.tag_list()).into_iter().filter(|(k, _)| !rules.is_foreign(k)).collect();
    let flag = |n: &str| shape::flag(config, n);
    describe(Attrs::over(schema, config), s)
        .text("region", Some(region::of(ctx)))
        .flag("include_public", flag("include_public"))
        .flag("include_shared", flag("include_shared"))
        .flag("most_recent", flag("most_recent"))
        .text("original_snapshot_create_time", time(s.original_snapshot_create_time()).as_deref())
        .text("snapshot_create_time", time(s.snapshot_create_time()).as_deref())
        .put("tags", to_value(&tags))
        .finish()
}

#[async_trait]
impl DataSource for DbSnapshot {
    support::basics!("aws_db_snapshot", build);

    fn iam(&self) -> &'static [&'static str] {
        &["rds:DescribeDBSnapshots"]
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
                let found = if shape::flag(&config, "most_recent") == Some(true) { newest(found) } else { found };
                let texts = ["db_instance_identifier", "db_snapshot_identifier", "snapshot_type"];
                let words: Vec<String> = texts.iter().filter_map(|n| Some(format!("{n} = {}", shape::text(&config, n)?))).collect();
                let name = |s: &Sdk| s.db_snapshot_identifier().unwrap_or_default().to_string();
                let snapshot = query::exactly_one(found, "DB snapshot", &words.join(", "), name).map_err(|e| {
                    if e.summary.starts_with("Several") { e.help("Set `most_recent = true` to take the newest.") } else { e }
                })?;
                Ok(flatten(ctx, schema, &config, &snapshot))
            }
        };
        query::distinct(configs, one).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_has_the_latest_time() {
        let snapshot = |id: &str, at: Option<i64>| {
            Sdk::builder().db_snapshot_identifier(id).set_snapshot_create_time(at.map(DateTime::from_secs)).build()
        };
        let found = newest(vec![snapshot("b", Some(2)), snapshot("c", Some(3)), snapshot("new", None), snapshot("a", Some(1))]);
        assert_eq!(found.iter().map(|s| s.db_snapshot_identifier().unwrap()).collect::<Vec<_>>(), ["c"]);
        assert!(newest(Vec::new()).is_empty());
        assert_eq!(validate(&Value::object(crate::value::Members::new())).len(), 1);
    }
}
