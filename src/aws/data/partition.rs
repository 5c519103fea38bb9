//! `data.aws_partition`: what the region's partition is called; needs no call.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.

use crate::aws::{region, shape, support};
use crate::provider::{Ctx, DataSource, ErrorKind, ProviderError};
use crate::schema::{BlockSchema, ProviderFacts, ResourceSchema, string};
use crate::value::{Type, Value};
use async_trait::async_trait;

/// `data.aws_partition`
pub struct Partition;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("dns_suffix", string().computed())
        .attr("id", string().optional().computed())
        .attr("partition", string().computed())
        .attr("reverse_dns_prefix", string().computed());
    ResourceSchema::new(0, block)
}

/// The domain of a partition's services.
#[must_use]
pub fn dns_suffix(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

fn of(partition: &str) -> Value {
    let suffix = dns_suffix(partition);
    let reversed: Vec<&str> = suffix.rsplit('.').collect();
    Value::object(
        [
            ("dns_suffix".into(), Value::string(suffix)),
            ("id".into(), Value::string(partition)),
            ("partition".into(), Value::string(partition)),
            ("reverse_dns_prefix".into(), Value::string(reversed.join("."))),
        ]
        .into(),
    )
}

/// From the facts; unknown where even the region is.
fn answer(facts: &ProviderFacts) -> Value {
    let partition = facts.str("partition").filter(|p| !p.is_empty()).or_else(|| facts.str("region").map(region::partition));
    match partition {
        Some(partition) => of(partition),
        None => {
            let open = ["dns_suffix", "id", "partition", "reverse_dns_prefix"];
            Value::object(open.into_iter().map(|n| (n.into(), Value::unknown_not_null(Type::String))).collect())
        }
    }
}

#[async_trait]
impl DataSource for Partition {
    support::basics!("aws_partition", build);

    fn read_inline(&self, config: &Value, facts: &ProviderFacts) -> Option<Result<Value, String>> {
        let answer = answer(facts);
        match shape::text(config, "id") {
            Some(id) if shape::text(&answer, "id").is_some_and(|own| own != id) => {
                Some(Err("`id` is the partition of the provider's region and cannot be chosen: leave it out.".into()))
            }
            _ => Some(Ok(answer)),
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let error = |text| ProviderError::new(ErrorKind::Invalid, "The partition cannot be read", text);
        let one = |c: &Value| self.read_inline(c, ctx.facts).unwrap_or_else(|| Ok(answer(ctx.facts))).map_err(error);
        configs.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_have_their_domains() {
        let facts = |r: &str| ProviderFacts([("region".into(), Value::string(r))].into());
        let china = answer(&facts("cn-north-1"));
        assert_eq!(shape::text(&china, "dns_suffix"), Some("amazonaws.com.cn"));
        assert_eq!(shape::text(&china, "reverse_dns_prefix"), Some("cn.com.amazonaws"));
        let europe = answer(&facts("eu-west-1"));
        assert_eq!((shape::text(&europe, "id"), shape::text(&europe, "reverse_dns_prefix")), (Some("aws"), Some("com.amazonaws")));
        assert_eq!(europe.ty(), Partition.schema().block.ty());
        assert!(answer(&ProviderFacts::default()).get("partition").is_some_and(Value::is_unknown));
    }
}
