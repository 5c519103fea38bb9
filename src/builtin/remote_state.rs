//! Data source `terraform_remote_state`: the outputs of another state.
//!
//! OpenTofu documentation, "The terraform_remote_state Data Source". The stores are given from
//! outside: this layer knows neither disk nor cloud.

use crate::addr::InstanceAddr;
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

/// The data source as `remote_state_data_sources` names it: without its type, and without the first `module.`
/// (OpenTofu documentation, "State and Plan Encryption").
fn asks(addr: &InstanceAddr) -> String {
    let bare = addr.to_string().replacen("data.terraform_remote_state.", "", 1);
    bare.strip_prefix("module.").map_or_else(|| bare.clone(), str::to_string)
}

impl RemoteState {
    async fn read_one(&self, asks: &str, config: &Value) -> Result<Value, ProviderError> {
        let text = |name| config.get(name).and_then(Value::as_str);
        let backend = text("backend").unwrap_or_default();
        let settings: BTreeMap<_, _> = config.get("config").and_then(Value::members).cloned().unwrap_or_default();
        let workspace = text("workspace").unwrap_or("default");
        let store = self.reader.open(asks, backend, &settings, workspace).await.map_err(from_store)?;
        let place = store.describe();
        let Some(stored) = store.read().await.map_err(from_store)? else {
            let detail = format!("There is no state at {}/{} ({}).", place.container, place.key, place.kind);
            let error = ProviderError::new(ErrorKind::NotFound, "Remote state not found", detail);
            return Err(error.help("Apply that environment first, or correct bucket, key and region in the data block's config."));
        };
        let state = crate::state::read(&stored.bytes).map_err(|e| {
            let error = ProviderError::new(ErrorKind::Invalid, "Remote state is not readable", e.to_string());
            match crate::state::seal::is_sealed(&stored.bytes) {
                true => error
                    .help("Say how it is encrypted: terraform { encryption { remote_state_data_sources { default { method = .. } } } }."),
                false => error,
            }
        })?;
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
        futures::future::join_all(configs.iter().map(|c| self.read_one("", c))).await
    }

    async fn read_for(&self, _ctx: &Ctx<'_>, addrs: &[&InstanceAddr], configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let reads = addrs.iter().zip(configs).map(|(addr, config)| async move { self.read_one(&asks(addr), config).await });
        futures::future::join_all(reads).await
    }
}
