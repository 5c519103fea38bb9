//! `ephemeral "aws_ssm_parameter"`: the value of a parameter for one run.

use crate::aws::data::ssm_parameter::look;
use crate::aws::resources::ssm_parameter::client;
use crate::aws::shape::{self, Attrs};
use crate::aws::{region, support};
use crate::provider::{Ctx, EphemeralType, Lease, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, boolean, number, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_ssm::types::ParameterType;

/// `ephemeral "aws_ssm_parameter"`
pub struct SsmParameter;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("arn", string().required())
        .attr("name", string().computed())
        .attr("region", region::attribute())
        .attr("type", string().computed())
        .attr("value", string().computed().sensitive())
        .attr("version", number().computed())
        .attr("with_decryption", boolean().optional().computed());
    ResourceSchema::new(0, block)
}

#[async_trait]
impl EphemeralType for SsmParameter {
    support::basics!("aws_ssm_parameter", build);

    fn iam(&self) -> &'static [&'static str] {
        &["ssm:GetParameter"]
    }

    async fn open(&self, ctx: &Ctx<'_>, config: &Value) -> Result<Lease, ProviderError> {
        let decrypt = shape::flag(config, "with_decryption").unwrap_or(true);
        let arn = shape::text(config, "arn").unwrap_or_default();
        let found = look(&client(ctx)?, arn, decrypt).await.map_err(|e| e.at("arn"))?;
        let value = Attrs::over(&self.schema(), config)
            .text("name", found.name())
            .text("region", Some(region::of(ctx)))
            .text("type", found.r#type().map(ParameterType::as_str))
            .text("value", found.value())
            .int("version", Some(found.version()))
            .flag("with_decryption", Some(decrypt));
        Ok(Lease::of(value.finish()))
    }
}
