//! `data.aws_ssm_parameter`: a parameter and its value. It gets into the state; the ephemeral
//! resource of the same name keeps it out.
//!
//! Source: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>.

use crate::aws::resources::ssm_parameter::{client, one as find};
use crate::aws::shape::{self, Attrs};
use crate::aws::{query, region, support};
use crate::provider::{Ctx, DataSource, ErrorKind, ProviderError};
use crate::schema::{ResourceSchema, boolean, number, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{Parameter, ParameterType};

/// `data.aws_ssm_parameter`
pub struct SsmParameter;

fn build() -> ResourceSchema {
    let block = support::base()
        .attr("arn", string().computed())
        .attr("insecure_value", string().computed())
        .attr("name", string().required())
        .attr("type", string().computed())
        .attr("value", string().computed().sensitive())
        .attr("version", number().computed())
        .attr("with_decryption", boolean().optional().default(Value::bool(true)));
    ResourceSchema::new(0, block)
}

/// Reads a parameter by name or ARN, with `:VERSION` or `:LABEL` behind it if wanted.
///
/// # Errors
/// The failing call; there is no such parameter.
pub async fn look(client: &Client, name: &str, decrypt: bool) -> Result<Parameter, ProviderError> {
    let found = find(client.clone(), name.to_string(), decrypt).await.map_err(|e| e.while_doing("Reading the parameter"))?;
    found.ok_or_else(|| {
        let detail = format!("There is no parameter {name}.");
        ProviderError::new(ErrorKind::NotFound, "No such parameter", detail).help("Check the name, the region and the account.").at("name")
    })
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, config: &Value, found: &Parameter) -> Value {
    let name = shape::text(config, "name").unwrap_or_default();
    let open = found.value().filter(|_| found.r#type() != Some(&ParameterType::SecureString));
    Attrs::over(schema, config)
        .text("id", Some(name))
        .text("region", Some(region::of(ctx)))
        .text("arn", found.arn())
        .put("insecure_value", open.map_or_else(|| Value::null(Type::String), Value::string))
        .text("type", found.r#type().map(ParameterType::as_str))
        .text("value", found.value())
        .int("version", Some(found.version()))
        .flag("with_decryption", Some(shape::flag(config, "with_decryption").unwrap_or(true)))
        .finish()
}

#[async_trait]
impl DataSource for SsmParameter {
    support::basics!("aws_ssm_parameter", build);

    fn iam(&self) -> &'static [&'static str] {
        &["ssm:GetParameter"]
    }

    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let client = match client(ctx) {
            Ok(client) => client,
            Err(error) => return configs.iter().map(|_| Err(error.clone())).collect(),
        };
        let schema = self.schema();
        let one = |config: Value| {
            let (client, schema) = (&client, &schema);
            async move {
                let decrypt = shape::flag(&config, "with_decryption").unwrap_or(true);
                let found = look(client, shape::text(&config, "name").unwrap_or_default(), decrypt).await?;
                Ok(flatten(ctx, schema, &config, &found))
            }
        };
        query::distinct(configs, one).await
    }
}
