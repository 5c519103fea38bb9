//! The lock table: on demand, restorable, protected.

use super::{S3Admin, TAG, part, when};
use crate::aws::errors::{absent, call};
use crate::aws::waiter::Poll;
use crate::store::{Part, PartKind, Standing, StoreError, StoreErrorKind};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, ContinuousBackupsStatus, KeySchemaElement, KeyType, PointInTimeRecoverySpecification,
    PointInTimeRecoveryStatus, ScalarAttributeType, TableDescription, TableStatus, Tag,
};

const NO_TABLE: &[&str] = &["ResourceNotFoundException"];

impl S3Admin {
    fn dynamodb(&self) -> Client {
        self.aws.dynamodb(None)
    }

    pub(super) async fn inspect_table(&self, name: &str) -> Result<Vec<Part>, StoreError> {
        let Some(table) = self.describe_table(name).await? else {
            let all = [PartKind::Table, PartKind::PointInTimeRecovery, PartKind::DeletionProtection];
            return Ok(all.map(|kind| part(kind, name, Standing::Missing)).into());
        };
        check_key(name, &table)?;
        let on_demand = table.billing_mode_summary().is_some_and(|b| b.billing_mode() == Some(&BillingMode::PayPerRequest));
        let standing = if on_demand { Standing::Fine } else { Standing::Different("it has provisioned capacity".into()) };
        Ok(vec![
            part(PartKind::Table, name, standing),
            part(PartKind::PointInTimeRecovery, name, when(self.recovery(name).await?)),
            part(PartKind::DeletionProtection, name, when(table.deletion_protection_enabled() == Some(true))),
        ])
    }

    async fn describe_table(&self, name: &str) -> Result<Option<TableDescription>, StoreError> {
        let answer = call("dynamodb:DescribeTable", self.dynamodb().describe_table().table_name(name).send()).await;
        let answer = absent(answer, NO_TABLE).map_err(|e| self.explain(e, "Looking for the lock table"))?;
        Ok(answer.and_then(|a| a.table))
    }

    async fn recovery(&self, name: &str) -> Result<bool, StoreError> {
        let answer =
            call("dynamodb:DescribeContinuousBackups", self.dynamodb().describe_continuous_backups().table_name(name).send()).await;
        let answer = answer.map_err(|e| self.explain(e, "Reading the lock table's backups"))?;
        let status = answer.continuous_backups_description.filter(|d| d.continuous_backups_status == ContinuousBackupsStatus::Enabled);
        let recovery = status.and_then(|d| d.point_in_time_recovery_description).and_then(|p| p.point_in_time_recovery_status);
        Ok(recovery == Some(PointInTimeRecoveryStatus::Enabled))
    }

    pub(super) async fn create_table(&self, name: &str) -> Result<(), StoreError> {
        let doing = "Creating the lock table";
        let wrong = |e: BuildError| StoreError::new(StoreErrorKind::Other, doing, e.to_string());
        let attribute =
            AttributeDefinition::builder().attribute_name("LockID").attribute_type(ScalarAttributeType::S).build().map_err(wrong)?;
        let key = KeySchemaElement::builder().attribute_name("LockID").key_type(KeyType::Hash).build().map_err(wrong)?;
        let tag = Tag::builder().key(TAG.0).value(TAG.1).build().map_err(wrong)?;
        let request = self
            .dynamodb()
            .create_table()
            .table_name(name)
            .attribute_definitions(attribute)
            .key_schema(key)
            .billing_mode(BillingMode::PayPerRequest)
            .deletion_protection_enabled(true)
            .tags(tag);
        match call("dynamodb:CreateTable", request.send()).await {
            Ok(_) => {}
            Err(e) if e.is(&["ResourceInUseException"]) => {}
            Err(e) => return Err(self.explain(e, doing)),
        }
        self.table_active(name).await
    }

    async fn table_active(&self, name: &str) -> Result<(), StoreError> {
        let client = self.dynamodb();
        self.wait("the lock table to become active", || {
            let look = client.describe_table().table_name(name).send();
            async move {
                match absent(call("dynamodb:DescribeTable", look).await, NO_TABLE) {
                    Ok(Some(a)) if a.table().and_then(|t| t.table_status()) == Some(&TableStatus::Active) => Poll::Ready(()),
                    Ok(_) => Poll::Pending,
                    Err(e) => Poll::Failed(e.while_doing("Looking at the lock table")),
                }
            }
        })
        .await
    }

    /// A new table refuses this for its first moments.
    pub(super) async fn enable_recovery(&self, name: &str) -> Result<(), StoreError> {
        let doing = "Switching on the lock table's point-in-time recovery";
        let wrong = |e: BuildError| StoreError::new(StoreErrorKind::Other, doing, e.to_string());
        let on = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build().map_err(wrong)?;
        let client = self.dynamodb();
        self.wait("backups of the lock table to be possible", || {
            let set = client.update_continuous_backups().table_name(name).point_in_time_recovery_specification(on.clone()).send();
            async move {
                match call("dynamodb:UpdateContinuousBackups", set).await {
                    Ok(_) => Poll::Ready(()),
                    Err(e) if e.is(&["ContinuousBackupsUnavailableException", "ResourceInUseException"]) => Poll::Pending,
                    Err(e) => Poll::Failed(e.while_doing(doing)),
                }
            }
        })
        .await
    }

    pub(super) async fn protect_table(&self, name: &str) -> Result<(), StoreError> {
        if self.describe_table(name).await?.is_some_and(|t| t.deletion_protection_enabled() == Some(true)) {
            return Ok(());
        }
        let request = self.dynamodb().update_table().table_name(name).deletion_protection_enabled(true);
        call("dynamodb:UpdateTable", request.send()).await.map_err(|e| self.explain(e, "Protecting the lock table"))?;
        self.table_active(name).await
    }

    /// Held locks and digests in the table, of any state.
    pub(super) async fn table_items(&self, name: &str) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let request = self.dynamodb().scan().table_name(name).projection_expression("LockID").consistent_read(true).limit(1000);
        let answer =
            absent(call("dynamodb:Scan", request.send()).await, NO_TABLE).map_err(|e| self.explain(e, "Looking into the lock table"))?;
        let items = answer.and_then(|a| a.items).unwrap_or_default();
        let ids = items.iter().filter_map(|i| i.get("LockID")?.as_s().ok().cloned());
        Ok(ids.partition(|id| !id.ends_with("-md5")))
    }
}

/// The key that every tool uses: `LockID`, a string, alone.
fn check_key(name: &str, table: &TableDescription) -> Result<(), StoreError> {
    let keys = table.key_schema();
    let hash = keys.iter().any(|k| k.attribute_name() == "LockID" && *k.key_type() == KeyType::Hash);
    let text =
        table.attribute_definitions().iter().any(|a| a.attribute_name() == "LockID" && *a.attribute_type() == ScalarAttributeType::S);
    if keys.len() == 1 && hash && text {
        return Ok(());
    }
    let detail = format!("The table {name:?} exists, but its key is not the string LockID alone: it is not a lock table.");
    Err(StoreError::new(StoreErrorKind::Other, "The lock table has another key", detail)
        .help("Choose another `dynamodb_table` in the backend block. Nothing was changed."))
}
