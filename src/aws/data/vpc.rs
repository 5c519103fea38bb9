//! `data.aws_vpc`: the one VPC that the arguments describe.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, call};
use crate::aws::resources::vpc::attribute;
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, query, region, support, timeouts};
use crate::provider::{Ctx, DataSource, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, boolean, list_of, map_of, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, Vpc as Sdk, VpcAttributeName};

/// `data.aws_vpc`
pub struct Vpc;

fn association_type() -> Type {
    Type::object([("association_id", Type::String), ("cidr_block", Type::String), ("state", Type::String)])
}

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("arn", string().computed())
        .attr("cidr_block", string().optional().computed())
        .attr("cidr_block_associations", list_of(association_type()).computed())
        .attr("default", boolean().optional().computed())
        .attr("dhcp_options_id", string().optional().computed())
        .attr("enable_dns_hostnames", boolean().computed())
        .attr("enable_dns_support", boolean().computed())
        .attr("enable_network_address_usage_metrics", boolean().computed())
        .attr("id", string().optional().computed())
        .attr("instance_tenancy", string().computed())
        .attr("ipv6_association_id", string().computed())
        .attr("ipv6_cidr_block", string().computed())
        .attr("main_route_table_id", string().computed())
        .attr("owner_id", string().computed())
        .attr("region", region::attribute())
        .attr("state", string().optional().computed())
        .attr("tags", map_of(Type::String).optional().computed())
        .block("filter", query::filter_block())
        .block("timeouts", timeouts::block(&["read"]));
    ResourceSchema::new(0, block)
}

/// `default = false` does not ask for VPCs that are none: it is as if it were not written.
fn search(config: &Value) -> Vec<Filter> {
    let default = (shape::flag(config, "default") == Some(true)).then(|| Filter::builder().name("is-default").values("true").build());
    let texts = [("id", "vpc-id"), ("cidr_block", "cidr"), ("dhcp_options_id", "dhcp-options-id"), ("state", "state")];
    query::text_filters(config, &texts).into_iter().chain(default).chain(query::filters(config)).chain(query::tag_filters(config)).collect()
}

/// What the description of a VPC lacks.
#[derive(Default)]
struct More {
    hostnames: bool,
    support: bool,
    metrics: bool,
    main_table: Option<String>,
}

async fn more(client: &Client, id: &str) -> Result<More, ApiError> {
    let tables =
        client.describe_route_tables().filters(ec2::filter("association.main", ["true"])).filters(ec2::filter("vpc-id", [id])).send();
    let (hostnames, support, metrics, tables) = tokio::try_join!(
        attribute(client, id, VpcAttributeName::EnableDnsHostnames),
        attribute(client, id, VpcAttributeName::EnableDnsSupport),
        attribute(client, id, VpcAttributeName::EnableNetworkAddressUsageMetrics),
        call("ec2:DescribeRouteTables", tables),
    )?;
    Ok(More { hostnames, support, metrics, main_table: tables.route_tables.unwrap_or_default().pop().and_then(|t| t.route_table_id) })
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, config: &Value, vpc: &Sdk, more: &More) -> Value {
    let id = vpc.vpc_id().unwrap_or_default();
    let block = |a: &aws_sdk_ec2::types::VpcCidrBlockAssociation| {
        Value::object(
            [
                ("association_id".into(), Value::string(a.association_id().unwrap_or_default())),
                ("cidr_block".into(), Value::string(a.cidr_block().unwrap_or_default())),
                ("state".into(), Value::string(a.cidr_block_state().and_then(|s| s.state()).map_or("", |s| s.as_str()))),
            ]
            .into(),
        )
    };
    let ipv6 = vpc.ipv6_cidr_block_association_set().first();
    Attrs::over(schema, config)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, vpc.owner_id(), &format!("vpc/{id}"))))
        .text("cidr_block", vpc.cidr_block())
        .put("cidr_block_associations", Value::list(association_type(), vpc.cidr_block_association_set().iter().map(block).collect()))
        .flag("default", vpc.is_default())
        .text("dhcp_options_id", vpc.dhcp_options_id())
        .flag("enable_dns_hostnames", Some(more.hostnames))
        .flag("enable_dns_support", Some(more.support))
        .flag("enable_network_address_usage_metrics", Some(more.metrics))
        .text("instance_tenancy", vpc.instance_tenancy().map(|t| t.as_str()))
        .text("ipv6_association_id", ipv6.and_then(|a| a.association_id()))
        .text("ipv6_cidr_block", ipv6.and_then(|a| a.ipv6_cidr_block()))
        .text("main_route_table_id", more.main_table.as_deref())
        .text("owner_id", vpc.owner_id())
        .text("state", vpc.state().map(|s| s.as_str()))
        .put("tags", query::tags(ctx, vpc.tags()))
        .finish()
}

#[async_trait]
impl DataSource for Vpc {
    support::basics!("aws_vpc", build);

    fn iam(&self) -> &'static [&'static str] {
        &["ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeRouteTables"]
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
                let pages = client.describe_vpcs().set_filters(Some(filters).filter(|f| !f.is_empty())).into_paginator().items().send();
                let found = call("ec2:DescribeVpcs", pages.collect::<Result<Vec<_>, _>>())
                    .await
                    .map_err(|e| e.while_doing("Looking for the VPC"))?;
                let vpc = query::exactly_one(found, "VPC", &words, |v| v.vpc_id().unwrap_or_default().to_string())?;
                let more = more(client, vpc.vpc_id().unwrap_or_default()).await.map_err(|e| e.while_doing("Reading the VPC"))?;
                Ok(flatten(ctx, schema, &config, &vpc, &more))
            }
        };
        query::distinct(configs, one).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_become_filters() {
        let text = |t: &str| Value::string(t);
        let tags = Value::map(Type::String, [("Name".into(), text("main"))].into());
        let config = Value::object(
            [
                ("id".into(), text("vpc-1")),
                ("cidr_block".into(), text("10.0.0.0/16")),
                ("default".into(), Value::bool(true)),
                ("tags".into(), tags),
            ]
            .into(),
        );
        assert_eq!(query::in_words(&search(&config)), "vpc-id = vpc-1, cidr = 10.0.0.0/16, is-default = true, tag:Name = main");
        let other = Value::object([("default".into(), Value::bool(false))].into());
        assert!(search(&other).is_empty());
    }
}
