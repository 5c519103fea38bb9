//! `data.aws_region`: name, description and EC2 endpoint of a region; needs no call.
//!
//! Source: <https://docs.aws.amazon.com/general/latest/gr/rande.html>.

use super::partition::dns_suffix;
use crate::aws::{region, shape, support};
use crate::provider::{Ctx, DataSource, ErrorKind, ProviderError};
use crate::schema::{BlockSchema, ProviderFacts, ResourceSchema, string};
use crate::value::{Type, Value};
use async_trait::async_trait;

/// `data.aws_region`
pub struct Region;

/// Regions and what AWS calls them.
const REGIONS: &[(&str, &str)] = &[
    ("af-south-1", "Africa (Cape Town)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)"),
    ("ap-east-2", "Asia Pacific (Taipei)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)"),
    ("ap-southeast-6", "Asia Pacific (New Zealand)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)"),
    ("ca-central-1", "Canada (Central)"),
    ("ca-west-1", "Canada West (Calgary)"),
    ("cn-north-1", "China (Beijing)"),
    ("cn-northwest-1", "China (Ningxia)"),
    ("eu-central-1", "Europe (Frankfurt)"),
    ("eu-central-2", "Europe (Zurich)"),
    ("eu-isoe-west-1", "EU ISOE West"),
    ("eu-north-1", "Europe (Stockholm)"),
    ("eu-south-1", "Europe (Milan)"),
    ("eu-south-2", "Europe (Spain)"),
    ("eu-west-1", "Europe (Ireland)"),
    ("eu-west-2", "Europe (London)"),
    ("eu-west-3", "Europe (Paris)"),
    ("eusc-de-east-1", "AWS European Sovereign Cloud (Germany)"),
    ("il-central-1", "Israel (Tel Aviv)"),
    ("me-central-1", "Middle East (UAE)"),
    ("me-south-1", "Middle East (Bahrain)"),
    ("mx-central-1", "Mexico (Central)"),
    ("sa-east-1", "South America (Sao Paulo)"),
    ("us-east-1", "US East (N. Virginia)"),
    ("us-east-2", "US East (Ohio)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ("us-iso-east-1", "US ISO East"),
    ("us-iso-west-1", "US ISO WEST"),
    ("us-isob-east-1", "US ISOB East (Ohio)"),
    ("us-isob-west-1", "US ISOB West"),
    ("us-isof-east-1", "US ISOF EAST"),
    ("us-isof-south-1", "US ISOF SOUTH"),
    ("us-west-1", "US West (N. California)"),
    ("us-west-2", "US West (Oregon)"),
];

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("description", string().computed())
        .attr("endpoint", string().optional().computed())
        .attr("id", string().optional().computed())
        .attr("name", string().optional().computed().deprecated("Use `region`."))
        .attr("region", string().optional().computed());
    ResourceSchema::new(0, block)
}

fn endpoint(name: &str) -> String {
    format!("ec2.{name}.{}", dns_suffix(region::partition(name)))
}

/// The region asked for: by name, by endpoint, else the provider's. `None`: not known yet.
fn wanted<'a>(config: &'a Value, own: Option<&'a str>) -> Result<Option<&'a str>, String> {
    let asked = ["region", "name", "endpoint"];
    if asked.iter().any(|n| config.get(n).is_some_and(Value::is_unknown)) {
        return Ok(None);
    }
    let mut chosen: Vec<&str> = ["region", "name"].iter().filter_map(|n| shape::text(config, n)).collect();
    if let Some(written) = shape::text(config, "endpoint") {
        let of = REGIONS.iter().map(|(n, _)| *n).find(|n| endpoint(n) == written);
        chosen.push(of.ok_or_else(|| format!("No region has the endpoint `{written}`; one looks like `ec2.eu-west-1.amazonaws.com`."))?);
    }
    match chosen.as_slice() {
        [] => Ok(own),
        [first, rest @ ..] if rest.iter().all(|r| r == first) => Ok(Some(first)),
        several => Err(format!("`region`, `name` and `endpoint` name different regions: {}.", several.join(", "))),
    }
}

fn answer(config: &Value, own: Option<&str>) -> Result<Value, String> {
    let Some(name) = wanted(config, own)? else {
        let open = ["description", "endpoint", "id", "name", "region"];
        return Ok(Value::object(open.into_iter().map(|n| (n.into(), Value::unknown_not_null(Type::String))).collect()));
    };
    if !region::is_region(name) {
        return Err(format!("`{name}` is not the name of a region, like `eu-west-1`."));
    }
    let description = REGIONS.iter().find(|(n, _)| *n == name).map_or("", |(_, d)| d);
    Ok(Value::object(
        [
            ("description".into(), Value::string(description)),
            ("endpoint".into(), Value::string(endpoint(name))),
            ("id".into(), Value::string(name)),
            ("name".into(), Value::string(name)),
            ("region".into(), Value::string(name)),
        ]
        .into(),
    ))
}

#[async_trait]
impl DataSource for Region {
    support::basics!("aws_region", build);

    fn read_inline(&self, config: &Value, facts: &ProviderFacts) -> Option<Result<Value, String>> {
        Some(answer(config, facts.str("region")))
    }

    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let error = |text| ProviderError::new(ErrorKind::Invalid, "The region cannot be read", text);
        configs.iter().map(|c| answer(c, Some(region::of(ctx))).map_err(error)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, Value)]) -> Value {
        Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
    }

    #[test]
    fn regions_are_found_by_name_and_by_endpoint() {
        let own = answer(&config(&[]), Some("eu-west-1")).unwrap();
        assert_eq!(shape::text(&own, "description"), Some("Europe (Ireland)"));
        assert_eq!(shape::text(&own, "endpoint"), Some("ec2.eu-west-1.amazonaws.com"));
        assert_eq!(own.ty(), Region.schema().block.ty());
        let by = answer(&config(&[("endpoint", Value::string("ec2.cn-north-1.amazonaws.com.cn"))]), Some("eu-west-1")).unwrap();
        assert_eq!(shape::text(&by, "name"), Some("cn-north-1"));
        let both = config(&[("name", Value::string("us-east-1")), ("region", Value::string("us-east-2"))]);
        assert!(answer(&both, None).unwrap_err().contains("us-east-2, us-east-1"));
        assert!(answer(&config(&[("name", Value::string("nowhere"))]), None).is_err());
    }

    #[test]
    fn what_is_not_known_yet_stays_open() {
        let open = answer(&config(&[("region", Value::unknown(Type::String))]), Some("eu-west-1")).unwrap();
        assert!(open.get("name").is_some_and(Value::is_unknown));
        assert!(answer(&config(&[]), None).unwrap().get("id").is_some_and(Value::is_unknown));
    }
}
