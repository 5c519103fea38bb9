//! Data source `terraform_remote_state`: the outputs of another state.
//!
//! OpenTofu documentation, "The terraform_remote_state Data Source". The stores are given from
//! outside: this layer knows neither disk nor cloud.

use crate::provider::{Ctx, DataSource, ErrorKind, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, of, string};
use crate::store::{StateReader, StoreError};
use crate::value::{Marks, Members, Type, Value, from_json};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The data source over a reader of states.
pub(super) struct RemoteState {
    pub reader: Arc<dyn StateReader>,
}

fn from_store(error: StoreError) -> ProviderError {
    let mut out = ProviderError::new(ErrorKind::Other, error.summary, error.detail);
    out.help = error.help;
    out
}

impl RemoteState {
    async fn read_one(&self, config: &Value) -> Result<Value, ProviderError> {
        let text = |name| config.get(name).and_then(Value::as_str);
        let backend = text("backend").unwrap_or_default();
        let settings: BTreeMap<_, _> = config.get("config").and_then(Value::members).cloned().unwrap_or_default();
        let workspace = text("workspace").unwrap_or("default");
        let store = self.reader.open(backend, &settings, workspace).await.map_err(from_store)?;
        let place = store.describe();
        let Some(stored) = store.read().await.map_err(from_store)? else {
            let detail = format!("There is no state at {}/{} ({}).", place.container, place.key, place.kind);
            let error = ProviderError::new(ErrorKind::NotFound, "Remote state not found", detail);
            return Err(error.help("Apply that environment first, or correct bucket, key and region in the data block's config."));
        };
        let state = crate::state::read(&stored.bytes)
            .map_err(|e| ProviderError::new(ErrorKind::Invalid, "Remote state is not readable", e.to_string()))?;
        let mut outputs: Members = config.get("defaults").and_then(Value::members).cloned().unwrap_or_default();
        for (name, output) in &state.outputs {
            let value = from_json(&output.value, &output.ty).map_err(|e| {
                ProviderError::new(ErrorKind::Invalid, "Remote state is not readable", format!("Output {name}: {}", e.message))
            })?;
            outputs.insert(name.clone(), if output.sensitive { value.mark(&Marks::SENSITIVE) } else { value });
        }
        Ok(super::object::with(config, [("outputs", Value::object(outputs))]))
    }
}

#[async_trait]
impl DataSource for RemoteState {
    fn name(&self) -> &'static str {
        "terraform_remote_state"
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        let block = BlockSchema::new()
            .attr("backend", string().required())
            .attr("config", of(Type::Dynamic).optional())
            .attr("defaults", of(Type::Dynamic).optional())
            .attr("workspace", string().optional())
            .attr("outputs", of(Type::Dynamic).computed());
        Arc::new(ResourceSchema::new(0, block))
    }

    async fn read(&self, _ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        futures::future::join_all(configs.iter().map(|c| self.read_one(c))).await
    }
}
