//! `aws_dynamodb_table`: a table with its indexes.
//!
//! # Quirks
//! The id is the name. A read takes four calls a table: the table, its backups, its expiry and its
//! tags. One UpdateTable changes one thing, and the next has to wait until the table is active
//! again; indexes are made and removed one by one. Expiry and backups have calls of their own.
//! Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html>.

mod indexes;
mod plan;
mod read;
mod steps;

use crate::aws::clients::Aws;
use crate::aws::errors::{absent, call};
use crate::aws::groups;
use crate::aws::shape;
use crate::aws::tags;
use crate::aws::waiter::Poll;
use crate::aws::{region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{BillingMode, TableClass, Tag};

/// `aws_dynamodb_table`
pub struct DynamodbTable;

const NOT_FOUND: &[&str] = &["ResourceNotFoundException"];

fn client(ctx: &Ctx<'_>) -> Result<Client, ProviderError> {
    Ok(Aws::of(ctx)?.dynamodb(Some(region::of(ctx))))
}

fn sdk_tags(tags: &tags::Tags) -> Vec<Tag> {
    tags.iter().filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok()).collect()
}

impl DynamodbTable {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let name = shape::text(planned, "name").unwrap_or_default();
        let on_demand = plan::is_on_demand(planned);
        let labels = sdk_tags(&tags::for_create(planned, ctx.facts, None));
        let local = indexes::local(planned)?;
        let global = indexes::global(planned, on_demand)?;
        let create = client(ctx)?
            .create_table()
            .table_name(name)
            .set_attribute_definitions(Some(indexes::definitions(planned)?))
            .set_key_schema(Some(indexes::keys(shape::text(planned, "hash_key"), shape::text(planned, "range_key"))?))
            .set_local_secondary_indexes(Some(local).filter(|l| !l.is_empty()))
            .set_global_secondary_indexes(Some(global).filter(|g| !g.is_empty()))
            .set_billing_mode(shape::text(planned, "billing_mode").map(BillingMode::from))
            .set_provisioned_throughput(if on_demand { None } else { Some(indexes::throughput(planned)?) })
            .set_stream_specification(steps::stream(planned)?)
            .set_sse_specification(steps::encryption(planned))
            .set_table_class(shape::text(planned, "table_class").map(TableClass::from))
            .set_deletion_protection_enabled(shape::flag(planned, "deletion_protection_enabled"))
            .set_tags(Some(labels).filter(|t| !t.is_empty()));
        call("dynamodb:CreateTable", create.send()).await.map_err(|e| e.while_doing("Creating the table"))?;
        let object = support::started(&self.schema(), ctx, planned, name);
        support::reached(request.checkpoint, &object).await?;
        Ok(object)
    }

    fn work<'a>(&self, ctx: &'a Ctx<'_>, request: &CreateRequest<'_>) -> Result<steps::Work<'a>, ProviderError> {
        Ok(steps::Work {
            aws: Aws::of(ctx)?,
            client: client(ctx)?,
            name: shape::string(request.planned, "name").unwrap_or_default(),
            limit: request.timeouts.create.unwrap_or(timeouts::minutes(30)),
        })
    }

    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<(), ProviderError> {
        let work = self.work(ctx, request)?;
        work.active().await?;
        work.expiry(None, request.planned).await?;
        work.backups(None, request.planned).await
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let (prior, planned) = (&request.prior.attributes, request.planned);
        let work = steps::Work {
            aws: Aws::of(ctx)?,
            client: client(ctx)?,
            name: request.prior.id().unwrap_or_default().to_string(),
            limit: request.timeouts.update.unwrap_or(timeouts::minutes(60)),
        };
        work.settings(prior, planned).await?;
        work.indexes(prior, planned).await?;
        work.expiry(Some(prior), planned).await?;
        work.backups(Some(prior), planned).await?;
        let change = tags::TagChange::between(prior, planned, ctx.facts);
        let arn = request.prior.str("arn").unwrap_or_default();
        if !change.remove.is_empty() {
            let untag = work.client.untag_resource().resource_arn(arn).set_tag_keys(Some(change.remove));
            call("dynamodb:UntagResource", untag.send()).await.map_err(|e| e.while_doing("Removing tags"))?;
        }
        if !change.set.is_empty() {
            let tag = work.client.tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(&change.set)));
            call("dynamodb:TagResource", tag.send()).await.map_err(|e| e.while_doing("Setting tags"))?;
        }
        Ok(())
    }
}

/// The refusal to delete a protected table, before AWS is asked.
fn check_protection(prior: &Object) -> Result<(), ProviderError> {
    if shape::flag(&prior.attributes, "deletion_protection_enabled") != Some(true) {
        return Ok(());
    }
    let detail = format!("The table {} has `deletion_protection_enabled`. Nothing was deleted.", prior.id().unwrap_or_default());
    Err(ProviderError::new(ErrorKind::Invalid, "The table is protected against deletion", detail)
        .help("Set `deletion_protection_enabled = false` and apply that before destroying.")
        .at("deletion_protection_enabled"))
}

#[async_trait]
impl ResourceType for DynamodbTable {
    support::basics!("aws_dynamodb_table", plan::build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &[
                "dynamodb:DescribeTable",
                "dynamodb:DescribeContinuousBackups",
                "dynamodb:DescribeTimeToLive",
                "dynamodb:ListTagsOfResource",
            ],
            create: &[
                "dynamodb:CreateTable",
                "dynamodb:TagResource",
                "dynamodb:UpdateTimeToLive",
                "dynamodb:UpdateContinuousBackups",
                "iam:CreateServiceLinkedRole",
            ],
            update: &[
                "dynamodb:UpdateTable",
                "dynamodb:UpdateTimeToLive",
                "dynamodb:UpdateContinuousBackups",
                "dynamodb:TagResource",
                "dynamodb:UntagResource",
            ],
            delete: &["dynamodb:DeleteTable"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::each(groups::ids(priors), |name| read::whole(client.clone(), name)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| read::flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => {
                let done = self.after_create(ctx, &request).await;
                support::finish(self, ctx, request.addr, object, done).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    /// Waits until it is active; the steps after that show as differences of the next plan.
    async fn resume(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>, object: Object) -> Applied {
        let done = self.work(ctx, &request);
        let done = match done {
            Ok(work) => work.active().await,
            Err(error) => Err(error),
        };
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = self.change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, client(ctx)?);
        let name = request.prior.id().unwrap_or_default();
        if read::table(&client, name).await?.is_none() {
            return Ok(());
        }
        check_protection(request.prior)?;
        let limit = request.timeouts.delete.unwrap_or(timeouts::minutes(10));
        let send = || async {
            match call("dynamodb:DeleteTable", client.delete_table().table_name(name).send()).await {
                Ok(_) => Poll::Ready(()),
                Err(e) if e.is(NOT_FOUND) => Poll::Ready(()),
                Err(e) if e.is(&["ResourceInUseException", "LimitExceededException"]) => Poll::Pending,
                Err(e) => Poll::Failed(e.while_doing("Deleting the table")),
            }
        };
        aws.wait(&format!("the table {name} to be free"), limit).until(send).await?;
        let look = || async {
            match absent(read::table(&client, name).await, NOT_FOUND) {
                Ok(Some(Some(_))) => Poll::Pending,
                Ok(_) => Poll::Ready(()),
                Err(e) => Poll::Failed(e.into()),
            }
        };
        aws.wait(&format!("the table {name} to be deleted"), limit).until(look).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        support::located_by(self, ctx, intents, "name").await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests;
