//! The steps in which a table changes: one thing a call, and then the table is waited for.

use super::indexes::{IndexChange, definitions, global_one, keys, lacks, throughput};
use super::plan::is_on_demand;
use super::read;
use crate::aws::clients::Aws;
use crate::aws::errors::call;
use crate::aws::shape::{changed, first, flag, int, string, text};
use crate::aws::waiter::Poll;
use crate::provider::ProviderError;
use crate::value::Value;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder as Update;
use aws_sdk_dynamodb::types::{
    BillingMode, CreateGlobalSecondaryIndexAction, DeleteGlobalSecondaryIndexAction, GlobalSecondaryIndexUpdate, IndexStatus,
    PointInTimeRecoverySpecification, SseSpecification, SseType, StreamSpecification, StreamViewType, TableClass, TableStatus,
    TimeToLiveSpecification, UpdateGlobalSecondaryIndexAction,
};
use std::time::Duration;

/// A table that is being worked on.
pub(super) struct Work<'a> {
    pub(super) aws: &'a Aws,
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) limit: Duration,
}

pub(super) fn stream(table: &Value) -> Result<Option<StreamSpecification>, ProviderError> {
    if flag(table, "stream_enabled") != Some(true) {
        return Ok(None);
    }
    let view = text(table, "stream_view_type").map(StreamViewType::from);
    StreamSpecification::builder().stream_enabled(true).set_stream_view_type(view).build().map(Some).map_err(|e| lacks(&e))
}

pub(super) fn encryption(table: &Value) -> Option<SseSpecification> {
    let block = first(table, "server_side_encryption")?;
    let on = flag(block, "enabled").unwrap_or(false);
    let key = string(block, "kms_key_arn").filter(|_| on);
    Some(SseSpecification::builder().enabled(on).set_sse_type(key.is_some().then_some(SseType::Kms)).set_kms_master_key_id(key).build())
}

