//! `aws_db_snapshot`: a snapshot of a database that stays until it is deleted.
//!
//! # Quirks
//! The id is the snapshot's name, in lower case. It takes minutes to hours, and is waited for. Who may
//! restore it is an attribute with calls of its own. Tags come with the description.
//! Source: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups::{self, Found};
use crate::aws::shape::{self, Attrs};
use crate::aws::waiter::Poll;
use crate::aws::{rds, region, support, tags, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{ResourceSchema, RuleError, boolean, number, set_of, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbSnapshot as Sdk, Filter};
use std::time::Duration;

/// `aws_db_snapshot`
pub struct DbSnapshot;

const NOT_FOUND: &[&str] = &["DBSnapshotNotFound", "DBSnapshotNotFoundFault"];
/// Snapshots of one page, and values of one filter.
const PAGE: usize = 100;
const RESTORE: &str = "restore";

fn build() -> ResourceSchema {
    let texts = [
        "availability_zone",
        "db_snapshot_arn",
        "engine",
        "engine_version",
        "kms_key_id",
        "license_model",
        "option_group_name",
        "snapshot_type",
        "source_db_snapshot_identifier",
        "source_region",
        "status",
        "storage_type",
        "vpc_id",
    ];
    let block = texts.iter().fold(support::base(), |b, n| b.attr(n, string().computed()));
    let block = ["allocated_storage", "iops", "port"].iter().fold(block, |b, n| b.attr(n, number().computed()));
    let block = block
        .attr("db_instance_identifier", string().required().force_new())
        .attr("db_snapshot_identifier", string().required().force_new())
        .attr("encrypted", boolean().computed())
        .attr("shared_accounts", set_of(Type::String).optional())
        .attr("tags", tags::attribute())
        .attr("tags_all", tags::all_attribute())
        .block("timeouts", timeouts::block(&["create"]));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    // AWS keeps names in lower case.
    schema.rules.equal = Some(|path, a, b| {
        ["db_instance_identifier", "db_snapshot_identifier"].contains(&path.schema_key().as_str())
            && matches!((a.as_str(), b.as_str()), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
    });
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let name = shape::text(config, "db_snapshot_identifier").unwrap_or("x");
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(allowed) && name.len() <= 255;
    if good && !name.contains("--") && !name.ends_with('-') {
        return Vec::new();
    }
    let message = "The name has letters, digits and single `-`, begins with a letter, at most 255 characters.".into();
    vec![RuleError { path: Path::attr("db_snapshot_identifier"), message }]
}

/// A snapshot with the accounts that may restore it.
struct Full {
    snapshot: Sdk,
    accounts: Vec<String>,
}

async fn many(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let mut all = Vec::new();
    for chunk in ids.chunks(PAGE) {
        let filter = Filter::builder().name("db-snapshot-id").set_values(Some(chunk.to_vec())).build();
        let pages = client.describe_db_snapshots().filters(filter).into_paginator().items().send();
        let found = call("rds:DescribeDBSnapshots", pages.collect::<Result<Vec<_>, _>>()).await?;
        all.extend(found.into_iter().filter_map(|s| Some((s.db_snapshot_identifier.clone()?, s))));
    }
    Ok(all)
}

async fn one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    let answer = call("rds:DescribeDBSnapshots", client.describe_db_snapshots().db_snapshot_identifier(id).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.db_snapshots.unwrap_or_default().pop()))
}

async fn accounts(client: Client, id: String) -> Result<Option<Vec<String>>, ApiError> {
    let request = client.describe_db_snapshot_attributes().db_snapshot_identifier(id);
    let answer = absent(call("rds:DescribeDBSnapshotAttributes", request.send()).await, NOT_FOUND)?;
    let attributes = answer.map(|a| a.db_snapshot_attributes_result.and_then(|r| r.db_snapshot_attributes).unwrap_or_default());
    Ok(attributes.map(|all| {
        let restore = all.into_iter().find(|a| a.attribute_name() == Some(RESTORE));
        restore.and_then(|a| a.attribute_values).unwrap_or_default()
    }))
}

