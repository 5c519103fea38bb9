//! How a table is read: four calls.

use super::NOT_FOUND;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::region;
use crate::aws::shape::{Attrs, zero};
use crate::aws::tags::{TagRules, Tags};
use crate::provider::Ctx;
use crate::schema::ResourceSchema;
use crate::value::{Members, Type, Value};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    ContinuousBackupsDescription, GlobalSecondaryIndexDescription as Global, KeySchemaElement, KeyType,
    LocalSecondaryIndexDescription as Local, Projection, SseDescription, SseStatus, TableDescription, TimeToLiveDescription,
    TimeToLiveStatus,
};

/// A table with what further calls say about it.
pub(super) struct Full {
    pub(super) table: TableDescription,
    pub(super) backups: Option<ContinuousBackupsDescription>,
    pub(super) expiry: Option<TimeToLiveDescription>,
    pub(super) tags: Tags,
}

pub(super) async fn table(client: &Client, name: &str) -> Result<Option<TableDescription>, ApiError> {
    let answer = call("dynamodb:DescribeTable", client.describe_table().table_name(name).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.table))
}

async fn tags(client: &Client, arn: &str) -> Result<Tags, ApiError> {
    let mut all = Tags::new();
    let mut next = None;
    loop {
        let request = client.list_tags_of_resource().resource_arn(arn).set_next_token(next);
        let Some(page) = absent(call("dynamodb:ListTagsOfResource", request.send()).await, NOT_FOUND)? else { return Ok(all) };
        all.extend(page.tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value)));
        next = page.next_token;
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// All of a table; `None` when it does not exist.
pub(super) async fn whole(client: Client, name: String) -> Result<Option<Full>, ApiError> {
    let Some(table) = table(&client, &name).await? else { return Ok(None) };
    let backups = async {
        let answer = call("dynamodb:DescribeContinuousBackups", client.describe_continuous_backups().table_name(&name).send()).await;
        Ok(absent(answer, &["TableNotFoundException", "UnknownOperationException"])?.and_then(|a| a.continuous_backups_description))
    };
    let expiry = async {
        let answer = call("dynamodb:DescribeTimeToLive", client.describe_time_to_live().table_name(&name).send()).await;
        Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.time_to_live_description))
    };
    let arn = table.table_arn().unwrap_or_default().to_string();
    let (backups, expiry, tags) = tokio::try_join!(backups, expiry, tags(&client, &arn))?;
    Ok(Some(Full { table, backups, expiry, tags }))
}

fn object<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::object(pairs.into_iter().map(|(n, v)| (n.into(), v)).collect::<Members>())
}

fn text(t: Option<&str>) -> Value {
    Value::string(t.unwrap_or_default())
}

fn key(keys: &[KeySchemaElement], kind: &KeyType) -> Option<String> {
    keys.iter().find(|k| k.key_type() == kind).map(|k| k.attribute_name().to_string())
}

/// The element of a block, with zeros for what `members` leave out.
fn element(schema: &ResourceSchema, block: &str, members: Members) -> Value {
    let Some(nested) = schema.block.blocks.get(block) else { return Value::dynamic() };
    let attrs = nested.block.attrs.iter().map(|(n, a)| (n.clone(), zero(&a.ty)));
    let blocks = nested.block.blocks.iter().map(|(n, b)| (n.clone(), Value::list(b.block.ty(), Vec::new())));
    let mut all: Members = attrs.chain(blocks).collect();
    all.extend(members);
    Value::object(all)
}

fn ty(schema: &ResourceSchema, block: &str) -> Type {
    schema.block.blocks.get(block).map_or(Type::Dynamic, |b| b.block.ty())
}

fn projected(projection: Option<&Projection>) -> (Value, Vec<Value>) {
    let others = projection.map(Projection::non_key_attributes).unwrap_or_default().iter().map(Value::string).collect();
    (text(projection.and_then(Projection::projection_type).map(|p| p.as_str())), others)
}

fn local(schema: &ResourceSchema, index: &Local) -> Value {
    let (kind, others) = projected(index.projection());
    let members = [
        ("name".into(), text(index.index_name())),
        ("non_key_attributes".into(), Value::list(Type::String, others)),
        ("projection_type".into(), kind),
        ("range_key".into(), text(key(index.key_schema(), &KeyType::Range).as_deref())),
    ];
    element(schema, "local_secondary_index", members.into())
}

