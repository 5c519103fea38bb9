//! What a data source promises.

use super::{Ctx, ProviderError};
use crate::addr::InstanceAddr;
use crate::schema::{ProviderFacts, ResourceSchema};
use crate::value::Value;
use async_trait::async_trait;
use std::sync::Arc;

/// A data source type.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// `aws_ami`
    fn name(&self) -> &'static str;
    /// Schema and rules.
    fn schema(&self) -> Arc<ResourceSchema>;
    /// Permissions needed (`ec2:DescribeImages`).
    fn iam(&self) -> &'static [&'static str] {
        &[]
    }
    /// For data sources that need no call: the result, also for a partly unknown configuration.
    fn read_inline(&self, _config: &Value, _facts: &ProviderFacts) -> Option<Result<Value, String>> {
        None
    }
    /// Reads many at once (wholly known configurations of one provider configuration and region);
    /// one answer for each, in order, conforming to the schema.
    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>>;
    /// The same, where it matters which data source asks: `addrs` are theirs, in the order of `configs`.
    async fn read_for(&self, ctx: &Ctx<'_>, _addrs: &[&InstanceAddr], configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        self.read(ctx, configs).await
    }
}