async fn complete(client: &Client, found: Found<Sdk>) -> Found<Full> {
    let there = found.iter().filter(|(_, f)| matches!(f, Ok(Some(_)))).map(|(id, _)| id.clone()).collect();
    let shared = groups::each(there, |id| accounts(client.clone(), id)).await;
    let whole = |id: &str, snapshot: Result<Option<Sdk>, ApiError>| {
        let Some(snapshot) = snapshot? else { return Ok(None) };
        let accounts = shared.get(id).cloned().unwrap_or(Ok(None))?;
        Ok(accounts.map(|accounts| Full { snapshot, accounts }))
    };
    found.into_iter().map(|(id, snapshot)| (id.clone(), whole(&id, snapshot))).collect()
}

/// What resource and data source have in common.
pub fn describe(attrs: Attrs, s: &Sdk) -> Attrs {
    attrs
        .text("id", s.db_snapshot_identifier())
        .int("allocated_storage", s.allocated_storage())
        .text("availability_zone", s.availability_zone())
        .text("db_instance_identifier", s.db_instance_identifier())
        .text("db_snapshot_arn", s.db_snapshot_arn())
        .text("db_snapshot_identifier", s.db_snapshot_identifier())
        .flag("encrypted", s.encrypted())
        .text("engine", s.engine())
        .text("engine_version", s.engine_version())
        .int("iops", s.iops())
        .text("kms_key_id", s.kms_key_id())
        .text("license_model", s.license_model())
        .text("option_group_name", s.option_group_name())
        .int("port", s.port())
        .text("snapshot_type", s.snapshot_type())
        .text("source_db_snapshot_identifier", s.source_db_snapshot_identifier())
        .text("source_region", s.source_region())
        .text("status", s.status())
        .text("storage_type", s.storage_type())
        .text("vpc_id", s.vpc_id())
}