fn global(schema: &ResourceSchema, index: &Global) -> Value {
    let (kind, others) = projected(index.projection());
    let units = |n: Option<i64>| Value::int(n.unwrap_or(0));
    let through = index.provisioned_throughput();
    let members = [
        ("hash_key".into(), text(key(index.key_schema(), &KeyType::Hash).as_deref())),
        ("name".into(), text(index.index_name())),
        ("non_key_attributes".into(), Value::set(Type::String, others)),
        ("projection_type".into(), kind),
        ("range_key".into(), text(key(index.key_schema(), &KeyType::Range).as_deref())),
        ("read_capacity".into(), units(through.and_then(|t| t.read_capacity_units()))),
        ("write_capacity".into(), units(through.and_then(|t| t.write_capacity_units()))),
    ];
    element(schema, "global_secondary_index", members.into())
}

fn encryption(sse: &SseDescription) -> Value {
    let on = matches!(sse.status(), Some(SseStatus::Enabled | SseStatus::Enabling | SseStatus::Updating));
    object([("enabled", Value::bool(on)), ("kms_key_arn", text(sse.kms_master_key_arn()))])
}

fn recovery(backups: &ContinuousBackupsDescription) -> Value {
    let recovery = backups.point_in_time_recovery_description();
    let on = recovery.and_then(|r| r.point_in_time_recovery_status()).is_some_and(|s| s.as_str() == "ENABLED");
    let days = recovery.and_then(|r| r.recovery_period_in_days()).filter(|_| on);
    object([("enabled", Value::bool(on)), ("recovery_period_in_days", Value::int(days.map_or(0, i64::from)))])
}

fn expiry(ttl: &TimeToLiveDescription) -> Value {
    let on = matches!(ttl.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling));
    object([("attribute_name", text(ttl.attribute_name())), ("enabled", Value::bool(on))])
}

/// A table as the provider's state writes it.
pub(super) fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let t = &full.table;
    let (tags, tags_all) = TagRules::from_facts(ctx.facts).observed(&full.tags, base);
    let stream = t.stream_specification();
    let units = t.provisioned_throughput();
    let attributes = t
        .attribute_definitions()
        .iter()
        .map(|a| object([("name", Value::string(a.attribute_name())), ("type", Value::string(a.attribute_type().as_str()))]));
    let list = |name: &str, items: Option<Value>| Value::list(ty(schema, name), items.into_iter().collect());
    let set = |name: &str, items: Vec<Value>| Value::set(ty(schema, name), items);
    Attrs::over(schema, base)
        .text("id", t.table_name())
        .text("name", t.table_name())
        .text("region", Some(region::of(ctx)))
        .text("arn", t.table_arn())
        .text("billing_mode", t.billing_mode_summary().and_then(|b| b.billing_mode()).map(|m| m.as_str()).or(Some("PROVISIONED")))
        .flag("deletion_protection_enabled", t.deletion_protection_enabled())
        .text("hash_key", key(t.key_schema(), &KeyType::Hash).as_deref())
        .text_or_null("range_key", key(t.key_schema(), &KeyType::Range).as_deref())
        .int("read_capacity", units.and_then(|u| u.read_capacity_units()))
        .int("write_capacity", units.and_then(|u| u.write_capacity_units()))
        .text("stream_arn", t.latest_stream_arn())
        .text("stream_label", t.latest_stream_label())
        .flag("stream_enabled", stream.map(|s| s.stream_enabled()))
        .text("stream_view_type", stream.and_then(|s| s.stream_view_type()).map(|v| v.as_str()))
        .text("table_class", t.table_class_summary().and_then(|c| c.table_class()).map(|c| c.as_str()).or(Some("STANDARD")))
        .put("attribute", set("attribute", attributes.collect()))
        .put(
            "global_secondary_index",
            set("global_secondary_index", t.global_secondary_indexes().iter().map(|i| global(schema, i)).collect()),
        )
        .put("local_secondary_index", set("local_secondary_index", t.local_secondary_indexes().iter().map(|i| local(schema, i)).collect()))
        .put("server_side_encryption", list("server_side_encryption", t.sse_description().map(encryption)))
        .put("point_in_time_recovery", list("point_in_time_recovery", full.backups.as_ref().map(recovery)))
        .put("ttl", list("ttl", full.expiry.as_ref().map(expiry)))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}
