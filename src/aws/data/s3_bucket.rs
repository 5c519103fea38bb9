//! `data.aws_s3_bucket`: the names under which a bucket is reached.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>.

use crate::aws::errors::{absent, call};
use crate::aws::resources::s3_bucket::names;
use crate::aws::s3::{self, NO_BUCKET};
use crate::aws::shape::{self, Attrs};
use crate::aws::{query, region, support};
use crate::provider::{Ctx, DataSource, ErrorKind, ProviderError};
use crate::schema::{ResourceSchema, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_s3::Client;

/// `data.aws_s3_bucket`
pub struct S3Bucket;

fn build() -> ResourceSchema {
    let computed = [
        "arn",
        "bucket_domain_name",
        "bucket_region",
        "bucket_regional_domain_name",
        "hosted_zone_id",
        "website_domain",
        "website_endpoint",
    ];
    let block = computed.iter().fold(support::base(), |b, n| b.attr(n, string().computed()));
    ResourceSchema::new(0, block.attr("bucket", string().required()))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, config: &Value, home: &str, site: bool) -> Value {
    let name = shape::text(config, "bucket").unwrap_or_default();
    let domain = names::website(home);
    let null = || Value::null(Type::String);
    let (domain, endpoint) = if site { (Value::string(&domain), Value::string(format!("{name}.{domain}"))) } else { (null(), null()) };
    Attrs::over(schema, config)
        .text("id", Some(name))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&format!("arn:{}:s3:::{name}", region::partition(home))))
        .text("bucket_domain_name", Some(&names::global(name, home)))
        .text("bucket_region", Some(home))
        .text("bucket_regional_domain_name", Some(&names::regional(name, home)))
        .text("hosted_zone_id", Some(names::hosted_zone(home)))
        .put("website_domain", domain)
        .put("website_endpoint", endpoint)
        .finish()
}

async fn look(ctx: &Ctx<'_>, client: &Client, schema: &ResourceSchema, config: &Value) -> Result<Value, ProviderError> {
    let doing = "Reading the bucket";
    let name = shape::text(config, "bucket").unwrap_or_default();
    let head = absent(call("s3:ListBucket", client.head_bucket().bucket(name).send()).await, NO_BUCKET);
    let Some(head) = head.map_err(|e| e.while_doing(doing))? else {
        let detail = format!("There is no bucket {name:?}.");
        return Err(ProviderError::new(ErrorKind::NotFound, "No such bucket", detail).at("bucket"));
    };
    let site = call("s3:GetBucketWebsite", client.get_bucket_website().bucket(name).send()).await;
    let site = match site {
        Ok(_) => true,
        Err(e) if e.is(&["NoSuchWebsiteConfiguration", "MethodNotAllowed", "NotImplemented"]) || e.denied() => false,
        Err(e) => return Err(e.while_doing(doing)),
    };
    let home = head.bucket_region.filter(|r| !r.is_empty()).unwrap_or_else(|| region::of(ctx).to_string());
    Ok(flatten(ctx, schema, config, &home, site))
}

#[async_trait]
impl DataSource for S3Bucket {
    support::basics!("aws_s3_bucket", build);

    fn iam(&self) -> &'static [&'static str] {
        &["s3:ListBucket", "s3:GetBucketWebsite"]
    }

    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let client = match s3::client(ctx) {
            Ok(client) => client,
            Err(error) => return configs.iter().map(|_| Err(error.clone())).collect(),
        };
        let schema = self.schema();
        let one = |config: Value| {
            let (client, schema) = (&client, &schema);
            async move { look(ctx, client, schema, &config).await }
        };
        query::distinct(configs, one).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ProviderFacts;

    #[test]
    fn a_bucket_without_a_website_has_no_endpoint() {
        let facts = ProviderFacts([("region".into(), Value::string("eu-west-1"))].into());
        let ctx = Ctx { configured: &(), facts: &facts, region: None };
        let config = Value::object([("bucket".into(), Value::string("b"))].into());
        let read = |site| flatten(&ctx, &build(), &config, "eu-west-1", site);
        assert!(read(false).get("website_endpoint").is_some_and(Value::is_null));
        assert_eq!(shape::text(&read(true), "website_endpoint"), Some("b.s3-website-eu-west-1.amazonaws.com"));
        assert_eq!(read(true).ty(), build().block.ty());
    }
}