/// A name as it was written where AWS's differs in case only.
fn spelt<'a>(base: &'a Value, name: &str, answered: Option<&'a str>) -> Option<&'a str> {
    shape::text(base, name).filter(|b| answered.is_some_and(|a| a.eq_ignore_ascii_case(b))).or(answered)
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let s = &full.snapshot;
    let (tags, tags_all) = rds::observed(ctx, s.tag_list(), base);
    describe(Attrs::over(schema, base), s)
        .text("region", Some(region::of(ctx)))
        .text("db_instance_identifier", spelt(base, "db_instance_identifier", s.db_instance_identifier()))
        .text("db_snapshot_identifier", spelt(base, "db_snapshot_identifier", s.db_snapshot_identifier()))
        .set("shared_accounts", &full.accounts)
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

fn client(ctx: &Ctx<'_>) -> Result<Client, ProviderError> {
    Ok(Aws::of(ctx)?.rds(Some(region::of(ctx))))
}

async fn make(ctx: &Ctx<'_>, planned: &Value) -> Result<String, ProviderError> {
    let send = client(ctx)?
        .create_db_snapshot()
        .set_db_instance_identifier(shape::string(planned, "db_instance_identifier"))
        .set_db_snapshot_identifier(shape::string(planned, "db_snapshot_identifier"))
        .set_tags(Some(rds::for_create(ctx, planned)));
    let made = call("rds:CreateDBSnapshot", send.send()).await.map_err(|e| e.while_doing("Taking the DB snapshot"))?;
    Ok(made.db_snapshot.and_then(|s| s.db_snapshot_identifier).unwrap_or_default())
}

/// Waits until the snapshot is complete.
async fn available(ctx: &Ctx<'_>, id: &str, limit: Duration) -> Result<(), ProviderError> {
    let client = client(ctx)?;
    let what = format!("the DB snapshot {id} to become available");
    let look = || async {
        match one(client.clone(), id.to_string()).await {
            Ok(Some(s)) => match s.status() {
                Some("available") => Poll::Ready(()),
                Some("failed") => Poll::Failed(failed(id)),
                _ => Poll::Pending,
            },
            Ok(None) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    Aws::of(ctx)?.wait(&what, limit).until(look).await
}

fn failed(id: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Other, "The DB snapshot failed", format!("AWS gave up on the snapshot {id}."))
        .help("The events of the database in the RDS console say why; apply again to take it anew.")
}

/// Adds and removes the accounts that may restore the snapshot.
async fn share(ctx: &Ctx<'_>, id: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let (old, new) = (shape::strings(prior, "shared_accounts"), shape::strings(planned, "shared_accounts"));
    let add: Vec<String> = new.iter().filter(|a| !old.contains(a)).cloned().collect();
    let remove: Vec<String> = old.iter().filter(|a| !new.contains(a)).cloned().collect();
    if add.is_empty() && remove.is_empty() {
        return Ok(());
    }
    let request = client(ctx)?
        .modify_db_snapshot_attribute()
        .db_snapshot_identifier(id)
        .attribute_name(RESTORE)
        .set_values_to_add(Some(add).filter(|a| !a.is_empty()))
        .set_values_to_remove(Some(remove).filter(|r| !r.is_empty()));
    let sent = call("rds:ModifyDBSnapshotAttribute", request.send()).await;
    sent.map(|_| ()).map_err(|e| e.while_doing("Sharing the DB snapshot").at("shared_accounts"))
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let (prior, planned) = (&request.prior.attributes, request.planned);
    share(ctx, request.prior.id().unwrap_or_default(), prior, planned).await?;
    rds::update_tags(ctx, &client(ctx)?, request.prior.str("db_snapshot_arn").unwrap_or_default(), prior, planned).await
}

#[async_trait]
impl ResourceType for DbSnapshot {
    support::basics!("aws_db_snapshot", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["rds:DescribeDBSnapshots", "rds:DescribeDBSnapshotAttributes"],
            create: &["rds:CreateDBSnapshot", "rds:ModifyDBSnapshotAttribute", "rds:AddTagsToResource"],
            update: &["rds:ModifyDBSnapshotAttribute", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"],
            delete: &["rds:DeleteDBSnapshot"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::find_all(&groups::ids(priors), |ids| many(client.clone(), ids), |id| one(client.clone(), id)).await;
        let found = complete(&client, found).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let id = match make(ctx, request.planned).await {
            Ok(id) => id,
            Err(error) => return Applied::failed(error),
        };
        let object = support::started(&self.schema(), ctx, request.planned, &id);
        match support::reached(request.checkpoint, &object).await {
            Ok(()) => self.resume(ctx, request, object).await,
            Err(error) => Applied::partial(object, error),
        }
    }

    /// It is of no use until it is complete.
    async fn resume(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>, object: Object) -> Applied {
        let id = object.id().unwrap_or_default().to_string();
        let steps = async {
            available(ctx, &id, request.timeouts.create.unwrap_or(timeouts::minutes(20))).await?;
            let shared = accounts(client(ctx)?, id.clone()).await?.unwrap_or_default();
            let now = Attrs::over(&self.schema(), &object.attributes).set("shared_accounts", shared).finish();
            share(ctx, &id, &now, request.planned).await
        };
        let done = steps.await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = client(ctx)?;
        let id = request.prior.id().unwrap_or_default();
        let gone = call("rds:DeleteDBSnapshot", client.delete_db_snapshot().db_snapshot_identifier(id).send()).await;
        absent(gone, NOT_FOUND).map_err(|e| e.while_doing("Deleting the DB snapshot"))?;
        let what = format!("the DB snapshot {id} to be deleted");
        let look = || async {
            match one(client.clone(), id.to_string()).await {
                Ok(None) => Poll::Ready(()),
                Ok(Some(_)) => Poll::Pending,
                Err(e) => Poll::Failed(e.into()),
            }
        };
        Aws::of(ctx)?.wait(&what, timeouts::minutes(10)).until(look).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let id = |i: &Intent| Some((i.token.clone(), shape::text(&i.planned, "db_snapshot_identifier")?.to_lowercase()));
        support::located(self, ctx, intents, &intents.iter().filter_map(id).collect()).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_and_keep_their_case() {
        let errors = |name: &str| validate(&Value::object([("db_snapshot_identifier".into(), Value::string(name))].into())).len();
        assert_eq!((errors("main-2026"), errors("2026-main"), errors("a--b"), errors("a_b")), (0, 1, 1, 1));
        let base = Value::object([("db_snapshot_identifier".into(), Value::string("Main"))].into());
        assert_eq!(spelt(&base, "db_snapshot_identifier", Some("main")), Some("Main"));
        assert_eq!(spelt(&base, "db_snapshot_identifier", Some("other")), Some("other"));
    }
}
