//! `data.aws_caller_identity`: whose credentials these are; asked once for all configurations.

use crate::aws::clients::Aws;
use crate::aws::support;
use crate::provider::{Ctx, DataSource, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, string};
use crate::value::Value;
use async_trait::async_trait;

/// `data.aws_caller_identity`
pub struct CallerIdentity;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("account_id", string().computed())
        .attr("arn", string().computed())
        .attr("id", string().optional().computed())
        .attr("user_id", string().computed());
    ResourceSchema::new(0, block)
}

async fn ask(ctx: &Ctx<'_>) -> Result<Value, ProviderError> {
    let caller = Aws::of(ctx)?.caller().await.map_err(|e| e.while_doing("Asking whose credentials these are"))?;
    Ok(Value::object(
        [
            ("account_id".into(), Value::string(&caller.account)),
            ("arn".into(), Value::string(&caller.arn)),
            ("id".into(), Value::string(&caller.account)),
            ("user_id".into(), Value::string(&caller.user_id)),
        ]
        .into(),
    ))
}

#[async_trait]
impl DataSource for CallerIdentity {
    support::basics!("aws_caller_identity", build);

    fn iam(&self) -> &'static [&'static str] {
        &["sts:GetCallerIdentity"]
    }

    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let answer = ask(ctx).await;
        configs.iter().map(|_| answer.clone()).collect()
    }
}
