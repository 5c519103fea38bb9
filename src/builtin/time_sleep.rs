//! `time_sleep`: a pause between what it depends on and what depends on it.

use super::object::{settle, text, with};
use super::time::rfc3339;
use crate::clock::{Clock, SystemClock, parse_duration};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, Trace, UpdateRequest,
};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, TypeRules, map_of, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use std::sync::Arc;

/// The type.
pub(super) struct Sleep;

#[async_trait]
impl ResourceType for Sleep {
    fn name(&self) -> &'static str {
        "time_sleep"
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        let block = BlockSchema::new()
            .attr("id", string().computed())
            .attr("create_duration", string().optional())
            .attr("destroy_duration", string().optional())
            .attr("triggers", map_of(Type::String).optional().force_new());
        let rules = TypeRules { validate: vec![durations], ..TypeRules::default() };
        Arc::new(ResourceSchema { version: 0, block, rules })
    }

    fn iam(&self) -> IamActions {
        IamActions::default()
    }

    fn trace(&self) -> Trace {
        Trace::StateOnly
    }

    async fn read(&self, _ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        priors.iter().map(|p| ReadOutcome::Found(Box::new(p.object.clone()))).collect()
    }

    async fn create(&self, _ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match pause(request.planned, "create_duration").await {
            Ok(()) => {
                let id = Value::string(rfc3339(SystemClock.now()));
                Applied::ok(Object::new(settle(&with(request.planned, [("id", id)]))))
            }
            Err(e) => Applied::failed(e),
        }
    }

    async fn update(&self, _ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        Applied::ok(Object::new(settle(request.planned)))
    }

    async fn delete(&self, _ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        pause(&request.prior.attributes, "destroy_duration").await
    }

    async fn locate(&self, _ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        Ok(intents.iter().map(|_| Located::NotFound).collect())
    }

    fn import(&self, _id: &str) -> Result<Object, ProviderError> {
        let detail = "time_sleep exists in the state alone: there is nothing outside it to import.";
        Err(ProviderError::new(ErrorKind::Invalid, "Import is not possible", detail))
    }
}

async fn pause(object: &Value, name: &str) -> Result<(), ProviderError> {
    let Some(written) = text(object, name) else { return Ok(()) };
    let long = parse_duration(written).map_err(|e| ProviderError::new(ErrorKind::Invalid, "Not a duration", format!("{e}.")).at(name))?;
    tokio::time::sleep(long).await;
    Ok(())
}

fn durations(config: &Value) -> Vec<RuleError> {
    let names = ["create_duration", "destroy_duration"];
    let wrong = |name: &&str| {
        let message = parse_duration(text(config, name)?).err()?;
        Some(RuleError { path: Path::attr(*name), message })
    };
    let mut found: Vec<RuleError> = names.iter().filter_map(wrong).collect();
    if names.iter().all(|n| config.get(n).is_none_or(Value::is_null)) {
        let message = "create_duration or destroy_duration is required".into();
        found.push(RuleError { path: Path::default(), message });
    }
    found
}
