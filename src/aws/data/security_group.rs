//! `data.aws_security_group`: the one security group that the arguments describe.

use crate::aws::clients::Aws;
use crate::aws::errors::call;
use crate::aws::shape::Attrs;
use crate::aws::{ec2, query, region, support, timeouts};
use crate::provider::{Ctx, DataSource, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, map_of, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, SecurityGroup as Sdk};

/// `data.aws_security_group`
pub struct SecurityGroup;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("arn", string().computed())
        .attr("description", string().computed())
        .attr("id", string().optional().computed())
        .attr("name", string().optional().computed())
        .attr("region", region::attribute())
        .attr("tags", map_of(Type::String).optional().computed())
        .attr("vpc_id", string().optional().computed())
        .block("filter", query::filter_block())
        .block("timeouts", timeouts::block(&["read"]));
    ResourceSchema::new(0, block)
}

fn search(config: &Value) -> Vec<Filter> {
    let texts = [("id", "group-id"), ("name", "group-name"), ("vpc_id", "vpc-id")];
    query::text_filters(config, &texts).into_iter().chain(query::tag_filters(config)).chain(query::filters(config)).collect()
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, config: &Value, group: &Sdk) -> Value {
    let id = group.group_id().unwrap_or_default();
    Attrs::over(schema, config)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, group.owner_id(), &format!("security-group/{id}"))))
        .text("description", group.description())
        .text("name", group.group_name())
        .text("vpc_id", group.vpc_id())
        .put("tags", query::tags(ctx, group.tags()))
        .finish()
}

#[async_trait]
impl DataSource for SecurityGroup {
    support::basics!("aws_security_group", build);

    fn iam(&self) -> &'static [&'static str] {
        &["ec2:DescribeSecurityGroups"]
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
                let filters = search(&config);
                let words = query::in_words(&filters);
                let pages =
                    client.describe_security_groups().set_filters(Some(filters).filter(|f| !f.is_empty())).into_paginator().items().send();
                let found = call("ec2:DescribeSecurityGroups", pages.collect::<Result<Vec<_>, _>>())
                    .await
                    .map_err(|e| e.while_doing("Looking for the security group"))?;
                let group = query::exactly_one(found, "security group", &words, |g| {
                    format!("{} ({})", g.group_id().unwrap_or_default(), g.group_name().unwrap_or_default())
                })?;
                Ok(flatten(ctx, schema, &config, &group))
            }
        };
        query::distinct(configs, one).await
    }
}
