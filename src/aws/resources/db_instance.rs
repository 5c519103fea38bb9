//! `aws_db_instance`: a database server.
//!
//! # Quirks
//! The id is AWS's resource id (`db-...`), which survives a renaming; an import may give the
//! identifier. The password is never read back. `engine_version` keeps what is written while the
//! actual version (in `engine_version_actual`) is one of it: `16` stays `16` when 16.4 runs.
//! Storage that grew by itself below `max_allocated_storage` is no change. Without
//! `apply_immediately` some changes wait for the maintenance window and are planned until then.
//! Source: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>.

mod plan;
mod read;
mod send;
mod wait;

pub(in crate::aws) use read::describe_one;
pub(in crate::aws) use wait::{SERVING, is_dead};

use crate::aws::clients::Aws;
use crate::aws::errors::{absent, call};
use crate::aws::groups;
use crate::aws::shape;
use crate::aws::{generated, rds, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::value::{Members, Value};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// `aws_db_instance`
pub struct DbInstance;

const NOT_FOUND: &[&str] = &["DBInstanceNotFound", "DBInstanceNotFoundFault"];

impl DbInstance {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let aws = Aws::of(ctx)?;
        let client = aws.rds(Some(region::of(ctx)));
        let planned = request.planned;
        send::complete(planned, request.config)?;
        let identifier = generated::name(planned, "identifier", "identifier_prefix", &request.intent.token);
        let create = send::create(&client, planned, request.config, &identifier).set_tags(Some(rds::for_create(ctx, planned)));
        let made = wait::for_roles(aws, "Creating the database", || call("rds:CreateDBInstance", create.clone().send())).await?;
        let id = made.db_instance.and_then(|d| d.dbi_resource_id).unwrap_or_else(|| identifier.clone());
        let object = support::started(&self.schema(), ctx, planned, &id);
        let mut members: Members = object.attributes.members().cloned().unwrap_or_default();
        members.insert("identifier".into(), Value::string(&identifier));
        let object = Object::new(Value::object(members));
        support::reached(request.checkpoint, &object).await?;
        Ok(object)
    }

    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        let aws = Aws::of(ctx)?;
        let client = aws.rds(Some(region::of(ctx)));
        let limit = request.timeouts.create.unwrap_or(timeouts::minutes(40));
        wait::available(aws, &client, object.id().unwrap_or_default(), limit).await
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let aws = Aws::of(ctx)?;
        let client = aws.rds(Some(region::of(ctx)));
        let (prior, planned) = (&request.prior.attributes, request.planned);
        rds::update_tags(ctx, &client, request.prior.str("arn").unwrap_or_default(), prior, planned).await?;
        if !send::needs_modify(prior, planned) {
            return Ok(());
        }
        let limit = request.timeouts.update.unwrap_or(timeouts::minutes(80));
        let id = request.prior.id().unwrap_or_default();
        wait::available(aws, &client, id, limit).await?;
        let new_name = shape::changed(prior, planned, "identifier") || renamed(prior, planned);
        let name = new_name.then(|| generated::name(planned, "identifier", "identifier_prefix", &request.intent.token));
        let modify = send::modify(&client, prior, planned, request.config).set_new_db_instance_identifier(name);
        wait::for_roles(aws, "Changing the database", || call("rds:ModifyDBInstance", modify.clone().send())).await?;
        wait::changed(aws, &client, id, limit).await
    }
}

/// Whether the identifier shall be drawn anew because its prefix changed.
fn renamed(prior: &Value, planned: &Value) -> bool {
    shape::changed(prior, planned, "identifier_prefix") && planned.get("identifier").is_some_and(Value::is_unknown)
}