impl Work<'_> {
    /// Waits until the table and its indexes are active.
    pub(super) async fn active(&self) -> Result<(), ProviderError> {
        let what = format!("the table {} to become active", self.name);
        let look = || async {
            match read::table(&self.client, &self.name).await {
                Ok(Some(t)) => {
                    let indexes = t.global_secondary_indexes().iter().all(|i| matches!(i.index_status(), None | Some(IndexStatus::Active)));
                    if t.table_status() == Some(&TableStatus::Active) && indexes { Poll::Ready(()) } else { Poll::Pending }
                }
                Ok(None) => Poll::Pending,
                Err(e) => Poll::Failed(e.into()),
            }
        };
        self.aws.wait(&what, self.limit).until(look).await
    }

    async fn send(&self, update: Update) -> Result<(), ProviderError> {
        call("dynamodb:UpdateTable", update.table_name(&self.name).send()).await.map_err(|e| e.while_doing("Changing the table"))?;
        self.active().await
    }

    /// Protection, class, capacity, stream and encryption.
    pub(super) async fn settings(&self, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
        let moved = |n: &str| changed(prior, planned, n);
        if moved("deletion_protection_enabled") {
            self.send(
                self.client.update_table().deletion_protection_enabled(flag(planned, "deletion_protection_enabled").unwrap_or(false)),
            )
            .await?;
        }
        if moved("table_class") {
            self.send(self.client.update_table().set_table_class(text(planned, "table_class").map(TableClass::from))).await?;
        }
        if moved("billing_mode") || (!is_on_demand(planned) && (moved("read_capacity") || moved("write_capacity"))) {
            self.capacity(prior, planned).await?;
        }
        if moved("stream_enabled") || moved("stream_view_type") {
            self.stream(prior, planned).await?;
        }
        if moved("server_side_encryption") {
            self.send(self.client.update_table().set_sse_specification(encryption(planned))).await?;
        }
        Ok(())
    }

    /// A table that leaves payment by request needs a capacity for its indexes in the same call.
    async fn capacity(&self, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
        let mut update = self.client.update_table().set_billing_mode(text(planned, "billing_mode").map(BillingMode::from));
        if !is_on_demand(planned) {
            update = update.provisioned_throughput(throughput(planned)?);
            if changed(prior, planned, "billing_mode") {
                for index in IndexChange::between(prior, planned).resize {
                    update = update.global_secondary_index_updates(resize(&index)?);
                }
            }
        }
        self.send(update).await
    }

    /// Another view of a stream is another stream: the old one ends first.
    async fn stream(&self, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
        if flag(prior, "stream_enabled") == Some(true) {
            let off = StreamSpecification::builder().stream_enabled(false).build().map_err(|e| lacks(&e))?;
            self.send(self.client.update_table().stream_specification(off)).await?;
        }
        match stream(planned)? {
            Some(on) => self.send(self.client.update_table().stream_specification(on)).await,
            None => Ok(()),
        }
    }

    /// Removes, resizes and makes indexes, one at a time.
    pub(super) async fn indexes(&self, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
        let change = IndexChange::between(prior, planned);
        for name in &change.remove {
            let action = DeleteGlobalSecondaryIndexAction::builder().index_name(name).build().map_err(|e| lacks(&e))?;
            let update =
                self.client.update_table().global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().delete(action).build());
            self.send(update).await?;
        }
        let resized = changed(prior, planned, "billing_mode");
        for index in change.resize.iter().filter(|_| !resized) {
            self.send(self.client.update_table().global_secondary_index_updates(resize(index)?)).await?;
        }
        for index in &change.make {
            let action = make(index, is_on_demand(planned))?;
            let update = self.client.update_table().set_attribute_definitions(Some(definitions(planned)?));
            self.send(update.global_secondary_index_updates(action)).await?;
        }
        Ok(())
    }

    /// Expiry of items. Another attribute needs the old one switched off first.
    pub(super) async fn expiry(&self, prior: Option<&Value>, planned: &Value) -> Result<(), ProviderError> {
        let (old, new) = (prior.and_then(|p| first(p, "ttl")), first(planned, "ttl"));
        let on = |b: Option<&Value>| b.filter(|b| flag(b, "enabled") == Some(true)).and_then(|b| string(b, "attribute_name"));
        let known = new.is_none_or(Value::is_wholly_known);
        if !known || on(old) == on(new) || new.is_none() {
            return Ok(());
        }
        if let Some(attribute) = on(old) {
            self.set_expiry(&attribute, false).await?;
        }
        match on(new) {
            Some(attribute) => self.set_expiry(&attribute, true).await,
            None => Ok(()),
        }
    }

    async fn set_expiry(&self, attribute: &str, on: bool) -> Result<(), ProviderError> {
        let spec = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(on).build().map_err(|e| lacks(&e))?;
        let update = self.client.update_time_to_live().table_name(&self.name).time_to_live_specification(spec);
        call("dynamodb:UpdateTimeToLive", update.send()).await.map_err(|e| e.while_doing("Changing the expiry of items").at("ttl"))?;
        let what = format!("the expiry of the table {} to change", self.name);
        let look = || async {
            match call("dynamodb:DescribeTimeToLive", self.client.describe_time_to_live().table_name(&self.name).send()).await {
                Ok(a)
                    if a.time_to_live_description().and_then(|t| t.time_to_live_status()).is_some_and(|s| s.as_str().ends_with("ING")) =>
                {
                    Poll::Pending
                }
                Ok(_) => Poll::Ready(()),
                Err(e) => Poll::Failed(e.into()),
            }
        };
        self.aws.wait(&what, self.limit).until(look).await
    }

    /// Recovery to a point in time; a new table's backups become available with a delay.
    pub(super) async fn backups(&self, prior: Option<&Value>, planned: &Value) -> Result<(), ProviderError> {
        let block = first(planned, "point_in_time_recovery").filter(|b| !b.is_unknown());
        let Some(block) = block else { return Ok(()) };
        let on = flag(block, "enabled").unwrap_or(false);
        let old = prior.and_then(|p| first(p, "point_in_time_recovery"));
        let same = match old {
            Some(old) => flag(old, "enabled").unwrap_or(false) == on && !changed(old, block, "recovery_period_in_days"),
            None => !on,
        };
        if same {
            return Ok(());
        }
        let days = int(block, "recovery_period_in_days").filter(|d| on && *d > 0);
        let spec = PointInTimeRecoverySpecification::builder()
            .point_in_time_recovery_enabled(on)
            .set_recovery_period_in_days(days)
            .build()
            .map_err(|e| lacks(&e))?;
        let request = self.client.update_continuous_backups().table_name(&self.name).point_in_time_recovery_specification(spec);
        let send = || async {
            match call("dynamodb:UpdateContinuousBackups", request.clone().send()).await {
                Ok(_) => Poll::Ready(()),
                Err(e) if e.is(&["ContinuousBackupsUnavailableException"]) => Poll::Pending,
                Err(e) => Poll::Failed(e.while_doing("Changing the recovery to a point in time").at("point_in_time_recovery")),
            }
        };
        self.aws.wait(&format!("the backups of the table {} to be enabled", self.name), self.limit).until(send).await
    }
}

fn resize(index: &Value) -> Result<GlobalSecondaryIndexUpdate, ProviderError> {
    let action = UpdateGlobalSecondaryIndexAction::builder()
        .set_index_name(string(index, "name"))
        .provisioned_throughput(throughput(index)?)
        .build()
        .map_err(|e| lacks(&e))?;
    Ok(GlobalSecondaryIndexUpdate::builder().update(action).build())
}

fn make(index: &Value, on_demand: bool) -> Result<GlobalSecondaryIndexUpdate, ProviderError> {
    let whole = global_one(index, on_demand)?;
    let action = CreateGlobalSecondaryIndexAction::builder()
        .index_name(whole.index_name)
        .set_key_schema(Some(keys(text(index, "hash_key"), text(index, "range_key"))?))
        .set_projection(whole.projection)
        .set_provisioned_throughput(whole.provisioned_throughput)
        .build()
        .map_err(|e| lacks(&e))?;
    Ok(GlobalSecondaryIndexUpdate::builder().create(action).build())
}
