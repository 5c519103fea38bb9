//! `data.aws_subnet`: the one subnet that the arguments describe.

use crate::aws::clients::Aws;
use crate::aws::errors::call;
use crate::aws::shape::{self, Attrs};
use crate::aws::{query, region, support, timeouts};
use crate::provider::{Ctx, DataSource, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, boolean, map_of, number, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, Subnet as Sdk, SubnetCidrBlockStateCode};

/// `data.aws_subnet`
pub struct Subnet;

const FLAGS: [&str; 7] = [
    "assign_ipv6_address_on_creation",
    "enable_dns64",
    "enable_resource_name_dns_a_record_on_launch",
    "enable_resource_name_dns_aaaa_record_on_launch",
    "ipv6_native",
    "map_customer_owned_ip_on_launch",
    "map_public_ip_on_launch",
];
const ASKED: [&str; 7] = ["availability_zone", "availability_zone_id", "cidr_block", "id", "ipv6_cidr_block", "state", "vpc_id"];
const TEXTS: [&str; 6] =
    ["arn", "customer_owned_ipv4_pool", "ipv6_cidr_block_association_id", "outpost_arn", "owner_id", "private_dns_hostname_type_on_launch"];

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("available_ip_address_count", number().computed())
        .attr("default_for_az", boolean().optional().computed())
        .attr("enable_lni_at_device_index", number().computed())
        .attr("region", region::attribute())
        .attr("tags", map_of(Type::String).optional().computed())
        .block("filter", query::filter_block())
        .block("timeouts", timeouts::block(&["read"]));
    let block = FLAGS.iter().fold(block, |b, n| b.attr(n, boolean().computed()));
    let block = ASKED.iter().fold(block, |b, n| b.attr(n, string().optional().computed()));
    ResourceSchema::new(0, TEXTS.iter().fold(block, |b, n| b.attr(n, string().computed())))
}

/// `default_for_az = false` is as if it were not written.
fn search(config: &Value) -> Vec<Filter> {
    let default =
        (shape::flag(config, "default_for_az") == Some(true)).then(|| Filter::builder().name("default-for-az").values("true").build());
    let texts = [
        ("id", "subnet-id"),
        ("availability_zone", "availability-zone"),
        ("availability_zone_id", "availability-zone-id"),
        ("cidr_block", "cidr-block"),
        ("ipv6_cidr_block", "ipv6-cidr-block-association.ipv6-cidr-block"),
        ("state", "state"),
        ("vpc_id", "vpc-id"),
    ];
    query::text_filters(config, &texts).into_iter().chain(default).chain(query::tag_filters(config)).chain(query::filters(config)).collect()
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, config: &Value, subnet: &Sdk) -> Value {
    let associated = |a: &&aws_sdk_ec2::types::SubnetIpv6CidrBlockAssociation| {
        a.ipv6_cidr_block_state().and_then(|s| s.state()) == Some(&SubnetCidrBlockStateCode::Associated)
    };
    let ipv6 = subnet.ipv6_cidr_block_association_set().iter().find(associated);
    let names = subnet.private_dns_name_options_on_launch();
    Attrs::over(schema, config)
        .text("id", subnet.subnet_id())
        .text("region", Some(region::of(ctx)))
        .text("arn", subnet.subnet_arn())
        .flag("assign_ipv6_address_on_creation", subnet.assign_ipv6_address_on_creation())
        .text("availability_zone", subnet.availability_zone())
        .text("availability_zone_id", subnet.availability_zone_id())
        .int("available_ip_address_count", subnet.available_ip_address_count())
        .text("cidr_block", subnet.cidr_block())
        .text("customer_owned_ipv4_pool", subnet.customer_owned_ipv4_pool())
        .flag("default_for_az", subnet.default_for_az())
        .flag("enable_dns64", subnet.enable_dns64())
        .int("enable_lni_at_device_index", subnet.enable_lni_at_device_index())
        .flag("enable_resource_name_dns_a_record_on_launch", names.and_then(|n| n.enable_resource_name_dns_a_record()))
        .flag("enable_resource_name_dns_aaaa_record_on_launch", names.and_then(|n| n.enable_resource_name_dns_aaaa_record()))
        .text("ipv6_cidr_block", ipv6.and_then(|a| a.ipv6_cidr_block()))
        .text("ipv6_cidr_block_association_id", ipv6.and_then(|a| a.association_id()))
        .flag("ipv6_native", subnet.ipv6_native())
        .flag("map_customer_owned_ip_on_launch", subnet.map_customer_owned_ip_on_launch())
        .flag("map_public_ip_on_launch", subnet.map_public_ip_on_launch())
        .text("outpost_arn", subnet.outpost_arn())
        .text("owner_id", subnet.owner_id())
        .text("private_dns_hostname_type_on_launch", names.and_then(|n| n.hostname_type()).map(|t| t.as_str()))
        .text("state", subnet.state().map(|s| s.as_str()))
        .text("vpc_id", subnet.vpc_id())
        .put("tags", query::tags(ctx, subnet.tags()))
        .finish()
}

#[async_trait]
impl DataSource for Subnet {
    support::basics!("aws_subnet", build);

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
                let filters = search(&config);
                let words = query::in_words(&filters);
                let pages = client.describe_subnets().set_filters(Some(filters).filter(|f| !f.is_empty())).into_paginator().items().send();
                let found = call("ec2:DescribeSubnets", pages.collect::<Result<Vec<_>, _>>())
                    .await
                    .map_err(|e| e.while_doing("Looking for the subnet"))?;
                let subnet = query::exactly_one(found, "subnet", &words, |s| s.subnet_id().unwrap_or_default().to_string())?;
                Ok(flatten(ctx, schema, &config, &subnet))
            }
        };
        query::distinct(configs, one).await
    }
}