/// How the final snapshot is to be taken: `None` is "not at all".
fn final_snapshot(prior: &Object) -> Result<Option<String>, ProviderError> {
    if shape::flag(&prior.attributes, "skip_final_snapshot") == Some(true) {
        return Ok(None);
    }
    let name = prior.str("final_snapshot_identifier").map(str::to_string);
    let refused = || {
        let detail = format!(
            "The database {} would be deleted with a final snapshot, and the snapshot has no name. Nothing was deleted.",
            prior.str("identifier").unwrap_or_default()
        );
        ProviderError::new(ErrorKind::Invalid, "The database has no name for its final snapshot", detail)
            .help("Set `final_snapshot_identifier`, or `skip_final_snapshot = true` to lose the data; apply that before destroying.")
            .at("final_snapshot_identifier")
    };
    name.map(Some).ok_or_else(refused)
}

/// The refusal to delete a protected database, before AWS is asked.
fn check_protection(prior: &Object) -> Result<(), ProviderError> {
    if shape::flag(&prior.attributes, "deletion_protection") != Some(true) {
        return Ok(());
    }
    let detail = format!("The database {} has `deletion_protection`. Nothing was deleted.", prior.str("identifier").unwrap_or_default());
    Err(ProviderError::new(ErrorKind::Invalid, "The database is protected against deletion", detail)
        .help("Set `deletion_protection = false` and apply that before destroying.")
        .at("deletion_protection"))
}

#[async_trait]
impl ResourceType for DbInstance {
    support::basics!("aws_db_instance", plan::build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["rds:DescribeDBInstances"],
            create: &["rds:CreateDBInstance", "rds:AddTagsToResource", "iam:CreateServiceLinkedRole"],
            update: &["rds:ModifyDBInstance", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"],
            delete: &["rds:DeleteDBInstance", "rds:CreateDBSnapshot"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::of(ctx) {
            Ok(aws) => aws.rds(Some(region::of(ctx))),
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found =
            groups::find_all(&groups::ids(priors), |ids| read::describe(client.clone(), ids), |id| read::describe_one(client.clone(), id))
                .await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, database| read::flatten(ctx, &schema, base, database))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => {
                let done = self.after_create(ctx, &request, &object).await;
                support::finish(self, ctx, request.addr, object, done).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    /// It has no endpoint until it is available.
    async fn resume(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>, object: Object) -> Applied {
        let done = self.after_create(ctx, &request, &object).await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = self.change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let aws = Aws::of(ctx)?;
        let client = aws.rds(Some(region::of(ctx)));
        let id = request.prior.id().unwrap_or_default();
        let Some(there) = read::describe_one(client.clone(), id.to_string()).await? else { return Ok(()) };
        let limit = request.timeouts.delete.unwrap_or(timeouts::minutes(60));
        if there.db_instance_status() != Some("deleting") {
            check_protection(request.prior)?;
            let snapshot = final_snapshot(request.prior)?;
            let send = client
                .delete_db_instance()
                .set_db_instance_identifier(there.db_instance_identifier)
                .delete_automated_backups(shape::flag(&request.prior.attributes, "delete_automated_backups").unwrap_or(true))
                .skip_final_snapshot(snapshot.is_none())
                .set_final_db_snapshot_identifier(snapshot);
            let sent = call("rds:DeleteDBInstance", send.send()).await;
            absent(sent, NOT_FOUND).map_err(|e| e.while_doing("Deleting the database"))?;
        }
        wait::gone(aws, &client, id, limit).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let name = |i: &Intent| (i.token.clone(), generated::name(&i.planned, "identifier", "identifier_prefix", &i.token));
        support::located(self, ctx, intents, &intents.iter().map(name).collect::<BTreeMap<_, _>>()).await
    }

    /// What no API answers starts as the provider's import sets it.
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let object = support::import(&self.schema(), id)?;
        let mut members: Members = object.attributes.members().cloned().unwrap_or_default();
        members.insert("skip_final_snapshot".into(), Value::bool(true));
        members.insert("delete_automated_backups".into(), Value::bool(true));
        Ok(Object::new(Value::object(members)))
    }
}

#[cfg(test)]
mod tests;
