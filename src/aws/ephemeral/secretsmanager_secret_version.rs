//! `ephemeral "aws_secretsmanager_secret_version"`: the value of a secret for one run.

use crate::aws::data::secretsmanager_secret_version::look;
use crate::aws::shape::{self, Attrs};
use crate::aws::{region, secrets, support};
use crate::provider::{Ctx, EphemeralType, Lease, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, list_of, string};
use crate::value::{Type, Value};
use async_trait::async_trait;

/// `ephemeral "aws_secretsmanager_secret_version"`
pub struct SecretVersion;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("arn", string().computed())
        .attr("created_date", string().computed())
        .attr("region", region::attribute())
        .attr("secret_binary", string().computed().sensitive())
        .attr("secret_id", string().required())
        .attr("secret_string", string().computed().sensitive())
        .attr("version_id", string().optional().computed())
        .attr("version_stage", string().optional().computed())
        .attr("version_stages", list_of(Type::String).computed());
    ResourceSchema::new(0, block)
}

#[async_trait]
impl EphemeralType for SecretVersion {
    support::basics!("aws_secretsmanager_secret_version", build);

    fn iam(&self) -> &'static [&'static str] {
        &["secretsmanager:GetSecretValue"]
    }

    async fn open(&self, ctx: &Ctx<'_>, config: &Value) -> Result<Lease, ProviderError> {
        let found = look(&secrets::client(ctx)?, config).await?;
        let stage = shape::text(config, "version_stage").or(found.stages.first().map(String::as_str));
        let value = Attrs::over(&self.schema(), config)
            .text("arn", Some(&found.arn))
            .text("created_date", found.created_text().as_deref())
            .text("region", Some(region::of(ctx)))
            .text("secret_binary", found.binary.as_deref())
            .text("secret_string", found.text.as_deref())
            .text("version_id", Some(&found.id))
            .text("version_stage", stage)
            .list("version_stages", &found.stages);
        Ok(Lease::of(value.finish()))
    }
}
