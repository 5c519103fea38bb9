//! `data.aws_subnets`: the ids of all subnets that match; none is no error.

use crate::aws::clients::Aws;
use crate::aws::errors::call;
use crate::aws::shape::Attrs;
use crate::aws::{query, region, support, timeouts};
use crate::provider::{Ctx, DataSource, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, list_of, map_of, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::types::Filter;

/// `data.aws_subnets`
pub struct Subnets;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("id", string().optional().computed())
        .attr("ids", list_of(Type::String).computed())
        .attr("region", region::attribute())
        .attr("tags", map_of(Type::String).optional().computed())
        .block("filter", query::filter_block())
        .block("timeouts", timeouts::block(&["read"]));
    ResourceSchema::new(0, block)
}

#[async_trait]
impl DataSource for Subnets {
    support::basics!("aws_subnets", build);

    fn iam(&self) -> &'static [&'static str] {
        &["ec2:DescribeSubnets"]
    }

    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return configs.iter().map(|_| Err(error.clone())).collect(),
        };
        let schema = self.schema();
        let one = |config: Value| {
            let (client, schema) = (&client, &schema);
            async move {
                let filters: Vec<Filter> = query::tag_filters(&config).into_iter().chain(query::filters(&config)).collect();
                let pages = client.describe_subnets().set_filters(Some(filters).filter(|f| !f.is_empty())).into_paginator().items().send();
                let found = call("ec2:DescribeSubnets", pages.collect::<Result<Vec<_>, _>>())
                    .await
                    .map_err(|e| e.while_doing("Looking for subnets"))?;
                let ids = found.iter().filter_map(|s| s.subnet_id());
                Ok(Attrs::over(schema, &config)
                    .text("id", Some(region::of(ctx)))
                    .text("region", Some(region::of(ctx)))
                    .list("ids", ids)
                    .finish())
            }
        };
        query::distinct(configs, one).await
    }
}
