//! `data.aws_availability_zones`: the zones of the region, sorted by name.

use crate::aws::clients::Aws;
use crate::aws::errors::call;
use crate::aws::shape::{self, Attrs};
use crate::aws::{query, region, support, timeouts};
use crate::provider::{Ctx, DataSource, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, boolean, list_of, set_of, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::types::{AvailabilityZone, Filter};

/// `data.aws_availability_zones`
pub struct AvailabilityZones;

const STATES: &[&str] = &["available", "information", "impaired", "unavailable", "constrained"];

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("all_availability_zones", boolean().optional())
        .attr("exclude_names", set_of(Type::String).optional())
        .attr("exclude_zone_ids", set_of(Type::String).optional())
        .attr("group_names", set_of(Type::String).computed())
        .attr("id", string().optional().computed())
        .attr("names", list_of(Type::String).computed())
        .attr("region", region::attribute())
        .attr("state", string().optional())
        .attr("zone_ids", list_of(Type::String).computed())
        .block("filter", query::filter_block())
        .block("timeouts", timeouts::block(&["read"]));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    match shape::text(config, "state") {
        Some(state) if !STATES.contains(&state) => {
            vec![RuleError { path: Path::attr("state"), message: format!("A zone's state is one of {}.", STATES.join(", ")) }]
        }
        _ => Vec::new(),
    }
}

fn flatten(schema: &ResourceSchema, region: &str, config: &Value, mut zones: Vec<AvailabilityZone>) -> Value {
    let (names, ids) = (shape::strings(config, "exclude_names"), shape::strings(config, "exclude_zone_ids"));
    let in_list = |list: &[String], text: Option<&str>| text.is_some_and(|t| list.iter().any(|x| x == t));
    zones.retain(|z| !in_list(&names, z.zone_name()) && !in_list(&ids, z.zone_id()));
    zones.sort_by(|a, b| a.zone_name().cmp(&b.zone_name()));
    Attrs::over(schema, config)
        .text("id", Some(region))
        .text("region", Some(region))
        .set("group_names", zones.iter().map(|z| z.group_name().unwrap_or_default()))
        .list("names", zones.iter().map(|z| z.zone_name().unwrap_or_default()))
        .list("zone_ids", zones.iter().map(|z| z.zone_id().unwrap_or_default()))
        .finish()
}

#[async_trait]
impl DataSource for AvailabilityZones {
    support::basics!("aws_availability_zones", build);

    fn iam(&self) -> &'static [&'static str] {
        &["ec2:DescribeAvailabilityZones"]
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
                let state = shape::text(&config, "state").map(|s| Filter::builder().name("state").values(s).build());
                let filters: Vec<Filter> = state.into_iter().chain(query::filters(&config)).collect();
                let request = client
                    .describe_availability_zones()
                    .set_all_availability_zones(shape::flag(&config, "all_availability_zones").filter(|all| *all))
                    .set_filters(Some(filters).filter(|f| !f.is_empty()));
                let answer = call("ec2:DescribeAvailabilityZones", request.send()).await;
                let zones = answer.map_err(|e| e.while_doing("Reading the availability zones"))?.availability_zones.unwrap_or_default();
                Ok(flatten(schema, region::of(ctx), &config, zones))
            }
        };
        query::distinct(configs, one).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_sorted_and_excluded() {
        let zone = |name: &str, id: &str| AvailabilityZone::builder().zone_name(name).zone_id(id).group_name("eu-west-1-zg-1").build();
        let text = |t: &str| Value::set(Type::String, vec![Value::string(t)]);
        let config = Value::object([("exclude_names".into(), text("eu-west-1b")), ("exclude_zone_ids".into(), text("euw1-az9"))].into());
        let zones = vec![
            zone("eu-west-1c", "euw1-az3"),
            zone("eu-west-1b", "euw1-az2"),
            zone("eu-west-1a", "euw1-az1"),
            zone("eu-west-1d", "euw1-az9"),
        ];
        let schema = AvailabilityZones.schema();
        let value = flatten(&schema, "eu-west-1", &config, zones);
        assert_eq!(value.ty(), schema.block.ty());
        assert_eq!(shape::strings(&value, "names"), ["eu-west-1a", "eu-west-1c"]);
        assert_eq!(shape::strings(&value, "zone_ids"), ["euw1-az1", "euw1-az3"]);
        assert_eq!(shape::strings(&value, "group_names"), ["eu-west-1-zg-1"]);
        let wrong = Value::object([("state".into(), Value::string("open"))].into());
        assert_eq!(validate(&wrong).len(), 1);
    }
}
