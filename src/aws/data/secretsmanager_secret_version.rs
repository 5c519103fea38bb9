//! `data.aws_secretsmanager_secret_version`: the value of a secret. It gets into the state; the
//! ephemeral resource of the same name keeps it out.
//!
//! Source: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>.

use crate::aws::secrets::{self, Version};
use crate::aws::shape::{self, Attrs};
use crate::aws::{query, region, support};
use crate::provider::{Ctx, DataSource, ErrorKind, ProviderError};
use crate::schema::{ResourceSchema, set_of, string};
use crate::value::{Type, Value};
use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;

/// `data.aws_secretsmanager_secret_version`
pub struct SecretVersion;

const CURRENT: &str = "AWSCURRENT";

fn build() -> ResourceSchema {
    let block = support::base()
        .attr("arn", string().computed())
        .attr("created_date", string().computed())
        .attr("secret_arn", string().computed())
        .attr("secret_binary", string().computed().sensitive())
        .attr("secret_id", string().required())
        .attr("secret_string", string().computed().sensitive())
        .attr("version_id", string().optional().computed())
        .attr("version_stage", string().optional().default(Value::string(CURRENT)))
        .attr("version_stages", set_of(Type::String).computed());
    ResourceSchema::new(0, block)
}

/// Reads what a configuration asks for: a version by id, else by label.
///
/// # Errors
/// The failing call; there is no such version.
pub async fn look(client: &Client, config: &Value) -> Result<Version, ProviderError> {
    let secret = shape::text(config, "secret_id").unwrap_or_default();
    let id = shape::text(config, "version_id");
    let stage = shape::text(config, "version_stage").filter(|_| id.is_none());
    let found = secrets::version(client, secret, id, stage).await.map_err(|e| e.while_doing("Reading the secret's value"))?;
    found.ok_or_else(|| {
        let version = id.map_or_else(|| format!("label {}", stage.unwrap_or(CURRENT)), |id| format!("id {id}"));
        let detail = format!("The secret {secret} has no version with the {version}, or does not exist.");
        ProviderError::new(ErrorKind::NotFound, "No such version of a secret", detail)
            .help("Check name, region and account; a secret that was only just made has no value until a version is.")
            .at("secret_id")
    })
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, config: &Value, found: &Version) -> Value {
    let secret = shape::text(config, "secret_id").unwrap_or_default();
    let stage = shape::text(config, "version_stage").unwrap_or(CURRENT);
    let key = shape::text(config, "version_id").unwrap_or(stage);
    Attrs::over(schema, config)
        .text("id", Some(&format!("{secret}|{key}")))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&found.arn))
        .text("created_date", found.created_text().as_deref())
        .text("secret_arn", Some(&found.arn))
        .text("secret_binary", found.binary.as_deref())
        .text("secret_string", found.text.as_deref())
        .text("version_id", Some(&found.id))
        .text("version_stage", Some(stage))
        .set("version_stages", &found.stages)
        .finish()
}

#[async_trait]
impl DataSource for SecretVersion {
    support::basics!("aws_secretsmanager_secret_version", build);

    fn iam(&self) -> &'static [&'static str] {
        &["secretsmanager:GetSecretValue"]
    }

    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let client = match secrets::client(ctx) {
            Ok(client) => client,
            Err(error) => return configs.iter().map(|_| Err(error.clone())).collect(),
        };
        let schema = self.schema();
        let one = |config: Value| {
            let (client, schema) = (&client, &schema);
            async move { Ok(flatten(ctx, schema, &config, &look(client, &config).await?)) }
        };
        query::distinct(configs, one).await
    }
}
